/* SPDX-License-Identifier: BSD-2-Clause */
#include "gic/vgic.h"

#include "arch/cpu.h"
#include "arch/lr.h"
#include "cpu/cpu.h"
#include "gic/gic.h"
#include "arch/atomic.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* ICH_LRn_EL2 (IHI 0069 12.4.6) and ICH_HCR_EL2. */
#define LR_PENDING VGIC_LR_PENDING
#define LR_ACTIVE VGIC_LR_ACTIVE
#define LR_STATE (LR_PENDING | LR_ACTIVE)
#define LR_HW BIT(61)
#define LR_GROUP1 BIT(60)
#define LR_PRIO_SHIFT 48u
#define LR_PINTID_SHIFT 32u
#define LR_SOFT BIT(40) /* ours (RES0 when HW = 0): made pending by an edge or ISPENDR */
#define LR_EOI BIT(41)	/* maintenance interrupt when it ends; HW = 0 only */
#define ICH_HCR_EN BIT(0)
#define ICH_HCR_UIE BIT(1)	   /* when at most one list register is in use */
#define ICH_VMCR_RESET 0x4c0008ull /* as after reset: BPR 2 and 3, PMR 0, VFIQEn */

static u32 lr_intid(u64 lr)
{
	return (u32)lr & 0x3ffu; /* ours have 8 bits */
}

static u32 nr_lrs(void)
{
	u32 n = (u32)(sysreg_read(ICH_VTR_EL2) & 0x1fu) + 1u;

	return n < VGIC_MAX_LRS ? n : VGIC_MAX_LRS;
}

/* Active priority registers: one for up to 5 bits of preemption, 2, or 4. */
static u32 nr_aprs(void)
{
	u32 prebits = (u32)bits(sysreg_read(ICH_VTR_EL2), 28, 26) + 1u;

	return prebits <= 5u ? 1u : prebits == 6u ? 2u : 4u;
}

void vgic_reset_vm(struct vm_data *d)
{
	u32 i;

	d->ctlr = 0;
	for (i = 0; i < HS_NR_INTIDS; i++) {
		d->target[i] = 0;
	}
}

void vgic_reset_vcpu(struct vgic_cpu *g)
{
	g->priv.edge = 0xffffu; /* SGIs are edge triggered */
	g->vmcr = ICH_VMCR_RESET;
	g->asleep = 1;
}

static struct vgic_bank *bank_of(struct vcpu *v, u32 word)
{
	return word == 0 ? &v->vgic.priv : &vm_data(v->vm)->spi[word];
}

/* What v has in list registers of this word, and what anybody has. */
static u32 listed_by(struct vcpu *v, u32 word)
{
	return word == 0 ? v->vgic.listed : atomic_read(&vm_data(v->vm)->listed[word][v->id]);
}

static u32 listed_by_anyone(struct vcpu *v, u32 word)
{
	u32 all = 0;
	u32 i;

	if (word == 0) {
		return v->vgic.listed;
	}
	for (i = 0; i < vms[v->vm].nr_vcpus; i++) {
		all |= atomic_read(&vm_data(v->vm)->listed[word][i]);
	}
	return all;
}

static void set_listed(struct vcpu *v, u32 intid, bool on)
{
	u32 *w = intid < 32u ? &v->vgic.listed : &vm_data(v->vm)->listed[intid / 32u][v->id];

	if (on) {
		(void)atomic_or(w, BIT32(intid % 32u));
	} else {
		(void)atomic_and(w, ~BIT32(intid % 32u));
	}
}

static u32 target_of(u32 vm, u32 intid)
{
	return __atomic_load_n(&vm_data(vm)->target[intid], __ATOMIC_SEQ_CST);
}

static u32 raised(const struct vgic_bank *b)
{
	return atomic_read(&b->latch) | (atomic_read(&b->line) & ~atomic_read(&b->edge));
}

