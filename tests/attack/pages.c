// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows about pages: D1, D2 and D4. */
#include <asm/word-at-a-time.h>

#include "attack.h"

/* ---- D1, D2: every page of a VM, in every state of it ---- */

struct tries {
	u64 all, bad;
};

static void touch(struct tries *n, struct page *p)
{
	u8 *va = page_address(p);
	u64 v = 0;

	n->all += 3;
	if (!copy_from_kernel_nofault(&v, va + 64, 8)) {
		n->bad++;
	}
	if (!put_nofault(va + 128, 0x5ec7e7)) {
		n->bad++;
	}
	/* A string function that reads over the end of the page before. */
	if (!copy_from_kernel_nofault(&v, va - 8, 8)) {
		v = load_unaligned_zeropad(va - 3);
		if (v >> 24) {
			n->bad++;
		}
	}
}

static void touch_all(struct tries *n, struct target *t)
{
	u32 i;

	for (i = 0; i < t->nr; i++) {
		touch(n, t->page[i]);
	}
}

/* A page that dom0 has just read, so that its translation is in the TLB, is taken. */
static s64 touch_taken(struct tries *n)
{
	struct target t;
	s64 err = make(&t, HS_VM_PROTECTED, GUEST(code_spin));

	while (!err && t.nr < VM_PAGES) {
		u64 pfn = add_page(&t);
		void *va = page_address(t.page[t.nr - 1]);
		unsigned long irq;
		u64 v;

		local_irq_save(irq);
		(void)READ_ONCE(*(u64 *)va);
		err = call(HS_MEM_TOPUP, t.vm, pfn, 0, 0, 0, NULL);
		n->bad += !copy_from_kernel_nofault(&v, va, 8);
		local_irq_restore(irq);
		n->all++;
	}
	return unmake(&t) ? -1 : err;
}

static int spin_thread(void *arg)
{
	struct arm_smccc_1_2_regs r;

	while (!kthread_should_stop()) {
		(void)run(arg, 0, 0, 0, &r);
	}
	return 0;
}

void row_d1(const char *arg)
{
	struct tries n = { 0 };
	struct target t;
	struct task_struct *k;
	u64 left;
	s64 err;
	u32 i;

	err = make(&t, HS_VM_PROTECTED, GUEST(code_spin));
	touch_all(&n, &t); /* being built */
	err = err ? err : verify(&t);
	touch_all(&n, &t); /* may run */
	k = on_cpu(1, spin_thread, &t);
	for (i = 0; i < 200; i++) {
		touch_all(&n, &t); /* runs */
		cond_resched();
	}
	kthread_stop(k);
	touch_all(&n, &t); /* ran */
	stop(&t);
	touch_all(&n, &t); /* is being destroyed */
	left = unmake(&t);
	for (i = 0; i < 20 && !err; i++) {
		err = touch_taken(&n);
	}
	report("D1 D2", !err && !n.bad && !left && !check_violations(),
	       "\"tries\":%llu,\"leaked\":%llu,\"not_returned\":%llu,\"violations\":%llu", n.all,
	       n.bad, left, check_violations());
}

/* ---- D4: pages that are not dom0's to give, in every call that takes a page ---- */

struct cases {
	u64 all, wrong;
};

static void expect(struct cases *n, const char *what, u64 pfn, s64 want, s64 got)
{
	n->all++;
	if (got != want) {
		n->wrong++;
		pr_err("attack: D4: %s of pfn %llx: %lld instead of %lld\n", what, pfn, got, want);
	}
}

/* Every call that takes a page, with one that dom0 does not have alone. */
static void try_page(struct cases *n, u64 pfn, s64 want, struct target *ready,
		     struct target *verified, struct target *over, struct page *spare)
{
	u64 fresh = page_to_pfn(spare);
	u64 block = pfn & ~511ull;
	s64 unshare;

