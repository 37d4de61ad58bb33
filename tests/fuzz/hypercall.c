/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on all that comes from outside: hypercalls with any registers, and
 * guests that leave with any syndrome. Bytes are a list of operations; values
 * are often taken from what is interesting at that moment. After each input
 * every invariant is checked; a panic or a hang ends the fuzzer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/sysreg.h"
#include "cpu/config.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "debug/check.h"
#include "gic/gic.h"
#include "host.h"
#include "mm/host.h"
#include "mm/host_map.h"
#include "mm/own.h"
#include "mm/pt.h"
#include "psci/psci.h"
#include "traps/traps.h"
#include "vm/vcpu.h"
#include "vm/memory.h"
#include "vm/vm.h"

#define RAM_PFN 512u
#define RAM_END 1536u
#define ROOT_PFN 64u
#define POOL_SIZE 20u
#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *p;
	size_t left;
};

static u32 next(struct input *in)
{
	if (in->left == 0) {
		return 0;
	}
	in->left--;
	return *in->p++;
}

static u64 raw(struct input *in)
{
	u64 v = 0;
	u32 i;

	for (i = 0; i < 8u; i++) {
		v = v << 8 | next(in);
	}
	return v;
}

/* A number that means something to somebody. */
static u64 value(struct input *in)
{
	u32 kind = next(in);
	u32 n = kind >> 4;

	switch (kind & 15u) {
	case 0:
	case 1:
		return n;
	case 2:
	case 3: /* pages in order: structures are easy to make */
		return RAM_PFN + next(in);
	case 4:
		return RAM_PFN + BLOCK_PAGES * (n % 4u);
	case 5:
	case 6:
		return RAM_GFN + n;
	case 7:
		return RAM_GFN + BLOCK_PAGES * n;
	case 8:
		return HS_GUEST_RAM_BASE + n * 4096u;
	case 9:
		return (u64)n << 20;
	case 10:
		return ~0ull - n;
	case 11:
		return 1ull << (n * 4u);
	case 12:
		return 32u + n * 16u;
	case 13:
		return MAX_PFN - 1u + n;
	case 14: /* pages of the guest's GIC */
		return n < 8u ? 0x8000u + n : 0x80a0u + (n - 8u) * 16u;
	default:
		return raw(in);
	}
}

static void reset(void)
{
	u32 i;

	/* A page that is dom0's was zeroed when it came back, or never touched. */
	for (i = 1; i < MAX_PFN; i++) {
		if (page[i].owner != 0 || page[i].kind != 0) {
			memset(frame[i], 0, sizeof(frame[i]));
		}
	}
	memset(frame[ROOT_PFN], 0, sizeof(frame[0]));
	memset(page, 0, sizeof(struct page) * MAX_PFN);
	memset(s2_spaces, 0, sizeof(s2_spaces));
	memset(vms, 0, sizeof(vms[0]) * MAX_VMS);
	memset(cpus, 0, sizeof(cpus[0]) * MAX_CPUS);
	memset(host_lr, 0, sizeof(host_lr));
	host_pending = INTID_SPURIOUS;
	host_counter = 1000;
	ram_banks[0] = (struct ram_bank){ RAM_PFN, RAM_END };
	nr_ram_banks = 1;
	own_init();
	hs_config = (struct hs_config){ .dma = HS_DMA_CONTAINED };
	features = (struct features){
		.nr_breakpoints = 6, .nr_watchpoints = 4, .pa_range = 4, .pauth = true, .pan = true
	};
	nr_cpus = 2;
	for (i = 0; i < 2u; i++) {
		cpus[i].id = i;
		cpus[i].present = 1;
		cpus[i].ctx = &cpus[i].host;
	}
	sysreg_write(tpidr_el2, (u64)(uintptr_t)&cpus[0]);
	sysreg_write(cntfrq_el0, 1000000000);
	sysreg_write(ICH_VTR_EL2, 3);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	s2_spaces[OWNER_DOM0].root = ROOT_PFN;
	for (i = 0; i < POOL_SIZE; i++) {
		page[ROOT_PFN + 1u + i].kind = KIND_CORE;
		s2_pool_push(OWNER_DOM0, ROOT_PFN + 1u + i);
	}
	host_map_boot(RAM_PFN, RAM_END, S2_RAM_RWX);
}

static const u32 calls[] = {
#define HYPERCALL(number, NAME, handler, nargs, by) HS_##NAME,
#include "public/hypercalls.def"
#undef HYPERCALL
};

static void hypercall(struct cpu *c, struct input *in)
{
	u64 *x = c->host.x;
	u32 fn = next(in);
	u32 nargs = next(in) % 10u;
	u32 i;

	x[0] = fn < 224u ? calls[fn % ARRAY_SIZE(calls)] : raw(in);
	for (i = 1; i < 31u; i++) {
		x[i] = i <= nargs ? value(in) : 0;
	}
	if ((u32)x[0] == HS_VCPU_RUN) {
		host_vcpu_run_handler_raw(c);
	} else if (fn == 223u) {
		x[0] = raw(in);
		if ((u32)x[0] != PSCI_SYSTEM_OFF && (u32)x[0] != PSCI_SYSTEM_RESET &&
		    (u32)x[0] != PSCI_CPU_OFF) { /* the others end the machine */
			psci_host_call(c);
		}
	} else {
		host_hvc_handler_raw(c);
	}
}

