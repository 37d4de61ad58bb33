/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests' timers: the virtual one in hardware, the physical one emulated on
 * EL2's own timer (CNTHP). No level of either is asserted while dom0 runs.
 */
#ifndef GIC_VTIMER_H
#define GIC_VTIMER_H

#include "arch/cpu.h"
#include "arch/sysreg.h"
#include "vm/vcpu.h"

#define NO_DEADLINE (~0ull)

/*@ requires \valid(v);
    assigns v->timer;
    exits \false;
    ensures v->timer.cntv_ctl == 0 && v->timer.cntv_cval == 0;
    ensures v->timer.cntp_ctl == 0 && v->timer.cntp_cval == 0; */
void vtimer_reset(struct vcpu *v);
/* To and from hardware. */
/*@ requires \valid(v) && v->vm < MAX_VMS;
    assigns v->vgic.priv.line, arch_time, hw_cntvoff_el2, hw_cnthctl_el2, hw_cntv_cval_el0,
      hw_cntv_ctl_el0, hw_cnthp_cval_el2, hw_cnthp_ctl_el2;
    exits \false;
    ensures hw_cntvoff_el2 == vms[v->vm].cntvoff && hw_cnthctl_el2 == CNTHCTL_EL1PCTEN;
    ensures hw_cntv_cval_el0 == v->timer.cntv_cval && hw_cntv_ctl_el0 == v->timer.cntv_ctl; */
void vtimer_load(struct vcpu *v);
/* Nothing of the guest's timer stays where dom0 could read it. */
/*@ requires \valid(v);
    assigns v->timer.cntv_ctl, v->timer.cntv_cval, hw_cntvoff_el2, hw_cnthctl_el2,
      hw_cntv_cval_el0, hw_cntv_ctl_el0, hw_cnthp_ctl_el2;
    exits \false;
    ensures v->timer.cntv_cval == \old(hw_cntv_cval_el0);
    ensures v->timer.cntv_ctl == (\old(hw_cntv_ctl_el0) & 3);
    ensures hw_cntv_ctl_el0 == 0 && hw_cntv_cval_el0 == 0 && hw_cnthp_ctl_el2 == 0 &&
      hw_cntvoff_el2 == 0 && hw_cnthctl_el2 == (CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN); */
void vtimer_save(struct vcpu *v);

/* When (counter of dom0) a timer of v will fire; NO_DEADLINE. v runs here. */
/*@ requires \valid(v) && v->vm < MAX_VMS;
    assigns \nothing;
    exits \false;
    ensures (hw_cntv_ctl_el0 & 3) != TIMER_ENABLE && (v->timer.cntp_ctl & 3) != TIMER_ENABLE ==>
      \result == 0xffffffffffffffff; */
u64 vtimer_deadline(struct vcpu *v);

/* Sets the physical timer's line, and EL2's timer for the next event. */
/*@ requires \valid(v);
    assigns v->vgic.priv.line, arch_time, hw_cnthp_cval_el2, hw_cnthp_ctl_el2;
    exits \false;
    ensures hw_cnthp_ctl_el2 == 0 || (hw_cnthp_ctl_el2 == TIMER_ENABLE &&
      hw_cnthp_cval_el2 == v->timer.cntp_cval && v->timer.cntp_cval > arch_time); */
void vtimer_update(struct vcpu *v);

/* Waits in EL2 until an interrupt or the counter reaches deadline. */
/*@ requires \valid(v) && v->vm < MAX_VMS;
    assigns v->vgic.priv.line, arch_time, hw_cnthp_cval_el2, hw_cnthp_ctl_el2;
    exits \false;
    ensures hw_cnthp_ctl_el2 == 0 || hw_cnthp_cval_el2 == v->timer.cntp_cval; */
void vtimer_wait(struct vcpu *v, u64 deadline);

/* Trapped CNTP_{TVAL,CTL,CVAL}_EL0 (op2 0, 1, 2). False: no such register. */
/*@ requires \valid(v) && \valid(value) && \separated(value, v);
    assigns *value, arch_time;
    exits \false;
    ensures \result <==> op2 <= 2;
    ensures !\result ==> *value == \old(*value);
    ensures op2 == 0 ==> *value < 0x100000000;
    ensures op2 == 2 ==> *value == v->timer.cntp_cval; */
bool vtimer_sysreg_read(struct vcpu *v, u32 op2, u64 *value);
/*@ requires \valid(v);
    assigns v->timer.cntp_cval, v->timer.cntp_ctl, v->vgic.priv.line, arch_time, hw_cnthp_cval_el2,
      hw_cnthp_ctl_el2;
    exits \false;
    ensures \result <==> op2 <= 2;
    ensures op2 != 1 ==> v->timer.cntp_ctl == \old(v->timer.cntp_ctl);
    ensures op2 == 1 ==> v->timer.cntp_ctl == (value & 3);
    ensures op2 == 2 ==> v->timer.cntp_cval == value;
    ensures op2 == 1 || op2 > 2 ==> v->timer.cntp_cval == \old(v->timer.cntp_cval); */
bool vtimer_sysreg_write(struct vcpu *v, u32 op2, u64 value);

#endif
