/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/vm.h"

#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/tlb.h"
#include "crypto/signature.h"
#include "gic/gic.h"
#include "gic/vgic.h"
#include "cpu/config.h"
#include "arch/atomic.h"
#include "mm/host.h"
#include "mm/own.h"
#include "mm/pt.h"
#include "vm/measure.h"
#include "vm/memory.h"
#include "vm/vcpu.h"

struct vm vms[MAX_VMS];

struct spinlock vm_table_lock;
u32 vms_stopping;

bool vm_exists(u64 vm)
{
	return vm > 0 && vm < MAX_VMS && atomic_read(&vms[vm].state) != HS_VM_UNUSED;
}

/* Both sides first write, then look at the other: vm_destroy() is the other. */
enum hs_error vm_pin(u64 vm)
{
	u32 state;

	if (vm == 0 || vm >= MAX_VMS) {
		return HS_ENOENT;
	}
	(void)atomic_add(&vms[vm].users, 1u);
	state = atomic_read(&vms[vm].state);
	if (state == HS_VM_READY || state == HS_VM_VERIFIED) {
		return HS_OK;
	}
	vm_unpin(vm);
	return state == HS_VM_UNUSED ? HS_ENOENT : HS_ESTATE;
}

void vm_unpin(u64 vm)
{
	(void)atomic_add(&vms[vm].users, ~0u);
}

/* A VMID that is free; 0: none is. Needs vm_table_lock. */
/*@ requires inv_live;
    assigns \nothing;
    exits \false;
    ensures \result < MAX_VMS && (\result != 0 ==> vms[\result].state == HS_VM_UNUSED); */
static u32 vmid_find(void)
{
	u32 i;

	/*@ loop invariant 1 <= i <= MAX_VMS;
	    loop assigns i;
	    loop variant MAX_VMS - i; */
	for (i = 1; i < MAX_VMS; i++) {
		if (vms[i].state == HS_VM_UNUSED && vms[i].nr_pages == 0) {
			return i;
		}
	}
	return 0;
}

/* The flags that a VM has of those that were asked for: what is protected is measured. */
/*@ requires flags < 8;
    assigns \nothing;
    exits \false;
    ensures \result % 2 == flags % 2 && \result < 8; */
static u32 flags_of(u64 flags)
{
	bool is_measured = flags % (2u * HS_VM_MEASURED) >= HS_VM_MEASURED;

	return (u32)flags + (flags % 2u == HS_VM_PROTECTED && !is_measured ? HS_VM_MEASURED : 0u);
}

/* Whether a VM may be made so. */
/*@ assigns \nothing;
    exits \false;
    ensures \result == HS_OK ==> flags < 8 && 0 < nr_vcpus <= HS_MAX_VCPUS &&
      0 < ram_size <= HS_GUEST_RAM_MAX && ram_size % 4096 == 0;
    ensures \result == HS_OK && flags % 2 == 1 && hs_config.dma == HS_DMA_TRUSTED ==>
      flags / 4 == 1;
    ensures \result == HS_OK || \result == HS_EINVAL || \result == HS_EDMA ||
      \result == HS_ESTATE; */
static enum hs_error create_check(u64 flags, u64 ram_size, u64 nr_vcpus)
{
	if (flags >= 2u * HS_VM_ALLOW_DMA || nr_vcpus == 0 || nr_vcpus > HS_MAX_VCPUS ||
	    ram_size == 0 || ram_size > HS_GUEST_RAM_MAX || ram_size % PAGE_SIZE != 0) {
		return HS_EINVAL;
	}
	if (flags % 2u == HS_VM_PROTECTED && flags < HS_VM_ALLOW_DMA &&
	    hs_config.dma == HS_DMA_TRUSTED) {
		return HS_EDMA;
	}
	return atomic_read(&vms_stopping) != 0 ? HS_ESTATE : HS_OK;
}

/* dom0 has one page, as it was, that was taken by vm_take_page(). */
/*@ MEMORY_REQUIRES_ALL;
    requires IS_TAKEN(pfn);
    assigns HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
static void return_page(u64 pfn)
{
	//@ assert \forall integer x; moves(x) ==> pfn != vm_works[x].pfn;
	host_return(pfn, HS_ORDER_PAGE);
}

/* Takes a second page; if that fails, the first is dom0's again. */
/*@ MEMORY_REQUIRES_ALL;
    requires IS_TAKEN(data_pfn);
    assigns HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==> IS_TAKEN(root_pfn) && data_pfn != root_pfn &&
      page[data_pfn] == \old(page[data_pfn]);
    ensures \forall integer p; 0 <= p < MAX_PFN && p != data_pfn && p != root_pfn ==>
      page[p] == \old(page[p]); */
