// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * What a VM is made of. Every page comes from the buddy allocator, never from
 * CMA or user space, so that nothing in dom0 wants to move it. RAM is kept in
 * vm->ram by gfn (a block of 2 MiB once, at its first gfn); structures and
 * tables in vm->structs. The hypervisor hides those from dom0, and the RAM of
 * protected VMs too.
 */
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/vmstat.h>

#include "hypctl.h"

#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)
#define BLOCK_PAGES (1ul << HS_ORDER_BLOCK)
#define RAM_GFP (GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)
#define BLOCK_GFP (GFP_KERNEL_ACCOUNT | __GFP_NORETRY | __GFP_NOWARN)

/*
 * A VM's pages are in nobody's RSS: the OOM killer would find the wrong ones.
 * So populating stops while dom0 can still run its tools.
 */
static unsigned int reserve_mb = 32;
module_param(reserve_mb, uint, 0644);
MODULE_PARM_DESC(reserve_mb, "MiB of available memory that populating VMs leaves to dom0");

static struct page *struct_page_alloc(void)
{
	return alloc_page(GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
}

static void struct_page_keep(struct hypctl_vm *vm, struct page *p)
{
	__SetPageOffline(p);
	list_add(&p->lru, &vm->structs);
}

static int vcpu_build(struct hypctl_vm *vm, u32 id)
{
	struct page *p = struct_page_alloc();
	long err;

	if (!p) {
		return -ENOMEM;
	}
	err = hs_call(HS_VCPU_CREATE, vm->vmid, id, page_to_pfn(p), 0, 0, NULL, 0);
	if (err != HS_OK) {
		__free_page(p);
		return hs_errno(err);
	}
	struct_page_keep(vm, p);
	return 0;
}

int vm_build(struct hypctl_vm *vm)
{
	struct page *data = struct_page_alloc();
	struct page *root = struct_page_alloc();
	u64 vmid = 0;
	long err = HS_OK;
	int r = -ENOMEM;
	u32 i;

	if (data && root) {
		err = hs_call(HS_VM_CREATE, vm->entry.flags, vm->entry.ram_size, vm->entry.nr_vcpus,
			      page_to_pfn(data), page_to_pfn(root), &vmid, 1);
		r = hs_errno(err);
	}
	if (r) {
		if (data) {
			__free_page(data);
		}
		if (root) {
			__free_page(root);
		}
		return r;
	}
	vm->vmid = (u32)vmid;
	vm->entry.vmid = vm->vmid;
	struct_page_keep(vm, root); /* first in, last out: the hypervisor wants it so */
	struct_page_keep(vm, data);
	for (i = 0; i < vm->entry.nr_vcpus && !r; i++) {
		r = vcpu_build(vm, i);
	}
	if (r) {
		vm_teardown(vm);
	}
	return r;
}

static int topup_vm(struct hypctl_vm *vm)
{
	struct page *p = struct_page_alloc();
	long err;

	if (!p) {
		return -ENOMEM;
	}
	err = hs_call(HS_MEM_TOPUP, vm->vmid, page_to_pfn(p), 0, 0, 0, NULL, 0);
	if (err != HS_OK) {
		__free_page(p);
		return hs_errno(err);
	}
	struct_page_keep(vm, p);
	return 0;
}

/* Donates pages that hold an image or nothing; the VM's tables as needed. */
static int donate(struct hypctl_vm *vm, struct page *p, u64 gfn, u32 order, u64 flags)
{
	long err;
	int r = 0;

	do {
		err = hs_call(HS_MEM_DONATE, vm->vmid, page_to_pfn(p), gfn, order, flags, NULL, 0);
		if (err == HS_ENOMEM_TABLES) {
			r = topup_vm(vm);
		}
		cond_resched();
	} while (r == 0 && (err == HS_ENOMEM_TABLES || err == HS_EAGAIN));
	return r ? r : hs_errno(err);
}

/*
 * Pages that dom0's kernel cannot read: /proc/kcore, makedumpfile and the like
 * are told to keep off.
 */
static void pages_set_hidden(struct page *p, u32 order)
{
	u32 i;

	for (i = 0; i < (1u << order); i++) {
		__SetPageOffline(p + i);
	}
}

static void pages_clear_hidden(struct page *p, u32 order)
{
	u32 i;

	for (i = 0; i < (1u << order); i++) {
		__ClearPageOffline(p + i);
	}
}

static void pages_free(struct page *p, u32 order)
{
	u32 i;

	for (i = 0; i < (1u << order); i++) {
		__free_page(p + i);
	}
}

static struct page *pages_alloc(u32 order, gfp_t extra)
{
	struct page *p;

