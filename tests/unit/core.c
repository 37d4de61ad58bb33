/* SPDX-License-Identifier: BSD-2-Clause */
#include "core.h"

#include <string.h>

#include "debug/check.h"
#include "mm/host.h"
#include "mm/host_map.h"

#define ROOT_PFN 512u /* below RAM: the core's own, as after boot */
#define POOL_PFN 513u
#define POOL_SIZE 32u

static u64 next_page, next_block;
static u64 made[64]; /* structures of the VM, root first */
static u32 nr_made;

void core_reset(void)
{
	u32 i;

	memset(page, 0, sizeof(struct page) * MAX_PFN);
	memset(frame[1], 0, sizeof(u64) * 512u * (MAX_PFN - 1u)); /* arch/host has no page 0 */
	memset(s2_spaces, 0, sizeof(s2_spaces));
	memset(vms, 0, sizeof(vms[0]) * MAX_VMS);
	memset(cpus, 0, sizeof(cpus[0]) * MAX_CPUS);
	memset(host_lr, 0, sizeof(host_lr));
	host_pending = 1023;
	host_kicks = 0;
	host_counter = 1000;
	hs_config = (struct hs_config){ .dma = HS_DMA_CONTAINED };
	ram_banks[0] = (struct ram_bank){ RAM_START, RAM_END };
	nr_ram_banks = 1;
	own_init();
	features = (struct features){ .nr_breakpoints = 6, .nr_watchpoints = 4, .pa_range = 4 };
	nr_cpus = 2;
	for (i = 0; i < 2u; i++) {
		cpus[i].id = i;
		cpus[i].present = 1;
		cpus[i].ctx = &cpus[i].host;
	}
	*host_sysreg("tpidr_el2") = (u64)(uintptr_t)&cpus[0];
	*host_sysreg("cntfrq_el0") = 1000000000;
	*host_sysreg("S3_4_C12_C11_1") = 3; /* ICH_VTR_EL2: four list registers */
	*host_sysreg("S3_4_C12_C11_5") = 0; /* ICH_ELRSR_EL2 */
	*host_sysreg("S3_4_C12_C11_3") = 0;
	*host_sysreg("cntv_ctl_el0") = 0;
	s2_spaces[0].root = ROOT_PFN;
	for (i = 0; i < POOL_SIZE; i++) {
		page[POOL_PFN + i].kind = KIND_CORE;
		s2_pool_push(0, POOL_PFN + i);
	}
	host_map_boot(RAM_START, RAM_END, S2_RAM_RWX);
	next_page = RAM_START;
	next_block = RAM_END;
}

s64 call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 *x = cpus[0].host.x;

	x[0] = fn;
	x[1] = a1;
	x[2] = a2;
	x[3] = a3;
	x[4] = a4;
	x[5] = a5;
	x[6] = x[7] = x[8] = x[9] = 0;
	host_hvc_handler_raw(&cpus[0]);
	return (s64)x[0];
}

u64 result(u32 n)
{
	return cpus[0].host.x[1u + n];
}

u64 fresh_page(void)
{
	return next_page++;
}

u64 fresh_block(void)
{
	next_block -= BLOCK_PAGES;
	return next_block;
}

s64 donate(u32 vm, u64 pfn, u64 gfn, u32 order, u64 flags)
{
	s64 r;

	do {
		r = call(HS_MEM_DONATE, vm, pfn, gfn, order, flags);
	} while (r == HS_EAGAIN);
	return r;
}

s64 reclaim(u32 vm, u64 pfn, u32 order)
{
	s64 r;

	do {
		r = call(HS_MEM_RECLAIM, vm, pfn, order, 0, 0);
	} while (r == HS_EAGAIN);
	return r;
}

static void made_page(u64 pfn)
{
	made[nr_made++] = pfn;
}

u32 make_vm(u32 n)
{
	return make_vm_with(n, 0);
}

