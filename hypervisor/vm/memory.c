/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages on their way from dom0 to a VM, and back. */
#include "vm/memory.h"

#include "arch/atomic.h"
#include "arch/cache.h"
#include "mm/host.h"
#include "mm/own.h"
#include "mm/pt.h"
#include "vm/measure.h"

struct vm_work vm_works[MAX_VMS];

#define WORK_PAGES 128u /* zeroed in one hypercall: about 30,000 instructions */

#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)

/* clang-format off */
/* Its work is about the same pages. */
#define SAME_PLACE \
	ensures vm_works[vm].pfn == \old(vm_works[vm].pfn); \
	ensures vm_works[vm].order == \old(vm_works[vm].order)
/* What a call is about, beside all that is there. */
#define CALL_REQUIRES \
	requires \valid_read(call) && \separated(call, &vms[0 .. MAX_VMS - 1], &vm_works[0 .. MAX_VMS - 1]); \
	requires \separated(call, &page[0 .. MAX_PFN - 1], ((u64 *)frame) + (0 .. MAX_PFN * 512 - 1), \
			    &s2_spaces[0 .. S2_SPACES - 1], &host_lock, &own_counters[0 .. 2]); \
	requires is_order(call->order) && aligned(call->pfn, call->order) && !call->busy && \
		 call->done == 0
/* clang-format on */

u32 vm_page_at(u32 vm, u64 gfn)
{
	return gfn < S2_MAX_GFN ? s2_page_at(vm, gfn) : NO_PFN;
}

/* What can be said before a page is touched; asked again under the lock. */
/*@ VM_REQUIRES;
    requires is_order(order);
    assigns \nothing;
    exits \false;
    ensures \result == HS_OK || \result == HS_EINVAL || \result == HS_ESTATE;
    ensures \result == HS_OK ==> aligned(gfn, order) && RAM_GFN <= gfn &&
      gfn + (order == HS_ORDER_BLOCK ? 512 : 1) <= RAM_GFN + vms[vm].ram_pages;
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_READY && vms[vm].measured == 0 ||
      (vms[vm].state == HS_VM_READY || vms[vm].state == HS_VM_VERIFIED) && flags == 0; */
static enum hs_error donate_check(u32 vm, u64 gfn, u32 order, u64 flags)
{
	const struct vm *m = &vms[vm];
	u32 n = s2_pages_of(order);

	if (gfn < RAM_GFN || gfn - RAM_GFN >= m->ram_pages || n > m->ram_pages - (gfn - RAM_GFN) ||
	    gfn % n != 0) {
		return HS_EINVAL;
	}
	if ((m->state == HS_VM_READY && m->measured == 0) ||
	    ((m->state == HS_VM_READY || m->state == HS_VM_VERIFIED) && flags == 0)) {
		return HS_OK;
	}
	return HS_ESTATE;
}

/* Tables for gfn can be had, and nothing is mapped there. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && is_order(order);
    assigns \nothing;
    exits \false;
    ensures \result == HS_OK ==> is_gfn(gfn) && aligned(gfn, order); */
static enum hs_error donate_look(u32 vm, u64 gfn, u32 order, u64 flags)
{
	enum hs_error err = donate_check(vm, gfn, order, flags);

	if (err == HS_OK && !s2_is_absent(vm, gfn, s2_level_of(order))) {
		err = HS_EEXIST;
	}
	return err == HS_OK ? s2_can_reserve(vm, gfn, s2_level_of(order)) : err;
}

/* Whether a call goes on with what the VM has not finished. Needs the lock. */
/*@ requires vm < MAX_VMS && \valid_read(call);
    assigns \nothing;
    exits \false;
    ensures \result ==> !vm_works[vm].busy && vm_works[vm].pfn == call->pfn &&
      vm_works[vm].gfn == call->gfn && vm_works[vm].order == call->order &&
      vm_works[vm].flags == call->flags;
    ensures \result ==> vm_works[vm].kind == call->kind ||
      (vm_works[vm].kind == WORK_HASH && call->kind == WORK_DONATE); */
static bool work_matches(u32 vm, const struct vm_work *call)
{
	const struct vm_work *w = &vm_works[vm];

	return (w->kind == call->kind || (w->kind == WORK_HASH && call->kind == WORK_DONATE)) &&
	       !w->busy && w->pfn == call->pfn && w->gfn == call->gfn && w->order == call->order &&
	       w->flags == call->flags;
}

