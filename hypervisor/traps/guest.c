/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits of guests: what EL2 does itself, and what dom0 gets to see. */
#include "arch/cpu.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "gic/vgic.h"
#include "gic/vtimer.h"
#include "arch/atomic.h"
#include "psci/psci.h"
#include "traps/traps.h"
#include "vm/vm.h"

/* What a handler says about the guest. */
enum trap_result {
	TRAP_RESUME, /* go on where PC is */
	TRAP_SKIP,   /* go on after the instruction */
	TRAP_UNDEF,  /* the instruction does not exist for the guest */
	TRAP_EXIT,   /* to dom0, by v->exit */
};

typedef enum trap_result (*trap_fn)(struct cpu *c, struct vcpu *v);

#define ISS_WFE BIT(0)
#define HALT_MAX_PART 5000u /* cntfrq / 5000: 200 microseconds */

static bool is_own(u32 intid)
{
	return intid == INTID_VTIMER || intid == INTID_HTIMER || intid == INTID_MAINT ||
	       intid == INTID_KICK;
}

void exit_populate_fault(struct cpu *c, enum exit_cause cause)
{
	struct shadow *s = &c->vcpu->shadow;

	s->cause = cause;
	s->ec = EXIT_TRAP;
	switch (cause) {
	case CAUSE_SYNC:
		s->esr = sysreg_read(esr_el2);
		s->far = sysreg_read(far_el2);
		s->hpfar = sysreg_read(hpfar_el2);
		break;
	case CAUSE_IRQ:
		s->intid = gic_pending();
		/* Spurious: what was pending went away; nothing to tell dom0. */
		if (!is_own(s->intid) && s->intid != INTID_SPURIOUS) {
			s->ec = EXIT_INTERRUPT;
			c->vcpu->exit.kind = HS_EXIT_IRQ;
		}
		break;
	case CAUSE_FIQ:
		s->ec = EXIT_INTERRUPT;
		c->vcpu->exit.kind = HS_EXIT_IRQ;
		break;
	default: /* SError: handled as a trap */
		break;
	}
}

enum exit_class get_shadow_ec(const struct cpu *c)
{
	return c->vcpu->shadow.ec;
}

static enum trap_result leave(struct vcpu *v, enum hs_exit kind, u64 arg)
{
	v->exit.kind = kind;
	v->exit.arg[0] = arg;
	v->exit.open = 0;
	return TRAP_EXIT;
}

/*
 * WFI: with nothing to take, waits here for at most the time that dom0 allowed
 * and then leaves with the next deadline. PC moves on first: WFI may always
 * complete early.
 */
static enum trap_result halt(struct cpu *c, struct vcpu *v)
{
	u64 max = sysreg_read(cntfrq_el0) / HALT_MAX_PART;
	u64 until;

	vgic_sync(c, v);
	if (vgic_has_pending(v)) {
		return TRAP_RESUME;
	}
	until = arch_counter() + (v->halt_ticks < max ? v->halt_ticks : max);
	while (v->halt_ticks != 0 && arch_counter() < until) {
		u32 intid;

		vtimer_wait(v, until);
		intid = gic_pending();
		if (intid == INTID_KICK) {
			gic_ack_kick(c);
		} else if (intid != INTID_SPURIOUS && !is_own(intid)) {
			return leave(v, HS_EXIT_IRQ, 0);
		}
		vgic_sync(c, v);
		if (vgic_has_pending(v)) {
			return TRAP_RESUME;
		}
		if (atomic_read(&vms[v->vm].state) != HS_VM_VERIFIED) {
			break;
		}
	}
	return leave(v, HS_EXIT_WFI, vtimer_deadline(v));
}

static enum trap_result trap_wfx(struct cpu *c, struct vcpu *v)
{
	skip_instruction();
	return (v->shadow.esr & ISS_WFE) != 0 ? TRAP_RESUME : halt(c, v);
}

