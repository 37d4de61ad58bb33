/* SPDX-License-Identifier: BSD-2-Clause */
/* The thin functions of arch/ that must be assembly. */
#include "asm-offsets.h"

	.arch	armv8-a+fp+simd
	.text

/* struct smc_result arch_smc(fn, a1, a2, a3): result address in x8. */
	.globl	arch_smc
arch_smc:
	stp	x8, x30, [sp, #-16]!
	smc	#0
	ldp	x8, x30, [sp], #16
	stp	x0, x1, [x8]
	stp	x2, x3, [x8, #16]
	ret

	.globl	arch_reset
arch_reset:
	movz	w0, #0x8400, lsl #16
	movk	w0, #0x0009
	smc	#0
8:	wfi
	b	8b

/* void cache_zero(void *p, u64 n): DC ZVA, then DC CIVAC, line by line. */
	.globl	cache_zero
cache_zero:
	mrs	x2, dczid_el0
	mrs	x3, ctr_el0
	ubfx	x3, x3, #16, #4
	and	x2, x2, #0x1f
	add	x1, x1, x0
	cmp	x2, #4			/* both 64 bytes: the common case */
	b.ne	5f
	cmp	x3, #4
	b.ne	5f
1:	dc	zva, x0
	dc	civac, x0
	add	x2, x0, #64
	dc	zva, x2
	dc	civac, x2
	add	x3, x0, #128
	dc	zva, x3
	dc	civac, x3
	add	x2, x0, #192
	dc	zva, x2
	dc	civac, x2
	add	x0, x0, #256
	cmp	x0, x1
	b.lo	1b
	dsb	sy
	ret
5:	mov	x4, x0			/* any other geometry: stores, then clean */
6:	stp	xzr, xzr, [x4], #16
	cmp	x4, x1
	b.lo	6b
	sub	x1, x1, x0
	/* fall through */

/* void cache_clean(const void *p, u64 n) */
	.globl	cache_clean
cache_clean:
	mrs	x3, ctr_el0
	ubfx	x3, x3, #16, #4
	mov	x2, #4
	lsl	x2, x2, x3
	add	x1, x1, x0
7:	dc	civac, x0
	add	x0, x0, x2
	cmp	x0, x1
	b.lo	7b
	dsb	sy
	ret

	.globl	cache_sync_code
cache_sync_code:
	dsb	ish
	ic	ialluis
	dsb	ish
	isb
	ret

/*
 * void tlb_flush_other_vmid(u64 vttbr): loads that VTTBR for the flush. Walks
 * of dom0's stage 1 are kept off meanwhile (EPD0, EPD1), since they could be
 * cached under the wrong VMID (Cortex-A57 1319537, Cortex-A72 1319367).
 */
	.globl	tlb_flush_other_vmid
tlb_flush_other_vmid:
	mrs	x1, tcr_el1
	mrs	x2, vttbr_el2
	orr	x3, x1, #(1 << 7)
	orr	x3, x3, #(1 << 23)
	msr	tcr_el1, x3
	isb
	msr	vttbr_el2, x0
	isb
	dsb	ish
	tlbi	vmalls12e1is
	dsb	ish
	ic	ialluis
	dsb	ish
	isb
	msr	vttbr_el2, x2
	isb
	msr	tcr_el1, x1
	isb
	ret

/* void fp_save(struct fp_regs *), void fp_restore(const struct fp_regs *) */
.macro	fp_pairs op
	\op	q0, q1, [x0]
	\op	q2, q3, [x0, #32]
	\op	q4, q5, [x0, #64]
	\op	q6, q7, [x0, #96]
	\op	q8, q9, [x0, #128]
	\op	q10, q11, [x0, #160]
	\op	q12, q13, [x0, #192]
	\op	q14, q15, [x0, #224]
	\op	q16, q17, [x0, #256]
	\op	q18, q19, [x0, #288]
	\op	q20, q21, [x0, #320]
	\op	q22, q23, [x0, #352]
	\op	q24, q25, [x0, #384]
	\op	q26, q27, [x0, #416]
	\op	q28, q29, [x0, #448]
	\op	q30, q31, [x0, #480]
.endm
	.globl	fp_save
fp_save:
	fp_pairs stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	add	x0, x0, #512
	stp	x1, x2, [x0]
	ret
	.globl	fp_restore
fp_restore:
	fp_pairs ldp
	add	x0, x0, #512
	ldp	x1, x2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret

/*
 * void arch_fiber_switch(u64 *from, const u64 *to): only what AAPCS64 6.1.1 says
 * a call keeps has to move.
 */
	.globl	arch_fiber_switch
arch_fiber_switch:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x2, sp
	str	x2, [x0]
	ldr	x2, [x1]
	mov	sp, x2
	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #96
	ret

/* u64 arch_fiber_start(u8 *top, void (*fn)(void)) */
	.globl	arch_fiber_start
arch_fiber_start:
	sub	x0, x0, #96
	stp	xzr, x1, [x0]
	ret
