/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/host.h"

#include "arch/cache.h"
#include "arch/tlb.h"
#include "mm/own.h"
#include "mm/pt.h"

struct spinlock host_lock;

/* Out of dom0's stage 2. Needs host_lock. */
static enum hs_error hide(u64 pfn, u32 order)
{
	enum s2_level level = s2_level_of(order);
	enum hs_error err = own_check_dom0(pfn, 1u << order);

	if (err != HS_OK) {
		return err;
	}
	if (level == S2_2M) {
		s2_fold_dom0(pfn); /* all of it is dom0's: it becomes one entry */
	}
	if (s2_reserve(OWNER_DOM0, pfn, level) != HS_OK) {
		return HS_ENOMEM_DOM0_TABLES;
	}
	s2_clear(OWNER_DOM0, pfn, level);
	if (level == S2_4K) {
		tlb_flush_page(pfn);
	} else {
		tlb_flush_vmid(); /* a TLB may hold the block in parts */
	}
	own_take(pfn, 1u << order, 0);
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
	err = own_check_dom0(pfn, 1u << order);
	if (err == HS_OK) {
		own_take(pfn, 1u << order, 1);
	}
	spin_unlock(&host_lock);
	return err;
}

enum hs_error host_page_take(u64 pfn)
{
	enum hs_error err = host_hide(pfn, HS_ORDER_PAGE);

	if (err == HS_OK) {
		cache_zero(frame[pfn], PAGE_SIZE);
	}
	return err;
}

void host_return(u64 pfn, u32 order)
{
	spin_lock(&host_lock);
	if (page[pfn].shares == 0) {
		s2_set(OWNER_DOM0, pfn, s2_level_of(order), pfn, S2_RAM_RWX);
	}
	own_return(pfn, 1u << order); /* from here on another CPU may take it */
	s2_fold_dom0(pfn);
	spin_unlock(&host_lock);
}

void host_page_return(u64 pfn)
{
	cache_zero(frame[pfn], PAGE_SIZE);
	host_return(pfn, HS_ORDER_PAGE);
}

enum hs_error host_map_shared(u64 pfn)
{
	enum hs_error err = HS_OK;

	spin_lock(&host_lock);
	if (page[pfn].shares >= MAX_SHARES) {
		err = HS_ELIMIT;
	} else if (page[pfn].shares == 0) {
		if (s2_reserve(OWNER_DOM0, pfn, S2_4K) == HS_OK) {
			/* XN, so that it is never folded into a block of dom0's own. */
			s2_set(OWNER_DOM0, pfn, S2_4K, pfn, S2_RAM_RWX | S2_XN);
		} else {
			err = HS_ENOMEM_DOM0_TABLES;
		}
	}
	if (err == HS_OK) {
		own_share(pfn);
	}
	spin_unlock(&host_lock);
	return err;
}

void host_unmap_shared(u64 pfn)
{
	spin_lock(&host_lock);
	if (page[pfn].shares == 1u) {
		s2_clear(OWNER_DOM0, pfn, S2_4K);
		tlb_flush_page(pfn);
	}
	own_unshare(pfn);
	spin_unlock(&host_lock);
}
