/* SPDX-License-Identifier: BSD-2-Clause */
#include "gic/vtimer.h"

#include "arch/cpu.h"
#include "gic/vgic.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define ON_MASK ((u64)(TIMER_ENABLE | TIMER_IMASK))

void vtimer_reset(struct vcpu *v)
{
	v->timer.cntv_ctl = 0;
	v->timer.cntv_cval = 0;
	v->timer.cntp_ctl = 0;
	v->timer.cntp_cval = 0;
}

/*@ assigns \nothing;
    exits \false;
    ensures \result <==> (ctl & 3) == TIMER_ENABLE; */
static bool armed(u64 ctl)
{
	return (ctl & ON_MASK) == TIMER_ENABLE;
}

void vtimer_update(struct vcpu *v)
{
	const struct vtimer *t = &v->timer;
	bool fired = armed(t->cntp_ctl) && t->cntp_cval <= arch_counter();

	vgic_set_private_line(&v->vgic, INTID_PTIMER, fired);
	if (armed(t->cntp_ctl) && !fired) {
		sysreg_write(cnthp_cval_el2, t->cntp_cval);
		sysreg_write(cnthp_ctl_el2, TIMER_ENABLE);
	} else {
		sysreg_write(cnthp_ctl_el2, 0);
	}
	isb();
}

void vtimer_load(struct vcpu *v)
{
	/* CNTV_CTL is 0 here: the offset changes under a stopped timer. */
	sysreg_write(cntvoff_el2, vms[v->vm].cntvoff);
	sysreg_write(cnthctl_el2, CNTHCTL_EL1PCTEN); /* CNTP_* trap */
	sysreg_write(cntv_cval_el0, v->timer.cntv_cval);
	isb();
	sysreg_write(cntv_ctl_el0, v->timer.cntv_ctl);
	vtimer_update(v);
}

void vtimer_save(struct vcpu *v)
{
	v->timer.cntv_ctl = sysreg_read(cntv_ctl_el0) & ON_MASK;
	v->timer.cntv_cval = sysreg_read(cntv_cval_el0);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntv_cval_el0, 0);
	sysreg_write(cnthp_ctl_el2, 0);
	isb(); /* both levels are low before dom0 runs */
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
}

u64 vtimer_deadline(struct vcpu *v)
{
	u64 cval = sysreg_read(cntv_cval_el0);
	u64 off = vms[v->vm].cntvoff;
	u32 line = v->vgic.priv.line;
	u64 deadline = NO_DEADLINE;

	/* One that has fired was considered already, and is not wanted now. */
	if (armed(sysreg_read(cntv_ctl_el0)) && (line & BIT32(INTID_VTIMER)) == 0 &&
	    cval <= NO_DEADLINE - off) {
		deadline = cval + off;
	}
	if (armed(v->timer.cntp_ctl) && (line & BIT32(INTID_PTIMER)) == 0 &&
	    v->timer.cntp_cval < deadline) {
		deadline = v->timer.cntp_cval;
	}
	return deadline;
}

void vtimer_wait(struct vcpu *v, u64 deadline)
{
	u64 next = vtimer_deadline(v);

	sysreg_write(cnthp_cval_el2, next < deadline ? next : deadline);
	sysreg_write(cnthp_ctl_el2, TIMER_ENABLE);
	isb();
	arch_wfi();
	vtimer_update(v);
}

bool vtimer_sysreg_read(struct vcpu *v, u32 op2, u64 *value)
{
	const struct vtimer *t = &v->timer;
	u64 now = arch_counter();

	switch (op2) {
	case 0:
		*value = (u32)(t->cntp_cval - now);
		return true;
	case 1:
		*value = t->cntp_ctl;
		if ((t->cntp_ctl & TIMER_ENABLE) != 0 && t->cntp_cval <= now) {
			*value |= TIMER_ISTATUS;
		}
		return true;
	case 2:
		*value = t->cntp_cval;
		return true;
	default:
		return false;
	}
}

bool vtimer_sysreg_write(struct vcpu *v, u32 op2, u64 value)
{
	struct vtimer *t = &v->timer;

	switch (op2) {
	case 0:
		t->cntp_cval = arch_counter() + (u64)(s64)(int32_t)(u32)value;
		break;
	case 1:
		t->cntp_ctl = value & ON_MASK;
		break;
	case 2:
		t->cntp_cval = value;
		break;
	default:
		return false;
	}
	vtimer_update(v);
	return true;
}