/* Interrupts of a word that could be signalled to v if it had room. */
static u32 deliverable(struct vcpu *v, u32 word)
{
	struct vgic_bank *b = bank_of(v, word);
	u32 ctlr = vm_data(v->vm)->ctlr;
	u32 p = raised(b) & b->enabled & ~b->active;
	u32 mine = 0;

	p &= (ctlr & 1u ? ~b->group : 0u) | (ctlr & 2u ? b->group : 0u);
	if (word == 0 || p == 0) {
		return p;
	}
	for (u32 rest = p; rest != 0; rest &= rest - 1u) {
		u32 bit = (u32)__builtin_ctz(rest);

		if (target_of(v->vm, word * 32u + bit) == v->id) {
			mine |= BIT32(bit);
		}
	}
	return mine;
}

bool vgic_has_pending(struct vcpu *v)
{
	u32 word;
	u32 i;

	for (word = 0; word < VGIC_WORDS; word++) {
		u32 want = deliverable(v, word);

		if (want != 0 && (want & ~listed_by_anyone(v, word)) != 0) {
			return true;
		}
	}
	/* The list registers are live here: vgic_has_pending() runs on v's CPU. */
	for (i = 0; i < VGIC_MAX_LRS; i++) {
		if ((v->vgic.lr_used & BIT32(i)) != 0 && (arch_lr_read(i) & LR_PENDING) != 0) {
			return true;
		}
	}
	return false;
}

/* An SPI that is not v's any more: its target must look again. */
static void tell_target(struct vcpu *v, u32 intid)
{
	struct vcpu *t = intid < 32u ? v : vcpu_get(v->vm, target_of(v->vm, intid));

	if (t != v && t != NULL && vcpu_kick(t)) {
		v->wake |= BIT32(t->id);
	}
}

/* Empties list register i; again: what was a pending edge is one again. */
static void lr_drop(struct cpu *c, struct vcpu *v, u32 i, bool again)
{
	u64 lr = arch_lr_read(i);
	u32 intid = lr_intid(lr);
	struct vgic_bank *b = bank_of(v, intid / 32u);

	arch_lr_write(i, 0);
	v->vgic.lr_used &= ~BIT32(i);
	if (again && (lr & LR_PENDING) != 0 && (b->edge & BIT32(intid % 32u)) != 0) {
		(void)atomic_or(&b->latch, BIT32(intid % 32u));
	}
	set_listed(v, intid, false);
	if ((lr & LR_HW) != 0) {
		gic_set_timer_active(c, false);
	}
	tell_target(v, intid);
}

/* Whether a pending interrupt may stay in a list register. */
static bool still_wanted(struct vcpu *v, u64 lr)
{
	u32 intid = lr_intid(lr);
	struct vgic_bank *b = bank_of(v, intid / 32u);
	u32 bit = BIT32(intid % 32u);
	u32 ctlr = vm_data(v->vm)->ctlr;

	if ((b->enabled & bit) == 0 || (ctlr & ((b->group & bit) != 0 ? 2u : 1u)) == 0 ||
	    (intid >= 32u && target_of(v->vm, intid) != v->id)) {
		return false;
	}
	return (b->edge & bit) != 0 || (raised(b) & bit) != 0 || (lr & LR_SOFT) != 0;
}

/* Takes back what was listed but is not to be signalled any more. */
static void withdraw(struct cpu *c, struct vcpu *v)
{
	u32 used;

	for (used = v->vgic.lr_used; used != 0; used &= used - 1u) {
		u32 i = (u32)__builtin_ctz(used);
		u64 lr = arch_lr_read(i);

		if ((lr & LR_STATE) == LR_PENDING && !still_wanted(v, lr)) {
			lr_drop(c, v, i, true);
		}
	}
}

