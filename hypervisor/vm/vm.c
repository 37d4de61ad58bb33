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
#include "vm/vcpu.h"

struct vm vms[MAX_VMS];

#define WORK_PAGES 128u /* zeroed in one hypercall: about 30,000 instructions */

struct spinlock vm_table_lock;
static u32 stopping; /* the machine goes down: no new VM; atomic */

#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)

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

/* Claims a free VMID in state READY, with its lock held. */
static bool vmid_claim(u32 *vm)
{
	u32 i;

	spin_lock(&vm_table_lock);
	for (i = 1; i < MAX_VMS; i++) {
		if (vms[i].state == HS_VM_UNUSED && vms[i].nr_pages == 0) {
			break;
		}
	}
	if (i < MAX_VMS) {
		spin_lock(&vms[i].lock);
		vms[i].nr_pages = 1; /* claimed */
	}
	spin_unlock(&vm_table_lock);
	*vm = i;
	return i < MAX_VMS;
}

enum hs_error vm_create(u64 flags, u64 ram_size, u64 nr_vcpus, u64 data_pfn, u64 root_pfn, u32 *vm)
{
	enum hs_error err;
	struct vm *m;
	u32 id;
	u32 i;

	if ((flags & ~(u64)(HS_VM_PROTECTED | HS_VM_MEASURED | HS_VM_ALLOW_DMA)) != 0 ||
	    nr_vcpus == 0 || nr_vcpus > HS_MAX_VCPUS || ram_size == 0 ||
	    ram_size > HS_GUEST_RAM_MAX || (ram_size & (PAGE_SIZE - 1u)) != 0) {
		return HS_EINVAL;
	}
	if ((flags & HS_VM_PROTECTED) != 0) {
		if (hs_config.dma == HS_DMA_TRUSTED && (flags & HS_VM_ALLOW_DMA) == 0) {
			return HS_EDMA;
		}
		flags |= HS_VM_MEASURED;
	}
	if (atomic_read(&stopping) != 0) {
		return HS_ESTATE;
	}
	/* The pages before the VMID: a call that fails for its pages never has a VMID that another
	 * one would miss. */
	err = host_hide(data_pfn, HS_ORDER_PAGE);
	if (err != HS_OK) {
		return err;
	}
	err = host_hide(root_pfn, HS_ORDER_PAGE);
	if (err == HS_OK && !vmid_claim(&id)) {
		host_return(root_pfn, HS_ORDER_PAGE);
		err = HS_ELIMIT;
	}
	if (err != HS_OK) {
		host_return(data_pfn, HS_ORDER_PAGE); /* as it was */
		return err;
	}
	m = &vms[id];
	cache_zero(frame[data_pfn], PAGE_SIZE);
	cache_zero(frame[root_pfn], PAGE_SIZE);
	own_give(data_pfn, 1, (u16)id, KIND_VM, 0);
	own_give(root_pfn, 1, (u16)id, KIND_TABLE, 0);
	m->flags = (u32)flags;
	m->data = (u32)data_pfn;
	s2_spaces[id].root = (u32)root_pfn;
	s2_spaces[id].pool = 0;
	s2_spaces[id].nr_pool = 0;
	for (i = 0; i < HS_MAX_VCPUS; i++) {
		m->vcpu_pfn[i] = 0;
	}
	m->nr_vcpus = (u32)nr_vcpus;
	m->ram_pages = (u32)(ram_size >> PAGE_SHIFT);
	m->nr_ram = 0;
	m->nr_shared = 0;
	m->measured = 0;
	m->nr_pages = 2;
	m->quiesced = 0;
	m->work = (struct vm_work){ .kind = WORK_NONE };
	m->cntvoff = arch_counter();
	for (i = 0; i < MAX_CPUS; i++) {
		m->last_vcpu[i] = 0;
	}
	vgic_reset_vm(vm_data(id));
	measure_begin(id);
	atomic_set(&m->state, HS_VM_READY);
	spin_unlock(&m->lock);
	*vm = id;
	return HS_OK;
}

u32 vm_page_at(u32 vm, u64 gfn)
{
	enum s2_level level;
	u64 e = gfn < S2_MAX_GFN ? s2_lookup(vm, gfn, &level) : 0;

	if (e == 0) {
		return NO_PFN;
	}
	return s2_pfn(e) + (level == S2_2M ? (u32)(gfn % BLOCK_PAGES) : 0u);
}