u32 make_vm_with(u32 n, u64 flags)
{
	u64 data = fresh_page();
	u64 root = fresh_page();
	u64 image = fresh_page();
	u32 vm;
	u32 i;

	nr_made = 0;
	assert_int_equal(call(HS_VM_CREATE, flags, 64u << 20, n, data, root), HS_OK);
	vm = (u32)result(0);
	made_page(root);
	made_page(data);
	for (i = 0; i < n; i++) {
		u64 p = fresh_page();

		assert_int_equal(call(HS_VCPU_CREATE, vm, i, p, 0, 0), HS_OK);
		made_page(p);
	}
	for (i = 0; i < 3u; i++) {
		u64 p = fresh_page();

		assert_int_equal(call(HS_MEM_TOPUP, vm, p, 0, 0, 0), HS_OK);
		made_page(p);
	}
	assert_int_equal(donate(vm, image, GUEST_GFN, 0, HS_DONATE_IMAGE), HS_OK);
	assert_int_equal(call(HS_VCPU_SET_ENTRY, vm, 0, HS_GUEST_RAM_BASE, 7, 0), HS_OK);
	assert_int_equal(call(HS_VM_VERIFY, vm, 0, 0, 0, 0), HS_OK);
	return vm;
}

void drop_vm(u32 vm)
{
	u64 pfn;

	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_OK);
	for (pfn = RAM_START; pfn < RAM_END; pfn++) {
		if (own_is_ram_of(pfn, (u16)vm)) {
			s64 r = reclaim(vm, pfn, HS_ORDER_PAGE);

			if (r == HS_EINVAL) { /* it was donated as a block */
				r = reclaim(vm, pfn, HS_ORDER_BLOCK);
			}
			assert_int_equal(r, HS_OK);
		}
	}
	while (nr_made > 0) {
		assert_int_equal(call(HS_MEM_RECLAIM, vm, made[--nr_made], 0, 0, 0), HS_OK);
	}
}

s64 enter(u32 vm, u32 vcpu, u64 flags, u64 value)
{
	u64 *x = cpus[0].host.x;

	x[0] = HS_VCPU_RUN;
	x[1] = vm;
	x[2] = vcpu;
	x[3] = flags;
	x[4] = value;
	x[5] = 0;
	host_vcpu_run_handler_raw(&cpus[0]);
	return cpus[0].vcpu != NULL ? HS_OK : (s64)x[0];
}

void guest_sync(u64 esr, u64 far, u64 hpfar)
{
	*host_sysreg("esr_el2") = esr;
	*host_sysreg("far_el2") = far;
	*host_sysreg("hpfar_el2") = hpfar;
	vm_exit_handler_raw(&cpus[0], CAUSE_SYNC);
}

void guest_irq(u32 intid)
{
	host_pending = intid;
	vm_exit_handler_raw(&cpus[0], CAUSE_IRQ);
	host_pending = 1023;
}

void check_invariants(void)
{
	struct check c;
	u64 counts[OWN_NR_COUNTERS] = { 0 };
	u64 pfn;

	for (pfn = RAM_START; pfn < RAM_END; pfn++) {
		enum s2_level level;
		bool mapped = s2_lookup(0, pfn, &level) != 0;

		assert_int_equal(mapped, own_visible_to_dom0(pfn));
		if (page[pfn].owner == OWNER_DOM0 && page[pfn].kind == KIND_RAM) {
			counts[OWN_DOM0]++;
		} else if (page[pfn].owner == OWNER_CORE || page[pfn].owner == OWNER_DOM0) {
			counts[OWN_CORE]++;
		} else {
			counts[OWN_GUEST]++;
		}
	}
	check_all(&c);
	if (c.violations != 0) {
		fail_msg("check.c:%u: VM %u, page %x", (u32)c.first, (u32)c.vm, (u32)c.pfn);
	}
	assert_int_equal(counts[OWN_DOM0], own_count(OWN_DOM0));
	assert_int_equal(counts[OWN_CORE], own_count(OWN_CORE));
	assert_int_equal(counts[OWN_GUEST], own_count(OWN_GUEST));
}
