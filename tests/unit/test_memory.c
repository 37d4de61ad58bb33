/* SPDX-License-Identifier: BSD-2-Clause */
/* Ownership, dom0's stage 2, donation and reclaim: success and each refusal. */
#include "core.h"
#include "mm/host.h"
#include "mm/host_map.h"

static int setup(void **state)
{
	(void)state;
	core_reset();
	return 0;
}

static void block_is_split_and_folded(void **state)
{
	u32 spare = s2_spaces[0].nr_pool;
	u64 pfn = fresh_page();
	enum s2_level level;

	(void)state;
	assert_int_not_equal(s2_lookup(0, pfn, &level), 0);
	assert_int_equal(level, S2_2M);
	assert_int_equal(host_hide(pfn, HS_ORDER_PAGE), HS_OK);
	assert_int_equal(s2_lookup(0, pfn, &level), 0);
	assert_int_not_equal(s2_lookup(0, pfn + 1, &level), 0);
	assert_int_equal(level, S2_4K);
	check_invariants();
	assert_int_equal(s2_spaces[0].nr_pool, spare - 1u);
	host_return(pfn, HS_ORDER_PAGE);
	assert_int_not_equal(s2_lookup(0, pfn, &level), 0);
	assert_int_equal(level, S2_2M);
	assert_int_equal(s2_spaces[0].nr_pool, spare);
	check_invariants();
}

static void no_tables_changes_nothing(void **state)
{
	u64 pfn = fresh_page();

	(void)state;
	while (s2_pool_pop(0) != 0) {
	}
	assert_int_equal(host_hide(pfn, HS_ORDER_PAGE), HS_ENOMEM_DOM0_TABLES);
	assert_int_equal(page[pfn].owner, OWNER_DOM0);
	check_invariants();
}

/* The tables that are kept for RAM are enough for half of it; then no harm is done. */
static void half_of_the_blocks_can_be_split(void **state)
{
	u64 pfn;

	(void)state;
	while (s2_spaces[0].nr_pool > host_tables_for_ram()) {
		assert_int_not_equal(s2_pool_pop(0), 0);
	}
	for (pfn = RAM_START; pfn < RAM_END; pfn += 2u * BLOCK_PAGES) {
		assert_int_equal(host_hide(pfn + 7, HS_ORDER_PAGE), HS_OK);
	}
	pfn = RAM_START + BLOCK_PAGES;
	assert_int_equal(host_hide(pfn, HS_ORDER_PAGE), HS_ENOMEM_DOM0_TABLES);
	assert_int_equal(page[pfn].owner, OWNER_DOM0);
	assert_int_equal(host_hide(pfn - 1u, HS_ORDER_PAGE), HS_OK);
	check_invariants();
}

static void pages_that_are_not_dom0s(void **state)
{
	u32 vm = make_vm(1);
	u64 hidden = vms[vm].data;

	(void)state;
	assert_int_equal(call(HS_MEM_TOPUP, vm, hidden, 0, 0, 0), HS_EPERM);
	assert_int_equal(call(HS_MEM_TOPUP, 0, RAM_START + 5, 0, 0, 0), HS_ENOENT);
	assert_int_equal(call(HS_MEM_TOPUP, vm, RAM_START - 1, 0, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_TOPUP, vm, ~0ull, 0, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, hidden, GUEST_GFN + 1, 0, 0), HS_EPERM);
	assert_int_equal(call(HS_MEM_DONATE, vm, RAM_END, GUEST_GFN + 1, 0, 0), HS_EINVAL);
	check_invariants();
	drop_vm(vm);
	check_invariants();
}

