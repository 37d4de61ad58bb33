/* SPDX-License-Identifier: BSD-2-Clause */
/* Protected VMs: what dom0 cannot see, sharing, measurement, signatures. */
#include <string.h>

#include "core.h"
#include "crypto/sha256.h"
#include "crypto/signature.h"
#include "mm/host.h"
#include "psci/psci.h"

#define EC_HVC (0x16ull << 26)

static bool dom0_has(u64 pfn)
{
	enum s2_level level;

	return s2_lookup(0, pfn, &level) != 0;
}

static int setup(void **state)
{
	(void)state;
	core_reset();
	return 0;
}

/* A call of the guest that runs; x0. */
static s64 guest_call(u32 fn, u64 a1, u64 a2)
{
	u64 *x = cpus[0].vcpu->ctx.x;

	memset(x, 0, sizeof(cpus[0].vcpu->ctx.x));
	x[0] = fn;
	x[1] = a1;
	x[2] = a2;
	guest_sync(EC_HVC, 0, 0);
	return (s64)x[0];
}

static void donated_pages_leave_dom0(void **state)
{
	u64 before = own_count(OWN_DOM0);
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u64 pfn = fresh_page();
	u64 block = fresh_block();

	(void)state;
	frame[pfn][9] = 7;
	assert_int_equal(donate(vm, pfn, GUEST_GFN + 1, 0, 0), HS_OK);
	assert_int_equal(donate(vm, block, GUEST_GFN + 512, 9, 0), HS_OK);
	assert_int_equal(frame[pfn][9], 0);
	assert_false(dom0_has(pfn));
	assert_false(dom0_has(block));
	assert_false(dom0_has(block + 511));
	check_invariants();
	/* What the guest leaves there does not come back to dom0. */
	frame[pfn][9] = 0x5ec7e7;
	frame[block + 300][1] = 0x5ec7e7;
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(reclaim(vm, block, HS_ORDER_PAGE), HS_EINVAL);
	assert_int_equal(reclaim(vm, block, HS_ORDER_BLOCK), HS_OK);
	assert_true(dom0_has(block + 300));
	drop_vm(vm);
	assert_int_equal(frame[pfn][9], 0);
	assert_int_equal(frame[block + 300][1], 0);
	assert_int_equal(own_count(OWN_DOM0), before);
	check_invariants();
}

static void unfinished_donation_goes_back(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u64 block = fresh_block();

	(void)state;
	assert_int_equal(call(HS_MEM_DONATE, vm, block, GUEST_GFN + 512, 9, 0), HS_EAGAIN);
	assert_false(dom0_has(block + 5));
	check_invariants();
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	assert_true(dom0_has(block + 5));
	assert_int_equal(page[block].owner, OWNER_DOM0);
	drop_vm(vm);
	check_invariants();
}

static void sharing(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u64 pfn = fresh_page();
	u64 got;
	u32 i;

	(void)state;
	assert_int_equal(donate(vm, pfn, GUEST_GFN + 1, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_EPERM);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_int_equal(guest_call(HS_MEM_SHARE, GUEST_GFN + 1, 0), HS_EINVAL);
	assert_int_equal(guest_call(HS_MEM_SHARE, GUEST_GFN - 1, 1), HS_EINVAL);
	assert_int_equal(guest_call(HS_MEM_SHARE, GUEST_GFN + 1, SHARE_MAX + 1), HS_EINVAL);
	assert_int_equal(guest_call(HS_MEM_SHARE, GUEST_GFN + 1, ~0ull), HS_EINVAL);
	assert_int_equal(guest_call(HS_MEM_SHARE, GUEST_GFN + 0x4000, 1), HS_EINVAL);
	assert_int_equal(guest_call(HS_MEM_UNSHARE, GUEST_GFN + 1, 1), HS_EPERM);
	/* Not there yet: dom0 populates it, and the guest calls again. */
	*host_sysreg("elr_el2") = 0x40000100;
	(void)guest_call(HS_MEM_SHARE, GUEST_GFN + 2, 1);
	assert_null(cpus[0].vcpu);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_RAM);
	assert_int_equal(cpus[0].host.x[2], GUEST_GFN + 2);
	assert_int_equal(vcpu_get(vm, 0)->ctx.pc, 0x400000fc);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	(void)guest_call(HS_MEM_SHARE, GUEST_GFN + 1, 1);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_SHARE);
	assert_int_equal(cpus[0].host.x[2], GUEST_GFN + 1);
	assert_int_equal(cpus[0].host.x[3], 1);
	assert_false(dom0_has(pfn)); /* shared is not mapped */
	assert_int_equal(call(HS_VM_INFO, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(result(4), 1);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_int_equal(guest_call(HS_MEM_SHARE, GUEST_GFN + 1, 1), HS_EEXIST);
	for (i = 0; i < MAX_SHARES; i++) {
		assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_OK);
		got = result(0);
		assert_int_equal(got, pfn);
		assert_true(dom0_has(pfn));
	}
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_ELIMIT);
	check_invariants();
	assert_int_equal(guest_call(HS_MEM_UNSHARE, GUEST_GFN + 1, 1), HS_EBUSY);
	assert_int_equal(call(HS_MEM_UNMAP_SHARED, vm, pfn + 1, 0, 0, 0), HS_EPERM);
	for (i = 0; i < MAX_SHARES; i++) {
		assert_true(dom0_has(pfn));
		assert_int_equal(call(HS_MEM_UNMAP_SHARED, vm, pfn, 0, 0, 0), HS_OK);
	}
	assert_false(dom0_has(pfn));
	assert_int_equal(call(HS_MEM_UNMAP_SHARED, vm, pfn, 0, 0, 0), HS_EPERM);
	assert_int_equal(guest_call(HS_MEM_UNSHARE, GUEST_GFN + 1, 1), HS_OK);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_EPERM);
	check_invariants();
	/* A held page keeps the VM from being reclaimed. */
	(void)guest_call(HS_MEM_SHARE, GUEST_GFN + 1, 1);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_ESTATE);
	assert_int_equal(reclaim(vm, pfn, HS_ORDER_PAGE), HS_EBUSY);
	assert_int_equal(call(HS_MEM_UNMAP_SHARED, vm, pfn, 0, 0, 0), HS_OK);
	drop_vm(vm);
	check_invariants();
}

