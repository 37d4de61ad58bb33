/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/own.h"

#include "lib/atomic.h"

struct ram_bank ram_banks[MAX_RAM_BANKS];
u32 nr_ram_banks;

static u64 counters[OWN_NR_COUNTERS];

bool pfn_range_is_ram(u64 pfn, u64 n)
{
	u32 i;

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

static enum own_counter counter_of(u16 owner, enum page_kind kind)
{
	if (owner == OWNER_CORE || kind == KIND_CORE) {
		return OWN_CORE;
	}
	if (owner == OWNER_DOM0) {
		return kind == KIND_RAM ? OWN_DOM0 : OWN_CORE;
	}
	return OWN_GUEST;
}

static void count(enum own_counter from, enum own_counter to, u64 n)
{
	atomic_add64(&counters[from], 0 - n);
	atomic_add64(&counters[to], n);
}

enum hs_error own_check_dom0(u64 pfn, u32 n)
{
	u32 i;

	if (!pfn_range_is_ram(pfn, n)) {
		return HS_EINVAL;
	}
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

enum hs_error own_take_back(u64 pfn, u32 n, u16 owner, u32 gfn, u8 shares)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (!own_is_ram_of(pfn + i, owner) || page[pfn + i].gfn != gfn + i) {
			return HS_EPERM;
		}
		if (page[pfn + i].shares != shares) {
			return HS_EBUSY;
		}
	}
	for (i = 0; i < n; i++) {
		page[pfn + i].owner = OWNER_CORE;
		page[pfn + i].kind = KIND_TRANSIT;
		page[pfn + i].gfn = 0;
	}
	count(OWN_GUEST, OWN_CORE, n);
	return HS_OK;
}

enum hs_error own_take_structure(u64 pfn, u16 owner)
{
	enum page_kind kind = (enum page_kind)page[pfn].kind;

	if (page[pfn].owner != owner ||
	    (kind != KIND_TABLE && kind != KIND_VM && kind != KIND_VCPU)) {
		return HS_EPERM;
	}
	page[pfn].owner = OWNER_CORE;
	page[pfn].kind = KIND_TRANSIT;
	page[pfn].gfn = 0;
	count(counter_of(owner, kind), OWN_CORE, 1);
	return HS_OK;
}

void own_return(u64 pfn, u32 n)
{
	u32 i;

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
	return counters[which];
}

void own_init(void)
{
	u32 i;

	for (i = 0; i < OWN_NR_COUNTERS; i++) {
		counters[i] = 0;
	}
	for (i = 0; i < nr_ram_banks; i++) {
		counters[OWN_DOM0] += ram_banks[i].end - ram_banks[i].start;
	}
}
