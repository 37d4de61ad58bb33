// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows of two CPUs: D7, D8. */
#include "attack.h"

/* ---- D8: one vCPU on two CPUs, and vCPUs that are not there ---- */

static atomic64_t ran, busy, odd, witness_bad;

static int run_thread(void *arg)
{
	struct target *t = arg;
	struct arm_smccc_1_2_regs r;

	while (!kthread_should_stop()) {
		s64 err = run(t, 0, 0, 0, &r);

		if (err == HS_OK) {
			atomic64_inc(&ran);
			if (r.a1 == HS_EXIT_MMIO_WRITE && r.a2 == 0xbad0) {
				atomic64_inc(&witness_bad);
			}
		} else if (err == HS_EBUSY) {
			atomic64_inc(&busy);
		} else if (err != HS_ESTATE) {
			atomic64_inc(&odd);
		}
	}
	return 0;
}

void row_d8(const char *arg)
{
	static const struct {
		u64 vm, vcpu; /* vm: added to the real one */
		s64 want;
	} nobody[] = {
		{ 0, 2, HS_ENOENT },	      { 0, 3, HS_ENOENT },
		{ 0, 8, HS_ENOENT },	      { 0, 1ull << 32, HS_ENOENT },
		{ 0, ~0ull, HS_ENOENT },      { 1, 0, HS_ENOENT },
		{ 256, 0, HS_ENOENT },	      { 1ull << 32, 0, HS_ENOENT },
		{ 1ull << 63, 0, HS_ENOENT },
	};
	u64 left = 0, wrong = 0, round, tries = 0;
	struct task_struct *k[2];
	struct target t;
	s64 err = HS_OK;
	u32 i;

	atomic64_set(&ran, 0);
	atomic64_set(&busy, 0);
	atomic64_set(&odd, 0);
	atomic64_set(&witness_bad, 0);
	for (round = 0; round < 20 && !err; round++) {
		err = make(&t, HS_VM_PROTECTED, GUEST(code_witness));
		wrong += call(HS_VCPU_RUN, t.vm, 0, 0, 0, 0, NULL) != HS_ESTATE;
		err = err ? err : verify(&t);
		for (i = 0; i < ARRAY_SIZE(nobody); i++, tries++) {
			s64 got = call(HS_VCPU_RUN, t.vm + nobody[i].vm, nobody[i].vcpu, 0, 0, 0,
				       NULL);

			if (got != nobody[i].want) {
				pr_err("attack: D8: vCPU %llx of VM +%llx: %lld\n", nobody[i].vcpu,
				       nobody[i].vm, got);
				wrong++;
			}
		}
		for (i = 0; i < 2; i++) {
			k[i] = on_cpu(i, run_thread, &t);
		}
		for (i = 0; i < 3000; i++) {
			cond_resched();
		}
		schedule_timeout_uninterruptible(HZ / 20);
		stop(&t); /* while it runs */
		for (i = 0; i < 2; i++) {
			kthread_stop(k[i]);
		}
		wrong += call(HS_VCPU_RUN, t.vm, 0, 0, 0, 0, NULL) != HS_ESTATE;
		left += unmake(&t);
		wrong += call(HS_VCPU_RUN, t.vm, 0, 0, 0, 0, NULL) != HS_ENOENT;
	}
	wrong += atomic64_read(&odd) + atomic64_read(&witness_bad);
	report("D8",
	       !err && !wrong && !left && atomic64_read(&busy) && atomic64_read(&ran) &&
		       !check_violations(),
	       "\"rounds\":%llu,\"ran\":%lld,\"busy\":%lld,\"nobody\":%llu,\"wrong\":%llu,"
	       "\"not_returned\":%llu,\"error\":%lld",
	       round, (s64)atomic64_read(&ran), (s64)atomic64_read(&busy), tries, wrong, left, err);
}

/*
 * ---- D7: all ordered pairs of hypercalls at once, on the same VM and page ----
 *
 * A call that says AGAIN is made again, as callers do; one that says BUSY, too,
 * unless the other call had already returned. Then results and what is left must
 * be those of one order or of the other, which are tried out first, one call after
 * the other.
 */

enum base { BASE_READY, BASE_RUNS, BASE_OVER, NR_BASES };

