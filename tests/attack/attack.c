// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A hostile dom0: makes VMs by hypercalls of its own and tries to get at them.
 * Write the name of a row of the catalogue to /proc/attack, then read one line
 * of JSON from it. Needs hypctl.ko, for the hypervisor's interrupts.
 */
#include <linux/arm-smccc.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kernel_read_file.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <asm/sysreg.h>
#include <asm/word-at-a-time.h>

#include "public/homestead.h"

#define DEBUG_CHECK (HS_FN_BASE + 0x4f)
#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)
#define VM_PAGES 16u /* at most, of a VM made here */
#define FUZZ_PAGES 192u
#define TIMEOUT (10 * HZ)

static char answer[512];

struct target {
	u64 vm;
	struct page *page[VM_PAGES];
	u32 nr;
	u32 nr_ram; /* from page[0]; structures behind */
};

static s64 call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct arm_smccc_1_2_regs *out)
{
	struct arm_smccc_1_2_regs r = {
		.a0 = fn, .a1 = a1, .a2 = a2, .a3 = a3, .a4 = a4, .a5 = a5
	};

	arm_smccc_1_2_hvc(&r, &r);
	if (out) {
		*out = r;
	}
	return (s64)r.a0;
}

/* A call that hides pages, with tables for dom0's stage 2 as it wants them. */
static s64 call_tables(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5,
		       struct arm_smccc_1_2_regs *out)
{
	s64 err;
	int i;

	for (i = 0; i < 8; i++) {
		err = call(fn, a1, a2, a3, a4, a5, out);
		if (err == HS_ENOMEM_DOM0_TABLES) {
			struct page *p = alloc_page(GFP_KERNEL);

			if (!p || call(HS_MEM_TOPUP, 0, page_to_pfn(p), 0, 0, 0, NULL) != HS_OK) {
				return err;
			}
		} else if (err != HS_EAGAIN) {
			break;
		} else {
			i = 0;
		}
	}
	return err;
}

static u64 check_violations(void)
{
	struct arm_smccc_1_2_regs r;

	if (call(DEBUG_CHECK, 0, 0, 0, 0, 0, &r) != HS_OK) {
		return ~0ull;
	}
	if (r.a1) {
		pr_err("attack: debug/check.c:%lu: page %lx, VM %lu\n", r.a2, r.a3, r.a4);
	}
	return r.a1;
}

static u64 add_page(struct target *t)
{
	t->page[t->nr] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return page_to_pfn(t->page[t->nr++]);
}

/* A VM of one image page (and one more of RAM), not yet verified. */
static s64 make(struct target *t, u64 flags, const void *image, size_t size)
{
	struct arm_smccc_1_2_regs r;
	u64 first, second;
	s64 err;
	u32 i;

	memset(t, 0, sizeof(*t));
	first = add_page(t);
	second = add_page(t);
	t->nr_ram = 2;
	memcpy(page_address(t->page[0]), image, size);
	err = call_tables(HS_VM_CREATE, flags, 64 << 20, 2, add_page(t), add_page(t), &r);
	if (err != HS_OK) {
		return err;
	}
	t->vm = r.a1;
	for (i = 0; i < 2 && err == HS_OK; i++) {
		err = call_tables(HS_VCPU_CREATE, t->vm, i, add_page(t), 0, 0, NULL);
	}
	for (i = 0; i < 4 && err == HS_OK; i++) {
		err = call_tables(HS_MEM_TOPUP, t->vm, add_page(t), 0, 0, 0, NULL);
	}
	if (err == HS_OK) {
		err = call_tables(HS_MEM_DONATE, t->vm, first, RAM_GFN, 0, HS_DONATE_IMAGE, NULL);
	}
	if (err == HS_OK) {
		err = call_tables(HS_MEM_DONATE, t->vm, second, RAM_GFN + 1, 0, 0, NULL);
	}
	return err ? err : call(HS_VCPU_SET_ENTRY, t->vm, 0, HS_GUEST_RAM_BASE, 0, 0, NULL);
}

static s64 verify(struct target *t)
{
	return call_tables(HS_VM_VERIFY, t->vm, 0, 0, 0, 0, NULL);
}

