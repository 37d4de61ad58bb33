/* SPDX-License-Identifier: BSD-2-Clause */
#include "mm/pt.h"

#include "arch/atomic.h"
#include "arch/cache.h"
#include "arch/tlb.h"
#include "cpu/features.h"
#include "mm/page.h"
#include "mm/pt_logic.h"

struct s2_space s2_spaces[S2_SPACES];

#define ENTRIES 512u

/* RES1, 4 KiB granule, inner shareable, write-back, SL0 = 1 (D19.2.164). */
#define VTCR_FIXED (BIT(31) + (3ull << 12) + (1ull << 10) + (1ull << 8) + (1ull << 6))

/*@ assigns \nothing;
    exits \false;
    ensures \result <==> is_tab(e) && level != 3; */
static bool pte_is_table(u64 e, enum s2_level level)
{
	return level != S2_4K && e % 4u == 3u;
}

/*@ assigns \nothing;
    exits \false;
    ensures \result <==> is_val(e); */
static bool pte_is_valid(u64 e)
{
	return e % 2u == 1u;
}

/*@ requires pfn < MAX_PFN;
    assigns \nothing;
    exits \false;
    ensures is_tab(\result) && pfn_of(\result) == pfn; */
static u64 pte_table(u32 pfn)
{
	return (u64)pfn * PAGE_SIZE + S2_TABLE + S2_VALID;
}

/* Pages of 4 KiB and blocks differ in bit 1 (D8.3.1). */
/*@ requires pfn < 0x8000000 && 1 <= level <= 3 && attrs < 0x80000000000000;
    assigns \nothing;
    exits \false;
    ensures \result == pte(pfn, level, attrs); */
static u64 pte_leaf(u64 pfn, enum s2_level level, u64 attrs)
{
	return pfn * PAGE_SIZE + attrs + (level == S2_4K ? S2_TABLE : 0u);
}

/*@ requires 1 <= level <= 3;
    assigns \nothing;
    exits \false;
    ensures \result == ix(gfn, level);
    ensures \result < 512; */
static u32 level_index(u64 gfn, enum s2_level level)
{
	switch (level) {
	case S2_1G:
		return (u32)(gfn / 262144u % ENTRIES);
	case S2_2M:
		return (u32)(gfn / 512u % ENTRIES);
	default:
		return (u32)(gfn % ENTRIES);
	}
}

/* Pages that one entry maps. */
/*@ requires 1 <= level <= 3;
    assigns \nothing;
    exits \false;
    ensures \result == (level == 1 ? 262144 : level == 2 ? 512 : 1); */
static u32 level_span(enum s2_level level)
{
	return level == S2_1G ? 262144u : level == S2_2M ? 512u : 1u;
}

/*@ requires table < MAX_PFN && index < 512;
    assigns frame[table][index];
    exits \false;
    ensures frame[table][index] == value; */
static void pte_write(u32 table, u32 index, u64 value)
{
	atomic_publish(&frame[table][index], value);
}

u64 s2_vtcr(void)
{
	return VTCR_FIXED + (u64)features.pa_range * 65536u + (64u - S2_IPA_BITS);
}

u64 s2_vttbr(u32 vm)
{
	return (u64)vm * 0x1000000000000u + (u64)s2_spaces[vm].root * PAGE_SIZE;
}

/* The table that holds the entry of this level for gfn; 0: it is not there. */
/*@ requires live(vm) && is_gfn(gfn) && 1 <= level <= 3;
    PT_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures reserved(vm, gfn, level) ==>
      \result == slot_table(vm, gfn, level) && used(\result, vm, level);
    ensures !reserved(vm, gfn, level) ==> \result == 0; */
static u32 table_at(u32 vm, u64 gfn, enum s2_level level)
{
	u32 table = s2_spaces[vm].root;
	enum s2_level l;

	/*@ loop invariant 1 <= l <= level && reserved(vm, gfn, l);
	    loop invariant table == slot_table(vm, gfn, l) && used(table, vm, l);
	    loop assigns l, table;
	    loop variant level - l; */
	for (l = S2_1G; l < level; l++) {
		u64 e = frame[table][level_index(gfn, l)];

		if (!pte_is_table(e, l)) {
			return 0;
		}
		table = s2_pfn(e);
	}
	return table;
}

u64 s2_lookup(u32 vm, u64 gfn, enum s2_level *level)
{
	u32 table = s2_spaces[vm].root;
	enum s2_level l = S2_1G;
	u64 e = frame[table][level_index(gfn, S2_1G)];

	/*@ loop invariant 1 <= l <= 3 && reserved(vm, gfn, l);
	    loop invariant table == slot_table(vm, gfn, l) && used(table, vm, l);
	    loop invariant e == frame[table][ix(gfn, l)];
	    loop assigns l, table, e;
	    loop variant 3 - l; */
	while (pte_is_table(e, l)) {
		table = s2_pfn(e);
		l++;
		e = frame[table][level_index(gfn, l)];
	}
	*level = l;
	return pte_is_valid(e) ? e : 0;
}