static const u32 calls[] = {
#define BY_DOM0_SYSTEM(NAME) HS_##NAME,
#define BY_DOM0_VM(NAME) HS_##NAME,
#define BY_DOM0_VCPU(NAME) HS_##NAME,
#define BY_DOM0_MEM(NAME) HS_##NAME,
#define BY_GUEST(NAME)
#define HYPERCALL(number, NAME, handler, nargs, by) by(NAME)
#include "public/hypercalls.def"
#undef HYPERCALL
#undef BY_GUEST
#undef BY_DOM0_SYSTEM
#undef BY_DOM0_VM
#undef BY_DOM0_VCPU
#undef BY_DOM0_MEM
};

struct outcome {
	s64 err[2];
	u64 value[2];
	u64 state[9];
};

struct race {
	struct target t;
	struct page *contended; /* the page of all calls that take a fresh one */
	u32 fn[2];
	struct outcome now;
	bool over[2]; /* each call, or it has not begun and waits for this one */
	u32 gate;     /* both CPUs are there */
	u32 done;
	u64 left; /* pages that did not come back */
};

static struct race race;

static void one(u32 who)
{
	struct target *t = &race.t;
	u64 p = page_to_pfn(race.contended);
	struct arm_smccc_1_2_regs r;
	u32 fn = race.fn[who];
	u64 ram = page_to_pfn(t->page[AT_RAM]);
	u64 a[5] = { t->vm, 0, 0, 0, 0 };
	bool value = true, last;
	unsigned long until = jiffies + HZ;
	s64 err;

	switch (fn) {
	case HS_VERSION:
		a[0] = 0;
		break;
	case HS_INFO: /* a number that the others do not change */
		a[0] = HS_INFO_NR_CPUS;
		break;
	case HS_LOG_READ:
		a[0] = 0;
		value = false;
		break;
	case HS_VM_CREATE: /* the second page of the contended ones is its root */
		a[0] = 0, a[1] = 1 << 20, a[2] = 1, a[3] = p, a[4] = p + 1;
		break;
	case HS_VCPU_CREATE:
		a[1] = 2, a[2] = p;
		break;
	case HS_VCPU_SET_ENTRY:
		a[2] = HS_GUEST_RAM_BASE + 4;
		break;
	case HS_VCPU_RUN:
		value = false;
		break;
	case HS_VCPU_KICK:
		value = false;
		break;
	case HS_VCPU_GET_REG:
		a[2] = HS_REG_SP_EL1;
		break;
	case HS_MEM_DONATE:
		a[1] = p, a[2] = RAM_GFN + 2;
		break;
	case HS_MEM_TOPUP:
		a[1] = p;
		break;
	case HS_MEM_RECLAIM:
	case HS_MEM_UNMAP_SHARED:
		a[1] = ram;
		break;
	case HS_MEM_MAP_SHARED:
		a[1] = RAM_GFN + 1;
		break;
	case HS_IRQ_LINE:
		a[1] = 40, a[2] = 1, value = false;
		break;
	case HS_VM_INFO:
		value = false;
		break;
	default:
		break;
	}
	do {
		last = smp_load_acquire(&race.over[!who]);
		if (fn == HS_VCPU_RUN) {
			err = run(t, 0, 0, 0, &r);
		} else {
			err = call(fn, a[0], a[1], a[2], a[3], a[4], &r);
		}
	} while (((err == HS_EBUSY && !last) || err == HS_EAGAIN) && time_before(jiffies, until));
	smp_store_release(&race.over[who], true);
	race.now.err[who] = err;
	race.now.value[who] = !value || err ? 0 : fn == HS_MEM_MAP_SHARED ? r.a1 == ram : r.a1;
}

static void look(void)
{
	struct arm_smccc_1_2_regs r;
	u64 *s = race.now.state;

	s[0] = call(HS_VM_INFO, race.t.vm, 0, 0, 0, 0, &r);
	s[1] = r.a1;
	s[2] = r.a2;
	s[3] = r.a3;
	s[4] = r.a5;
	s[5] = info(HS_INFO_DOM0_PAGES);
	s[6] = info(HS_INFO_GUEST_PAGES);
	s[7] = readable(race.contended) | readable(race.contended + 1) << 1 |
	       readable(race.t.page[AT_RAM]) << 2;
	s[8] = info(HS_INFO_NR_VMS);
}