static void stop(struct target *t)
{
	unsigned long until = jiffies + TIMEOUT;

	while (call(HS_VM_DESTROY, t->vm, 0, 0, 0, 0, NULL) == HS_EBUSY &&
	       time_before(jiffies, until)) {
		cpu_relax();
	}
}

/* All pages back, and empty; returns how many are not. */
static u64 unmake(struct target *t)
{
	static const u32 order[] = { 0, 1, 2, 4, 5, 6, 7, 8, 9, 3 }; /* the root last */
	u64 bad = 0;
	u32 i;

	stop(t);
	for (i = 0; i < t->nr; i++) {
		struct page *p = t->page[i < 10 ? order[i] : i];

		while (call(HS_MEM_RECLAIM, t->vm, page_to_pfn(p), 0, 0, 0, NULL) == HS_EAGAIN) {
		}
	}
	for (i = 0; i < t->nr; i++) {
		u64 word = 1;

		if (copy_from_kernel_nofault(&word, page_address(t->page[i]), 8) || word ||
		    memchr_inv(page_address(t->page[i]), 0, PAGE_SIZE)) {
			bad++;
		} else {
			__free_page(t->page[i]);
		}
	}
	return bad;
}

static s64 run(struct target *t, u32 vcpu, u64 flags, u64 value, struct arm_smccc_1_2_regs *r)
{
	unsigned long irq;
	s64 err;

	local_irq_save(irq);
	err = call(HS_VCPU_RUN, t->vm, vcpu, flags, value, 0, r);
	local_irq_restore(irq);
	cond_resched();
	return err;
}

static int put_nofault(void *to, u64 v)
{
	__put_kernel_nofault(to, &v, u64, failed);
	return 0;
failed:
	return -EFAULT;
}

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

static const u32 code_spin[] = { 0x14000000 }; /* b . */

static int spin_thread(void *arg)
{
	struct arm_smccc_1_2_regs r;

	while (!kthread_should_stop()) {
		(void)run(arg, 0, 0, 0, &r);
	}
	return 0;
}

static void d1(void)
{
	struct tries n = { 0 };
	struct target t;
	struct task_struct *k;
	u64 left;
	s64 err;
	u32 i;

	err = make(&t, HS_VM_PROTECTED, code_spin, sizeof(code_spin));
	touch_all(&n, &t); /* being built */
	err = err ? err : verify(&t);
	touch_all(&n, &t); /* may run */
	k = kthread_create(spin_thread, &t, "attack");
	kthread_bind(k, 1);
	wake_up_process(k);
	for (i = 0; i < 200; i++) {
		touch_all(&n, &t); /* runs */
		cond_resched();
	}
	kthread_stop(k);
	touch_all(&n, &t); /* ran */
	stop(&t);
	touch_all(&n, &t); /* is being destroyed */
	left = unmake(&t);
	snprintf(answer, sizeof(answer),
		 "{\"row\":\"D1 "
		 "D2\",\"pass\":%s,\"tries\":%llu,\"leaked\":%llu,\"not_returned\":%llu,"
		 "\"violations\":%llu}",
		 !err && !n.bad && !left && !check_violations() ? "true" : "false", n.all, n.bad,
		 left, check_violations());
}

/* ---- D3: canaries of a guest, in all that dom0 can see after each exit ---- */

#define CANARY_HIGH 0xc4f3a9d1u

static bool is_canary(u64 v)
{
	/* Put together here, so that this file's own text has none. */
	static u32 half = CANARY_HIGH ^ 0xffffffffu;

	return (u32)(v >> 32) == (u32)~half;
}

static u64 scan(const u64 *p, size_t n)
{
	u64 found = 0;

	while (n-- > 0) {
		found += is_canary(*p++);
	}
	return found;
}

static u64 fp_regs[64];

