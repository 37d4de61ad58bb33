// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What operations cost a Debian guest: ticks of the counter, medians of 64, in
 * the guest's log. The same rows as tests/guests/bench.c, with what Linux adds
 * on its own way (interrupt entry, hrtimers, function calls between CPUs).
 */
#include <linux/arm-smccc.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/irq_work.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/smp.h>
#include <linux/sort.h>
#include <uapi/linux/psci.h>

#define RUNS 64
#define TOUCH_BLOCKS 32 /* of 2 MiB */

static u64 samples[RUNS];
static u64 overhead;
static volatile u64 happened;
static volatile bool stop_spinning;

static u64 ticks(void)
{
	isb();
	return read_sysreg(cntvct_el0);
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *what)
{
	u64 v;

	sort(samples, RUNS, sizeof(samples[0]), compare, NULL);
	v = samples[RUNS / 2];
	pr_info("debian: %s: %llu\n", what, v > overhead ? v - overhead : 0);
}

#define MEASURE(what, code)                                                                        \
	do {                                                                                       \
		int i_;                                                                            \
		for (i_ = 0; i_ < RUNS; i_++) {                                                    \
			u64 t_ = ticks();                                                          \
			code;                                                                      \
			samples[i_] = ticks() - t_;                                                \
		}                                                                                  \
		report(what);                                                                      \
	} while (0)

static void on_irq_work(struct irq_work *work)
{
	happened = ticks();
}

static enum hrtimer_restart on_timer(struct hrtimer *t)
{
	happened = ticks();
	return HRTIMER_NORESTART;
}

static void on_call(void *arg)
{
}

static int spin(void *arg)
{
	while (!stop_spinning) {
		cpu_relax();
	}
	return 0;
}

static void self_sgi(void)
{
	struct irq_work work = IRQ_WORK_INIT_HARD(on_irq_work);
	int i;

	for (i = 0; i < RUNS; i++) {
		u64 t = ticks();

		happened = 0;
		irq_work_queue(&work);
		while (!happened) {
			cpu_relax();
		}
		samples[i] = happened - t;
	}
	report("SGI to oneself");
}

/* From the deadline to the timer's function. */
static void timer(const char *what, bool idle)
{
	struct hrtimer t;
	int i;

	hrtimer_init_on_stack(&t, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	t.function = on_timer;
	for (i = 0; i < RUNS; i++) {
		u64 start = ticks();
		u64 delay = idle ? 100000 : 20000; /* ns, which are ticks here */

		happened = 0;
		hrtimer_start(&t, ns_to_ktime(delay), HRTIMER_MODE_REL_HARD);
		while (!happened) {
			if (idle) {
				usleep_range(200, 300);
			} else {
				cpu_relax();
			}
		}
		samples[i] = happened - start - delay;
	}
	destroy_hrtimer_on_stack(&t);
	report(what);
}

static void two_cpus(void)
{
	struct task_struct *spinner;
	int i;

	/* Whoever sleeps may wake up on CPU 1, and would then call itself. */
	(void)set_cpus_allowed_ptr(current, cpumask_of(0));
	for (i = 0; i < RUNS; i++) {
		u64 t;

		usleep_range(300, 400); /* CPU 1 is in WFI again */
		t = ticks();
		smp_call_function_single(1, on_call, NULL, 1);
		samples[i] = ticks() - t;
	}
	report("call of the other CPU, in WFI");
	spinner = kthread_create_on_cpu(spin, NULL, 1, "spin");
	if (!IS_ERR(spinner)) {
		wake_up_process(spinner);
		msleep(10);
		MEASURE("call of the other CPU, spinning",
			smp_call_function_single(1, on_call, NULL, 1));
		stop_spinning = true;
		msleep(10);
	}
	if (remove_cpu(1) == 0) {
		u64 t = ticks();

		if (add_cpu(1) == 0) {
			pr_info("debian: CPU_ON, with Linux' bring-up: %llu\n", ticks() - t);
		}
	}
}

static void first_touch(void)
{
	struct page *blocks[TOUCH_BLOCKS] = { NULL };
	u64 total = 0;
	int i, j;

	for (i = 0; i < TOUCH_BLOCKS; i++) {
		blocks[i] = alloc_pages(GFP_KERNEL | __GFP_NOWARN, 9);
	}
	for (i = 0; i < TOUCH_BLOCKS && blocks[i]; i++) {
		u64 t = ticks();

		for (j = 0; j < 512; j++) {
			WRITE_ONCE(*(u64 *)(page_address(blocks[i]) + j * PAGE_SIZE), 1);
		}
		total += ticks() - t;
	}
	if (i == TOUCH_BLOCKS) {
		pr_info("debian: first touch of 64 MiB: %llu\n", total);
	}
	for (i = 0; i < TOUCH_BLOCKS && blocks[i]; i++) {
		__free_pages(blocks[i], 9);
	}
}

static int __init bench_init(void)
{
	void __iomem *gicd = ioremap(0x08000000, 0x1000);
	void __iomem *uart = ioremap(0x09000000, 0x1000);
	struct arm_smccc_res r;

	if (!gicd || !uart) {
		return -ENOMEM;
	}
	MEASURE("reading the counter", );
	overhead = samples[RUNS / 2];
	MEASURE("null hypercall", arm_smccc_1_1_hvc(PSCI_0_2_FN_PSCI_VERSION, &r));
	MEASURE("read of GICD_IIDR", (void)readl_relaxed(gicd + 8));
	MEASURE("read of a device register", (void)readl_relaxed(uart + 0x18));
	self_sgi();
	timer("virtual timer, busy", false);
	timer("virtual timer, out of WFI after 100 us", true);
	first_touch();
	two_cpus();
	iounmap(gicd);
	iounmap(uart);
	pr_info("debian: done\n");
	return 0;
}

module_init(bench_init);
MODULE_DESCRIPTION("costs of a guest's operations under Homestead");
MODULE_LICENSE("Dual BSD/GPL");