/* Zeroes pages in transit, which no walk comes to. */
/*@ requires few(pfn, n) && \forall integer p; pfn <= p < pfn + n ==> lv[p] == 0;
    PT_REQUIRES;
    assigns ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    PT_ENSURES;
    SAME_OUT;
    ensures \forall integer p, i; pfn <= p < pfn + n && 0 <= i < 512 ==> frame[p][i] == 0; */
static void zero(u64 pfn, u32 n)
{
	u32 k;

	/*@ loop invariant 0 <= k <= n;
	    loop invariant \forall integer p, i; pfn <= p < pfn + k && 0 <= i < 512 ==>
	      frame[p][i] == 0;
	    loop invariant inv_links && inv_roots && inv_pool && inv_next && inv_empty && inv_zero;
	    loop invariant \forall integer w, g; live(w) && is_gfn(g) ==>
	      out(w, g) == \at(out(w, g), Pre);
	    loop assigns k, ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
	    loop variant n - k; */
	for (k = 0; k < n; k++) {
		page_zero(pfn + k);
		/*@ assert \forall integer p, i; pfn <= p < pfn + k && 0 <= i < 512 ==>
		      frame[p][i] == \at(frame[p][i], LoopCurrent); */
	}
}

/* The next piece of what is moved: of an image it stays as it is. */
/*@ MEMORY_REQUIRES;
    requires moves(vm) && from + n <= (vm_works[vm].order == HS_ORDER_BLOCK ? 512 : 1);
    assigns ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    SAME_OUT; */
static void make_ready(u32 vm, u32 from, u32 n)
{
	u64 pfn = vm_works[vm].pfn + from;

	//@ assert \forall integer p; moved(p, vm) ==> is_transit(p, page[p].shares);
	//@ assert \forall integer p; moved(p, vm) ==> lv[p] == 0;
	//@ assert \forall integer p; pfn <= p < pfn + n ==> moved(p, vm);
	if ((vm_works[vm].flags & HS_DONATE_IMAGE) != 0) {
		cache_clean(frame[pfn], n * PAGE_SIZE);
	} else if (n != 0) {
		zero(pfn, n);
	}
}

/*
 * Zeroes (or, of an image, cleans) the next piece, outside the VM's lock, which
 * is held before and afterwards. HS_EAGAIN: there is more to do.
 */
/*@ MEMORY_REQUIRES;
    requires moves(vm);
    assigns vms[vm].lock, vm_works[vm].busy, vm_works[vm].done,
      ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    SAME_OUT;
    ensures \result == HS_OK || \result == HS_EAGAIN; */
static enum hs_error work_piece(u32 vm)
{
	struct vm_work *w = &vm_works[vm];
	u32 left = s2_pages_of(w->order) - w->done;
	u32 n = left < WORK_PAGES ? left : WORK_PAGES;

	w->busy = true;
	spin_unlock(&vms[vm].lock);
	make_ready(vm, w->done, n);
	spin_lock(&vms[vm].lock);
	w->busy = false;
	w->done += n;
	return n == left ? HS_OK : HS_EAGAIN;
}

enum hs_error vm_take_page(u64 pfn)
{
	/*@ assert \forall integer w, p; moves(w) && moved(p, w) ==>
	      !is_dom0s(p) && !is_dom0s(vm_works[w].pfn); */
	return host_hide(pfn, HS_ORDER_PAGE);
}

void vm_give_page(u32 vm, u64 pfn, enum page_kind kind)
{
	page_zero(pfn);
	own_give(pfn, 1, (u16)vm, kind, 0);
}

/* The pages leave dom0; an ordinary VM's are lent by it. */
/*@ MEMORY_REQUIRES;
    requires is_order(order) && aligned(pfn, order);
    assigns HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    HOST_TAKES(vms[vm].flags % 2 == 1 ? 0 : 1); */
static enum hs_error take(u32 vm, u64 pfn, u32 order)
{
	/*@ assert \forall integer w, p; moves(w) && moved(p, w) ==>
	      !is_dom0s(p) && !is_dom0s(vm_works[w].pfn); */
	if (vm_is_protected(vm)) {
		return host_hide(pfn, order);
	}
	return host_lend(pfn, order);
}

/* Checks, then takes the pages from dom0; or goes on. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm);
    CALL_REQUIRES;
    requires call->kind == WORK_DONATE;
    assigns vm_works[vm], HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==> (moves(vm) || vm_works[vm].kind == WORK_HASH) &&
      vm_works[vm].pfn == call->pfn && vm_works[vm].order == call->order;
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, call->pfn, call->order) ==>
      page[p] == \old(page[p]);
    ensures \forall integer p; 0 <= p < MAX_PFN && run_of(p, call->pfn, call->order) ==>
      page[p] == \old(page[p]) || (\old(is_dom0s(p)) && page[p].kind == KIND_TRANSIT);
    ensures \result == HS_OK && moves(vm) ==> \forall integer p; moved(p, vm) ==>
      \old(is_dom0s(p)) || \old(page[p].kind) == KIND_TRANSIT; */
