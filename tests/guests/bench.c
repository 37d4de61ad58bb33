/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Counts what operations cost, in ticks of the counter: instructions, when
 * QEMU runs with -icount shift=0 and cntfrq=1000000000. Medians of 64, less
 * what reading the counter twice costs.
 */
#include "guest.h"

#define RUNS 64u

static volatile u64 vector_at, irqs;
static u64 overhead;
static u64 samples[RUNS];
static char stack1[4096] __attribute__((aligned(16)));
static volatile u64 secondary_up, ping, pong, sleepy, stop;

extern char secondary_start[];

void on_irq(void);
void on_irq(void)
{
	u64 i;

	vector_at = ticks();
	i = rd(ICC_IAR1);
	if (i == 27) {
		wr(cntv_ctl_el0, 0);
		isb();
	}
	wr(ICC_EOIR1, i);
	irqs++;
	if (i == 1 && (rd(mpidr_el1) & 0xff) == 1) { /* the other side: answer */
		wr(ICC_SGI1R, 1u | (2ull << 24));
		isb();
	}
	if (i == 2) {
		pong++;
	}
}

static u64 median(void)
{
	u32 i, j;

	for (i = 1; i < RUNS; i++) {
		u64 v = samples[i];

		for (j = i; j > 0 && samples[j - 1] > v; j--) {
			samples[j] = samples[j - 1];
		}
		samples[j] = v;
	}
	return samples[RUNS / 2] > overhead ? samples[RUNS / 2] - overhead : 0;
}

static void report(const char *what, u64 n)
{
	puts_("bench: ");
	puts_(what);
	puts_(": ");
	putn(n);
	put('\n');
}

#define MEASURE(what, code)                                                                        \
	do {                                                                                       \
		u32 k_;                                                                            \
		for (k_ = 0; k_ < RUNS; k_++) {                                                    \
			u64 t_ = ticks();                                                          \
			code;                                                                      \
			samples[k_] = ticks() - t_;                                                \
		}                                                                                  \
		report(what, median());                                                            \
	} while (0)

/* From t_ to the vector; the code ends when the interrupt was taken. */
#define MEASURE_VECTOR(what, prepare, code)                                                        \
	do {                                                                                       \
		u32 k_;                                                                            \
		for (k_ = 0; k_ < RUNS; k_++) {                                                    \
			u64 n_ = irqs;                                                             \
			u64 t_;                                                                    \
			prepare;                                                                   \
			t_ = ticks();                                                              \
			code;                                                                      \
			while (irqs == n_) {                                                       \
			}                                                                          \
			samples[k_] = vector_at - t_;                                              \
		}                                                                                  \
		report(what, median());                                                            \
	} while (0)

void secondary_main(void)
{
	gic_init(1);
	secondary_up = ticks();
	for (;;) {
		if (sleepy != 0) {
			__asm__ volatile("wfi; msr daifclr, #2; isb; msr daifset, #2");
		} else {
			__asm__ volatile("msr daifclr, #2; yield; msr daifset, #2");
		}
	}
}

static void round_trip(const char *what)
{
	u32 k;

	for (k = 0; k < RUNS; k++) {
		u64 p = pong;
		u64 t = ticks();

		wr(ICC_SGI1R, 2u | (1ull << 24)); /* INTID 1 to CPU 1 */
		isb();
		while (pong == p) {
			if (sleepy != 0) {
				__asm__ volatile("wfi; msr daifclr, #2; isb; msr daifset, #2");
			} else {
				__asm__ volatile("msr daifclr, #2; yield; msr daifset, #2");
			}
		}
		samples[k] = ticks() - t;
	}
	report(what, median());
}

static void two_cpus(void)
{
	u64 t;

	t = ticks();
	if ((u32)hvc(0xc4000003u, 1, (u64)secondary_start, (u64)(stack1 + sizeof(stack1))) != 0) {
		return; /* a VM with one vCPU */
	}
	while (secondary_up == 0) {
		__asm__ volatile("yield");
	}
	report("CPU_ON until the second vCPU is set up", secondary_up - t);
	__asm__ volatile("msr daifset, #2");
	round_trip("SGI round trip, both spinning");
	sleepy = 1;
	wr(ICC_SGI1R, 2u | (1ull << 24));
	isb();
	round_trip("SGI round trip, both in WFI");
}

static void first_touch(void)
{
	u64 a;
	u64 t = ticks();

	for (a = 0x44000000ul; a < 0x48000000ul; a += 4096u) {
		*(volatile u64 *)a = 1;
	}
	report("first touch of 64 MiB, a page at a time", ticks() - t);
}

int main(u64 dtb)
{
	u32 k;

	(void)dtb;
	for (k = 0; k < RUNS; k++) {
		u64 t = ticks();

		samples[k] = ticks() - t;
	}
	overhead = 0;
	overhead = median();
	gic_init(0);
	MEASURE("null hypercall (PSCI_VERSION)", hvc(0x84000000u, 0, 0, 0));
	MEASURE("read of GICD_IIDR", (void)mmio_read(GICD + 8));
	MEASURE("read of a device register in dom0 user space", (void)UART[6]);
	__asm__ volatile("msr daifclr, #2");
	/* clang-format off */
	MEASURE_VECTOR("SGI to oneself, until the vector", , {
		wr(ICC_SGI1R, 1u | (3ull << 24));
		isb();
	});
	MEASURE_VECTOR(
		"virtual timer, vCPU busy, until the vector", ,
		{
			wr(cntv_cval_el0, t_);
			wr(cntv_ctl_el0, 1);
			isb();
		});
	/* clang-format on */
	__asm__ volatile("msr daifset, #2");
	{
		/* Out of WFI: from the deadline to the vector. */
		for (k = 0; k < RUNS; k++) {
			u64 n = irqs;
			u64 deadline = ticks() + 20000u;

			wr(cntv_cval_el0, deadline);
			wr(cntv_ctl_el0, 1);
			isb();
			while (irqs == n) {
				__asm__ volatile("wfi; msr daifclr, #2; isb; msr daifset, #2");
			}
			samples[k] = vector_at - deadline;
		}
		report("virtual timer out of WFI, until the vector", median());
	}
	first_touch();
	two_cpus();
	puts_("bench: done\n");
	return 0;
}
