/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual CPUs. */
#ifndef VM_VCPU_H
#define VM_VCPU_H

#include "psci/psci.h"
#include "vm/state.h"

/* The vCPU, or NULL where none was created. */
/*@ VM_REQUIRES;
    assigns \nothing;
    exits \false;
    ensures has_vcpu(vm, id) ==> \result == &vcpu_frame[vms[vm].vcpu_pfn[id]];
    ensures !has_vcpu(vm, id) ==> \result == \null; */
struct vcpu *vcpu_get(u32 vm, u64 id);

/* A vCPU of a page of dom0's. HS_ESTATE: the VM is not READY; HS_ENOENT; HS_EEXIST. */
/*@ MEMORY_REQUIRES;
    assigns vms[vm].lock, vms[vm].nr_pages, vms[vm].vcpu_pfn[id], vcpu_frame[pfn], HOST_ASSIGNS;
    exits \false;
    VM_ENSURES;
    MEMORY_ENSURES;
    ALL_GUESTS_KEEP;
    ensures \forall integer p; 0 <= p < MAX_PFN && p != pfn ==> page[p] == \old(page[p]);
    ensures \result == HS_OK ==> \old(vms[vm].state) == HS_VM_READY && id < vms[vm].nr_vcpus &&
      \old(vms[vm].vcpu_pfn[id]) == 0 && vms[vm].vcpu_pfn[id] == pfn &&
      vms[vm].nr_pages == (u32)(\old(vms[vm].nr_pages) + 1);
    ensures \result == HS_OK ==> \old(is_dom0s(pfn)) && page[pfn].owner == vm &&
      page[pfn].kind == KIND_VCPU;
    ensures \result == HS_OK ==> vcpu_frame[pfn].vm == vm && vcpu_frame[pfn].id == id &&
      vcpu_frame[pfn].state == VCPU_READY && vcpu_frame[pfn].cpu == NO_CPU;
    ensures \result != HS_OK ==> vms[vm].nr_pages == \old(vms[vm].nr_pages) &&
      \forall integer i; 0 <= i < HS_MAX_VCPUS ==> vms[vm].vcpu_pfn[i] == \old(vms[vm].vcpu_pfn[i]);
    ensures \old(vms[vm].state) != HS_VM_READY ==> \result == HS_ESTATE; */
enum hs_error vcpu_create(u32 vm, u64 id, u64 pfn);
/* Where vCPU 0 starts, before the VM is verified. */
/*@ VM_REQUIRES;
    assigns vms[vm].lock, vcpu_frame[vms[vm].vcpu_pfn[0]];
    exits \false;
    VM_ENSURES;
    ensures \result == HS_OK <==> has_vcpu(vm, 0) && id == 0 && vms[vm].state == HS_VM_READY &&
      vms[vm].measured == 0;
    ensures \result == HS_OK ==> vcpu_frame[vms[vm].vcpu_pfn[0]].ctx.pc == pc &&
      vcpu_frame[vms[vm].vcpu_pfn[0]].ctx.x[0] == x0 &&
      vcpu_frame[vms[vm].vcpu_pfn[0]].power == POWER_ON;
    ensures \result != HS_OK ==> (\result == HS_ENOENT || \result == HS_ESTATE) &&
      vcpu_frame[vms[vm].vcpu_pfn[0]].ctx.pc == \old(vcpu_frame[vms[vm].vcpu_pfn[0]].ctx.pc) &&
      vcpu_frame[vms[vm].vcpu_pfn[0]].power == \old(vcpu_frame[vms[vm].vcpu_pfn[0]].power); */
enum hs_error vcpu_set_entry(u32 vm, u64 id, u64 pc, u64 x0);
/* One register of an ordinary VM's vCPU that is not active. */
/*@ VM_REQUIRES;
    requires \valid(value) &&
      \separated(value, &vms[0 .. MAX_VMS - 1], &vcpu_frame[0 .. MAX_PFN - 1]);
    assigns vms[vm].lock, *value, vcpu_frame[vms[vm].vcpu_pfn[id]].state;
    exits \false;
    ensures \result == HS_OK <==> has_vcpu(vm, id) && reg < HS_REG_COUNT &&
      vms[vm].flags % 2 == 0 && \old(vcpu_frame[vms[vm].vcpu_pfn[id]].state) == VCPU_READY;
    ensures \result == HS_OK && reg < 31 ==> *value == vcpu_frame[vms[vm].vcpu_pfn[id]].ctx.x[reg];
    ensures \result == HS_OK && reg == HS_REG_PC ==>
      *value == vcpu_frame[vms[vm].vcpu_pfn[id]].ctx.pc;
    ensures \result != HS_OK ==> *value == \old(*value);
    ensures \result == HS_ENOENT || \result == HS_EINVAL || \result == HS_EPERM ||
      \result == HS_EBUSY || \result == HS_OK;
    ensures has_vcpu(vm, id) ==> vcpu_frame[vms[vm].vcpu_pfn[id]].state ==
      \old(vcpu_frame[vms[vm].vcpu_pfn[id]].state); */
enum hs_error vcpu_get_reg(u32 vm, u64 id, u64 reg, u64 *value);

/* Reset state: EL1h, interrupts masked, MMU off, at pc with x0. */
/*@ requires \valid(v);
    assigns v->ctx, v->debug, v->exit.open, v->abort_next, v->serror, v->off, v->oslsr, v->timer;
    exits \false;
    ensures v->ctx.pc == pc && v->ctx.x[0] == x0;
    ensures \forall integer i; 1 <= i < 31 ==> v->ctx.x[i] == 0;
    ensures v->ctx.pstate == (PSTATE_EL1H | PSTATE_DAIF);
    ensures v->exit.open == 0 && v->off == 0 && v->serror == 0 && v->abort_next == 0; */
void vcpu_reset(struct vcpu *v, u64 pc, u64 x0);

/* PSCI CPU_ON of a vCPU: one winner. */
/*@ requires \valid(v);
    assigns v->ctx, v->debug, v->exit.open, v->abort_next, v->serror, v->off, v->oslsr, v->timer,
      v->power;
    exits \false;
    ensures \result == PSCI_SUCCESS <==> \old(v->power) == POWER_OFF;
    ensures \result == PSCI_SUCCESS ==> v->power == POWER_ON && v->ctx.pc == pc &&
      v->ctx.x[0] == x0;
    ensures \old(v->power) == POWER_ON ==> \result == PSCI_ALREADY_ON;
    ensures \result != PSCI_SUCCESS ==> v->power == \old(v->power) &&
      v->ctx.pc == \old(v->ctx.pc) && v->off == \old(v->off); */
s64 vcpu_power_on(struct vcpu *v, u64 pc, u64 x0);

/*
 * Something changed that v must look at. Interrupts the CPU that it runs on;
 * true: it runs on none, dom0 should wake it. Lock-free, any context.
 */
/*@ requires \valid(v);
    assigns v->kick;
    exits \false;
    ensures v->kick == 1;
    ensures \result <==> v->cpu == NO_CPU; */
bool vcpu_kick(struct vcpu *v);

#endif
