/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/vcpu.h"

#include "arch/sysreg.h"
#include "gic/gic.h"
#include "gic/vgic.h"
#include "gic/vtimer.h"
#include "arch/atomic.h"
#include "mm/host.h"
#include "mm/own.h"
#include "psci/psci.h"
#include "vm/memory.h"
#include "vm/vm.h"

struct vcpu *vcpu_get(u32 vm, u64 id)
{
	u32 pfn = id < vms[vm].nr_vcpus ? atomic_read(&vms[vm].vcpu_pfn[id]) : 0;

	return pfn != 0 ? &vcpu_frame[pfn] : NULL;
}

/*@ requires \valid(fp);
    assigns *fp;
    exits \false;
    ensures \forall integer k; 0 <= k < 64 ==> fp->q[k] == 0;
    ensures fp->fpsr == 0 && fp->fpcr == 0; */
static void fp_reset(struct fp_regs *fp)
{
	u32 i;

	/*@ loop assigns i, fp->q[0 .. 63];
	    loop invariant 0 <= i <= 64;
	    loop invariant \forall integer k; 0 <= k < i ==> fp->q[k] == 0;
	    loop variant 64 - i; */
	for (i = 0; i < 64u; i++) {
		fp->q[i] = 0;
	}
	fp->fpsr = 0;
	fp->fpcr = 0;
}

/*@ requires \valid(d);
    assigns *d;
    exits \false;
    ensures \forall integer k; 0 <= k < MAX_BREAKPOINTS ==>
      d->bcr[k] == 0 && d->bvr[k] == 0 && d->wcr[k] == 0 && d->wvr[k] == 0; */
static void debug_reset(struct debug_regs *d)
{
	u32 i;

	/*@ loop assigns i, d->bcr[0 .. MAX_BREAKPOINTS - 1], d->bvr[0 .. MAX_BREAKPOINTS - 1],
	      d->wcr[0 .. MAX_BREAKPOINTS - 1], d->wvr[0 .. MAX_BREAKPOINTS - 1];
	    loop invariant 0 <= i <= MAX_BREAKPOINTS;
	    loop invariant \forall integer k; 0 <= k < i ==>
	      d->bcr[k] == 0 && d->bvr[k] == 0 && d->wcr[k] == 0 && d->wvr[k] == 0;
	    loop variant MAX_BREAKPOINTS - i; */
	for (i = 0; i < MAX_BREAKPOINTS; i++) {
		d->bcr[i] = 0;
		d->bvr[i] = 0;
		d->wcr[i] = 0;
		d->wvr[i] = 0;
	}
}

void vcpu_reset(struct vcpu *v, u64 pc, u64 x0)
{
	u32 i;

	/*@ loop assigns i, v->ctx.x[0 .. 30];
	    loop invariant 0 <= i <= 31;
	    loop invariant \forall integer k; 0 <= k < i ==> v->ctx.x[k] == 0;
	    loop variant 31 - i; */
	for (i = 0; i < 31u; i++) {
		v->ctx.x[i] = 0;
	}
	v->ctx.x[0] = x0;
	v->ctx.pc = pc;
	v->ctx.pstate = PSTATE_EL1H | PSTATE_DAIF;
	sysregs_reset(&v->ctx);
	fp_reset(&v->ctx.fp);
	debug_reset(&v->debug);
	v->exit.open = 0;
	v->abort_next = 0;
	v->serror = 0;
	v->off = 0;
	v->oslsr = 0;
	vtimer_reset(v);
}

/* A page of dom0's becomes the VM's, for a vCPU that it may have. Needs the lock. */
/*@ MEMORY_REQUIRES;
    assigns vms[vm].nr_pages, HOST_ASSIGNS;
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]);
    ensures \result == HS_OK ==> vms[vm].state == HS_VM_READY && id < vms[vm].nr_vcpus &&
      vms[vm].vcpu_pfn[id] == 0 && vms[vm].nr_pages == (u32)(\old(vms[vm].nr_pages) + 1);
    ensures \result == HS_OK ==> 0 < pfn < MAX_PFN && \old(is_dom0s(pfn));
    ensures \result == HS_OK ==> page[pfn].owner == vm && page[pfn].kind == KIND_VCPU;
    ensures \result != HS_OK ==> vms[vm].nr_pages == \old(vms[vm].nr_pages);
    ensures vms[vm].state != HS_VM_READY ==> \result == HS_ESTATE; */
static enum hs_error take_page(u32 vm, u64 id, u64 pfn)
{
	enum hs_error err = HS_OK;

	if (vms[vm].state != HS_VM_READY) {
		err = HS_ESTATE;
	} else if (id >= vms[vm].nr_vcpus) {
		err = HS_ENOENT;
	} else if (vms[vm].vcpu_pfn[id] != 0) {
		err = HS_EEXIST;
	} else {
		err = vm_take_page(pfn);
	}
	if (err == HS_OK) {
		vm_give_page(vm, pfn, KIND_VCPU);
		vms[vm].nr_pages++;
	}
	return err;
}

