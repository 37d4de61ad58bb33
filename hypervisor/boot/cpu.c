/* SPDX-License-Identifier: BSD-2-Clause */
/* What each CPU does once as it comes up, before it enters dom0. */
#include "arch/cpu.h"
#include "boot/boot.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "mm/pt.h"

#define HCR_HOST (HCR_VM | HCR_SWIO | HCR_TID3 | HCR_TSC | HCR_RW)

void cpu_init_el2(struct cpu *c)
{
	c->vcpu = NULL;
	c->ctx = &c->host;
	c->hcr_host = HCR_HOST | (features.pauth ? HCR_APK | HCR_API : 0u);
	c->mdcr_host = features.pmu ? bits(sysreg_read(pmcr_el0), 15, 11) : 0; /* HPMN: all */
	sysreg_write(hcr_el2, c->hcr_host);
	sysreg_write(mdcr_el2, c->mdcr_host);
	sysreg_write(cptr_el2, CPTR_EL2_ALL); /* SVE traps; FP does not */
	sysreg_write(hstr_el2, 0);
	sysreg_write(vpidr_el2, sysreg_read(midr_el1));
	sysreg_write(vmpidr_el2, sysreg_read(mpidr_el1));
	sysreg_write(vtcr_el2, s2_vtcr());
	sysreg_write(vttbr_el2, s2_vttbr(0));
	sysreg_write(cntvoff_el2, 0);
	sysreg_write(cnthctl_el2, CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
	sysreg_write(cnthp_ctl_el2, 0);
	sysreg_write(cntv_ctl_el0, 0);
	if (features.hcx) {
		sysreg_write(HCRX_EL2, 0); /* what came after it traps */
	}
	if (features.fgt) {
		/* The polarity of the first generation: 0 does not trap. */
		sysreg_write(HFGRTR_EL2, 0);
		sysreg_write(HFGWTR_EL2, 0);
		sysreg_write(HFGITR_EL2, 0);
		sysreg_write(HDFGRTR_EL2, 0);
		sysreg_write(HDFGWTR_EL2, 0);
	}
	isb();
	gic_cpu_init(c);
}

void cpu_reset_host(struct cpu *c, u64 entry, u64 x0)
{
	u32 i;

	for (i = 0; i < 31u; i++) {
		c->host.x[i] = 0;
	}
	c->host.x[0] = x0;
	sysregs_reset(&c->host);
	sysregs_restore(&c->host);
	sysreg_write(elr_el2, entry);
	sysreg_write(spsr_el2, PSTATE_EL1H | PSTATE_DAIF);
	isb();
}

void boot_secondary(struct cpu *c)
{
	cpu_init_el2(c);
	cpu_reset_host(c, c->on_entry, c->on_context);
}