static void sharing_in_a_block(void **state)
{
	u64 before = own_count(OWN_DOM0);
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u64 block = fresh_block();

	(void)state;
	assert_int_equal(donate(vm, block, GUEST_GFN + 512, 9, 0), HS_OK);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	(void)guest_call(HS_MEM_SHARE, GUEST_GFN + 512 + 7, 2);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 512 + 8, 0, 0, 0), HS_OK);
	assert_int_equal(result(0), block + 8);
	assert_false(dom0_has(block + 7));
	assert_true(dom0_has(block + 8));
	assert_false(dom0_has(block + 9));
	check_invariants();
	assert_int_equal(call(HS_MEM_UNMAP_SHARED, vm, block + 8, 0, 0, 0), HS_OK);
	drop_vm(vm);
	assert_int_equal(own_count(OWN_DOM0), before);
	check_invariants();
}

/* All other pages of the block are dom0's: it must not become one entry again. */
static void a_shared_page_is_not_folded(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u64 block = fresh_block();

	(void)state;
	assert_int_equal(donate(vm, block + 8, GUEST_GFN + 1, 0, 0), HS_OK);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	(void)guest_call(HS_MEM_SHARE, GUEST_GFN + 1, 1);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_OK);
	assert_int_equal(host_hide(block + 9, HS_ORDER_PAGE), HS_OK);
	host_page_return(block + 9);
	check_invariants();
	assert_int_equal(call(HS_MEM_UNMAP_SHARED, vm, block + 8, 0, 0, 0), HS_OK);
	assert_false(dom0_has(block + 8));
	assert_true(dom0_has(block + 9));
	check_invariants();
	drop_vm(vm);
	assert_true(dom0_has(block + 8));
}

static void shared_pages_have_one_vm(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u32 other = make_vm_with(1, HS_VM_PROTECTED);
	u64 pfn = fresh_page();

	(void)state;
	assert_int_equal(donate(vm, pfn, GUEST_GFN + 1, 0, 0), HS_OK);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	(void)guest_call(HS_MEM_SHARE, GUEST_GFN + 1, 1);
	assert_int_equal(call(HS_MEM_MAP_SHARED, vm, GUEST_GFN + 1, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_MAP_SHARED, other, GUEST_GFN + 1, 0, 0, 0), HS_EPERM);
	assert_int_equal(call(HS_MEM_UNMAP_SHARED, other, pfn, 0, 0, 0), HS_EPERM);
	assert_true(dom0_has(pfn));
	check_invariants();
}

/* Structures come from pages that hold anything, and leave nothing behind. */
static void structures_are_clean(void **state)
{
	u64 p[4];
	u32 vm;
	u32 i;
	u32 k;

	(void)state;
	for (i = 0; i < 4u; i++) {
		p[i] = fresh_page();
		for (k = 0; k < 512u; k++) {
			frame[p[i]][k] = ~0ull;
		}
	}
	assert_int_equal(call(HS_VM_CREATE, 0, 1u << 20, 1, p[0], p[1]), HS_OK);
	vm = (u32)result(0);
	assert_int_equal(call(HS_VCPU_CREATE, vm, 0, p[2], 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_TOPUP, vm, p[3], 0, 0, 0), HS_OK);
	assert_int_equal(vcpu_get(vm, 0)->kick, 0);
	assert_int_equal(vcpu_get(vm, 0)->vgic.lr_used, 0);
	check_invariants();
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	for (i = 0; i < 4u; i++) {
		assert_int_equal(call(HS_MEM_RECLAIM, vm, p[(i + 2u) % 4u], 0, 0, 0), HS_OK);
	}
	for (i = 0; i < 4u * 512u; i++) {
		assert_int_equal(frame[p[i / 512u]][i % 512u], 0);
	}
	check_invariants();
}