/* What is in registers right behind the exit; interrupts are off. */
static noinline u64 scan_registers(void)
{
	u64 v[8];

	asm volatile(".arch_extension fp\n"
		     "stp q0, q1, [%0]\n stp q2, q3, [%0, #32]\n stp q4, q5, [%0, #64]\n"
		     "stp q6, q7, [%0, #96]\n stp q8, q9, [%0, #128]\n stp q10, q11, [%0, #160]\n"
		     "stp q12, q13, [%0, #192]\n stp q14, q15, [%0, #224]\n"
		     "stp q16, q17, [%0, #256]\n stp q18, q19, [%0, #288]\n"
		     "stp q20, q21, [%0, #320]\n stp q22, q23, [%0, #352]\n"
		     "stp q24, q25, [%0, #384]\n stp q26, q27, [%0, #416]\n"
		     "stp q28, q29, [%0, #448]\n stp q30, q31, [%0, #480]\n"
		     :
		     : "r"(fp_regs)
		     : "memory");
	v[0] = read_sysreg(tpidr_el0);
	v[1] = read_sysreg(tpidrro_el0);
	v[2] = read_sysreg(far_el1);
	v[3] = read_sysreg(par_el1);
	v[4] = read_sysreg(cntv_cval_el0);
	v[5] = read_sysreg(dbgbvr0_el1);
	v[6] = read_sysreg(elr_el1);
	v[7] = read_sysreg(afsr0_el1);
	return scan(fp_regs, 64) + scan(v, 8);
}

static u64 scan_memory(void)
{
	u64 *buf = (u64 *)__get_free_page(GFP_KERNEL);
	u64 found = 0;
	u64 pfn;

	for (pfn = 0x40000; pfn < 0x40000 + (totalram_pages() | 0x3ffff); pfn++) {
		if (!pfn_valid(pfn) || !page_is_ram(pfn)) {
			continue;
		}
		if (copy_from_kernel_nofault(buf, pfn_to_kaddr(pfn), PAGE_SIZE) == 0) {
			found += scan(buf, PAGE_SIZE / 8);
			memset(buf, 0, PAGE_SIZE);
		}
		if (pfn % 1024 == 0) {
			cond_resched();
		}
	}
	free_page((unsigned long)buf);
	return found;
}

static void d3(void)
{
	u64 kinds[HS_EXIT_COUNT] = { 0 };
	u64 in_registers = 0, in_memory = 0, exits = 0, scans = 0;
	void *image = NULL;
	struct target t;
	ssize_t size = kernel_read_file_from_path("/share/canary.bin", 0, &image, PAGE_SIZE, NULL,
						  READING_UNKNOWN);
	struct arm_smccc_1_2_regs r = { 0 };
	s64 err;
	u32 n;

	if (size <= 0 || size > PAGE_SIZE) {
		snprintf(answer, sizeof(answer),
			 "{\"row\":\"D3\",\"pass\":false,\"why\":\"no image\"}");
		return;
	}
	err = make(&t, HS_VM_PROTECTED, image, size);
	err = err ? err : verify(&t);
	for (n = 0; !err && n < 400; n++) {
		unsigned long irq;
		u64 bad;

		local_irq_save(irq);
		err = call(HS_VCPU_RUN, t.vm, 0, 0, 0, 0, &r);
		bad = scan_registers();
		local_irq_restore(irq);
		in_registers += bad + scan((u64 *)&r, sizeof(r) / 8);
		if (err || r.a1 >= HS_EXIT_COUNT) {
			break;
		}
		exits++;
		if (!kinds[r.a1]++) {
			in_memory += scan_memory();
			scans++;
		}
		if (r.a1 == HS_EXIT_RAM && t.nr < VM_PAGES) {
			u64 pfn = add_page(&t);

			err = call_tables(HS_MEM_DONATE, t.vm, pfn, r.a2, 0, 0, NULL);
		}
		if (r.a1 == HS_EXIT_OFF) {
			break;
		}
	}
	vfree(image);
	for (n = 0; n < t.nr - 10u; n++) { /* what came later goes back first */
		while (call(HS_VM_DESTROY, t.vm, 0, 0, 0, 0, NULL) == HS_EBUSY) {
		}
		(void)call(HS_MEM_RECLAIM, t.vm, page_to_pfn(t.page[10 + n]), 0, 0, 0, NULL);
	}
	in_memory += unmake(&t);
	in_memory += scan_memory();
	n = 0;
	for (exits = 0, scans = 0; scans < HS_EXIT_COUNT; scans++) {
		exits += kinds[scans];
		n += kinds[scans] != 0;
	}
	snprintf(answer, sizeof(answer),
		 "{\"row\":\"D3\",\"pass\":%s,\"exits\":%llu,\"kinds\":%u,\"in_registers\":%llu,"
		 "\"in_memory\":%llu,\"error\":%lld}",
		 !err && n >= 7 && !in_registers && !in_memory ? "true" : "false", exits, n,
		 in_registers, in_memory, err);
}

