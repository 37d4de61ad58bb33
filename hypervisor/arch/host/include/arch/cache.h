/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include "lib/types.h"

void cache_zero(void *p, u64 n);
void cache_clean(const void *p, u64 n);
void cache_sync_code(void);

#endif
