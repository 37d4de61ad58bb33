/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trap path. The four raw handlers and the primitives that they call have
 * the names and the order of the specification of SeKVM's core
 * (TrapHandlerRaw); docs/design.md says where we had to add to it.
 */
#ifndef TRAPS_TRAPS_H
#define TRAPS_TRAPS_H

#include "cpu/cpu.h"
#include "vm/vcpu.h"

/* From the vectors: all registers of the lower EL are in c->ctx. */
void trap_sync(struct cpu *c);
void trap_irq(struct cpu *c);
void trap_fiq(struct cpu *c);
void trap_serror(struct cpu *c);

/*
 * The provers see which primitives a handler calls, in order: each call is one
 * more entry of a trace that exists for them only.
 */
//@ ghost int trace[8];
//@ ghost int traced;
//@ ghost int restored; /* what restore_vm() returned */
//@ ghost u32 went_back; /* what vm_exit_dispatcher() returned */
//@ ghost int classed; /* what get_shadow_ec() returned */
/*@ predicate is_cpu(struct cpu *c) = \exists integer i; 0 <= i < MAX_CPUS && c == &cpus[i];
    predicate traced2(integer a, integer b) = traced == 2 && trace[0] == a && trace[1] == b;
    predicate traced3(integer a, integer b, integer c) =
      traced == 3 && trace[0] == a && trace[1] == b && trace[2] == c;
    predicate traced4(integer a, integer b, integer c, integer d) =
      traced == 4 && trace[0] == a && trace[1] == b && trace[2] == c && trace[3] == d;
    predicate traced5(integer a, integer b, integer c, integer d, integer e) =
      traced == 5 && trace[0] == a && trace[1] == b && trace[2] == c && trace[3] == d &&
      trace[4] == e;
    predicate traced6(integer a, integer b, integer c, integer d, integer e, integer f) =
      traced == 6 && trace[0] == a && trace[1] == b && trace[2] == c && trace[3] == d &&
      trace[4] == e && trace[5] == f;
*/
enum primitive {
	P_HOST_TO_CORE = 1,
	P_CORE_TO_HOST,
	P_VM_TO_CORE,
	P_CORE_TO_VM,
	P_SAVE_HOST,
	P_RESTORE_HOST,
	P_SAVE_VM,
	P_RESTORE_VM,
	P_HVC_DISPATCHER,
	P_HOST_FAULT,
	P_POPULATE_FAULT,
	P_EXIT_DISPATCHER,
};

/* traps/raw.c: the four handlers. */
/*@ requires traced == 0 && is_cpu(c);
    ALL_REQUIRES;
    assigns *c, traced, trace[0 .. 7], ALL_ASSIGNS;
    ALL_ENSURES;
    ensures traced3(P_HOST_TO_CORE, P_HVC_DISPATCHER, P_CORE_TO_HOST); */
void host_hvc_handler_raw(struct cpu *c);
/*@ requires traced == 0 && is_cpu(c);
    assigns *c, traced, trace[0 .. 7];
    ensures traced3(P_HOST_TO_CORE, P_HOST_FAULT, P_CORE_TO_HOST); */
void host_npt_handler_raw(struct cpu *c);
/*@ requires traced == 0 && is_cpu(c);
    assigns *c, traced, trace[0 .. 7], restored;
    ensures restored == HS_OK ==>
      traced4(P_HOST_TO_CORE, P_SAVE_HOST, P_RESTORE_VM, P_CORE_TO_VM);
    ensures restored != HS_OK ==>
      traced5(P_HOST_TO_CORE, P_SAVE_HOST, P_RESTORE_VM, P_RESTORE_HOST, P_CORE_TO_HOST); */
void host_vcpu_run_handler_raw(struct cpu *c);
/*@ requires traced == 0 && is_cpu(c);
    assigns *c, traced, trace[0 .. 7], went_back, classed;
    ensures classed == EXIT_TRAP && went_back == 0 ==>
      traced4(P_VM_TO_CORE, P_POPULATE_FAULT, P_EXIT_DISPATCHER, P_CORE_TO_VM);
    ensures classed == EXIT_TRAP && went_back != 0 ==>
      traced6(P_VM_TO_CORE, P_POPULATE_FAULT, P_EXIT_DISPATCHER, P_SAVE_VM, P_RESTORE_HOST,
	      P_CORE_TO_HOST);
    ensures classed == EXIT_INTERRUPT ==>
      traced5(P_VM_TO_CORE, P_POPULATE_FAULT, P_SAVE_VM, P_RESTORE_HOST, P_CORE_TO_HOST); */