/* ---- D5: random hypercalls on two CPUs ---- */

static struct page *fuzz_page[FUZZ_PAGES];
static u64 fuzz_left, fuzz_violations;
static atomic64_t fuzz_calls;

static u64 fuzz_value(struct rnd_state *s)
{
	u32 r = prandom_u32_state(s);

	switch (r % 8) {
	case 0:
	case 1:
	case 2:
		return page_to_pfn(fuzz_page[(r >> 8) % FUZZ_PAGES]);
	case 3:
		return r >> 8 & 7;
	case 4:
		return RAM_GFN + (r >> 8 & 15);
	case 5:
		return (u64[]){
			0,	    1,		1ull << 20,	   ~0ull,
			1ull << 63, 1ull << 32, HS_GUEST_RAM_BASE, HS_GUEST_RAM_BASE + 4096
		}[r >> 8 & 7];
	case 6: /* not dom0's in any case: else it would give away its own kernel */
		return 0x100000000ull * (r | 1);
	default:
		return r >> 8 & 3;
	}
}

/* A page of dom0's kernel that is given away would only end dom0: one of ours instead. */
static u64 not_the_kernel(u64 v, struct rnd_state *s)
{
	return v >= RAM_GFN && v < RAM_GFN + 16
		       ? page_to_pfn(fuzz_page[prandom_u32_state(s) % FUZZ_PAGES])
		       : v;
}

static int fuzz_thread(void *arg)
{
	static const u32 fns[] = {
#define HYPERCALL(number, NAME, handler, nargs, by) HS_##NAME,
#include "public/hypercalls.def"
#undef HYPERCALL
	};
	struct rnd_state s;
	u64 n = 0;

	prandom_seed_state(&s, (u64)arg + 1);
	while (n < fuzz_left && !kthread_should_stop()) {
		struct arm_smccc_1_2_regs r = { 0 };
		unsigned long irq;
		u32 fn = fns[prandom_u32_state(&s) % ARRAY_SIZE(fns)];
		u32 args = prandom_u32_state(&s) % 7;

		if (fn == HS_VCPU_RUN && prandom_u32_state(&s) % 64) {
			continue; /* a guest may run until the next tick */
		}
		r.a0 = prandom_u32_state(&s) % 32 ? fn : prandom_u32_state(&s);
		if ((r.a0 & ~0x4full) == 0x84000000 || (r.a0 & ~0x4full) == 0xc4000000) {
			continue;
		}
		r.a1 = args > 0 ? fuzz_value(&s) : 0;
		r.a2 = args > 1 ? fuzz_value(&s) : 0;
		r.a3 = args > 2 ? fuzz_value(&s) : 0;
		r.a4 = args > 3 ? fuzz_value(&s) : 0;
		r.a5 = args > 4 ? fuzz_value(&s) : 0;
		if (r.a0 != HS_MEM_MAP_SHARED) {
			r.a2 = not_the_kernel(r.a2, &s);
		}
		if (r.a0 != HS_MEM_DONATE) {
			r.a3 = not_the_kernel(r.a3, &s);
		}
		r.a4 = not_the_kernel(r.a4, &s);
		r.a5 = not_the_kernel(r.a5, &s);
		if (r.a0 == HS_MEM_TOPUP && r.a1 == 0) {
			continue; /* may cost dom0 a page for good: docs/caveats.md */
		}
		local_irq_save(irq);
		arm_smccc_1_2_hvc(&r, &r);
		local_irq_restore(irq);
		atomic64_inc(&fuzz_calls);
		if (++n % 1000 == 0) {
			if ((u64)arg == 0 && n % 20000 == 0) {
				fuzz_violations += check_violations();
			}
			cond_resched();
		}
	}
	while (!kthread_should_stop()) {
		schedule_timeout_interruptible(1);
	}
	return 0;
}

