/* SPDX-License-Identifier: BSD-2-Clause */
/* For the provers: the processor's services change no memory of ours. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "lib/types.h"

/*@ assigns \nothing;
    exits \false; */
void arch_sync_point(void);

/*@ assigns \nothing;
    exits \false; */
void arch_spin_hint(void);

/*@ assigns \nothing;
    exits \false; */
void arch_wfi(void);

//@ ghost u64 arch_time;
/*@ assigns arch_time;
    exits \false;
    ensures \result == arch_time; */
u64 arch_counter(void);

struct smc_result {
	u64 x[4];
};

/*@ assigns \nothing;
    exits \false; */
struct smc_result arch_smc(u64 fn, u64 a1, u64 a2, u64 a3);

/*@ assigns \nothing;
    exits \true;
    ensures \false; */
void arch_reset(void);

#endif
