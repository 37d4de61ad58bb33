/* SPDX-License-Identifier: BSD-2-Clause */
/* For the provers: declarations only. */
#ifndef ARCH_CRYPTO_H
#define ARCH_CRYPTO_H

#include "lib/types.h"

/*
 * SHA-256 rounds over n blocks of 64 bytes. Needs FEAT_SHA256. Saves and
 * restores the FP registers, which are the running world's.
 */
void arch_sha256(u32 h[8], const u8 *data, u64 n);

/*
 * Goes on at the stack that *to points at, which a former call left there (or
 * arch_fiber_start() made), after it has stored its own at *from.
 */
void arch_fiber_switch(u64 *from, const u64 *to);

/* A stack that ends at top, on which arch_fiber_switch() will call fn(). */
u64 arch_fiber_start(u8 *top, void (*fn)(void));

#endif
