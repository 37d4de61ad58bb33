/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/log.h"
#include "traps/traps.h"

void host_hvc_handler_raw(struct cpu *c)
{
	host_to_core(c);
	host_hvc_dispatcher(c);
	core_to_host(c);
}

void host_npt_handler_raw(struct cpu *c)
{
	host_to_core(c);
	handle_host_stage2_fault(c);
	core_to_host(c);
}

void host_vcpu_run_handler_raw(struct cpu *c)
{
	host_to_core(c);
	save_host(c);
	if (restore_vm(c) == HS_OK) {
		core_to_vm(c);
	} else { /* the specification panics; here the caller gets an error */
		restore_host(c);
		core_to_host(c);
	}
}

void vm_exit_handler_raw(struct cpu *c, enum exit_cause cause)
{
	enum exit_class ec;

	vm_to_core(c);
	exit_populate_fault(c, cause);
	ec = get_shadow_ec(c);
	if (ec == EXIT_TRAP) {
		if (vm_exit_dispatcher(c) == 0u) {
			core_to_vm(c);
		} else {
			save_vm(c);
			restore_host(c);
			core_to_host(c);
		}
	} else if (ec == EXIT_INTERRUPT) {
		save_vm(c);
		restore_host(c);
		core_to_host(c);
	} else {
		panic("exit of class %u", (u32)ec);
	}
}