static void donation(void **state)
{
	u64 before = own_count(OWN_DOM0);
	u32 vm = make_vm(1);
	u64 pfn = fresh_page();
	u64 block = fresh_block();
	u32 pool;

	(void)state;
	frame[pfn][5] = 0x1234;
	assert_int_equal(call(HS_MEM_DONATE, vm, pfn, GUEST_GFN + 0x4005, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, pfn, GUEST_GFN - 1, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, pfn, S2_MAX_GFN, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, pfn, GUEST_GFN + 1, 0, 0), HS_OK);
	assert_int_equal(frame[pfn][5], 0); /* zeroed: it is not an image */
	assert_int_equal(page[pfn].owner, vm);
	assert_int_equal(page[pfn].shares, 1);
	assert_int_equal(page[pfn].gfn, GUEST_GFN + 1);
	check_invariants();
	pool = s2_spaces[vm].nr_pool;
	assert_int_equal(call(HS_MEM_DONATE, vm, pfn, GUEST_GFN + 2, 0, 0), HS_EPERM);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 1, 0, 0), HS_EEXIST);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN - 1, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 16384, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), ~0ull, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 2, 1, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 2, 0, 2), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 2, 0, 1), HS_ESTATE);
	assert_int_equal(call(HS_MEM_DONATE, vm, block, GUEST_GFN, 9, 0), HS_EEXIST);
	assert_int_equal(call(HS_MEM_DONATE, vm, block + 1, GUEST_GFN + 512, 9, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_DONATE, vm, block, GUEST_GFN + 513, 9, 0), HS_EINVAL);
	assert_int_equal(s2_spaces[vm].nr_pool, pool);
	assert_int_equal(donate(vm, block, GUEST_GFN + 512, 9, 0), HS_OK);
	assert_int_equal(page[block + 511].gfn, GUEST_GFN + 1023);
	check_invariants();
	drop_vm(vm);
	assert_int_equal(own_count(OWN_DOM0), before);
	check_invariants();
}

static void a_taken_page_in_a_block(void **state)
{
	u32 vm = make_vm(1);
	u64 block = fresh_block();

	(void)state;
	assert_int_equal(call(HS_MEM_TOPUP, vm, block + 300, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_DONATE, vm, block, GUEST_GFN + 512, 9, 0), HS_EPERM);
	assert_int_equal(page[block].owner, OWNER_DOM0); /* what was taken is back */
	assert_int_equal(page[block + 299].owner, OWNER_DOM0);
	check_invariants();
}

/* Long work is done in pieces; others have to wait; destroying ends it. */
static void in_pieces(void **state)
{
	u64 before = own_count(OWN_DOM0);
	u32 vm = make_vm(1);
	u64 block = fresh_block();
	u64 gfn = GUEST_GFN + 512;
	u32 n = 1;

	(void)state;
	assert_int_equal(call(HS_MEM_DONATE, vm, block, gfn, 9, 0), HS_EAGAIN);
	assert_int_equal(page[block].kind, KIND_TRANSIT);
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 1, 0, 0), HS_EBUSY);
	assert_int_equal(call(HS_MEM_DONATE, vm, block, gfn + 512, 9, 0), HS_EBUSY);
	while (call(HS_MEM_DONATE, vm, block, gfn, 9, 0) == HS_EAGAIN) {
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(page[block].owner, vm);
	assert_int_equal(call(HS_MEM_DONATE, vm, block - 512, gfn + 512, 9, 0), HS_EAGAIN);
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(page[block - 512].owner, OWNER_DOM0);
	assert_int_equal(page[block - 1].owner, OWNER_DOM0);
	check_invariants();
	frame[block + 511][3] = 5;
	assert_int_equal(call(HS_MEM_RECLAIM, vm, block, 9, 0, 0), HS_EAGAIN);
	assert_int_equal(call(HS_MEM_RECLAIM, vm, vms[vm].data, 0, 0, 0), HS_EBUSY);
	assert_int_equal(reclaim(vm, block, 9), HS_OK);
	assert_int_equal(frame[block + 511][3], 0);
	drop_vm(vm);
	assert_int_equal(own_count(OWN_DOM0), before);
	check_invariants();
}

