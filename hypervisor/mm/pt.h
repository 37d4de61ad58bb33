/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage 2 tables: 4 KiB granule, 39 bits of IPA, walks start at level 1. Only
 * this file writes entries. A table is a row of frame[]; tables that are not
 * in use hang in a list per VM.
 */
#ifndef MM_PT_H
#define MM_PT_H

#include "cpu/features.h"
#include "lib/types.h"
#include "mm/layout.h"
#include "public/homestead.h"

#ifndef S2_SPACES      /* fewer for the explorer */
#define S2_SPACES 256u /* one for each 8-bit VMID; 0 is dom0's */
#endif

struct s2_space {    /* under the VM's lock; dom0's under host_lock */
	u32 root;    /* pfn of the level 1 table */
	u32 pool;    /* first spare table, linked through word 0 */
	u32 nr_pool; /* spare tables */
};

extern struct s2_space s2_spaces[S2_SPACES];

#define S2_IPA_BITS 39u
#define S2_MAX_GFN (1ull << (S2_IPA_BITS - PAGE_SHIFT))

/* Levels, by what one entry maps. */
enum s2_level { S2_1G = 1, S2_2M = 2, S2_4K = 3 };

/* The level that maps a donation of this order (HS_ORDER_PAGE or HS_ORDER_BLOCK). */
/*@ assigns \nothing;
    exits \false;
    ensures \result == (order == HS_ORDER_BLOCK ? S2_2M : S2_4K); */
static inline enum s2_level s2_level_of(u32 order)
{
	return order == HS_ORDER_BLOCK ? S2_2M : S2_4K;
}

/* Pages of such a donation. */
/*@ assigns \nothing;
    exits \false;
    ensures \result == (order == HS_ORDER_BLOCK ? 512 : 1); */
static inline u32 s2_pages_of(u32 order)
{
	return order == HS_ORDER_BLOCK ? BLOCK_PAGES : 1u;
}

/* Stage 2 descriptor attributes (Arm ARM D8.3.2): normal write-back, AF. */
#define S2_VALID 0x1ull
#define S2_TABLE 0x2ull
#define S2_AF BIT(10)
#define S2_SH_INNER (3ull << 8)
#define S2_R BIT(6)
#define S2_W BIT(7)
#define S2_NORMAL (0xfull << 2)
#define S2_XN BIT(54)
#define S2_RAM_RWX (S2_VALID | S2_NORMAL | S2_R | S2_W | S2_SH_INNER | S2_AF)
#define S2_DEVICE_RW (S2_RAM_RWX | S2_XN)

#include "mm/pt_logic.h"

/* VTCR_EL2: RES1, PS, 4 KiB, inner shareable, write-back, SL0 = 1, T0SZ. */
/*@ requires features.pa_range <= 5;
    assigns \nothing;
    ensures \result % 64 == 64 - S2_IPA_BITS; */
u64 s2_vtcr(void);

/* VTTBR_EL2 of VM vm with its root table. */
/*@ requires vm < S2_SPACES;
    assigns \nothing;
    exits \false;
    ensures s2_spaces[vm].root < MAX_PFN ==>
      \result % 0x1000000000000 / 4096 == s2_spaces[vm].root; */
u64 s2_vttbr(u32 vm);

/* The page or block that a valid entry maps. */
/*@ assigns \nothing;
    exits \false;
    ensures \result == pfn_of(e); */
static inline u32 s2_pfn(u64 e)
{
	return (u32)(e / PAGE_SIZE % S2_MAX_GFN);
}

/* The entry that translates gfn, and its level; 0 where nothing does. */
/*@ requires live(vm) && is_gfn(gfn) && \valid(level);
    requires \separated(level, &frame[0 .. MAX_PFN - 1][0 .. 511], &s2_spaces[0 .. S2_SPACES - 1]);
    PT_REQUIRES;
    assigns *level;
    exits \false;
    ensures \result == leaf(vm, gfn) && *level == leaf_level(vm, gfn);
    ensures 1 <= *level <= 3 && reserved(vm, gfn, *level); */
u64 s2_lookup(u32 vm, u64 gfn, enum s2_level *level);

/* The page that gfn translates to; NO_PFN: none. Needs the VM's lock. */
#define NO_PFN 0xffffffffu
/*@ requires live(vm) && is_gfn(gfn);
    PT_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures out(vm, gfn) != -1 ==> \result == out(vm, gfn);
    ensures out(vm, gfn) == -1 ==> \result == NO_PFN; */
u32 s2_page_at(u32 vm, u64 gfn);

