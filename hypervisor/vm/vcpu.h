/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual CPUs. A struct vcpu fills a page that dom0 donated and cannot see. */
#ifndef VM_VCPU_H
#define VM_VCPU_H

#include "cpu/context.h"
#include "gic/vgic.h"
#include "lib/types.h"
#include "mm/page.h"
#include "public/homestead.h"
#include "vm/vm.h"

enum vcpu_state { VCPU_UNUSED = 0, VCPU_READY = 1, VCPU_ACTIVE = 2 };
enum vcpu_power { POWER_OFF = 0, POWER_PENDING = 1, POWER_ON = 2 };

/* The class of an exit (exit_populate_fault). */
enum exit_class { EXIT_NONE = 0, EXIT_INTERRUPT = 1, EXIT_TRAP = 2 };
/* Which vector it came through. */
enum exit_cause { CAUSE_SYNC, CAUSE_IRQ, CAUSE_FIQ, CAUSE_SERROR };

struct exit_record {
	enum hs_exit kind;
	u64 arg[3];
	u32 rt; /* MMIO: register; 31 is XZR */
	u32 sign_extend;
	u32 wide; /* 64-bit register */
	u32 open; /* the record waits for dom0's answer */
};

struct shadow { /* the syndrome of the last exit, read once */
	enum exit_class ec;
	enum exit_cause cause;
	u64 esr, far, hpfar;
	u32 intid;
};

struct vtimer {
	u64 cntv_ctl, cntv_cval;
	u64 cntp_ctl, cntp_cval;
};

struct vcpu {
	struct context ctx; /* first: the vectors save here */
	u32 vm, id;
	u32 state;	/* enum vcpu_state, atomic */
	u32 power;	/* enum vcpu_power, atomic */
	u32 cpu;	/* where it is ACTIVE, else NO_CPU; atomic */
	u32 kick;	/* something to look at; atomic */
	u32 wake;	/* vCPUs that dom0 should wake */
	u32 off;	/* CPU_OFF: becomes POWER_OFF when inactive */
	u32 abort_next; /* dom0's answer was: nothing there */
	u32 debug_live; /* its debug registers are in hardware */
	u32 serror;	/* a virtual SError waits */
	u64 halt_until; /* counter: WFI stays in EL2 no longer */
	u64 halt_ticks;
	u64 oslsr;
	struct shadow shadow;
	struct exit_record exit;
	struct vtimer timer;
	struct vgic_cpu vgic;
	struct debug_regs debug;
};

_Static_assert(sizeof(struct vcpu) <= PAGE_SIZE, "a vCPU fills one page");

/* The vCPU, or NULL where none was created. */
struct vcpu *vcpu_get(u32 vm, u64 id);

enum hs_error vcpu_create(u32 vm, u64 id, u64 pfn);
/* Where vCPU 0 starts, before the VM is verified. */
enum hs_error vcpu_set_entry(u32 vm, u64 id, u64 pc, u64 x0);
/* One register of an ordinary VM's vCPU that is not active. */
enum hs_error vcpu_get_reg(u32 vm, u64 id, u64 reg, u64 *value);

/* Reset state: EL1h, interrupts masked, MMU off, at pc with x0. */
void vcpu_reset(struct vcpu *v, u64 pc, u64 x0);

/* PSCI CPU_ON of a vCPU: one winner. */
s64 vcpu_power_on(struct vcpu *v, u64 pc, u64 x0);

/*
 * Something changed that v must look at. Interrupts the CPU that it runs on;
 * true: it runs on none, dom0 should wake it. Lock-free, any context.
 */
bool vcpu_kick(struct vcpu *v);

#endif
