/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/vm.h"

#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/tlb.h"
#include "crypto/signature.h"
#include "gic/gic.h"
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
static u32 stopping; /* the machine goes down: no new VM; atomic */

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

/* Claims a free VMID, whose lock is held then; 0: none is free. */
/*@ requires inv_live;
    assigns vm_table_lock, vms[0 .. MAX_VMS - 1].lock, vms[0 .. MAX_VMS - 1].nr_pages;
    exits \false;
    ensures \result < MAX_VMS && (\result != 0 ==> !live(\result)); */
static u32 vmid_claim(void)
{
	u32 found = 0;
	u32 i;

	spin_lock(&vm_table_lock);
	/*@ loop invariant 1 <= i <= MAX_VMS && found < MAX_VMS;
	    loop invariant found != 0 ==> vms[found].state == HS_VM_UNUSED;
	    loop assigns i, found;
	    loop variant MAX_VMS - i; */
	for (i = 1; found == 0 && i < MAX_VMS; i++) {
		if (vms[i].state == HS_VM_UNUSED && vms[i].nr_pages == 0) {
			found = i;
		}
	}
	if (found != 0) {
		spin_lock(&vms[found].lock);
		vms[found].nr_pages = 1; /* claimed */
	}
	spin_unlock(&vm_table_lock);
	return found;
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
	return atomic_read(&stopping) != 0 ? HS_ESTATE : HS_OK;
}

/* clang-format off */
#define IS_TAKEN(pfn) \
	(0 < pfn < MAX_PFN && is_transit(pfn, 0) && \forall integer x; moves(x) ==> !moved(pfn, x))
/* clang-format on */

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
	//@ assert \forall integer x; moves(x) ==> pfn != vms[x].work.pfn;
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

/* A page in transit, zeroed, becomes a structure of a VM that has no tables yet. */
/*@ MEMORY_REQUIRES;
    requires IS_TAKEN(pfn) && !live(vm) && (kind == KIND_VM || kind == KIND_TABLE);
    assigns page[pfn], own_counters[0 .. 2], ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures page[pfn].owner == vm && page[pfn].kind == kind && page[pfn].shares == 0;
    ensures unused(pfn); */
