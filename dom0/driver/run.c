// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * The vCPU run loop. A vCPU is a thread of hsvm inside HYPCTL_VCPU_RUN; what
 * the kernel can answer it answers here, the rest goes to hsvm.
 */
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/sysreg.h>

#include "hypctl.h"

static unsigned int halt_us = 50;
module_param(halt_us, uint, 0644);
MODULE_PARM_DESC(halt_us, "microseconds that WFI waits in EL2 before it leaves, 0..200");

#define KICKED 0
#define NR_RESULTS 5 /* exit, three arguments, vCPUs to wake */

void vcpu_wake(struct hypctl_vm *vm, u32 id)
{
	struct hypctl_vcpu *v = &vm->vcpus[id];

	set_bit(KICKED, &v->kicked);
	wake_up(&v->wq);
}

void vm_kick_all(struct hypctl_vm *vm)
{
	u32 i;

	for (i = 0; i < vm->entry.nr_vcpus; i++) {
		struct task_struct *t;

		vcpu_wake(vm, i);
		rcu_read_lock();
		t = READ_ONCE(vm->vcpus[i].task);
		if (t) {
			kick_process(t); /* a reschedule IPI: out of the guest */
		}
		rcu_read_unlock();
	}
}

static void wake_mask(struct hypctl_vm *vm, u64 mask)
{
	u32 i;

	for (i = 0; i < vm->entry.nr_vcpus; i++) {
		if (mask & BIT(i)) {
			vcpu_wake(vm, i);
		}
	}
}

static bool must_leave(struct hypctl_vm *vm)
{
	return READ_ONCE(vm->dying) || READ_ONCE(vm->paused);
}

static bool wait_over(struct hypctl_vm *vm, struct hypctl_vcpu *v)
{
	return test_bit(KICKED, &v->kicked) || must_leave(vm);
}

/* Sleeps until the counter reaches deadline (~0: for ever) or a kick. */
static void wait_for_event(struct hypctl_vm *vm, struct hypctl_vcpu *v, u64 deadline)
{
	u64 now = read_sysreg(cntvct_el0);
	u64 ticks = deadline > now ? deadline - now : 0;
	u64 ns;

	if (deadline == ~0ull) {
		(void)wait_event_interruptible(v->wq, wait_over(vm, v));
	} else if (ticks > 0) {
		/* An hour is enough for one sleep, and cannot overflow. */
		ns = mul_u64_u64_div_u64(min(ticks, 3600ull * read_sysreg(cntfrq_el0)),
					 NSEC_PER_SEC, read_sysreg(cntfrq_el0));
		(void)wait_event_interruptible_hrtimeout(v->wq, wait_over(vm, v), ns_to_ktime(ns));
	}
	clear_bit(KICKED, &v->kicked);
}

/* One entry with interrupts off, so that no kick is lost before it. */
static long enter(struct hypctl_vm *vm, u32 id, u32 flags, u64 value, u64 *res)
{
	u64 halt = 0;
	long err = HS_OK;

	local_irq_disable();
	res[0] = HS_EXIT_IRQ;
	if (!signal_pending(current) && !need_resched() && !must_leave(vm)) {
		clear_bit(KICKED, &vm->vcpus[id].kicked);
		halt = read_sysreg(cntfrq_el0) / USEC_PER_SEC * min(halt_us, 200u);
		err = hs_call(HS_VCPU_RUN, vm->vmid, id, flags, value, halt, res, NR_RESULTS);
	} else {
		err = HS_EAGAIN; /* not entered: the answer is still to be given */
	}
	local_irq_enable();
	return err;
}

/* True: user space must handle it. */
static bool handle_exit(struct hypctl_vm *vm, struct hypctl_vcpu *v, const u64 *res, long *r)
{
	switch (res[0]) {
	case HS_EXIT_IRQ:
		return false;
	case HS_EXIT_WFI:
		wait_for_event(vm, v, res[1]);
		return false;
	case HS_EXIT_VCPU_OFF:
		wait_for_event(vm, v, ~0ull);
		return false;
	case HS_EXIT_RAM:
		mutex_lock(&vm->lock);
		*r = vm_populate(vm, res[1]);
		mutex_unlock(&vm->lock);
		return *r != 0;
	case HS_EXIT_VCPU_ON:
		if (res[1] < vm->entry.nr_vcpus) {
			vcpu_wake(vm, res[1]);
		}
		return false;
	case HS_EXIT_SHARE: /* who maps it later finds it by its fault */
		return false;
	case HS_EXIT_KICK: /* the mask that every exit has */
		return false;
	case HS_EXIT_OFF:
	case HS_EXIT_RESET:
		vm_kick_all(vm); /* the others learn it at their next entry */
		return true;
	default:
		return true;
	}
}

