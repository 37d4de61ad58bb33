/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the provers know of stage 2 tables; nothing for the compiler. Ghost words
 * say of each page that is a table whose it is, its level, and where the entry
 * lies that links it: so no two entries link the same table.
 */
#ifndef MM_PT_LOGIC_H
#define MM_PT_LOGIC_H

#include "mm/page.h"
#include "mm/pt.h"

//@ ghost u8 lv[MAX_PFN]; /* 0: no table; 1..3: level, in use; 4: spare */
//@ ghost u16 space[MAX_PFN]; /* whose table: an index of s2_spaces[] */
//@ ghost u32 up[MAX_PFN]; /* in use: its parent; spare: the one before it in the list, or 0 */
//@ ghost u32 at[MAX_PFN]; /* in use: the index in the parent */

/*@ logic integer ix(integer g, integer l) =
      l == 1 ? (g / 262144) % 512 : l == 2 ? (g / 512) % 512 : g % 512;
    predicate is_tab(integer e) = e % 4 == 3;
    predicate is_val(integer e) = e % 2 == 1;
    logic integer pfn_of(integer e) = (e / 4096) % 0x8000000;
    logic integer pte(integer pfn, integer l, integer attrs) =
      pfn * 4096 + attrs + (l == 3 ? 2 : 0);

    predicate used{L}(integer t, integer vm, integer l) =
      0 < t < MAX_PFN && lv[t] == l && space[t] == vm;
    predicate spare{L}(integer t, integer vm) = used(t, vm, 4);
    predicate unused{L}(integer t) =
      0 < t < MAX_PFN && lv[t] == 0 && \forall integer i; 0 <= i < 512 ==> frame[t][i] == 0;

    predicate inv_links{L} = \forall integer t, i;
      0 < t < MAX_PFN && 1 <= lv[t] < 3 && 0 <= i < 512 && is_tab(frame[t][i]) ==>
      used(pfn_of(frame[t][i]), space[t], lv[t] + 1) && up[pfn_of(frame[t][i])] == t &&
      at[pfn_of(frame[t][i])] == i;
    predicate inv_roots{L} = \forall integer vm; 0 <= vm < S2_SPACES && s2_spaces[vm].root != 0 ==>
      used(s2_spaces[vm].root, vm, 1);
    predicate inv_pool{L} = \forall integer vm; 0 <= vm < S2_SPACES && s2_spaces[vm].pool != 0 ==>
      spare(s2_spaces[vm].pool, vm) && up[s2_spaces[vm].pool] == 0;
    predicate inv_next{L} = \forall integer t; 0 < t < MAX_PFN && lv[t] == 4 && frame[t][0] != 0 ==>
      spare(frame[t][0], space[t]) && up[frame[t][0]] == t;
    predicate inv_empty{L} = \forall integer t, i;
      0 < t < MAX_PFN && lv[t] == 4 && 1 <= i < 512 ==> frame[t][i] == 0;
    predicate inv_zero{L} = \forall integer t, i;
      0 < t < MAX_PFN && 1 <= lv[t] <= 3 && 0 <= i < 512 && !is_val(frame[t][i]) ==>
      frame[t][i] == 0;

    predicate live{L}(integer vm) = 0 <= vm < S2_SPACES && s2_spaces[vm].root != 0;
    predicate is_gfn(integer g) = 0 <= g < 0x8000000;

    logic integer ent1{L}(integer vm, integer g) = frame[s2_spaces[vm].root][ix(g, 1)];
    logic integer tab2{L}(integer vm, integer g) = pfn_of(ent1(vm, g));
    logic integer ent2{L}(integer vm, integer g) = frame[tab2(vm, g)][ix(g, 2)];
    logic integer tab3{L}(integer vm, integer g) = pfn_of(ent2(vm, g));
    logic integer ent3{L}(integer vm, integer g) = frame[tab3(vm, g)][ix(g, 3)];
    predicate has2{L}(integer vm, integer g) = is_tab(ent1(vm, g));
    predicate has3{L}(integer vm, integer g) = has2(vm, g) && is_tab(ent2(vm, g));
    logic integer leaf_level{L}(integer vm, integer g) =
      ent1(vm, g) % 4 != 3 ? 1 : ent2(vm, g) % 4 != 3 ? 2 : 3;
    logic integer raw{L}(integer vm, integer g) =
      ent1(vm, g) % 4 != 3 ? ent1(vm, g) : ent2(vm, g) % 4 != 3 ? ent2(vm, g) : ent3(vm, g);
    logic integer leaf{L}(integer vm, integer g) = raw(vm, g) % 2 == 1 ? raw(vm, g) : 0;

    // what the links say of whole walks: asserted before an entry is written
    predicate walks2{L} = \forall integer w, g; live(w) && is_gfn(g) && has2(w, g) ==>
      used(tab2(w, g), w, 2) && up[tab2(w, g)] == s2_spaces[w].root && at[tab2(w, g)] == ix(g, 1);
    predicate walks3{L} = \forall integer w, g; live(w) && is_gfn(g) && has3(w, g) ==>
      used(tab3(w, g), w, 3) && up[tab3(w, g)] == tab2(w, g) && at[tab3(w, g)] == ix(g, 2);

    // what g translates to; -1: nothing
    logic integer out{L}(integer vm, integer g) = leaf(vm, g) == 0 ? -1 :
      leaf_level(vm, g) == 1 ? pfn_of(leaf(vm, g)) + g % 262144 :
      leaf_level(vm, g) == 2 ? pfn_of(leaf(vm, g)) + g % 512 : pfn_of(leaf(vm, g));

    predicate reserved{L}(integer vm, integer g, integer l) =
      l == 1 || (l == 2 && has2(vm, g)) || (l == 3 && has3(vm, g));
    logic integer slot_table{L}(integer vm, integer g, integer l) =
      l == 1 ? s2_spaces[vm].root : l == 2 ? tab2(vm, g) : tab3(vm, g);
    logic integer base(integer g, integer l) = l == 1 ? g - g % 262144 : g - g % 512;
    // an entry that is a table, or could become one: empty, or a block of dom0's RAM
    predicate splittable(integer vm, integer g, integer l, integer e) =
      is_tab(e) || e == 0 || (vm == OWNER_DOM0 && e == pte(base(g, l), l, S2_RAM_RWX));
    // an entry of this level can be written for g, and nothing smaller gets lost
    predicate room{L}(integer vm, integer g, integer l) = reserved(vm, g, l) &&
      (leaf_level(vm, g) <= l ||
       (l == 2 && \forall integer i; 0 <= i < 512 ==> frame[tab3(vm, g)][i] == 0));
    predicate has_spares{L}(integer vm, integer n) =
      n == 0 || (s2_spaces[vm].pool != 0 && (n == 1 || frame[s2_spaces[vm].pool][0] != 0));
*/