static s64 race_make(enum base base)
{
	u64 flags = HS_VM_PROTECTED;
	s64 err = base == BASE_RUNS ? make(&race.t, flags, GUEST(code_share))
				    : make(&race.t, flags, GUEST(code_loop));

	if (base == BASE_RUNS && !err) {
		err = verify(&race.t);
		if (!err) {
			struct arm_smccc_1_2_regs r = { 0 };
			int i;

			for (i = 0; i < 1000 && !err && r.a1 != HS_EXIT_SHARE; i++) {
				err = run(&race.t, 0, 0, 0, &r);
			}
			err = err ? err
				  : call(HS_MEM_MAP_SHARED, race.t.vm, RAM_GFN + 1, 0, 0, 0, NULL);
		}
	} else if (base == BASE_OVER && !err) {
		stop(&race.t);
	}
	return err;
}

/* Whatever the two have made of it. */
static u64 race_unmake(void)
{
	u64 p = page_to_pfn(race.contended);
	u64 ram = page_to_pfn(race.t.page[AT_RAM]);
	u32 vm, i;

	while (call(HS_MEM_UNMAP_SHARED, race.t.vm, ram, 0, 0, 0, NULL) == HS_OK) {
	}
	for (vm = 1; vm < 4; vm++) { /* the page of the call that took it */
		if (vm != race.t.vm && call(HS_VM_DESTROY, vm, 0, 0, 0, 0, NULL) == HS_OK) {
			(void)call(HS_MEM_RECLAIM, vm, p, 0, 0, 0, NULL);
			(void)call(HS_MEM_RECLAIM, vm, p + 1, 0, 0, 0, NULL);
		}
	}
	stop(&race.t);
	(void)call(HS_MEM_RECLAIM, race.t.vm, ram, 0, 0, 0, NULL);
	for (i = 0; i < 2; i++) { /* RAM before tables */
		(void)call(HS_MEM_RECLAIM, race.t.vm, page_to_pfn(race.t.page[AT_IMAGE]), 0, 0, 0,
			   NULL);
		(void)call(HS_MEM_RECLAIM, race.t.vm, p, 0, 0, 0, NULL);
	}
	return unmake(&race.t) + !readable(race.contended) + !readable(race.contended + 1);
}

static int other_cpu(void *arg)
{
	u32 turn = 0;

	for (;;) {
		while (READ_ONCE(race.gate) == turn) {
			if (kthread_should_stop()) {
				return 0;
			}
			cond_resched();
		}
		turn++;
		one(1);
		smp_store_release(&race.done, turn);
	}
}

/* Whether this outcome has changed what the next race would start from. */
static bool changed(const struct outcome *o)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		switch (race.fn[i]) {
		case HS_VM_CREATE:
		case HS_VM_VERIFY:
		case HS_VM_DESTROY:
		case HS_VCPU_CREATE:
		case HS_MEM_DONATE:
		case HS_MEM_TOPUP:
		case HS_MEM_RECLAIM:
		case HS_MEM_MAP_SHARED:
		case HS_MEM_UNMAP_SHARED:
			if (o->err[i] == HS_OK) {
				return true;
			}
			break;
		default:
			break;
		}
	}
	return false;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void tell(const char *what, const struct outcome *o)
{
	const u64 *s = o->state;

	pr_err("attack: D7: %s: %lld %lld, %llx %llx; %lld %llu %llu %llu %llu %llu %llu %llx "
	       "%llu\n",
	       what, o->err[0], o->err[1], o->value[0], o->value[1], s[0], s[1], s[2], s[3], s[4],
	       s[5], s[6], s[7], s[8]);
}

/*
 * So many races of race.fn[] in one base; returns how many were wrong. *distinct
 * counts bases where the orders can be told apart, *second the races that showed
 * the second order.
 */
static u64 race_in(enum base b, u32 times, u64 *distinct, u64 *second, s64 *err)
{
	struct outcome serial[2];
	bool made = false;
	u64 wrong = 0;
	u32 n;

	for (n = 0; n < 2; n++) {
		memset(&race.now, 0, sizeof(race.now));
		*err = *err ? *err : race_make(b);
		race.over[0] = race.over[1] = true;
		one(n);
		one(!n);
		look();
		serial[n] = race.now;
		race.left += race_unmake();
	}
	*distinct += !same(&serial[0], &serial[1]);
	for (n = 0; n < times && !*err && !wrong; n++) {
		u32 turn = race.gate + 1;
		u32 spin;

		if (!made) {
			*err = race_make(b);
		}
		memset(&race.now, 0, sizeof(race.now));
		race.over[0] = race.over[1] = false;
		smp_store_release(&race.gate, turn);
		for (spin = n % 16 * 40; spin > 0; spin--) {
			cpu_relax(); /* another offset each time */
		}
		one(0);
		while (smp_load_acquire(&race.done) != turn) {
			cond_resched();
		}
		look();
		if (same(&race.now, &serial[1])) {
			*second += !same(&race.now, &serial[0]);
		} else if (!same(&race.now, &serial[0])) {
			wrong++;
			pr_err("attack: D7: %x with %x, base %u\n", race.fn[0], race.fn[1], b);
			tell("now", &race.now);
			tell("serial", &serial[0]);
			tell("serial", &serial[1]);
		}
		made = !changed(&race.now);
		if (!made) {
			race.left += race_unmake();
		}
	}
	if (made) {
		race.left += race_unmake();
	}
	return wrong;
}