void vgic_park(struct cpu *c, struct vcpu *v)
{
	u32 used;

	for (used = v->vgic.lr_used; used != 0; used &= used - 1u) {
		lr_drop(c, v, (u32)__builtin_ctz(used), true);
	}
	sysreg_write(ICH_VMCR_EL2, ICH_VMCR_RESET);
	sysreg_write(ICH_AP0R(0), 0);
	sysreg_write(ICH_AP1R(0), 0);
	if (nr_aprs() > 1u) {
		sysreg_write(ICH_AP0R(1), 0);
		sysreg_write(ICH_AP1R(1), 0);
	}
	if (nr_aprs() > 2u) {
		sysreg_write(ICH_AP0R(2), 0);
		sysreg_write(ICH_AP1R(2), 0);
		sysreg_write(ICH_AP0R(3), 0);
		sysreg_write(ICH_AP1R(3), 0);
	}
}

void vgic_lr_clear(struct cpu *c, struct vcpu *v, u32 word, u32 mask, u64 state)
{
	u32 used;

	for (used = v->vgic.lr_used; used != 0; used &= used - 1u) {
		u32 i = (u32)__builtin_ctz(used);
		u64 lr = arch_lr_read(i);
		u32 intid = lr_intid(lr);

		if (intid / 32u != word || (mask & BIT32(intid % 32u)) == 0 || (lr & state) == 0) {
			continue;
		}
		if ((lr & LR_STATE & ~state) == 0) {
			lr_drop(c, v, i, false);
		} else {
			arch_lr_write(i, lr & ~state);
		}
	}
}

/* Frees list registers whose interrupt has ended. */
static void fold(struct cpu *c, struct vcpu *v)
{
	u32 done;

	done = v->vgic.lr_used & (u32)(sysreg_read(ICH_ELRSR_EL2) | sysreg_read(ICH_EISR_EL2));
	for (; done != 0; done &= done - 1u) {
		u32 i = (u32)__builtin_ctz(done);
		u64 lr = arch_lr_read(i);

		arch_lr_write(i, 0);
		v->vgic.lr_used &= ~BIT32(i);
		set_listed(v, lr_intid(lr), false);
		tell_target(v, lr_intid(lr));
		if ((lr & LR_HW) != 0) {
			c->timer_active = 0; /* the guest's EOI deactivated it */
		}
	}
}

static bool lr_alloc(struct vcpu *v, u32 *lr)
{
	u32 free_lrs = ~v->vgic.lr_used & (BIT32(nr_lrs()) - 1u);

	if (free_lrs == 0) {
		return false;
	}
	*lr = (u32)__builtin_ctz(free_lrs);
	return true;
}

static u64 lr_value(struct vcpu *v, u32 intid)
{
	struct vgic_bank *b = bank_of(v, intid / 32u);
	u32 bit = BIT32(intid % 32u);
	u64 lr = intid | LR_PENDING | ((u64)b->prio[intid % 32u] << LR_PRIO_SHIFT);

	if ((b->group & bit) != 0) {
		lr |= LR_GROUP1;
	}
	if ((b->edge & bit) == 0) {
		lr |= LR_EOI;
	}
	return lr;
}

/* False: no list register is free. */
static bool list_one(struct cpu *c, struct vcpu *v, u32 intid)
{
	struct vgic_bank *b = bank_of(v, intid / 32u);
	u32 bit = BIT32(intid % 32u);
	bool latched;
	u64 value;
	u32 lr;

	if (!lr_alloc(v, &lr)) {
		return false;
	}
	set_listed(v, intid, true);
	latched = (atomic_and(&b->latch, ~bit) & bit) != 0;
	value = lr_value(v, intid) | (latched ? LR_SOFT : 0u);
	if (intid == INTID_VTIMER && (b->edge & bit) == 0) {
		/* The guest's EOI also ends the physical interrupt. */
		value = (value & ~(LR_EOI | LR_SOFT)) | LR_HW |
			((u64)INTID_VTIMER << LR_PINTID_SHIFT);
		gic_set_timer_active(c, true);
	}
	v->vgic.lr_used |= BIT32(lr);
	c->lr_dirty |= BIT32(lr);
	arch_lr_write(lr, value);
	return true;
}

