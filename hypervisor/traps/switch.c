/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/cpu.h"
#include "arch/tlb.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "gic/vgic.h"
#include "gic/vtimer.h"
#include "arch/atomic.h"
#include "mm/pt.h"
#include "traps/traps.h"
#include "vm/vm.h"

#define HCR_GUEST                                                                                  \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU_IS |         \
	 HCR_TWI | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | HCR_RW | HCR_TLOR |       \
	 HCR_TERR)
#define MDCR_GUEST                                                                                 \
	(MDCR_TPM | MDCR_TPMCR | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA | MDCR_TPMS | MDCR_TTRF)
#define MDSCR_MDE BIT(15)
#define MDSCR_KDE_SS (BIT(13) | BIT(0))

/*
 * The four edges of the core. The vectors move the general registers; ELR and
 * SPSR stay in place unless the world changes. What is left to do here is to
 * say whose registers the vectors move.
 */
void host_to_core(struct cpu *c)
{
	(void)c;
}

void core_to_host(struct cpu *c)
{
	c->ctx = &c->host;
}

void vm_to_core(struct cpu *c)
{
	(void)c;
}

void core_to_vm(struct cpu *c)
{
	c->ctx = &c->vcpu->ctx;
}

static void context_save(struct context *ctx)
{
	ctx->pc = sysreg_read(elr_el2);
	ctx->pstate = sysreg_read(spsr_el2);
	sysregs_save(ctx);
	fp_save(&ctx->fp);
}

static void context_restore(const struct context *ctx)
{
	sysreg_write(elr_el2, ctx->pc);
	sysreg_write(spsr_el2, ctx->pstate);
	sysregs_restore(ctx);
	fp_restore(&ctx->fp);
}

void save_host(struct cpu *c)
{
	context_save(&c->host);
}

/* dom0's translation regime and traps. */
static void host_el2_restore(struct cpu *c)
{
	sysregs_walks_off();
	sysreg_write(vttbr_el2, s2_vttbr(OWNER_DOM0));
	sysreg_write(hcr_el2, c->hcr_host);
	sysreg_write(mdcr_el2, c->mdcr_host);
	sysreg_write(vmpidr_el2, sysreg_read(mpidr_el1));
}

static void debug_leave(struct cpu *c, struct vcpu *v)
{
	if (v->debug_live != 0) {
		debug_save(&v->debug);
		debug_restore(&c->host_debug);
		v->debug_live = 0;
	}
}

static void debug_enter(struct cpu *c, struct vcpu *v)
{
	u64 mdcr = (c->mdcr_host & MDCR_HPMN_MASK) | MDCR_GUEST;

	if ((v->ctx.sys[SYS_MDSCR_EL1] & (MDSCR_MDE | MDSCR_KDE_SS)) != 0) {
		debug_save(&c->host_debug);
		debug_restore(&v->debug);
		v->debug_live = 1;
		mdcr &= ~MDCR_TDA;
	}
	sysreg_write(mdcr_el2, mdcr);
}

/*
 * dom0's counters stand still while a protected guest runs: what it executes is
 * not for dom0 to count (PMCR_EL0.E, D13.4.10).
 */
static void pmu_stop(struct cpu *c, const struct vcpu *v)
{
	c->pmu_stopped = features.pmu && vm_is_protected(v->vm) ? 1u : 0u;
	if (c->pmu_stopped != 0) {
		c->host_pmcr = sysreg_read(pmcr_el0);
		sysreg_write(pmcr_el0, c->host_pmcr & ~PMCR_E);
	}
}

static void pmu_start(struct cpu *c)
{
	if (c->pmu_stopped != 0) {
		c->pmu_stopped = 0;
		sysreg_write(pmcr_el0, c->host_pmcr);
	}
}

/* READY => ACTIVE on this CPU, for a VM that may run. */
static enum hs_error set_vcpu_active(struct cpu *c, struct vcpu *v)
{
	if (!atomic_cas(&v->state, VCPU_READY, VCPU_ACTIVE)) {
		return HS_EBUSY;
	}
	atomic_set(&v->cpu, c->id);
	/* vm_destroy() sets the state, then looks for active vCPUs. */
	if (atomic_read(&vms[v->vm].state) != HS_VM_VERIFIED) {
		atomic_set(&v->cpu, NO_CPU);
		atomic_set(&v->state, VCPU_READY);
		return HS_ESTATE;
	}
	return HS_OK;
}