static enum trap_result trap_hvc(struct cpu *c, struct vcpu *v)
{
	if ((v->shadow.esr & 0xffffu) != 0) {
		v->ctx.x[0] = (u64)PSCI_NOT_SUPPORTED; /* SMCCC: only HVC #0 */
		return TRAP_RESUME;
	}
	if ((v->ctx.x[0] & 0xffff0000u) == HS_FN_BASE) {
		switch (guest_hvc_dispatcher(v)) {
		case GUEST_CALL_EXIT:
			return TRAP_EXIT;
		case GUEST_CALL_AGAIN:
			sysreg_write(elr_el2, sysreg_read(elr_el2) - 4u);
			return TRAP_EXIT;
		default:
			return TRAP_RESUME;
		}
	}
	switch (psci_guest_call(c, v)) {
	case PSCI_LEAVE:
		return TRAP_EXIT;
	case PSCI_HALT:
		return halt(c, v);
	default:
		return TRAP_RESUME;
	}
}

static enum trap_result trap_smc(struct cpu *c, struct vcpu *v)
{
	skip_instruction();
	return trap_hvc(c, v);
}

#define SYS_ICC_SGI1R SYS_ENC(3u, 0u, 12u, 11u, 5u)
#define SYS_ICC_ASGI1R SYS_ENC(3u, 0u, 12u, 11u, 6u)
#define SYS_ICC_SGI0R SYS_ENC(3u, 0u, 12u, 11u, 7u)
#define SYS_ICC_SRE SYS_ENC(3u, 0u, 12u, 12u, 5u)
#define SYS_ACTLR SYS_ENC(3u, 0u, 1u, 0u, 1u)
#define SYS_CNTP(op2) SYS_ENC(3u, 3u, 14u, 2u, op2)
#define SYS_OSLAR SYS_ENC(2u, 0u, 1u, 0u, 4u)
#define SYS_OSLSR SYS_ENC(2u, 0u, 1u, 1u, 4u)
#define SYS_OSDLR SYS_ENC(2u, 0u, 1u, 3u, 4u)
#define SYS_MDRAR SYS_ENC(2u, 0u, 1u, 0u, 0u)
#define SYS_DC_ISW SYS_ENC(1u, 0u, 7u, 6u, 2u)
#define SYS_DC_CSW SYS_ENC(1u, 0u, 7u, 10u, 2u)
#define SYS_DC_CISW SYS_ENC(1u, 0u, 7u, 14u, 2u)
#define OSLSR_OSLM BIT(3) /* OS lock implemented */
#define OSLSR_OSLK BIT(1)

/* Breakpoint, watchpoint and MDSCR accesses: the guest wants its own set. */
static bool is_debug(u32 enc)
{
	u32 crn = (u32)bits(enc, 13, 10);

	return (enc >> 20) == 2u && crn == 0u && bits(enc, 16, 14) == 0;
}

static enum trap_result sysreg_read_trap(struct vcpu *v, u32 enc, u64 *value)
{
	if (features_id_reg(enc, true, value)) {
		return TRAP_SKIP;
	}
	switch (enc) {
	case SYS_CNTP(0u):
	case SYS_CNTP(1u):
	case SYS_CNTP(2u):
		return vtimer_sysreg_read(v, (u32)bits(enc, 19, 17), value) ? TRAP_SKIP
									    : TRAP_UNDEF;
	case SYS_ICC_SRE:
		*value = 7; /* system registers only */
		return TRAP_SKIP;
	case SYS_ACTLR:
	case SYS_OSDLR:
	case SYS_MDRAR:
		*value = 0;
		return TRAP_SKIP;
	case SYS_OSLSR:
		*value = v->oslsr | OSLSR_OSLM;
		return TRAP_SKIP;
	default:
		return TRAP_UNDEF;
	}
}

