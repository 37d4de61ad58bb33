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

/* traps/raw.c: the four handlers. */
void host_hvc_handler_raw(struct cpu *c);
void host_npt_handler_raw(struct cpu *c);
void host_vcpu_run_handler_raw(struct cpu *c);
void vm_exit_handler_raw(struct cpu *c, enum exit_cause cause);

/* traps/switch.c: between the worlds. */
void host_to_core(struct cpu *c);
void core_to_host(struct cpu *c);
void vm_to_core(struct cpu *c);
void core_to_vm(struct cpu *c);
void save_host(struct cpu *c);
void restore_host(struct cpu *c);
/* Not HS_OK: nothing was entered, c->host.x[0] has the error. */
enum hs_error restore_vm(struct cpu *c) MUST_USE;
void save_vm(struct cpu *c);

/* hypercall/dispatch.c */
void host_hvc_dispatcher(struct cpu *c);

/* hypercall/guest.c: a call of the vendor service, in the vCPU's x0.. */
enum guest_call {
	GUEST_CALL_DONE,  /* x0.. have the answer */
	GUEST_CALL_EXIT,  /* they have, and v->exit is for dom0 */
	GUEST_CALL_AGAIN, /* v->exit is for dom0; nothing was done yet */
};
enum guest_call guest_hvc_dispatcher(struct vcpu *v);

/* traps/record.c: all that passes between a vCPU and dom0. */
#define RECORD_REGS 18u
void exit_record_show(const struct exit_record *e, u32 wake, u64 *x);
/* True: nothing was there, the guest gets an external abort. */
bool entry_merge(struct context *ctx, struct exit_record *e, u64 flags, u64 value);

/* traps/host.c */
void handle_host_stage2_fault(struct cpu *c);
void handle_host_sysreg(struct cpu *c);

/* traps/guest.c: the class of the exit, and what EL2 does itself. */
void exit_populate_fault(struct cpu *c, enum exit_cause cause);
enum exit_class get_shadow_ec(const struct cpu *c);
/* 0: back to the guest; 1: to dom0, with the record in c->vcpu->exit. */
u32 vm_exit_dispatcher(struct cpu *c);

/* traps/inject.c: exceptions into the running lower EL, in live registers. */
void inject_undef(void);
void inject_abort_host(u64 esr, u64 far);
void inject_external_abort(u64 esr, u64 far);
/* Past the trapped instruction (D2.12.4: single step has then happened). */
void skip_instruction(void);

#endif
