/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a strict guest checks: aborts for holes, UNDEF for what is not offered,
 * unknown calls, FP and debug state over exits, timers, SGIs, PSCI races.
 */
#include "guest.h"

static volatile u64 last_esr, last_far, faults;
static volatile u64 irqs, last_irq;
static u64 fails;

void on_sync(u64 *regs)
{
	(void)regs;
	last_esr = rd(esr_el1);
	last_far = rd(far_el1);
	faults++;
	if (last_esr >> 26 == 0x21) { /* instruction abort: back to the caller */
		wr(elr_el1, regs[20]);
	} else {
		wr(elr_el1, rd(elr_el1) + 4u);
	}
}

void on_irq(void);
void on_irq(void)
{
	last_irq = rd(ICC_IAR1);
	if (last_irq == 27) {
		wr(cntv_ctl_el0, 0);
	}
	if (last_irq == 30) {
		wr(cntp_ctl_el0, 0);
		isb();
	}
	wr(ICC_EOIR1, last_irq);
	irqs++;
}

static void check(const char *what, int ok)
{
	puts_(ok ? "ok   " : "FAIL ");
	puts_(what);
	put('\n');
	fails += ok ? 0 : 1;
}

static void access_hole(const char *what, u64 a)
{
	u64 before = faults;

	(void)*(volatile u32 *)a;
	check(what, faults == before + 1u && last_esr >> 26 == 0x25 && (last_esr & 0x3f) == 0x10 &&
			    last_far == a);
}

static int undef(u32 kind)
{
	u64 before = faults;

	switch (kind) {
	case 0: /* past EL1's own trap, which comes first */
		wr(cpacr_el1, 0x330000);
		isb();
		(void)rd(S3_0_C1_C2_0); /* ZCR_EL1: SVE */
		break;
	case 1:
		(void)rd(S3_3_C9_C12_0); /* PMCR_EL0 */
		break;
	case 2:
		(void)rd(S3_0_C5_C3_0); /* ERRIDR_EL1 */
		break;
	default:
		(void)rd(S3_0_C9_C9_0); /* PMSCR_EL1: profiling */
		break;
	}
	return faults == before + 1u && last_esr >> 26 == 0;
}

static void wait_irq(u64 n)
{
	while (irqs < n) {
		/* Masked: what comes before the WFI ends it at once. */
		__asm__ volatile("wfi; msr daifclr, #2; isb; msr daifset, #2");
	}
}

static void timers(void)
{
	u64 n = irqs;

	gic_init(0);
	wr(cntv_tval_el0, 100000);
	wr(cntv_ctl_el0, 1);
	wait_irq(n + 1u);
	check("virtual timer", last_irq == 27);
	wr(cntp_tval_el0, 100000);
	wr(cntp_ctl_el0, 1);
	isb();
	wait_irq(n + 2u);
	check("physical timer", last_irq == 30);
	wr(ICC_SGI1R, 1u | (5ull << 24));
	isb();
	wait_irq(n + 3u);
	check("SGI to oneself", last_irq == 5);
}

static void fp_survives(void)
{
	u64 seed = 0x0123456789abcdefull;
	u64 after;
	u32 i;

	__asm__ volatile(".arch armv8-a+fp\n fmov d8, %0" : : "r"(seed));
	for (i = 0; i < 16; i++) {
		put(i == 15 ? '\n' : '.'); /* sixteen visits to dom0's user space */
	}
	__asm__ volatile(".arch armv8-a+fp\n fmov %0, d8" : "=r"(after));
	check("FP register over exits", after == seed);
}

static void debug_survives(void)
{
	wr(dbgbvr0_el1, 0x12340);
	wr(dbgwvr0_el1, 0x56780);
	puts_("....\n");
	check("debug registers over exits",
	      rd(dbgbvr0_el1) == 0x12340 && rd(dbgwvr0_el1) == 0x56780);
}

static void calls(void)
{
	check("PSCI_VERSION", hvc(0x84000000u, 0, 0, 0) == 0x10001);
	check("SMCCC_VERSION", hvc(0x80000000u, 0, 0, 0) >= 0x10001);
	check("unknown HVC", (u32)hvc(0x86001234u, 0, 0, 0) == 0xffffffffu);
	check("dom0's hypercalls refused", (u32)hvc(0xc6000001u, 0, 0, 0) == 0xffffffffu);
	check("CPU_ON of an absent CPU", (u32)hvc(0xc4000003u, 7, 0x40080000, 0) == (u32)-2);
	check("CPU_ON of oneself", (u32)hvc(0xc4000003u, 0, 0x40080000, 0) == (u32)-4);
	check("AFFINITY_INFO", hvc(0xc4000004u, 0, 0, 0) == 0);
	check("RESET2 of a vendor type", (u32)hvc(0xc4000012u, 0x80000001u, 0, 0) == 0xffffffffu);
}

int main(u64 dtb)
{
	check("x0 is a device tree", *(volatile u32 *)dtb == 0xedfe0dd0u);
	check("a copy at RAM base", *(volatile u32 *)0x40000000ul == 0xedfe0dd0u);
	access_hole("hole below the devices", 0x1000);
	access_hole("hole behind the UART", 0x09002000);
	access_hole("hole above RAM", 0x40000000ul + (64ul << 20));
	access_hole("hole far above RAM", 1ul << 37);
	{
		u64 before = faults;
		register u64 a __asm__("x9") = 0x09000000ul;

		/* on_sync() goes back to x30 as saved by blr: regs[20]. */
		__asm__ volatile("blr %0" : : "r"(a) : "x30", "memory");
		check("instruction fetch from a device",
		      faults == before + 1u && last_esr >> 26 == 0x21 && (last_esr & 0x3f) == 0x10);
	}
	check("SVE is UNDEFINED", undef(0));
	check("PMU is UNDEFINED", undef(1));
	check("RAS is UNDEFINED", undef(2));
	check("SPE is UNDEFINED", undef(3));
	check("no SVE in ID_AA64PFR0", (rd(S3_0_C0_C4_0) >> 32 & 15u) == 0);
	check("no PMU in ID_AA64DFR0", (rd(S3_0_C0_C5_0) >> 8 & 15u) == 0);
	check("no EL2 in ID_AA64PFR0", (rd(S3_0_C0_C4_0) >> 8 & 15u) == 0);
	calls();
	fp_survives();
	debug_survives();
	timers();
	puts_(fails == 0 ? "probe: all ok\n" : "probe: FAILED\n");
	return 0;
}
