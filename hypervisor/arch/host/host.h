/* SPDX-License-Identifier: BSD-2-Clause */
/* What host tests set and look at. */
#ifndef HOST_H
#define HOST_H

#include "lib/types.h"

extern u64 host_counter, host_lr[16];
extern u32 host_nr_waits, host_flushes, host_kicks;
extern u32 host_pending; /* what ICC_HPPIR1_EL1 says */

extern void (*host_on_reset)(void); /* instead of abort() */

u64 *host_sysreg(const char *name);

#endif