static enum hs_error take_second(u64 data_pfn, u64 root_pfn)
{
	enum hs_error err = vm_take_page(root_pfn);

	if (err != HS_OK) {
		return_page(data_pfn);
	}
	return err;
}

/* Both, or none. */
/*@ MEMORY_REQUIRES_ALL;
    assigns HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==> IS_TAKEN(root_pfn) && IS_TAKEN(data_pfn) && data_pfn != root_pfn;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != data_pfn && p != root_pfn ==>
      page[p] == \old(page[p]); */
static enum hs_error take_both(u64 data_pfn, u64 root_pfn)
{
	enum hs_error err = vm_take_page(data_pfn);

	return err == HS_OK ? take_second(data_pfn, root_pfn) : err;
}

/* The VM's tables begin with a page of its own, which is zeroed. */
/*@ MEMORY_REQUIRES;
    requires !live(vm) && unused(pfn) && page[pfn].owner == vm && page[pfn].kind == KIND_TABLE;
    assigns s2_spaces[vm], lv[pfn], space[pfn];
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    ensures live(vm);
    ensures \forall integer g; is_gfn(g) ==> out(vm, g) == -1; */
static void begin_tables(u32 vm, u64 pfn)
{
	s2_space_begin(vm, (u32)pfn);
}

/* What is in a VM's pages at first. */
/*@ MEMORY_REQUIRES;
    assigns vm_data_frame[vms[vm].data], measured_so_far[vm];
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP; */
static void begin_structures(u32 vm)
{
	vgic_reset_vm(vm_data(vm));
	measure_begin(vm);
}

/* It has no vCPU yet, and none has run. */
/*@ VM_REQUIRES;
    assigns vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1], vms[vm].last_vcpu[0 .. MAX_CPUS - 1];
    exits \false;
    VM_ENSURES;
    ensures \forall integer i; 0 <= i < HS_MAX_VCPUS ==> vms[vm].vcpu_pfn[i] == 0; */
static void no_vcpus(u32 vm)
{
	struct vm *m = &vms[vm];
	u32 i;

	/*@ loop invariant 0 <= i <= HS_MAX_VCPUS && inv_vcpus;
	    loop invariant \forall integer k; 0 <= k < i ==> vms[vm].vcpu_pfn[k] == 0;
	    loop assigns i, vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1];
	    loop variant HS_MAX_VCPUS - i; */
	for (i = 0; i < HS_MAX_VCPUS; i++) {
		m->vcpu_pfn[i] = 0;
	}
	/*@ loop invariant 0 <= i <= MAX_CPUS;
	    loop assigns i, vms[vm].last_vcpu[0 .. MAX_CPUS - 1];
	    loop variant MAX_CPUS - i; */
	for (i = 0; i < MAX_CPUS; i++) {
		m->last_vcpu[i] = 0;
	}
}

/* What a new VM is, apart from its pages. Its lock is held. */
/*@ MEMORY_REQUIRES;
    requires !live(vm);
    requires data_pfn < MAX_PFN && flags < 8 && nr_vcpus <= HS_MAX_VCPUS;
    requires ram_pages <= HS_GUEST_RAM_MAX / 4096;
    assigns vms[vm].flags, vms[vm].data, vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1],
      vms[vm].nr_vcpus, vms[vm].ram_pages, vms[vm].nr_ram, vms[vm].nr_shared, vms[vm].measured,
      vms[vm].nr_pages, vms[vm].quiesced, vms[vm].cntvoff, vms[vm].last_vcpu[0 .. MAX_CPUS - 1],
      vm_works[vm].kind, arch_time;
    exits \false;
    VM_ENSURES;
    MEMORY_ENSURES;
    ensures vms[vm].flags == flags && vms[vm].data == data_pfn && vms[vm].nr_vcpus == nr_vcpus &&
      vms[vm].ram_pages == ram_pages;
    ensures vms[vm].nr_pages == 2 && vms[vm].nr_ram == 0 && vms[vm].nr_shared == 0 &&
      vms[vm].measured == 0 && vms[vm].quiesced == 0;
    ensures \forall integer x; moves(x) ==> \old(moves(x));
    ensures \forall integer i; 0 <= i < HS_MAX_VCPUS ==> vms[vm].vcpu_pfn[i] == 0; */