	p = alloc_pages((order ? BLOCK_GFP : RAM_GFP) | extra, order);
	if (p && order) {
		split_page(p, order);
	}
	return p;
}

/* The entry of gfn: its page, and the order that it was donated with. */
static struct page *ram_entry(struct hypctl_vm *vm, u64 gfn, u32 *order)
{
	u64 first = gfn & ~(BLOCK_PAGES - 1);
	void *e = xa_load(&vm->ram, first);

	if (e && xa_pointer_tag(e) == 1) {
		*order = HS_ORDER_BLOCK;
		return xa_untag_pointer(e);
	}
	*order = HS_ORDER_PAGE;
	e = xa_load(&vm->ram, gfn);
	return e ? xa_untag_pointer(e) : NULL;
}

struct page *vm_page(struct hypctl_vm *vm, u64 gfn)
{
	u32 order;
	struct page *p = ram_entry(vm, gfn, &order);

	return p && order ? p + (gfn & (BLOCK_PAGES - 1)) : p;
}

static bool in_ram(struct hypctl_vm *vm, u64 gfn, u64 n)
{
	u64 ram = vm->entry.ram_size >> PAGE_SHIFT;

	return gfn >= RAM_GFN && gfn - RAM_GFN < ram && n <= ram - (gfn - RAM_GFN);
}

/* A whole block may be used: it lies in RAM, and nothing of it is populated. */
static bool block_fits(struct hypctl_vm *vm, u64 gfn)
{
	u64 first = gfn & ~(BLOCK_PAGES - 1);
	unsigned long index = first;

	return in_ram(vm, first, BLOCK_PAGES) &&
	       !xa_find(&vm->ram, &index, first + BLOCK_PAGES - 1, XA_PRESENT);
}

static int ram_add(struct hypctl_vm *vm, struct page *p, u64 gfn, u32 order, u64 flags)
{
	int r = xa_reserve(&vm->ram, gfn, GFP_KERNEL_ACCOUNT);

	if (r == 0) {
		r = donate(vm, p, gfn, order, flags);
	}
	if (r) {
		xa_release(&vm->ram, gfn);
		pages_free(p, order);
		return r;
	}
	if (vm_is_protected(vm)) {
		pages_set_hidden(p, order);
	}
	xa_store(&vm->ram, gfn, xa_tag_pointer(p, order ? 1 : 0), GFP_KERNEL_ACCOUNT);
	vm->entry.ram_used += PAGE_SIZE << order;
	return 0;
}

/* Free CMA counts as available, but neither we nor the kernel can have it. */
static bool memory_to_spare(void)
{
	long free = si_mem_available() - (long)global_zone_page_state(NR_FREE_CMA_PAGES);

	return free > (long)reserve_mb << (20 - PAGE_SHIFT);
}

int vm_populate(struct hypctl_vm *vm, u64 gfn)
{
	u32 order = HS_ORDER_BLOCK;
	struct page *p = NULL;

	if (!vm->vmid || !in_ram(vm, gfn, 1)) {
		return -EFAULT;
	}
	if (vm_page(vm, gfn)) {
		return 0;
	}
	if (!memory_to_spare()) {
		return -ENOMEM;
	}
	if (block_fits(vm, gfn)) {
		p = pages_alloc(order, 0);
	}
	if (!p) {
		order = HS_ORDER_PAGE;
		p = pages_alloc(order, 0);
	}
	if (!p) {
		return -ENOMEM;
	}
	return ram_add(vm, p, order ? gfn & ~(BLOCK_PAGES - 1) : gfn, order, 0);
}

/*
 * One piece of an image: a block where it fills one, else a page. User memory
 * is read before the lock is taken: it may be this VM's own, or fault for long.
 */
static int load_piece(struct hypctl_vm *vm, u64 gfn, const u8 __user *data, u64 size, u64 *done)
{
	u32 order = HS_ORDER_PAGE;
	struct page *p = NULL;
	int r;

	if (!(gfn & (BLOCK_PAGES - 1)) && size >= PAGE_SIZE * BLOCK_PAGES) {
		order = HS_ORDER_BLOCK;
		p = pages_alloc(order, 0);
	}
	if (!p) {
		order = HS_ORDER_PAGE;
		p = pages_alloc(order, __GFP_ZERO);
	}
	if (!p) {
		return -ENOMEM;
	}
	*done = min_t(u64, size, PAGE_SIZE << order);
	if (copy_from_user(page_address(p), data, *done)) {
		pages_free(p, order);
		return -EFAULT;
	}
	mutex_lock(&vm->lock);
	if (!vm->vmid) {
		r = -ESHUTDOWN;
	} else if (order ? !block_fits(vm, gfn) : vm_page(vm, gfn) != NULL) {
		r = -EEXIST;
	} else {
		r = ram_add(vm, p, gfn, order, HS_DONATE_IMAGE);
		p = NULL; /* the VM's, or freed */
	}
	mutex_unlock(&vm->lock);
	if (p) {
		pages_free(p, order);
	}
	return r;
}

int vm_load(struct hypctl_vm *vm, const struct hypctl_vm_load *load)
{
	const u8 __user *data = u64_to_user_ptr(load->data);
	u64 gfn = load->gpa >> PAGE_SHIFT;
	u64 left = load->size;
	int r = 0;

	if ((load->gpa & ~PAGE_MASK) || !left || left > vm->entry.ram_size ||
	    !in_ram(vm, gfn, DIV_ROUND_UP(left, PAGE_SIZE))) {
		return -EINVAL;
	}
	while (left && !r) {
		u64 done = 0;

		r = load_piece(vm, gfn, data, left, &done);
		data += done;
		left -= done;
		gfn += DIV_ROUND_UP(done, PAGE_SIZE);
		if (fatal_signal_pending(current)) {
			r = -EINTR;
		}
		cond_resched();
	}
	return r;
}

int vm_copy(struct hypctl_vm *vm, u64 gpa, void *data, size_t size, bool write)
{
	u64 gfn = gpa >> PAGE_SHIFT;
	struct page *p;
	int r;

	if (!vm->vmid) {
		return -ESHUTDOWN;
	}
	if (vm_is_protected(vm)) {
		return -EACCES;
	}
	if (!in_ram(vm, gfn, 1)) {
		return -EINVAL;
	}
	r = write ? vm_populate(vm, gfn) : 0;
	if (r) {
		return r;
	}
	p = vm_page(vm, gfn);
	if (write) {
		memcpy(page_address(p) + offset_in_page(gpa), data, size);
	} else if (p) {
		memcpy(data, page_address(p) + offset_in_page(gpa), size);
	} else {
		memset(data, 0, size);
	}
	return 0;
}

int vm_map_shared(struct hypctl_vm *vm, u64 gfn, struct page **p)
{
	u64 pfn;
	long err;
	int r;

	*p = xa_load(&vm->shared, gfn);
	if (*p) {
		return 0;
	}
	r = xa_reserve(&vm->shared, gfn, GFP_KERNEL_ACCOUNT);
	if (r) {
		return r;
	}
	err = hs_call(HS_MEM_MAP_SHARED, vm->vmid, gfn, 0, 0, 0, &pfn, 1);
	if (err != HS_OK) {
		xa_release(&vm->shared, gfn);
		return err == HS_EPERM ? -EACCES : hs_errno(err);
	}
	*p = pfn_to_page(pfn);
	__ClearPageOffline(*p);
	xa_store(&vm->shared, gfn, *p, GFP_KERNEL_ACCOUNT);
	return 0;
}

void vm_unmap_shared(struct hypctl_vm *vm)
{
	unsigned long gfn;
	struct page *p;

	xa_for_each(&vm->shared, gfn, p)
	{
		__SetPageOffline(p);
		(void)hs_call(HS_MEM_UNMAP_SHARED, vm->vmid, page_to_pfn(p), 0, 0, 0, NULL, 0);
	}
	xa_destroy(&vm->shared);
}

/* A page that the hypervisor does not give back is lost, and said so. */
static void reclaim(struct hypctl_vm *vm, struct page *p, u32 order, bool hidden)
{
	long err;

	do {
		err = hs_call(HS_MEM_RECLAIM, vm->vmid, page_to_pfn(p), order, 0, 0, NULL, 0);
		cond_resched();
	} while (err == HS_EAGAIN);
	if (err == HS_OK) {
		if (hidden) {
			pages_clear_hidden(p, order);
		}
		pages_free(p, order);
	} else {
		pr_err("hypctl: VM %s: page %lx not reclaimed: %ld\n", vm->entry.name,
		       page_to_pfn(p), err);
	}
}

void vm_teardown(struct hypctl_vm *vm)
{
	struct page *p, *next;
	unsigned long gfn;
	void *e;

	if (!vm->vmid) {
		return;
	}
	/* vCPUs have left their loops: EL2 is at most an instruction behind. */
	while (hs_call(HS_VM_DESTROY, vm->vmid, 0, 0, 0, 0, NULL, 0) == HS_EBUSY) {
		msleep(1);
	}
	vm_unmap_shared(vm);
	xa_for_each(&vm->ram, gfn, e)
	{
		reclaim(vm, xa_untag_pointer(e),
			xa_pointer_tag(e) == 1 ? HS_ORDER_BLOCK : HS_ORDER_PAGE,
			vm_is_protected(vm));
	}
	xa_destroy(&vm->ram);
	list_for_each_entry_safe (p, next, &vm->structs, lru) {
		list_del(&p->lru);
		reclaim(vm, p, HS_ORDER_PAGE, true);
	}
	vm->vmid = 0;
	vm->entry.ram_used = 0;
}