static enum hs_error donate_begin(u32 vm, const struct vm_work *call)
{
	enum hs_error err;

	if (vm_works[vm].kind != WORK_NONE || vm_works[vm].busy) {
		return work_matches(vm, call) ? HS_OK : HS_EBUSY;
	}
	err = donate_look(vm, call->gfn, call->order, call->flags);
	/*@ assert \forall integer x; moves(x) ==> !is_dom0s(vm_works[x].pfn) &&
	      (moved(call->pfn, x) ==> !is_dom0s(call->pfn)); */
	if (err == HS_OK) {
		err = take(vm, call->pfn, call->order);
	}
	/*@ assert err == HS_OK ==> \forall integer x; moves(x) ==>
	      !moved(call->pfn, x) && !run_of(vm_works[x].pfn, call->pfn, call->order); */
	if (err == HS_OK) {
		vm_works[vm] = *call;
	}
	return err;
}

/* The VM's tables get its new pages. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && is_order(order) && aligned(pfn, order) && aligned(gfn, order);
    requires 0 < pfn && few(pfn, order == HS_ORDER_BLOCK ? 512 : 1) && is_gfn(gfn);
    requires room(vm, gfn, order == HS_ORDER_BLOCK ? 2 : 3);
    requires \forall integer p; run_of(p, pfn, order) ==> is_guest_ram(p, vm) &&
      page[p].gfn == gfn + (p - pfn) && (vms[vm].flags % 2 == 1 ==> page[p].shares == 0);
    assigns S2_TABLES(vm);
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    ensures \forall integer p; run_of(p, pfn, order) ==> out(vm, gfn + (p - pfn)) == p; */
static void map(u32 vm, u64 pfn, u64 gfn, u32 order)
{
	s2_set(vm, gfn, s2_level_of(order), pfn, S2_RAM_RWX);
	/*@ assert order == HS_ORDER_BLOCK ==> \forall integer g;
	      is_gfn(g) && g / 512 == gfn / 512 ==> out(vm, g) == pfn + g % 512; */
	//@ assert order == HS_ORDER_PAGE ==> out(vm, gfn) == pfn;
	/*@ assert order == HS_ORDER_BLOCK ==> \forall integer p; run_of(p, pfn, order) ==>
	      (gfn + (p - pfn)) / 512 == gfn / 512 && (gfn + (p - pfn)) % 512 == p - pfn; */
	/*@ assert order == HS_ORDER_BLOCK ==> \forall integer g;
	      is_gfn(g) && g / 512 == gfn / 512 ==>
	      run_of(out(vm, g), pfn, order) && gfn + (out(vm, g) - pfn) == g; */
}

/* Pages in transit, all ready, become the VM's. HS_EAGAIN: they have still to be hashed. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && moves(vm);
    requires room(vm, vm_works[vm].gfn, vm_works[vm].order == HS_ORDER_BLOCK ? 2 : 3);
    assigns vm_works[vm], vms[vm].nr_ram, vms[vm].nr_pages, page[0 .. MAX_PFN - 1],
      own_counters[0 .. 2], S2_TABLES(vm);
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    SAME_PLACE;
    ensures \result == HS_OK || \result == HS_EAGAIN;
    ensures \forall integer p; 0 <= p < MAX_PFN && !moved(p, vm) ==> page[p] == \old(page[p]);
    ensures \forall integer p; moved(p, vm) ==> is_guest_ram(p, vm); */
static enum hs_error give(u32 vm)
{
	struct vm_work *w = &vm_works[vm];
	enum page_kind kind = (w->flags & HS_DONATE_IMAGE) != 0 ? KIND_IMAGE : KIND_RAM;
	u32 n = s2_pages_of(w->order);
	bool is_hashed = kind == KIND_IMAGE && (vms[vm].flags & HS_VM_MEASURED) != 0;