static void give_structure(u32 vm, u64 pfn, enum page_kind kind)
{
	page_zero(pfn);
	own_give(pfn, 1, (u16)vm, kind, 0);
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

/* What a new VM is, apart from its pages. Its lock is held. */
/*@ VM_REQUIRES;
    requires data_pfn < MAX_PFN && flags < 8 && nr_vcpus <= HS_MAX_VCPUS;
    requires ram_pages <= HS_GUEST_RAM_MAX / 4096;
    assigns vms[vm].flags, vms[vm].data, vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1],
      vms[vm].nr_vcpus, vms[vm].ram_pages, vms[vm].nr_ram, vms[vm].nr_shared, vms[vm].measured,
      vms[vm].nr_pages, vms[vm].quiesced, vms[vm].cntvoff, vms[vm].last_vcpu[0 .. MAX_CPUS - 1],
      arch_time;
    exits \false;
    VM_ENSURES;
    ensures vms[vm].flags == flags && vms[vm].data == data_pfn && vms[vm].nr_vcpus == nr_vcpus &&
      vms[vm].ram_pages == ram_pages;
    ensures vms[vm].nr_pages == 2 && vms[vm].nr_ram == 0 && vms[vm].nr_shared == 0 &&
      vms[vm].measured == 0 && vms[vm].quiesced == 0;
    ensures \forall integer i; 0 <= i < HS_MAX_VCPUS ==> vms[vm].vcpu_pfn[i] == 0; */
static void set_up(u32 vm, u64 data_pfn, u32 flags, u32 nr_vcpus, u32 ram_pages)
{
	struct vm *m = &vms[vm];
	u32 i;

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

enum hs_error vm_create(u64 flags, u64 ram_size, u64 nr_vcpus, u64 data_pfn, u64 root_pfn, u32 *vm)
{
	enum hs_error err = create_check(flags, ram_size, nr_vcpus);
	u32 id;

	if (err != HS_OK) {
		return err;
	}
	/* The pages before the VMID: a call that fails for its pages never has a VMID that another
	 * one would miss. */
	err = take_both(data_pfn, root_pfn);
	if (err != HS_OK) {
		return err;
	}
	id = vmid_claim();
	if (id == 0) {
		return_page(root_pfn);
		return_page(data_pfn);
		return HS_ELIMIT;
	}
	vms[id].work.kind = WORK_NONE;
	set_up(id, data_pfn, flags_of(flags), (u32)nr_vcpus, (u32)(ram_size / PAGE_SIZE));
	give_structure(id, data_pfn, KIND_VM);
	give_structure(id, root_pfn, KIND_TABLE);
	begin_tables(id, root_pfn);
	vgic_reset_vm(vm_data(id));
	measure_begin(id);
	atomic_set(&vms[id].state, HS_VM_READY);
	spin_unlock(&vms[id].lock);
	*vm = id;
	return HS_OK;
}

/* The first instruction of vCPU 0 must lie in an image. Lock held. */
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
static enum hs_error check_signature(u32 vm, const u64 sig[8])
{
	u8 digest[SHA256_SIZE];
	enum hs_error err;

	if ((vms[vm].flags & HS_VM_MEASURED) == 0) {
		return HS_ESIGNATURE;
	}
	vms[vm].work.busy = true;
	spin_unlock(&vms[vm].lock);
	sha256_of_digest(vms[vm].measurement, digest);
	err = signature_check(vm, digest, (const u8 *)sig);
	spin_lock(&vms[vm].lock);
	vms[vm].work.busy = false;
	return err == HS_OK && vms[vm].state != HS_VM_READY ? HS_ESTATE : err;
}

enum hs_error vm_verify(u32 vm, const u64 sig[8])
{
	enum hs_error err = HS_ESTATE;

	spin_lock(&vms[vm].lock);
	if (vms[vm].state == HS_VM_READY && entry_is_in_image(vm)) {
		err = vms[vm].work.kind != WORK_NONE || vms[vm].work.busy ? HS_EBUSY : HS_OK;
	}
	if (err == HS_OK) {
		measure_finish(vm); /* from here on the images stand still */
		if (is_signed(sig)) {
			err = check_signature(vm, sig);
		} else if (needs_signature(vm)) {
			err = HS_ESIGNATURE;
		}
	}
	if (err == HS_OK) {
		cache_sync_code();
		atomic_set(&vms[vm].state, HS_VM_VERIFIED);
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

void vm_power_off(u32 vm)
{
	u32 i;

	atomic_set(&vms[vm].state, HS_VM_POWEROFF);
	for (i = 0; i < vms[vm].nr_vcpus; i++) {
		struct vcpu *v = vcpu_get(vm, i);

		if (v != NULL) {
			(void)vcpu_kick(v);
		}
	}
}

enum hs_error vm_destroy(u32 vm)
{
	enum hs_error err = HS_OK;
	u32 i;

	spin_lock(&vms[vm].lock);
	if (vms[vm].state == HS_VM_UNUSED) {
		spin_unlock(&vms[vm].lock);
		return HS_ENOENT;
	}
	if (vms[vm].quiesced != 0) { /* its pages may be gone already */
		spin_unlock(&vms[vm].lock);
		return HS_OK;
	}
	/* No vCPU becomes active after this: set_vcpu_active() looks again. */
	vm_power_off(vm);
	for (i = 0; i < vms[vm].nr_vcpus; i++) {
		struct vcpu *v = vcpu_get(vm, i);

		if (v != NULL && atomic_read(&v->state) == VCPU_ACTIVE) {
			err = HS_EBUSY;
		}
	}
	if (atomic_read(&vms[vm].users) != 0 || vms[vm].work.busy) {
		err = HS_EBUSY;
	}
	if (err == HS_OK) {
		vm_abandon_work(vm); /* not finished: never */
		signature_forget(vm);
		tlb_flush_other_vmid(s2_vttbr(vm));
		vms[vm].quiesced = 1;
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

#define STOP_PARTS 10u /* of a second: how long to wait for other CPUs */

static bool any_vcpu_active(void)
{
	u32 vm;
	u32 i;

	for (vm = 1; vm < MAX_VMS; vm++) {
		for (i = 0; i < vms[vm].nr_vcpus; i++) {
			struct vcpu *v = vcpu_get(vm, i);

			if (v != NULL && atomic_read(&v->state) == VCPU_ACTIVE) {
				return true;
			}
		}
	}
	return false;
}

void vm_stop_all(void)
{
	u64 until = arch_counter() + sysreg_read(cntfrq_el0) / STOP_PARTS;
	u64 pfn;
	u32 i;

	atomic_set(&stopping, 1);
	for (i = 1; i < MAX_VMS; i++) {
		if (vm_exists(i)) {
			vm_power_off(i);
		}
	}
	while (any_vcpu_active() && arch_counter() < until) {
		arch_spin_hint();
	}
	for (i = 0; i < nr_ram_banks; i++) {
		for (pfn = ram_banks[i].start; pfn < ram_banks[i].end; pfn++) {
			bool of_vm = page[pfn].owner != OWNER_DOM0 && page[pfn].owner != OWNER_CORE;

			if (of_vm || page[pfn].kind == KIND_TRANSIT) {
				cache_zero(frame[pfn], PAGE_SIZE);
			}
		}
	}
}
