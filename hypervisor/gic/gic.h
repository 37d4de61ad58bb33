/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The physical GICv3, which dom0 owns. EL2 never reads IAR, writes EOIR or
 * DIR, or touches PMR, BPR, IGRPEN1 and CTLR (architecture.md 6).
 */
#ifndef GIC_GIC_H
#define GIC_GIC_H

#include "lib/types.h"

/* EL2's own interrupts, per CPU. */
#define INTID_KICK 8u	 /* SGI */
#define INTID_MAINT 25u	 /* virtual GIC maintenance */
#define INTID_HTIMER 26u /* EL2 physical timer */
#define INTID_SPURIOUS 1023u

struct cpu;

#define GIC_MAX_RD_REGIONS 4u

/* Boot: where the redistributors are (physical). Hides what dom0 must not write. */
void gic_add_redistributors(u64 base, u64 size);
/* Boot, after the CPUs are known: finds each CPU's frame. */
void gic_init(void);
/* On each CPU as it comes up. */
void gic_cpu_init(struct cpu *c);

/* Enables EL2's own interrupts on this CPU, once after each CPU_ON. */
void gic_enable_own(struct cpu *c);
/* The highest pending group 1 interrupt of this CPU. */
u32 gic_pending(void);
/* Sends INTID_KICK to a CPU. */
/*@ assigns \nothing;
    exits \false; */
void gic_kick(u32 cpu);
/* Forgets a kick that has arrived. */
void gic_ack_kick(struct cpu *c);
/* Active state of the virtual timer's interrupt on this CPU. */
void gic_set_timer_active(struct cpu *c, bool active);

/*
 * dom0's accesses to redistributors' RD pages (physical address, bytes). Only
 * what cannot make the GIC read or write memory is passed on; LPI registers
 * read as zero and are write-ignored.
 */
bool gic_is_host_rd(u64 pa);
u64 gic_host_rd_read(u64 pa, u32 size);
void gic_host_rd_write(u64 pa, u32 size, u64 value);

#endif