	/*@ assert \forall integer p; moved(p, vm) ==> is_transit(p, page[p].shares) &&
	      (vms[vm].flags % 2 == 1 ==> page[p].shares == 0); */
	w->kind = is_hashed ? WORK_HASH : WORK_NONE;
	w->done = 0;
	own_give(w->pfn, n, (u16)vm, kind, (u32)w->gfn);
	/*@ assert \forall integer p; moved(p, vm) ==> is_guest_ram(p, vm) &&
	      page[p].gfn == w->gfn + (p - w->pfn) &&
	      (vms[vm].flags % 2 == 1 ==> page[p].shares == 0); */
	map(vm, w->pfn, w->gfn, w->order);
	vms[vm].nr_ram += n;
	vms[vm].nr_pages += n;
	return is_hashed ? HS_EAGAIN : HS_OK;
}

/* Pages in transit become dom0's again. */
/*@ MEMORY_REQUIRES;
    requires moves(vm);
    assigns vm_works[vm].kind, HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    SAME_PLACE;
    ensures vm_works[vm].kind == WORK_NONE;
    ensures \forall integer p; 0 <= p < MAX_PFN && !moved(p, vm) ==> page[p] == \old(page[p]);
    ensures \forall integer p; moved(p, vm) ==> is_dom0s(p) || page[p] == \old(page[p]); */
static void give_back(u32 vm)
{
	vm_works[vm].kind = WORK_NONE;
	host_return(vm_works[vm].pfn, vm_works[vm].order);
}

/* The VM can still have them, and there is room for them. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && moves(vm);
    assigns S2_TABLES(vm);
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \result == HS_OK ==>
      room(vm, vm_works[vm].gfn, vm_works[vm].order == HS_ORDER_BLOCK ? 2 : 3); */
static enum hs_error make_room(u32 vm)
{
	const struct vm_work *w = &vm_works[vm];
	enum hs_error err = donate_check(vm, w->gfn, w->order, w->flags);

	return err == HS_OK ? s2_make_room(vm, w->gfn, s2_level_of(w->order)) : err;
}

/* All pages are ready: they become the VM's, or dom0's again. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && moves(vm);
    assigns vm_works[vm], vms[vm].nr_ram, vms[vm].nr_pages, S2_TABLES(vm), HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    SAME_PLACE;
    ensures \forall integer p; 0 <= p < MAX_PFN && !moved(p, vm) ==> page[p] == \old(page[p]);
    ensures \forall integer p; moved(p, vm) ==>
      is_guest_ram(p, vm) || is_dom0s(p) || page[p] == \old(page[p]); */
static enum hs_error donate_finish(u32 vm)
{
	enum hs_error err = make_room(vm);

	/*@ assert \forall integer w, g; 0 < w < S2_SPACES && live(w) && is_gfn(g) ==>
	      out(w, g) == \at(out(w, g), Pre); */
	if (err == HS_OK) {
		err = give(vm);
	} else {
		give_back(vm); /* the VM has changed meanwhile */
	}
	/*@ assert \forall integer w, g; 0 < w < S2_SPACES && w != vm && live(w) && is_gfn(g) ==>
	      out(w, g) == \at(out(w, g), Pre); */
	return err;
}

/*
 * Adds the next piece of an image to the measurement, outside the VM's lock.
 * The VM does not run yet, so the pages stand still.
 */
/*@ MEMORY_REQUIRES;
    requires vm_works[vm].kind == WORK_HASH;
    assigns vms[vm].lock, vm_works[vm].busy, vm_works[vm].done, vm_works[vm].kind,
      measured_so_far[vm];
    exits \false;
    MEMORY_ENSURES;
    ensures vm_works[vm].kind == WORK_HASH || vm_works[vm].kind == WORK_NONE;
    ensures \result == HS_OK <==> vm_works[vm].kind == WORK_NONE; */
static enum hs_error hash_piece(u32 vm)
{
	struct vm_work *w = &vm_works[vm];
	u32 size = (u32)PAGE_SIZE * s2_pages_of(w->order);

	w->busy = true;
	spin_unlock(&vms[vm].lock);
	w->done = measure_pages(vm, w->pfn, w->gfn, w->done, size);
	spin_lock(&vms[vm].lock);
	w->busy = false;
	if (w->done != size) {
		return HS_EAGAIN;
	}
	w->kind = WORK_NONE;
	return HS_OK;
}

/* The next step of a donation. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && (moves(vm) || vm_works[vm].kind == WORK_HASH);
    assigns MEMORY_ASSIGNS, measured_so_far[vm];
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    OTHER_GUESTS_KEEP;
    SAME_PLACE;
    ensures \forall integer p; 0 <= p < MAX_PFN && !moved(p, vm) ==> page[p] == \old(page[p]);
    ensures \forall integer p; moved(p, vm) ==> page[p] == \old(page[p]) ||
      (\old(moves(vm)) && (is_guest_ram(p, vm) || is_dom0s(p))); */
