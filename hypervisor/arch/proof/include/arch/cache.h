/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include "lib/types.h"

/*@ requires \valid((u8 *)p + (0 .. n - 1));
    assigns ((u8 *)p)[0 .. n - 1];
    exits \false; */
void cache_zero(void *p, u64 n);
/*@ assigns \nothing;
    exits \false; */
void cache_clean(const void *p, u64 n);
/*@ assigns \nothing;
    exits \false; */
void cache_sync_code(void);

#endif
