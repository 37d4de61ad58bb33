/* SPDX-License-Identifier: BSD-2-Clause */
/* Touches every page of its RAM, whose size the device tree does not tell it. */
#include "guest.h"

static volatile int hit_end;

void on_sync(u64 *regs)
{
	(void)regs;
	hit_end = 1;
	wr(elr_el1, rd(elr_el1) + 4u);
}

int main(u64 dtb)
{
	u64 a;

	(void)dtb;
	puts_("fill: begin\n");
	for (a = 0x40200000ul; hit_end == 0; a += 4096u) {
		if (*(volatile u64 *)a != 0 && hit_end == 0 && a != dtb) {
			puts_("fill: not zero\n");
		}
		*(volatile u64 *)a = a;
	}
	puts_("fill: end\n");
	for (;;) {
		__asm__ volatile("wfi");
	}
}