u32 s2_page_at(u32 vm, u64 gfn)
{
	enum s2_level level;
	u64 e = s2_lookup(vm, gfn, &level);

	return e != 0 ? s2_pfn(e) + (u32)(gfn % level_span(level)) : NO_PFN;
}

void page_zero(u64 pfn)
{
	//@ assert walks2 && walks3;
	cache_zero(frame[pfn], PAGE_SIZE);
}

void s2_pool_push(u32 vm, u32 pfn)
{
	u32 head = s2_spaces[vm].pool;

	frame[pfn][0] = head;
	s2_spaces[vm].pool = pfn;
	s2_spaces[vm].nr_pool++;
	//@ ghost lv[pfn] = 4;
	//@ ghost space[pfn] = (u16)vm;
	//@ ghost up[head] = pfn;
	//@ ghost up[pfn] = 0;
}

u32 s2_pool_pop(u32 vm)
{
	u32 pfn = s2_spaces[vm].pool;
	u32 next;

	if (pfn != 0) {
		next = (u32)frame[pfn][0];
		s2_spaces[vm].pool = next;
		s2_spaces[vm].nr_pool--;
		frame[pfn][0] = 0;
		//@ ghost lv[pfn] = 0;
		//@ ghost up[next] = 0;
	}
	return pfn;
}

/* An unused, empty table takes the place of an entry that maps nothing. */
/*@ requires live(vm) && 1 <= level < 3 && used(table, vm, level) && index < 512;
    requires frame[table][index] == 0 && unused(fresh);
    PT_REQUIRES;
    assigns frame[table][index], lv[fresh], space[fresh], up[fresh], at[fresh];
    exits \false;
    PT_ENSURES;
    ensures is_tab(frame[table][index]) && pfn_of(frame[table][index]) == fresh;
    ensures used(fresh, vm, level + 1);
    SAME_LEAVES;
    SAME_RESERVED; */
static void table_link(u32 vm, u32 table, enum s2_level level, u32 index, u32 fresh)
{
	//@ ghost lv[fresh] = (u8)(level + 1);
	//@ ghost space[fresh] = (u16)vm;
	//@ ghost up[fresh] = table;
	//@ ghost at[fresh] = index;
	tlb_before_link();
	pte_write(table, index, pte_table(fresh));
	tlb_published();
}

/* The same, with a spare table, which there is. */
/*@ requires live(vm) && 1 <= level < 3 && used(table, vm, level) && index < 512;
    requires frame[table][index] == 0 && s2_spaces[vm].pool != 0;
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[table][index],
      frame[s2_spaces[vm].pool][0 .. 511], lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1],
      up[0 .. MAX_PFN - 1], at[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures is_tab(frame[table][index]) && pfn_of(frame[table][index]) == \result;
    ensures \result == \old(s2_spaces[vm].pool) &&
      s2_spaces[vm].pool == \old(frame[s2_spaces[vm].pool][0]);
    ensures used(\result, vm, level + 1);
    ensures \forall integer i; 0 <= i < 512 ==> frame[\result][i] == 0;
    ensures \old(has_spares(vm, 2)) ==> has_spares(vm, 1);
    SAME_LEAVES;
    SAME_RESERVED;
    SAME_TABLES; */
static u32 table_add(u32 vm, u32 table, enum s2_level level, u32 index)
{
	u32 fresh = s2_pool_pop(vm);

	table_link(vm, table, level, index, fresh);
	return fresh;
}

/* Fills an unused table with 512 neighbours from pfn. */
/*@ requires table < MAX_PFN && (level == 2 || level == 3) && attrs < 0x80000000000000;
    requires level == 2 ==> pfn + 262144 <= 0x8000000;
    requires level == 3 ==> pfn + 512 <= 0x8000000;
    assigns frame[table][0 .. 511];
    exits \false;
    ensures level == 2 ==> \forall integer i; 0 <= i < 512 ==>
      frame[table][i] == pte(pfn + i * 512, 2, attrs);
    ensures level == 3 ==> \forall integer i; 0 <= i < 512 ==>
      frame[table][i] == pte(pfn + i, 3, attrs); */
static void table_fill(u32 table, u64 pfn, enum s2_level level, u64 attrs)
{
	u32 span = level_span(level);
	u64 next = pfn;
	u32 i;

	/*@ loop invariant 0 <= i <= 512 && next == pfn + i * span;
	    loop invariant \forall integer k; 0 <= k < i ==>
	      frame[table][k] == pte(pfn + k * span, level, attrs);
	    loop assigns i, next, frame[table][0 .. 511];
	    loop variant 512 - i; */
	for (i = 0; i < ENTRIES; i++) {
		frame[table][i] = pte_leaf(next, level, attrs);
		next += span;
	}
}

