/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/sysreg.h"
#include "cpu/features.h"
#include "traps/traps.h"

#define EC_SHIFT 26u
#define SCTLR_SPAN_CLEAR(s) (((s)&SCTLR_SPAN) == 0)

/*@ assigns \nothing;
    exits \false;
    ensures \result <==> (spsr & PSTATE_NRW) != 0 || (spsr & PSTATE_MODE_MASK) == PSTATE_EL0T; */
static bool from_el0(u64 spsr)
{
	return (spsr & PSTATE_NRW) != 0 || (spsr & PSTATE_MODE_MASK) == PSTATE_EL0T;
}

/* What the processor does on an exception to EL1 (AArch64.TakeException). */
/*@ assigns hw_esr_el1, hw_elr_el1, hw_spsr_el1, hw_elr_el2, hw_spsr_el2;
    exits \false;
    INJECT_ENSURES;
    ensures hw_esr_el1 == esr; */
static void take_exception(u64 esr)
{
	u64 spsr = sysreg_read(spsr_el2);
	u64 vector = sysreg_read(vbar_el1);
	u64 fresh = EL1_PSTATE(spsr);

	if ((spsr & PSTATE_NRW) != 0) {
		vector += 0x600u;
	} else if (from_el0(spsr)) {
		vector += 0x400u;
	} else if ((spsr & PSTATE_MODE_MASK) == PSTATE_EL1H) {
		vector += 0x200u;
	}
	if (features.pan && SCTLR_SPAN_CLEAR(sysreg_read(sctlr_el1))) {
		fresh |= PSTATE_PAN;
	}
	sysreg_write(esr_el1, esr);
	sysreg_write(elr_el1, sysreg_read(elr_el2));
	sysreg_write(spsr_el1, spsr);
	sysreg_write(elr_el2, vector);
	sysreg_write(spsr_el2, fresh);
}

void inject_undef(void)
{
	take_exception(((u64)EC_UNKNOWN << EC_SHIFT) | ESR_IL);
}

/* An abort of the same kind and direction as the one in esr, with this FSC. */
/*@ assigns hw_far_el1, hw_esr_el1, hw_elr_el1, hw_spsr_el1, hw_elr_el2, hw_spsr_el2;
    exits \false;
    INJECT_ENSURES;
    ensures hw_far_el1 == far; */
static void inject_abort(u64 esr, u64 far, u64 fsc)
{
	u64 wnr = ESR_EC(esr) == EC_IABT_LOW ? 0 : esr & ESR_WNR;
	u64 ec = ESR_EC(esr);

	if (!from_el0(sysreg_read(spsr_el2))) {
		ec += 1u; /* EC_IABT_CUR, EC_DABT_CUR */
	}
	sysreg_write(far_el1, far);
	take_exception((ec << EC_SHIFT) | ESR_IL | wnr | fsc);
}

/*
 * DFSC 0x21 makes Linux send SIGBUS or return -EFAULT; an external abort would
 * skip its exception table, a translation fault would be retried for ever.
 */
void inject_abort_host(u64 esr, u64 far)
{
	inject_abort(esr, far, ESR_EC(esr) == EC_IABT_LOW ? FSC_SEA : FSC_ALIGNMENT);
}

void inject_external_abort(u64 esr, u64 far)
{
	inject_abort(esr, far, FSC_SEA);
}

void skip_instruction(void)
{
	u64 spsr = sysreg_read(spsr_el2);

	sysreg_write(elr_el2, sysreg_read(elr_el2) + 4u);
	if ((spsr & (PSTATE_SS | PSTATE_BTYPE)) != 0) {
		sysreg_write(spsr_el2, spsr & ~(PSTATE_SS | PSTATE_BTYPE));
	}
}
