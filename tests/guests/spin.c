/* SPDX-License-Identifier: BSD-2-Clause */
/* Loops for ever with interrupts off; counts in memory. */
#include "guest.h"

int main(u64 dtb)
{
	volatile u64 n = 0;

	(void)dtb;
	puts_("spin: looping\n");
	for (;;) {
		n++;
	}
}
