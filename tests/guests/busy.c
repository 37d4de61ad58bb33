/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits all the time: device reads, timer ticks; touches its RAM slowly. */
#include "guest.h"

static volatile u64 irqs;

void on_irq(void);
void on_irq(void)
{
	u64 i = rd(ICC_IAR1);

	wr(cntv_tval_el0, rd(cntfrq_el0) / 1000u);
	wr(ICC_EOIR1, i);
	irqs++;
}

int main(u64 dtb)
{
	u64 told = 0;
	u64 n = 0;

	(void)dtb;
	gic_init(0);
	wr(cntv_tval_el0, rd(cntfrq_el0) / 1000u);
	wr(cntv_ctl_el0, 1);
	isb();
	__asm__ volatile("msr daifclr, #2");
	puts_("busy: running\n");
	for (;; n++) {
		(void)UART[6]; /* FR: a visit to dom0's user space */
		*(volatile u64 *)(0x40400000ul + (n * 4096u) % (8ul << 20)) = n;
		if (n == 2000) {
			puts_("busy: 2000 rounds\n");
		}
		if (irqs >= 100 && !told) { /* more than one may come in a round */
			told = 1;
			puts_("busy: 100 ticks\n");
		}
	}
}
