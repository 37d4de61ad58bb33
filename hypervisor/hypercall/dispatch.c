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
	s64 result[MAX_RESULTS]; /* x1..; signed: no frame is, which helps the provers */
};

#define ARG(n) (h->arg[(n)-1u])

/* clang-format off */
/* A handler: it gets EL2's copy of a call, and writes results into it. */
#define HANDLER_REQUIRES \
	requires \valid(h) && SEPARATED_FROM_ALL(h); ALL_REQUIRES
/* One that only reads. */
#define READS \
	HANDLER_REQUIRES; assigns h->result[0 .. MAX_RESULTS - 1]
/* One that changes something, and only if all that is always true stays true. */
#define ACTS \
	HANDLER_REQUIRES; assigns h->result[0 .. MAX_RESULTS - 1], ALL_ASSIGNS; ALL_ENSURES
#define IS_VM(n) (0 < n < MAX_VMS && \old(vms[n].state) != HS_VM_UNUSED)
/* clang-format on */

/*@ READS;
    exits \false;
    ensures \result == HS_OK && h->result[0] == HS_ABI_VERSION; */
static enum hs_error hc_version(struct call *h)
{
	h->result[0] = HS_ABI_VERSION;
	return HS_OK;
}

/*@ assigns \nothing;
    exits \false;
    ensures \result < MAX_VMS; */
static u64 count_vms(void)
{
	u64 n = 0;
	u32 i;

	/*@ loop invariant 1 <= i <= MAX_VMS && n < i;
	    loop assigns i, n;
	    loop variant MAX_VMS - i; */
	for (i = 1; i < MAX_VMS; i++) {
		n += atomic_read(&vms[i].state) != HS_VM_UNUSED ? 1u : 0u;
	}
	return n;
}

/*@ READS;
    exits \false;
    ensures \result == HS_OK || \result == HS_EINVAL; */
static enum hs_error hc_info(struct call *h)
{
	switch (ARG(1)) {
	case HS_INFO_DOM0_PAGES:
		h->result[0] = (s64)own_count(OWN_DOM0);
		return HS_OK;
	case HS_INFO_CORE_PAGES:
		h->result[0] = (s64)own_count(OWN_CORE);
		return HS_OK;
	case HS_INFO_GUEST_PAGES:
		h->result[0] = (s64)own_count(OWN_GUEST);
		return HS_OK;
	case HS_INFO_DMA:
		h->result[0] = hs_config.dma;
		return HS_OK;
	case HS_INFO_NR_CPUS:
		h->result[0] = nr_cpus;
		return HS_OK;
	case HS_INFO_NR_VMS:
		h->result[0] = (s64)count_vms();
		return HS_OK;
	case HS_INFO_LOG_END:
		h->result[0] = (s64)log_end();
		return HS_OK;
	case HS_INFO_BOOT_TICKS:
		h->result[0] = (s64)hs_config.boot_ticks;
		return HS_OK;
	case HS_INFO_TABLE_PAGES:
		h->result[0] = s2_spaces[OWNER_DOM0].nr_pool;
		return HS_OK;
	case HS_INFO_VERSION:
		h->result[0] = (s64)HS_VERSION_NUMBER;
		return HS_OK;
	case HS_INFO_OWNER_KEY:
		h->result[0] = hs_config.owner_key;
		return HS_OK;
	case HS_INFO_RAM_PAGES:
		h->result[0] =
			(s64)(own_count(OWN_DOM0) + own_count(OWN_CORE) + own_count(OWN_GUEST));
		return HS_OK;
	default:
		return HS_EINVAL;
	}
}

/* x1: position behind what was read; x2: bytes; x3..x15: the bytes. */
/*@ ACTS;
    exits \false;
    ensures \result == HS_OK && h->result[1] <= LOG_WORDS * 8; */
static enum hs_error hc_log_read(struct call *h)
{
	u64 pos = ARG(1);
	u32 n = log_read(&pos, &h->result[2], LOG_WORDS * 8u);

	h->result[0] = (s64)(pos + n);
	h->result[1] = n;
	return HS_OK;
}

/*@ ACTS;
    exits \false;
    ensures \result != HS_OK ==> h->result[0] == 0; */
static enum hs_error hc_vm_create(struct call *h)
{
	u32 vm = 0;
	enum hs_error err = vm_create(ARG(1), ARG(2), ARG(3), ARG(4), ARG(5), &vm);

