/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page ownership: the only writer of page[]. A page that changes hands is in
 * transit, owned by the hypervisor, while it is zeroed outside all locks; its
 * word says by shares whether dom0 still has it mapped.
 *
 * Who may change a word: host_lock guards those of dom0's pages, the VM's lock
 * those of a VM, and a page in transit belongs to the call that took it.
 */
#ifndef MM_OWN_H
#define MM_OWN_H

#include "lib/types.h"
#include "mm/page.h"
#include "public/homestead.h"

enum own_counter { OWN_DOM0, OWN_CORE, OWN_GUEST, OWN_NR_COUNTERS };

#define MAX_SHARES 100u /* mappings of one shared page that dom0 may hold */

/* HS_OK: n pages from pfn are dom0's alone; HS_EINVAL: not RAM; HS_EPERM. */
enum hs_error own_check_dom0(u64 pfn, u32 n) MUST_USE;

/*
 * dom0 => in transit, after own_check_dom0() under the same host_lock. shares:
 * 1 where dom0 keeps its mapping, else 0.
 */
void own_take(u64 pfn, u32 n, u8 shares);

/* In transit => guest (or dom0's tables, owner 0), n pages at gfn.. */
void own_give(u64 pfn, u32 n, u16 owner, enum page_kind kind, u32 gfn);

/*
 * Guest's RAM => in transit: n pages in a row, mapped in a row from gfn, with
 * so many shares each. HS_EPERM: something else; HS_EBUSY: dom0 holds more.
 * Needs the VM's lock.
 */
enum hs_error own_take_back(u64 pfn, u32 n, u16 owner, u32 gfn, u8 shares) MUST_USE;

/* Table or structure => in transit. HS_EPERM: not of this owner, or RAM. */
enum hs_error own_take_structure(u64 pfn, u16 owner) MUST_USE;

/* In transit => dom0. Needs host_lock. */
void own_return(u64 pfn, u32 n);

/* Guest's RAM of any kind. */
bool own_is_ram_of(u64 pfn, u16 owner);

/* The guest's RAM, or again RAM that dom0 may not map. Need the VM's lock. */
void own_offer(u64 pfn);
void own_withdraw(u64 pfn);

/* One mapping of dom0's more, one less. Need host_lock and the VM's lock. */
void own_share(u64 pfn);
void own_unshare(u64 pfn);

/* dom0 => the hypervisor, for ever. Boot only. */
void own_keep(u64 pfn, u32 n);

/* Whether dom0's stage 2 has page pfn. */
bool own_visible_to_dom0(u64 pfn);

/* Number of pages. */
u64 own_count(enum own_counter which);

/* Sets the counters at boot: all RAM is dom0's. */
void own_init(void);

#endif