/* TIMES [PART OF]: the pairs with every OF'th first call, from number PART. */
void row_d7(const char *arg)
{
	u32 times = 0, part = 0, of = 1;
	u64 pairs = 0, wrong = 0, distinct = 0, second = 0;
	struct task_struct *k;
	s64 err = HS_OK;
	enum base b;
	u32 f, g;

	if (sscanf(arg, "%u %u %u", &times, &part, &of) < 1 || part >= of) {
		report("D7", false, "\"error\":\"TIMES [PART OF]\"");
		return;
	}
	memset(&race, 0, sizeof(race));
	race.contended = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	split_page(race.contended, 1);
	k = on_cpu(1, other_cpu, NULL);
	for (f = part; f < ARRAY_SIZE(calls); f += of) {
		for (g = 0; g < ARRAY_SIZE(calls) && !wrong && !err; g++, pairs++) {
			race.fn[0] = calls[f];
			race.fn[1] = calls[g];
			for (b = 0; b < NR_BASES; b++) {
				wrong += race_in(b, DIV_ROUND_UP(times, NR_BASES), &distinct,
						 &second, &err);
			}
			cond_resched();
		}
		wrong += check_violations();
	}
	kthread_stop(k);
	if (!race.left) {
		__free_page(race.contended);
		__free_page(race.contended + 1);
	}
	report("D7", !err && !wrong && !race.left && pairs && (second || !distinct),
	       "\"part\":%u,\"of\":%u,\"pairs\":%llu,\"times\":%u,\"distinct\":%llu,"
	       "\"second_order\":%llu,\"wrong\":%llu,\"not_returned\":%llu,\"error\":%lld",
	       part, of, pairs, times, distinct, second, wrong, race.left, err);
}

/* ---- G12: one vCPU powers off while the other writes ---- */

static atomic64_t second_runs;

static int run_second(void *arg)
{
	struct target *t = arg;
	struct arm_smccc_1_2_regs r;

	while (!kthread_should_stop()) {
		if (run(t, 1, 0, 0, &r) == HS_OK && r.a1 == HS_EXIT_MMIO_WRITE) {
			atomic64_inc(&second_runs);
		}
	}
	return 0;
}

/* A page is dom0's again only when no vCPU writes to it any more. */
void row_g12(const char *arg)
{
	u64 n, left = 0, late = 0, wrote = 0;
	s64 err = HS_OK;

	for (n = 0; n < 100 && !err; n++) {
		struct arm_smccc_1_2_regs r = { 0 };
		ktime_t end;
		struct task_struct *k;
		struct target t;

		err = make(&t, HS_VM_PROTECTED, GUEST(code_off));
		err = err ? err : verify(&t);
		atomic64_set(&second_runs, 0);
		k = on_cpu(1, run_second, &t);
		while (!err && r.a1 != HS_EXIT_OFF) {
			err = run(&t, 0, 0, 0, &r);
			while (!err && r.a1 == HS_EXIT_VCPU_ON && !atomic64_read(&second_runs)) {
				cond_resched();
			}
		}
		wrote += atomic64_read(&second_runs);
		left += release(&t);
		end = ktime_add_ms(ktime_get(), 8);	 /* longer than a tick of CPU 1 */
		while (ktime_before(ktime_get(), end)) { /* what it writes would be seen here */
			late += memchr_inv(page_address(t.page[AT_RAM]), 0, 64) != NULL;
		}
		kthread_stop(k);
		late += memchr_inv(page_address(t.page[AT_RAM]), 0, PAGE_SIZE) != NULL;
		free_pages_of(&t);
		cond_resched();
	}
	report("G12", !err && !left && !late && wrote == n && !check_violations(),
	       "\"times\":%llu,\"late_writes\":%llu,\"not_returned\":%llu,\"error\":%lld", n, late,
	       left, err);
}