/* Parts of contracts that occur often. */
/* clang-format off */
#define PT_REQUIRES \
	requires inv_links; requires inv_roots; requires inv_pool; requires inv_next; \
	requires inv_empty; requires inv_zero
#define PT_ENSURES \
	ensures inv_links; ensures inv_roots; ensures inv_pool; ensures inv_next; \
	ensures inv_empty; ensures inv_zero
/* The same as one goal, where it is what another function said: WP simplifies all paths once for a goal. */
#define PT_ENSURES_AT_ONCE \
	ensures inv_links && inv_roots && inv_pool && inv_next && inv_empty && inv_zero
/* No translation changes: the entry that translates, or what it says. */
#define SAME_LEAVES \
	ensures \forall integer w, g; live(w) && is_gfn(g) ==> leaf(w, g) == \old(leaf(w, g))
#define SAME_OUT \
	ensures \forall integer w, g; live(w) && is_gfn(g) ==> out(w, g) == \old(out(w, g))
/* What a change of one space may write. */
#define S2_TABLES(vm) \
	s2_spaces[vm].pool, s2_spaces[vm].nr_pool, ((u64 *)frame)[0 .. MAX_PFN * 512 - 1], \
	lv[0 .. MAX_PFN - 1], space[0 .. MAX_PFN - 1], up[0 .. MAX_PFN - 1], at[0 .. MAX_PFN - 1]
/* Nothing changes for the others. */
#define OTHERS_KEEP \
	ensures \forall integer w, g; w != vm && live(w) && is_gfn(g) ==> \
		out(w, g) == \old(out(w, g))
/* Who is a table, and whose, stays. */
#define SAME_TABLES \
	ensures \forall integer t; 0 < t < MAX_PFN ==> \
		(lv[t] != 0 <==> \old(lv[t]) != 0) && \
		(lv[t] != 0 ==> space[t] == \old(space[t]))
/* What was there on the way to an entry is there still. */
#define SAME_RESERVED \
	ensures \forall integer w, g; live(w) && is_gfn(g) && \old(has2(w, g)) ==> \
		has2(w, g) && tab2(w, g) == \old(tab2(w, g)); \
	ensures \forall integer w, g; live(w) && is_gfn(g) && \old(has3(w, g)) ==> has3(w, g)
/* Nothing changes but what the entry of gfn at this level translates. */
#define LEAVES_BUT(span) \
	\forall integer w, g; live(w) && is_gfn(g) && !(w == vm && g / span == gfn / span) ==> \
		leaf(w, g) == \old(leaf(w, g)) && out(w, g) == \old(out(w, g))
/* What an entry of 2 MiB says is said of all its pages. */
#define ALL_OF_BLOCK(e) \
	\forall integer g; is_gfn(g) && g / 512 == gfn / 512 ==> \
		leaf(vm, g) == e && leaf_level(vm, g) == 2
#define LEAVES_BUT_LEVEL \
	ensures level == 3 ==> LEAVES_BUT(1); \
	ensures level == 2 ==> LEAVES_BUT(512); \
	ensures level == 1 ==> LEAVES_BUT(262144)
/* clang-format on */

#endif
