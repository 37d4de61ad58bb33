/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills its registers with canaries, one number each, and leaves in every way
 * that there is. The numbers are put together by instructions: the image has none.
 */
	.arch	armv8-a+fp+simd

.macro	canary reg, n
	movz	\reg, #0xc4f3, lsl #48
	movk	\reg, #0xa9d1, lsl #32
	movk	\reg, #\n
.endm
.macro	fill from, to
	.irp	n, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	canary	x\n, \n
	.endr
.endm

	.globl	_start
_start:
	mov	x0, #(3 << 20)		/* FP and SIMD do not trap */
	msr	cpacr_el1, x0
	isb
	fill
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	dup	v\n\().2d, x4
	.endr
	msr	tpidr_el0, x4
	msr	tpidr_el1, x5
	msr	tpidrro_el0, x6
	msr	far_el1, x7
	msr	par_el1, x8
	msr	afsr0_el1, x9
	msr	elr_el1, x10
	msr	dbgbvr0_el1, x11
	msr	cntv_cval_el0, x12

	/* A page of RAM that is not there yet: then full of canaries. */
	movz	x0, #0x4001, lsl #16
	add	x1, x0, #4096
1:	str	x4, [x0], #8
	cmp	x0, x1
	b.lo	1b

	movz	x1, #0x0900, lsl #16	/* the UART: a write, a read */
	mov	w0, #0x2e
	str	w0, [x1]
	ldr	w0, [x1, #0x18]

	movz	x0, #0xc600, lsl #16	/* MEM_SHARE of one page */
	movk	x0, #0x41
	movz	x1, #0x4, lsl #16
	movk	x1, #0x1
	mov	x2, #1
	.irp	n, 3, 4, 5, 6, 7, 8, 9
	mov	x\n, #0
	.endr
	hvc	#0
	fill

	movz	x0, #0xc400, lsl #16	/* CPU_ON of vCPU 1, with a canary as its context */
	movk	x0, #3
	mov	x1, #1
	movz	x2, #0x4000, lsl #16
	canary	x3, 3
	hvc	#0
	canary	x0, 0
	canary	x1, 1
	canary	x2, 2

	wfi

	movz	x0, #0x2000, lsl #16	/* long enough for interrupts of dom0's */
2:	subs	x0, x0, #1
	b.ne	2b

	movz	x0, #0x8400, lsl #16	/* SYSTEM_OFF */
	movk	x0, #8
	hvc	#0
3:	b	3b
