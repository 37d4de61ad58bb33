/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entry of the boot CPU (arm64 Image protocol: MMU off, x0 = device tree) and
 * of the others (PSCI CPU_ON: x0 = struct cpu of this CPU). Builds the part of
 * EL2's stage 1 that maps the image, then runs C at its linked address.
 */
#include "asm-offsets.h"
#include "mm/layout.h"

	.section .head.text, "ax"
	.globl	_start
_start:
	b	boot_cpu
	.long	0
	.quad	0			/* text_offset */
	.quad	_image_size
	.quad	0xa			/* little endian, 4 KiB, placed anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* Adds the table \child (physical) at index \va >> \shift of \table. */
.macro	link_table table, va, shift, child
	ubfx	x11, \va, #\shift, #9
	orr	x12, \child, #S1_TABLE
	str	x12, [\table, x11, lsl #3]
.endm

boot_cpu:
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.eq	1f
0:	wfi				/* not entered at EL2: nothing to say it with */
	b	0b
1:	mov	x19, x0
	adrp	x20, _start		/* physical base of the image */
	movz	x21, #(VA_IMAGE >> 32), lsl #32
	movk	x21, #((VA_IMAGE >> 16) & 0xffff), lsl #16

	adrp	x1, __bss_start
	adrp	x2, __image_end
2:	stp	xzr, xzr, [x1], #16
	cmp	x1, x2
	b.lo	2b

	/* Image: each page with the rights of its section (write-once, W^X). */
	adrp	x1, boot_l1
	adrp	x2, boot_l2
	link_table x1, x21, 30, x2
	adrp	x3, boot_l3
	link_table x2, x21, 21, x3
	adrp	x4, __text_end
	adrp	x5, __rodata_end
	adrp	x6, __image_end
	movz	x8, #S1_RX
	movz	x9, #(S1_XN >> 48), lsl #48
	orr	x9, x9, x8		/* S1_R */
	bic	x10, x9, #S1_RO		/* S1_RW */
	mov	x7, x20
	mov	x13, x3
3:	mov	x11, x8
	cmp	x7, x4
	csel	x11, x8, x9, lo
	cmp	x7, x5
	csel	x11, x11, x10, lo
	orr	x11, x11, x7
	orr	x11, x11, #S1_PAGE_BIT
	str	x11, [x13], #8
	add	x7, x7, #4096
	cmp	x7, x6
	b.lo	3b

	/* Identity map of the one page that turns the MMU on. */
	adrp	x7, idmap_start
	adrp	x2, boot_id_l2
	link_table x1, x7, 30, x2
	adrp	x3, boot_id_l3
	link_table x2, x7, 21, x3
	ubfx	x11, x7, #12, #9
	orr	x12, x7, x8
	orr	x12, x12, #S1_PAGE_BIT
	str	x12, [x3, x11, lsl #3]

	/* What was written with the caches off must not be hidden by them. */
	dsb	sy
	mov	x7, x20
	mrs	x11, ctr_el0
	ubfx	x11, x11, #16, #4
	mov	x12, #4
	lsl	x12, x12, x11
4:	dc	ivac, x7
	add	x7, x7, x12
	cmp	x7, x6
	b.lo	4b
	dsb	sy

	ldr	x30, =boot_cpu_virtual
	b	enable_mmu

	.globl	secondary_entry
secondary_entry:			/* x0 = struct cpu (virtual) */
	mov	x19, x0
	ldr	x30, =secondary_virtual
	b	enable_mmu

	.section .idmap.text, "ax"
	.globl	idmap_start
idmap_start:
enable_mmu:				/* goes on at x30, a virtual address */
	adrp	x1, boot_l1
	msr	ttbr0_el2, x1
	mov	x1, #MAIR_VALUE
	msr	mair_el2, x1
	/* TCR_EL2: RES1, T0SZ = 25, write-back, inner shareable, 4 KiB. */
	movz	x1, #0x3519
	movk	x1, #0x8080, lsl #16
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #0xf
	mov	x3, #5			/* 48 bits are enough */
	cmp	x2, x3
	csel	x2, x2, x3, lo
	bfi	x1, x2, #16, #3
	msr	tcr_el2, x1
	isb
	tlbi	alle2
	tlbi	alle1
	ic	iallu
	dsb	nsh
	isb
	/* SCTLR_EL2: RES1 bits, M, C, SA, I, WXN. */
	movz	x1, #0x183d
	movk	x1, #0x30cd, lsl #16
	msr	sctlr_el2, x1
	isb
	br	x30
	.balign	64

	.text
boot_cpu_virtual:
	ldr	x1, =cpus		/* the boot CPU takes the first slot */
	msr	tpidr_el2, x1
	ldr	x2, =CPU_STACK_TOP
	add	sp, x1, x2
	adr	x2, vectors
	msr	vbar_el2, x2
	mov	x0, x19			/* physical address of the device tree */
	sub	x1, x21, x20		/* virtual minus physical of the image */
	bl	boot_main
	b	enter_context

secondary_virtual:
	msr	tpidr_el2, x19
	ldr	x2, =CPU_STACK_TOP
	add	sp, x19, x2
	adr	x2, vectors
	msr	vbar_el2, x2
	mov	x0, x19
	bl	boot_secondary
	b	enter_context
	.ltorg