/*
 * Makes sure that an entry of this level exists for gfn, from spare tables;
 * in dom0's tables it splits blocks. Needs the VM's lock. HS_ENOMEM_TABLES:
 * nothing changed; HS_EEXIST: a guest has a larger block there.
 */
/*@ requires live(vm) && is_gfn(gfn) && 1 <= level <= 3;
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[s2_spaces[vm].root][ix(gfn, 1)],
      frame[tab2(vm, gfn)][ix(gfn, 2)], frame[s2_spaces[vm].pool][0 .. 511],
      frame[frame[s2_spaces[vm].pool][0]][0 .. 511], lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1],
      up[0 .. MAX_PFN - 1], at[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures \result == HS_OK || \result == HS_EEXIST || \result == HS_ENOMEM_TABLES;
    ensures \result == HS_OK ==> reserved(vm, gfn, level);
    ensures \result == HS_OK && \old(leaf_level(vm, gfn)) <= level ==>
      leaf_level(vm, gfn) == level;
    SAME_OUT;
    SAME_RESERVED;
    SAME_TABLES; */
enum hs_error s2_reserve(u32 vm, u64 gfn, enum s2_level level) MUST_USE;

/* Whether gfn is free at this level: all below it unmapped. Needs the lock. */
/*@ requires live(vm) && is_gfn(gfn) && (level == 2 || level == 3);
    PT_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures level == 3 ==> (\result <==> leaf(vm, gfn) == 0);
    ensures level == 2 && \result ==> \forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==>
      leaf(vm, g) == 0;
    ensures \result && leaf_level(vm, gfn) > level ==> \forall integer i; 0 <= i < 512 ==>
      frame[tab3(vm, gfn)][i] == 0; */
bool s2_is_absent(u32 vm, u64 gfn, enum s2_level level);

/*
 * Makes sure that an entry of this level can be written for gfn, and that nothing
 * is mapped where it maps. Needs the lock. HS_EEXIST: something is; else as
 * s2_reserve().
 */
/*@ requires live(vm) && is_gfn(gfn) && (level == 2 || level == 3);
    PT_REQUIRES;
    assigns S2_TABLES(vm);
    exits \false;
    PT_ENSURES;
    ensures \result == HS_OK || \result == HS_EEXIST || \result == HS_ENOMEM_TABLES;
    ensures \result == HS_OK ==> room(vm, gfn, level) && leaf(vm, gfn) == 0;
    ensures level == 2 && \result == HS_OK ==> \forall integer g;
      is_gfn(g) && g / 512 == gfn / 512 ==> out(vm, g) == -1;
    SAME_OUT;
    SAME_TABLES; */
enum hs_error s2_make_room(u32 vm, u64 gfn, enum s2_level level) MUST_USE;

/* Writes the entry that there is room for. Needs the lock, cannot fail. */
/*@ requires live(vm) && is_gfn(gfn) && 1 <= level <= 3 && room(vm, gfn, level);
    requires pfn < 0x8000000 && attrs < 0x80000000000000 && attrs % 4 == 1;
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool,
      frame[slot_table(vm, gfn, level)][ix(gfn, level)], frame[tab3(vm, gfn)][0],
      lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1], up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures leaf(vm, gfn) == pte(pfn, level, attrs) && leaf_level(vm, gfn) == level;
    ensures level == 2 ==> ALL_OF_BLOCK(pte(pfn, level, attrs));
    LEAVES_BUT_LEVEL;
    SAME_TABLES; */
void s2_set(u32 vm, u64 gfn, enum s2_level level, u64 pfn, u64 attrs);

/* Clears the entry of this level, without TLB maintenance. Needs the lock. */
/*@ requires live(vm) && is_gfn(gfn) && 1 <= level <= 3;
    requires reserved(vm, gfn, level) && leaf_level(vm, gfn) == level;
    PT_REQUIRES;
    assigns frame[slot_table(vm, gfn, level)][ix(gfn, level)];
    exits \false;
    PT_ENSURES;
    ensures leaf(vm, gfn) == 0 && leaf_level(vm, gfn) == level;
    ensures level == 2 ==> ALL_OF_BLOCK(0);
    LEAVES_BUT_LEVEL; */
void s2_clear(u32 vm, u64 gfn, enum s2_level level);

/*
 * dom0: if the table that gfn's page lies in is all one identity map again,
 * makes it a block, and its table page spare. Needs host_lock.
 */
/*@ requires live(OWNER_DOM0) && is_gfn(gfn);
    PT_REQUIRES;
    assigns s2_spaces[OWNER_DOM0].pool, s2_spaces[OWNER_DOM0].nr_pool,
      frame[s2_spaces[OWNER_DOM0].root][ix(gfn, 1)], frame[tab2(OWNER_DOM0, gfn)][0 .. 511],
      frame[tab3(OWNER_DOM0, gfn)][0 .. 511], lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1],
      up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    SAME_OUT;
    SAME_TABLES; */