static void set_up(u32 vm, u64 data_pfn, u32 flags, u32 nr_vcpus, u32 ram_pages)
{
	struct vm *m = &vms[vm];

	vm_works[vm].kind = WORK_NONE;
	m->flags = flags;
	m->data = (u32)data_pfn;
	m->nr_vcpus = nr_vcpus;
	m->ram_pages = ram_pages;
	m->nr_ram = 0;
	m->nr_shared = 0;
	m->measured = 0;
	m->nr_pages = 2;
	m->quiesced = 0;
	m->cntvoff = arch_counter();
	no_vcpus(vm);
}

/* VMID id, which is free, becomes a VM of two pages that dom0 had. Its lock is held. */
/*@ requires inv_vcpus && inv_sizes && inv_live && 0 < id < MAX_VMS && !live(id);
    MEMORY_REQUIRES_ALL;
    requires IS_TAKEN(data_pfn) && IS_TAKEN(root_pfn) && data_pfn != root_pfn;
    requires flags < 8 && nr_vcpus <= HS_MAX_VCPUS && ram_pages <= HS_GUEST_RAM_MAX / 4096;
    assigns vms[id], vm_works[id].kind, page[data_pfn], page[root_pfn], own_counters[0 .. 2],
      ((u64 *)frame)[0 .. MAX_PFN * 512 - 1], s2_spaces[id], lv[root_pfn], space[root_pfn],
      vm_data_frame[data_pfn], measured_so_far[id], arch_time;
    exits \false;
    MEMORY_ENSURES;
    VM_ENSURES;
    ensures inv_live;
    ensures vms[id].state == HS_VM_READY && vms[id].flags == flags;
    ensures \forall integer w, g; 0 < w < S2_SPACES && w != id && live(w) && is_gfn(g) ==>
      out(w, g) == \old(out(w, g));
    ensures \forall integer g; is_gfn(g) ==> out(id, g) == -1; */
static void create(u32 id, u64 data_pfn, u64 root_pfn, u32 flags, u32 nr_vcpus, u32 ram_pages)
{
	set_up(id, data_pfn, flags, nr_vcpus, ram_pages);
	vm_give_page(id, data_pfn, KIND_VM);
	vm_give_page(id, root_pfn, KIND_TABLE);
	begin_tables(id, root_pfn);
	begin_structures(id);
	atomic_set(&vms[id].state, HS_VM_READY);
}

/* The same, for a VMID that is free, if there is one; *vm is its number. */
/*@ requires inv_vcpus && inv_sizes && inv_live;
    MEMORY_REQUIRES_ALL;
    requires \valid(vm) && SHARE_SEPARATED(vm);
    requires IS_TAKEN(data_pfn) && IS_TAKEN(root_pfn) && data_pfn != root_pfn;
    requires flags < 8 && nr_vcpus <= HS_MAX_VCPUS && ram_pages <= HS_GUEST_RAM_MAX / 4096;
    assigns vm_table_lock, *vm, vms[0 .. MAX_VMS - 1], vm_works[0 .. MAX_VMS - 1],
      page[data_pfn], page[root_pfn], own_counters[0 .. 2],
      ((u64 *)frame)[0 .. MAX_PFN * 512 - 1], s2_spaces[0 .. S2_SPACES - 1], lv[root_pfn],
      space[root_pfn], vm_data_frame[data_pfn], measured_so_far[0 .. MAX_VMS - 1], arch_time;
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    VM_ENSURES;
    ensures inv_live && live(OWNER_DOM0);
    ensures \forall integer w, g; 0 < w < S2_SPACES && \old(live(w)) && is_gfn(g) ==>
      live(w) && out(w, g) == \old(out(w, g));
    ensures \result ==> 0 < *vm < MAX_VMS && vms[*vm].state == HS_VM_READY &&
      vms[*vm].flags == flags;
    ensures \result ==> \forall integer g; is_gfn(g) ==> out(*vm, g) == -1;
    ensures !\result ==> page[data_pfn] == \old(page[data_pfn]) &&
      page[root_pfn] == \old(page[root_pfn]) && IS_TAKEN(data_pfn) && IS_TAKEN(root_pfn); */
static bool create_somewhere(u64 data_pfn, u64 root_pfn, u32 flags, u32 nr_vcpus, u32 ram_pages,
			     u32 *vm)
{
	u32 id;

	spin_lock(&vm_table_lock);
	id = vmid_find();
	if (id != 0) {
		spin_lock(&vms[id].lock);
		vms[id].nr_pages = 1; /* claimed */
	}
	spin_unlock(&vm_table_lock);
	if (id == 0) {
		return false;
	}
	create(id, data_pfn, root_pfn, flags, nr_vcpus, ram_pages);
	spin_unlock(&vms[id].lock);
	*vm = id;
	return true;
}

