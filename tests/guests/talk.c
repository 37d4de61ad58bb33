/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for a key, then prints 300 lines and powers off; the last one has no end. */
#include "guest.h"

int main(u64 dtb)
{
	u64 i;

	(void)dtb;
	puts_("talk: ready\n");
	while ((UART[0x18 / 4] & 0x10u) != 0) { /* UARTFR.RXFE: nothing was typed */
	}
	for (i = 1; i <= 300u; i++) {
		puts_("talk: line ");
		putn(i);
		put('\n');
	}
	puts_("talk: done");
	(void)hvc(0x84000008u, 0, 0, 0); /* PSCI SYSTEM_OFF */
	return 0;
}