/* The first instruction of vCPU 0 must lie in an image. Lock held. */
static bool entry_is_in_image(u32 vm)
{
	struct vcpu *v = vcpu_get(vm, 0);
	u32 pfn = v == NULL ? NO_PFN : vm_page_at(vm, v->ctx.pc >> PAGE_SHIFT);

	return pfn != NO_PFN && page[pfn].kind == KIND_IMAGE;
}

/* Whether the VM may run unsigned, as far as the owner is concerned. */
static bool needs_signature(u32 vm)
{
	return hs_config.owner_key == HS_OWNER_ALL ||
	       (hs_config.owner_key == HS_OWNER_PROTECTED && vm_is_protected(vm));
}

static bool is_signed(const u64 sig[8])
{
	bool some = false;
	u32 i;

	for (i = 0; i < 8u; i++) {
		some = some || sig[i] != 0;
	}
	return some;
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
		if (vms[vm].work.kind == WORK_DONATE) { /* not finished: never */
			host_return((u32)vms[vm].work.pfn, vms[vm].work.order);
		}
		vms[vm].work.kind = WORK_NONE;
		signature_forget(vm);
		tlb_flush_other_vmid(s2_vttbr(vm));
		vms[vm].quiesced = 1;
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

/* What can be said before a page is touched; asked again under the lock. */
static enum hs_error donate_check(u32 vm, u64 gfn, u32 order, u64 flags)
{
	const struct vm *m = &vms[vm];
	u64 n = 1ull << order;

	if (gfn < RAM_GFN || gfn - RAM_GFN >= m->ram_pages || n > m->ram_pages - (gfn - RAM_GFN) ||
	    (gfn & (n - 1u)) != 0) {
		return HS_EINVAL;
	}
	if ((m->state == HS_VM_READY && m->measured == 0) ||
	    ((m->state == HS_VM_READY || m->state == HS_VM_VERIFIED) && flags == 0)) {
		return HS_OK;
	}
	return HS_ESTATE;
}

/* Tables for gfn can be had, and nothing is mapped there. Needs the lock. */
static enum hs_error donate_look(u32 vm, u64 gfn, u32 order, u64 flags)
{
	enum hs_error err = donate_check(vm, gfn, order, flags);

	if (err == HS_OK && !s2_is_absent(vm, gfn, s2_level_of(order))) {
		err = HS_EEXIST;
	}
	return err == HS_OK ? s2_can_reserve(vm, gfn, s2_level_of(order)) : err;
}

/* Whether a call goes on with what the VM has not finished. Needs the lock. */
static bool work_matches(const struct vm_work *w, const struct vm_work *call)
{
	return (w->kind == call->kind || (w->kind == WORK_HASH && call->kind == WORK_DONATE)) &&
	       !w->busy && w->pfn == call->pfn && w->gfn == call->gfn && w->order == call->order &&
	       w->flags == call->flags;
}

/*
 * Zeroes (or, of an image, cleans) the next piece, outside the VM's lock, which
 * is held before and afterwards. HS_EAGAIN: there is more to do.
 */
static enum hs_error work_piece(struct vm *m)
{
	struct vm_work *w = &m->work;
	u32 left = (1u << w->order) - w->done;
	u32 n = left < WORK_PAGES ? left : WORK_PAGES;
	void *piece = frame[w->pfn + w->done];

	w->busy = true;
	spin_unlock(&m->lock);
	if ((w->flags & HS_DONATE_IMAGE) != 0) {
		cache_clean(piece, n * PAGE_SIZE);
	} else {
		cache_zero(piece, n * PAGE_SIZE);
	}
	spin_lock(&m->lock);
	w->busy = false;
	w->done += n;
	return n == left ? HS_OK : HS_EAGAIN;
}

/* Checks, then takes the pages from dom0; or goes on. Needs the lock. */
static enum hs_error donate_begin(u32 vm, const struct vm_work *call)
{
	struct vm_work *w = &vms[vm].work;
	enum hs_error err;

	if (w->kind != WORK_NONE || w->busy) {
		return work_matches(w, call) ? HS_OK : HS_EBUSY;
	}
	err = donate_look(vm, call->gfn, call->order, call->flags);
	if (err == HS_OK) {
		err = vm_is_protected(vm) ? host_hide(call->pfn, call->order)
					  : host_lend(call->pfn, call->order);
	}
	if (err == HS_OK) {
		*w = *call;
	}
	return err;
}

/*
 * All pages are ready: they become the VM's, or dom0's again. HS_EAGAIN: they
 * have still to be hashed. Needs the lock.
 */
static enum hs_error donate_finish(u32 vm)
{
	struct vm_work *w = &vms[vm].work;
	enum page_kind kind = (w->flags & HS_DONATE_IMAGE) != 0 ? KIND_IMAGE : KIND_RAM;
	u32 n = 1u << w->order;
	enum hs_error err = donate_look(vm, w->gfn, w->order, w->flags);

	w->kind = WORK_NONE;
	if (err == HS_OK) {
		err = s2_reserve(vm, w->gfn, s2_level_of(w->order));
	}
	if (err != HS_OK) { /* the VM has changed meanwhile */
		host_return(w->pfn, w->order);
		return err;
	}
	own_give(w->pfn, n, (u16)vm, kind, (u32)w->gfn);
	s2_set(vm, w->gfn, s2_level_of(w->order), w->pfn, S2_RAM_RWX);
	vms[vm].nr_ram += n;
	vms[vm].nr_pages += n;
	if (kind == KIND_IMAGE && (vms[vm].flags & HS_VM_MEASURED) != 0) {
		w->kind = WORK_HASH;
		w->done = 0;
		return HS_EAGAIN;
	}
	return HS_OK;
}

/*
 * Adds the next piece of an image to the measurement, outside the VM's lock.
 * The VM does not run yet, so the pages stand still.
 */
static enum hs_error hash_piece(u32 vm)
{
	struct vm_work *w = &vms[vm].work;

	w->busy = true;
	spin_unlock(&vms[vm].lock);
	w->done = measure_pages(vm, w->pfn, w->gfn, w->done, (u32)PAGE_SIZE << w->order);
	spin_lock(&vms[vm].lock);
	w->busy = false;
	if (w->done != (u32)PAGE_SIZE << w->order) {
		return HS_EAGAIN;
	}
	w->kind = WORK_NONE;
	return HS_OK;
}

/*
 * Moves pages from dom0 to a VM.
 *   dom0: OWNED  => in transit => ABSENT, or SHARED by an ordinary VM
 *   VM:   ABSENT => OWNED
 */
enum hs_error vm_donate(u32 vm, u64 pfn, u64 gfn, u32 order, u64 flags)
{
	const struct vm_work call = {
		.kind = WORK_DONATE, .order = order, .pfn = pfn, .gfn = gfn, .flags = flags
	};
	enum hs_error err;

	if ((order != HS_ORDER_PAGE && order != HS_ORDER_BLOCK) ||
	    (flags & ~(u64)HS_DONATE_IMAGE) != 0 || (pfn & ((1u << order) - 1u)) != 0 ||
	    gfn >= S2_MAX_GFN) {
		return HS_EINVAL;
	}
	spin_lock(&vms[vm].lock);
	err = donate_begin(vm, &call);
	if (err == HS_OK && vms[vm].work.kind == WORK_HASH) {
		err = hash_piece(vm);
	} else if (err == HS_OK) {
		err = work_piece(&vms[vm]);
		if (err == HS_OK) {
			err = donate_finish(vm);
		}
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

/* Whether the VM may be given pages; for good only under the lock. */
static bool takes_pages(u32 vm)
{
	u32 state = atomic_read(&vms[vm].state);

	return state == HS_VM_READY || state == HS_VM_VERIFIED;
}

enum hs_error vm_topup(u32 vm, u64 pfn)
{
	enum hs_error err;

	/* First of all: what would fail takes nothing, not even for a moment. */
	if (!takes_pages(vm)) {
		return HS_ESTATE;
	}
	err = host_hide(pfn, HS_ORDER_PAGE);
	if (err != HS_OK) {
		return err;
	}
	spin_lock(&vms[vm].lock);
	if (takes_pages(vm)) {
		cache_zero(frame[pfn], PAGE_SIZE);
		own_give(pfn, 1, (u16)vm, KIND_TABLE, 0);
		s2_pool_push(vm, (u32)pfn);
		vms[vm].nr_pages++;
	} else {
		host_return(pfn, HS_ORDER_PAGE); /* as it was */
		err = HS_ESTATE;
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

/* RAM: out of the VM's tables, into transit. */
static enum hs_error reclaim_ram(u32 vm, u64 pfn, u32 order)
{
	u32 n = 1u << order;
	u32 gfn = page[pfn].gfn;
	enum s2_level level;
	enum hs_error err;
	u32 shared = 0;
	u32 i;
	u64 e;

	e = s2_lookup(vm, gfn, &level);
	if (level != s2_level_of(order) || s2_pfn(e) != pfn) {
		return HS_EINVAL;
	}
	for (i = 0; i < n; i++) {
		shared += page[pfn + i].kind == KIND_SHARED ? 1u : 0u;
	}
	err = own_take_back(pfn, n, (u16)vm, gfn, vm_is_protected(vm) ? 0 : 1);
	if (err != HS_OK) {
		return err;
	}
	s2_clear(vm, gfn, level); /* TLBs were flushed by vm_destroy() */
	vms[vm].nr_ram -= n;
	vms[vm].nr_shared -= shared;
	vms[vm].nr_pages -= n;
	return HS_OK;
}

/* Whoever looks for the structure in this page finds none from now on. */
static void forget_structure(struct vm *m, u64 pfn)
{
	u32 i;

	for (i = 0; i < HS_MAX_VCPUS; i++) {
		if (m->vcpu_pfn[i] == pfn) {
			atomic_set(&m->vcpu_pfn[i], 0);
		}
	}
	if (m->data == pfn) {
		m->data = 0;
	}
}

/* Tables and structures: only after the last page of RAM, the root last. */
static enum hs_error reclaim_structure(u32 vm, u64 pfn)
{
	enum hs_error err;

	if (vms[vm].nr_ram != 0 || (pfn == s2_spaces[vm].root && vms[vm].nr_pages != 1u)) {
		return HS_EBUSY;
	}
	/* No table refers to a page that is not the VM's any more. */
	s2_unlink_all(vm);
	err = own_take_structure(pfn, (u16)vm);
	if (err == HS_OK) {
		forget_structure(&vms[vm], pfn);
		vms[vm].nr_pages--;
	}
	return err;
}

/* The last page is back: the VMID may be used again. Lock held. */
static void vm_free(u32 vm)
{
	/* vm_destroy() has flushed what lived under the VMID; nobody ran since. */
	s2_spaces[vm].root = 0;
	vms[vm].nr_vcpus = 0;
	atomic_set(&vms[vm].state, HS_VM_UNUSED);
}

/* RAM goes through transit piece by piece; then it is dom0's. Needs the lock. */
static enum hs_error reclaim_ram_work(u32 vm, const struct vm_work *call)
{
	struct vm_work *w = &vms[vm].work;
	enum hs_error err = HS_OK;

	if (w->kind == WORK_NONE) {
		err = reclaim_ram(vm, call->pfn, call->order);
		if (err == HS_OK) {
			*w = *call;
		}
	} else if (!work_matches(w, call)) {
		err = HS_EBUSY;
	}
	if (err == HS_OK) {
		err = work_piece(&vms[vm]);
	}
	if (err == HS_OK) {
		host_return(w->pfn, w->order);
		w->kind = WORK_NONE;
	}
	return err;
}

/* What the page is decides how it goes back. Needs the lock. */
static enum hs_error reclaim_locked(u32 vm, u64 pfn, u32 order)
{
	const struct vm_work call = { .kind = WORK_RECLAIM, .order = order, .pfn = pfn };
	enum hs_error err;

	if (vms[vm].state != HS_VM_POWEROFF || vms[vm].quiesced == 0) {
		return HS_ESTATE;
	}
	if (vms[vm].work.kind != WORK_NONE) {
		return reclaim_ram_work(vm, &call);
	}
	if (page[pfn].owner != vm) {
		return HS_EPERM;
	}
	if (own_is_ram_of(pfn, (u16)vm)) {
		return reclaim_ram_work(vm, &call);
	}
	err = order == HS_ORDER_PAGE ? reclaim_structure(vm, pfn) : HS_EINVAL;
	if (err == HS_OK) {
		host_page_return(pfn);
		if (vms[vm].nr_pages == 0) {
			vm_free(vm);
		}
	}
	return err;
}

enum hs_error vm_reclaim(u32 vm, u64 pfn, u32 order)
{
	enum hs_error err;

	if ((order != HS_ORDER_PAGE && order != HS_ORDER_BLOCK) ||
	    (pfn & ((1u << order) - 1u)) != 0 || !pfn_range_is_ram(pfn, 1ull << order)) {
		return HS_EINVAL;
	}
	spin_lock(&vms[vm].lock);
	err = reclaim_locked(vm, pfn, order);
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