/* The same for one that no walk comes to, which therefore changes nothing. */
/*@ requires unused(table) && (level == 2 || level == 3);
    requires level == 2 ==> pfn + 262144 <= 0x8000000;
    requires level == 3 ==> pfn + 512 <= 0x8000000;
    PT_REQUIRES;
    assigns frame[table][0 .. 511];
    exits \false;
    PT_ENSURES;
    ensures level == 2 ==> \forall integer i; 0 <= i < 512 ==>
      frame[table][i] == pte(pfn + i * 512, 2, S2_RAM_RWX);
    ensures level == 3 ==> \forall integer i; 0 <= i < 512 ==>
      frame[table][i] == pte(pfn + i, 3, S2_RAM_RWX);
    SAME_OUT;
    SAME_RESERVED; */
static void table_prepare(u32 table, u64 pfn, enum s2_level level)
{
	//@ assert walks2 && walks3;
	table_fill(table, pfn, level, S2_RAM_RWX);
}

/* A filled table takes the place of the block that it was filled from. */
/*@ requires live(OWNER_DOM0) && used(table, OWNER_DOM0, 2) && index < 512;
    requires pfn % 512 == 0 && pfn + 512 <= 0x8000000;
    requires frame[table][index] == pte(pfn, 2, S2_RAM_RWX);
    requires 0 < fresh < MAX_PFN && lv[fresh] == 0;
    requires \forall integer i; 0 <= i < 512 ==> frame[fresh][i] == pte(pfn + i, 3, S2_RAM_RWX);
    PT_REQUIRES;
    assigns frame[table][index], lv[fresh], space[fresh], up[fresh], at[fresh];
    exits \false;
    PT_ENSURES;
    ensures is_tab(frame[table][index]) && pfn_of(frame[table][index]) == fresh;
    ensures used(fresh, OWNER_DOM0, 3);
    SAME_OUT;
    SAME_RESERVED; */
static void link_pages(u32 table, u32 index, u32 fresh, u64 pfn)
{
	//@ assert walks2 && walks3;
	/*@ assert \forall integer i; 0 <= i < 512 ==>
	      is_val(frame[fresh][i]) && pfn_of(frame[fresh][i]) == pfn + i; */
	//@ ghost lv[fresh] = 3;
	//@ ghost space[fresh] = OWNER_DOM0;
	//@ ghost up[fresh] = table;
	//@ ghost at[fresh] = index;
	tlb_before_link();
	pte_write(table, index, 0);
	tlb_flush_vmid();
	pte_write(table, index, pte_table(fresh));
}

/*@ requires live(OWNER_DOM0) && table == s2_spaces[OWNER_DOM0].root && index < 512;
    requires pfn % 262144 == 0 && pfn + 262144 <= 0x8000000;
    requires frame[table][index] == pte(pfn, 1, S2_RAM_RWX);
    requires 0 < fresh < MAX_PFN && lv[fresh] == 0;
    requires \forall integer i; 0 <= i < 512 ==>
      frame[fresh][i] == pte(pfn + i * 512, 2, S2_RAM_RWX);
    PT_REQUIRES;
    assigns frame[table][index], lv[fresh], space[fresh], up[fresh], at[fresh];
    exits \false;
    PT_ENSURES;
    ensures is_tab(frame[table][index]) && pfn_of(frame[table][index]) == fresh;
    ensures used(fresh, OWNER_DOM0, 2);
    SAME_OUT;
    SAME_RESERVED; */
static void link_blocks(u32 table, u32 index, u32 fresh, u64 pfn)
{
	//@ assert walks2 && walks3;
	//@ assert \forall integer g; is_gfn(g) ==> g % 262144 == (g / 512 % 512) * 512 + g % 512;
	/*@ assert \forall integer i; 0 <= i < 512 ==> is_val(frame[fresh][i]) &&
	      !is_tab(frame[fresh][i]) && pfn_of(frame[fresh][i]) == pfn + i * 512; */
	//@ ghost lv[fresh] = 2;
	//@ ghost space[fresh] = OWNER_DOM0;
	//@ ghost up[fresh] = table;
	//@ ghost at[fresh] = index;
	tlb_before_link();
	pte_write(table, index, 0);
	tlb_flush_vmid();
	pte_write(table, index, pte_table(fresh));
	/*@ assert \forall integer g; is_gfn(g) && ix(g, 1) == index ==>
	      \at(out(OWNER_DOM0, g), Pre) == pfn + g % 262144; */
	/*@ assert \forall integer g; is_gfn(g) && ix(g, 1) == index ==>
	      has2(OWNER_DOM0, g) && tab2(OWNER_DOM0, g) == fresh &&
	      leaf_level(OWNER_DOM0, g) == 2 &&
	      leaf(OWNER_DOM0, g) == frame[fresh][g / 512 % 512]; */
	/*@ assert \forall integer g; is_gfn(g) && ix(g, 1) == index ==>
	      out(OWNER_DOM0, g) == pfn + (g / 512 % 512) * 512 + g % 512; */
	/*@ assert \forall integer w, g; live(w) && is_gfn(g) &&
	      !(w == OWNER_DOM0 && ix(g, 1) == index) ==> out(w, g) == \at(out(w, g), Pre); */
}

