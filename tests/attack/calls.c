// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows of random calls: D5, D6, D15. */
#include <asm/sysreg.h>

#include "attack.h"

#define FUZZ_PAGES 192u

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
	for (i = 0; i < FUZZ_PAGES; i++) {
		u64 v;

		if (copy_from_kernel_nofault(&v, page_address(fuzz_page[i]), 8)) {
			left++;
		}
	}
	return left;
}

void row_d5(const char *arg)
{
	u64 n = simple_strtoull(arg, NULL, 10);
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
		k[i] = on_cpu(i, fuzz_thread, (void *)(u64)i);
	}
	while (atomic64_read(&fuzz_calls) < 2 * fuzz_left) {
		schedule_timeout_uninterruptible(HZ / 10);
	}
	for (i = 0; i < 2; i++) {
		kthread_stop(k[i]);
	}
	left = fuzz_clean();
	report("D5", !fuzz_violations && !left && !check_violations(),
	       "\"calls\":%lld,\"violations\":%llu,\"not_returned\":%llu",
	       (s64)atomic64_read(&fuzz_calls), fuzz_violations, left);
}

/* ---- numbers: what is not in the table is not there, on the release image ---- */

static bool is_in_table(u32 fn)
{
	switch (fn) {
#define HYPERCALL(number, NAME, handler, nargs, by) case HS_##NAME:
#include "public/hypercalls.def"
#undef HYPERCALL
		return true;
	default:
		return false;
	}
}

void row_numbers(const char *arg)
{
	u64 refused = 0, answered = 0;
	u32 n;

	for (n = 0; n < 0x10000; n++) {
		if (!is_in_table(HS_FN_BASE + n)) {
			bool no = call(HS_FN_BASE + n, 0, 0, 0, 0, 0, NULL) == HS_ENOTSUPP;

			refused += no;
			answered += !no;
		}
	}
	report("numbers", !answered && call(DEBUG_CHECK, 0, 0, 0, 0, 0, NULL) == HS_ENOTSUPP,
	       "\"refused\":%llu,\"answered\":%llu", refused, answered);
}

/* ---- D6: SMCs ---- */

static bool ends_dom0(u32 fn)
{
	switch (fn & ~0x40000000u) {
	case 0x84000001: /* CPU_SUSPEND and the like: dom0 may do that to itself */
	case 0x84000002:
	case 0x84000003: /* CPU_ON, below by hand */
	case 0x84000008:
	case 0x84000009:
	case 0x8400000b:
	case 0x8400000c:
	case 0x8400000e:
	case 0x84000012:
		return true;
	default:
		return false;
	}
}

/* What is passed on or answered, docs/abi.md; everything else is not supported. */
static bool is_answered(u32 fn)
{
	u32 low = fn & ~0x40000000u;

	return low == 0x84000000 || low == 0x84000004 || low == 0x84000006 || low == 0x8400000a ||
	       fn == 0x80000000 || fn == 0x80000001 || fn == 0x80008000 || fn == 0x80007fff ||
	       fn == 0x80003fff || (low >= 0x84000050 && low <= 0x8400005f);
}

static int loop_thread(void *arg)
{
	struct target *t = arg;
	struct arm_smccc_1_2_regs r;

	while (!kthread_should_stop()) {
		if (run(t, 0, 0, 0, &r) == HS_OK) {
			t->page[VM_PAGES - 1] =
				(void *)((u64)t->page[VM_PAGES - 1] + 1); /* exits */
		}
	}
	return 0;
}

static u64 exits_of(const struct target *t)
{
	return (u64)READ_ONCE(t->page[VM_PAGES - 1]);
}

static u64 random_word(struct rnd_state *s)
{
	u32 r = prandom_u32_state(s);

	return r % 4 == 0 ? r >> 8 & 7 : r % 4 == 1 ? (u64)r << 32 | r : 1ull << (r >> 8 & 63);
}