void vm_exit_handler_raw(struct cpu *c, enum exit_cause cause);

/* traps/switch.c: between the worlds. */
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_HOST_TO_CORE;
    SAME_OUT; */
void host_to_core(struct cpu *c);
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_CORE_TO_HOST;
    SAME_OUT; */
void core_to_host(struct cpu *c);
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_VM_TO_CORE; */
void vm_to_core(struct cpu *c);
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_CORE_TO_VM; */
void core_to_vm(struct cpu *c);
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_SAVE_HOST; */
void save_host(struct cpu *c);
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_RESTORE_HOST; */
void restore_host(struct cpu *c);
/* Not HS_OK: nothing was entered, c->host.x[0] has the error. */
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced], restored;
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_RESTORE_VM;
    ensures \result == restored; */
enum hs_error restore_vm(struct cpu *c) MUST_USE;
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_SAVE_VM; */
void save_vm(struct cpu *c);

/* hypercall/dispatch.c: a call of dom0's, whatever it is. */
/*@ requires 0 <= traced < 8 && is_cpu(c);
    ALL_REQUIRES;
    assigns *c, traced, trace[traced], ALL_ASSIGNS;
    exits \false;
    ALL_ENSURES;
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_HVC_DISPATCHER; */
void host_hvc_dispatcher(struct cpu *c);

/* traps/host.c */
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_HOST_FAULT; */
void handle_host_stage2_fault(struct cpu *c);
void handle_host_sysreg(struct cpu *c);

/* traps/guest.c: the class of the exit, and what EL2 does itself. */
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced];
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_POPULATE_FAULT; */
void exit_populate_fault(struct cpu *c, enum exit_cause cause);
/*@ requires is_cpu(c);
    assigns classed;
    ensures \result == classed && (classed == EXIT_TRAP || classed == EXIT_INTERRUPT); */
enum exit_class get_shadow_ec(const struct cpu *c);
/* 0: back to the guest; 1: to dom0, with the record in c->vcpu->exit. */
/*@ requires traced < 8 && is_cpu(c);
    assigns *c, traced, trace[traced], went_back;
    ensures traced == \old(traced) + 1 && trace[\old(traced)] == P_EXIT_DISPATCHER;
    ensures \result == went_back; */
u32 vm_exit_dispatcher(struct cpu *c);

/* hypercall/guest.c: a call of the vendor service, in the vCPU's x0.. */
enum guest_call {
	GUEST_CALL_DONE,  /* x0.. have the answer */
	GUEST_CALL_EXIT,  /* they have, and v->exit is for dom0 */
	GUEST_CALL_AGAIN, /* v->exit is for dom0; nothing was done yet */
};
enum guest_call guest_hvc_dispatcher(struct vcpu *v);

/* traps/record.c: all that passes between a vCPU and dom0. */
#define RECORD_REGS 18u

/*@ predicate shows_x2(integer kind) =
      kind == HS_EXIT_WFI || kind == HS_EXIT_MMIO_READ || kind == HS_EXIT_MMIO_WRITE ||
      kind == HS_EXIT_RAM || kind == HS_EXIT_RESET || kind == HS_EXIT_VCPU_ON ||
      kind == HS_EXIT_SHARE;
    predicate shows_x3(integer kind) =
      kind == HS_EXIT_MMIO_READ || kind == HS_EXIT_MMIO_WRITE || kind == HS_EXIT_SHARE;

    // the width of a forwarded access, as long as it waits for its answer
    predicate record_ok{L}(struct exit_record *e) = e->open != 0 ==>
      e->arg[1] == 1 || e->arg[1] == 2 || e->arg[1] == 4 || e->arg[1] == 8;
*/

