/* SPDX-License-Identifier: BSD-2-Clause */
/* dom0's stage 2: what it sees of the machine, and what happens when it looks further. */
#ifndef MM_HOST_H
#define MM_HOST_H

#include "arch/spinlock.h"
#include "lib/types.h"
#include "mm/own.h"
#include "mm/pt.h"
#include "public/homestead.h"

/* dom0's stage 2, its spare tables, and the words of dom0's pages. */
extern struct spinlock host_lock;

/*
 * Takes 2^order pages (0 or 9) from dom0 and unmaps them from its stage 2: they
 * are in transit afterwards. HS_EINVAL, HS_EPERM, HS_ENOMEM_DOM0_TABLES (half of
 * the blocks are split already): nothing changed.
 */
enum hs_error host_hide(u64 pfn, u32 order) MUST_USE;

/* The same, but dom0 keeps its mapping: for the RAM of ordinary VMs. */
enum hs_error host_lend(u64 pfn, u32 order) MUST_USE;

/* What hiding a page of dom0's may write. */
/* clang-format off */
#define HOST_ASSIGNS \
	host_lock, page[0 .. MAX_PFN - 1], own_counters[0 .. 2], s2_spaces[OWNER_DOM0].pool, \
	s2_spaces[OWNER_DOM0].nr_pool, frame[..][..], lv[0 .. MAX_PFN - 1], \
	space[0 .. MAX_PFN - 1], up[0 .. MAX_PFN - 1], at[0 .. MAX_PFN - 1]
/* The tables of guests are none of dom0's business. */
#define GUESTS_KEEP \
	ensures \forall integer w, g; 0 < w < S2_SPACES && \old(live(w)) && is_gfn(g) ==> \
		live(w) && leaf(w, g) == \old(leaf(w, g)) && out(w, g) == \old(out(w, g))
/* clang-format on */

/* Hides one page, and zeroes it: for tables and structures of a VM. */
/*@ requires banks_ok && live(OWNER_DOM0);
    PT_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    PT_ENSURES;
    ensures \result == HS_OK ==> pfn < MAX_PFN && \old(is_dom0s(pfn)) && is_transit(pfn, 0);
    ensures \forall integer p; 0 <= p < MAX_PFN && !(\result == HS_OK && p == pfn) ==>
      page[p] == \old(page[p]); */
enum hs_error host_page_take(u64 pfn) MUST_USE;

/*
 * Gives 2^order zeroed pages in transit back to dom0: mapped, tables folded.
 * Cannot fail: the table of their entry is there, since the entry was cleared
 * in it.
 */
void host_return(u64 pfn, u32 order);

/* Zeroes and returns one page. */
void host_page_return(u64 pfn);

/*
 * One mapping of a VM's page in dom0's stage 2 more, at its own address, or one
 * less. Need the VM's lock. HS_ENOMEM_DOM0_TABLES, HS_ELIMIT: nothing changed.
 */
/*@ requires live(OWNER_DOM0) && pfn < MAX_PFN && page[pfn].kind == KIND_SHARED;
    PT_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    PT_ENSURES;
    GUESTS_KEEP;
    ensures \result == HS_OK || \result == HS_ELIMIT || \result == HS_ENOMEM_DOM0_TABLES;
    ensures page[pfn].shares == \old(page[pfn].shares) + (\result == HS_OK ? 1 : 0);
    ensures page[pfn].owner == \old(page[pfn].owner) && page[pfn].kind == KIND_SHARED &&
      page[pfn].gfn == \old(page[pfn].gfn);
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
enum hs_error host_map_shared(u64 pfn) MUST_USE;
/*@ requires live(OWNER_DOM0) && pfn < MAX_PFN && page[pfn].kind == KIND_SHARED &&
      page[pfn].shares > 0;
    PT_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    PT_ENSURES;
    GUESTS_KEEP;
    ensures page[pfn].shares == \old(page[pfn].shares) - 1;
    ensures page[pfn].owner == \old(page[pfn].owner) && page[pfn].kind == KIND_SHARED &&
      page[pfn].gfn == \old(page[pfn].gfn);
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
void host_unmap_shared(u64 pfn);

#endif
