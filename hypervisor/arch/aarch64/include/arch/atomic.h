/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Atomics: all sequentially consistent, so that "set a flag, then look at the
 * other side" works between CPUs (Arm ARM B2.3, load-acquire/store-release).
 */
#ifndef ARCH_ATOMIC_H
#define ARCH_ATOMIC_H

#include "arch/cpu.h"
#include "lib/types.h"

static inline u32 atomic_read(const u32 *p)
{
	arch_sync_point();
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static inline void atomic_set(u32 *p, u32 v)
{
	arch_sync_point();
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline u32 atomic_or(u32 *p, u32 v)
{
	arch_sync_point();
	return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);
}

static inline u32 atomic_and(u32 *p, u32 v)
{
	arch_sync_point();
	return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);
}

static inline u32 atomic_add(u32 *p, u32 v)
{
	arch_sync_point();
	return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);
}

static inline u32 atomic_swap(u32 *p, u32 v)
{
	arch_sync_point();
	return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);
}

/* A word that other CPUs or table walks read: all before it is there first. */
static inline void atomic_publish(u64 *p, u64 v)
{
	__atomic_store_n(p, v, __ATOMIC_RELEASE);
}

static inline void atomic_add64(u64 *p, u64 v)
{
	(void)__atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}

/* Stores v if *p is old; says whether it did. */
static inline bool atomic_cas(u32 *p, u32 old, u32 v)
{
	arch_sync_point();
	return __atomic_compare_exchange_n(p, &old, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

#endif