static u64 fuzz_clean(void)
{
	u64 left = 0;
	u32 vm, i, round;

	for (round = 0; round < 6; round++) {
		for (vm = 1; vm < 256; vm++) {
			if (call(HS_VM_DESTROY, vm, 0, 0, 0, 0, NULL) == HS_ENOENT) {
				continue;
			}
			for (i = 0; i < FUZZ_PAGES; i++) {
				u64 pfn = page_to_pfn(fuzz_page[i]);

				while (call(HS_MEM_UNMAP_SHARED, vm, pfn, 0, 0, 0, NULL) == HS_OK) {
				}
				while (call(HS_MEM_RECLAIM, vm, pfn, 0, 0, 0, NULL) == HS_EAGAIN) {
				}
			}
		}
	}
	while (call(HS_MEM_DRAIN, 0, 0, 0, 0, 0, NULL) == HS_OK) {
	}
	for (i = 0; i < FUZZ_PAGES; i++) {
		u64 v;

		if (copy_from_kernel_nofault(&v, page_address(fuzz_page[i]), 8)) {
			left++;
		}
	}
	return left;
}

static void d5(u64 n)
{
	struct task_struct *k[2];
	u64 left;
	u32 i;

	for (i = 0; i < FUZZ_PAGES; i++) {
		fuzz_page[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	}
	fuzz_left = n / 2;
	atomic64_set(&fuzz_calls, 0);
	fuzz_violations = 0;
	for (i = 0; i < 2; i++) {
		k[i] = kthread_create(fuzz_thread, (void *)(u64)i, "attack%u", i);
		kthread_bind(k[i], i);
		wake_up_process(k[i]);
	}
	while (atomic64_read(&fuzz_calls) < 2 * fuzz_left) {
		schedule_timeout_uninterruptible(HZ / 10);
	}
	for (i = 0; i < 2; i++) {
		kthread_stop(k[i]);
	}
	left = fuzz_clean();
	snprintf(answer, sizeof(answer),
		 "{\"row\":\"D5\",\"pass\":%s,\"calls\":%lld,\"violations\":%llu,\"not_returned\":%"
		 "llu}",
		 !fuzz_violations && !left && !check_violations() ? "true" : "false",
		 (s64)atomic64_read(&fuzz_calls), fuzz_violations, left);
}

/* ---- D13: every byte of an image counts ---- */

static int measurement(const u8 *image, u64 *out)
{
	struct arm_smccc_1_2_regs r = { 0 };
	struct target t;
	s64 err = make(&t, HS_VM_PROTECTED, image, PAGE_SIZE);

	err = err ? err : verify(&t);
	err = err ? err : call(HS_VM_MEASUREMENT, t.vm, 0, 0, 0, 0, &r);
	memcpy(out, &r.a1, 32);
	return unmake(&t) ? -EIO : (int)err;
}

static void d13(void)
{
	u8 *image = (u8 *)__get_free_page(GFP_KERNEL);
	u64 want[4], got[4];
	u64 accepted = 0;
	int err;
	u32 i;

	for (i = 0; i < PAGE_SIZE; i++) {
		image[i] = (u8)(i * 7 + (i >> 8));
	}
	err = measurement(image, want);
	for (i = 0; i < PAGE_SIZE && !err; i++) {
		image[i] ^= 1u << (i % 8);
		err = measurement(image, got);
		accepted += !memcmp(want, got, sizeof(want));
		image[i] ^= 1u << (i % 8);
		cond_resched();
	}
	err = err ? err : measurement(image, got);
	accepted += memcmp(want, got, sizeof(want)) != 0;
	free_page((unsigned long)image);
	snprintf(answer, sizeof(answer),
		 "{\"row\":\"D13\",\"pass\":%s,\"flipped\":%u,\"accepted\":%llu,\"error\":%d}",
		 !err && !accepted ? "true" : "false", i, accepted, err);
}

/* ---- D16: bus masters ---- */

static void d16(void)
{
	static const u64 hidden[] = { 0x08080000, 0x09020000, 0x0a000000,
				      0x0a003e00, 0x3eff0000, 0x4010000000 };
	u64 reached = 0, tries = 0;
	void __iomem *rd;
	struct target t;
	u64 v, before;
	s64 err;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		void __iomem *p = ioremap(hidden[i], PAGE_SIZE);

		tries += 2;
		reached += !copy_from_kernel_nofault(&v, (void *)p, 4);
		reached += !put_nofault((void *)p, page_to_phys(virt_to_page(answer)));
		iounmap(p);
	}
	err = make(&t, HS_VM_PROTECTED, code_spin, sizeof(code_spin));
	rd = ioremap(0x080a0000, PAGE_SIZE);
	for (i = 0; i < t.nr; i++) { /* LPI tables in a page of the guest's */
		before = readq(rd + 0x78);
		writeq(page_to_phys(t.page[i]) | 0x780, rd + 0x70);
		writeq(page_to_phys(t.page[i]) | 0x780, rd + 0x78);
		writel(readl(rd) | 1, rd);
		tries += 3;
		reached += (readl(rd) & 1) + (readq(rd + 0x78) != before);
	}
	iounmap(rd);
	reached += unmake(&t);
	snprintf(answer, sizeof(answer),
		 "{\"row\":\"D16\",\"pass\":%s,\"tries\":%llu,\"reached\":%llu,\"error\":%lld}",
		 !err && !reached ? "true" : "false", tries, reached, err);
}