	h->result[0] = err == HS_OK ? vm : 0;
	return err;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT;
    ensures \result == HS_OK ==> vms[h->arg[0]].state == HS_VM_VERIFIED; */
static enum hs_error hc_vm_verify(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_verify((u32)ARG(1), &ARG(2)) : HS_ENOENT;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT; */
static enum hs_error hc_vm_destroy(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_destroy((u32)ARG(1)) : HS_ENOENT;
}

/*@ READS;
    exits \false;
    ensures !IS_VM(h->arg[0]) <==> \result == HS_ENOENT; */
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

/*@ READS;
    exits \false;
    ensures \result == HS_OK ==> IS_VM(h->arg[0]) && vms[h->arg[0]].measured != 0; */
static enum hs_error hc_vm_measurement(struct call *h)
{
	if (!vm_exists(ARG(1))) {
		return HS_ENOENT;
	}
	if (atomic_read(&vms[ARG(1)].measured) == 0 ||
	    vms[ARG(1)].flags % (2u * HS_VM_MEASURED) < HS_VM_MEASURED) {
		return HS_ESTATE;
	}
	measurement_words((u32)ARG(1), h->result);
	return HS_OK;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT; */
static enum hs_error hc_vcpu_create(struct call *h)
{
	return vm_exists(ARG(1)) ? vcpu_create((u32)ARG(1), ARG(2), ARG(3)) : HS_ENOENT;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT; */
static enum hs_error hc_vcpu_set_entry(struct call *h)
{
	return vm_exists(ARG(1)) ? vcpu_set_entry((u32)ARG(1), ARG(2), ARG(3), ARG(4)) : HS_ENOENT;
}

/* Never called: trap.c sends VCPU_RUN to host_vcpu_run_handler_raw(). */
/*@ READS;
    exits \false;
    ensures \result == HS_EINVAL; */
static enum hs_error hc_vcpu_run(struct call *h)
{
	(void)h;
	return HS_EINVAL;
}

/*@ ACTS;
    exits \false;
    ensures \result == HS_OK || \result == HS_ENOENT; */
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

/*@ ACTS;
    exits \false;
    ensures \result == HS_OK ==> IS_VM(h->arg[0]) && vms[h->arg[0]].flags % 2 == 0; */
static enum hs_error hc_vcpu_get_reg(struct call *h)
{
	enum hs_error err = HS_ENOENT;
	u64 value = 0;

	if (vm_exists(ARG(1))) {
		err = vcpu_get_reg((u32)ARG(1), ARG(2), ARG(3), &value);
	}
	h->result[0] = (s64)value;
	return err;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT || \result == HS_EINVAL; */
static enum hs_error hc_mem_donate(struct call *h)
{
	if (ARG(4) > HS_ORDER_BLOCK) {
		return HS_EINVAL;
	}
	return vm_exists(ARG(1)) ? vm_donate((u32)ARG(1), ARG(2), ARG(3), (u32)ARG(4), ARG(5))
				 : HS_ENOENT;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT; */
static enum hs_error hc_mem_topup(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_topup((u32)ARG(1), ARG(2)) : HS_ENOENT;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT || \result == HS_EINVAL; */
static enum hs_error hc_mem_reclaim(struct call *h)
{
	if (ARG(3) > HS_ORDER_BLOCK) {
		return HS_EINVAL;
	}
	return vm_exists(ARG(1)) ? vm_reclaim((u32)ARG(1), ARG(2), (u32)ARG(3)) : HS_ENOENT;
}

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT; */
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

/*@ ACTS;
    exits \false;
    ensures !IS_VM(h->arg[0]) ==> \result == HS_ENOENT; */
static enum hs_error hc_mem_unmap_shared(struct call *h)
{
	return vm_exists(ARG(1)) ? vm_unmap_shared((u32)ARG(1), ARG(2)) : HS_ENOENT;
}

/*@ ACTS;
    exits \false;
    ensures \result == HS_OK || \result == HS_ENOENT || \result == HS_EINVAL; */
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
/*@ requires \valid_read(h) && nargs <= MAX_ARGS;
    assigns \nothing;
    exits \false;
    ensures \result <==> \forall integer i; nargs <= i < MAX_ARGS ==> h->arg[i] == 0; */
static bool no_more(const struct call *h, u32 nargs)
{
	u32 i;

	/*@ loop invariant nargs <= i <= MAX_ARGS;
	    loop invariant \forall integer k; nargs <= k < i ==> h->arg[k] == 0;
	    loop assigns i;
	    loop variant MAX_ARGS - i; */
	for (i = nargs; i < MAX_ARGS; i++) {
		if (h->arg[i] != 0) {
			return false;
		}
	}
	return true;
}

/* clang-format off */
#define NOT_HERE(number, handler, nargs)
#define BY_GUEST NOT_HERE
#define BY_DOM0_SYSTEM NOT_HERE
#define BY_DOM0_VM NOT_HERE
#define BY_DOM0_VCPU NOT_HERE
#define BY_DOM0_MEM NOT_HERE
#define CASE(number, handler, nargs) \
	case number: \
		return no_more(h, nargs) ? handler(h) : HS_EINVAL;
#define HYPERCALL(number, NAME, handler, nargs, by) by(number, handler, nargs)
/* clang-format on */

/* The calls of the table, a group at a time: the provers do not finish with all in one function. */
#undef BY_DOM0_SYSTEM
#define BY_DOM0_SYSTEM CASE
/*@ ACTS;
    exits \false; */
static enum hs_error act_system(u32 number, struct call *h)
{
	switch (number) {
#include "public/hypercalls.def"
	default:
		return HS_ENOTSUPP;
	}
}
#undef BY_DOM0_SYSTEM
#define BY_DOM0_SYSTEM NOT_HERE

#undef BY_DOM0_VM
#define BY_DOM0_VM CASE
/*@ ACTS;
    exits \false; */
static enum hs_error act_vm(u32 number, struct call *h)
{
	switch (number) {
#include "public/hypercalls.def"
	default:
		return HS_ENOTSUPP;
	}
}
#undef BY_DOM0_VM
#define BY_DOM0_VM NOT_HERE

#undef BY_DOM0_VCPU
#define BY_DOM0_VCPU CASE
/*@ ACTS;
    exits \false; */
static enum hs_error act_vcpu(u32 number, struct call *h)
{
	switch (number) {
#include "public/hypercalls.def"
	default:
		return HS_ENOTSUPP;
	}
}
#undef BY_DOM0_VCPU
#define BY_DOM0_VCPU NOT_HERE

#undef BY_DOM0_MEM
#define BY_DOM0_MEM CASE
/*@ ACTS;
    exits \false; */
static enum hs_error act_mem(u32 number, struct call *h)
{
	switch (number) {
#include "public/hypercalls.def"
	default:
		return HS_ENOTSUPP;
	}
}
#undef BY_DOM0_MEM
#define BY_DOM0_MEM NOT_HERE

/* The call with this number, without HS_FN_BASE: one of the table, or none. */
/*@ ACTS;
    exits \false; */
static enum hs_error act(u32 number, struct call *h)
{
	enum hs_error err = act_mem(number, h);

	if (err == HS_ENOTSUPP) {
		err = act_vcpu(number, h);
	}
	if (err == HS_ENOTSUPP) {
		err = act_vm(number, h);
	}
	if (err == HS_ENOTSUPP) {
		err = act_system(number, h);
	}
	return err == HS_ENOTSUPP ? hc_extra(number, h->result) : err;
}

/* Results, and only of a call that was good, into dom0's registers. */
/*@ requires is_cpu(c) && \valid_read(h) && \separated(c, h);
    assigns c->host.x[0 .. MAX_RESULTS];
    exits \false;
    ensures c->host.x[0] == (u64)(s64)err;
    ensures err != HS_OK && err != HS_ENOTSUPP ==>
      \forall integer i; 1 <= i <= MAX_RESULTS ==> c->host.x[i] == 0;
    ensures err == HS_OK ==>
      \forall integer i; 1 <= i <= MAX_RESULTS ==> c->host.x[i] == (u64)h->result[i - 1];
    SAME_OUT; */
static void encode(struct cpu *c, enum hs_error err, const struct call *h)
{
	u32 i;

	c->host.x[0] = (u64)(s64)err;
	/*@ loop invariant 0 <= i <= MAX_RESULTS;
	    loop invariant c->host.x[0] == (u64)(s64)err;
	    loop invariant \forall integer k; 1 <= k <= i ==>
	      c->host.x[k] == (err == HS_OK ? (u64)h->result[k - 1] : 0);
	    loop assigns i, c->host.x[1 .. MAX_RESULTS];
	    loop variant MAX_RESULTS - i; */
	for (i = 0; i < MAX_RESULTS && err != HS_ENOTSUPP; i++) {
		c->host.x[i + 1u] = err == HS_OK ? (u64)h->result[i] : 0;
	}
}

void host_hvc_dispatcher(struct cpu *c)
{
	const u64 *x = c->host.x;
	u32 number = (u32)x[0] - HS_FN_BASE; /* W0 has it all */
	struct call h = { .arg = { x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9] } };
	enum hs_error err = act(number, &h);

	encode(c, err, &h);
	//@ ghost trace[traced] = P_HVC_DISPATCHER;
	//@ ghost traced++;
}
