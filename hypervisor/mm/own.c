/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/own.h"

#include "arch/atomic.h"

struct ram_bank ram_banks[MAX_RAM_BANKS];
u32 nr_ram_banks;

u64 own_counters[OWN_NR_COUNTERS];

bool pfn_range_is_ram(u64 pfn, u64 n)
{
	u32 i;

	/*@ loop invariant 0 <= i <= nr_ram_banks;
	    loop invariant \forall integer k; 0 <= k < i ==>
	      !(ram_banks[k].start <= pfn < ram_banks[k].end && n <= ram_banks[k].end - pfn);
	    loop assigns i;
	    loop variant nr_ram_banks - i; */
	for (i = 0; i < nr_ram_banks; i++) {
		if (pfn >= ram_banks[i].start && pfn < ram_banks[i].end &&
		    n <= ram_banks[i].end - pfn) {
			return true;
		}
	}
	return false;
}

bool pfn_is_ram(u64 pfn)
{
	return pfn_range_is_ram(pfn, 1);
}

/*@ assigns \nothing;
    exits \false;
    ensures \result == OWN_DOM0 || \result == OWN_CORE || \result == OWN_GUEST;
    ensures \result == OWN_DOM0 <==> owner == OWNER_DOM0 && kind != KIND_CORE; */
static enum own_counter counter_of(u16 owner, enum page_kind kind)
{
	if (owner == OWNER_CORE || kind == KIND_CORE) {
		return OWN_CORE;
	}
	return owner == OWNER_DOM0 ? OWN_DOM0 : OWN_GUEST;
}

/*@ requires from < OWN_NR_COUNTERS && to < OWN_NR_COUNTERS;
    assigns own_counters[from], own_counters[to];
    exits \false;
    ensures from != to ==> own_counters[to] == (u64)(\old(own_counters[to]) + n); */
static void count(enum own_counter from, enum own_counter to, u64 n)
{
	atomic_add64(&own_counters[from], 0 - n);
	atomic_add64(&own_counters[to], n);
}

enum hs_error own_check_dom0(u64 pfn, u32 n)
{
	u32 i;

	if (pfn == 0 || !pfn_range_is_ram(pfn, n)) {
		return HS_EINVAL;
	}
	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==> is_dom0s(p);
	    loop assigns i;
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		if (page[pfn + i].owner != OWNER_DOM0 || page[pfn + i].kind != KIND_RAM ||
		    page[pfn + i].shares != 0) {
			return HS_EPERM;
		}
	}
	return HS_OK;
}

void own_take(u64 pfn, u32 n, u8 shares)
{
	u32 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==> is_transit(p, shares);
	    loop assigns i, page[pfn .. pfn + n - 1];
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		page[pfn + i].owner = OWNER_CORE;
		page[pfn + i].kind = KIND_TRANSIT;
		page[pfn + i].shares = shares;
		page[pfn + i].gfn = 0;
	}
	count(OWN_DOM0, OWN_CORE, n);
}

void own_give(u64 pfn, u32 n, u16 owner, enum page_kind kind, u32 gfn)
{
	u32 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==>
	      page[p].owner == owner && page[p].kind == (u8)kind && page[p].gfn == gfn + (p - pfn);
	    loop invariant \forall integer p; pfn <= p < pfn + n ==>
	      page[p].shares == \at(page[p].shares, Pre);
	    loop assigns i, page[pfn .. pfn + n - 1];
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		page[pfn + i].kind = (u8)kind;
		page[pfn + i].gfn = gfn + i;
		page[pfn + i].owner = owner;
	}
	count(OWN_CORE, counter_of(owner, kind), n);
}

bool own_is_ram_of(u64 pfn, u16 owner)
{
	return page[pfn].owner == owner &&
	       (page[pfn].kind == KIND_RAM || page[pfn].kind == KIND_IMAGE ||
		page[pfn].kind == KIND_SHARED);
}

