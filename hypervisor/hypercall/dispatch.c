/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dom0's hypercalls: decode, act, encode. Arguments are EL2's copy of x1..x9,
 * which dom0 cannot change any more; results go to x0.. of the same copy.
 */
#include "arch/cpu.h"
#include "console/log.h"
#include "crypto/signature.h"
#include "cpu/cpu.h"
#include "gic/vgic.h"
#include "hypercall/extra.h"
#include "cpu/config.h"
#include "arch/atomic.h"
#include "mm/own.h"
#include "public/homestead.h"
#include "traps/traps.h"
#include "vm/measure.h"
#include "vm/memory.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define MAX_ARGS 9u
#define MAX_RESULTS 15u
#define LOG_WORDS 13u /* of 8 bytes, in x3..x15 */

struct call {
	u64 arg[MAX_ARGS];
	u64 result[MAX_RESULTS]; /* x1.. */
};

#define ARG(n) (h->arg[(n)-1u])

static enum hs_error hc_version(struct call *h)
{
	h->result[0] = HS_ABI_VERSION;
	return HS_OK;
}

static u64 count_vms(void)
{
	u64 n = 0;
	u32 i;

	for (i = 1; i < MAX_VMS; i++) {
		n += atomic_read(&vms[i].state) != HS_VM_UNUSED ? 1u : 0u;
	}
	return n;
}

static enum hs_error hc_info(struct call *h)
{
	switch (ARG(1)) {
	case HS_INFO_DOM0_PAGES:
		h->result[0] = own_count(OWN_DOM0);
		return HS_OK;
	case HS_INFO_CORE_PAGES:
		h->result[0] = own_count(OWN_CORE);
		return HS_OK;
	case HS_INFO_GUEST_PAGES:
		h->result[0] = own_count(OWN_GUEST);
		return HS_OK;
	case HS_INFO_DMA:
		h->result[0] = hs_config.dma;
		return HS_OK;
	case HS_INFO_NR_CPUS:
		h->result[0] = nr_cpus;
		return HS_OK;
	case HS_INFO_NR_VMS:
		h->result[0] = count_vms();
		return HS_OK;
	case HS_INFO_LOG_END:
		h->result[0] = log_end();
		return HS_OK;
	case HS_INFO_BOOT_TICKS:
		h->result[0] = hs_config.boot_ticks;
		return HS_OK;
	case HS_INFO_TABLE_PAGES:
		h->result[0] = s2_spaces[OWNER_DOM0].nr_pool;
		return HS_OK;
	case HS_INFO_VERSION:
		h->result[0] = HS_VERSION_NUMBER;
		return HS_OK;
	case HS_INFO_OWNER_KEY:
		h->result[0] = hs_config.owner_key;
		return HS_OK;
	case HS_INFO_RAM_PAGES:
		h->result[0] = own_count(OWN_DOM0) + own_count(OWN_CORE) + own_count(OWN_GUEST);
		return HS_OK;
	default:
		return HS_EINVAL;
	}
}

/* x1: position behind what was read; x2: bytes; x3..x15: the bytes. */
static enum hs_error hc_log_read(struct call *h)
{
	u64 pos = ARG(1);
	u32 n = log_read(&pos, &h->result[2], LOG_WORDS * 8u);

	h->result[0] = pos + n;
	h->result[1] = n;
	return HS_OK;
}

static enum hs_error hc_vm_create(struct call *h)
{
	u32 vm = 0;
	enum hs_error err = vm_create(ARG(1), ARG(2), ARG(3), ARG(4), ARG(5), &vm);

	h->result[0] = err == HS_OK ? vm : 0;
	return err;
}

static enum hs_error hc_vm_verify(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_verify((u32)ARG(1), &ARG(2)) : HS_ENOENT;
}

static enum hs_error hc_vm_destroy(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_destroy((u32)ARG(1)) : HS_ENOENT;
}

static enum hs_error hc_vm_info(struct call *h)
{
	const struct vm *m;

	if (!vm_exists(ARG(1))) {
		return HS_ENOENT;
	}
	m = &vms[ARG(1)];
	h->result[0] = atomic_read(&m->state);
	h->result[1] = m->nr_ram;
	h->result[2] = m->nr_pages;
	h->result[3] = m->flags;
	h->result[4] = m->nr_shared;
	return HS_OK;
}

static enum hs_error hc_vm_measurement(struct call *h)
{
	if (!vm_exists(ARG(1))) {
		return HS_ENOENT;
	}
	if (vms[ARG(1)].measured == 0 ||
	    vms[ARG(1)].flags % (2u * HS_VM_MEASURED) < HS_VM_MEASURED) {
		return HS_ESTATE;
	}
	measurement_words((u32)ARG(1), h->result);
	return HS_OK;
}

