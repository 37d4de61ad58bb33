/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of the bare-metal guests: stack, vectors, main(x0 = device tree), then
 * power off. Secondary CPUs enter at secondary_start with x0 = their stack.
 */
	.arch	armv8-a+fp+simd
	.section .head, "ax"
	.globl	_start
_start:
	mov	x19, x0
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1		/* FP and SIMD */
	adr	x1, vectors
	msr	vbar_el1, x1
	isb
	ldr	x1, =stack_top
	mov	sp, x1
	ldr	x1, =__bss_start
	ldr	x2, =__bss_end
1:	cmp	x1, x2
	b.hs	2f
	str	xzr, [x1], #8
	b	1b
2:	mov	x0, x19
	bl	main
	movz	w0, #0x8400, lsl #16
	movk	w0, #0x0008
	hvc	#0
	b	.

	.globl	secondary_start
secondary_start:
	mov	sp, x0
	adr	x1, vectors
	msr	vbar_el1, x1
	mov	x1, #(3 << 20)
	msr	cpacr_el1, x1
	isb
	bl	secondary_main
3:	wfi
	b	3b

.macro	vector handler
	.balign	128
	sub	sp, sp, #192
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	str	x30, [sp, #160]
	mov	x0, sp
	bl	\handler
	b	restore
.endm
	.text
	.balign	2048
vectors:
	vector	on_sync
	vector	on_irq
	vector	on_irq
	vector	on_sync
	vector	on_sync
	vector	on_irq
	vector	on_irq
	vector	on_sync
restore:
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x29, [sp, #144]
	ldr	x30, [sp, #160]
	add	sp, sp, #192
	eret

	.weak	on_irq
on_irq:
	ret
	.bss
	.balign	16
	.skip	16384
stack_top:
