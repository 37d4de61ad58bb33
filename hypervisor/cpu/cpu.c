/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/cpu.h"

#include "cpu/config.h"

_Static_assert(offsetof(struct cpu, ctx) == CPU_CTX, "asm-offsets.h");
_Static_assert(sizeof(struct cpu) == CPU_STACK_TOP, "asm-offsets.h");

struct cpu cpus[MAX_CPUS];
u32 nr_cpus;

struct hs_config hs_config;

struct cpu *cpu_of_mpidr(u64 mpidr)
{
	u32 i;

	for (i = 0; i < MAX_CPUS; i++) {
		if (cpus[i].present != 0 && cpus[i].mpidr == mpidr) {
			return &cpus[i];
		}
	}
	return NULL;
}

u32 this_cpu_id(void)
{
	return this_cpu()->id;
}