/*
 * A block of dom0's, which begins at pfn, becomes a table that maps the same.
 * Break before make (D8.14.1): other CPUs that fault meanwhile wait in mm/host.c
 * for the lock.
 */
/*@ requires live(OWNER_DOM0) && used(table, OWNER_DOM0, level) && index < 512;
    requires level == 1 ==> pfn % 262144 == 0 && pfn + 262144 <= 0x8000000;
    requires level == 2 ==> pfn % 512 == 0 && pfn + 512 <= 0x8000000;
    requires (level == 1 || level == 2) && s2_spaces[OWNER_DOM0].pool != 0;
    requires level == 1 ==> table == s2_spaces[OWNER_DOM0].root;
    requires frame[table][index] == pte(pfn, level, S2_RAM_RWX);
    PT_REQUIRES;
    assigns s2_spaces[OWNER_DOM0].pool, s2_spaces[OWNER_DOM0].nr_pool,
      frame[table][index], frame[s2_spaces[OWNER_DOM0].pool][0 .. 511], lv[0 .. MAX_PFN - 1],
      space[0 .. MAX_PFN - 1], up[0 .. MAX_PFN - 1], at[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures is_tab(frame[table][index]) && pfn_of(frame[table][index]) == \result;
    ensures \result == \old(s2_spaces[OWNER_DOM0].pool) &&
      s2_spaces[OWNER_DOM0].pool == \old(frame[s2_spaces[OWNER_DOM0].pool][0]);
    ensures used(\result, OWNER_DOM0, level + 1);
    ensures level == 1 ==> \forall integer i; 0 <= i < 512 ==>
      frame[\result][i] == pte(pfn + i * 512, 2, S2_RAM_RWX);
    ensures \old(has_spares(OWNER_DOM0, 2)) ==> has_spares(OWNER_DOM0, 1);
    SAME_OUT;
    SAME_RESERVED;
    SAME_TABLES; */
static u32 table_split(u32 table, enum s2_level level, u32 index, u64 pfn)
{
	u32 fresh = s2_pool_pop(OWNER_DOM0);

	table_prepare(fresh, pfn, level == S2_1G ? S2_2M : S2_4K);
	if (level == S2_1G) {
		link_blocks(table, index, fresh, pfn);
	} else {
		link_pages(table, index, fresh, pfn);
	}
	tlb_published();
	return fresh;
}

/* Where the block begins that an entry of this level maps. */
/*@ requires (level == 1 || level == 2) && is_gfn(gfn);
    assigns \nothing;
    exits \false;
    ensures \result == base(gfn, level);
    ensures level == 1 ==> \result % 262144 == 0 && \result + 262144 <= 0x8000000;
    ensures level == 2 ==> \result % 512 == 0 && \result + 512 <= 0x8000000; */
static u64 block_base(u64 gfn, enum s2_level level)
{
	return level == S2_1G ? gfn - gfn % 262144u : gfn - gfn % 512u;
}

enum hs_error s2_can_reserve(u32 vm, u64 gfn, enum s2_level level)
{
	u32 table = s2_spaces[vm].root;
	u32 spare = s2_spaces[vm].pool;
	enum s2_level l;

	/*@ loop invariant 1 <= l <= level && reserved(vm, gfn, l);
	    loop invariant table == slot_table(vm, gfn, l) && used(table, vm, l);
	    loop assigns l, table;
	    loop variant level - l; */
	for (l = S2_1G; l < level; l++) {
		u64 e = frame[table][level_index(gfn, l)];

		if (!pte_is_table(e, l)) {
			if (pte_is_valid(e) && (vm != OWNER_DOM0 ||
						e != pte_leaf(block_base(gfn, l), l, S2_RAM_RWX))) {
				return HS_EEXIST;
			}
			return spare != 0 && (level - l == 1 || frame[spare][0] != 0)
				       ? HS_OK
				       : HS_ENOMEM_TABLES;
		}
		table = s2_pfn(e);
	}
	return HS_OK;
}

