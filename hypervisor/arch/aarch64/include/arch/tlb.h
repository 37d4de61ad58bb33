/* SPDX-License-Identifier: BSD-2-Clause */
/* TLB maintenance for stage 2. Each acts on the VMID in VTTBR_EL2. */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "lib/types.h"

/* Before a table is linked: its contents are visible to walks (D8.14.1). */
static inline void tlb_before_link(void)
{
	dsb(ishst);
}

/* After an entry was written where none was valid: visible before the ERET. */
static inline void tlb_published(void)
{
	dsb(ishst);
	isb();
}

/*
 * After the entry of one page was cleared: forget the stage 2 translation,
 * then the combined ones (D8.14.5, "TLB maintenance requirements").
 */
static inline void tlb_flush_page(u64 gfn)
{
	dsb(ishst);
	__asm__ volatile("tlbi ipas2e1is, %0" : : "r"(gfn));
	dsb(ish);
	__asm__ volatile("tlbi vmalle1is");
	dsb(ish);
	isb();
}

/* Everything of the current VMID, both stages, all CPUs. */
static inline void tlb_flush_vmid(void)
{
	dsb(ishst);
	__asm__ volatile("tlbi vmalls12e1is");
	dsb(ish);
	isb();
}

/* Stage 1 of the current VMID on this CPU, and its instruction cache. */
static inline void tlb_flush_local_stage1(void)
{
	__asm__ volatile("tlbi vmalle1");
	__asm__ volatile("ic iallu");
	dsb(nsh);
	isb();
}

/* Same as tlb_flush_vmid, but for another VMID than the loaded one. */
void tlb_flush_other_vmid(u64 vttbr);

#endif