static enum hs_error donate_step(u32 vm)
{
	enum hs_error err;

	if (vm_works[vm].kind == WORK_HASH) {
		return hash_piece(vm);
	}
	err = work_piece(vm);
	return err == HS_OK ? donate_finish(vm) : err;
}

/*
 * Moves pages from dom0 to a VM.
 *   dom0: OWNED  => in transit => ABSENT, or SHARED by an ordinary VM
 *   VM:   ABSENT => OWNED
 */
/*@ MEMORY_REQUIRES;
    requires live(vm);
    CALL_REQUIRES;
    requires call->kind == WORK_DONATE;
    assigns MEMORY_ASSIGNS, measured_so_far[vm];
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    OTHER_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, call->pfn, call->order) ==>
      page[p] == \old(page[p]);
    ensures \forall integer p; 0 <= p < MAX_PFN && run_of(p, call->pfn, call->order) ==>
      page[p] == \old(page[p]) ||
      ((\old(is_dom0s(p)) || \old(page[p].kind) == KIND_TRANSIT) &&
       (is_dom0s(p) || page[p].kind == KIND_TRANSIT || is_guest_ram(p, vm))); */
static enum hs_error donate(u32 vm, const struct vm_work *call)
{
	enum hs_error err = donate_begin(vm, call);

	return err == HS_OK ? donate_step(vm) : err;
}

enum hs_error vm_donate(u32 vm, u64 pfn, u64 gfn, u32 order, u64 flags)
{
	const struct vm_work call = {
		.kind = WORK_DONATE, .order = order, .pfn = pfn, .gfn = gfn, .flags = flags
	};
	enum hs_error err;

	if ((order != HS_ORDER_PAGE && order != HS_ORDER_BLOCK) ||
	    (flags & ~(u64)HS_DONATE_IMAGE) != 0 || pfn % s2_pages_of(order) != 0 ||
	    gfn >= S2_MAX_GFN) {
		return HS_EINVAL;
	}
	spin_lock(&vms[vm].lock);
	/* Another CPU may have given its last page back. */
	err = vms[vm].state == HS_VM_UNUSED ? HS_ENOENT : donate(vm, &call);
	spin_unlock(&vms[vm].lock);
	return err;
}

void vm_abandon_work(u32 vm)
{
	if (vm_works[vm].kind == WORK_DONATE) {
		give_back(vm);
	}
	vm_works[vm].kind = WORK_NONE;
}

/* Whether the VM may be given pages; for good only under the lock. */
/*@ requires vm < MAX_VMS;
    assigns \nothing;
    exits \false;
    ensures \result <==> vms[vm].state == HS_VM_READY || vms[vm].state == HS_VM_VERIFIED; */
static bool takes_pages(u32 vm)
{
	u32 state = atomic_read(&vms[vm].state);

	return state == HS_VM_READY || state == HS_VM_VERIFIED;
}

/* A page in transit becomes a spare table. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && IS_TAKEN(pfn);
    assigns vms[vm].nr_pages, page[pfn], own_counters[0 .. 2], S2_TABLES(vm);
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures page[pfn].owner == vm && page[pfn].kind == KIND_TABLE; */
static void give_table(u32 vm, u64 pfn)
{
	vm_give_page(vm, pfn, KIND_TABLE);
	s2_pool_push(vm, (u32)pfn);
	vms[vm].nr_pages++;
}

/* Or dom0's again, as it was, if the VM is over meanwhile. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires inv_live && IS_TAKEN(pfn);
    assigns vms[vm].nr_pages, S2_TABLES(vm), HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]);
    ensures \result == HS_OK ==> page[pfn].owner == vm && page[pfn].kind == KIND_TABLE; */
static enum hs_error topup(u32 vm, u64 pfn)
{
	if (takes_pages(vm)) {
		give_table(vm, pfn);
		return HS_OK;
	}
	host_return(pfn, HS_ORDER_PAGE);
	return HS_ESTATE;
}

enum hs_error vm_topup(u32 vm, u64 pfn)
{
	enum hs_error err;

	/* First of all: what would fail takes nothing, not even for a moment. */
	if (!takes_pages(vm)) {
		return HS_ESTATE;
	}
	err = vm_take_page(pfn);
	if (err == HS_OK) {
		spin_lock(&vms[vm].lock);
		err = topup(vm, pfn);
		spin_unlock(&vms[vm].lock);
	}
	return err;
}

/* How many pages of a run are shared. */
/*@ requires few(pfn, n);
    assigns \nothing;
    exits \false;
    ensures \result <= n; */