/* An edge on what is active here already: pending and active. */
static void relist(struct vcpu *v, u32 intid)
{
	u32 used = v->vgic.lr_used;

	for (; used != 0; used &= used - 1u) {
		u32 i = (u32)__builtin_ctz(used);
		u64 lr = arch_lr_read(i);

		if (lr_intid(lr) == intid && (lr & LR_HW) == 0) {
			(void)atomic_and(&bank_of(v, intid / 32u)->latch, ~BIT32(intid % 32u));
			if ((lr & LR_STATE) != 0) {
				arch_lr_write(i, lr | LR_PENDING);
			}
		}
	}
}

static void vtimer_line(struct vcpu *v)
{
	u64 ctl = sysreg_read(cntv_ctl_el0);

	vgic_set_private_line(&v->vgic, INTID_VTIMER,
			      (ctl & (TIMER_ENABLE | TIMER_IMASK | TIMER_ISTATUS)) ==
				      (TIMER_ENABLE | TIMER_ISTATUS));
}

void vgic_sync(struct cpu *c, struct vcpu *v)
{
	bool full = false;
	u32 word;

	atomic_set(&v->kick, 0);
	vtimer_line(v);
	if (v->vgic.lr_used != 0) {
		fold(c, v);
		withdraw(c, v);
	}
	if (c->timer_active != 0 && (v->vgic.listed & BIT32(INTID_VTIMER)) == 0 &&
	    (v->vgic.priv.line & BIT32(INTID_VTIMER)) == 0) {
		gic_set_timer_active(c, false); /* it may fire again */
	}
	for (word = 0; word < VGIC_WORDS && !full; word++) {
		u32 want = deliverable(v, word);
		u32 rest;

		if (want == 0) {
			continue;
		}
		rest = want & listed_by(v, word) & bank_of(v, word)->latch;
		for (; rest != 0; rest &= rest - 1u) {
			relist(v, word * 32u + (u32)__builtin_ctz(rest));
		}
		rest = want & ~listed_by_anyone(v, word);
		for (; rest != 0 && !full; rest &= rest - 1u) {
			full = !list_one(c, v, word * 32u + (u32)__builtin_ctz(rest));
		}
	}
	sysreg_write(ICH_HCR_EL2, ICH_HCR_EN | (full ? ICH_HCR_UIE : 0u));
	isb();
}

void vgic_inject_vtimer(struct cpu *c, struct vcpu *v)
{
	vgic_sync(c, v);
	if ((v->vgic.listed & BIT32(INTID_VTIMER)) == 0 &&
	    (v->vgic.priv.line & BIT32(INTID_VTIMER)) != 0) {
		/* The guest does not want it now: quiet until it changes its mind. */
		gic_set_timer_active(c, true);
	}
}

void vgic_set_private_line(struct vgic_cpu *g, u32 intid, bool high)
{
	if (high) {
		g->priv.line |= BIT32(intid);
	} else {
		g->priv.line &= ~BIT32(intid);
	}
}

void vgic_load(struct cpu *c, struct vcpu *v)
{
	struct vgic_cpu *g = &v->vgic;
	u32 lrs = g->lr_used | c->lr_dirty;
	u32 n = nr_aprs();

	for (; lrs != 0; lrs &= lrs - 1u) {
		u32 i = (u32)__builtin_ctz(lrs);

		arch_lr_write(i, (g->lr_used & BIT32(i)) != 0 ? g->lr[i] : 0);
	}
	c->lr_dirty = g->lr_used;
	sysreg_write(ICH_VMCR_EL2, g->vmcr);
	sysreg_write(ICH_AP0R(0), g->ap0r[0]);
	sysreg_write(ICH_AP1R(0), g->ap1r[0]);
	if (n > 1u) {
		sysreg_write(ICH_AP0R(1), g->ap0r[1]);
		sysreg_write(ICH_AP1R(1), g->ap1r[1]);
	}
	if (n > 2u) {
		sysreg_write(ICH_AP0R(2), g->ap0r[2]);
		sysreg_write(ICH_AP1R(2), g->ap1r[2]);
		sysreg_write(ICH_AP0R(3), g->ap0r[3]);
		sysreg_write(ICH_AP1R(3), g->ap1r[3]);
	}
	gic_enable_own(c);
	gic_set_timer_active(c, (g->listed & BIT32(INTID_VTIMER)) != 0);
	/* SRE without Enable: EL1 cannot change ICC_SRE_EL1. */
	sysreg_write(ICC_SRE_EL2, 0x7);
	vgic_sync(c, v);
}