/* The structure in a zeroed page. */
/*@ MEMORY_REQUIRES;
    requires 0 < pfn < MAX_PFN && id < HS_MAX_VCPUS;
    assigns vcpu_frame[pfn];
    exits \false;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures vcpu_frame[pfn].vm == vm && vcpu_frame[pfn].id == id &&
      vcpu_frame[pfn].state == VCPU_READY && vcpu_frame[pfn].cpu == NO_CPU; */
static void fill_page(u32 vm, u32 id, u64 pfn)
{
	struct vcpu *v = &vcpu_frame[pfn];

	v->vm = vm;
	v->id = id;
	v->cpu = NO_CPU;
	vcpu_reset(v, 0, 0);
	vgic_reset_vcpu(&v->vgic);
	v->state = VCPU_READY;
}

enum hs_error vcpu_create(u32 vm, u64 id, u64 pfn)
{
	enum hs_error err;

	spin_lock(&vms[vm].lock);
	err = take_page(vm, id, pfn);
	if (err == HS_OK) {
		fill_page(vm, (u32)id, pfn);
		atomic_set(&vms[vm].vcpu_pfn[id], (u32)pfn);
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

enum hs_error vcpu_set_entry(u32 vm, u64 id, u64 pc, u64 x0)
{
	enum hs_error err = HS_OK;
	struct vcpu *v;

	spin_lock(&vms[vm].lock);
	v = vcpu_get(vm, id);
	if (v == NULL || id != 0) {
		err = HS_ENOENT;
	} else if (vms[vm].state != HS_VM_READY || vms[vm].measured != 0) {
		err = HS_ESTATE;
	} else {
		vcpu_reset(v, pc, x0);
		atomic_set(&v->power, POWER_ON);
	}
	spin_unlock(&vms[vm].lock);
	return err;
}

enum hs_error vcpu_get_reg(u32 vm, u64 id, u64 reg, u64 *value)
{
	struct vcpu *v;
	enum hs_error err = HS_OK;

	spin_lock(&vms[vm].lock);
	v = vcpu_get(vm, id);
	/* Claimed like a run, so that the context stands still. */
	if (v == NULL || reg >= HS_REG_COUNT) {
		err = v == NULL ? HS_ENOENT : HS_EINVAL;
	} else if (vm_is_protected(vm)) {
		err = HS_EPERM;
	} else if (!atomic_cas(&v->state, VCPU_READY, VCPU_ACTIVE)) {
		err = HS_EBUSY;
	}
	if (err != HS_OK) {
		spin_unlock(&vms[vm].lock);
		return err;
	}
	switch (reg) {
	case HS_REG_PC:
		*value = v->ctx.pc;
		break;
	case HS_REG_PSTATE:
		*value = v->ctx.pstate;
		break;
	case HS_REG_ESR_EL2:
		*value = v->shadow.esr;
		break;
	case HS_REG_FAR_EL2:
		*value = v->shadow.far;
		break;
	case HS_REG_SP_EL0:
		*value = v->ctx.sys[SYS_SP_EL0];
		break;
	case HS_REG_SP_EL1:
		*value = v->ctx.sys[SYS_SP_EL1];
		break;
	case HS_REG_ELR_EL1:
		*value = v->ctx.sys[SYS_ELR_EL1];
		break;
	case HS_REG_ESR_EL1:
		*value = v->ctx.sys[SYS_ESR_EL1];
		break;
	case HS_REG_FAR_EL1:
		*value = v->ctx.sys[SYS_FAR_EL1];
		break;
	default:
		*value = v->ctx.x[reg];
		break;
	}
	atomic_set(&v->state, VCPU_READY);
	spin_unlock(&vms[vm].lock);
	return HS_OK;
}

s64 vcpu_power_on(struct vcpu *v, u64 pc, u64 x0)
{
	if (!atomic_cas(&v->power, POWER_OFF, POWER_PENDING)) {
		return atomic_read(&v->power) == POWER_ON ? PSCI_ALREADY_ON : PSCI_ON_PENDING;
	}
	vcpu_reset(v, pc, x0); /* off: on no CPU, so ours alone */
	atomic_set(&v->power, POWER_ON);
	return PSCI_SUCCESS;
}

/*
 * The other side (vcpu_release() and vgic_sync()) clears cpu before it looks
 * at kick a last time, so one of the two sees the other.
 */
bool vcpu_kick(struct vcpu *v)
{
	bool first = atomic_swap(&v->kick, 1) == 0; /* one interrupt for many */
	u32 cpu = atomic_read(&v->cpu);

	if (cpu == NO_CPU) {
		return true;
	}
	if (first && cpu != this_cpu_id()) {
		gic_kick(cpu);
	}
	return false;
}
