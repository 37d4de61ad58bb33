/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "lib/types.h"

extern u64 host_counter;  /* what arch_counter() returns */
extern u32 host_nr_waits; /* times that arch_wfi() was called */

#ifdef HOST_EXPLORER /* it decides what another CPU does meanwhile */
void arch_sync_point(void);
void arch_spin_hint(void);
#else
static inline void arch_sync_point(void)
{
}

static inline void arch_spin_hint(void)
{
}
#endif

static inline void arch_wfi(void)
{
	host_nr_waits++;
	host_counter += 1000u;
}

static inline u64 arch_counter(void)
{
	return host_counter;
}

struct smc_result {
	u64 x[4];
};

struct smc_result arch_smc(u64 fn, u64 a1, u64 a2, u64 a3);

void arch_reset(void) NORETURN;

#endif
