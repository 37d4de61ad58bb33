/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hypervisor keeps of VMs and vCPUs, and what is always true of it. A
 * struct vcpu fills a page that dom0 donated and cannot see.
 */
#ifndef VM_STATE_H
#define VM_STATE_H

#include "arch/cpu.h"
#include "arch/spinlock.h"
#include "cpu/context.h"
#include "cpu/cpu.h"
#include "console/log.h"
#include "crypto/sha256.h"
#include "crypto/signature.h"
#include "gic/vgic_state.h"
#include "lib/types.h"
#include "mm/host.h"
#include "mm/own.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "public/homestead.h"

enum vcpu_state { VCPU_UNUSED = 0, VCPU_READY = 1, VCPU_ACTIVE = 2 };
enum vcpu_power { POWER_OFF = 0, POWER_PENDING = 1, POWER_ON = 2 };

/* The class of an exit (exit_populate_fault). */
enum exit_class { EXIT_NONE = 0, EXIT_INTERRUPT = 1, EXIT_TRAP = 2 };
/* Which vector it came through. */
enum exit_cause { CAUSE_SYNC, CAUSE_IRQ, CAUSE_FIQ, CAUSE_SERROR };

struct exit_record {
	enum hs_exit kind;
	u64 arg[3];
	u32 rt; /* MMIO: register; 31 is XZR */
	u32 sign_extend;
	u32 wide; /* 64-bit register */
	u32 open; /* the record waits for dom0's answer */
};

struct shadow { /* the syndrome of the last exit, read once */
	enum exit_class ec;
	enum exit_cause cause;
	u64 esr, far, hpfar;
	u32 intid;
};

struct vtimer {
	u64 cntv_ctl, cntv_cval;
	u64 cntp_ctl, cntp_cval;
};

struct vcpu {
	struct context ctx; /* first: the vectors save here */
	u32 vm, id;
	u32 state;	/* enum vcpu_state, atomic */
	u32 power;	/* enum vcpu_power, atomic */
	u32 cpu;	/* where it is ACTIVE, else NO_CPU; atomic */
	u32 kick;	/* something to look at; atomic */
	u32 wake;	/* vCPUs that dom0 should wake */
	u32 off;	/* CPU_OFF: becomes POWER_OFF when inactive */
	u32 abort_next; /* dom0's answer was: nothing there */
	u32 debug_live; /* its debug registers are in hardware */
	u32 serror;	/* a virtual SError waits */
	u64 halt_until; /* counter: WFI stays in EL2 no longer */
	u64 halt_ticks;
	u64 oslsr;
	struct shadow shadow;
	struct exit_record exit;
	struct vtimer timer;
	struct vgic_cpu vgic;
	struct debug_regs debug;
} __attribute__((aligned(PAGE_SIZE)));

_Static_assert(sizeof(struct vcpu) == PAGE_SIZE, "a vCPU fills one page");

/* frame[] under another name: what a page of KIND_VCPU holds. */
extern struct vcpu vcpu_frame[MAX_PFN];

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
	u32 measured;  /* measurement is fixed: images are complete; atomic */
	u8 measurement[SHA256_SIZE];
	u64 cntvoff;		/* guest's CNTVCT = CNTPCT - cntvoff */
	u8 last_vcpu[MAX_CPUS]; /* vCPU + 1 that each CPU ran last */
};

extern struct vm vms[MAX_VMS];
extern struct spinlock vm_table_lock;	 /* which entries of vms[] are UNUSED */
extern struct vm_work vm_works[MAX_VMS]; /* under the VM's lock */
/* What is hashed of each VM so far: vm/measure.c's alone, named here for the contracts. */
extern struct sha256 measured_so_far[MAX_VMS];

/*@ predicate inv_vcpus = \forall integer m, i; 0 <= m < MAX_VMS && 0 <= i < HS_MAX_VCPUS ==>
      vms[m].vcpu_pfn[i] < MAX_PFN;
    predicate inv_sizes = \forall integer m; 0 <= m < MAX_VMS ==>
      vms[m].nr_vcpus <= HS_MAX_VCPUS && vms[m].ram_pages <= HS_GUEST_RAM_MAX / 4096 &&
      vms[m].data < MAX_PFN;
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
      (vm_works[w].kind == WORK_DONATE || vm_works[w].kind == WORK_RECLAIM);
    predicate moved{L}(integer p, integer w) = run_of(p, vm_works[w].pfn, vm_works[w].order);
    // what is not finished is about pages that there are
    predicate inv_work{L} = \forall integer w;
      0 < w < MAX_VMS && vm_works[w].kind != WORK_NONE ==>
      is_order(vm_works[w].order) && aligned(vm_works[w].pfn, vm_works[w].order) &&
      0 < vm_works[w].pfn && few(vm_works[w].pfn, vm_works[w].order == HS_ORDER_BLOCK ? 512 : 1) &&
      is_gfn(vm_works[w].gfn) && aligned(vm_works[w].gfn, vm_works[w].order) &&
      (vm_works[w].kind != WORK_HASH ==>
       vm_works[w].done <= (vm_works[w].order == HS_ORDER_BLOCK ? 512 : 1)) &&
      (vm_works[w].kind == WORK_HASH ==>
       vm_works[w].done <= 4096 * (vm_works[w].order == HS_ORDER_BLOCK ? 512 : 1) &&
       vm_works[w].done % 64 == 0);
    // pages that a VM's work moves are in transit, and no other VM's work moves them
    predicate inv_moved{L} = \forall integer w, p; moves(w) && moved(p, w) ==>
      is_transit(p, page[vm_works[w].pfn].shares) &&
      (vms[w].flags % 2 == 1 ==> page[p].shares == 0);
    logic integer behind{L}(integer w) =
      vm_works[w].pfn + (vm_works[w].order == HS_ORDER_BLOCK ? 512 : 1);
    predicate inv_apart{L} = \forall integer w, x; w != x && moves(w) && moves(x) ==>
      behind(w) <= vm_works[x].pfn || behind(x) <= vm_works[w].pfn;
    // a page that keeps something of a VM
    predicate is_of_vm(integer p) = page[p].kind == KIND_TRANSIT ||
      (page[p].owner != OWNER_DOM0 && page[p].owner != OWNER_CORE);
    predicate has_vcpu(integer vm, integer id) =
      0 <= id < vms[vm].nr_vcpus && vms[vm].vcpu_pfn[id] != 0;
*/
/* clang-format off */
#define VM_REQUIRES requires 0 < vm < MAX_VMS; requires inv_vcpus; requires inv_sizes
#define SHARE_REQUIRES \
	MEMORY_REQUIRES; requires live(vm)
