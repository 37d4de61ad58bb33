/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/host.h"

#include "arch/tlb.h"
#include "mm/own.h"
#include "mm/pt.h"

struct spinlock host_lock;

/* An entry of this level at pfn; false: no spare table, or something smaller is there. */
/*@ requires pfn < MAX_PFN && (level == 2 || level == 3);
    HOST_REQUIRES;
    assigns HOST_TABLES;
    exits \false;
    HOST_ENSURES;
    SAME_OUT;
    SAME_TABLES;
    ensures \result ==> reserved(OWNER_DOM0, pfn, level) && leaf_level(OWNER_DOM0, pfn) == level; */
static bool have_entry(u64 pfn, enum s2_level level)
{
	enum s2_level there;

	(void)s2_lookup(OWNER_DOM0, pfn, &there);
	return there <= level && s2_reserve(OWNER_DOM0, pfn, level) == HS_OK;
}

/* The same for pages which all are or are not dom0's: in one entry, if they can be. */
/*@ requires is_order(order) && pfn < MAX_PFN && aligned(pfn, order);
    HOST_REQUIRES;
    assigns HOST_TABLES;
    exits \false;
    HOST_ENSURES;
    SAME_OUT;
    SAME_TABLES;
    ensures \result ==> reserved(OWNER_DOM0, pfn, order == HS_ORDER_BLOCK ? 2 : 3) &&
      leaf_level(OWNER_DOM0, pfn) == (order == HS_ORDER_BLOCK ? 2 : 3); */
static bool have_whole_entry(u64 pfn, u32 order)
{
	if (order == HS_ORDER_BLOCK) {
		s2_fold_dom0(pfn);
	}
	return have_entry(pfn, s2_level_of(order));
}

/* Out of dom0's stage 2, where have_entry() is. Needs host_lock. */
/*@ requires is_order(order) && pfn < MAX_PFN && aligned(pfn, order);
    requires reserved(OWNER_DOM0, pfn, order == HS_ORDER_BLOCK ? 2 : 3) &&
      leaf_level(OWNER_DOM0, pfn) == (order == HS_ORDER_BLOCK ? 2 : 3);
    HOST_REQUIRES;
    assigns HOST_TABLES;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \forall integer p; run_of(p, pfn, order) ==> out(OWNER_DOM0, p) == -1; */
static void unmap(u64 pfn, u32 order)
{
	s2_clear(OWNER_DOM0, pfn, s2_level_of(order));
	if (order == HS_ORDER_PAGE) {
		tlb_flush_page(pfn);
	} else {
		tlb_flush_vmid(); /* a TLB may hold the block in parts */
	}
}

/*@ requires banks_ok && is_order(order) && aligned(pfn, order);
    HOST_REQUIRES;
    assigns page[0 .. MAX_PFN - 1], own_counters[0 .. 2], HOST_TABLES;
    exits \false;
    ensures host_iso; ensures inv_kind; PT_ENSURES_AT_ONCE;
    GUESTS_KEEP;
    HOST_TAKES(0);
    ensures \result == HS_OK ==> \forall integer p; run_of(p, pfn, order) ==>
      out(OWNER_DOM0, p) == -1; */
static enum hs_error hide(u64 pfn, u32 order)
{
	enum hs_error err = own_check_dom0(pfn, s2_pages_of(order));

	if (err != HS_OK) {
		return err;
	}
	if (!have_whole_entry(pfn, order)) {
		return HS_ENOMEM_DOM0_TABLES;
	}
	unmap(pfn, order);
	own_take(pfn, s2_pages_of(order), 0);
	return HS_OK;
}

enum hs_error host_hide(u64 pfn, u32 order)
{
	enum hs_error err;

	spin_lock(&host_lock);
	err = hide(pfn, order);
	spin_unlock(&host_lock);
	return err;
}

enum hs_error host_lend(u64 pfn, u32 order)
{
	enum hs_error err;

	spin_lock(&host_lock);
	err = own_check_dom0(pfn, s2_pages_of(order));
	if (err == HS_OK) {
		own_take(pfn, s2_pages_of(order), 1);
	}
	spin_unlock(&host_lock);
	return err;
}

/* Into dom0's stage 2. Needs host_lock. */
/*@ requires is_order(order) && pfn < MAX_PFN && aligned(pfn, order);
    requires room(OWNER_DOM0, pfn, order == HS_ORDER_BLOCK ? 2 : 3);
    requires \forall integer p; run_of(p, pfn, order) ==> is_dom0s(p) || page[p].shares > 0;
    requires attrs == S2_RAM_RWX || attrs == (S2_RAM_RWX | S2_XN);
    HOST_REQUIRES;
    assigns HOST_TABLES;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \forall integer p; run_of(p, pfn, order) ==> out(OWNER_DOM0, p) == p; */
