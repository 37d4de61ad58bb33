// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows of random calls: D5, D6, D15. */
#include <asm/sysreg.h>
#include <asm/unaligned.h>

#include "attack.h"

#define FUZZ_PAGES 192u

/* ---- D5: random hypercalls on two CPUs ---- */

#define FUZZ_VMS 8u /* of each CPU a half */
#define BLOCK_ORDER 9u
#define BLOCK_PAGES 512u

/* Pages, none of which begins a block: only the one block of ours may go as a whole. */
static struct page *fuzz_page[FUZZ_PAGES], *fuzz_block;
static struct {
	u32 vm;	      /* 0: none */
	u32 used[32]; /* pages that it was given */
	u32 nr_used;
} fuzz_vm[FUZZ_VMS];
static u64 fuzz_left, fuzz_violations;
static atomic_t fuzz_ended;
static atomic64_t fuzz_calls, fuzz_blocks, fuzz_done[0x40]; /* by function: how often it was OK */

/* Page i of all that the rows may give away. */
static struct page *fuzz_page_at(u32 i)
{
	return i < FUZZ_PAGES ? fuzz_page[i] : fuzz_block + (i - FUZZ_PAGES);
}

static u64 fuzz_pfn(u32 r)
{
	u32 i = r % (FUZZ_PAGES + 1u);

	return page_to_pfn(fuzz_page_at(i < FUZZ_PAGES ? i : FUZZ_PAGES + (r >> 12) % BLOCK_PAGES));
}

static u64 fuzz_value(struct rnd_state *s)
{
	u32 r = prandom_u32_state(s);

	switch (r % 8) {
	case 0:
	case 1:
	case 2:
		return fuzz_pfn(r >> 8);
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
	return v >= RAM_GFN && v < RAM_GFN + 16 ? fuzz_pfn(prandom_u32_state(s)) : v;
}

/* Any arguments. */
static void fuzz_wild(struct arm_smccc_1_2_regs *r, struct rnd_state *s)
{
	u32 args = prandom_u32_state(s) % 7;

	r->a1 = args > 0 ? fuzz_value(s) : 0;
	r->a2 = args > 1 ? fuzz_value(s) : 0;
	r->a3 = args > 2 ? fuzz_value(s) : 0;
	r->a4 = args > 3 ? fuzz_value(s) : 0;
	r->a5 = args > 4 ? fuzz_value(s) : 0;
	if ((u32)r->a0 != HS_MEM_MAP_SHARED) {
		r->a2 = not_the_kernel(r->a2, s);
	}
	if ((u32)r->a0 != HS_MEM_DONATE) {
		r->a3 = not_the_kernel(r->a3, s);
	}
	r->a4 = not_the_kernel(r->a4, s);
	r->a5 = not_the_kernel(r->a5, s);
}

/* A guest in a page that may be anybody's by now. */
static void fuzz_write_image(u64 pfn, u32 dice)
{
	const char *code =
		(const char *[]){ code_share, code_loop, code_share, code_off }[dice % 4];
	u64 *to = pfn_to_kaddr(pfn);

	while (code < code_end && put_nofault(to++, get_unaligned((const u64 *)code)) == 0) {
		code += sizeof(u64);
	}
}

/* Some donations and returns are of the block, as a whole. */
static void fuzz_whole(struct arm_smccc_1_2_regs *r, u32 dice)
{
	r->a2 = page_to_pfn(fuzz_block);
	if ((u32)r->a0 == HS_MEM_RECLAIM) {
		r->a3 = BLOCK_ORDER;
	} else {
		r->a3 = RAM_GFN + BLOCK_PAGES * (dice & 3);
		r->a4 = BLOCK_ORDER;
	}
}

/* Where a page is that the VM was given; the other CPU may write there, too. */
static u32 *fuzz_used(u32 slot, u32 i)
{
	return &fuzz_vm[slot].used[i % ARRAY_SIZE(fuzz_vm[slot].used)];
}

/* Arguments that may well be right, so that VMs come, run and go. */
static void fuzz_apt(struct arm_smccc_1_2_regs *r, struct rnd_state *s, u32 cpu, u32 *slot)
{
	u32 dice = prandom_u32_state(s);
	u64 pfn = fuzz_pfn(prandom_u32_state(s));
	u64 gfn = RAM_GFN + (dice >> 3 & 7);

	*slot = dice % FUZZ_VMS;
	r->a1 = READ_ONCE(fuzz_vm[*slot].vm);
	if (!r->a1 && *slot % 2 == cpu) {
		r->a0 = (u32)HS_VM_CREATE;
	} else if ((u32)r->a0 == HS_VM_CREATE) {
		r->a0 = (u32)HS_MEM_RECLAIM; /* it would not be found again */
	}
	switch ((u32)r->a0) {
	case HS_VM_CREATE:
		r->a1 = dice >> 8 & 3;
		r->a2 = 64 << 20;
		r->a3 = 2;
		r->a4 = pfn;
		r->a5 = fuzz_pfn(prandom_u32_state(s));
		break;
	case HS_VCPU_CREATE:
		r->a2 = dice >> 8 & 1;
		r->a3 = pfn;
		break;
	case HS_VCPU_SET_ENTRY:
		r->a3 = HS_GUEST_RAM_BASE;
		break;
	case HS_VCPU_RUN:
		r->a2 = dice >> 8 & 1;
		r->a3 = dice >> 9 & 1;
		r->a4 = dice;
		break;
	case HS_VCPU_KICK:
		r->a2 = dice >> 8 & 1;
		break;
	case HS_VCPU_GET_REG:
		r->a2 = dice >> 8 & 1;
		r->a3 = dice >> 9 & 31;
		break;
	case HS_MEM_DONATE:
		r->a2 = pfn;
		r->a3 = dice >> 6 & 3 ? gfn : RAM_GFN;
		r->a5 = dice >> 8 & 1; /* HS_DONATE_IMAGE */
		if (dice >> 9 & 3) {
			fuzz_write_image(pfn, dice >> 11);
		} else {
			fuzz_whole(r, dice >> 11);
		}
		break;
	case HS_MEM_TOPUP:
		r->a2 = pfn;
		break;
	case HS_MEM_RECLAIM:
		r->a2 = READ_ONCE(*fuzz_used(*slot, dice >> 10));
		r->a2 = r->a2 && dice >> 8 & 3 ? r->a2 : pfn;
		if (!(dice >> 15 & 7)) {
			fuzz_whole(r, 0);
		}
		break;
	case HS_MEM_MAP_SHARED:
		r->a2 = dice >> 8 & 1 ? gfn : RAM_GFN + 1; /* which code_share offers */
		break;
	case HS_MEM_UNMAP_SHARED:
		r->a2 = READ_ONCE(*fuzz_used(*slot, dice >> 10));
		break;
	case HS_IRQ_LINE:
		r->a2 = 32 + (dice >> 8 & 127);
		r->a3 = dice >> 15 & 1;
		break;
	default:
		break;
	}
}

static void fuzz_use(u32 slot, u64 pfn)
{
	WRITE_ONCE(*fuzz_used(slot, fuzz_vm[slot].nr_used++), (u32)pfn);
}

static void fuzz_unuse(u32 slot, u64 pfn)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fuzz_vm[slot].used); i++) {
		(void)cmpxchg(fuzz_used(slot, i), (u32)pfn, 0);
	}
}

