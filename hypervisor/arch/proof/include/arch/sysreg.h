/* SPDX-License-Identifier: BSD-2-Clause */
/* For the provers: a system register is a variable. */
#ifndef ARCH_PROOF_SYSREG_H
#define ARCH_PROOF_SYSREG_H

#include "../../../aarch64/include/arch/sysreg.h"

#undef sysreg_read
#undef sysreg_write
#define HW_VARIABLE(reg) hw_##reg
#define sysreg_read(reg) HW_VARIABLE(reg)
#define sysreg_write(reg, v) (HW_VARIABLE(reg) = (v))

extern u64 hw_cntfrq_el0, hw_cnthctl_el2, hw_cnthp_ctl_el2, hw_cnthp_cval_el2, hw_cntv_ctl_el0,
	hw_cntv_cval_el0, hw_cntvoff_el2, hw_elr_el1, hw_elr_el2, hw_esr_el1, hw_esr_el2,
	hw_far_el1, hw_far_el2, hw_hcr_el2, hw_hpfar_el2, hw_mdcr_el2, hw_mpidr_el1, hw_sctlr_el1,
	hw_spsr_el1, hw_spsr_el2, hw_tpidr_el2, hw_vbar_el1, hw_vmpidr_el2, hw_vttbr_el2;

#endif