	expect(n, "VM_CREATE, data", pfn, want,
	       call(HS_VM_CREATE, 0, 64 << 20, 1, pfn, fresh, NULL));
	expect(n, "VM_CREATE, root", pfn, want,
	       call(HS_VM_CREATE, 0, 64 << 20, 1, fresh, pfn, NULL));
	expect(n, "VCPU_CREATE", pfn, want, call(HS_VCPU_CREATE, ready->vm, 2, pfn, 0, 0, NULL));
	expect(n, "MEM_TOPUP", pfn, want, call(HS_MEM_TOPUP, ready->vm, pfn, 0, 0, 0, NULL));
	expect(n, "MEM_DONATE", pfn, want,
	       call(HS_MEM_DONATE, ready->vm, pfn, RAM_GFN + 5, 0, 0, NULL));
	expect(n, "MEM_DONATE of an image", pfn, want,
	       call(HS_MEM_DONATE, ready->vm, pfn, RAM_GFN + 6, 0, HS_DONATE_IMAGE, NULL));
	expect(n, "MEM_DONATE to a protected VM", pfn, want,
	       call(HS_MEM_DONATE, verified->vm, pfn, RAM_GFN + 5, 0, 0, NULL));
	expect(n, "MEM_DONATE of a block", pfn, want,
	       call(HS_MEM_DONATE, ready->vm, block, RAM_GFN + 512, 9, 0, NULL));
	expect(n, "MEM_RECLAIM of a live VM", pfn, want == HS_EINVAL ? HS_EINVAL : HS_ESTATE,
	       call(HS_MEM_RECLAIM, ready->vm, pfn, 0, 0, 0, NULL));
	expect(n, "MEM_RECLAIM of another VM", pfn, want,
	       call(HS_MEM_RECLAIM, over->vm, pfn, 0, 0, 0, NULL));
	unshare = call(HS_MEM_UNMAP_SHARED, ready->vm, pfn, 0, 0, 0, NULL);
	expect(n, "MEM_UNMAP_SHARED", pfn, want, unshare);
}

static s64 run_until(struct target *t, u64 kind)
{
	struct arm_smccc_1_2_regs r;
	s64 err;
	int i;

	for (i = 0; i < 1000; i++) {
		err = run(t, 0, 0, 0, &r);
		if (err != HS_OK || r.a1 == kind) {
			return err;
		}
	}
	return HS_EBUSY;
}