void s2_fold_dom0(u64 gfn);

/* Starts a VM's space with a zeroed page as its root: nothing is mapped. Needs the lock. */
/*@ requires 0 < vm < S2_SPACES && unused(root) && !live(vm);
    PT_REQUIRES;
    assigns s2_spaces[vm], lv[root], space[root];
    exits \false;
    PT_ENSURES;
    ensures live(vm) && s2_spaces[vm].root == root;
    ensures used(root, vm, 1);
    ensures \forall integer g; is_gfn(g) ==> leaf(vm, g) == 0;
    OTHERS_KEEP; */
void s2_space_begin(u32 vm, u32 root);

/*
 * Empties the root and the list of spare tables of a VM that is over: its root is
 * its only table. Needs the lock; TLBs were flushed and nothing walks there any more.
 */
/*@ requires live(vm);
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[s2_spaces[vm].root][0 .. 511],
      lv[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures \forall integer g; is_gfn(g) ==> leaf(vm, g) == 0;
    ensures \forall integer t; 0 < t < MAX_PFN ==> lv[t] ==
      (space[t] == vm && t != s2_spaces[vm].root ? 0 : \old(lv[t]));
    ensures s2_spaces[vm].pool == 0;
    OTHERS_KEEP; */
void s2_unlink_all(u32 vm);

/* Ends it: the root is no table any more. Needs the lock. */
/*@ requires live(vm);
    PT_REQUIRES;
    assigns s2_spaces[vm].root, lv[s2_spaces[vm].root];
    exits \false;
    PT_ENSURES;
    ensures !live(vm) && lv[\old(s2_spaces[vm].root)] == 0;
    OTHERS_KEEP; */
void s2_space_end(u32 vm);

/* Zeroes a page that is no table: no walk comes to it. */
/*@ requires pfn < MAX_PFN && lv[pfn] == 0;
    PT_REQUIRES;
    assigns frame[pfn][0 .. 511];
    exits \false;
    PT_ENSURES;
    SAME_OUT;
    ensures \forall integer i; 0 <= i < 512 ==> frame[pfn][i] == 0; */
void page_zero(u64 pfn);

/* Gives VM vm a zeroed page as a spare table. Needs the lock. */
/*@ requires vm < S2_SPACES && unused(pfn);
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[pfn][0], lv[pfn], space[pfn],
      up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures s2_spaces[vm].pool == pfn;
    SAME_LEAVES;
    SAME_OUT;
    SAME_RESERVED; */
void s2_pool_push(u32 vm, u32 pfn);

/* Takes a spare one, zeroed; 0: none. Needs the lock. */
/*@ requires vm < S2_SPACES;
    PT_REQUIRES;
    assigns s2_spaces[vm].pool, s2_spaces[vm].nr_pool, frame[s2_spaces[vm].pool][0],
      lv[s2_spaces[vm].pool], up[0 .. MAX_PFN - 1];
    exits \false;
    PT_ENSURES;
    ensures \result == \old(s2_spaces[vm].pool);
    ensures \result != 0 ==> unused(\result) &&
      s2_spaces[vm].pool == \old(frame[s2_spaces[vm].pool][0]);
    ensures \old(has_spares(vm, 2)) ==> has_spares(vm, 1);
    ensures \forall integer t; 0 < t < MAX_PFN && t != \result ==>
      frame[t][0] == \old(frame[t][0]) && lv[t] == \old(lv[t]);
    SAME_LEAVES;
    SAME_OUT;
    SAME_RESERVED; */
u32 s2_pool_pop(u32 vm);

/* Whether s2_reserve() would succeed; changes nothing. Needs the lock. */
/*@ requires live(vm) && is_gfn(gfn) && 1 <= level <= 3;
    PT_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures \result == HS_OK || \result == HS_EEXIST || \result == HS_ENOMEM_TABLES;
    ensures \result == HS_OK ==> reserved(vm, gfn, level) ||
      (has_spares(vm, level - leaf_level(vm, gfn)) && leaf_level(vm, gfn) < level &&
       splittable(vm, gfn, leaf_level(vm, gfn), raw(vm, gfn)));
    ensures \result == HS_EEXIST ==> leaf(vm, gfn) != 0 && leaf_level(vm, gfn) < level; */
enum hs_error s2_can_reserve(u32 vm, u64 gfn, enum s2_level level) MUST_USE;

#endif