static void map(u64 pfn, u32 order, u64 attrs)
{
	//@ assert attrs == 0x7fd || attrs == 0x400000000007fd;
	s2_set(OWNER_DOM0, pfn, s2_level_of(order), pfn, attrs);
	/*@ assert order == HS_ORDER_BLOCK ==> \forall integer p; run_of(p, pfn, order) ==>
	      is_gfn(p) && p / 512 == pfn / 512 && p % 512 == p - pfn; */
	//@ assert order == HS_ORDER_PAGE ==> out(OWNER_DOM0, pfn) == pfn;
	/*@ assert order == HS_ORDER_BLOCK ==> \forall integer p;
	      is_gfn(p) && p / 512 == pfn / 512 ==> out(OWNER_DOM0, p) == pfn + p % 512; */
	//@ assert \forall integer p; run_of(p, pfn, order) ==> out(OWNER_DOM0, p) == p;
	/*@ assert \forall integer p; 0 <= p < MAX_PFN && !run_of(p, pfn, order) ==>
	      out(OWNER_DOM0, p) == \at(out(OWNER_DOM0, p), Pre); */
}

/* Pages in transit become dom0's. is_mapped: they are mapped; else there is room. */
/*@ requires is_order(order) && aligned(pfn, order) && few(pfn, order == HS_ORDER_BLOCK ? 512 : 1);
    requires !is_mapped ==> room(OWNER_DOM0, pfn, order == HS_ORDER_BLOCK ? 2 : 3);
    requires \forall integer p; run_of(p, pfn, order) ==> is_transit(p, page[pfn].shares);
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \forall integer p; run_of(p, pfn, order) ==> is_dom0s(p);
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, pfn, order) ==>
      page[p] == \old(page[p]); */
static void become_dom0s(u64 pfn, u32 order, bool is_mapped)
{
	own_return(pfn, s2_pages_of(order));
	if (!is_mapped) {
		map(pfn, order, S2_RAM_RWX);
	}
}

/* The same, and their tables are folded. */
/*@ requires is_order(order) && aligned(pfn, order) && few(pfn, order == HS_ORDER_BLOCK ? 512 : 1);
    requires !is_mapped ==> room(OWNER_DOM0, pfn, order == HS_ORDER_BLOCK ? 2 : 3);
    requires \forall integer p; run_of(p, pfn, order) ==> is_transit(p, page[pfn].shares);
    HOST_REQUIRES;
    assigns HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    GUESTS_KEEP;
    ensures \forall integer p; run_of(p, pfn, order) ==> is_dom0s(p);
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, pfn, order) ==>
      page[p] == \old(page[p]); */
static void give_back(u64 pfn, u32 order, bool is_mapped)
{
	become_dom0s(pfn, order, is_mapped);
	s2_fold_dom0(pfn);
}

void host_return(u64 pfn, u32 order)
{
	bool is_mapped;

	spin_lock(&host_lock);
	is_mapped = page[pfn].shares != 0;
	if (is_mapped || s2_make_room(OWNER_DOM0, pfn, s2_level_of(order)) == HS_OK) {
		give_back(pfn, order, is_mapped);
	}
	spin_unlock(&host_lock);
}

void host_page_return(u64 pfn)
{
	page_zero(pfn);
	host_return(pfn, HS_ORDER_PAGE);
}

enum hs_error host_map_shared(u64 pfn)
{
	enum hs_error err = HS_OK;
	bool first;

	spin_lock(&host_lock);
	first = page[pfn].shares == 0;
	if (page[pfn].shares >= MAX_SHARES) {
		err = HS_ELIMIT;
	} else if (first && !have_entry(pfn, S2_4K)) {
		err = HS_ENOMEM_DOM0_TABLES;
	}
	if (err == HS_OK) {
		own_share(pfn);
	}
	if (err == HS_OK && first) {
		/* XN, so that it is never folded into a block of dom0's own. */
		map(pfn, HS_ORDER_PAGE, S2_RAM_RWX | S2_XN);
	}
	spin_unlock(&host_lock);
	return err;
}

enum hs_error host_unmap_shared(u64 pfn)
{
	enum hs_error err = HS_OK;

	spin_lock(&host_lock);
	if (page[pfn].shares == 1u) {
		if (have_entry(pfn, S2_4K)) {
			unmap(pfn, HS_ORDER_PAGE);
		} else {
			err = HS_ENOMEM_DOM0_TABLES; /* never: the entry is there */
		}
	}
	if (err == HS_OK) {
		own_unshare(pfn);
	}
	spin_unlock(&host_lock);
	return err;
}