void row_d6(const char *arg)
{
	static const u32 base[] = { 0x80000000, 0x84000000, 0xc4000000, 0x84000060, 0xc4000060,
				    0xbf000000, 0x86000000, 0xc6000000, 0xb2000000, 0x00000000 };
	u64 n, calls = 0, wrong = 0, before, left;
	struct arm_smccc_1_2_regs r;
	struct task_struct *k;
	struct rnd_state s;
	struct target t;
	s64 err = make(&t, HS_VM_PROTECTED, GUEST(code_loop));

	err = err ? err : verify(&t);
	prandom_seed_state(&s, 6);
	k = on_cpu(1, loop_thread, &t);
	for (n = 0; n < 40000; n++) {
		u32 fn = base[prandom_u32_state(&s) % ARRAY_SIZE(base)] +
			 (prandom_u32_state(&s) & (n % 2 ? 0x1f : 0xffff));
		bool smc = n % 3 != 0;

		if (ends_dom0(fn) || (!smc && fn >= HS_FN_BASE && fn < HS_FN_BASE + 0x50)) {
			continue;
		}
		r = (struct arm_smccc_1_2_regs){ .a0 = fn,
						 .a1 = random_word(&s),
						 .a2 = random_word(&s),
						 .a3 = random_word(&s),
						 .a4 = random_word(&s) };
		if (smc) {
			arm_smccc_1_2_smc(&r, &r);
		} else {
			arm_smccc_1_2_hvc(&r, &r);
		}
		calls++;
		if ((s32)r.a0 != -1 && !is_answered(fn)) {
			pr_err("attack: D6: %s %x answered %lx\n", smc ? "SMC" : "HVC", fn, r.a0);
			wrong++;
		}
		if (n % 1000 == 0) {
			cond_resched();
		}
	}
	/* CPU_ON of what is on, and of what is not there. */
	r = (struct arm_smccc_1_2_regs){ .a0 = 0xc4000003, .a1 = 1, .a2 = 0x40000000 };
	arm_smccc_1_2_smc(&r, &r);
	wrong += (s32)r.a0 != -4;
	r = (struct arm_smccc_1_2_regs){ .a0 = 0xc4000003, .a1 = 77, .a2 = 0x40000000 };
	arm_smccc_1_2_smc(&r, &r);
	wrong += (s32)r.a0 != -2;
	before = exits_of(&t);
	while (exits_of(&t) < before + 10 && !err) { /* the guest lives */
		cond_resched();
	}
	kthread_stop(k);
	left = unmake(&t);
	report("D6", !err && !wrong && !left && !check_violations(),
	       "\"calls\":%llu,\"wrong\":%llu,\"not_returned\":%llu,\"error\":%lld", calls, wrong,
	       left, err);
}

/* ---- D15: interrupts that nobody asked for ---- */

void row_d15(const char *arg)
{
	u64 n, lines = 0, before, left, started;
	struct target victim, other;
	struct rnd_state s;
	struct task_struct *k;
	s64 err = make(&victim, HS_VM_PROTECTED, GUEST(code_witness));

	err = err ? err : make(&other, HS_VM_PROTECTED, GUEST(code_loop));
	err = err ? err : verify(&victim);
	err = err ? err : verify(&other);
	prandom_seed_state(&s, 15);
	k = on_cpu(1, loop_thread, &other);
	while (!exits_of(&other) && !err) {
		cond_resched();
	}
	started = exits_of(&other);
	for (n = 0; n < 200000 && !err; n++) {
		struct arm_smccc_1_2_regs r;

		lines += call(HS_IRQ_LINE, victim.vm, 32 + prandom_u32_state(&s) % 224, n & 1, 0, 0,
			      NULL) == HS_OK;
		(void)call(HS_VCPU_KICK, victim.vm, n & 1, 0, 0, 0, NULL);
		if (n % 100 == 0) {
			err = run(&victim, 0, 0, 0, &r);
			if (!err && r.a1 == HS_EXIT_MMIO_WRITE && r.a2 == 0xbad0) {
				err = HS_EPERM;
			}
			cond_resched();
		}
	}
	before = exits_of(&other);
	kthread_stop(k);
	left = unmake(&victim) + unmake(&other);
	report("D15", !err && lines == n && before > started + 100 && !left && !check_violations(),
	       "\"lines\":%llu,\"exits_of_another\":%llu,\"not_returned\":%llu,\"error\":%lld",
	       lines, before - started, left, err);
}

/* ---- G11: how long dom0's CPU is away in one call; under icount, 1 tick = 1 instruction ---- */