/*@ requires \valid_read(e) && \valid(x + (0 .. 17)) && \separated(e, x + (0 .. 17));
    assigns x[0 .. 17];
    ensures x[0] == HS_OK && x[1] == (u64)e->kind && x[5] == wake;
    ensures (shows_x2(e->kind) ==> x[2] == e->arg[0]) && (!shows_x2(e->kind) ==> x[2] == 0);
    ensures (shows_x3(e->kind) ==> x[3] == e->arg[1]) && (!shows_x3(e->kind) ==> x[3] == 0);
    ensures x[4] == (e->kind == HS_EXIT_MMIO_WRITE ? e->arg[2] : 0);
    ensures \forall integer i; 6 <= i < 18 ==> x[i] == 0; */
void exit_record_show(const struct exit_record *e, u32 wake, u64 *x);

/* True: nothing was there, the guest gets an external abort. */
/*@ requires \valid(ctx) && \valid(e) && \separated(ctx, e) && record_ok(e);
    assigns e->open, ctx->pc, ctx->pstate, ctx->x[0 .. 30];
    ensures e->open == 0;
    ensures \result <==> \old(e->open) != 0 && (flags & HS_RUN_ABORT) != 0;
    ensures ctx->pc == \old(ctx->pc) || (\old(e->open) != 0 && ctx->pc == (u64)(\old(ctx->pc) + 4));
    ensures ctx->pstate == \old(ctx->pstate) ||
      ctx->pstate == (\old(ctx->pstate) & ~(u64)(PSTATE_SS | PSTATE_BTYPE));
    ensures \forall integer i; 0 <= i < 31 && !(\old(e->open) != 0 &&
      (flags & HS_RUN_ABORT) == 0 && e->kind == HS_EXIT_MMIO_READ && i == e->rt) ==>
      ctx->x[i] == \old(ctx->x[i]);
    ensures \old(e->open) != 0 && (flags & HS_RUN_ABORT) == 0 &&
      e->kind == HS_EXIT_MMIO_READ && e->rt < 31 && e->wide == 0 ==>
      ctx->x[e->rt] < 0x100000000; */
bool entry_merge(struct context *ctx, struct exit_record *e, u64 flags, u64 value);

/* traps/inject.c: exceptions into the running lower EL, in live registers. */
/* clang-format off */
#define INJECT_ENSURES \
	ensures hw_elr_el1 == \old(hw_elr_el2) && hw_spsr_el1 == \old(hw_spsr_el2); \
	ensures is_vector(hw_elr_el2); \
	ensures hw_spsr_el2 == EL1_PSTATE(\old(hw_spsr_el2)) || \
		hw_spsr_el2 == (EL1_PSTATE(\old(hw_spsr_el2)) | PSTATE_PAN)
/* EL1h, all masked; flags, PAN and DIT as they were. */
#define EL1_PSTATE(spsr) \
	(((spsr) & (PSTATE_NZCV | PSTATE_PAN | PSTATE_DIT)) | PSTATE_DAIF | PSTATE_EL1H)
/* clang-format on */
/*@ predicate is_vector{L}(integer pc) = pc == hw_vbar_el1 || pc == (u64)(hw_vbar_el1 + 0x200) ||
      pc == (u64)(hw_vbar_el1 + 0x400) || pc == (u64)(hw_vbar_el1 + 0x600); */
/*@ assigns hw_esr_el1, hw_elr_el1, hw_spsr_el1, hw_elr_el2, hw_spsr_el2;
    exits \false;
    INJECT_ENSURES; */
void inject_undef(void);
/*@ assigns hw_far_el1, hw_esr_el1, hw_elr_el1, hw_spsr_el1, hw_elr_el2, hw_spsr_el2;
    exits \false;
    INJECT_ENSURES;
    ensures hw_far_el1 == far; */
void inject_abort_host(u64 esr, u64 far);
/*@ assigns hw_far_el1, hw_esr_el1, hw_elr_el1, hw_spsr_el1, hw_elr_el2, hw_spsr_el2;
    exits \false;
    INJECT_ENSURES;
    ensures hw_far_el1 == far; */
void inject_external_abort(u64 esr, u64 far);
/* Past the trapped instruction (D2.12.4: single step has then happened). */
/*@ assigns hw_elr_el2, hw_spsr_el2;
    exits \false;
    ensures hw_elr_el2 == (u64)(\old(hw_elr_el2) + 4); */
void skip_instruction(void);

#endif