static u32 count_shared(u64 pfn, u32 n)
{
	u32 shared = 0;
	u32 i;

	/*@ loop invariant 0 <= i <= n && shared <= i;
	    loop assigns i, shared;
	    loop variant n - i; */
	for (i = 0; i < n; i++) {
		shared += page[pfn + i].kind == KIND_SHARED ? 1u : 0u;
	}
	return shared;
}

/* RAM: out of the VM's tables, into transit. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && is_order(order) && aligned(pfn, order);
    requires 0 < pfn && few(pfn, order == HS_ORDER_BLOCK ? 512 : 1);
    assigns vms[vm].nr_ram, vms[vm].nr_shared, vms[vm].nr_pages, page[0 .. MAX_PFN - 1],
      own_counters[0 .. 2], ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    ONLY_THE_RUN;
    ensures \result == HS_OK ==> \forall integer p; run_of(p, pfn, order) ==>
      \old(page[p].owner) == vm && is_transit(p, vms[vm].flags % 2 == 1 ? 0 : 1);
    ensures \result != HS_OK ==> \forall integer p; run_of(p, pfn, order) ==>
      page[p] == \old(page[p]); */
static enum hs_error reclaim_ram(u32 vm, u64 pfn, u32 order)
{
	u32 n = s2_pages_of(order);
	u32 gfn = page[pfn].gfn;
	u32 shared = count_shared(pfn, n);
	enum s2_level level;
	enum hs_error err;
	u64 e;

	if (gfn >= S2_MAX_GFN) {
		return HS_EINVAL;
	}
	e = s2_lookup(vm, gfn, &level);
	if (e == 0 || level != s2_level_of(order) || s2_pfn(e) != pfn) {
		return HS_EINVAL;
	}
	/*@ assert \forall integer x, p; moves(x) && moved(p, x) ==>
	      page[p].owner != vm && page[vm_works[x].pfn].owner != vm; */
	err = own_take_back(pfn, n, (u16)vm, gfn, vm_is_protected(vm) ? 0 : 1);
	if (err != HS_OK) {
		return err;
	}
	//@ assert \forall integer p; run_of(p, pfn, order) ==> \at(page[p].owner, Pre) == vm;
	/*@ assert \forall integer x, p; moves(x) && moved(p, x) ==>
	      page[p] == \at(page[p], Pre) &&
	      page[vm_works[x].pfn] == \at(page[vm_works[x].pfn], Pre); */
	vms[vm].nr_ram -= n;
	vms[vm].nr_shared -= shared;
	vms[vm].nr_pages -= n;
	//@ assert inv_apart;
	//@ assert inv_moved;
	//@ assert host_iso;
	s2_clear(vm, gfn, level); /* TLBs were flushed by vm_destroy() */
	/*@ assert \forall integer g; is_gfn(g) ==>
	      out(OWNER_DOM0, g) == \at(out(OWNER_DOM0, g), Pre); */
	//@ assert host_iso;
	//@ assert inv_kind;
	return HS_OK;
}

/* Takes the pages from the VM, or goes on. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm);
    CALL_REQUIRES;
    requires call->kind == WORK_RECLAIM && call->gfn == 0;
    requires 0 < call->pfn && few(call->pfn, call->order == HS_ORDER_BLOCK ? 512 : 1);
    assigns vm_works[vm], vms[vm].nr_ram, vms[vm].nr_shared, vms[vm].nr_pages,
      page[0 .. MAX_PFN - 1], own_counters[0 .. 2], ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    ensures \result == HS_OK ==> moves(vm) && vm_works[vm].pfn == call->pfn &&
      vm_works[vm].order == call->order;
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, call->pfn, call->order) ==>
      page[p] == \old(page[p]); */
static enum hs_error reclaim_begin(u32 vm, const struct vm_work *call)
{
	enum hs_error err;

	if (vm_works[vm].kind != WORK_NONE) {
		return work_matches(vm, call) ? HS_OK : HS_EBUSY;
	}
	//@ assert \forall integer x, p; moves(x) && moved(p, x) ==> page[p].owner != vm;
	//@ assert \forall integer x; moves(x) ==> page[vm_works[x].pfn].owner != vm;
	err = reclaim_ram(vm, call->pfn, call->order);
	/*@ assert err == HS_OK ==> \forall integer x; moves(x) ==>
	      !moved(call->pfn, x) && !run_of(vm_works[x].pfn, call->pfn, call->order); */
	/*@ assert err == HS_OK ==> \forall integer x; moves(x) ==> behind(x) <= call->pfn ||
	      call->pfn + (call->order == HS_ORDER_BLOCK ? 512 : 1) <= vm_works[x].pfn; */
	if (err == HS_OK) {
		vm_works[vm] = *call;
	}
	return err;
}