void row_g11(const char *arg)
{
	struct arm_smccc_1_2_regs r;
	struct page *block[2];
	struct target t;
	u64 calls = 0, left = 0;
	s64 err;
	u32 i;

	longest = 0;
	for (i = 0; i < 2; i++) {
		block[i] = alloc_pages(GFP_KERNEL | __GFP_ZERO, 9);
	}
	err = make(&t, HS_VM_PROTECTED, GUEST(code_spin));
	for (i = 0; i < 2 && !err; i++) {
		err = call_all(HS_MEM_DONATE, t.vm, page_to_pfn(block[i]), RAM_GFN + 512 * (i + 1),
			       9, i ? 0 : HS_DONATE_IMAGE, NULL);
	}
	do { /* a signature that is looked at to its end, and does not hold */
		r = (struct arm_smccc_1_2_regs){ .a0 = HS_VM_VERIFY, .a1 = t.vm };
		r.a2 = r.a3 = r.a4 = r.a5 = r.a6 = r.a7 = r.a8 = r.a9 = 0x0123456789abcd01;
		timed_hvc(&r);
		calls++;
	} while (!err && (s64)r.a0 == HS_EAGAIN);
	err = err ? err : (s64)r.a0 == HS_ESIGNATURE ? 0 : -EIO;
	stop(&t);
	for (i = 0; i < 2; i++) {
		while (call(HS_MEM_RECLAIM, t.vm, page_to_pfn(block[i]), 9, 0, 0, NULL) ==
		       HS_EAGAIN) {
		}
		left += !readable(block[i]);
	}
	left += unmake(&t);
	for (i = 0; i < 2; i++) {
		__free_pages(block[i], 9);
	}
	report("G11",
	       !err && !left && calls > 10 && longest < 100000 &&
		       read_sysreg(cntfrq_el0) == 1000000000,
	       "\"longest\":%llu,\"function\":%llu,\"pieces_of_signature\":%llu,\"not_returned\":%"
	       "llu,"
	       "\"error\":%lld",
	       longest, longest_fn, calls, left, err);
}

/* ---- F6: every number of spare tables too few ---- */

void row_f6(const char *arg)
{
	u64 n, refused = 0, wrong = 0, left = 0;
	s64 err = HS_OK;

	for (n = 0; n < 4 && !err; n++) {
		static const u64 gfn[] = { RAM_GFN + 512, RAM_GFN + 1024, RAM_GFN + 1536 };
		struct page *ram[ARRAY_SIZE(gfn)];
		struct target t;
		u64 i, k;

		err = make(&t, HS_VM_PROTECTED, GUEST(code_spin)); /* it has 2 tables left */
		for (i = 0; i < n && !err; i++) {
			err = call_all(HS_MEM_TOPUP, t.vm, add_page(&t), 0, 0, 0, NULL);
		}
		for (i = 0; i < ARRAY_SIZE(gfn) && !err; i++) {
			u64 guests = info(HS_INFO_GUEST_PAGES);
			u64 pfn;
			s64 got;

			ram[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
			pfn = page_to_pfn(ram[i]);
			got = call_all(HS_MEM_DONATE, t.vm, pfn, gfn[i], 0, 0, NULL);
			if (got == HS_ENOMEM_TABLES) {
				refused++;
				wrong += !readable(ram[i]) + (info(HS_INFO_GUEST_PAGES) != guests);
				err = call_all(HS_MEM_TOPUP, t.vm, add_page(&t), 0, 0, 0, NULL);
				got = call_all(HS_MEM_DONATE, t.vm, pfn, gfn[i], 0, 0, NULL);
			}
			wrong += got != HS_OK;
		}
		stop(&t);
		for (k = 0; k < i; k++) {
			(void)call(HS_MEM_RECLAIM, t.vm, page_to_pfn(ram[k]), 0, 0, 0, NULL);
			left += !readable(ram[k]);
			__free_page(ram[k]);
		}
		left += unmake(&t);
		wrong += check_violations();
	}
	report("F6", !err && !wrong && !left && refused,
	       "\"tables\":%llu,\"refused\":%llu,\"wrong\":%llu,\"not_returned\":%llu,\"error\":%"
	       "lld",
	       n, refused, wrong, left, err);
}