void vgic_save(struct cpu *c, struct vcpu *v)
{
	struct vgic_cpu *g = &v->vgic;
	u32 n = nr_aprs();
	u32 used;

	if (g->lr_used != 0) {
		fold(c, v);
	}
	for (used = g->lr_used; used != 0; used &= used - 1u) {
		u32 i = (u32)__builtin_ctz(used);

		g->lr[i] = arch_lr_read(i);
	}
	g->vmcr = sysreg_read(ICH_VMCR_EL2);
	g->ap0r[0] = sysreg_read(ICH_AP0R(0));
	g->ap1r[0] = sysreg_read(ICH_AP1R(0));
	if (n > 1u) {
		g->ap0r[1] = sysreg_read(ICH_AP0R(1));
		g->ap1r[1] = sysreg_read(ICH_AP1R(1));
	}
	if (n > 2u) {
		g->ap0r[2] = sysreg_read(ICH_AP0R(2));
		g->ap1r[2] = sysreg_read(ICH_AP1R(2));
		g->ap0r[3] = sysreg_read(ICH_AP0R(3));
		g->ap1r[3] = sysreg_read(ICH_AP1R(3));
	}
	sysreg_write(ICH_HCR_EL2, 0);
	sysreg_write(ICC_SRE_EL2, 0xf);
}

u32 vgic_set_spi_line(u32 vm, u32 intid, bool high)
{
	struct vm_data *d = vm_data(vm);
	struct vgic_bank *b = &d->spi[intid / 32u];
	u32 bit = BIT32(intid % 32u);
	struct vcpu *t;

	if (!high) {
		/* Whoever has it listed takes it back at its next exit. */
		(void)atomic_and(&b->line, ~bit);
		return 0;
	}
	if ((atomic_or(&b->line, bit) & bit) == 0 && (atomic_read(&b->edge) & bit) != 0) {
		(void)atomic_or(&b->latch, bit);
	}
	t = vcpu_get(vm, target_of(vm, intid));
	return t != NULL && vcpu_kick(t) ? BIT32(t->id) : 0u;
}

static void sgi_to(struct cpu *c, struct vcpu *from, struct vcpu *to, u32 intid)
{
	(void)atomic_or(&to->vgic.priv.latch, BIT32(intid));
	if (to == from) {
		vgic_sync(c, from);
	} else if (vcpu_kick(to)) {
		from->wake |= BIT32(to->id);
	}
}

void vgic_send_sgi(struct cpu *c, struct vcpu *v, u64 value)
{
	u32 intid = (u32)bits(value, 27, 24);
	u32 list = (u32)value & 0xffffu;
	bool all_but_self = (value & BIT(40)) != 0;
	u32 i;

	/* Guests' vCPUs have affinity 0.0.0.n; anything else reaches nobody. */
	if (!all_but_self && (value & 0x00fff0ff00ff0000ull) != 0) {
		return;
	}
	for (i = 0; i < vms[v->vm].nr_vcpus; i++) {
		struct vcpu *t = vcpu_get(v->vm, i);
		bool wanted = all_but_self ? i != v->id : (list & BIT32(i)) != 0;

		if (t != NULL && wanted) {
			sgi_to(c, v, t, intid);
		}
	}
}
