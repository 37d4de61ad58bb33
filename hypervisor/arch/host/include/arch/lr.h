/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_LR_H
#define ARCH_LR_H

#include "lib/types.h"

extern u64 host_lr[16];

static inline u64 arch_lr_read(u32 n)
{
	return host_lr[n];
}

static inline void arch_lr_write(u32 n, u64 v)
{
	host_lr[n] = v;
}

#endif
