/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page ownership: the only writer of page[]. Every change takes own_lock for
 * at most OWN_BATCH pages. A page that changes hands is in transit, owned by
 * the hypervisor, while it is zeroed outside all locks.
 */
#ifndef MM_OWN_H
#define MM_OWN_H

#include "lib/types.h"
#include "mm/page.h"
#include "public/homestead.h"

enum own_counter { OWN_DOM0, OWN_CORE, OWN_GUEST, OWN_NR_COUNTERS };

/*
 * dom0 => in transit, n pages from pfn, all or none. HS_EINVAL: not RAM;
 * HS_EPERM: not dom0's alone.
 */
enum hs_error own_take(u64 pfn, u32 n) MUST_USE;

/* In transit => guest (or dom0's tables, owner 0), n pages at gfn.. */
void own_give(u64 pfn, u32 n, u16 owner, enum page_kind kind, u8 shares, u32 gfn);

/*
 * Guest => in transit, n pages in a row, mapped in a row. HS_EPERM: another
 * owner or kind.
 */
enum hs_error own_take_back(u64 pfn, u32 n, u16 owner, enum page_kind kind) MUST_USE;

/* In transit => dom0. */
void own_return(u64 pfn, u32 n);

/* dom0 => the hypervisor, for ever. Boot only. */
void own_keep(u64 pfn, u32 n);

/* What dom0 may see of page pfn through its stage 2. */
bool own_visible_to_dom0(u64 pfn);

/* Number of pages. */
u64 own_count(enum own_counter which);

/* Sets the counters at boot: all RAM is dom0's. */
void own_init(void);

#endif