/* What became of such a call. */
static void fuzz_learn(u32 slot, const struct arm_smccc_1_2_regs *was,
		       const struct arm_smccc_1_2_regs *r)
{
	u32 fn = (u32)was->a0;

	if (r->a0 == HS_OK) {
		atomic64_inc(&fuzz_done[fn - HS_FN_BASE]);
		if (fn == HS_MEM_DONATE && was->a4 == BLOCK_ORDER) {
			atomic64_inc(&fuzz_blocks);
		}
		if (fn == HS_VM_CREATE) {
			fuzz_use(slot, was->a4);
			fuzz_use(slot, was->a5);
			WRITE_ONCE(fuzz_vm[slot].vm, (u32)r->a1);
		} else if (fn == HS_MEM_DONATE || fn == HS_MEM_TOPUP) {
			fuzz_use(slot, was->a2);
		} else if (fn == HS_VCPU_CREATE) {
			fuzz_use(slot, was->a3);
		} else if (fn == HS_MEM_RECLAIM) {
			fuzz_unuse(slot, was->a2);
		}
	} else if ((s64)r->a0 == HS_ENOENT && (fn == HS_MEM_RECLAIM || fn == HS_MEM_TOPUP)) {
		(void)cmpxchg(&fuzz_vm[slot].vm, (u32)was->a1, 0); /* the VM has gone */
	}
}

/* One of how many is made: so that VMs live for a while, and leave pages for others. */
static u32 fuzz_rarity(u32 fn, bool apt)
{
	switch (fn) {
	case HS_VCPU_RUN: /* a guest may run until the next tick */
		return apt ? 8 : 64;
	case HS_VM_DESTROY:
		return apt ? 64 : 512;
	case HS_MEM_TOPUP:
		return 4;
	default:
		return 1;
	}
}

