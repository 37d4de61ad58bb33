/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/s1.h"

#include "arch/barrier.h"
#include "console/log.h"
#include "mm/layout.h"

#define NR_TABLES 24u

/* Filled by start.S as far as the image needs it. */
#define TABLE_ATTR __attribute__((aligned(4096), section(".bss.tables")))
u64 boot_l1[512] TABLE_ATTR;
u64 boot_l2[512] TABLE_ATTR;
u64 boot_l3[512] TABLE_ATTR;
u64 boot_id_l2[512] TABLE_ATTR;
u64 boot_id_l3[512] TABLE_ATTR;
static u64 tables[NR_TABLES][512] TABLE_ATTR;
static u32 nr_used;

static u64 offset;
static u64 next_device = VA_DEVICES;

void s1_init(u64 image_offset)
{
	offset = image_offset;
}

u64 s1_image_pa(const void *p)
{
	return (u64)(uintptr_t)p - offset;
}

static u64 *table_below(u64 *entry)
{
	u64 pa;

	if (*entry == 0) {
		if (nr_used == NR_TABLES) {
			panic("stage 1: more than %u tables", NR_TABLES);
		}
		*entry = s1_image_pa(tables[nr_used++]) | S1_TABLE;
	}
	pa = *entry & 0x0000fffffffff000ull;
	return (u64 *)(uintptr_t)(pa + offset); /* all tables lie in the image */
}

void s1_map(u64 va, u64 pa, u64 size, u64 attrs)
{
	u64 end = va + size;

	while (va < end) {
		u64 *entry = &boot_l1[bits(va, 38, 30)];
		u64 step = GIB;

		if (((va | pa) & (GIB - 1u)) != 0 || end - va < GIB) {
			entry = &table_below(entry)[bits(va, 29, 21)];
			step = BLOCK_SIZE;
		}
		if (step == BLOCK_SIZE &&
		    (((va | pa) & (BLOCK_SIZE - 1u)) != 0 || end - va < BLOCK_SIZE)) {
			entry = &table_below(entry)[bits(va, 20, 12)];
			step = PAGE_SIZE;
		}
		if (*entry != 0) {
			panic("stage 1: %lx is mapped already", va);
		}
		*entry = pa | attrs | (step == PAGE_SIZE ? S1_PAGE_BIT : 0u);
		va += step;
		pa += step;
	}
	dsb(ishst); /* nothing was valid there: no TLBI is needed (D8.14.1) */
	isb();
}

u64 s1_map_device(u64 pa, u64 size)
{
	u64 first = align_down(pa, PAGE_SIZE);
	u64 va = next_device;

	size = align_up(pa + size, PAGE_SIZE) - first;
	s1_map(va, first, size, S1_DEVICE);
	next_device = va + size + PAGE_SIZE;
	return va + (pa - first);
}
