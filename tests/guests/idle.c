/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for ever, with interrupts off: what is only to be there costs no CPU. */
#include "guest.h"

int main(u64 dtb)
{
	(void)dtb;
	puts_("idle: waiting\n");
	for (;;) {
		__asm__ volatile("wfi");
	}
}