static void reclaim_in_order(void **state)
{
	u64 before = own_count(OWN_DOM0);
	u32 vm = make_vm(2);
	u64 pfn = fresh_page();

	(void)state;
	assert_int_equal(call(HS_MEM_DONATE, vm, pfn, GUEST_GFN + 1, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_RECLAIM, vm, pfn, 0, 0, 0), HS_ESTATE);
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_MEM_RECLAIM, vm, vms[vm].data, 0, 0, 0), HS_EBUSY);
	frame[pfn][7] = 99;
	assert_int_equal(call(HS_MEM_RECLAIM, vm, pfn, 9, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_MEM_RECLAIM, vm, pfn, 0, 0, 0), HS_OK);
	assert_int_equal(frame[pfn][7], 0);
	assert_int_equal(call(HS_MEM_RECLAIM, vm, pfn, 0, 0, 0), HS_EPERM);
	assert_int_equal(call(HS_MEM_RECLAIM, vm, s2_spaces[vm].root, 0, 0, 0), HS_EBUSY);
	drop_vm(vm);
	assert_int_equal(vms[vm].state, HS_VM_UNUSED);
	assert_int_equal(own_count(OWN_DOM0), before);
	check_invariants();
}

/* Calls that take no lock must not find the pages of a VM that is going. */
static void dead_vms_are_not_touched(void **state)
{
	u32 vm = make_vm(2);
	u64 vcpu = vms[vm].vcpu_pfn[1];
	u64 value;

	(void)state;
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_VCPU_KICK, vm, 1, 0, 0, 0), HS_ENOENT);
	assert_int_equal(call(HS_IRQ_LINE, vm, 40, 1, 0, 0), HS_ENOENT);
	assert_int_equal(enter(vm, 0, 0, 0), HS_ESTATE);
	drop_vm(vm);
	assert_null(vcpu_get(vm, 1));
	assert_int_equal(vcpu_get_reg(vm, 1, 0, &value), HS_ENOENT);
	assert_int_equal(page[vcpu].owner, OWNER_DOM0);
}

static void pinned_is_busy(void **state)
{
	u32 vm = make_vm(1);

	(void)state;
	assert_int_equal(vm_pin(vm), HS_OK);
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_EBUSY);
	assert_int_equal(vm_pin(vm), HS_ESTATE); /* no new user */
	vm_unpin(vm);
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
}

/* The caller saw the VM before its last page went back, on another CPU. */
static void nothing_goes_back_of_a_vm_that_is_gone(void **state)
{
	u64 pfn = fresh_page();
	u32 vm = make_vm(1);

	(void)state;
	drop_vm(vm);
	assert_int_equal(vm_reclaim(vm, pfn, 0), HS_ENOENT);
}

static void vmids_are_used_again(void **state)
{
	u32 first;
	u32 i;

	(void)state;
	first = make_vm(1);
	drop_vm(first);
	for (i = 0; i < 20u; i++) {
		u32 vm = make_vm(1);

		assert_int_equal(vm, first);
		drop_vm(vm);
	}
	check_invariants();
}