static enum hs_error hc_vcpu_create(struct call *h)
{
	return vm_exists(ARG(1)) ? vcpu_create((u32)ARG(1), ARG(2), ARG(3)) : HS_ENOENT;
}

static enum hs_error hc_vcpu_set_entry(struct call *h)
{
	return vm_exists(ARG(1)) ? vcpu_set_entry((u32)ARG(1), ARG(2), ARG(3), ARG(4)) : HS_ENOENT;
}

/* Never called: trap.c sends VCPU_RUN to host_vcpu_run_handler_raw(). */
static enum hs_error hc_vcpu_run(struct call *h)
{
	(void)h;
	return HS_EINVAL;
}

static enum hs_error hc_vcpu_kick(struct call *h)
{
	struct vcpu *v;

	if (vm_pin(ARG(1)) != HS_OK) {
		return HS_ENOENT;
	}
	v = vcpu_get((u32)ARG(1), ARG(2));
	if (v != NULL) {
		h->result[0] = vcpu_kick(v) ? 1u : 0u;
	}
	vm_unpin(ARG(1));
	return v != NULL ? HS_OK : HS_ENOENT;
}

static enum hs_error hc_vcpu_get_reg(struct call *h)
{
	return vm_exists(ARG(1)) ? vcpu_get_reg((u32)ARG(1), ARG(2), ARG(3), &h->result[0])
				 : HS_ENOENT;
}

static enum hs_error hc_mem_donate(struct call *h)
{
	if (ARG(4) > HS_ORDER_BLOCK) {
		return HS_EINVAL;
	}
	return vm_exists(ARG(1)) ? vm_donate((u32)ARG(1), ARG(2), ARG(3), (u32)ARG(4), ARG(5))
				 : HS_ENOENT;
}

static enum hs_error hc_mem_topup(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_topup((u32)ARG(1), ARG(2)) : HS_ENOENT;
}

static enum hs_error hc_mem_reclaim(struct call *h)
{
	if (ARG(3) > HS_ORDER_BLOCK) {
		return HS_EINVAL;
	}
	return vm_exists(ARG(1)) ? vm_reclaim((u32)ARG(1), ARG(2), (u32)ARG(3)) : HS_ENOENT;
}

static enum hs_error hc_mem_map_shared(struct call *h)
{
	enum hs_error err;
	u32 pfn = 0;

	if (!vm_exists(ARG(1))) {
		return HS_ENOENT;
	}
	err = vm_map_shared((u32)ARG(1), ARG(2), &pfn);
	h->result[0] = pfn;
	return err;
}

static enum hs_error hc_mem_unmap_shared(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_unmap_shared((u32)ARG(1), ARG(2)) : HS_ENOENT;
}

static enum hs_error hc_irq_line(struct call *h)
{
	if (ARG(2) < 32u || ARG(2) >= HS_NR_INTIDS || ARG(3) > 1u) {
		return HS_EINVAL;
	}
	if (vm_pin(ARG(1)) != HS_OK) {
		return HS_ENOENT;
	}
	h->result[0] = vgic_set_spi_line((u32)ARG(1), (u32)ARG(2), ARG(3) == 1u);
	vm_unpin(ARG(1));
	return HS_OK;
}

/* Arguments that a call does not have are zero. */
static bool no_more(const struct call *h, u32 nargs)
{
	u32 i;

	for (i = nargs; i < MAX_ARGS; i++) {
		if (h->arg[i] != 0) {
			return false;
		}
	}
	return true;
}

/* The call with this number, without HS_FN_BASE: one of the table, or none. */
static enum hs_error act(u32 number, struct call *h)
{
	switch (number) {
#define BY_DOM0(number, handler, nargs)                                                            \
	case number:                                                                               \
		return no_more(h, nargs) ? handler(h) : HS_EINVAL;
#define BY_GUEST(number, handler, nargs)
#define HYPERCALL(number, NAME, handler, nargs, by) by(number, handler, nargs)
#include "public/hypercalls.def"
#undef HYPERCALL
#undef BY_GUEST
#undef BY_DOM0
	default:
		return hc_extra(number, h->result);
	}
}

void host_hvc_dispatcher(struct cpu *c)
{
	u64 *x = c->host.x;
	u32 number = (u32)x[0] - HS_FN_BASE; /* W0 has it all */
	struct call h = { .arg = { x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9] } };
	enum hs_error err = act(number, &h);
	u32 i;

	x[0] = (u64)(s64)err;
	for (i = 0; i < MAX_RESULTS && err != HS_ENOTSUPP; i++) {
		x[i + 1u] = err == HS_OK ? h.result[i] : 0;
	}
}
