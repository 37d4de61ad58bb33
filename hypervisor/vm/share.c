/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that a protected guest lets dom0 map. Ordinary VMs share everything. */
#include "mm/host.h"
#include "mm/own.h"
#include "vm/memory.h"

#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)

/* clang-format off */
/* The loops that change the kind of n pages, or of none if err says so. */
#define SHARE_LOOP \
	loop invariant SAME_BUT_KIND; \
	loop invariant err != HS_OK ==> \
		i == 0 && vms[vm].nr_shared == \at(vms[vm].nr_shared, Pre); \
	loop assigns i, pfn, page[0 .. MAX_PFN - 1], vms[vm].nr_shared; \
	loop variant n - i
/* clang-format on */

/*@ requires vm < MAX_VMS;
    assigns \nothing;
    exits \false;
    ensures \result ==> 0 < n <= SHARE_MAX && RAM_GFN <= gfn &&
      gfn + n <= RAM_GFN + vms[vm].ram_pages; */
static bool in_ram(u32 vm, u64 gfn, u64 n)
{
	return n > 0 && n <= SHARE_MAX && gfn >= RAM_GFN && gfn - RAM_GFN < vms[vm].ram_pages &&
	       n <= vms[vm].ram_pages - (gfn - RAM_GFN);
}

/* All pages are there, and none is shared yet. Needs the lock. */
/*@ SHARE_REQUIRES;
    requires \valid(missing) && SHARE_SEPARATED(missing);
    requires 0 < n <= SHARE_MAX && gfn + n < S2_MAX_GFN;
    assigns *missing;
    exits \false;
    ensures \result == HS_OK || \result == HS_ENOENT || \result == HS_EEXIST;
    ensures \result == HS_OK ==> \forall integer g; gfn <= g < gfn + n ==> leaf(vm, g) != 0; */
static enum hs_error can_share(u32 vm, u64 gfn, u64 n, u32 *missing)
{
	enum hs_error err = HS_OK;
	u32 pfn;
	u64 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant err == HS_OK || err == HS_ENOENT || err == HS_EEXIST;
	    loop invariant err == HS_OK ==>
	      \forall integer g; gfn <= g < gfn + i ==> leaf(vm, g) != 0;
	    loop assigns i, err, pfn, *missing;
	    loop variant n - i; */
	for (i = 0; err == HS_OK && i < n; i++) {
		pfn = vm_page_at(vm, gfn + i);
		if (pfn == NO_PFN) {
			*missing = (u32)(gfn + i);
			err = HS_ENOENT;
		} else if (page[pfn].kind == KIND_SHARED) {
			err = HS_EEXIST;
		}
	}
	return err;
}

enum hs_error vm_share(u32 vm, u64 gfn, u64 n, u32 *missing)
{
	enum hs_error err;
	u32 pfn;
	u64 i;

