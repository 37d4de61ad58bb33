/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exception vectors of EL2. From a lower EL all 31 registers go to the context
 * that struct cpu points at; the C handler may point it at another one; the
 * way back loads whatever it points at then.
 */
#include "asm-offsets.h"

.macro	save_gprs
	stp	x0, x1, [sp, #-16]!
	mrs	x1, tpidr_el2
	ldr	x0, [x1, #CPU_CTX]
	stp	x2, x3, [x0, #16]
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	str	x30, [x0, #240]
	ldp	x2, x3, [sp], #16
	stp	x2, x3, [x0]
	mov	x0, x1
.endm

.macro	lower handler
	.balign	128
	save_gprs
	mov	x29, xzr		/* no frame before ours: a backtrace ends here */
	bl	\handler
	b	enter_context
.endm

.macro	broken kind
	.balign	128
	sub	sp, sp, #256
	stp	x0, x1, [sp]
	mov	x0, #\kind
	b	el2_fault
.endm

	.text
	.balign	2048
	.globl	vectors
vectors:
	broken	0
	broken	1
	broken	2
	broken	3
	broken	4
	broken	5
	broken	6
	broken	7
	lower	trap_sync
	lower	trap_irq
	lower	trap_fiq
	lower	trap_serror
	lower	trap_sync		/* AArch32 at EL0: the same classes */
	lower	trap_irq
	lower	trap_fiq
	lower	trap_serror

	.globl	enter_context
enter_context:
	mrs	x0, tpidr_el2
	ldr	x0, [x0, #CPU_CTX]
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
	eret
	dsb	nsh			/* no speculation past ERET (SB of Armv8.0) */
	isb

/* An exception taken from EL2 itself: all registers to the stack, then C. */
el2_fault:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x1, sp
	bl	panic_exception
	b	.
