/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket locks. Lock order: vm.lock > host_lock (dom0's stage 2 and pages)
 * > the signature's > log_lock. EL2 runs with interrupts masked, so a holder always goes on.
 */
#ifndef ARCH_SPINLOCK_H
#define ARCH_SPINLOCK_H

#include "arch/cpu.h"
#include "lib/types.h"

struct spinlock {
	u32 next;  /* ticket to be drawn */
	u32 owner; /* ticket being served */
};

static inline void spin_lock(struct spinlock *l)
{
	u32 ticket;

	arch_sync_point();
	ticket = __atomic_fetch_add(&l->next, 1u, __ATOMIC_RELAXED);
	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket) {
		arch_spin_hint();
	}
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->owner, l->owner + 1u, __ATOMIC_RELEASE);
	arch_sync_point();
}

#endif