enum hs_error vm_create(u64 flags, u64 ram_size, u64 nr_vcpus, u64 data_pfn, u64 root_pfn, u32 *vm)
{
	enum hs_error err = create_check(flags, ram_size, nr_vcpus);

	if (err != HS_OK) {
		return err;
	}
	/* The pages before the VMID: a call that fails for its pages never has a VMID that another
	 * one would miss. */
	err = take_both(data_pfn, root_pfn);
	/*@ assert \forall integer w, g; 0 < w < S2_SPACES && \at(live(w), Pre) && is_gfn(g) ==>
	      live(w) && out(w, g) == \at(out(w, g), Pre); */
	if (err == HS_OK && !create_somewhere(data_pfn, root_pfn, flags_of(flags), (u32)nr_vcpus,
					      (u32)(ram_size / PAGE_SIZE), vm)) {
		return_page(root_pfn);
		return_page(data_pfn);
		err = HS_ELIMIT;
	}
	return err;
}

/* The first instruction of vCPU 0 must lie in an image. Lock held. */
/*@ MEMORY_REQUIRES;
    requires live(vm);
    assigns \nothing;
    exits \false;
    ensures \result ==> has_vcpu(vm, 0) && starts_in_image(vm); */
static bool entry_is_in_image(u32 vm)
{
	struct vcpu *v = vcpu_get(vm, 0);
	u32 pfn = v == NULL ? NO_PFN : vm_page_at(vm, v->ctx.pc / PAGE_SIZE);

	return pfn != NO_PFN && page[pfn].kind == KIND_IMAGE;
}

/* Whether the VM may run unsigned, as far as the owner is concerned. */
/*@ requires vm < MAX_VMS;
    assigns \nothing;
    exits \false;
    ensures \result <==> hs_config.owner_key == HS_OWNER_ALL ||
      (hs_config.owner_key == HS_OWNER_PROTECTED && vms[vm].flags % 2 == 1); */
static bool needs_signature(u32 vm)
{
	return hs_config.owner_key == HS_OWNER_ALL ||
	       (hs_config.owner_key == HS_OWNER_PROTECTED && vm_is_protected(vm));
}

/*@ requires \valid_read(sig + (0 .. 7));
    assigns \nothing;
    exits \false;
    ensures \result <==> \exists integer i; 0 <= i < 8 && sig[i] != 0; */
static bool is_signed(const u64 sig[8])
{
	u32 i;

	/*@ loop invariant 0 <= i <= 8;
	    loop invariant \forall integer k; 0 <= k < i ==> sig[k] == 0;
	    loop assigns i;
	    loop variant 8 - i; */
	for (i = 0; i < 8u; i++) {
		if (sig[i] != 0) {
			return true;
		}
	}
	return false;
}

/* A piece of the check of the signature, outside the VM's lock. */
/*@ MEMORY_REQUIRES;
    assigns vms[vm].lock, vm_works[vm].busy, signature_state;
    exits \false;
    MEMORY_ENSURES;
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_READY && vms[vm].flags % 4 >= 2; */
static enum hs_error check_signature(u32 vm, const u64 sig[8])
{
	u8 digest[SHA256_SIZE];
	enum hs_error err;

	if (vms[vm].flags % (2u * HS_VM_MEASURED) < HS_VM_MEASURED) {
		return HS_ESIGNATURE;
	}
	vm_works[vm].busy = true;
	spin_unlock(&vms[vm].lock);
	sha256_of_digest(vms[vm].measurement, digest);
	err = signature_check(vm, digest, (const u8 *)sig);
	spin_lock(&vms[vm].lock);
	vm_works[vm].busy = false;
	return err == HS_OK && vms[vm].state != HS_VM_READY ? HS_ESTATE : err;
}

/* What a VM needs before it may run, apart from a signature. Lock held. */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    assigns \nothing;
    exits \false;
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_READY && has_vcpu(vm, 0) &&
      starts_in_image(vm);
    ensures \result == HS_OK || \result == HS_ESTATE || \result == HS_EBUSY; */
static enum hs_error verify_check(u32 vm)
{
	if (vms[vm].state != HS_VM_READY || !entry_is_in_image(vm)) {
		return HS_ESTATE;
	}
	return vm_works[vm].kind != WORK_NONE || vm_works[vm].busy ? HS_EBUSY : HS_OK;
}

