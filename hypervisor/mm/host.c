/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/host.h"

#include "arch/cache.h"
#include "arch/tlb.h"
#include "console/log.h"
#include "mm/own.h"
#include "mm/pt.h"

struct spinlock host_lock;

#define MAX_AREAS 64u
#define GIB_PAGES 262144u

/* Areas of dom0's physical addresses, in pages, that are not plain devices. */
struct area {
	u64 start, end;
	u64 attrs; /* 0: absent */
};

static struct area areas[MAX_AREAS];
static u32 nr_areas;

static void area_add(u64 start, u64 end, u64 attrs)
{
	if (nr_areas == MAX_AREAS) {
		panic("more than %u areas in dom0's memory map", MAX_AREAS);
	}
	areas[nr_areas].start = start;
	areas[nr_areas].end = end;
	areas[nr_areas].attrs = attrs;
	nr_areas++;
}

void host_hide_device(u64 base, u64 size)
{
	area_add(base >> PAGE_SHIFT, align_up(base + size, PAGE_SIZE) >> PAGE_SHIFT, 0);
}

/* The attributes at gfn, and where they end: the first area that covers it. */
static u64 attrs_at(u64 gfn, u64 *end)
{
	u64 attrs = S2_DEVICE_RW;
	bool found = false;
	u32 i;

	*end = S2_MAX_GFN;
	for (i = 0; i < nr_areas; i++) {
		if (gfn < areas[i].start) {
			*end = areas[i].start < *end ? areas[i].start : *end;
		} else if (gfn < areas[i].end && !found) {
			*end = areas[i].end < *end ? areas[i].end : *end;
			attrs = areas[i].attrs;
			found = true;
		}
	}
	return attrs;
}

/* Maps [start, end) pages of dom0 identically with large blocks. */
void host_map_boot(u64 start, u64 end, u64 attrs)
{
	while (start < end) {
		enum s2_level level = S2_4K;
		u64 span = 1;

		if (start % GIB_PAGES == 0 && end - start >= GIB_PAGES) {
			level = S2_1G;
			span = GIB_PAGES;
		} else if (start % BLOCK_PAGES == 0 && end - start >= BLOCK_PAGES) {
			level = S2_2M;
			span = BLOCK_PAGES;
		}
		if (s2_reserve(OWNER_DOM0, start, level) != HS_OK) {
			return; /* the caller checks the pool */
		}
		s2_set(OWNER_DOM0, start, level, start, attrs);
		start += span;
	}
}

u64 host_tables_for_ram(void)
{
	u64 blocks = 0;
	u32 i;

	for (i = 0; i < nr_ram_banks; i++) {
		blocks += (ram_banks[i].end - ram_banks[i].start) / BLOCK_PAGES;
	}
	return (blocks + 1u) / 2u;
}

void host_init(void)
{
	u64 gfn = 0;
	u64 start = 0;
	u32 i;

	/* Hidden pages come first: they lie inside the RAM banks. */
	for (i = 0; i < nr_ram_banks; i++) {
		u64 pfn;

		for (pfn = ram_banks[i].start; pfn < ram_banks[i].end; pfn += BLOCK_PAGES) {
			bool core = page[pfn].owner == OWNER_CORE;

			if (core && start == 0) {
				start = pfn;
			}
			if (!core && start != 0) {
				area_add(start, pfn, 0);
				start = 0;
			}
		}
		if (start != 0) {
			area_add(start, ram_banks[i].end, 0);
			start = 0;
		}
	}
	for (i = 0; i < nr_ram_banks; i++) {
		area_add(ram_banks[i].start, ram_banks[i].end, S2_RAM_RWX);
	}
	while (gfn < S2_MAX_GFN) {
		u64 end;
		u64 attrs = attrs_at(gfn, &end);

		if (attrs != 0) {
			host_map_boot(gfn, end, attrs);
		}
		gfn = end;
	}
	if (s2_spaces[OWNER_DOM0].nr_pool < host_tables_for_ram()) {
		panic("dom0's stage 2 took too many tables");
	}
}

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