/* The table below an entry: it is there, is added, or a block is split. */
/*@ requires live(vm) && is_gfn(gfn) && (level == 1 || level == 2);
    requires reserved(vm, gfn, level) && table == slot_table(vm, gfn, level);
    requires splittable(vm, gfn, level, frame[table][ix(gfn, level)]);
    requires !is_tab(frame[table][ix(gfn, level)]) ==> s2_spaces[vm].pool != 0;
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[table][ix(gfn, level)],
      frame[s2_spaces[vm].pool][0 .. 511], lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1],
      up[0 .. MAX_PFN - 1], at[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures reserved(vm, gfn, level + 1) && \result == slot_table(vm, gfn, level + 1);
    ensures \old(is_tab(frame[table][ix(gfn, level)])) ==>
      s2_spaces[vm].pool == \old(s2_spaces[vm].pool) &&
      frame[s2_spaces[vm].pool][0] == \old(frame[s2_spaces[vm].pool][0]) &&
      frame[\result][ix(gfn, 2)] == \old(frame[\result][ix(gfn, 2)]);
    ensures \old(!is_tab(frame[table][ix(gfn, level)])) ==>
      \result == \old(s2_spaces[vm].pool) &&
      s2_spaces[vm].pool == \old(frame[s2_spaces[vm].pool][0]);
    ensures \old(has_spares(vm, 2)) ==> has_spares(vm, 1);
    ensures level == 1 && \old(!is_tab(frame[table][ix(gfn, 1)])) ==>
      splittable(vm, gfn, 2, frame[\result][ix(gfn, 2)]) && !is_tab(frame[\result][ix(gfn, 2)]);
    SAME_OUT;
    SAME_RESERVED;
    SAME_TABLES; */
static u32 table_below(u32 vm, u32 table, enum s2_level level, u64 gfn)
{
	u32 index = level_index(gfn, level);
	u64 e = frame[table][index];
	u32 below;

	if (pte_is_table(e, level)) {
		return s2_pfn(e);
	}
	if (!pte_is_valid(e)) {
		return table_add(vm, table, level, index);
	}
	below = table_split(table, level, index, block_base(gfn, level));
	//@ assert \forall integer g; is_gfn(g) ==> g % 262144 == (g / 512 % 512) * 512 + g % 512;
	//@ assert base(gfn, 1) + ix(gfn, 2) * 512 == base(gfn, 2);
	/*@ assert level == 1 ==>
	      frame[below][ix(gfn, 2)] == pte(base(gfn, 1) + ix(gfn, 2) * 512, 2, S2_RAM_RWX); */
	//@ assert level == 1 ==> frame[below][ix(gfn, 2)] == pte(base(gfn, 2), 2, S2_RAM_RWX);
	//@ assert !is_tab(pte(base(gfn, 2), 2, S2_RAM_RWX));
	return below;
}

enum hs_error s2_reserve(u32 vm, u64 gfn, enum s2_level level)
{
	enum hs_error err = s2_can_reserve(vm, gfn, level);
	u32 table;

	if (err == HS_OK && level != S2_1G) {
		table = table_below(vm, s2_spaces[vm].root, S2_1G, gfn);
		//@ assert \at(has2(vm, gfn), Pre) ==> table == \at(tab2(vm, gfn), Pre);
		//@ assert \at(!has2(vm, gfn), Pre) ==> table == \at(s2_spaces[vm].pool, Pre);
		if (level == S2_4K) {
			(void)table_below(vm, table, S2_2M, gfn);
		}
	}
	return err;
}

/*@ requires table < MAX_PFN;
    assigns \nothing;
    exits \false;
    ensures \result <==> \forall integer i; 0 <= i < 512 ==> frame[table][i] == 0; */
static bool table_is_empty(u32 table)
{
	u32 i;

	/*@ loop invariant 0 <= i <= 512;
	    loop invariant \forall integer k; 0 <= k < i ==> frame[table][k] == 0;
	    loop assigns i;
	    loop variant 512 - i; */
	for (i = 0; i < ENTRIES; i++) {
		if (frame[table][i] != 0) {
			return false;
		}
	}
	return true;
}

bool s2_is_absent(u32 vm, u64 gfn, enum s2_level level)
{
	enum s2_level at_level;
	u64 e = s2_lookup(vm, gfn, &at_level);

	if (e != 0) {
		return false;
	}
	/*@ assert \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
	      ix(g, 1) == ix(gfn, 1) && ix(g, 2) == ix(gfn, 2); */
	/* Nothing at gfn, but there may be something else in its 2 MiB. */
	return at_level <= level || table_is_empty(table_at(vm, gfn, S2_4K));
}

enum hs_error s2_make_room(u32 vm, u64 gfn, enum s2_level level)
{
	enum s2_level there;
	u64 e = s2_lookup(vm, gfn, &there);
	enum hs_error err;
	u32 table;

	if (e != 0) {
		return HS_EEXIST;
	}
	/*@ assert \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
	      ix(g, 1) == ix(gfn, 1) && ix(g, 2) == ix(gfn, 2); */
	if (there > level) { /* nothing at gfn, but there may be something else in its 2 MiB */
		//@ assert has3(vm, gfn);
		table = table_at(vm, gfn, S2_4K);
		//@ assert table == tab3(vm, gfn) && used(table, vm, 3);
		if (!table_is_empty(table)) {
			return HS_EEXIST;
		}
		//@ assert \forall integer i; 0 <= i < 512 ==> frame[table][i] == 0;
		/*@ assert \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
		      tab2(vm, g) == tab2(vm, gfn) && tab3(vm, g) == tab3(vm, gfn); */
		/*@ assert \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
		      leaf_level(vm, g) == 3; */
		//@ assert \forall integer i; 0 <= i < 512 ==> frame[tab3(vm, gfn)][i] == 0;
		/*@ assert \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
		      ent3(vm, g) == 0; */
		//@ assert room(vm, gfn, level);
		return HS_OK;
	}
	/*@ assert level == 2 ==> \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
	      out(vm, g) == -1; */
	//@ assert out(vm, gfn) == -1;
	err = s2_reserve(vm, gfn, level);
	//@ assert out(vm, gfn) == -1;
	//@ assert err == HS_OK ==> room(vm, gfn, level);
	/*@ assert level == 2 ==> \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
	      out(vm, g) == -1; */
	return err;
}