static void calls_are_decoded(void **state)
{
	(void)state;
	assert_int_equal(call(HS_FN_BASE + 0x3f, 0, 0, 0, 0, 0), HS_ENOTSUPP);
	assert_int_equal(call(0xc6000040u, 0, 0, 0, 0, 0), HS_ENOTSUPP);
	assert_int_equal(call(0x84000000u, 0, 0, 0, 0, 0), HS_ENOTSUPP);
	assert_int_equal(call(HS_VERSION, 1, 0, 0, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_VERSION, 0, 0, 0, 0, 0), HS_OK);
	assert_int_equal(result(0), HS_ABI_VERSION);
	assert_int_equal(call(HS_INFO, HS_INFO_COUNT, 0, 0, 0, 0), HS_EINVAL);
	assert_int_equal(call(HS_VM_INFO, 0, 0, 0, 0, 0), HS_ENOENT);
	assert_int_equal(call(HS_VM_INFO, MAX_VMS, 0, 0, 0, 0), HS_ENOENT);
	assert_int_equal(call(HS_VM_INFO, ~0ull, 0, 0, 0, 0), HS_ENOENT);
	hs_config.dma = HS_DMA_TRUSTED;
	assert_int_equal(
		call(HS_VM_CREATE, HS_VM_PROTECTED, 1 << 20, 1, fresh_page(), fresh_page()),
		HS_EDMA);
	hs_config.dma = HS_DMA_CONTAINED;
	assert_int_equal(call(HS_VM_CREATE, 8, 1 << 20, 1, fresh_page(), fresh_page()), HS_EINVAL);
	assert_int_equal(call(HS_VM_CREATE, 0, 1 << 20, 9, fresh_page(), fresh_page()), HS_EINVAL);
	assert_int_equal(call(HS_VM_CREATE, 0, 4095, 1, fresh_page(), fresh_page()), HS_EINVAL);
	assert_int_equal(call(HS_VM_CREATE, 0, 1 << 20, 1, RAM_START, RAM_START), HS_EPERM);
	assert_int_equal(page[RAM_START].owner, OWNER_DOM0);
	assert_int_equal(call(HS_VM_DESTROY, 256, 0, 0, 0, 0), HS_ENOENT);
	assert_int_equal(call(HS_VM_DESTROY, 0, 0, 0, 0, 0), HS_ENOENT);
	assert_int_equal(call(HS_MEM_DONATE, 1ull << 32, 0, 0, 0, 0), HS_ENOENT);
	check_invariants();
}

static void verify_wants_an_image(void **state)
{
	u64 data = fresh_page();
	u64 root = fresh_page();
	u32 vm;
	u32 i;

	(void)state;
	assert_int_equal(call(HS_VM_CREATE, 0, 64 << 20, 1, data, root), HS_OK);
	vm = (u32)result(0);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_ESTATE);
	assert_int_equal(call(HS_VCPU_CREATE, vm, 0, fresh_page(), 0, 0), HS_OK);
	assert_int_equal(call(HS_VCPU_CREATE, vm, 0, fresh_page(), 0, 0), HS_EEXIST);
	assert_int_equal(call(HS_VCPU_CREATE, vm, 1, fresh_page(), 0, 0), HS_ENOENT);
	for (i = 0; i < 2u; i++) {
		assert_int_equal(call(HS_MEM_TOPUP, vm, fresh_page(), 0, 0, 0), HS_OK);
	}
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN, 0, 0), HS_OK);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, HS_GUEST_RAM_BASE, 0, 0), HS_OK);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_ESTATE); /* not an image */
	assert_int_equal(call(HS_MEM_DONATE, vm, fresh_page(), GUEST_GFN + 1, 0, HS_DONATE_IMAGE),
			 HS_OK);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, ~0ull, 0, 0), HS_OK);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_ESTATE);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, HS_GUEST_RAM_BASE + 4096, 0, 0), HS_OK);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_ESTATE);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, HS_GUEST_RAM_BASE, 0, 0), HS_ESTATE);
	check_invariants();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(block_is_split_and_folded, setup),
		cmocka_unit_test_setup(no_tables_changes_nothing, setup),
		cmocka_unit_test_setup(half_of_the_blocks_can_be_split, setup),
		cmocka_unit_test_setup(pages_that_are_not_dom0s, setup),
		cmocka_unit_test_setup(donation, setup),
		cmocka_unit_test_setup(a_taken_page_in_a_block, setup),
		cmocka_unit_test_setup(in_pieces, setup),
		cmocka_unit_test_setup(reclaim_in_order, setup),
		cmocka_unit_test_setup(dead_vms_are_not_touched, setup),
		cmocka_unit_test_setup(pinned_is_busy, setup),
		cmocka_unit_test_setup(nothing_goes_back_of_a_vm_that_is_gone, setup),
		cmocka_unit_test_setup(vmids_are_used_again, setup),
		cmocka_unit_test_setup(calls_are_decoded, setup),
		cmocka_unit_test_setup(verify_wants_an_image, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
