/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs one instruction word that may do anything, and comes back from it: by
 * the BRK behind it, by the exception it takes, or by the timer. struct trial
 * (hostile.c) at the address in `trial`: 0: x0..x30 and SP before it, 256: what
 * it left in x0..x3; 288: ESR; 296: ELR; 304: the C side's x19..x30 and SP;
 * 416: PC; 424: PSTATE; 432: INTID or 0; 440: FAR.
 */
	.arch	armv8-a+fp+simd
	.text
	.globl	try
try:	/* struct trial * */
	stp	x19, x20, [x0, #304]
	stp	x21, x22, [x0, #320]
	stp	x23, x24, [x0, #336]
	stp	x25, x26, [x0, #352]
	stp	x27, x28, [x0, #368]
	stp	x29, x30, [x0, #384]
	mov	x1, sp
	str	x1, [x0, #400]
	mrs	x1, vbar_el1
	str	x1, [x0, #448]
	adr	x1, hostile_vectors
	msr	vbar_el1, x1
	ldr	x1, [x0, #416]
	msr	elr_el1, x1
	ldr	x1, [x0, #424]
	msr	spsr_el1, x1
	ldr	x1, [x0, #248]
	msr	sp_el0, x1
	mov	sp, x1
	ldp	x2, x3, [x0, #16]
	ldp	x4, x5, [x0, #32]
	ldp	x6, x7, [x0, #48]
	ldp	x8, x9, [x0, #64]
	ldp	x10, x11, [x0, #80]
	ldp	x12, x13, [x0, #96]
	ldp	x14, x15, [x0, #112]
	ldp	x16, x17, [x0, #128]
	ldp	x18, x19, [x0, #144]
	ldp	x20, x21, [x0, #160]
	ldp	x22, x23, [x0, #176]
	ldp	x24, x25, [x0, #192]
	ldp	x26, x27, [x0, #208]
	ldp	x28, x29, [x0, #224]
	ldr	x30, [x0, #240]
	ldp	x0, x1, [x0]
	isb
	eret

back:	/* x4: trial; x5: INTID or 0 */
	stp	x0, x1, [x4, #256]
	stp	x2, x3, [x4, #272]
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	stp	x1, x2, [x4, #288]
	str	x5, [x4, #432]
	mrs	x1, far_el1
	str	x1, [x4, #440]
	ldp	x19, x20, [x4, #304]
	ldp	x21, x22, [x4, #320]
	ldp	x23, x24, [x4, #336]
	ldp	x25, x26, [x4, #352]
	ldp	x27, x28, [x4, #368]
	ldp	x29, x30, [x4, #384]
	msr	spsel, #1
	ldr	x1, [x4, #400]
	mov	sp, x1
	ldr	x1, [x4, #448]
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	isb
	ret

.macro	entry interrupt
	.balign	128
	adrp	x4, trial
	add	x4, x4, :lo12:trial
	.if	\interrupt
	b	interrupted
	.else
	mov	x5, #0
	b	back
	.endif
.endm
interrupted:
	mrs	x5, S3_0_C12_C12_0	/* ICC_IAR1_EL1 */
	msr	cntv_ctl_el0, xzr
	isb
	msr	S3_0_C12_C12_1, x5	/* ICC_EOIR1_EL1 */
	isb
	b	back
	.balign	2048
hostile_vectors:
	entry	0
	entry	1
	entry	1
	entry	0
	entry	0
	entry	1
	entry	1
	entry	0
	entry	0
	entry	1
	entry	1
	entry	0
	entry	0	/* from AArch32 */
	entry	1
	entry	1
	entry	0

	.data
	.balign	16
	.globl	trial
trial:
	.skip	512
