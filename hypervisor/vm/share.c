/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that a protected guest lets dom0 map. Ordinary VMs share everything. */
#include "mm/host.h"
#include "mm/own.h"
#include "vm/vm.h"

#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)

static bool in_ram(u32 vm, u64 gfn, u64 n)
{
	return n > 0 && n <= SHARE_MAX && gfn >= RAM_GFN && gfn - RAM_GFN < vms[vm].ram_pages &&
	       n <= vms[vm].ram_pages - (gfn - RAM_GFN);
}

/* All pages are there, and none is shared yet. Needs the lock. */
static enum hs_error can_share(u32 vm, u64 gfn, u64 n, u64 *missing)
{
	enum hs_error err = HS_OK;
	u64 pfn;
	u64 i;

	for (i = 0; err == HS_OK && i < n; i++) {
		if (!vm_page_at(vm, gfn + i, &pfn)) {
			*missing = gfn + i;
			err = HS_ENOENT;
		} else if (page[pfn].kind == KIND_SHARED) {
			err = HS_EEXIST;
		}
	}
	return err;
}

enum hs_error vm_share(u32 vm, u64 gfn, u64 n, u64 *missing)
{
	enum hs_error err;
	u64 pfn;
	u64 i;

	if (!in_ram(vm, gfn, n)) {
		return HS_EINVAL;
	}
	if (!vm_is_protected(vm)) {
		return HS_OK;
	}
	spin_lock(&vms[vm].lock);
	err = can_share(vm, gfn, n, missing);
	for (i = 0; err == HS_OK && i < n; i++) {
		if (vm_page_at(vm, gfn + i, &pfn)) {
			own_offer(pfn);
			vms[vm].nr_shared++;
		}
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

/* All pages are shared, and dom0 has none of them. Needs the lock. */
static enum hs_error can_unshare(u32 vm, u64 gfn, u64 n)
{
	enum hs_error err = HS_OK;
	u64 pfn;
	u64 i;

	for (i = 0; err == HS_OK && i < n; i++) {
		if (!vm_page_at(vm, gfn + i, &pfn) || page[pfn].kind != KIND_SHARED) {
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
	u64 pfn;
	u64 i;

	if (!in_ram(vm, gfn, n)) {
		return HS_EINVAL;
	}
	if (!vm_is_protected(vm)) {
		return HS_OK;
	}
	spin_lock(&vms[vm].lock);
	err = can_unshare(vm, gfn, n);
	for (i = 0; err == HS_OK && i < n; i++) {
		if (vm_page_at(vm, gfn + i, &pfn)) {
			own_withdraw(pfn);
			vms[vm].nr_shared--;
		}
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

enum hs_error vm_map_shared(u32 vm, u64 gfn, u64 *pfn)
{
	enum hs_error err = HS_EPERM;
	u64 at;

	if (!in_ram(vm, gfn, 1)) {
		return HS_EINVAL;
	}
	spin_lock(&vms[vm].lock);
	if (vms[vm].state != HS_VM_VERIFIED) {
		err = HS_ESTATE;
	} else if (vm_page_at(vm, gfn, &at) && page[at].kind == KIND_SHARED) {
		err = host_map_shared(at);
		*pfn = at;
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
	spin_lock(&vms[vm].lock);
	if (page[pfn].owner == vm && page[pfn].kind == KIND_SHARED && page[pfn].shares > 0) {
		host_unmap_shared(pfn);
		err = HS_OK;
	}
	spin_unlock(&vms[vm].lock);
	return err;
}