/* The next piece of a reclaim; after the last one the pages are dom0's. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires moves(vm);
    assigns MEMORY_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    SAME_PLACE;
    ensures \forall integer p; 0 <= p < MAX_PFN && !moved(p, vm) ==> page[p] == \old(page[p]); */
static enum hs_error reclaim_step(u32 vm)
{
	enum hs_error err = work_piece(vm);

	if (err == HS_OK) {
		give_back(vm);
	}
	return err;
}

/* RAM goes through transit piece by piece; then it is dom0's. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires live(vm);
    CALL_REQUIRES;
    requires call->kind == WORK_RECLAIM && call->gfn == 0;
    requires 0 < call->pfn && few(call->pfn, call->order == HS_ORDER_BLOCK ? 512 : 1);
    assigns MEMORY_ASSIGNS;
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    OTHER_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && !run_of(p, call->pfn, call->order) ==>
      page[p] == \old(page[p]); */
static enum hs_error reclaim_ram_work(u32 vm, const struct vm_work *call)
{
	enum hs_error err = reclaim_begin(vm, call);

	return err == HS_OK ? reclaim_step(vm) : err;
}

/* Whoever looks for the structure in this page finds none from now on. */
/*@ VM_REQUIRES;
    requires pfn < MAX_PFN;
    assigns vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1], vms[vm].data;
    exits \false;
    VM_ENSURES;
    ensures \forall integer i; 0 <= i < HS_MAX_VCPUS ==>
      vms[vm].vcpu_pfn[i] == (\old(vms[vm].vcpu_pfn[i]) == pfn ? 0 : \old(vms[vm].vcpu_pfn[i]));
    ensures vms[vm].data == (\old(vms[vm].data) == pfn ? 0 : \old(vms[vm].data)); */
static void forget_structure(u32 vm, u64 pfn)
{
	u32 i;

	/*@ loop invariant 0 <= i <= HS_MAX_VCPUS && inv_vcpus;
	    loop invariant \forall integer k; 0 <= k < i ==> vms[vm].vcpu_pfn[k] ==
	      (\at(vms[vm].vcpu_pfn[k], Pre) == pfn ? 0 : \at(vms[vm].vcpu_pfn[k], Pre));
	    loop invariant \forall integer k; i <= k < HS_MAX_VCPUS ==>
	      vms[vm].vcpu_pfn[k] == \at(vms[vm].vcpu_pfn[k], Pre);
	    loop assigns i, vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1];
	    loop variant HS_MAX_VCPUS - i; */
	for (i = 0; i < HS_MAX_VCPUS; i++) {
		if (vms[vm].vcpu_pfn[i] == pfn) {
			atomic_set(&vms[vm].vcpu_pfn[i], 0);
		}
	}
	if (vms[vm].data == pfn) {
		vms[vm].data = 0;
	}
}

/* No table refers to a page that is not the VM's any more; with its last page the root goes. */
/*@ MEMORY_REQUIRES;
    requires live(vm);
    assigns s2_spaces[vm].root, s2_spaces[vm].pool, s2_spaces[vm].nr_pool, lv[0 .. MAX_PFN - 1],
      ((u64 *)frame)[0 .. MAX_PFN * 512 - 1];
    exits \false;
    MEMORY_ENSURES;
    OTHER_GUESTS_KEEP;
    ensures live(vm) <==> !is_last;
    ensures \forall integer t; 0 < t < MAX_PFN && page[t].owner == vm && is_structure(t) ==>
      lv[t] == 0 || (!is_last && t == \old(s2_spaces[vm].root)); */
static void unlink_tables(u32 vm, bool is_last)
{
	s2_unlink_all(vm);
	if (is_last) {
		s2_space_end(vm);
	}
}

/* Tables and structures: only after the last page of RAM, the root last. */
/*@ MEMORY_REQUIRES;
    requires live(vm) && 0 < pfn < MAX_PFN && page[pfn].owner == vm && is_structure(pfn);
    assigns s2_spaces[vm].root, s2_spaces[vm].pool, s2_spaces[vm].nr_pool, lv[0 .. MAX_PFN - 1],
      ((u64 *)frame)[0 .. MAX_PFN * 512 - 1],
      vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1], vms[vm].data, vms[vm].nr_pages, page[pfn],
      own_counters[0 .. 2];
    exits \false;
    MEMORY_ENSURES;
    VM_ENSURES;
    OTHER_GUESTS_KEEP;
    ensures \result == HS_OK || \result == HS_EBUSY;
    ensures \result == HS_OK ==> is_transit(pfn, page[pfn].shares);
    ensures \result == HS_OK ==> \forall integer x; moves(x) ==> !moved(pfn, x);
    ensures \result == HS_OK ==> (live(vm) <==> vms[vm].nr_pages != 0);
    ensures \result != HS_OK ==> live(vm) && page[pfn] == \old(page[pfn]); */
