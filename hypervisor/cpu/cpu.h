/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical CPUs: one struct each, which TPIDR_EL2 points at. */
#ifndef CPU_CPU_H
#define CPU_CPU_H

#include "arch/sysreg.h"
#include "asm-offsets.h"
#include "cpu/context.h"
#include "lib/types.h"

#define MAX_CPUS 8u
#define NO_CPU 0xffffffffu

struct vcpu;

struct cpu {
	struct context *ctx; /* whom the vectors save: first, for assembly */
	struct vcpu *vcpu;   /* NULL while dom0 runs */
	u32 id;
	u32 present; /* named in the device tree */
	u64 mpidr;   /* affinity fields only */
	u64 gicr_rd; /* virtual address of the redistributor's RD page */
	u64 gicr_rd_pa;
	u64 sgi_target; /* ICC_SGI1R_EL1 value that reaches this CPU, INTID 0 */
	u64 on_entry;	/* dom0's CPU_ON: where it starts, and its x0 */
	u64 on_context;
	u64 hcr_host; /* HCR_EL2 while dom0 runs */
	u64 mdcr_host;
	u64 host_pmcr; /* dom0's PMCR_EL0 while its counters are stopped */
	u32 pmu_stopped;
	u32 timer_active; /* what GICR_ISACTIVER0 bit 27 was last set to */
	u32 lr_dirty;	  /* list registers that are not zero in hardware */
	u32 irqs_enabled; /* EL2's own interrupts were enabled once */
	struct context host;
	struct debug_regs host_debug;
	u8 stack[CPU_STACK_SIZE] __attribute__((aligned(4096)));
};

extern struct cpu cpus[MAX_CPUS];
extern u32 nr_cpus;

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)sysreg_read(tpidr_el2);
}

/* Its index in cpus[]. */
/*@ assigns \nothing;
    exits \false;
    ensures \result < MAX_CPUS; */
u32 this_cpu_id(void);

/* The CPU with these affinity fields, or NULL. */
struct cpu *cpu_of_mpidr(u64 mpidr);

#endif