static int fuzz_thread(void *arg)
{
	static const u32 fns[] = {
#define HYPERCALL(number, NAME, handler, nargs, by) HS_##NAME,
#include "public/hypercalls.def"
#undef HYPERCALL
	};
	u32 cpu = (u32)(u64)arg;
	struct rnd_state s;
	u64 n = 0;

	prandom_seed_state(&s, cpu + 1);
	while (n < fuzz_left && !kthread_should_stop()) {
		struct arm_smccc_1_2_regs r = { 0 }, was;
		u32 dice = prandom_u32_state(&s);
		bool apt = dice >> 31;
		u32 slot = FUZZ_VMS;
		unsigned long irq;

		r.a0 = dice % 8 ? fns[(dice >> 8) % ARRAY_SIZE(fns)] : (u32)HS_MEM_RECLAIM;
		if (prandom_u32_state(&s) % fuzz_rarity((u32)r.a0, apt)) {
			continue;
		}
		if (apt) {
			fuzz_apt(&r, &s, cpu, &slot);
		} else {
			r.a0 = dice >> 2 & 31 ? r.a0 : prandom_u32_state(&s);
			fuzz_wild(&r, &s);
		}
		if ((r.a0 & ~0x4full) == 0x84000000 || (r.a0 & ~0x4full) == 0xc4000000) {
			continue;
		}
		was = r;
		do { /* mostly on with what is done in pieces */
			r = was;
			local_irq_save(irq);
			arm_smccc_1_2_hvc(&r, &r);
			local_irq_restore(irq);
			atomic64_inc(&fuzz_calls);
		} while ((s64)r.a0 == HS_EAGAIN && prandom_u32_state(&s) % 64);
		if (slot != FUZZ_VMS) {
			fuzz_learn(slot, &was, &r);
		}
		if (++n % 1000 == 0) {
			if (cpu == 0 && n % 20000 == 0) {
				fuzz_violations += check_violations();
			}
			cond_resched();
		}
	}
	atomic_inc(&fuzz_ended);
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
			(void)call_all(HS_MEM_RECLAIM, vm, page_to_pfn(fuzz_block), BLOCK_ORDER, 0,
				       0, NULL);
			for (i = 0; i < FUZZ_PAGES + BLOCK_PAGES; i++) {
				u64 pfn = page_to_pfn(fuzz_page_at(i));

				while (call(HS_MEM_UNMAP_SHARED, vm, pfn, 0, 0, 0, NULL) == HS_OK) {
				}
				while (call(HS_MEM_RECLAIM, vm, pfn, 0, 0, 0, NULL) == HS_EAGAIN) {
				}
			}
		}
	}
	for (i = 0; i < FUZZ_PAGES + BLOCK_PAGES; i++) {
		u64 v;

		if (copy_from_kernel_nofault(&v, page_address(fuzz_page_at(i)), 8)) {
			left++;
		}
	}
	return left;
}

static s64 fuzz_times(u32 fn)
{
	return atomic64_read(&fuzz_done[fn - HS_FN_BASE]);
}

void row_d5(const char *arg)
{
	u64 n = simple_strtoull(arg, NULL, 10);
	struct task_struct *k[2];
	u64 left;
	u32 i;

	fuzz_block = alloc_pages(GFP_KERNEL | __GFP_ZERO, BLOCK_ORDER);
	for (i = 0; i < FUZZ_PAGES; i++) {
		do {
			fuzz_page[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		} while (page_to_pfn(fuzz_page[i]) % BLOCK_PAGES == 0);
	}
	fuzz_left = n / 2;
	memset(fuzz_vm, 0, sizeof(fuzz_vm));
	memset(fuzz_done, 0, sizeof(fuzz_done));
	atomic_set(&fuzz_ended, 0);
	atomic64_set(&fuzz_calls, 0);
	atomic64_set(&fuzz_blocks, 0);
	fuzz_violations = 0;
	for (i = 0; i < 2; i++) {
		k[i] = on_cpu(i, fuzz_thread, (void *)(u64)i);
	}
	while (atomic_read(&fuzz_ended) < 2) {
		schedule_timeout_uninterruptible(HZ / 10);
	}
	for (i = 0; i < 2; i++) {
		kthread_stop(k[i]);
	}
	left = fuzz_clean();
	report("D5",
	       !fuzz_violations && !left && fuzz_times(HS_VM_VERIFY) && fuzz_times(HS_VCPU_RUN) &&
		       fuzz_times(HS_MEM_MAP_SHARED) && atomic64_read(&fuzz_blocks) &&
		       !check_violations(),
	       "\"calls\":%lld,\"vms\":%lld,\"verified\":%lld,\"runs\":%lld,\"donated\":%lld,"
	       "\"blocks\":%lld,\"mapped_shared\":%lld,\"violations\":%llu,\"not_returned\":%llu",
	       (s64)atomic64_read(&fuzz_calls), fuzz_times(HS_VM_CREATE), fuzz_times(HS_VM_VERIFY),
	       fuzz_times(HS_VCPU_RUN), fuzz_times(HS_MEM_DONATE), (s64)atomic64_read(&fuzz_blocks),
	       fuzz_times(HS_MEM_MAP_SHARED), fuzz_violations, left);
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
