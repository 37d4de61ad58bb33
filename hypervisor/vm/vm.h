/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual machines: life cycle and memory. VM 0 is dom0. The index is the VMID
 * (8 bits, which every Armv8 processor has); it is free again when the VM's
 * last page is back.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "cpu/cpu.h"
#include "crypto/sha256.h"
#include "gic/vgic.h"
#include "arch/spinlock.h"
#include "lib/types.h"
#include "mm/host.h"
#include "mm/own.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "public/homestead.h"

#define MAX_VMS S2_SPACES

/*
 * A donation or reclaim that is longer than one hypercall may be: the pages are
 * in transit, the first ones are zeroed already; or, of boot images, they are
 * the VM's and the first ones are hashed. The VM refuses others meanwhile.
 */
enum vm_work_kind { WORK_NONE, WORK_DONATE, WORK_HASH, WORK_RECLAIM };

struct vm_work {
	enum vm_work_kind kind;
	bool busy; /* a CPU is at a piece, outside the lock */
	u32 order;
	u32 done; /* pages; WORK_HASH: bytes */
	u64 pfn, gfn, flags;
};

struct vm {
	struct spinlock lock; /* all but what is marked atomic */
	u32 state;	      /* enum hs_vm_state, atomic */
	u32 flags;	      /* HS_VM_*, fixed at creation */
	u32 data;	      /* pfn of struct vm_data */
	u32 nr_vcpus;	      /* fixed at creation */
	u32 vcpu_pfn[HS_MAX_VCPUS];
	u32 ram_pages; /* size of the guest's RAM */
	u32 nr_ram;    /* pages of it that are populated */
	u32 nr_shared; /* of those, offered to dom0 by MEM_SHARE */
	u32 nr_pages;  /* all pages that the VM owns */
	u32 users;     /* lock-free users of its pages (vm_pin), atomic */
	u32 quiesced;  /* powered off, no vCPU active, TLBs flushed */
	struct vm_work work;
	struct sha256 sha; /* vm/measure.c: the boot images so far */
	u32 measured;	   /* measurement is fixed: images are complete */
	u8 measurement[SHA256_SIZE];
	u64 cntvoff;		/* guest's CNTVCT = CNTPCT - cntvoff */
	u8 last_vcpu[MAX_CPUS]; /* vCPU + 1 that each CPU ran last */
};

extern struct vm vms[MAX_VMS];

/*@ predicate inv_vcpus = \forall integer m, i; 0 <= m < MAX_VMS && 0 <= i < HS_MAX_VCPUS ==>
      vms[m].vcpu_pfn[i] < MAX_PFN;
    predicate inv_sizes = \forall integer m; 0 <= m < MAX_VMS ==>
      vms[m].nr_vcpus <= HS_MAX_VCPUS && vms[m].ram_pages <= HS_GUEST_RAM_MAX / 4096;
    // what a guest has mapped is its own RAM, and at this place
    predicate vm_iso{L} = \forall integer w, g;
      0 < w < MAX_VMS && live(w) && is_gfn(g) && out(w, g) != -1 ==>
      0 <= out(w, g) < MAX_PFN && is_guest_ram(out(w, g), w) && page[out(w, g)].gfn == g;
    predicate has_vcpu(integer vm, integer id) =
      0 <= id < vms[vm].nr_vcpus && vms[vm].vcpu_pfn[id] != 0;
*/
/* clang-format off */
#define VM_REQUIRES requires 0 < vm < MAX_VMS; requires inv_vcpus; requires inv_sizes
#define SHARE_REQUIRES \
	VM_REQUIRES; requires live(vm); requires vm_iso; HOST_REQUIRES
/* Of the words of pages only their kind changes; nothing does if there is an error. */
#define SAME_BUT_KIND \
	\forall integer p; 0 <= p < MAX_PFN ==> page[p].owner == \at(page[p].owner, Pre) && \
		page[p].shares == \at(page[p].shares, Pre) && \
		page[p].gfn == \at(page[p].gfn, Pre)
#define SHARE_ENSURES \
	ensures vm_iso; HOST_ENSURES; ensures SAME_BUT_KIND; \
	ensures \result != HS_OK ==> vms[vm].nr_shared == \old(vms[vm].nr_shared) && \
		\forall integer p; 0 <= p < MAX_PFN ==> page[p] == \old(page[p])
#define SHARE_SEPARATED(p) \
	\separated(p, &vms[0 .. MAX_VMS - 1], &page[0 .. MAX_PFN - 1], \
		   ((u64 *)frame) + (0 .. MAX_PFN * 512 - 1), &s2_spaces[0 .. S2_SPACES - 1], \
		   &host_lock)
#define VM_ENSURES ensures inv_vcpus; ensures inv_sizes
/* clang-format on */

extern struct spinlock vm_table_lock; /* which entries of vms[] are UNUSED */

/*@ requires vm < MAX_VMS && vms[vm].data < MAX_PFN;
    assigns \nothing;
    exits \false;
    ensures \result == &vm_data_frame[vms[vm].data]; */
static inline struct vm_data *vm_data(u32 vm)
{
	return &vm_data_frame[vms[vm].data];
}

/*
 * Makes a VM of two pages of dom0 (struct vm_data, root table), with so much
 * RAM at HS_GUEST_RAM_BASE and nr_vcpus vCPUs; *vm is its number.
 * HS_ELIMIT: no VMID is free. Others as host_page_take().
 */
enum hs_error vm_create(u64 flags, u64 ram_size, u64 nr_vcpus, u64 data_pfn, u64 root_pfn, u32 *vm);

/*@ requires vm < MAX_VMS;
    assigns \nothing;
    exits \false;
    ensures \result <==> vms[vm].flags % 2 == 1; */