static enum trap_result sysreg_write_trap(struct cpu *c, struct vcpu *v, u32 enc, u64 value)
{
	switch (enc) {
	case SYS_ICC_SGI1R:
		vgic_send_sgi(c, v, value);
		return TRAP_SKIP;
	case SYS_ICC_SGI0R: /* group 0 SGIs of one security state: the same */
		vgic_send_sgi(c, v, value);
		return TRAP_SKIP;
	case SYS_ICC_ASGI1R: /* the other security state does not exist */
	case SYS_ICC_SRE:    /* RAO/WI */
	case SYS_ACTLR:	     /* nothing in it is offered */
	case SYS_OSDLR:
		return TRAP_SKIP;
	case SYS_OSLAR:
		v->oslsr = (value & 1u) != 0 ? OSLSR_OSLK : 0u;
		return TRAP_SKIP;
	case SYS_CNTP(0u):
	case SYS_CNTP(1u):
	case SYS_CNTP(2u):
		if (!vtimer_sysreg_write(v, (u32)bits(enc, 19, 17), value)) {
			return TRAP_UNDEF;
		}
		vgic_sync(c, v);
		return TRAP_SKIP;
	/*
	 * Set/way operations: all RAM of the guest was cleaned to PoC before
	 * it was mapped, and nothing else wrote it with the caches on.
	 */
	case SYS_DC_ISW:
	case SYS_DC_CSW:
	case SYS_DC_CISW:
		return TRAP_SKIP;
	default:
		return TRAP_UNDEF;
	}
}

static enum trap_result trap_sysreg(struct cpu *c, struct vcpu *v)
{
	u32 enc = (u32)v->shadow.esr & SYS_ENC_MASK;
	u32 rt = ESR_SYS_RT(v->shadow.esr);
	enum trap_result r;
	u64 value = 0;

	if (is_debug(enc) && v->debug_live == 0) {
		debug_save(&c->host_debug);
		debug_restore(&v->debug);
		v->debug_live = 1;
		sysreg_write(mdcr_el2, sysreg_read(mdcr_el2) & ~MDCR_TDA);
		return TRAP_RESUME;
	}
	if ((v->shadow.esr & ESR_SYS_READ) == 0) {
		return sysreg_write_trap(c, v, enc, rt == 31u ? 0 : v->ctx.x[rt]);
	}
	r = sysreg_read_trap(v, enc, &value);
	if (r == TRAP_SKIP && rt != 31u) {
		v->ctx.x[rt] = value;
	}
	return r;
}

static enum trap_result external_abort(struct vcpu *v)
{
	inject_external_abort(v->shadow.esr, v->shadow.far);
	return TRAP_RESUME;
}

static bool is_ram(const struct vcpu *v, u64 gfn)
{
	return gfn >= (HS_GUEST_RAM_BASE >> PAGE_SHIFT) &&
	       gfn - (HS_GUEST_RAM_BASE >> PAGE_SHIFT) < vms[v->vm].ram_pages;
}

/* An access to the GIC: done here. */
static enum trap_result gic_access(struct cpu *c, struct vcpu *v, u64 ipa, u32 size)
{
	u32 rt = v->exit.rt;
	u64 value = rt == 31u ? 0 : v->ctx.x[rt];

	if ((v->shadow.esr & ESR_WNR) != 0) {
		return vgic_mmio_write(c, v, ipa, size, value) ? TRAP_SKIP : external_abort(v);
	}
	if (!vgic_mmio_read(c, v, ipa, size, &value)) {
		return external_abort(v);
	}
	if (rt != 31u) {
		v->ctx.x[rt] = v->exit.wide != 0 ? value : (u32)value;
	}
	return TRAP_SKIP;
}

/* A device: decoded from our copy of the syndrome, forwarded to dom0. */
static enum trap_result mmio(struct cpu *c, struct vcpu *v, u64 ipa)
{
	u64 esr = v->shadow.esr;
	u32 size = 1u << (u32)bits(esr, 23, 22);
	struct exit_record *e = &v->exit;

