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
extern u64 own_counters[OWN_NR_COUNTERS]; /* own_count() reads them */

#define MAX_SHARES 100u /* mappings of one shared page that dom0 may hold */

/*@ predicate is_dom0s(integer p) =
      page[p].owner == OWNER_DOM0 && page[p].kind == KIND_RAM && page[p].shares == 0;

    predicate is_transit(integer p, integer shares) =
      page[p].owner == OWNER_CORE && page[p].kind == KIND_TRANSIT &&
      page[p].shares == shares && page[p].gfn == 0;

    predicate is_guest_ram(integer p, integer owner) =
      page[p].owner == owner &&
      (page[p].kind == KIND_RAM || page[p].kind == KIND_IMAGE || page[p].kind == KIND_SHARED);

    predicate is_structure(integer p) =
      page[p].kind == KIND_TABLE || page[p].kind == KIND_VM || page[p].kind == KIND_VCPU;

    predicate few(integer pfn, integer n) = 0 < n <= 512 && 0 <= pfn <= MAX_PFN - n;
*/

/*
 * HS_OK: n (1 to 512) pages from pfn are dom0's alone; HS_EINVAL: not RAM, or page
 * 0, whose number means "none" in tables; HS_EPERM.
 */
/*@ requires banks_ok && 0 < n <= 512;
    assigns \nothing;
    exits \false;
    ensures \result == HS_OK || \result == HS_EINVAL || \result == HS_EPERM;
    ensures \result == HS_EINVAL <==> pfn == 0 || !ram_range(pfn, n);
    ensures \result == HS_OK ==> few(pfn, n) && pfn > 0;
    ensures \result == HS_OK ==> \forall integer p; pfn <= p < pfn + n ==> is_dom0s(p);
    ensures \result == HS_EPERM ==> \exists integer p; pfn <= p < pfn + n && !is_dom0s(p); */
enum hs_error own_check_dom0(u64 pfn, u32 n) MUST_USE;

/*
 * dom0 => in transit, after own_check_dom0() under the same host_lock. shares:
 * 1 where dom0 keeps its mapping, else 0.
 */
/*@ requires few(pfn, n);
    requires \forall integer p; pfn <= p < pfn + n ==> is_dom0s(p);
    assigns page[pfn .. pfn + n - 1], own_counters[0 .. 2];
    exits \false;
    ensures \forall integer p; pfn <= p < pfn + n ==> is_transit(p, shares); */
void own_take(u64 pfn, u32 n, u8 shares);

/* In transit => guest, n pages at gfn.. */
/*@ requires few(pfn, n) && gfn + n <= 0xffffffff;
    requires \forall integer p; pfn <= p < pfn + n ==> page[p].owner == OWNER_CORE;
    assigns page[pfn .. pfn + n - 1], own_counters[0 .. 2];
    exits \false;
    ensures \forall integer p; pfn <= p < pfn + n ==>
      page[p].owner == owner && page[p].kind == (u8)kind && page[p].gfn == gfn + (p - pfn);
    ensures \forall integer p; pfn <= p < pfn + n ==>
      page[p].shares == \old(page[p].shares); */
void own_give(u64 pfn, u32 n, u16 owner, enum page_kind kind, u32 gfn);

/*
 * Guest's RAM => in transit: n pages in a row, mapped in a row from gfn, with
 * so many shares each. HS_EPERM: something else; HS_EBUSY: dom0 holds more.
 * Needs the VM's lock.
 */
/*@ requires few(pfn, n) && gfn + n <= 0xffffffff;
    assigns page[pfn .. pfn + n - 1], own_counters[0 .. 2];
    exits \false;
    ensures \result == HS_OK || \result == HS_EPERM || \result == HS_EBUSY;
    ensures \result == HS_OK <==> \forall integer p; pfn <= p < pfn + n ==>
      \old(is_guest_ram(p, owner)) && \old(page[p].gfn) == gfn + (p - pfn) &&
      \old(page[p].shares) == shares;
    ensures \result == HS_OK ==> \forall integer p; pfn <= p < pfn + n ==>
      is_transit(p, shares);
    ensures \result != HS_OK ==> \forall integer p; pfn <= p < pfn + n ==>
      page[p] == \old(page[p]); */
