/* SPDX-License-Identifier: BSD-2-Clause */
#include "guest.h"

void put(char c)
{
	UART[0] = (unsigned char)c;
}

void puts_(const char *s)
{
	while (*s != '\0') {
		put(*s++);
	}
}

void putn(u64 v)
{
	char b[24];
	int i = 23;

	b[i] = '\0';
	do {
		b[--i] = (char)('0' + v % 10u);
		v /= 10u;
	} while (v != 0);
	puts_(b + i);
}

void putx(u64 v)
{
	int i;

	for (i = 60; i >= 0; i -= 4) {
		put("0123456789abcdef"[(v >> i) & 15u]);
	}
}

void gic_init(u32 cpu)
{
	u64 r = GICR + cpu * 0x20000ul;

	if (cpu == 0) {
		mmio_write(GICD, 0x12); /* ARE, group 1 */
	}
	mmio_write(r + 0x14, 0); /* awake */
	while ((mmio_read(r + 0x14) & 4u) != 0) {
	}
	mmio_write(r + 0x10080, ~0u);
	mmio_write(r + 0x10100, ~0u);
	wr(ICC_SRE, 7);
	isb();
	wr(ICC_PMR, 0xff);
	wr(ICC_IGRPEN1, 1);
	isb();
}

__attribute__((weak)) void secondary_main(void)
{
}

__attribute__((weak)) void on_sync(u64 *regs)
{
	(void)regs;
	puts_("unexpected exception: ESR ");
	putx(rd(esr_el1));
	puts_(" ELR ");
	putx(rd(elr_el1));
	puts_(" FAR ");
	putx(rd(far_el1));
	put('\n');
	(void)hvc(0x84000008u, 0, 0, 0);
}
