/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/context.h"

#include "arch/cpu.h"
#include "cpu/features.h"

/* The three kinds of regs.def: F does something with a register, or NONE. */
#define NONE(id, name, reset)
#define SAVE_REG(id, name, reset) c->sys[SYS_##id] = sysreg_read(name);
#define RESTORE_REG(id, name, reset) sysreg_write(name, c->sys[SYS_##id]);
#define RESET_REG(id, name, reset) c->sys[SYS_##id] = (reset);

void sysregs_save(struct context *c)
{
#define SWITCHED SAVE_REG
#define LATE SAVE_REG
#define PAUTH NONE
#include "arch/regs.def"
#undef PAUTH
#undef LATE
#undef SWITCHED
	if (!features.pauth) {
		return;
	}
#define SWITCHED NONE
#define LATE NONE
#define PAUTH SAVE_REG
#include "arch/regs.def"
#undef PAUTH
#undef LATE
#undef SWITCHED
}

#define TCR_EPD (BIT(7) | BIT(23)) /* EPD0, EPD1: no walks from TTBR0, TTBR1 */
#define SCTLR_M BIT(0)		   /* without it accesses are not walked, but go on */

/*
 * VTTBR and the EL1 registers of another world cannot change at once. A
 * speculative walk in between would be cached under the wrong VMID (Cortex-A57
 * 1319537, Cortex-A72 1319367), so there are none.
 */
void sysregs_walks_off(void)
{
	sysreg_write(tcr_el1, sysreg_read(tcr_el1) | TCR_EPD);
	isb();
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_M);
	isb();
}

void sysregs_restore(const struct context *c)
{
#define SWITCHED RESTORE_REG
#define LATE NONE
#define PAUTH NONE
#include "arch/regs.def"
#undef PAUTH
#undef LATE
#undef SWITCHED
	isb();
#define SWITCHED NONE
#define LATE RESTORE_REG
#define PAUTH NONE
#include "arch/regs.def"
#undef PAUTH
#undef LATE
#undef SWITCHED
	if (!features.pauth) {
		return;
	}
#define SWITCHED NONE
#define LATE NONE
#define PAUTH RESTORE_REG
#include "arch/regs.def"
#undef PAUTH
#undef LATE
#undef SWITCHED
}

void sysregs_reset(struct context *c)
{
#define SWITCHED RESET_REG
#define LATE RESET_REG
#define PAUTH RESET_REG
#include "arch/regs.def"
#undef PAUTH
#undef LATE
#undef SWITCHED
}

#define DEBUG_REGS(F)                                                                              \
	F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9) F(10) F(11) F(12) F(13) F(14) F(15)

/* Only implemented numbers may be accessed: the others are UNDEFINED. */
void debug_save(struct debug_regs *d)
{
#define SAVE(n)                                                                                    \
	if ((n) < features.nr_breakpoints) {                                                       \
		d->bcr[n] = sysreg_read(dbgbcr##n##_el1);                                          \
		d->bvr[n] = sysreg_read(dbgbvr##n##_el1);                                          \
	}                                                                                          \
	if ((n) < features.nr_watchpoints) {                                                       \
		d->wcr[n] = sysreg_read(dbgwcr##n##_el1);                                          \
		d->wvr[n] = sysreg_read(dbgwvr##n##_el1);                                          \
	}
	DEBUG_REGS(SAVE)
#undef SAVE
}

void debug_restore(const struct debug_regs *d)
{
#define RESTORE(n)                                                                                 \
	if ((n) < features.nr_breakpoints) {                                                       \
		sysreg_write(dbgbcr##n##_el1, d->bcr[n]);                                          \
		sysreg_write(dbgbvr##n##_el1, d->bvr[n]);                                          \
	}                                                                                          \
	if ((n) < features.nr_watchpoints) {                                                       \
		sysreg_write(dbgwcr##n##_el1, d->wcr[n]);                                          \
		sysreg_write(dbgwvr##n##_el1, d->wvr[n]);                                          \
	}
	DEBUG_REGS(RESTORE)
#undef RESTORE
}