enum hs_error own_take_back(u64 pfn, u32 n, u16 owner, u32 gfn, u8 shares) MUST_USE;

/* Table or structure of a VM => in transit. */
/*@ requires pfn < MAX_PFN && is_structure(pfn);
    assigns page[pfn], own_counters[0 .. 2];
    exits \false;
    ensures is_transit(pfn, \old(page[pfn].shares)); */
void own_take_structure(u64 pfn);

/* In transit => dom0. Needs host_lock. */
/*@ requires few(pfn, n);
    requires \forall integer p; pfn <= p < pfn + n ==> page[p].owner == OWNER_CORE;
    assigns page[pfn .. pfn + n - 1], own_counters[0 .. 2];
    exits \false;
    ensures \forall integer p; pfn <= p < pfn + n ==> is_dom0s(p); */
void own_return(u64 pfn, u32 n);

/* Guest's RAM of any kind. */
/*@ requires pfn < MAX_PFN;
    assigns \nothing;
    exits \false;
    ensures \result <==> is_guest_ram(pfn, owner); */
bool own_is_ram_of(u64 pfn, u16 owner);

/* A table or a structure of a guest, which no guest sees. */
/*@ requires pfn < MAX_PFN;
    assigns \nothing;
    exits \false;
    ensures \result <==> page[pfn].owner == owner && is_structure(pfn); */
bool own_is_structure_of(u64 pfn, u16 owner);

/* The guest's RAM may be mapped by dom0, or no longer. Need the VM's lock. */
/*@ requires pfn < MAX_PFN;
    assigns page[pfn].kind;
    exits \false;
    ensures page[pfn].kind == KIND_SHARED; */
void own_offer(u64 pfn);
/*@ requires pfn < MAX_PFN && page[pfn].shares == 0;
    assigns page[pfn].kind;
    exits \false;
    ensures page[pfn].kind == KIND_RAM; */
void own_withdraw(u64 pfn);

/* One mapping of dom0's more, one less. Need host_lock and the VM's lock. */
/*@ requires pfn < MAX_PFN && page[pfn].shares < MAX_SHARES;
    assigns page[pfn].shares;
    exits \false;
    ensures page[pfn].shares == \old(page[pfn].shares) + 1; */
void own_share(u64 pfn);
/*@ requires pfn < MAX_PFN && page[pfn].shares > 0;
    assigns page[pfn].shares;
    exits \false;
    ensures page[pfn].shares == \old(page[pfn].shares) - 1; */
void own_unshare(u64 pfn);

/* dom0 => the hypervisor, for ever. Boot only. */
/*@ requires pfn + n <= MAX_PFN;
    assigns page[pfn .. pfn + n - 1], own_counters[0 .. 2];
    exits \false;
    ensures \forall integer p; pfn <= p < pfn + n ==>
      page[p].owner == OWNER_CORE && page[p].kind == KIND_CORE; */
void own_keep(u64 pfn, u32 n);

/* Whether dom0's stage 2 has page pfn. */
/*@ requires pfn < MAX_PFN;
    assigns \nothing;
    exits \false;
    ensures \result <==> page[pfn].shares > 0 ||
      (page[pfn].owner == OWNER_DOM0 && page[pfn].kind == KIND_RAM); */
bool own_visible_to_dom0(u64 pfn);

/* Number of pages. */
/*@ requires which < OWN_NR_COUNTERS;
    assigns \nothing;
    exits \false;
    ensures \result == own_counters[which]; */
u64 own_count(enum own_counter which);

/* Sets the counters at boot: all RAM is dom0's. */
/*@ requires banks_ok;
    assigns own_counters[0 .. 2];
    exits \false;
    ensures own_counters[OWN_CORE] == 0 && own_counters[OWN_GUEST] == 0; */
void own_init(void);

#endif