/* READY => VERIFIED, if a signature that must be there is there and holds. Lock held. */
/*@ MEMORY_REQUIRES;
    requires inv_live && live(vm) && SIGNATURE_VALID(sig);
    requires vms[vm].state == HS_VM_READY && has_vcpu(vm, 0);
    assigns vms[vm].lock, vm_works[vm].busy, vms[vm].state, vms[vm].measured,
      vms[vm].measurement[0 .. 31], measured_so_far[vm], signature_state;
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    ensures inv_live;
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_VERIFIED && vms[vm].measured == 1;
    ensures \result != HS_OK ==> vms[vm].state == \old(vms[vm].state);
    ensures \result == HS_OK ==> SIGNED_IF_NEEDED(sig); */
static enum hs_error verify(u32 vm, const u64 sig[8])
{
	enum hs_error err = HS_OK;

	measure_finish(vm); /* from here on the images stand still */
	if (is_signed(sig)) {
		err = check_signature(vm, sig);
	} else if (needs_signature(vm)) {
		err = HS_ESIGNATURE;
	}
	if (err == HS_OK) {
		cache_sync_code();
		atomic_set(&vms[vm].state, HS_VM_VERIFIED);
	}
	return err;
}

enum hs_error vm_verify(u32 vm, const u64 sig[8])
{
	enum hs_error err;