	if ((esr & ESR_ISV) == 0 || (esr & ESR_S1PTW) != 0) {
		return external_abort(v); /* no single register: nothing to forward */
	}
	e->rt = (u32)bits(esr, 20, 16);
	e->sign_extend = (esr & ESR_SSE) != 0 ? 1u : 0u;
	e->wide = (esr & ESR_SF) != 0 ? 1u : 0u;
	if (vgic_owns(v->vm, ipa)) {
		return gic_access(c, v, ipa, size);
	}
	e->arg[0] = ipa;
	e->arg[1] = size;
	e->arg[2] = 0;
	e->open = 1;
	if ((esr & ESR_WNR) != 0) {
		u64 value = e->rt == 31u ? 0 : v->ctx.x[e->rt];

		e->kind = HS_EXIT_MMIO_WRITE;
		e->arg[2] = size == 8u ? value : value & ((1ull << (8u * size)) - 1u);
	} else {
		e->kind = HS_EXIT_MMIO_READ;
	}
	return TRAP_EXIT;
}

static enum trap_result trap_abort(struct cpu *c, struct vcpu *v)
{
	u64 esr = v->shadow.esr;
	u32 type = FSC_TYPE(ESR_FSC(esr));
	u64 gfn = bits(v->shadow.hpfar, 43, 4);

	/* HPFAR is valid for these; no stage 2 entry of a guest faults otherwise. */
	if (type != FSC_TRANSLATION && type != FSC_ACCESS) {
		return external_abort(v);
	}
	if (is_ram(v, gfn)) {
		return leave(v, HS_EXIT_RAM, gfn);
	}
	if (ESR_EC(esr) == EC_IABT_LOW || gfn >= (HS_GUEST_RAM_BASE >> PAGE_SHIFT)) {
		return external_abort(v);
	}
	return mmio(c, v, (gfn << PAGE_SHIFT) | (v->shadow.far & 0xfffu));
}

static enum trap_result trap_undef(struct cpu *c, struct vcpu *v)
{
	(void)c;
	(void)v;
	return TRAP_UNDEF;
}

/* clang-format off */
static const trap_fn trap_table[EC_COUNT] = {
	[EC_WFX]	= trap_wfx,
	[EC_HVC64]	= trap_hvc,	/* PC is already past the HVC */
	[EC_SMC64]	= trap_smc,	/* PC is at the SMC */
	[EC_SYS64]	= trap_sysreg,
	[EC_DABT_LOW]	= trap_abort,
	[EC_IABT_LOW]	= trap_abort,
};
/* clang-format on */

/* EL2's own interrupts, and those that went away. */
static enum trap_result own_interrupt(struct cpu *c, struct vcpu *v)
{
	switch (v->shadow.intid) {
	case INTID_VTIMER:
		vgic_inject_vtimer(c, v);
		break;
	case INTID_HTIMER:
		vtimer_update(v);
		vgic_sync(c, v);
		break;
	case INTID_KICK:
		gic_ack_kick(c);
		vgic_sync(c, v);
		break;
	default:
		vgic_sync(c, v);
		break;
	}
	if (atomic_read(&vms[v->vm].state) != HS_VM_VERIFIED) {
		return leave(v, HS_EXIT_IRQ, 0);
	}
	return TRAP_RESUME;
}

static enum trap_result serror(struct vcpu *v)
{
	v->serror = 1;
	sysreg_write(hcr_el2, sysreg_read(hcr_el2) | HCR_VSE);
	return TRAP_RESUME;
}

u32 vm_exit_dispatcher(struct cpu *c)
{
	struct vcpu *v = c->vcpu;
	enum trap_result r;

	if (v->shadow.cause == CAUSE_IRQ) {
		r = own_interrupt(c, v);
	} else if (v->shadow.cause == CAUSE_SERROR) {
		r = serror(v);
	} else {
		trap_fn handler = trap_table[ESR_EC(v->shadow.esr)];

		r = handler != NULL ? handler(c, v) : trap_undef(c, v);
	}
	if (r == TRAP_UNDEF) {
		inject_undef();
	} else if (r == TRAP_SKIP) {
		skip_instruction();
	}
	if (r != TRAP_EXIT && atomic_read(&v->kick) != 0) {
		vgic_sync(c, v);
	}
	/* vCPUs that run nowhere have something to do: dom0 has to wake them. */
	if (r != TRAP_EXIT && v->wake != 0) {
		r = leave(v, HS_EXIT_KICK, 0);
	}
	return r == TRAP_EXIT ? 1u : 0u;
}