static long run_loop(struct hypctl_vm *vm, struct hypctl_vcpu *v, struct hypctl_vcpu_run *run)
{
	struct hypctl_vcpu_last_entry *last = &vm->last[run->vcpu];
	u32 flags = run->flags;
	u64 value = run->value;
	u64 res[NR_RESULTS];
	long r = 0;

	for (;;) {
		long err;

		if (READ_ONCE(vm->dying)) {
			return -ESHUTDOWN;
		}
		if (READ_ONCE(vm->paused)) {
			r = wait_event_interruptible(v->wq, !READ_ONCE(vm->paused) ||
								    READ_ONCE(vm->dying));
		}
		if (signal_pending(current)) {
			/* What was answered but not yet delivered is asked again. */
			return -EINTR;
		}
		cond_resched();
		err = enter(vm, run->vcpu, flags, value, res);
		if (err == HS_EAGAIN || err == HS_EBUSY) {
			continue; /* BUSY: vm_last() reads a register */
		}
		if (err != HS_OK) {
			return hs_errno(err);
		}
		flags = 0;
		value = 0;
		if (res[4]) {
			wake_mask(vm, res[4]);
		}
		vm->entry.exits++;
		last->exits++;
		last->exit = res[0];
		memcpy(last->arg, &res[1], sizeof(last->arg));
		if (handle_exit(vm, v, res, &r)) {
			break;
		}
	}
	run->exit = res[0];
	run->arg[0] = res[1];
	run->arg[1] = res[2];
	run->arg[2] = res[3];
	vm->entry.mmio_exits += res[0] == HS_EXIT_MMIO_READ || res[0] == HS_EXIT_MMIO_WRITE;
	return r;
}

/* All of one moment, or none: whoever runs in between has one exit more. */
long vcpu_regs(struct hypctl_vm *vm, u32 vcpu, u64 reg[HS_REG_COUNT])
{
	u64 exits = READ_ONCE(vm->last[vcpu].exits);
	long err = HS_OK;
	u32 i;

	for (i = 0; i < HS_REG_COUNT && err == HS_OK; i++) {
		err = hs_call(HS_VCPU_GET_REG, vm->vmid, vcpu, i, 0, 0, &reg[i], 1);
	}
	if (err == HS_OK && READ_ONCE(vm->last[vcpu].exits) != exits) {
		err = HS_EBUSY;
	}
	return err;
}

static void read_regs(struct hypctl_vm *vm, u32 vcpu, struct hypctl_vcpu_last_entry *l)
{
	u64 reg[HS_REG_COUNT];

	l->has_regs = vcpu_regs(vm, vcpu, reg) == HS_OK;
	if (l->has_regs) {
		l->pc = reg[HS_REG_PC];
		l->pstate = reg[HS_REG_PSTATE];
		l->elr_el1 = reg[HS_REG_ELR_EL1];
		l->esr_el1 = reg[HS_REG_ESR_EL1];
		l->far_el1 = reg[HS_REG_FAR_EL1];
	}
}

void vm_last(struct hypctl_vm *vm, bool locked, struct hypctl_vcpu_last_entry *last)
{
	u32 i;

	for (i = 0; i < vm->entry.nr_vcpus; i++) {
		last[i] = vm->last[i];
		if (vm->vmid && locked) { /* else they were read before it went, or may change */
			read_regs(vm, i, &last[i]);
		}
		if (!last[i].has_regs) {
			last[i].pc = last[i].pstate = 0;
			last[i].elr_el1 = last[i].esr_el1 = last[i].far_el1 = 0;
		}
	}
}

long vcpu_run(struct hypctl_vm *vm, struct hypctl_vcpu_run __user *arg)
{
	struct hypctl_vcpu_run run;
	struct hypctl_vcpu *v;
	long r;

	if (copy_from_user(&run, arg, sizeof(run))) {
		return -EFAULT;
	}
	if (run.vcpu >= vm->entry.nr_vcpus || (run.flags & ~HS_RUN_ABORT) || run.pad) {
		return -EINVAL;
	}
	v = &vm->vcpus[run.vcpu];
	if (!mutex_trylock(&v->run_lock)) {
		return -EBUSY;
	}
	atomic_inc(&vm->running);
	WRITE_ONCE(v->task, current);
	smp_mb(); /* before paused and dying are looked at */
	r = run_loop(vm, v, &run);
	WRITE_ONCE(v->task, NULL);
	if (atomic_dec_and_test(&vm->running)) {
		wake_up(&vm->idle_wq);
	}
	mutex_unlock(&v->run_lock);
	if (copy_to_user(arg, &run, sizeof(run))) {
		return -EFAULT;
	}
	return r;
}
