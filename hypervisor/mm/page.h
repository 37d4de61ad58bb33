/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One word for each page of RAM: who owns it and what it is used for. The
 * words are the truth; stage 2 tables follow them. Only mm/own.c writes them.
 */
#ifndef MM_PAGE_H
#define MM_PAGE_H

#include "lib/types.h"
#include "mm/layout.h"

#define OWNER_DOM0 0u	   /* VM 0; 1..255 are guests */
#define OWNER_CORE 0xfffeu /* the hypervisor, or in transit */

enum page_kind {
	KIND_RAM = 0,
	KIND_IMAGE,   /* RAM of a guest, part of its boot images */
	KIND_SHARED,  /* RAM of a guest that dom0 may map (MEM_SHARE) */
	KIND_TABLE,   /* stage 2 table, in use or spare */
	KIND_VM,      /* struct vm_data */
	KIND_VCPU,    /* struct vcpu */
	KIND_TRANSIT, /* between two owners, being zeroed */
	KIND_CORE,    /* the hypervisor's own, for ever */
};

struct page {
	u16 owner;
	u8 kind;
	u8 shares; /* mappings that dom0 has of a page that is not its own */
	u32 gfn;   /* where the owner has it mapped, if it is a guest */
};

_Static_assert(sizeof(struct page) == 8, "0.2 % of memory");

/* Placed by the linker script, backed at boot where there is RAM. */
extern struct page page[MAX_PFN];
extern u64 frame[MAX_PFN][512];

#define MAX_RAM_BANKS 8u

struct ram_bank {
	u32 start; /* pfn */
	u32 end;   /* pfn behind the last page */
};

extern struct ram_bank ram_banks[MAX_RAM_BANKS];
extern u32 nr_ram_banks;

/*@ predicate banks_ok =
      nr_ram_banks <= MAX_RAM_BANKS &&
      \forall integer i; 0 <= i < nr_ram_banks ==>
	ram_banks[i].start <= ram_banks[i].end <= MAX_PFN;

    predicate ram_range(integer pfn, integer n) =
      \exists integer i; 0 <= i < nr_ram_banks &&
	ram_banks[i].start <= pfn < ram_banks[i].end && n <= ram_banks[i].end - pfn;
*/

/* Whether page[pfn] and frame[pfn] exist. */
/*@ requires banks_ok;
    assigns \nothing;
    exits \false;
    ensures \result <==> ram_range(pfn, 1);
    ensures \result ==> pfn < MAX_PFN; */
bool pfn_is_ram(u64 pfn);
/* The same for n pages in a row. */
/*@ requires banks_ok;
    assigns \nothing;
    exits \false;
    ensures \result <==> ram_range(pfn, n);
    ensures \result ==> pfn <= MAX_PFN - n; */
bool pfn_range_is_ram(u64 pfn, u64 n);

#endif