/* An empty table of pages gives way: its entry maps nothing, it is spare. */
/*@ requires live(vm) && used(table, vm, 2) && index < 512 && is_tab(frame[table][index]);
    requires \forall integer i; 0 <= i < 512 ==> frame[pfn_of(frame[table][index])][i] == 0;
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[table][index],
      frame[pfn_of(frame[table][index])][0], lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1],
      up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures frame[table][index] == 0 && used(table, vm, 2);
    ensures \forall integer w, g; live(w) && is_gfn(g) && \old(has2(w, g)) ==>
      has2(w, g) && tab2(w, g) == \old(tab2(w, g));
    SAME_LEAVES;
    SAME_TABLES; */
static void table_drop(u32 vm, u32 table, u32 index)
{
	u32 child = s2_pfn(frame[table][index]);

	//@ assert walks2 && walks3;
	pte_write(table, index, 0);
	//@ ghost lv[child] = 0;
	tlb_flush_other_vmid(s2_vttbr(vm));
	s2_pool_push(vm, child);
}

/*@ requires live(vm) && is_gfn(gfn) && 1 <= level <= 3 && reserved(vm, gfn, level);
    requires leaf_level(vm, gfn) == level && table == slot_table(vm, gfn, level);
    requires e == 0 || (is_val(e) && (level != 3 ==> !is_tab(e)));
    PT_REQUIRES;
    assigns frame[table][ix(gfn, level)];
    exits \false;
    PT_ENSURES;
    ensures leaf(vm, gfn) == e && leaf_level(vm, gfn) == level && reserved(vm, gfn, level);
    ensures level == 2 ==> ALL_OF_BLOCK(e);
    LEAVES_BUT_LEVEL; */
static void leaf_write(u32 vm, u32 table, u64 gfn, enum s2_level level, u64 e)
{
	//@ assert walks2 && walks3;
	//@ assert \forall integer g; is_gfn(g) ==> g / 512 == ix(g, 1) * 512 + ix(g, 2);
	/*@ assert level == 2 ==> \forall integer w, g;
	      live(w) && is_gfn(g) && has2(w, g) && tab2(w, g) == table ==>
	      s2_spaces[w].root == s2_spaces[vm].root && ix(g, 1) == ix(gfn, 1); */
	/*@ assert level == 2 ==> \forall integer w, g;
	      live(w) && is_gfn(g) && has2(w, g) && tab2(w, g) == table ==> w == vm; */
	/*@ assert level == 2 ==> \forall integer w, g;
	      live(w) && is_gfn(g) && has2(w, g) && tab2(w, g) == table && ix(g, 2) == ix(gfn, 2)
	   ==> g / 512 == gfn / 512; */
	pte_write(table, level_index(gfn, level), e);
}

void s2_set(u32 vm, u64 gfn, enum s2_level level, u64 pfn, u64 attrs)
{
	u32 table = table_at(vm, gfn, level);

	if (pte_is_table(frame[table][level_index(gfn, level)], level)) {
		table_drop(vm, table, level_index(gfn, level));
	}
	leaf_write(vm, table, gfn, level, pte_leaf(pfn, level, attrs));
	tlb_published();
}

void s2_clear(u32 vm, u64 gfn, enum s2_level level)
{
	leaf_write(vm, table_at(vm, gfn, level), gfn, level, 0);
}

/* A table that maps one block of dom0's becomes that block. */
/*@ requires live(OWNER_DOM0) && used(table, OWNER_DOM0, 2) && index < 512;
    requires pfn % 512 == 0 && pfn + 512 <= 0x8000000 && is_tab(frame[table][index]);
    requires \forall integer i; 0 <= i < 512 ==>
      frame[pfn_of(frame[table][index])][i] == pte(pfn + i, 3, S2_RAM_RWX);
    PT_REQUIRES;
    assigns frame[table][index], lv[pfn_of(frame[table][index])];
    exits \false;
    PT_ENSURES;
    ensures frame[table][index] == pte(pfn, 2, S2_RAM_RWX);
    ensures \result == pfn_of(\old(frame[table][index])) && 0 < \result < MAX_PFN;
    ensures lv[\result] == 0 && space[\result] == OWNER_DOM0;
    ensures \old(lv[pfn_of(frame[table][index])]) != 0;
    SAME_OUT; */
