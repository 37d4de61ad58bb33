/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual machines: life cycle and memory. VM 0 is dom0. The index is the VMID
 * (8 bits, which every Armv8 processor has); it is free again when the VM's
 * last page is back.
 */
#ifndef VM_VM_H
#define VM_VM_H

#include "cpu/config.h"
#include "vm/state.h"

/*@ // the first instruction lies in a page of the boot images
    predicate starts_in_image(integer vm) =
      \let g = vcpu_frame[vms[vm].vcpu_pfn[0]].ctx.pc / 4096;
      is_gfn(g) && out(vm, g) != -1 && page[out(vm, g)].kind == KIND_IMAGE; */
/* clang-format off */
#define SIGNATURE_VALID(sig) \
	(\valid_read(sig + (0 .. 7)) && \
	 \separated(sig + (0 .. 7), &vms[0 .. MAX_VMS - 1], &vm_works[0 .. MAX_VMS - 1], \
		    &measured_so_far[0 .. MAX_VMS - 1]))
#define SIGNED_IF_NEEDED(sig) \
	(hs_config.owner_key == HS_OWNER_ALL || \
	 (hs_config.owner_key == HS_OWNER_PROTECTED && vms[vm].flags % 2 == 1) ==> \
	 \exists integer i; 0 <= i < 8 && sig[i] != 0)
#define DESTROY_ENSURES \
	MEMORY_ENSURES; ALL_GUESTS_KEEP; ensures inv_live; \
	ensures \result == HS_ENOENT <==> \old(vms[vm].state) == HS_VM_UNUSED; \
	ensures \result != HS_OK ==> vms[vm].quiesced == \old(vms[vm].quiesced); \
	ensures \result != HS_ENOENT && \old(vms[vm].quiesced) == 0 ==> \
		vms[vm].state == HS_VM_POWEROFF; \
	ensures \result == HS_OK && \old(vms[vm].quiesced) == 0 ==> vms[vm].quiesced == 1 && \
		vms[vm].users == 0 && vm_works[vm].kind == WORK_NONE; \
	ensures \result == HS_OK && \old(vms[vm].quiesced) == 0 ==> \forall integer i; \
		has_vcpu(vm, i) ==> vcpu_frame[vms[vm].vcpu_pfn[i]].state != VCPU_ACTIVE
/* clang-format on */

extern u32 vms_stopping; /* the machine goes down: no new VM; atomic */

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
 * HS_ELIMIT: no VMID is free. Others as host_hide().
 */
/*@ requires inv_vcpus && inv_sizes && inv_live;
    MEMORY_REQUIRES_ALL;
    requires \valid(vm) && \separated(vm, &vms[0 .. MAX_VMS - 1]);
    requires SHARE_SEPARATED(vm);
    assigns *vm, vm_table_lock, vms[0 .. MAX_VMS - 1], vm_works[0 .. MAX_VMS - 1],
      vm_data_frame[data_pfn], arch_time,
      measured_so_far[0 .. MAX_VMS - 1], s2_spaces[0 .. S2_SPACES - 1], HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    VM_ENSURES;
    ensures inv_live && live(OWNER_DOM0);
    ensures \forall integer w, g; 0 < w < S2_SPACES && \old(live(w)) && is_gfn(g) ==>
      live(w) && out(w, g) == \old(out(w, g));
    ensures \forall integer p; 0 <= p < MAX_PFN && p != data_pfn && p != root_pfn ==>
      page[p] == \old(page[p]);
    ensures \result == HS_OK ==> 0 < *vm < MAX_VMS && vms[*vm].state == HS_VM_READY &&
      vms[*vm].flags % 2 == flags % 2;
    ensures \result == HS_OK ==> \forall integer g; is_gfn(g) ==> out(*vm, g) == -1;
    ensures \result == HS_OK && flags % 2 == 1 && hs_config.dma == HS_DMA_TRUSTED ==>
      flags / 4 == 1; */
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
/*@ MEMORY_REQUIRES;
    requires inv_live && SIGNATURE_VALID(sig);
    assigns vms[vm].lock, vm_works[vm].busy, vms[vm].state, vms[vm].measured,
      vms[vm].measurement[0 .. 31], measured_so_far[vm], signature_state;
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    ensures inv_live;
    ensures \result == HS_OK ==> \old(vms[vm].state) == HS_VM_READY &&
      vms[vm].state == HS_VM_VERIFIED && vms[vm].measured == 1;
    ensures \result != HS_OK ==> vms[vm].state == \old(vms[vm].state);
    ensures \result == HS_OK ==> has_vcpu(vm, 0) && starts_in_image(vm);
    ensures \result == HS_OK ==> SIGNED_IF_NEEDED(sig); */
enum hs_error vm_verify(u32 vm, const u64 sig[8]);

/*
 * => POWEROFF, and waits for nobody: HS_EBUSY while a vCPU is active. After
 * HS_OK its pages may be reclaimed.
 */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    assigns vms[vm].lock, vms[vm].state, vm_works[vm], vms[vm].quiesced,
      vcpu_frame[0 .. MAX_PFN - 1], signature_state, HOST_ASSIGNS;
    exits \false;
    DESTROY_ENSURES; */
enum hs_error vm_destroy(u32 vm);

/* A guest's own way to POWEROFF. */
/*@ VM_REQUIRES;
    requires inv_live && live(vm);
    assigns vms[vm].state, vcpu_frame[0 .. MAX_PFN - 1];
    exits \false;
    ensures vms[vm].state == HS_VM_POWEROFF && inv_live; */
void vm_power_off(u32 vm);

/* Whether vm is the number of a guest VM, in whatever state. */
/*@ assigns \nothing;
    exits \false;
    ensures \result <==> 0 < vm < MAX_VMS && vms[vm].state != HS_VM_UNUSED; */
bool vm_exists(u64 vm);

/*
 * Keeps the pages of a VM that is READY or VERIFIED where they are, without a
 * lock: vm_destroy() says HS_EBUSY meanwhile. HS_ENOENT: no such VM; HS_ESTATE:
 * it is POWEROFF. Short uses only.
 */
/*@ assigns vms[vm].users;
    exits \false;
    ensures \result == HS_OK <==> 0 < vm < MAX_VMS &&
      (vms[vm].state == HS_VM_READY || vms[vm].state == HS_VM_VERIFIED);
    ensures \result != HS_OK && 0 < vm < MAX_VMS ==> vms[vm].users == \old(vms[vm].users); */
enum hs_error vm_pin(u64 vm) MUST_USE;
/*@ requires 0 < vm < MAX_VMS;
    assigns vms[vm].users;
    exits \false;
    ensures vms[vm].users ==
      (\old(vms[vm].users) == 0 ? 0xffffffff : \old(vms[vm].users) - 1); */
void vm_unpin(u64 vm);

/*
 * Before the machine goes down or dom0 goes off: no vCPU runs any more, and no
 * page of a VM keeps anything. Waits for other CPUs, for a limited time.
 */
/*@ requires banks_ok && inv_vcpus && inv_sizes && inv_live;
    assigns vms_stopping, vms[0 .. MAX_VMS - 1].state, vcpu_frame[0 .. MAX_PFN - 1], arch_time,
      ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    ensures \forall integer w; 0 < w < MAX_VMS && live(w) ==> vms[w].state == HS_VM_POWEROFF;
    ensures \forall integer b, p, i; 0 <= b < nr_ram_banks &&
      ram_banks[b].start <= p < ram_banks[b].end && is_of_vm(p) && 0 <= i < 512 ==>
      frame[p][i] == 0; */
void vm_stop_all(void);

#endif
