/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of VMs: pages come from dom0 and go back (vm/memory.c), or are shared with it
 * (vm/share.c). */
#ifndef VM_MEMORY_H
#define VM_MEMORY_H

#include "vm/measure.h"
#include "vm/vm.h"

/*
 * dom0 => VM: 2^order pages at gfn. HS_EAGAIN: call again with the same
 * arguments; HS_EBUSY: another one is not finished.
 */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    assigns MEMORY_ASSIGNS, measured_so_far[vm];
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    OTHER_GUESTS_KEEP;
    ONLY_THE_RUN;
    ensures \forall integer p; 0 <= p < MAX_PFN && run_of(p, pfn, order) ==>
      page[p] == \old(page[p]) ||
      ((\old(is_dom0s(p)) || \old(page[p].kind) == KIND_TRANSIT) &&
       (is_dom0s(p) || page[p].kind == KIND_TRANSIT || is_guest_ram(p, vm))); */
enum hs_error vm_donate(u32 vm, u64 pfn, u64 gfn, u32 order, u64 flags);

/*
 * One page of dom0's, for a table or a structure of a VM: it is in transit
 * afterwards, as it was. Errors as host_hide().
 */
/*@ MEMORY_REQUIRES_ALL;
    assigns HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==> \old(is_dom0s(pfn)) && IS_TAKEN(pfn);
    ensures \forall integer p; 0 <= p < MAX_PFN && !(\result == HS_OK && p == pfn) ==>
      page[p] == \old(page[p]); */
enum hs_error vm_take_page(u64 pfn) MUST_USE;

/* Zeroes it, and makes it a VM's, as a page of this kind. Needs the VM's lock. */
/*@ MEMORY_REQUIRES;
    requires IS_TAKEN(pfn) && (kind == KIND_VM || kind == KIND_TABLE || kind == KIND_VCPU);
    assigns page[pfn], own_counters[0 .. 2], ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures page[pfn].owner == vm && page[pfn].kind == kind && page[pfn].shares == 0;
    ensures unused(pfn); */
void vm_give_page(u32 vm, u64 pfn, enum page_kind kind);

/* dom0 => spare table of VM vm. */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    assigns vms[vm].lock, vms[vm].nr_pages, S2_TABLES(vm), HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    ALL_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]);
    ensures \result == HS_OK ==> \old(is_dom0s(pfn)) && page[pfn].owner == vm &&
      page[pfn].kind == KIND_TABLE; */
enum hs_error vm_topup(u32 vm, u64 pfn);

/*
 * VM => dom0, zeroed, when the VM is quiesced; the last one frees the VMID.
 * HS_EAGAIN and HS_EBUSY as above.
 */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    assigns MEMORY_ASSIGNS, vms[vm].state, vms[vm].nr_vcpus, vms[vm].data, s2_spaces[vm].root,
      vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1];
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    VM_ENSURES;
    ensures inv_live;
    OTHER_GUESTS_KEEP;
    ONLY_THE_RUN; */
enum hs_error vm_reclaim(u32 vm, u64 pfn, u32 order);

/* A donation that is not finished, of a VM that is over: dom0 has its pages back. Needs the lock.
 */
/*@ MEMORY_REQUIRES;
    assigns vm_works[vm], HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures vm_works[vm].kind == WORK_NONE; */
void vm_abandon_work(u32 vm);

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

/*
 * dom0 maps a page that the guest shares (*pfn says which), or drops it. The VM may
 * be gone before its lock is had: nothing is known of it until then.
 */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    requires \valid(pfn) && SHARE_SEPARATED(pfn);
    assigns vms[vm].lock, *pfn, HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_VERIFIED && \old(leaf(vm, gfn)) != 0 &&
      *pfn == \old(out(vm, gfn)) && page[*pfn].owner == vm && page[*pfn].kind == KIND_SHARED &&
      page[*pfn].shares == \old(page[out(vm, gfn)].shares) + 1;
    ensures \forall integer p; 0 <= p < MAX_PFN && !(\result == HS_OK && p == *pfn) ==>
      page[p] == \old(page[p]); */
enum hs_error vm_map_shared(u32 vm, u64 gfn, u32 *pfn);
/*@ MEMORY_REQUIRES;
    assigns vms[vm].lock, HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==> pfn < MAX_PFN && page[pfn].owner == vm &&
      page[pfn].shares == \old(page[pfn].shares) - 1;
    ensures \forall integer p; 0 <= p < MAX_PFN && !(\result == HS_OK && p == pfn) ==>
      page[p] == \old(page[p]); */
enum hs_error vm_unmap_shared(u32 vm, u64 pfn);

/* The page at gfn of the VM's RAM; NO_PFN: none. Needs the VM's lock. */
/*@ SHARE_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures is_gfn(gfn) && leaf(vm, gfn) != 0 ==> \result == out(vm, gfn) && \result < MAX_PFN;
    ensures !(is_gfn(gfn) && leaf(vm, gfn) != 0) ==> \result == NO_PFN; */
u32 vm_page_at(u32 vm, u64 gfn);

#endif
