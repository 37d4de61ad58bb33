/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include "lib/types.h"

/* What is zeroed there are words: pages, in the end. */
/*@ requires n % 8 == 0 && \valid(p + (0 .. n / 8 - 1));
    assigns p[0 .. n / 8 - 1];
    exits \false;
    ensures \forall integer i; 0 <= i < n / 8 ==> p[i] == 0; */
void cache_zero(u64 *p, u64 n);
/*@ assigns \nothing;
    exits \false; */
void cache_clean(const void *p, u64 n);
/*@ assigns \nothing;
    exits \false; */
void cache_sync_code(void);

#endif