static u32 fold_pages(u32 table, u32 index, u64 pfn)
{
	u32 child = s2_pfn(frame[table][index]);

	//@ assert walks2 && walks3;
	//@ assert used(child, OWNER_DOM0, 3);
	/*@ assert \forall integer i; 0 <= i < 512 ==>
	      is_val(frame[child][i]) && pfn_of(frame[child][i]) == pfn + i; */
	/*@ assert \forall integer w, g; live(w) && is_gfn(g) && has2(w, g) && tab2(w, g) == table
	   && ix(g, 2) == index ==> out(w, g) == pfn + g % 512; */
	pte_write(table, index, 0);
	tlb_flush_vmid();
	pte_write(table, index, pte_leaf(pfn, S2_2M, S2_RAM_RWX));
	tlb_published();
	//@ ghost lv[child] = 0;
	/*@ assert \forall integer w, g; live(w) && is_gfn(g) && has2(w, g) && tab2(w, g) == table
	   && ix(g, 2) == index ==> leaf_level(w, g) == 2 && out(w, g) == pfn + g % 512; */
	/*@ assert \forall integer w, g; live(w) && is_gfn(g) && !(has2(w, g) &&
	      tab2(w, g) == table && ix(g, 2) == index) ==> out(w, g) == \at(out(w, g), Pre); */
	return child;
}

/*@ requires live(OWNER_DOM0) && table == s2_spaces[OWNER_DOM0].root && index < 512;
    requires pfn % 262144 == 0 && pfn + 262144 <= 0x8000000 && is_tab(frame[table][index]);
    requires \forall integer i; 0 <= i < 512 ==>
      frame[pfn_of(frame[table][index])][i] == pte(pfn + i * 512, 2, S2_RAM_RWX);
    PT_REQUIRES;
    assigns frame[table][index], lv[pfn_of(frame[table][index])];
    exits \false;
    PT_ENSURES;
    ensures frame[table][index] == pte(pfn, 1, S2_RAM_RWX);
    ensures \result == pfn_of(\old(frame[table][index])) && 0 < \result < MAX_PFN;
    ensures lv[\result] == 0 && space[\result] == OWNER_DOM0;
    ensures \old(lv[pfn_of(frame[table][index])]) != 0;
    SAME_OUT; */
static u32 fold_blocks(u32 table, u32 index, u64 pfn)
{
	u32 child = s2_pfn(frame[table][index]);

	//@ assert walks2 && walks3;
	//@ assert used(child, OWNER_DOM0, 2);
	//@ assert \forall integer g; is_gfn(g) ==> g % 262144 == (g / 512 % 512) * 512 + g % 512;
	/*@ assert \forall integer i; 0 <= i < 512 ==> is_val(frame[child][i]) &&
	      !is_tab(frame[child][i]) && pfn_of(frame[child][i]) == pfn + i * 512; */
	/*@ assert \forall integer g; is_gfn(g) && ix(g, 1) == index ==>
	      tab2(OWNER_DOM0, g) == child && leaf_level(OWNER_DOM0, g) == 2 &&
	      leaf(OWNER_DOM0, g) == frame[child][g / 512 % 512]; */
	/*@ assert \forall integer g; is_gfn(g) && ix(g, 1) == index ==>
	      out(OWNER_DOM0, g) == pfn + (g / 512 % 512) * 512 + g % 512; */
	pte_write(table, index, 0);
	tlb_flush_vmid();
	pte_write(table, index, pte_leaf(pfn, S2_1G, S2_RAM_RWX));
	tlb_published();
	//@ ghost lv[child] = 0;
	/*@ assert \forall integer g; is_gfn(g) && ix(g, 1) == index ==>
	      out(OWNER_DOM0, g) == pfn + g % 262144; */
	/*@ assert \forall integer w, g; live(w) && is_gfn(g) &&
	      !(w == OWNER_DOM0 && ix(g, 1) == index) ==> out(w, g) == \at(out(w, g), Pre); */
	return child;
}

/* Whether a table maps 512 neighbours from pfn, as dom0's RAM is mapped. */
/*@ requires table < MAX_PFN && (level == 2 || level == 3);
    requires level == 2 ==> pfn + 262144 <= 0x8000000;
    requires level == 3 ==> pfn + 512 <= 0x8000000;
    assigns \nothing;
    exits \false;
    ensures level == 2 && \result ==> \forall integer i; 0 <= i < 512 ==>
      frame[table][i] == pte(pfn + i * 512, 2, S2_RAM_RWX);
    ensures level == 3 && \result ==> \forall integer i; 0 <= i < 512 ==>
      frame[table][i] == pte(pfn + i, 3, S2_RAM_RWX); */
