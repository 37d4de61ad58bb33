/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/own.h"

#include "lib/atomic.h"
#include "lib/spinlock.h"

#define OWN_BATCH 64u

struct ram_bank ram_banks[MAX_RAM_BANKS];
u32 nr_ram_banks;

static struct spinlock own_lock; /* page[] of all RAM */
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

static bool word_is(u64 pfn, u16 owner, enum page_kind kind, u8 shares)
{
	return page[pfn].owner == owner && page[pfn].kind == kind && page[pfn].shares == shares;
}

static void word_set(u64 pfn, u16 owner, enum page_kind kind, u8 shares, u32 gfn)
{
	page[pfn].owner = owner;
	page[pfn].kind = (u8)kind;
	page[pfn].shares = shares;
	page[pfn].gfn = gfn;
}

/* Sets n words that nobody else can change: they are in transit. */
static void words_set(u64 pfn, u32 n, u16 owner, enum page_kind kind, u8 shares, u32 gfn)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (i % OWN_BATCH == 0) {
			spin_lock(&own_lock);
		}
		word_set(pfn + i, owner, kind, shares, gfn == 0 ? 0 : gfn + i);
		if (i % OWN_BATCH == OWN_BATCH - 1u || i == n - 1u) {
			spin_unlock(&own_lock);
		}
	}
}

enum hs_error own_take(u64 pfn, u32 n)
{
	u32 done = 0;
	u32 i;
	bool ok = true;

	if (!pfn_range_is_ram(pfn, n)) {
		return HS_EINVAL;
	}
	while (ok && done < n) {
		u32 batch = n - done < OWN_BATCH ? n - done : OWN_BATCH;

		spin_lock(&own_lock);
		for (i = done; ok && i < done + batch; i++) {
			ok = word_is(pfn + i, OWNER_DOM0, KIND_RAM, 0);
		}
		for (i = done; ok && i < done + batch; i++) {
			word_set(pfn + i, OWNER_CORE, KIND_TRANSIT, 0, 0);
		}
		spin_unlock(&own_lock);
		if (ok) {
			done += batch;
		}
	}
	count(OWN_DOM0, OWN_CORE, done);
	if (!ok) {
		own_return(pfn, done);
		return HS_EPERM;
	}
	return HS_OK;
}

void own_give(u64 pfn, u32 n, u16 owner, enum page_kind kind, u8 shares, u32 gfn)
{
	words_set(pfn, n, owner, kind, shares, gfn);
	count(OWN_CORE, counter_of(owner, kind), n);
}

enum hs_error own_take_back(u64 pfn, u32 n, u16 owner, enum page_kind kind)
{
	u32 gfn;
	u32 i;
	bool ok = true;

	if (!pfn_range_is_ram(pfn, n)) {
		return HS_EINVAL;
	}
	gfn = page[pfn].gfn;
	/* The VM is powered off and its lock is held: its words stand still. */
	for (i = 0; ok && i < n; i++) {
		ok = page[pfn + i].owner == owner && page[pfn + i].kind == (u8)kind &&
		     page[pfn + i].gfn == (gfn == 0 ? 0 : gfn + i);
	}
	if (!ok) {
		return HS_EPERM;
	}
	words_set(pfn, n, OWNER_CORE, KIND_TRANSIT, 0, 0);
	count(counter_of(owner, kind), OWN_CORE, n);
	return HS_OK;
}

void own_return(u64 pfn, u32 n)
{
	if (n > 0) {
		words_set(pfn, n, OWNER_DOM0, KIND_RAM, 0, 0);
		count(OWN_CORE, OWN_DOM0, n);
	}
}

void own_keep(u64 pfn, u32 n)
{
	words_set(pfn, n, OWNER_CORE, KIND_CORE, 0, 0);
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