bool own_is_structure_of(u64 pfn, u16 owner)
{
	return page[pfn].owner == owner &&
	       (page[pfn].kind == KIND_TABLE || page[pfn].kind == KIND_VM ||
		page[pfn].kind == KIND_VCPU);
}

enum hs_error own_take_back(u64 pfn, u32 n, u16 owner, u32 gfn, u8 shares)
{
	u32 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==>
	      is_guest_ram(p, owner) && page[p].gfn == gfn + (p - pfn) &&
	      page[p].shares == shares;
	    loop assigns i;
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		if (!own_is_ram_of(pfn + i, owner) || page[pfn + i].gfn != gfn + i) {
			return HS_EPERM;
		}
		if (page[pfn + i].shares != shares) {
			return HS_EBUSY;
		}
	}
	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==> is_transit(p, shares);
	    loop invariant \forall integer p; pfn + i <= p < pfn + n ==>
	      page[p].shares == shares;
	    loop assigns i, page[pfn .. pfn + n - 1];
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		page[pfn + i].owner = OWNER_CORE;
		page[pfn + i].kind = KIND_TRANSIT;
		page[pfn + i].gfn = 0;
	}
	count(OWN_GUEST, OWN_CORE, n);
	return HS_OK;
}

void own_take_structure(u64 pfn)
{
	enum own_counter from = counter_of(page[pfn].owner, (enum page_kind)page[pfn].kind);

	page[pfn].owner = OWNER_CORE;
	page[pfn].kind = KIND_TRANSIT;
	page[pfn].gfn = 0;
	count(from, OWN_CORE, 1);
}

void own_return(u64 pfn, u32 n)
{
	u32 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==> is_dom0s(p);
	    loop assigns i, page[pfn .. pfn + n - 1];
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		page[pfn + i].owner = OWNER_DOM0;
		page[pfn + i].kind = KIND_RAM;
		page[pfn + i].shares = 0;
		page[pfn + i].gfn = 0;
	}
	count(OWN_CORE, OWN_DOM0, n);
}

void own_offer(u64 pfn)
{
	page[pfn].kind = KIND_SHARED;
}

void own_withdraw(u64 pfn)
{
	page[pfn].kind = KIND_RAM;
}

void own_share(u64 pfn)
{
	page[pfn].shares++;
}

void own_unshare(u64 pfn)
{
	page[pfn].shares--;
}

void own_keep(u64 pfn, u32 n)
{
	u32 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant \forall integer p; pfn <= p < pfn + i ==>
	      page[p].owner == OWNER_CORE && page[p].kind == KIND_CORE;
	    loop assigns i, page[pfn .. pfn + n - 1];
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		page[pfn + i].owner = OWNER_CORE;
		page[pfn + i].kind = KIND_CORE;
	}
	count(OWN_DOM0, OWN_CORE, n);
}

bool own_visible_to_dom0(u64 pfn)
{
	return page[pfn].shares > 0 ||
	       (page[pfn].owner == OWNER_DOM0 && page[pfn].kind == KIND_RAM);
}

u64 own_count(enum own_counter which)
{
	return own_counters[which];
}

void own_init(void)
{
	u32 i;

	/*@ loop invariant 0 <= i <= OWN_NR_COUNTERS;
	    loop invariant \forall integer k; 0 <= k < i ==> own_counters[k] == 0;
	    loop assigns i, own_counters[0 .. 2];
	    loop variant OWN_NR_COUNTERS - i; */
	for (i = 0; i < OWN_NR_COUNTERS; i++) {
		own_counters[i] = 0;
	}
	/*@ loop invariant 0 <= i <= nr_ram_banks;
	    loop invariant own_counters[OWN_CORE] == 0 && own_counters[OWN_GUEST] == 0;
	    loop assigns i, own_counters[OWN_DOM0];
	    loop variant nr_ram_banks - i; */
	for (i = 0; i < nr_ram_banks; i++) {
		own_counters[OWN_DOM0] += ram_banks[i].end - ram_banks[i].start;
	}
}
