/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/pt.h"

#include "arch/atomic.h"
#include "arch/tlb.h"
#include "cpu/features.h"
#include "mm/page.h"

struct s2_space s2_spaces[S2_SPACES];

#define PTE_ADDR_MASK 0x0000fffffffff000ull

static bool pte_is_table(u64 e, enum s2_level level)
{
	return level != S2_4K && (e & 3u) == 3u;
}

static bool pte_is_valid(u64 e)
{
	return (e & S2_VALID) != 0;
}

static u32 level_shift(enum s2_level level)
{
	return 9u * (u32)(S2_4K - level);
}

static u32 level_index(u64 gfn, enum s2_level level)
{
	return (u32)(gfn >> level_shift(level)) & 511u;
}

/* Pages of 4 KiB and blocks differ in bit 1 (D8.3.1). */
static u64 pte_leaf(u64 pfn, enum s2_level level, u64 attrs)
{
	return (pfn << PAGE_SHIFT) | attrs | (level == S2_4K ? S2_TABLE : 0u);
}

static void pte_write(u32 table, u32 index, u64 value)
{
	atomic_publish(&frame[table][index], value);
}

u64 s2_vtcr(void)
{
	return BIT(31) | ((u64)features.pa_range << 16) | (3ull << 12) | (1ull << 10) |
	       (1ull << 8) | (1ull << 6) | (64u - S2_IPA_BITS);
}

u64 s2_vttbr(u32 vm)
{
	return ((u64)vm << 48) | ((u64)s2_spaces[vm].root << PAGE_SHIFT);
}

u64 s2_lookup(u32 vm, u64 gfn, enum s2_level *level)
{
	u32 table = s2_spaces[vm].root;
	u64 e = 0;

	for (*level = S2_1G;; (*level)++) {
		e = frame[table][level_index(gfn, *level)];
		if (!pte_is_table(e, *level)) {
			break;
		}
		table = s2_pfn(e);
	}
	return pte_is_valid(e) ? e : 0;
}

void s2_pool_push(u32 vm, u32 pfn)
{
	frame[pfn][0] = s2_spaces[vm].pool;
	s2_spaces[vm].pool = pfn;
	s2_spaces[vm].nr_pool++;
}

bool s2_pool_pop(u32 vm, u32 *pfn)
{
	if (s2_spaces[vm].nr_pool == 0) {
		return false;
	}
	*pfn = s2_spaces[vm].pool;
	s2_spaces[vm].pool = (u32)frame[*pfn][0];
	s2_spaces[vm].nr_pool--;
	frame[*pfn][0] = 0;
	return true;
}

void s2_unlink_all(u32 vm)
{
	u32 root = s2_spaces[vm].root;
	u32 i;

	for (i = 0; i < 512u; i++) {
		if (frame[root][i] != 0) {
			pte_write(root, i, 0);
		}
	}
	s2_spaces[vm].pool = 0;
	s2_spaces[vm].nr_pool = 0;
}

bool s2_pool_take_donated(u32 *pfn)
{
	u32 before = 0;
	u32 at = s2_spaces[OWNER_DOM0].pool;
	u32 n;

	for (n = s2_spaces[OWNER_DOM0].nr_pool; n > 0; n--) {
		if (page[at].kind == KIND_TABLE) {
			if (before == 0) {
				s2_spaces[OWNER_DOM0].pool = (u32)frame[at][0];
			} else {
				frame[before][0] = frame[at][0];
			}
			s2_spaces[OWNER_DOM0].nr_pool--;
			*pfn = at;
			return true;
		}
		before = at;
		at = (u32)frame[at][0];
	}
	return false;
}

/* Fills a table with what the block entry e of this level maps. */
static void table_from_block(u32 table, u64 e, enum s2_level level)
{
	u64 attrs = e & ~(PTE_ADDR_MASK | S2_TABLE);
	u64 pfn = s2_pfn(e);
	u32 i;

	for (i = 0; i < 512u; i++) {
		frame[table][i] =
			pte_leaf(pfn + ((u64)i << level_shift((enum s2_level)(level + 1))),
				 (enum s2_level)(level + 1), attrs);
	}
}

/* The table that holds the entry of this level for gfn; false: not there. */
static bool table_at(u32 vm, u64 gfn, enum s2_level level, u32 *table)
{
	enum s2_level l;

	*table = s2_spaces[vm].root;
	for (l = S2_1G; l < level; l++) {
		u64 e = frame[*table][level_index(gfn, l)];

		if (!pte_is_table(e, l)) {
			return false;
		}
		*table = s2_pfn(e);
	}
	return true;
}

/* How many tables are missing on the way; a block in a guest is refused. */
static enum hs_error tables_missing(u32 vm, u64 gfn, enum s2_level level, u32 *missing)
{
	u32 table = s2_spaces[vm].root;
	enum s2_level l;

	for (l = S2_1G; l < level; l++) {
		u64 e = frame[table][level_index(gfn, l)];

		if (!pte_is_table(e, l)) {
			*missing = (u32)(level - l);
			return pte_is_valid(e) && vm != OWNER_DOM0 ? HS_EEXIST : HS_OK;
		}
		table = s2_pfn(e);
	}
	*missing = 0;
	return HS_OK;
}