void row_d4(const char *arg)
{
	static const u64 nowhere[] = { 0,	   0x9000,     0x8000,	   0x8080, 0x100000,
				       1ull << 27, 1ull << 36, 1ull << 52, ~511ull };
	struct target ready, verified, over;
	struct cases n = { 0 };
	struct page *spare = alloc_page(GFP_KERNEL);
	u64 counts[3] = { 0 };
	u64 left, pfn, core = 0;
	s64 err;
	u32 i;

	err = make(&ready, 0, GUEST(code_spin));
	err = err ? err : make(&over, HS_VM_PROTECTED, GUEST(code_spin));
	err = err ? err : make(&verified, HS_VM_PROTECTED, GUEST(code_share));
	err = err ? err : verify(&verified);
	err = err ? err : run_until(&verified, HS_EXIT_SHARE);
	if (err) {
		report("D4", false, "\"error\":%lld", err);
		return;
	}
	stop(&over);
	for (i = 0; i < 3; i++) {
		counts[i] = info(HS_INFO_DOM0_PAGES + i);
	}
	for (i = 0; i < verified.nr; i++) { /* image, shared RAM, structures, tables */
		try_page(&n, page_to_pfn(verified.page[i]), HS_EPERM, &ready, &verified, &over,
			 spare);
	}
	for (i = 0; i < ready.nr; i++) {
		try_page(&n, page_to_pfn(ready.page[i]), HS_EPERM, &ready, &verified, &over, spare);
	}
	for (pfn = 0x40000; pfn < 0x60000; pfn += 37) { /* the hypervisor's own RAM */
		if (!page_is_ram(pfn)) {
			s64 got = call(HS_MEM_TOPUP, ready.vm, pfn, 0, 0, 0, NULL);

			if (got == HS_EPERM) {
				core++;
				try_page(&n, pfn, HS_EPERM, &ready, &verified, &over, spare);
			} else {
				expect(&n, "a hole", pfn, HS_EINVAL, got);
			}
		}
	}
	for (i = 0; i < ARRAY_SIZE(nowhere); i++) {
		try_page(&n, nowhere[i], HS_EINVAL, &ready, &verified, &over, spare);
	}
	/* dom0's page, but nothing else is right. */
	pfn = page_to_pfn(spare);
	expect(&n, "a gfn that is taken", pfn, HS_EEXIST,
	       call(HS_MEM_DONATE, verified.vm, pfn, RAM_GFN, 0, 0, NULL));
	expect(&n, "a gfn below RAM", pfn, HS_EINVAL,
	       call(HS_MEM_DONATE, verified.vm, pfn, RAM_GFN - 1, 0, 0, NULL));
	expect(&n, "a gfn above RAM", pfn, HS_EINVAL,
	       call(HS_MEM_DONATE, verified.vm, pfn, RAM_GFN + (64 << 8), 0, 0, NULL));
	expect(&n, "a gfn of 2^64", pfn, HS_EINVAL,
	       call(HS_MEM_DONATE, verified.vm, pfn, ~0ull, 0, 0, NULL));
	expect(&n, "order 1", pfn, HS_EINVAL,
	       call(HS_MEM_DONATE, verified.vm, pfn & ~1ull, RAM_GFN + 4, 1, 0, NULL));
	expect(&n, "a flag that is not there", pfn, HS_EINVAL,
	       call(HS_MEM_DONATE, verified.vm, pfn, RAM_GFN + 4, 0, 2, NULL));
	expect(&n, "an image too late", pfn, HS_ESTATE,
	       call(HS_MEM_DONATE, verified.vm, pfn, RAM_GFN + 4, 0, HS_DONATE_IMAGE, NULL));
	expect(&n, "to a VM that is over", pfn, HS_ESTATE,
	       call(HS_MEM_DONATE, over.vm, pfn, RAM_GFN + 4, 0, 0, NULL));
	expect(&n, "to VM 0", pfn, HS_ENOENT, call(HS_MEM_DONATE, 0, pfn, RAM_GFN + 4, 0, 0, NULL));
	expect(&n, "to VM 256", pfn, HS_ENOENT,
	       call(HS_MEM_DONATE, 256, pfn, RAM_GFN + 4, 0, 0, NULL));
	expect(&n, "to VM 2^32 + 1", pfn, HS_ENOENT,
	       call(HS_MEM_DONATE, (1ull << 32) + verified.vm, pfn, RAM_GFN + 4, 0, 0, NULL));
	expect(&n, "a page that is not shared", pfn, HS_EPERM,
	       call(HS_MEM_MAP_SHARED, verified.vm, RAM_GFN, 0, 0, 0, NULL));
	expect(&n, "one page as data and root", pfn, HS_EPERM,
	       call(HS_VM_CREATE, 0, 64 << 20, 1, pfn, pfn, NULL));
	expect(&n, "dom0's page as another VM's", pfn, HS_EPERM,
	       call(HS_MEM_RECLAIM, over.vm, pfn, 0, 0, 0, NULL));
	for (i = 0; i < 3; i++) {
		expect(&n, "pages by owner", i, counts[i], info(HS_INFO_DOM0_PAGES + i));
	}
	if (!readable(spare)) {
		n.wrong++;
	} else {
		__free_page(spare);
	}
	left = unmake(&ready) + unmake(&verified) + unmake(&over);
	report("D4", !n.wrong && core && !left && !check_violations(),
	       "\"cases\":%llu,\"wrong\":%llu,\"hypervisor_pages\":%llu,\"not_returned\":%llu",
	       n.all, n.wrong, core, left);
}