/*
 * ---- the demo's search: how often a word is in what dom0 can read ----
 * The word comes with each letter moved on by one, else it would find itself.
 */
static bool is_word(const char *p, const char *word)
{
	for (; *word; p++, word++) {
		if (*p != (*word >= 'b' && *word <= 'z' ? *word - 1 : *word)) {
			return false;
		}
	}
	return true;
}

static void search(const char *word)
{
	size_t len = strlen(word);
	char *buf = (char *)__get_free_page(GFP_KERNEL);
	u64 found = 0, refused = 0, pfn;

	for (pfn = 0x40000; pfn < 0x40000 + (totalram_pages() | 0x3ffff); pfn++) {
		char *p;

		if (!pfn_valid(pfn) || !page_is_ram(pfn) || pfn == page_to_pfn(virt_to_page(buf))) {
			continue;
		}
		if (copy_from_kernel_nofault(buf, pfn_to_kaddr(pfn), PAGE_SIZE)) {
			refused++;
			continue;
		}
		for (p = buf; p + len <= buf + PAGE_SIZE; p++) {
			found += is_word(p, word);
		}
		memset(buf, 0, PAGE_SIZE);
		if (pfn % 1024 == 0) {
			cond_resched();
		}
	}
	free_page((unsigned long)buf);
	snprintf(answer, sizeof(answer), "found %llu times, %llu pages refused", found, refused);
}

static ssize_t attack_write(struct file *f, const char __user *data, size_t size, loff_t *pos)
{
	char cmd[64] = "";

	if (size >= sizeof(cmd) || copy_from_user(cmd, data, size)) {
		return -EINVAL;
	}
	strim(cmd);
	if (!strcmp(cmd, "D1")) {
		d1();
	} else if (!strcmp(cmd, "D3")) {
		d3();
	} else if (!strncmp(cmd, "D5 ", 3)) {
		d5(simple_strtoull(cmd + 3, NULL, 10));
	} else if (!strcmp(cmd, "D13")) {
		d13();
	} else if (!strcmp(cmd, "D16")) {
		d16();
	} else if (!strncmp(cmd, "search ", 7)) {
		search(cmd + 7);
	} else {
		return -EINVAL;
	}
	memset(cmd, 0, sizeof(cmd));
	return size;
}

static int attack_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", answer);
	return 0;
}

static int attack_open(struct inode *inode, struct file *f)
{
	return single_open(f, attack_show, NULL);
}

static const struct proc_ops attack_ops = {
	.proc_open = attack_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = attack_write,
};

static int __init attack_init(void)
{
	return proc_create("attack", 0600, NULL, &attack_ops) ? 0 : -ENOMEM;
}

static void __exit attack_exit(void)
{
	struct arm_smccc_1_2_regs r;

	/* Tables that dom0's stage 2 needed, and needs no more. */
	while (call(HS_MEM_DRAIN, 0, 0, 0, 0, 0, &r) == HS_OK) {
		__free_page(pfn_to_page(r.a1));
	}
	remove_proc_entry("attack", NULL);
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_DESCRIPTION("A hostile dom0, for the tests of Homestead");
MODULE_LICENSE("Dual BSD/GPL");
