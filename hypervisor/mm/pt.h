/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage 2 tables: 4 KiB granule, 39 bits of IPA, walks start at level 1. Only
 * this file writes entries. A table is a row of frame[]; tables that are not
 * in use hang in a list per VM.
 */
#ifndef MM_PT_H
#define MM_PT_H

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

/* VTCR_EL2: RES1, PS, 4 KiB, inner shareable, write-back, SL0 = 1, T0SZ. */
u64 s2_vtcr(void);

/* VTTBR_EL2 of VM vm with its root table. */
u64 s2_vttbr(u32 vm);

/* The page or block that a valid entry maps. */
static inline u32 s2_pfn(u64 e)
{
	return (u32)((e >> PAGE_SHIFT) & (MAX_PFN - 1u));
}

/* The entry that translates gfn, and its level; 0 where nothing does. */
u64 s2_lookup(u32 vm, u64 gfn, enum s2_level *level);

/*
 * Makes sure that an entry of this level exists for gfn, from spare tables;
 * in dom0's tables it splits blocks. Needs the VM's lock. HS_ENOMEM_TABLES:
 * nothing changed; HS_EEXIST: a guest has a larger block there.
 */
enum hs_error s2_reserve(u32 vm, u64 gfn, enum s2_level level) MUST_USE;

/* Whether gfn is free at this level: all below it unmapped. Needs the lock. */
bool s2_is_absent(u32 vm, u64 gfn, enum s2_level level);

/* Writes the reserved entry. Needs the lock, cannot fail. */
void s2_set(u32 vm, u64 gfn, enum s2_level level, u64 pfn, u64 attrs);

/* Clears the entry of this level, without TLB maintenance. Needs the lock. */
void s2_clear(u32 vm, u64 gfn, enum s2_level level);

/*
 * dom0: if the table that gfn's page lies in is all one identity map again,
 * makes it a block, and its table page spare. Needs host_lock.
 */
void s2_fold_dom0(u64 gfn);

/*
 * Empties the root and the list of spare tables of a VM that is over. Needs the
 * lock; TLBs were flushed and nothing walks there any more.
 */
void s2_unlink_all(u32 vm);

/* Gives VM vm a zeroed page as a spare table / takes a spare one; false: none. */
void s2_pool_push(u32 vm, u32 pfn);
bool s2_pool_pop(u32 vm, u32 *pfn);

/*
 * Takes a spare table of dom0's that dom0 has donated, not one of the
 * hypervisor's own, which it always keeps. Needs host_lock.
 */
bool s2_pool_take_donated(u32 *pfn) MUST_USE;
/* Whether s2_reserve() would succeed; changes nothing. Needs the lock. */
enum hs_error s2_can_reserve(u32 vm, u64 gfn, enum s2_level level) MUST_USE;

/* Maps [start, end) pages of dom0 identically with large blocks. Boot only. */
void s2_map_boot(u64 start, u64 end, u64 attrs);

#endif