	if (!in_ram(vm, gfn, n)) {
		return HS_EINVAL;
	}
	if (!vm_is_protected(vm)) {
		return HS_OK;
	}
	spin_lock(&vms[vm].lock);
	err = can_share(vm, gfn, n, missing);
	/*@ loop invariant 0 <= i <= n && vm_iso && vm_secret && inv_moved &&
	      host_iso && inv_kind;
	    loop invariant \forall integer g; err == HS_OK && gfn <= g < gfn + i ==>
	      page[out(vm, g)].kind == KIND_SHARED;
	    loop invariant \forall integer p; 0 <= p < MAX_PFN ==>
	      page[p].kind == \at(page[p].kind, Pre) ||
	      (err == HS_OK && page[p].owner == vm && page[p].kind == KIND_SHARED);
	    SHARE_LOOP; */
	for (i = 0; err == HS_OK && i < n; i++) {
		pfn = vm_page_at(vm, gfn + i);
		if (pfn != NO_PFN) {
			own_offer(pfn);
			vms[vm].nr_shared++;
		}
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

/* All pages are shared, and dom0 has none of them. Needs the lock. */
/*@ SHARE_REQUIRES;
    requires 0 < n <= SHARE_MAX && gfn + n < S2_MAX_GFN;
    assigns \nothing;
    exits \false;
    ensures \result == HS_OK || \result == HS_EPERM || \result == HS_EBUSY;
    ensures \result == HS_OK ==> \forall integer g; gfn <= g < gfn + n ==>
      leaf(vm, g) != 0 && page[out(vm, g)].kind == KIND_SHARED && page[out(vm, g)].shares == 0; */
static enum hs_error can_unshare(u32 vm, u64 gfn, u64 n)
{
	enum hs_error err = HS_OK;
	u32 pfn;
	u64 i;

	/*@ loop invariant 0 <= i <= n;
	    loop invariant err == HS_OK || err == HS_EPERM || err == HS_EBUSY;
	    loop invariant err == HS_OK ==> \forall integer g; gfn <= g < gfn + i ==>
	      leaf(vm, g) != 0 && page[out(vm, g)].kind == KIND_SHARED &&
	      page[out(vm, g)].shares == 0;
	    loop assigns i, err, pfn;
	    loop variant n - i; */
	for (i = 0; err == HS_OK && i < n; i++) {
		pfn = vm_page_at(vm, gfn + i);
		if (pfn == NO_PFN || page[pfn].kind != KIND_SHARED) {
			err = HS_EPERM;
		} else if (page[pfn].shares != 0) {
			err = HS_EBUSY;
		}
	}
	return err;
}

enum hs_error vm_unshare(u32 vm, u64 gfn, u64 n)
{
	enum hs_error err;
	u32 pfn;
	u64 i;

	if (!in_ram(vm, gfn, n)) {
		return HS_EINVAL;
	}
	if (!vm_is_protected(vm)) {
		return HS_OK;
	}
	spin_lock(&vms[vm].lock);
	err = can_unshare(vm, gfn, n);
	/*@ loop invariant 0 <= i <= n && vm_iso && vm_secret && inv_moved &&
	      host_iso && inv_kind;
	    loop invariant \forall integer p; 0 <= p < MAX_PFN ==>
	      page[p].kind == \at(page[p].kind, Pre) ||
	      (err == HS_OK && page[p].owner == vm && page[p].shares == 0 &&
	       page[p].kind == KIND_RAM);
	    SHARE_LOOP; */
	for (i = 0; err == HS_OK && i < n; i++) {
		pfn = vm_page_at(vm, gfn + i);
		if (pfn != NO_PFN) {
			own_withdraw(pfn);
			vms[vm].nr_shared--;
		}
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

enum hs_error vm_map_shared(u32 vm, u64 gfn, u32 *pfn)
{
	enum hs_error err = HS_EPERM;
	u32 at;

	if (!in_ram(vm, gfn, 1)) {
		return HS_EINVAL;
	}
	/*@ assert \forall integer x, p; moves(x) && moved(p, x) ==>
	      page[p].kind != KIND_SHARED && page[vm_works[x].pfn].kind != KIND_SHARED; */
	spin_lock(&vms[vm].lock);
	if (vms[vm].state != HS_VM_VERIFIED) { /* it may have no tables any more */
		err = HS_ESTATE;
	} else {
		at = vm_page_at(vm, gfn);
		if (at != NO_PFN && page[at].kind == KIND_SHARED) {
			*pfn = at;
			err = host_map_shared(at);
		}
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

enum hs_error vm_unmap_shared(u32 vm, u64 pfn)
{
	enum hs_error err = HS_EPERM;

	if (!pfn_is_ram(pfn)) {
		return HS_EINVAL;
	}
	/*@ assert \forall integer x, p; moves(x) && moved(p, x) ==>
	      page[p].kind != KIND_SHARED && page[vm_works[x].pfn].kind != KIND_SHARED; */
	spin_lock(&vms[vm].lock);
	if (page[pfn].owner == vm && page[pfn].kind == KIND_SHARED && page[pfn].shares > 0) {
		err = host_unmap_shared(pfn);
	}
	spin_unlock(&vms[vm].lock);
	return err;
}