	spin_lock(&vms[vm].lock);
	err = verify_check(vm);
	if (err == HS_OK) {
		err = verify(vm, sig);
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

void vm_power_off(u32 vm)
{
	u32 i;

	atomic_set(&vms[vm].state, HS_VM_POWEROFF);
	/*@ loop invariant 0 <= i <= vms[vm].nr_vcpus;
	    loop assigns i, vcpu_frame[0 .. MAX_PFN - 1];
	    loop variant vms[vm].nr_vcpus - i; */
	for (i = 0; i < vms[vm].nr_vcpus; i++) {
		struct vcpu *v = vcpu_get(vm, i);

		if (v != NULL) {
			(void)vcpu_kick(v);
		}
	}
}

/*@ VM_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures \result <==> \exists integer i; has_vcpu(vm, i) &&
      vcpu_frame[vms[vm].vcpu_pfn[i]].state == VCPU_ACTIVE; */
static bool has_active_vcpu(u32 vm)
{
	u32 i;

	/*@ loop invariant 0 <= i <= vms[vm].nr_vcpus;
	    loop invariant \forall integer k; 0 <= k < i && has_vcpu(vm, k) ==>
	      vcpu_frame[vms[vm].vcpu_pfn[k]].state != VCPU_ACTIVE;
	    loop assigns i;
	    loop variant vms[vm].nr_vcpus - i; */
	for (i = 0; i < vms[vm].nr_vcpus; i++) {
		struct vcpu *v = vcpu_get(vm, i);

		if (v != NULL && atomic_read(&v->state) == VCPU_ACTIVE) {
			return true;
		}
	}
	return false;
}

/* Nobody uses the VM any more: nothing of it is under way, and no TLB has anything of it. */
/*@ MEMORY_REQUIRES;
    requires vms[vm].state != HS_VM_UNUSED && inv_live;
    assigns vms[vm].quiesced, vm_works[vm], signature_state, HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures vms[vm].quiesced == 1 && vm_works[vm].kind == WORK_NONE; */
static void quiesce(u32 vm)
{
	vm_abandon_work(vm); /* a donation that is not finished: never */
	signature_forget(vm);
	tlb_flush_other_vmid(s2_vttbr(vm));
	vms[vm].quiesced = 1;
}

/* Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires inv_live;
    assigns vms[vm].state, vm_works[vm], vms[vm].quiesced, vcpu_frame[0 .. MAX_PFN - 1],
      signature_state, HOST_ASSIGNS;
    exits \false;
    DESTROY_ENSURES; */
static enum hs_error destroy(u32 vm)
{
	if (vms[vm].state == HS_VM_UNUSED) {
		return HS_ENOENT;
	}
	if (vms[vm].quiesced != 0) { /* its pages may be gone already */
		return HS_OK;
	}
	/* No vCPU becomes active after this: set_vcpu_active() looks again. */
	vm_power_off(vm);
	if (has_active_vcpu(vm) || atomic_read(&vms[vm].users) != 0 || vm_works[vm].busy) {
		return HS_EBUSY;
	}
	quiesce(vm);
	return HS_OK;
}

enum hs_error vm_destroy(u32 vm)
{
	enum hs_error err;

	spin_lock(&vms[vm].lock);
	err = destroy(vm);
	spin_unlock(&vms[vm].lock);
	return err;
}

#define STOP_PARTS 10u /* of a second: how long to wait for other CPUs */

/*@ requires inv_vcpus && inv_sizes;
    assigns \nothing;
    exits \false;
    ensures \result <==> \exists integer m; 0 < m < MAX_VMS && \exists integer i; has_vcpu(m, i) &&
      vcpu_frame[vms[m].vcpu_pfn[i]].state == VCPU_ACTIVE; */
static bool any_vcpu_active(void)
{
	u32 vm;

	/*@ loop invariant 1 <= vm <= MAX_VMS;
	    loop invariant \forall integer m, i; 0 < m < vm && has_vcpu(m, i) ==>
	      vcpu_frame[vms[m].vcpu_pfn[i]].state != VCPU_ACTIVE;
	    loop assigns vm;
	    loop variant MAX_VMS - vm; */
	for (vm = 1; vm < MAX_VMS; vm++) {
		if (has_active_vcpu(vm)) {
			return true;
		}
	}
	return false;
}

/* Nothing of a VM stays in these pages. */
/*@ requires start <= end <= MAX_PFN;
    assigns ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    ensures \forall integer p, i; start <= p < end && is_of_vm(p) && 0 <= i < 512 ==>
      frame[p][i] == 0;
    ensures \forall integer p, i; 0 <= p < MAX_PFN && 0 <= i < 512 ==>
      frame[p][i] == \old(frame[p][i]) || frame[p][i] == 0; */
static void scrub(u32 start, u32 end)
{
	u32 pfn;

	/*@ loop invariant start <= pfn <= end;
	    loop invariant \forall integer p, i; start <= p < pfn && is_of_vm(p) && 0 <= i < 512 ==>
	      frame[p][i] == 0;
	    loop invariant \forall integer p, i; 0 <= p < MAX_PFN && 0 <= i < 512 ==>
	      frame[p][i] == \at(frame[p][i], Pre) || frame[p][i] == 0;
	    loop assigns pfn, ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
	    loop variant end - pfn; */
	for (pfn = start; pfn < end; pfn++) {
		bool of_vm = page[pfn].owner != OWNER_DOM0 && page[pfn].owner != OWNER_CORE;

		if (of_vm || page[pfn].kind == KIND_TRANSIT) {
			cache_zero(frame[pfn], PAGE_SIZE);
		}
	}
}

/* All VMs are off, and no new one comes. */
/*@ requires inv_vcpus && inv_sizes && inv_live;
    assigns vms_stopping, vms[0 .. MAX_VMS - 1].state, vcpu_frame[0 .. MAX_PFN - 1];
    exits \false;
    ensures \forall integer w; 0 < w < MAX_VMS && live(w) ==> vms[w].state == HS_VM_POWEROFF; */
static void power_off_all(void)
{
	u32 vm;

	atomic_set(&vms_stopping, 1);
	/*@ loop invariant 1 <= vm <= MAX_VMS && inv_live;
	    loop invariant \forall integer w; 0 < w < vm && live(w) ==>
	      vms[w].state == HS_VM_POWEROFF;
	    loop assigns vm, vms[0 .. MAX_VMS - 1].state, vcpu_frame[0 .. MAX_PFN - 1];
	    loop variant MAX_VMS - vm; */
	for (vm = 1; vm < MAX_VMS; vm++) {
		if (vm_exists(vm)) {
			vm_power_off(vm);
		}
	}
}

void vm_stop_all(void)
{
	u64 until = arch_counter() + sysreg_read(cntfrq_el0) / STOP_PARTS;
	u32 i;

	power_off_all();
	/*@ loop assigns arch_time; */
	while (any_vcpu_active() && arch_counter() < until) {
		arch_spin_hint();
	}
	/*@ loop invariant 0 <= i <= nr_ram_banks;
	    loop invariant \forall integer b, p, k; 0 <= b < i &&
	      ram_banks[b].start <= p < ram_banks[b].end && is_of_vm(p) && 0 <= k < 512 ==>
	      frame[p][k] == 0;
	    loop assigns i, ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
	    loop variant nr_ram_banks - i; */
	for (i = 0; i < nr_ram_banks; i++) {
		scrub(ram_banks[i].start, ram_banks[i].end);
	}
}