/* Of the words of pages only their kind changes; nothing does if there is an error. */
#define SAME_BUT_KIND \
	\forall integer p; 0 <= p < MAX_PFN ==> page[p].owner == \at(page[p].owner, Pre) && \
		page[p].shares == \at(page[p].shares, Pre) && \
		page[p].gfn == \at(page[p].gfn, Pre)
#define SHARE_ENSURES \
	MEMORY_ENSURES; ensures SAME_BUT_KIND; \
	ensures \result != HS_OK ==> vms[vm].nr_shared == \old(vms[vm].nr_shared) && \
		\forall integer p; 0 <= p < MAX_PFN ==> page[p] == \old(page[p])
#define SHARE_SEPARATED(p) \
	\separated(p, &vms[0 .. MAX_VMS - 1], &vm_works[0 .. MAX_VMS - 1], &page[0 .. MAX_PFN - 1], \
		   ((u64 *)frame) + (0 .. MAX_PFN * 512 - 1), &s2_spaces[0 .. S2_SPACES - 1], \
		   &host_lock)
/* A pointer to nothing of the hypervisor's data. */
#define SEPARATED_FROM_ALL(p) \
	(SHARE_SEPARATED(p) && \
	 \separated(p, &own_counters[0 .. 2], &vcpu_frame[0 .. MAX_PFN - 1], \
		    &vm_data_frame[0 .. MAX_PFN - 1], &measured_so_far[0 .. MAX_VMS - 1], \
		    &vm_table_lock))
#define VM_ENSURES ensures inv_vcpus; ensures inv_sizes
/* All that is always true of the memory of VMs and of dom0. */
#define MEMORY_REQUIRES \
	VM_REQUIRES; MEMORY_REQUIRES_ALL
#define MEMORY_REQUIRES_ALL \
	requires banks_ok; requires vm_iso; requires vm_secret; requires inv_work; \
	requires inv_moved; requires inv_apart; HOST_REQUIRES
#define MEMORY_ENSURES \
	ensures vm_iso; ensures vm_secret; ensures inv_work; ensures inv_moved; ensures inv_apart; \
	HOST_ENSURES
/* The same, the five of them as one goal, for what only calls others (PT_ENSURES_AT_ONCE). */
#define MEMORY_ENSURES_AT_ONCE \
	ensures vm_iso && vm_secret && inv_work && inv_moved && inv_apart; HOST_ENSURES
#define MEMORY_ASSIGNS \
	vms[vm].lock, vm_works[vm], vms[vm].nr_ram, vms[vm].nr_shared, vms[vm].nr_pages, S2_TABLES(vm), \
	HOST_ASSIGNS
/* The same for all of the hypervisor's data; what a call of dom0's may change of it. */
#define ALL_REQUIRES \
	requires inv_vcpus && inv_sizes && inv_live; MEMORY_REQUIRES_ALL
#define ALL_ENSURES \
	VM_ENSURES; ensures inv_live && live(OWNER_DOM0); MEMORY_ENSURES_AT_ONCE
#define ALL_ASSIGNS \
	vm_table_lock, vms[0 .. MAX_VMS - 1], vm_works[0 .. MAX_VMS - 1], \
	vcpu_frame[0 .. MAX_PFN - 1], vm_data_frame[0 .. MAX_PFN - 1], \
	measured_so_far[0 .. MAX_VMS - 1], s2_spaces[0 .. S2_SPACES - 1], arch_time, \
	signature_state, log_state, HOST_ASSIGNS
/* A page that vm_take_page() took. */
#define IS_TAKEN(pfn) \
	(0 < pfn < MAX_PFN && is_transit(pfn, 0) && \forall integer x; moves(x) ==> !moved(pfn, x))
/* Of all guests' translations only this VM's may change. */
#define OTHER_GUESTS_KEEP \
	ensures \forall integer w, g; 0 < w < S2_SPACES && w != vm && live(w) && is_gfn(g) ==> \
		out(w, g) == \old(out(w, g))
#define ALL_GUESTS_KEEP \
	ensures \forall integer w, g; 0 < w < S2_SPACES && live(w) && is_gfn(g) ==> \
		out(w, g) == \old(out(w, g))
/* No word of a page changes but of this run; that, if at all, from dom0's or in transit. */
#define ONLY_THE_RUN \
	ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, pfn, order) ==> \
		page[p] == \old(page[p])
/* clang-format on */

#endif
