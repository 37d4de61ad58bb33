/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/context.h"

#include "arch/cpu.h"
#include "cpu/features.h"

void sysregs_save(struct context *c)
{
#define SWITCHED(id, name, reset) c->sys[SYS_##id] = sysreg_read(name);
#define PAUTH(id, name, reset)
#include "arch/regs.def"
#undef SWITCHED
#undef PAUTH
	if (!features.pauth) {
		return;
	}
#define SWITCHED(id, name, reset)
#define PAUTH(id, name, reset) c->sys[SYS_##id] = sysreg_read(name);
#include "arch/regs.def"
#undef SWITCHED
#undef PAUTH
}

/*
 * SCTLR and TCR change while the tables of the other world are still in
 * TTBRn: nothing walks them before the ERET but speculation, which VTTBR and
 * the flush in tlb_flush_other_vmid() keep harmless.
 */
void sysregs_restore(const struct context *c)
{
#define SWITCHED(id, name, reset) sysreg_write(name, c->sys[SYS_##id]);
#define PAUTH(id, name, reset)
#include "arch/regs.def"
#undef SWITCHED
#undef PAUTH
	if (!features.pauth) {
		return;
	}
#define SWITCHED(id, name, reset)
#define PAUTH(id, name, reset) sysreg_write(name, c->sys[SYS_##id]);
#include "arch/regs.def"
#undef SWITCHED
#undef PAUTH
}

void sysregs_reset(struct context *c)
{
#define SWITCHED(id, name, reset) c->sys[SYS_##id] = (reset);
#define PAUTH(id, name, reset) c->sys[SYS_##id] = (reset);
#include "arch/regs.def"
#undef SWITCHED
#undef PAUTH
}

#define DEBUG_REGS(F)                                                          \
	F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12)    \
		F(13) F(14) F(15)

/* Only implemented numbers may be accessed: the others are UNDEFINED. */
void debug_save(struct debug_regs *d)
{
#define SAVE(n)                                                                \
	if ((n) < features.nr_breakpoints) {                                   \
		d->bcr[n] = sysreg_read(dbgbcr##n##_el1);                      \
		d->bvr[n] = sysreg_read(dbgbvr##n##_el1);                      \
	}                                                                      \
	if ((n) < features.nr_watchpoints) {                                   \
		d->wcr[n] = sysreg_read(dbgwcr##n##_el1);                      \
		d->wvr[n] = sysreg_read(dbgwvr##n##_el1);                      \
	}
	DEBUG_REGS(SAVE)
#undef SAVE
}

void debug_restore(const struct debug_regs *d)
{
#define RESTORE(n)                                                             \
	if ((n) < features.nr_breakpoints) {                                   \
		sysreg_write(dbgbcr##n##_el1, d->bcr[n]);                      \
		sysreg_write(dbgbvr##n##_el1, d->bvr[n]);                      \
	}                                                                      \
	if ((n) < features.nr_watchpoints) {                                   \
		sysreg_write(dbgwcr##n##_el1, d->wcr[n]);                      \
		sysreg_write(dbgwvr##n##_el1, d->wvr[n]);                      \
	}
	DEBUG_REGS(RESTORE)
#undef RESTORE
}
