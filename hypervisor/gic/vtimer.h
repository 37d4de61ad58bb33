/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests' timers: the virtual one in hardware, the physical one emulated on
 * EL2's own timer (CNTHP). No level of either is asserted while dom0 runs.
 */
#ifndef GIC_VTIMER_H
#define GIC_VTIMER_H

#include "lib/types.h"

struct vcpu;

#define NO_DEADLINE (~0ull)

/*@ requires \valid(v);
    assigns v->timer;
    exits \false; */
void vtimer_reset(struct vcpu *v);
void vtimer_load(struct vcpu *v);
void vtimer_save(struct vcpu *v);

/* When (counter of dom0) a timer of v will fire; NO_DEADLINE. v runs here. */
u64 vtimer_deadline(struct vcpu *v);

/* Sets the physical timer's line, and EL2's timer for the next event. */
void vtimer_update(struct vcpu *v);

/* Waits in EL2 until an interrupt or the counter reaches deadline. */
void vtimer_wait(struct vcpu *v, u64 deadline);

/* Trapped CNTP_{TVAL,CTL,CVAL}_EL0 (op2 0, 1, 2). False: no such register. */
bool vtimer_sysreg_read(struct vcpu *v, u32 op2, u64 *value);
bool vtimer_sysreg_write(struct vcpu *v, u32 op2, u64 value);

#endif
