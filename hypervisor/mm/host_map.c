/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/host_map.h"

#include "console/log.h"
#include "mm/own.h"
#include "mm/pt.h"

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
