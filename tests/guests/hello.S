/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints one line through the PL011 and powers off. */
	.section .head, "ax"
	.globl _start
_start:
	movz	x1, #0x0900, lsl #16
	adr	x2, text
1:	ldrb	w3, [x2], #1
	cbz	w3, 2f
	str	w3, [x1]
	b	1b
2:	movz	w0, #0x8400, lsl #16
	movk	w0, #0x0008		/* PSCI SYSTEM_OFF */
	hvc	#0
	b	.
text:
	.asciz	"hello from a guest\n"
	.balign	4096
