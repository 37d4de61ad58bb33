/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks for what others have left: in the registers it starts with, and in 16 to
 * 64 MiB of its RAM. Says "residue: clean" or what is not; then it leaves words of
 * its own everywhere, for the next one to find.
 */
	.arch	armv8-a+fp+simd
	.section .head, "ax"
	.globl	_start
_start:
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	orr	x1, x1, x\n
	.endr
	mov	x2, #(3 << 20)
	msr	cpacr_el1, x2
	isb
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	orr	v0.16b, v0.16b, v\n\().16b
	.endr
	umov	x2, v0.d[0]
	umov	x3, v0.d[1]
	orr	x2, x2, x3
	mov	x3, #0
	.irp	r, tpidr_el0, tpidr_el1, tpidrro_el0, far_el1, esr_el1, elr_el1, spsr_el1, sp_el0, par_el1, afsr0_el1, afsr1_el1, contextidr_el1, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, amair_el1, vbar_el1, dbgbvr0_el1, dbgwvr0_el1, dbgbcr0_el1, cntv_cval_el0, cntp_cval_el0, cntkctl_el1, mdscr_el1, csselr_el1
	mrs	x4, \r
	orr	x3, x3, x4
	.endr
	mov	x4, #0
	mov	x5, #0x41000000
	mov	x6, #0x44000000
1:	ldp	x7, x8, [x5], #16
	orr	x4, x4, x7
	orr	x4, x4, x8
	cmp	x5, x6
	b.lo	1b

	mov	x10, #0x09000000
	adr	x11, text
	bl	print
	adr	x11, general
	cbnz	x1, 2f
	adr	x11, fp
	cbnz	x2, 2f
	adr	x11, system
	cbnz	x3, 2f
	adr	x11, memory
	cbnz	x4, 2f
	adr	x11, clean
2:	bl	print

	movz	x1, #0xc4f3, lsl #48
	movk	x1, #0xa9d1, lsl #32
	mov	x5, #0x41000000
3:	stp	x1, x1, [x5], #16
	cmp	x5, x6
	b.lo	3b
	.irp	r, tpidr_el0, tpidr_el1, tpidrro_el0, far_el1, afsr0_el1, contextidr_el1, dbgbvr0_el1, cntv_cval_el0
	msr	\r, x1
	.endr
	dup	v9.2d, x1
	adr	x11, over
	bl	print
	b	.

print:	ldrb	w12, [x11], #1
	cbz	w12, 4f
	str	w12, [x10]
	b	print
4:	ret

text:	.asciz	"residue: "
general: .asciz	"general registers\n"
fp:	.asciz	"FP registers\n"
system:	.asciz	"system registers\n"
memory:	.asciz	"memory\n"
clean:	.asciz	"clean\n"
over:	.asciz	"residue: words left\n"
	.balign	4
