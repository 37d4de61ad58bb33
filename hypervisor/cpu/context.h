/* SPDX-License-Identifier: BSD-2-Clause */
/* Register contexts of dom0 and of vCPUs. They live only in EL2's memory. */
#ifndef CPU_CONTEXT_H
#define CPU_CONTEXT_H

#include "lib/types.h"

enum sys_reg {
#define SWITCHED(id, name, reset) SYS_##id,
#define LATE(id, name, reset) SYS_##id,
#define PAUTH(id, name, reset) SYS_##id,
#include "arch/regs.def"
#undef LATE
#undef SWITCHED
#undef PAUTH
	SYS_COUNT
};

struct fp_regs {
	u64 q[64];
	u64 fpsr, fpcr;
};

struct context {
	u64 x[31]; /* first: the vectors store here */
	u64 pc;	   /* ELR_EL2; live in the register while the world runs */
	u64 pstate;
	u64 sys[SYS_COUNT];
	struct fp_regs fp __attribute__((aligned(16)));
};

#define MAX_BREAKPOINTS 16u

struct debug_regs {
	u64 bcr[MAX_BREAKPOINTS], bvr[MAX_BREAKPOINTS];
	u64 wcr[MAX_BREAKPOINTS], wvr[MAX_BREAKPOINTS];
};

/* The machine's side (arch/): between registers and a context. */
/* Keeps EL1's table walks off until sysregs_restore(): see there. */
void sysregs_walks_off(void);
void sysregs_save(struct context *c);
void sysregs_restore(const struct context *c);
/*@ requires \valid(c);
    assigns c->sys[0 .. SYS_COUNT - 1];
    exits \false; */
void sysregs_reset(struct context *c);
void debug_save(struct debug_regs *d);
void debug_restore(const struct debug_regs *d);
void fp_save(struct fp_regs *fp);
void fp_restore(const struct fp_regs *fp);

#endif
