/* SPDX-License-Identifier: BSD-2-Clause */
/* From the vectors to the handler of what happened. */
#include "arch/cpu.h"
#include "console/log.h"
#include "psci/psci.h"
#include "public/homestead.h"
#include "traps/traps.h"

static void host_sync(struct cpu *c)
{
	switch (ESR_EC(sysreg_read(esr_el2))) {
	case EC_HVC64:
		if ((u32)c->host.x[0] == (u32)HS_VCPU_RUN) {
			host_vcpu_run_handler_raw(c);
		} else {
			host_hvc_handler_raw(c);
		}
		break;
	case EC_DABT_LOW:
	case EC_IABT_LOW:
		host_npt_handler_raw(c);
		break;
	case EC_SMC64:
		psci_host_call(c);
		skip_instruction();
		break;
	case EC_SYS64:
		handle_host_sysreg(c);
		break;
	default: /* SVE and whatever else is not offered */
		inject_undef();
		break;
	}
}

void trap_sync(struct cpu *c)
{
	if (c->vcpu != NULL) {
		vm_exit_handler_raw(c, CAUSE_SYNC);
	} else {
		host_sync(c);
	}
}

void trap_irq(struct cpu *c)
{
	if (c->vcpu != NULL) {
		vm_exit_handler_raw(c, CAUSE_IRQ);
	} else {
		panic("an interrupt of dom0 came to EL2");
	}
}

void trap_fiq(struct cpu *c)
{
	if (c->vcpu != NULL) {
		vm_exit_handler_raw(c, CAUSE_FIQ);
	} else {
		panic("a FIQ of dom0 came to EL2");
	}
}

void trap_serror(struct cpu *c)
{
	if (c->vcpu != NULL) {
		vm_exit_handler_raw(c, CAUSE_SERROR);
	} else {
		panic("an SError of dom0 came to EL2");
	}
}
