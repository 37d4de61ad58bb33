/* SPDX-License-Identifier: BSD-2-Clause */
/* dom0's stage 2: what it sees of the machine, and what happens when it looks further. */
#ifndef MM_HOST_H
#define MM_HOST_H

#include "lib/spinlock.h"
#include "lib/types.h"
#include "public/homestead.h"

extern struct spinlock host_lock; /* dom0's stage 2 and its spare tables */

/* Spare tables that dom0's stage 2 must have left at boot. */
#define HOST_POOL_MIN 16u

/*
 * Takes one page from dom0, unmaps it from dom0's stage 2 and zeroes it: it is
 * in transit afterwards. HS_ENOMEM_TABLES, HS_EINVAL, HS_EPERM: nothing changed.
 */
enum hs_error host_page_take(u64 pfn) MUST_USE;

/*
 * Gives a page in transit back to dom0: zeroed, mapped, tables folded. Cannot
 * fail: the table of its entry is there, since the entry was cleared in it.
 */
void host_page_return(u64 pfn);

/* Devices that dom0 must not reach, besides the hypervisor's memory. */
void host_hide_device(u64 base, u64 size);
/* Builds dom0's stage 2 from the RAM banks and what was hidden. Boot only. */
void host_init(void);

#endif