/* ACTIVE => READY. True: it was kicked before its CPU was given up. */
static bool set_vcpu_inactive(struct vcpu *v)
{
	bool kicked;

	atomic_set(&v->cpu, NO_CPU);
	kicked = atomic_read(&v->kick) != 0; /* see vcpu_kick() */
	if (v->off != 0) {
		v->off = 0;
		atomic_set(&v->power, POWER_OFF);
	}
	atomic_set(&v->state, VCPU_READY);
	return kicked;
}

/* The stage 2 of the VM, and its traps. */
static void vm_el2_restore(struct cpu *c, struct vcpu *v)
{
	struct vm *m = &vms[v->vm];
	u64 hcr = HCR_GUEST;

	if (features.pauth) {
		hcr |= HCR_APK | HCR_API;
	}
	if (v->serror != 0) {
		hcr |= HCR_VSE;
	}
	sysregs_walks_off();
	sysreg_write(vttbr_el2, s2_vttbr(v->vm));
	sysreg_write(hcr_el2, hcr);
	sysreg_write(vmpidr_el2, BIT(31) | v->id);
	isb();
	/* Two vCPUs share a VMID: private translations must not (D8.14.4). */
	if (m->last_vcpu[c->id] != v->id + 1u) {
		if (m->last_vcpu[c->id] != 0) {
			tlb_flush_local_stage1();
		}
		m->last_vcpu[c->id] = (u8)(v->id + 1u);
	}
}

/* The vCPU that x1 and x2 name becomes active here. */
static enum hs_error claim_vcpu(struct cpu *c, const u64 *x, struct vcpu **v)
{
	enum hs_error err;

	if ((x[3] & ~(u64)HS_RUN_ABORT) != 0) {
		return HS_EINVAL;
	}
	/* Pinned until the vCPU is active: then vm_destroy() sees that. */
	err = vm_pin(x[1]);
	if (err != HS_OK) {
		return err;
	}
	*v = vcpu_get((u32)x[1], x[2]);
	err = *v != NULL ? set_vcpu_active(c, *v) : HS_ENOENT;
	vm_unpin(x[1]);
	return err;
}

static bool is_off(struct cpu *c, struct vcpu *v)
{
	u32 i;

	if (atomic_read(&v->power) == POWER_ON) {
		return false;
	}
	for (i = 0; i < RECORD_REGS; i++) {
		c->host.x[i] = 0;
	}
	c->host.x[0] = HS_OK;
	c->host.x[1] = HS_EXIT_VCPU_OFF;
	return true;
}

enum hs_error restore_vm(struct cpu *c)
{
	const u64 *x = c->host.x; /* a copy in EL2: dom0 cannot change it now */
	struct vcpu *v = NULL;
	enum hs_error err = claim_vcpu(c, x, &v);

	if (err != HS_OK) {
		c->host.x[0] = (u64)(s64)err;
		return err;
	}
	if (is_off(c, v)) {
		(void)set_vcpu_inactive(v);
		return HS_EBUSY;
	}
	c->vcpu = v;
	if (entry_merge(&v->ctx, &v->exit, x[3], x[4])) {
		v->abort_next = 1;
	}
	v->halt_ticks = x[5];
	vm_el2_restore(c, v);
	debug_enter(c, v);
	pmu_stop(c, v);
	context_restore(&v->ctx);
	if (v->abort_next != 0) {
		v->abort_next = 0;
		inject_external_abort(v->shadow.esr, v->shadow.far);
	}
	vtimer_load(v);
	vgic_load(c, v);
	return HS_OK;
}

void save_vm(struct cpu *c)
{
	struct vcpu *v = c->vcpu;

	context_save(&v->ctx);
	debug_leave(c, v);
	vgic_save(c, v);
	vtimer_save(v);
	v->serror = (sysreg_read(hcr_el2) & HCR_VSE) != 0 ? 1u : 0u;
}

void restore_host(struct cpu *c)
{
	struct vcpu *v = c->vcpu;

	host_el2_restore(c);
	context_restore(&c->host);
	if (v != NULL) {
		pmu_start(c);
		c->vcpu = NULL;
		exit_record_show(&v->exit, v->wake, c->host.x);
		v->wake = 0;
		if (set_vcpu_inactive(v) && c->host.x[1] == HS_EXIT_WFI) {
			/* Kicked since it decided to sleep: run it again. */
			c->host.x[1] = HS_EXIT_IRQ;
			c->host.x[2] = 0;
		}
	}
	isb();
}