static void guest_exit(struct cpu *c, struct input *in)
{
	static const u32 classes[] = { EC_WFX,	    EC_HVC64,	 EC_SMC64,    EC_SYS64,
				       EC_DABT_LOW, EC_IABT_LOW, EC_DABT_LOW, EC_HVC64 };
	struct vcpu *v = c->vcpu;
	u32 how = next(in);
	u32 i;

	for (i = 0; i < 31u; i++) {
		v->ctx.x[i] = i < (how >> 5) ? value(in) : 0;
	}
	if (how % 16u == 15u) {
		v->ctx.x[0] = calls[next(in) % ARRAY_SIZE(calls)];
	} else if (how % 16u == 14u) {
		v->ctx.x[0] = 0x84000000u + next(in) % 32u;
	} else if (how % 16u == 13u) {
		v->ctx.x[0] = 0xc4000000u + next(in) % 32u;
	}
	switch (how % 5u) {
	case 0:
		host_pending = (u32)value(in) & 0x3ffu;
		vm_exit_handler_raw(c, CAUSE_IRQ);
		host_pending = INTID_SPURIOUS;
		break;
	case 1:
		vm_exit_handler_raw(c, next(in) % 2u ? CAUSE_FIQ : CAUSE_SERROR);
		break;
	default:
		sysreg_write(esr_el2, how % 16u >= 13u ? (u64)EC_HVC64 << 26
						       : ((u64)classes[next(in) % 8u] << 26) |
								 (raw(in) & 0x3ffffffu));
		sysreg_write(far_el2, value(in));
		sysreg_write(hpfar_el2, (value(in) & 0xffffffffffull) << 4);
		sysreg_write(elr_el2, value(in));
		sysreg_write(spsr_el2, next(in) & 1u ? PSTATE_EL1H : PSTATE_EL0T);
		vm_exit_handler_raw(c, CAUSE_SYNC);
		break;
	}
}

static void dom0_fault(struct cpu *c, struct input *in)
{
	sysreg_write(esr_el2, ((u64)EC_DABT_LOW << 26) | (raw(in) & 0x3ffffffu));
	sysreg_write(far_el2, value(in));
	sysreg_write(hpfar_el2, (value(in) & 0xffffffffffull) << 4);
	host_npt_handler_raw(c);
}

/* Most inputs are only interesting with a VM: dom0 makes one, as it should. */
static void make_vm(u64 flags)
{
	static const u64 ram = 8u << 20;
	u64 p = RAM_PFN;
	u64 *x = cpus[0].host.x;
	u32 i;
	const u64 list[][6] = {
		{ HS_VM_CREATE, flags, ram, 2, p, p + 1 },
		{ HS_VCPU_CREATE, 1, 0, p + 2, 0, 0 },
		{ HS_VCPU_CREATE, 1, 1, p + 3, 0, 0 },
		{ HS_MEM_TOPUP, 1, p + 4, 0, 0, 0 },
		{ HS_MEM_TOPUP, 1, p + 5, 0, 0, 0 },
		{ HS_MEM_DONATE, 1, p + 6, RAM_GFN, 0, HS_DONATE_IMAGE },
		{ HS_VCPU_SET_ENTRY, 1, 0, HS_GUEST_RAM_BASE, 0, 0 },
		{ HS_VM_VERIFY, 1, 0, 0, 0, 0 },
		{ HS_MEM_DONATE, 1, p + 7, RAM_GFN + 1, 0, 0 },
	};

	for (i = 0; i < ARRAY_SIZE(list); i++) {
		do {
			memset(x, 0, sizeof(cpus[0].host.x));
			memcpy(x, list[i], sizeof(list[i]));
			host_hvc_handler_raw(&cpus[0]);
		} while ((s64)x[0] == HS_EAGAIN);
		if (x[0] != HS_OK) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct check check;
	u32 start;
	u32 n;

	reset();
	start = next(&in);
	if (start % 4u != 0) {
		make_vm(start % 4u == 1u ? 0 : HS_VM_PROTECTED);
	}
	for (n = 0; in.left > 0 && n < 200u; n++) {
		u32 op = next(&in);
		struct cpu *c = &cpus[op & 1u];

		sysreg_write(tpidr_el2, (u64)(uintptr_t)c);
		host_counter += 100;
		if (c->vcpu != NULL) {
			guest_exit(c, &in);
		} else if (op % 16u == 15u) {
			dom0_fault(c, &in);
		} else {
			hypercall(c, &in);
		}
	}
	check_all(&check);
	if (check.violations != 0) {
		fprintf(stderr, "check.c:%u: VM %u, page %x\n", (u32)check.first, (u32)check.vm,
			(u32)check.pfn);
		abort();
	}
	return 0;
}
