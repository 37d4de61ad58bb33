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
	u32 measured; /* measurement is fixed: images are complete */
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
    // of a protected guest's RAM dom0 has mapped at most what is shared
    predicate vm_secret{L} = \forall integer w, g;
      0 < w < MAX_VMS && live(w) && vms[w].flags % 2 == 1 && is_gfn(g) && out(w, g) != -1 &&
      page[out(w, g)].kind != KIND_SHARED ==> page[out(w, g)].shares == 0;

    // an index in use has tables
    predicate inv_live{L} = \forall integer w; 0 < w < MAX_VMS ==>
      (vms[w].state != HS_VM_UNUSED <==> live(w));

    predicate moves{L}(integer w) = 0 < w < MAX_VMS &&
      (vms[w].work.kind == WORK_DONATE || vms[w].work.kind == WORK_RECLAIM);
    predicate moved{L}(integer p, integer w) = run_of(p, vms[w].work.pfn, vms[w].work.order);
    // what is not finished is about pages that there are
    predicate inv_work{L} = \forall integer w;
      0 < w < MAX_VMS && vms[w].work.kind != WORK_NONE ==>
      is_order(vms[w].work.order) && aligned(vms[w].work.pfn, vms[w].work.order) &&
      0 < vms[w].work.pfn && few(vms[w].work.pfn, vms[w].work.order == HS_ORDER_BLOCK ? 512 : 1) &&
      is_gfn(vms[w].work.gfn) && aligned(vms[w].work.gfn, vms[w].work.order) &&
      (vms[w].work.kind != WORK_HASH ==>
       vms[w].work.done <= (vms[w].work.order == HS_ORDER_BLOCK ? 512 : 1)) &&
      (vms[w].work.kind == WORK_HASH ==>
       vms[w].work.done <= 4096 * (vms[w].work.order == HS_ORDER_BLOCK ? 512 : 1));
    // pages that a VM's work moves are in transit, and no other VM's work moves them
    predicate inv_moved{L} = \forall integer w, p; moves(w) && moved(p, w) ==>
      is_transit(p, page[vms[w].work.pfn].shares) &&
      (vms[w].flags % 2 == 1 ==> page[p].shares == 0);
    logic integer behind{L}(integer w) =
      vms[w].work.pfn + (vms[w].work.order == HS_ORDER_BLOCK ? 512 : 1);
    predicate inv_apart{L} = \forall integer w, x; w != x && moves(w) && moves(x) ==>
      behind(w) <= vms[x].work.pfn || behind(x) <= vms[w].work.pfn;
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
 * Before the machine goes down or dom0 goes off: no vCPU runs any more, and no
 * page of a VM keeps anything. Waits for other CPUs, for a limited time.
 */
void vm_stop_all(void);

#endif