static enum hs_error reclaim_structure(u32 vm, u64 pfn)
{
	u32 left = vms[vm].nr_pages - 1u;

	if (vms[vm].nr_ram != 0 || (pfn == s2_spaces[vm].root && left != 0)) {
		return HS_EBUSY;
	}
	//@ assert \forall integer x, p; moves(x) && moved(p, x) ==> page[p].owner != vm;
	unlink_tables(vm, left == 0);
	//@ assert lv[pfn] == 0;
	own_take_structure(pfn);
	forget_structure(vm, pfn);
	vms[vm].nr_pages = left;
	return HS_OK;
}

/* The same; then the page is dom0's, and after the last one the VMID may be used again. */
/*@ MEMORY_REQUIRES;
    requires inv_live && live(vm);
    requires 0 < pfn < MAX_PFN && page[pfn].owner == vm && is_structure(pfn);
    assigns MEMORY_ASSIGNS, vms[vm].state, vms[vm].nr_vcpus, vms[vm].data, s2_spaces[vm].root,
      vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1];
    exits \false;
    MEMORY_ENSURES;
    VM_ENSURES;
    ensures inv_live;
    OTHER_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]); */
static enum hs_error reclaim_structure_work(u32 vm, u64 pfn)
{
	enum hs_error err = reclaim_structure(vm, pfn);

	if (err == HS_OK) {
		//@ assert \forall integer x; moves(x) ==> pfn != vm_works[x].pfn;
		host_page_return(pfn);
		//@ assert inv_moved;
		if (vms[vm].nr_pages == 0) {
			/* vm_destroy() has flushed what lived under the VMID; nobody ran since. */
			vms[vm].nr_vcpus = 0;
			atomic_set(&vms[vm].state, HS_VM_UNUSED);
		}
	}
	return err;
}

/* What the page is decides how it goes back. Needs the lock. */
/*@ MEMORY_REQUIRES;
    requires inv_live && is_order(order) && aligned(pfn, order);
    requires few(pfn, order == HS_ORDER_BLOCK ? 512 : 1);
    assigns MEMORY_ASSIGNS, vms[vm].state, vms[vm].nr_vcpus, vms[vm].data, s2_spaces[vm].root,
      vms[vm].vcpu_pfn[0 .. HS_MAX_VCPUS - 1];
    exits \false;
    MEMORY_ENSURES_AT_ONCE;
    VM_ENSURES;
    ensures inv_live;
    OTHER_GUESTS_KEEP;
    ONLY_THE_RUN; */
static enum hs_error reclaim(u32 vm, u64 pfn, u32 order)
{
	const struct vm_work call = { .kind = WORK_RECLAIM, .order = order, .pfn = pfn };

	if (vms[vm].state == HS_VM_UNUSED) { /* another CPU gave its last page back */
		return HS_ENOENT;
	}
	if (vms[vm].state != HS_VM_POWEROFF || vms[vm].quiesced == 0) {
		return HS_ESTATE;
	}
	if (pfn == 0) {
		return HS_EPERM;
	}
	if (vm_works[vm].kind != WORK_NONE || own_is_ram_of(pfn, (u16)vm)) {
		return reclaim_ram_work(vm, &call);
	}
	if (!own_is_structure_of(pfn, (u16)vm)) {
		return HS_EPERM;
	}
	return order == HS_ORDER_PAGE ? reclaim_structure_work(vm, pfn) : HS_EINVAL;
}

enum hs_error vm_reclaim(u32 vm, u64 pfn, u32 order)
{
	enum hs_error err;

	if ((order != HS_ORDER_PAGE && order != HS_ORDER_BLOCK) || pfn % s2_pages_of(order) != 0 ||
	    !pfn_range_is_ram(pfn, s2_pages_of(order))) {
		return HS_EINVAL;
	}
	spin_lock(&vms[vm].lock);
	err = reclaim(vm, pfn, order);
	spin_unlock(&vms[vm].lock);
	//@ assert inv_vcpus;
	return err;
}
