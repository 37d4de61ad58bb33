/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Guests of the rows: position-independent, in the first page of their RAM. */
	.section .rodata, "a"
	.balign	8

	.globl	code_spin
code_spin:
	b	.

/* Offers the page behind its own to dom0, then spins. */
	.globl	code_share
code_share:
	movz	x0, #0xc600, lsl #16
	movk	x0, #0x41
	movz	x1, #0x4, lsl #16
	movk	x1, #0x1
	mov	x2, #1
	.irp	n, 3, 4, 5, 6, 7, 8, 9
	mov	x\n, #0
	.endr
	hvc	#0
	b	.

/* One exit after the other. */
	.globl	code_loop
code_loop:
	movz	x1, #0x0900, lsl #16
1:	ldr	w0, [x1, #0x18]
	b	1b

/* Tells dom0 the word at 2048 of its image, again and again. */
	.globl	code_report
code_report:
	movz	x1, #0x0900, lsl #16
	movz	x2, #0x4000, lsl #16
1:	ldr	x0, [x2, #2048]
	str	x0, [x1]
	b	1b

/*
 * Every register has a number of its own; each kind of exit in turn; then all
 * are looked at. What it finds wrong it writes to address 0xbad0, else the
 * count of rounds to 0x600d0. x0: round, x1, x2: scratch.
 */
	.globl	code_witness
code_witness:
	mov	x0, #0
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	movz	x\n, #0x517e, lsl #48
	movk	x\n, #\n
	.endr
	mov	sp, x30
	msr	tpidr_el1, x29
	msr	sp_el0, x28
2:	add	x0, x0, #1
	movz	x1, #0x0900, lsl #16
	ldrsb	x2, [x1, #0x18]		/* any value, but of a signed byte */
	sxtb	x1, w2
	cmp	x1, x2
	b.ne	9f
	movz	x1, #0x0900, lsl #16
	ldrh	w2, [x1, #0x18]
	cmp	x2, x2, uxth
	b.ne	9f
	str	w0, [x1]
	wfi
	.irp	n, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	movz	x1, #0x517e, lsl #48
	movk	x1, #\n
	cmp	x1, x\n
	b.ne	9f
	.endr
	mov	x1, sp
	cmp	x1, x30
	b.ne	9f
	mrs	x1, tpidr_el1
	cmp	x1, x29
	b.ne	9f
	mrs	x1, sp_el0
	cmp	x1, x28
	b.ne	9f
	mrs	x1, CurrentEL
	cmp	x1, #4
	b.ne	9f
	mrs	x1, daif
	cmp	x1, #0x3c0
	b.ne	9f
	movz	x1, #0x6, lsl #16
	movk	x1, #0x00d0
	str	x0, [x1]
	b	2b
9:	movz	x2, #0xbad0
	str	x1, [x2]
	b	9b

/* Its second vCPU writes to the page behind the image; it powers the VM off. */
	.globl	code_off
code_off:
	movz	x0, #0xc400, lsl #16
	movk	x0, #3
	mov	x1, #1
	adr	x2, 3f
	mov	x3, #0
	hvc	#0
	movz	x0, #0x3, lsl #16
1:	subs	x0, x0, #1
	b.ne	1b
	movz	x0, #0x8400, lsl #16
	movk	x0, #8
	hvc	#0
	b	.
3:	movz	x1, #0x0900, lsl #16
	str	w1, [x1]			/* it runs */
	movz	x1, #0x4000, lsl #16
	add	x1, x1, #4096
4:	str	x1, [x1]
	b	4b
	.globl	code_end
code_end:
