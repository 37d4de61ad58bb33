/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch/cpu.h"
#include "cpu/cpu.h"
#include "gic/vgic.h"
#include "arch/atomic.h"
#include "psci/psci.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* The vCPU with affinity 0.0.0.n, or NULL. */
static struct vcpu *target(struct vcpu *v, u64 mpidr)
{
	return (mpidr & 0xff00ffff00ull) == 0 && (mpidr & ~0xff00ffffffull) == 0
		       ? vcpu_get(v->vm, mpidr & 0xffu)
		       : NULL;
}

static s64 affinity_info(struct vcpu *v, u64 mpidr, u64 level)
{
	struct vcpu *t = target(v, mpidr);

	if (t == NULL || level != 0) {
		return PSCI_INVALID_PARAMETERS;
	}
	switch (atomic_read(&t->power)) {
	case POWER_ON:
		return PSCI_AFFINITY_ON;
	case POWER_OFF:
		return PSCI_AFFINITY_OFF;
	default:
		return PSCI_AFFINITY_PENDING;
	}
}

static enum psci_next leave(struct vcpu *v, enum hs_exit kind, u64 arg)
{
	v->exit.kind = kind;
	v->exit.arg[0] = arg;
	v->exit.open = 0;
	return PSCI_LEAVE;
}

static enum psci_next cpu_on(struct vcpu *v, u64 mpidr, u64 entry, u64 context)
{
	struct vcpu *t = target(v, mpidr);
	s64 r = t == NULL ? PSCI_INVALID_PARAMETERS : vcpu_power_on(t, entry, context);

	v->ctx.x[0] = (u64)r;
	return r == PSCI_SUCCESS ? leave(v, HS_EXIT_VCPU_ON, t->id) : PSCI_RESUME;
}

static s64 features_of(u32 fn)
{
	switch (fn) {
	case PSCI_VERSION:
	case PSCI_FEATURES:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON32:
	case PSCI_CPU_OFF:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO32:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2_32:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND32:
	case SMCCC_VERSION:
		return PSCI_SUCCESS;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

enum psci_next psci_guest_call(struct cpu *c, struct vcpu *v)
{
	u64 *x = v->ctx.x;

	switch ((u32)x[0]) {
	case PSCI_VERSION:
		x[0] = PSCI_VERSION_1_1;
		return PSCI_RESUME;
	case SMCCC_VERSION:
		x[0] = SMCCC_VERSION_1_2;
		return PSCI_RESUME;
	case PSCI_FEATURES:
		x[0] = (u64)features_of((u32)x[1]);
		return PSCI_RESUME;
	case PSCI_MIGRATE_INFO_TYPE:
		x[0] = PSCI_NO_TRUSTED_OS;
		return PSCI_RESUME;
	case PSCI_CPU_ON:
		return cpu_on(v, x[1], x[2], x[3]);
	case PSCI_CPU_ON32:
		return cpu_on(v, (u32)x[1], (u32)x[2], (u32)x[3]);
	case PSCI_AFFINITY_INFO:
		x[0] = (u64)affinity_info(v, x[1], x[2]);
		return PSCI_RESUME;
	case PSCI_AFFINITY_INFO32:
		x[0] = (u64)affinity_info(v, (u32)x[1], (u32)x[2]);
		return PSCI_RESUME;
	case PSCI_CPU_OFF:
		v->off = 1;
		vgic_park(c, v);
		return leave(v, HS_EXIT_VCPU_OFF, 0);
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND32: /* standby: as WFI, to be returned from */
		x[0] = PSCI_SUCCESS;
		return PSCI_HALT;
	case PSCI_SYSTEM_OFF:
		vm_power_off(v->vm);
		return leave(v, HS_EXIT_OFF, 0);
	case PSCI_SYSTEM_RESET:
		vm_power_off(v->vm);
		return leave(v, HS_EXIT_RESET, 0);
	case PSCI_SYSTEM_RESET2:
	case PSCI_SYSTEM_RESET2_32:
		if ((u32)x[1] != 0) {
			x[0] = (u64)PSCI_NOT_SUPPORTED;
			return PSCI_RESUME;
		}
		vm_power_off(v->vm);
		return leave(v, HS_EXIT_RESET, 1);
	case SMCCC_ARCH_FEATURES: /* no workaround is offered or needed by call */
	default:
		x[0] = (u64)PSCI_NOT_SUPPORTED;
		return PSCI_RESUME;
	}
}
