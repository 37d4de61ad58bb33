/* SPDX-License-Identifier: BSD-2-Clause */
/* One-instruction services of the processor. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "lib/types.h"

/*
 * Here another CPU's work may come between: nothing on this machine, a switch
 * to the other CPU for the explorer (arch/host).
 */
static inline void arch_sync_point(void)
{
}

static inline void arch_spin_hint(void)
{
	__asm__ volatile("yield");
}

/* Waits for an interrupt; wakes also for one that PSTATE masks (D1.6.2). */
static inline void arch_wfi(void)
{
	dsb(sy);
	__asm__ volatile("wfi" : : : "memory");
}

/* The physical counter, not before everything above it (D11.1.2). */
static inline u64 arch_counter(void)
{
	isb();
	return sysreg_read(cntpct_el0);
}

struct smc_result {
	u64 x[4];
};

/* Calls the firmware. Clobbers x4..x17 as SMCCC 1.1 has it. */
struct smc_result arch_smc(u64 fn, u64 a1, u64 a2, u64 a3);

/* Asks the firmware for a reset of the machine (PSCI SYSTEM_RESET). */
void arch_reset(void) NORETURN;

#endif
