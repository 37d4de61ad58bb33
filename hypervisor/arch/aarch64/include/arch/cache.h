/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cache maintenance by virtual address, to the point of coherency. QEMU does
 * nothing here; silicon needs it whenever a page changes hands between worlds
 * that may use it with the caches off.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include "lib/types.h"

/* Zeroes n bytes (a multiple of the cache line) and cleans them to PoC. */
void cache_zero(void *p, u64 n);
/* Cleans and invalidates n bytes to PoC. */
void cache_clean(const void *p, u64 n);
/* Makes new instructions visible on all CPUs (D7.5.9). */
void cache_sync_code(void);

#endif
