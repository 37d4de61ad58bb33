/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the harnesses: values that may be anything, and the bodies of what
 * arch/proof only promises. One CPU after the other, but for race.c.
 */
#ifndef CBMC_H
#define CBMC_H

#include "arch/atomic.h"
#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "arch/tlb.h"
#include "lib/types.h"

u64 nondet_u64(void);
u32 nondet_u32(void);
u16 nondet_u16(void);
u8 nondet_u8(void);
bool nondet_bool(void);

#define ANY(object) __CPROVER_havoc_object(object) /* anything may be in it */
#define ASSUME(what) __CPROVER_assume(what)
#define CHECK(what, text) __CPROVER_assert(what, text)

u64 hw_cntfrq_el0, hw_cnthctl_el2, hw_cnthp_ctl_el2, hw_cnthp_cval_el2, hw_cntv_ctl_el0,
	hw_cntv_cval_el0, hw_cntvoff_el2, hw_elr_el1, hw_elr_el2, hw_esr_el1, hw_esr_el2,
	hw_far_el1, hw_far_el2, hw_hcr_el2, hw_hpfar_el2, hw_mdcr_el2, hw_mpidr_el1, hw_sctlr_el1,
	hw_spsr_el1, hw_spsr_el2, hw_tpidr_el2, hw_vbar_el1, hw_vmpidr_el2, hw_vttbr_el2;

u32 atomic_read(const u32 *p)
{
	return *p;
}

void atomic_set(u32 *p, u32 v)
{
	*p = v;
}

u32 atomic_or(u32 *p, u32 v)
{
	u32 old = *p;

	*p = old | v;
	return old;
}

u32 atomic_and(u32 *p, u32 v)
{
	u32 old = *p;

	*p = old & v;
	return old;
}

void atomic_add64(u64 *p, u64 v)
{
	__CPROVER_atomic_begin();
	*p += v;
	__CPROVER_atomic_end();
}

/* WITHOUT_LOCKS shows that what needs them is noticed. */
void spin_lock(struct spinlock *l)
{
#ifndef WITHOUT_LOCKS
	__CPROVER_atomic_begin();
	ASSUME(l->held == 0);
	l->held = 1;
	__CPROVER_atomic_end();
#endif
}

void spin_unlock(struct spinlock *l)
{
#ifndef WITHOUT_LOCKS
	__CPROVER_atomic_begin();
	l->held = 0;
	__CPROVER_atomic_end();
#endif
}

#endif