static inline bool vm_is_protected(u32 vm)
{
	return vms[vm].flags % (2u * HS_VM_PROTECTED) / HS_VM_PROTECTED == 1u;
}

/*
 * READY => VERIFIED: the images are complete, vCPU 0 starts inside one, and the
 * owner's signature of the measurement holds where one is needed. sig: r and s
 * in 8 words as in memory, or zeros. HS_EAGAIN: call again with the same.
 */
enum hs_error vm_verify(u32 vm, const u64 sig[8]);

/*
 * => POWEROFF, and waits for nobody: HS_EBUSY while a vCPU is active. After
 * HS_OK its pages may be reclaimed.
 */
enum hs_error vm_destroy(u32 vm);

/* A guest's own way to POWEROFF. */
void vm_power_off(u32 vm);

/* Whether vm is the number of a guest VM, in whatever state. */
bool vm_exists(u64 vm);

/*
 * Keeps the pages of a VM that is READY or VERIFIED where they are, without a
 * lock: vm_destroy() says HS_EBUSY meanwhile. HS_ENOENT: no such VM; HS_ESTATE:
 * it is POWEROFF. Short uses only.
 */
enum hs_error vm_pin(u64 vm) MUST_USE;
void vm_unpin(u64 vm);

/*
 * dom0 => VM: 2^order pages at gfn. HS_EAGAIN: call again with the same
 * arguments; HS_EBUSY: another one is not finished.
 */
enum hs_error vm_donate(u32 vm, u64 pfn, u64 gfn, u32 order, u64 flags);

/*
 * A guest's own calls (vm/share.c): n pages from gfn may be mapped by dom0, or
 * no longer. Ordinary VMs: nothing to do. HS_ENOENT: *missing has no page yet;
 * HS_EEXIST: shared already; HS_EPERM: not shared; HS_EBUSY: dom0 has one mapped.
 */
#define SHARE_MAX 64u
/*@ SHARE_REQUIRES;
    requires \valid(missing) && SHARE_SEPARATED(missing);
    assigns vms[vm].lock, vms[vm].nr_shared, page[0 .. MAX_PFN - 1], *missing;
    exits \false;
    SHARE_ENSURES;
    ensures \forall integer p; 0 <= p < MAX_PFN && page[p].kind != \old(page[p].kind) ==>
      page[p].owner == vm && page[p].kind == KIND_SHARED && \result == HS_OK;
    ensures \result == HS_OK && vms[vm].flags % 2 == 1 ==> \forall integer g;
      gfn <= g < gfn + n ==> leaf(vm, g) != 0 && page[out(vm, g)].kind == KIND_SHARED; */
enum hs_error vm_share(u32 vm, u64 gfn, u64 n, u32 *missing);
/*@ SHARE_REQUIRES;
    assigns vms[vm].lock, vms[vm].nr_shared, page[0 .. MAX_PFN - 1];
    exits \false;
    SHARE_ENSURES;
    ensures \forall integer p; 0 <= p < MAX_PFN && page[p].kind != \old(page[p].kind) ==>
      page[p].owner == vm && page[p].shares == 0 && page[p].kind == KIND_RAM && \result == HS_OK; */
enum hs_error vm_unshare(u32 vm, u64 gfn, u64 n);

/* dom0 maps a page that the guest shares (*pfn says which), or drops it. */
/*@ SHARE_REQUIRES;
    requires \valid(pfn) && SHARE_SEPARATED(pfn);
    assigns vms[vm].lock, *pfn, HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    ensures vm_iso;
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_VERIFIED && \old(leaf(vm, gfn)) != 0 &&
      *pfn == \old(out(vm, gfn)) && page[*pfn].owner == vm && page[*pfn].kind == KIND_SHARED &&
      page[*pfn].shares == \old(page[out(vm, gfn)].shares) + 1;
    ensures \forall integer p; 0 <= p < MAX_PFN && !(\result == HS_OK && p == *pfn) ==>
      page[p] == \old(page[p]); */
enum hs_error vm_map_shared(u32 vm, u64 gfn, u32 *pfn);
/*@ SHARE_REQUIRES;
    requires banks_ok;
    assigns vms[vm].lock, HOST_ASSIGNS;
    exits \false;
    HOST_ENSURES;
    ensures vm_iso;
    ensures \result == HS_OK ==> pfn < MAX_PFN && page[pfn].owner == vm &&
      page[pfn].shares == \old(page[pfn].shares) - 1;
    ensures \forall integer p; 0 <= p < MAX_PFN && !(\result == HS_OK && p == pfn) ==>
      page[p] == \old(page[p]); */
enum hs_error vm_unmap_shared(u32 vm, u64 pfn);

/* The page at gfn of the VM's RAM; NO_PFN: none. Needs the VM's lock. */
#define NO_PFN 0xffffffffu
/*@ SHARE_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures is_gfn(gfn) && leaf(vm, gfn) != 0 ==> \result == out(vm, gfn) && \result < MAX_PFN;
    ensures !(is_gfn(gfn) && leaf(vm, gfn) != 0) ==> \result == NO_PFN; */
u32 vm_page_at(u32 vm, u64 gfn);

/*
 * Before the machine goes down or dom0 goes off: no vCPU runs any more, and no
 * page of a VM keeps anything. Waits for other CPUs, for a limited time.
 */
void vm_stop_all(void);

/* dom0 => spare table of VM vm (0: of dom0's own stage 2). */
enum hs_error vm_topup(u32 vm, u64 pfn);

/*
 * VM => dom0, zeroed, when the VM is quiesced; the last one frees the VMID.
 * HS_EAGAIN and HS_EBUSY as above.
 */
enum hs_error vm_reclaim(u32 vm, u64 pfn, u32 order);

/* Spare table of dom0's stage 2 => dom0; *pfn says which. */

#endif
