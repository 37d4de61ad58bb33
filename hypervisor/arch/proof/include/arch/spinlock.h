/* SPDX-License-Identifier: BSD-2-Clause */
/* For the provers: locks are taken and dropped; see arch/aarch64 for the order. */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include "arch/cpu.h"
#include "lib/types.h"

/* Of a type that nothing else has: for the provers that is memory of its own. */
struct spinlock {
	signed short held;
};

/*@ requires \valid(l);
    assigns *l;
    exits \false; */
void spin_lock(struct spinlock *l);

/*@ requires \valid(l);
    assigns *l;
    exits \false; */
void spin_unlock(struct spinlock *l);

#endif