static bool table_is_uniform(u32 table, u64 pfn, enum s2_level level)
{
	u32 span = level_span(level);
	u64 next = pfn;
	u32 i;

	/*@ loop invariant 0 <= i <= 512 && next == pfn + i * span;
	    loop invariant \forall integer k; 0 <= k < i ==>
	      frame[table][k] == pte(pfn + k * span, level, S2_RAM_RWX);
	    loop assigns i, next;
	    loop variant 512 - i; */
	for (i = 0; i < ENTRIES; i++) {
		if (frame[table][i] != pte_leaf(next, level, S2_RAM_RWX)) {
			return false;
		}
		next += span;
	}
	return true;
}

/* Zeroes a table that is out of use, and keeps it as a spare one of dom0's. */
/*@ requires live(OWNER_DOM0) && 0 < table < MAX_PFN && lv[table] == 0;
    PT_REQUIRES;
    assigns s2_spaces[OWNER_DOM0].pool, s2_spaces[OWNER_DOM0].nr_pool, frame[table][0 .. 511],
      lv[table], space[table], up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    SAME_OUT;
    ensures lv[table] == 4 && space[table] == OWNER_DOM0; */
static void table_retire(u32 table)
{
	u32 i;

	//@ assert walks2 && walks3;
	/*@ loop invariant 0 <= i <= 512;
	    loop invariant \forall integer k; 0 <= k < i ==> frame[table][k] == 0;
	    loop assigns i, frame[table][0 .. 511];
	    loop variant 512 - i; */
	for (i = 0; i < ENTRIES; i++) {
		frame[table][i] = 0;
	}
	//@ assert \forall integer w, g; live(w) && is_gfn(g) ==> out(w, g) == \at(out(w, g), Pre);
	s2_pool_push(OWNER_DOM0, table);
}

/*@ requires live(OWNER_DOM0) && is_gfn(gfn) && (level == 1 || level == 2);
    PT_REQUIRES;
    assigns s2_spaces[OWNER_DOM0].pool, s2_spaces[OWNER_DOM0].nr_pool,
      frame[slot_table(OWNER_DOM0, gfn, level)][ix(gfn, level)],
      frame[slot_table(OWNER_DOM0, gfn, level + 1)][0 .. 511], lv[0 .. MAX_PFN - 1],
      space[0 .. MAX_PFN - 1], up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures level == 2 ==> ent1(OWNER_DOM0, gfn) == \old(ent1(OWNER_DOM0, gfn));
    SAME_OUT;
    SAME_TABLES; */
static bool fold_level(u64 gfn, enum s2_level level)
{
	u32 table = table_at(OWNER_DOM0, gfn, level);
	u32 index = level_index(gfn, level);
	u64 pfn = block_base(gfn, level);
	u64 e;

	if (table == 0) {
		return false;
	}
	e = frame[table][index];
	if (!pte_is_table(e, level) ||
	    !table_is_uniform(s2_pfn(e), pfn, level == S2_1G ? S2_2M : S2_4K)) {
		return false;
	}
	table_retire(level == S2_1G ? fold_blocks(table, index, pfn)
				    : fold_pages(table, index, pfn));
	return true;
}

void s2_fold_dom0(u64 gfn)
{
	if (fold_level(gfn, S2_2M)) {
		(void)fold_level(gfn, S2_1G);
	}
}

void s2_space_begin(u32 vm, u32 root)
{
	//@ assert walks2 && walks3;
	//@ ghost lv[root] = 1;
	//@ ghost space[root] = (u16)vm;
	s2_spaces[vm].root = root;
	s2_spaces[vm].pool = 0;
	s2_spaces[vm].nr_pool = 0;
}

void s2_unlink_all(u32 vm)
{
	u32 root = s2_spaces[vm].root;
	u32 i;

	/*@ loop invariant 0 <= i <= 512;
	    loop invariant \forall integer k; 0 <= k < i ==> frame[root][k] == 0;
	    loop invariant inv_links && inv_roots && inv_pool && inv_next && inv_empty && inv_zero;
	    loop assigns i, frame[root][0 .. 511];
	    loop variant 512 - i; */
	for (i = 0; i < ENTRIES; i++) {
		if (frame[root][i] != 0) {
			pte_write(root, i, 0);
		}
	}
	s2_spaces[vm].pool = 0;
	s2_spaces[vm].nr_pool = 0;
	/*@ ghost
	  /@ loop invariant 0 <= t <= MAX_PFN;
	     loop invariant \forall integer k; 0 <= k < t ==> lv[k] ==
	       (space[k] == vm && k != root ? 0 : \at(lv[k], Pre));
	     loop invariant \forall integer k; t <= k < MAX_PFN ==> lv[k] == \at(lv[k], Pre);
	     loop assigns t, lv[0 .. MAX_PFN - 1];
	     loop variant MAX_PFN - t; @/
	  for (u32 t = 0; t < MAX_PFN; t++) {
		if (space[t] == vm && t != root) {
			lv[t] = 0;
		}
	  } */
}

void s2_space_end(u32 vm)
{
	//@ assert walks2 && walks3;
	//@ ghost lv[s2_spaces[vm].root] = 0;
	s2_spaces[vm].root = 0;
}