static void counters_stand_still(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u32 ordinary = make_vm(1);

	(void)state;
	features.pmu = true;
	*host_sysreg("pmcr_el0") = 0x41;
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_int_equal(*host_sysreg("pmcr_el0"), 0x40);
	guest_irq(100);
	assert_int_equal(*host_sysreg("pmcr_el0"), 0x41);
	assert_int_equal(enter(ordinary, 0, 0, 0), HS_OK);
	assert_int_equal(*host_sysreg("pmcr_el0"), 0x41);
	guest_irq(100);
}

static void registers_are_refused(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);

	(void)state;
	assert_int_equal(call(HS_VCPU_GET_REG, vm, 0, HS_REG_PC, 0, 0), HS_EPERM);
	assert_int_equal(result(0), 0);
}

static void images_stand_still_once_measured(void **state)
{
	u32 vm;

	(void)state;
	hs_config.owner_key = HS_OWNER_ALL;
	assert_int_equal(
		call(HS_VM_CREATE, HS_VM_PROTECTED, 64u << 20, 1, fresh_page(), fresh_page()),
		HS_OK);
	vm = (u32)result(0);
	assert_int_equal(call(HS_VCPU_CREATE, vm, 0, fresh_page(), 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_TOPUP, vm, fresh_page(), 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_TOPUP, vm, fresh_page(), 0, 0, 0), HS_OK);
	assert_int_equal(donate(vm, fresh_page(), GUEST_GFN, 0, HS_DONATE_IMAGE), HS_OK);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, HS_GUEST_RAM_BASE, 7, 0), HS_OK);
	assert_int_equal(call(HS_VM_MEASUREMENT, vm, 0, 0, 0, 0), HS_ESTATE);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_ESIGNATURE);
	assert_int_equal(call(HS_VM_MEASUREMENT, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(donate(vm, fresh_page(), GUEST_GFN + 1, 0, HS_DONATE_IMAGE), HS_ESTATE);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, HS_GUEST_RAM_BASE + 4, 7, 0), HS_ESTATE);
	hs_config.owner_key = HS_OWNER_PROTECTED;
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_ESIGNATURE);
	assert_int_equal(call(HS_VM_VERIFY, vm, 1, 0, 0, 0), HS_ESIGNATURE);
	hs_config.owner_key = HS_OWNER_NONE;
	assert_int_equal(call(HS_VM_VERIFY, vm, 1, 0, 0, 0), HS_ESIGNATURE);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_OK);
}

/* FIPS 180-4 test vector "abc" padded by hand, and the empty message. */
static void sha256_vectors(void **state)
{
	static const u8 empty[] = { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
				    0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
				    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
				    0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 };
	u8 digest[SHA256_SIZE];
	struct sha256 s;

	(void)state;
	sha256_init(&s);
	sha256_final(&s, digest);
	assert_memory_equal(digest, empty, sizeof(empty));
}

static void the_machine_goes_down(void **state)
{
	u32 vm = make_vm_with(1, HS_VM_PROTECTED);
	u64 pfn = fresh_page();

	(void)state;
	assert_int_equal(donate(vm, pfn, GUEST_GFN + 1, 0, 0), HS_OK);
	frame[pfn][0] = 0x5ec7e7;
	vcpu_get(vm, 0)->ctx.x[3] = 0x5ec7e7;
	cpus[0].host.x[0] = PSCI_SYSTEM_RESET;
	psci_host_call(&cpus[0]);
	assert_int_equal(frame[pfn][0], 0);
	assert_int_equal(vcpu_frame[vms[vm].vcpu_pfn[0]].ctx.x[3], 0);
	assert_int_equal(call(HS_VM_CREATE, 0, 1 << 20, 1, fresh_page(), fresh_page()), HS_ESTATE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(donated_pages_leave_dom0, setup),
		cmocka_unit_test_setup(unfinished_donation_goes_back, setup),
		cmocka_unit_test_setup(sharing, setup),
		cmocka_unit_test_setup(sharing_in_a_block, setup),
		cmocka_unit_test_setup(a_shared_page_is_not_folded, setup),
		cmocka_unit_test_setup(shared_pages_have_one_vm, setup),
		cmocka_unit_test_setup(structures_are_clean, setup),
		cmocka_unit_test_setup(counters_stand_still, setup),
		cmocka_unit_test_setup(registers_are_refused, setup),
		cmocka_unit_test_setup(images_stand_still_once_measured, setup),
		cmocka_unit_test_setup(sha256_vectors, setup),
		cmocka_unit_test_setup(the_machine_goes_down, setup), /* last: it is down */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
