/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mm/own.c, one step from any state: the counters, of which the contracts say
 * little, always agree with the words of the pages, and no word outside the
 * call's pages changes.
 */
#include "cbmc.h"
#include "mm/own.c"

struct page page[MAX_PFN];
u64 frame[MAX_PFN][512];

static enum own_counter class_of(const struct page *p)
{
	if (p->owner == OWNER_CORE || p->kind == KIND_CORE) {
		return OWN_CORE;
	}
	return p->owner == OWNER_DOM0 ? OWN_DOM0 : OWN_GUEST;
}

static bool counters_agree(void)
{
	u64 n[OWN_NR_COUNTERS] = { 0, 0, 0 };
	u32 i;

	for (i = 0; i < MAX_PFN; i++) {
		if (pfn_is_ram(i)) {
			n[class_of(&page[i])]++;
		}
	}
	return n[OWN_DOM0] == own_counters[OWN_DOM0] && n[OWN_CORE] == own_counters[OWN_CORE] &&
	       n[OWN_GUEST] == own_counters[OWN_GUEST];
}

static bool all_in_transit(u64 pfn, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (page[pfn + i].owner != OWNER_CORE || page[pfn + i].kind != KIND_TRANSIT) {
			return false;
		}
	}
	return true;
}

int main(void)
{
	u64 pfn = nondet_u64();
	u32 n = nondet_u32();
	u32 other = nondet_u32();
	u32 gfn = nondet_u32();
	u16 owner = nondet_u16();
	u8 kind = nondet_u8();
	u8 shares = nondet_u8();
	struct page before;
	enum hs_error err;

	/* Two banks, with a hole; any words; counters that agree. */
	ANY(page);
	ANY(ram_banks);
	ANY(own_counters);
	nr_ram_banks = 2;
	ASSUME(ram_banks[0].start <= ram_banks[0].end && ram_banks[0].end <= ram_banks[1].start);
	ASSUME(ram_banks[1].start <= ram_banks[1].end && ram_banks[1].end <= MAX_PFN);
	ASSUME(counters_agree());
	ASSUME(n > 0 && n <= 512 && other < MAX_PFN);
	before = page[other];
	err = own_check_dom0(pfn, n);
	CHECK(err != HS_OK || (pfn != 0 && pfn_range_is_ram(pfn, n)), "only RAM, and not page 0");
	switch (nondet_u32() % 8u) {
	case 0:
		ASSUME(err == HS_OK);
		own_take(pfn, n, shares);
		break;
	case 1:
		ASSUME(pfn_range_is_ram(pfn, n) && all_in_transit(pfn, n) && gfn <= 0xffffffff - n);
		ASSUME(owner < OWNER_CORE && kind < KIND_TRANSIT);
		own_give(pfn, n, owner, (enum page_kind)kind, gfn);
		break;
	case 2: /* vm_reclaim() asks for the range first */
		ASSUME(pfn_range_is_ram(pfn, n) && gfn <= 0xffffffff - n);
		ASSUME(owner != OWNER_DOM0 && owner != OWNER_CORE);
		err = own_take_back(pfn, n, owner, gfn, shares);
		CHECK(err == HS_OK || (page[other].owner == before.owner &&
				       page[other].kind == before.kind &&
				       page[other].shares == before.shares &&
				       page[other].gfn == before.gfn),
		      "a refusal changes nothing");
		break;
	case 3:
		n = 1;
		ASSUME(pfn_is_ram(pfn) && page[pfn].owner != OWNER_CORE &&
		       own_is_structure_of(pfn, page[pfn].owner));
		own_take_structure(pfn);
		break;
	case 4:
		ASSUME(pfn_range_is_ram(pfn, n) && all_in_transit(pfn, n));
		own_return(pfn, n);
		break;
	case 5:
		n = 1;
		ASSUME(pfn_is_ram(pfn) && own_is_ram_of(pfn, owner) && owner < OWNER_CORE);
		if (nondet_bool()) {
			own_offer(pfn);
		} else {
			own_withdraw(pfn);
		}
		break;
	case 6:
		n = 1;
		ASSUME(pfn_is_ram(pfn));
		if (nondet_bool()) {
			ASSUME(page[pfn].shares < MAX_SHARES);
			own_share(pfn);
		} else {
			ASSUME(page[pfn].shares > 0);
			own_unshare(pfn);
		}
		break;
	default:
		ASSUME(err == HS_OK);
		own_keep(pfn, n);
		break;
	}
	CHECK(counters_agree(), "the counters agree with the pages");
	CHECK((other >= pfn && other - pfn < n) ||
		      (page[other].owner == before.owner && page[other].kind == before.kind &&
		       page[other].shares == before.shares && page[other].gfn == before.gfn),
	      "other pages stay as they are");
	return 0;
}
