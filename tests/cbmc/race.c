/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mm/host.c and mm/own.c on two CPUs: both ask for the same page of dom0's, one
 * for each of two VMs, with every interleaving of their memory accesses. One gets
 * it. WITHOUT_LOCKS: both can, and that is noticed.
 */
#include "arch/atomic.h"
#include "arch/spinlock.h"
#include "arch/tlb.h"
#include "mm/host.h"
#include "mm/own.h"
#include "mm/pt.h"

#define PFN 1u

struct page page[MAX_PFN];
u64 frame[MAX_PFN][512];
static bool host_locked;
static bool mapped = true; /* in dom0's stage 2, of which there is no more here */
static u32 clears;

bool nondet_bool(void);
#define ASSUME(what) __CPROVER_assume(what)
#define CHECK(what, text) __CPROVER_assert(what, text)

static void lock(void)
{
#ifndef WITHOUT_LOCKS
	__CPROVER_atomic_begin();
	ASSUME(!host_locked);
	host_locked = true;
	__CPROVER_atomic_end();
#endif
}

static void unlock(void)
{
#ifndef WITHOUT_LOCKS
	__CPROVER_atomic_begin();
	host_locked = false;
	__CPROVER_atomic_end();
#endif
}

static void clear(void)
{
	mapped = false;
	clears++;
}

/* CBMC does not follow pointers through threads: by name. */
#define spin_lock(l) lock()
#define spin_unlock(l) unlock()
#define atomic_add64(p, v)                                                                         \
	do {                                                                                       \
		__CPROVER_atomic_begin();                                                          \
		*(p) += (v);                                                                       \
		__CPROVER_atomic_end();                                                            \
	} while (0)
#define s2_lookup(vm, gfn, level) (*(level) = S2_4K, mapped ? 1u : 0u)
#define s2_reserve(vm, gfn, level) HS_OK
#define s2_clear(vm, gfn, level) clear()
#define tlb_flush_page(gfn) ((void)0)
#include "mm/host.c"
#include "mm/own.c"

static bool take(u16 vm, bool is_protected)
{
	enum hs_error err =
		is_protected ? host_hide(PFN, HS_ORDER_PAGE) : host_lend(PFN, HS_ORDER_PAGE);

	if (err == HS_OK) {
		own_give(PFN, 1, vm, KIND_RAM, 7);
	}
	return err == HS_OK;
}

static bool done[2], got[2];

int main(void)
{
	bool is_protected[2] = { nondet_bool(), nondet_bool() };

	nr_ram_banks = 1;
	ram_banks[0].end = MAX_PFN;
	own_counters[OWN_DOM0] = MAX_PFN;
__CPROVER_ASYNC_1:
	({
		got[0] = take(1, is_protected[0]);
		done[0] = true;
	});
	got[1] = take(2, is_protected[1]);
	done[1] = true;
	ASSUME(done[0] && done[1]);
	CHECK(got[0] != got[1], "one of the two gets the page");
	CHECK(page[PFN].owner == (got[0] ? 1u : 2u), "and it is that VM's");
	CHECK(clears == (is_protected[got[0] ? 0 : 1] ? 1u : 0u) && mapped == (clears == 0),
	      "dom0 has it mapped if an ordinary VM has it");
	CHECK(own_counters[OWN_GUEST] == 1 && own_counters[OWN_CORE] == 0, "it counts once");
	return 0;
}