enum hs_error s2_can_reserve(u32 vm, u64 gfn, enum s2_level level)
{
	u32 missing;
	enum hs_error err = tables_missing(vm, gfn, level, &missing);

	return err == HS_OK && missing > s2_spaces[vm].nr_pool ? HS_ENOMEM_TABLES : err;
}

enum hs_error s2_reserve(u32 vm, u64 gfn, enum s2_level level)
{
	u32 table = s2_spaces[vm].root;
	enum hs_error err = s2_can_reserve(vm, gfn, level);
	enum s2_level l;
	u32 fresh;

	if (err != HS_OK) {
		return err;
	}
	for (l = S2_1G; l < level; l++) {
		u32 index = level_index(gfn, l);
		u64 e = frame[table][index];

		if (!pte_is_table(e, l)) {
			if (!s2_pool_pop(vm, &fresh)) {
				return HS_ENOMEM_TABLES; /* cannot be: counted above */
			}
			if (pte_is_valid(e)) {
				/*
				 * Break before make (D8.14.1): other CPUs that
				 * fault meanwhile wait in mm/host.c for the lock.
				 */
				table_from_block(fresh, e, l);
				pte_write(table, index, 0);
				tlb_flush_vmid();
			}
			tlb_before_link();
			pte_write(table, index, ((u64)fresh << PAGE_SHIFT) | S2_TABLE | S2_VALID);
			tlb_published();
			table = fresh;
		} else {
			table = s2_pfn(e);
		}
	}
	return HS_OK;
}

bool s2_is_absent(u32 vm, u64 gfn, enum s2_level level)
{
	u32 table;
	u32 i;
	u64 e;

	if (!table_at(vm, gfn, level, &table)) {
		enum s2_level at;

		return s2_lookup(vm, gfn, &at) == 0;
	}
	e = frame[table][level_index(gfn, level)];
	if (!pte_is_table(e, level)) {
		return !pte_is_valid(e);
	}
	table = s2_pfn(e); /* level 2, with a table of pages below it */
	for (i = 0; i < 512u; i++) {
		if (frame[table][i] != 0) {
			return false;
		}
	}
	return true;
}

void s2_set(u32 vm, u64 gfn, enum s2_level level, u64 pfn, u64 attrs)
{
	u32 table;
	u32 index = level_index(gfn, level);
	u64 e;

	if (!table_at(vm, gfn, level, &table)) {
		return; /* not reserved: cannot be */
	}
	e = frame[table][index];
	if (pte_is_table(e, level)) { /* an empty table gives way to a block */
		pte_write(table, index, 0);
		tlb_flush_other_vmid(s2_vttbr(vm));
		s2_pool_push(vm, s2_pfn(e));
	}
	pte_write(table, index, pte_leaf(pfn, level, attrs));
	tlb_published();
}

void s2_clear(u32 vm, u64 gfn, enum s2_level level)
{
	u32 table;

	if (table_at(vm, gfn, level, &table)) {
		pte_write(table, level_index(gfn, level), 0);
	}
}

/* Whether the table maps 512 neighbours from pfn with the same attributes. */
static bool table_is_uniform(u32 table, u64 pfn, enum s2_level level, u64 attrs)
{
	u32 i;

	for (i = 0; i < 512u; i++) {
		if (frame[table][i] !=
		    pte_leaf(pfn + ((u64)i << level_shift(level)), level, attrs)) {
			return false;
		}
	}
	return true;
}

static bool fold_level(u64 gfn, enum s2_level level)
{
	u64 first = gfn & ~((1ull << level_shift(level)) - 1u);
	u32 index = level_index(gfn, level);
	u32 table;
	u32 child;
	u64 e;

	if (!table_at(OWNER_DOM0, gfn, level, &table)) {
		return false;
	}
	e = frame[table][index];
	if (!pte_is_table(e, level)) {
		return false;
	}
	child = s2_pfn(e);
	if (!table_is_uniform(child, first, (enum s2_level)(level + 1), S2_RAM_RWX)) {
		return false;
	}
	pte_write(table, index, 0);
	tlb_flush_vmid();
	pte_write(table, index, pte_leaf(first, level, S2_RAM_RWX));
	tlb_published();
	for (index = 0; index < 512u; index++) {
		frame[child][index] = 0;
	}
	s2_pool_push(OWNER_DOM0, child);
	return true;
}

void s2_fold_dom0(u64 gfn)
{
	if (fold_level(gfn, S2_2M)) {
		(void)fold_level(gfn, S2_1G);
	}
}

void s2_map_boot(u64 start, u64 end, u64 attrs)
{
	while (start < end) {
		enum s2_level level = S2_4K;

		if ((start & (BIT(18) - 1u)) == 0 && end - start >= BIT(18)) {
			level = S2_1G;
		} else if ((start & 511u) == 0 && end - start >= 512u) {
			level = S2_2M;
		}
		if (s2_reserve(OWNER_DOM0, start, level) != HS_OK) {
			return; /* the caller checks the pool */
		}
		s2_set(OWNER_DOM0, start, level, start, attrs);
		start += 1ull << level_shift(level);
	}
}
