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

/*@ // where dom0 has RAM mapped, it is dom0's own or lent to it, and at its own address
    predicate host_iso{L} = \forall integer p;
      0 <= p < MAX_PFN && out(OWNER_DOM0, p) != -1 ==>
      out(OWNER_DOM0, p) == p && (is_dom0s(p) || page[p].shares > 0);
    // a page that is a table is nothing else
    predicate inv_kind{L} = \forall integer t; 0 < t < MAX_PFN && lv[t] != 0 ==>
      (page[t].kind == KIND_TABLE && page[t].owner == space[t]) ||
      (page[t].kind == KIND_CORE && space[t] == OWNER_DOM0);
    predicate is_order(integer o) = o == HS_ORDER_PAGE || o == HS_ORDER_BLOCK;
    // 2^order pages from pfn, as a donation has them
    predicate run_of(integer p, integer pfn, integer order) =
      pfn <= p < pfn + (order == HS_ORDER_BLOCK ? 512 : 1);
    predicate aligned(integer pfn, integer order) = order == HS_ORDER_BLOCK ==> pfn % 512 == 0;
*/
/* clang-format off */
#define HOST_REQUIRES \
	requires live(OWNER_DOM0); requires host_iso; requires inv_kind; PT_REQUIRES
#define HOST_ENSURES \
	ensures host_iso && inv_kind; PT_ENSURES_AT_ONCE
/* What a change of dom0's stage 2 may write. */
#define HOST_TABLES S2_TABLES(OWNER_DOM0)
#define HOST_ASSIGNS \
	host_lock, page[0 .. MAX_PFN - 1], own_counters[0 .. 2], HOST_TABLES
/* The tables of guests are none of dom0's business. */
#define GUESTS_KEEP \
	ensures \forall integer w, g; 0 < w < S2_SPACES && live(w) && is_gfn(g) ==> \
		out(w, g) == \old(out(w, g)); \
	SAME_TABLES
/* dom0's pages that are taken are in transit, and mapped by it, or not; no other word changes. */
#define HOST_TAKES(is_mapped) \
	ensures \result == HS_OK ==> pfn > 0 && few(pfn, 1) && \forall integer p; run_of(p, pfn, order) ==> \
		p < MAX_PFN && \old(is_dom0s(p)) && is_transit(p, is_mapped); \
	ensures \forall integer p; 0 <= p < MAX_PFN && \
		!(\result == HS_OK && run_of(p, pfn, order)) ==> page[p] == \old(page[p])
/* clang-format on */

/*
 * Takes 2^order pages (0 or 9) from dom0 and unmaps them from its stage 2: they
 * are in transit afterwards. HS_EINVAL, HS_EPERM, HS_ENOMEM_DOM0_TABLES (half of
 * the blocks are split already): nothing changed.
 */
/*@ requires banks_ok && is_order(order) && aligned(pfn, order);
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    HOST_TAKES(0);
    ensures \result == HS_OK ==> \forall integer p; run_of(p, pfn, order) ==>
      out(OWNER_DOM0, p) == -1; */
enum hs_error host_hide(u64 pfn, u32 order) MUST_USE;

/* The same, but dom0 keeps its mapping: for the RAM of ordinary VMs. */
/*@ requires banks_ok && is_order(order);
    HOST_REQUIRES;
    assigns host_lock, page[0 .. MAX_PFN - 1], own_counters[0 .. 2];
    exits \false;
    HOST_ENSURES;
    HOST_TAKES(1); */
enum hs_error host_lend(u64 pfn, u32 order) MUST_USE;

/*
 * Gives 2^order zeroed pages in transit back to dom0: mapped, tables folded. The
 * table of their entry is there, since the entry was cleared in it; if it were not,
 * they would stay the hypervisor's.
 */
/*@ requires is_order(order) && aligned(pfn, order) && few(pfn, order == HS_ORDER_BLOCK ? 512 : 1);
    requires \forall integer p; run_of(p, pfn, order) ==> is_transit(p, page[pfn].shares);
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \forall integer p; run_of(p, pfn, order) ==>
      is_dom0s(p) || (page[p] == \old(page[p]) && \old(page[pfn].shares) == 0);
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, pfn, order) ==>
      page[p] == \old(page[p]); */
void host_return(u64 pfn, u32 order);

/* Zeroes and returns one page. */
/*@ requires 0 < pfn < MAX_PFN && is_transit(pfn, page[pfn].shares);
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures is_dom0s(pfn) || (page[pfn] == \old(page[pfn]) && \old(page[pfn].shares) == 0);
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
void host_page_return(u64 pfn);

/*
 * One mapping of a VM's page in dom0's stage 2 more, at its own address, or one
 * less. Need the VM's lock. HS_ENOMEM_DOM0_TABLES, HS_ELIMIT: nothing changed.
 */
/*@ requires pfn < MAX_PFN && page[pfn].kind == KIND_SHARED;
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \result == HS_OK || \result == HS_ELIMIT || \result == HS_ENOMEM_DOM0_TABLES;
    ensures page[pfn].shares == \old(page[pfn].shares) + (\result == HS_OK ? 1 : 0);
    ensures page[pfn].owner == \old(page[pfn].owner) && page[pfn].kind == KIND_SHARED &&
      page[pfn].gfn == \old(page[pfn].gfn);
    ensures \result == HS_OK && \old(page[pfn].shares) == 0 ==> out(OWNER_DOM0, pfn) == pfn;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
enum hs_error host_map_shared(u64 pfn) MUST_USE;
/*@ requires pfn < MAX_PFN && page[pfn].kind == KIND_SHARED && page[pfn].shares > 0;
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \result == HS_OK || \result == HS_ENOMEM_DOM0_TABLES;
    ensures page[pfn].shares == \old(page[pfn].shares) - (\result == HS_OK ? 1 : 0);
    ensures page[pfn].owner == \old(page[pfn].owner) && page[pfn].kind == KIND_SHARED &&
      page[pfn].gfn == \old(page[pfn].gfn);
    ensures \result == HS_OK && page[pfn].shares == 0 ==> out(OWNER_DOM0, pfn) == -1;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
enum hs_error host_unmap_shared(u64 pfn) MUST_USE;

#endif
