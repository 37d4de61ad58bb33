/* SPDX-License-Identifier: BSD-2-Clause */
/* dom0's SMCs: PSCI is passed on so that each CPU comes up through EL2. */
#include "arch/cpu.h"
#include "console/log.h"
#include "cpu/cpu.h"
#include "mm/s1.h"
#include "psci/psci.h"
#include "vm/vm.h"

extern const char secondary_entry[];

static u64 cpu_on(u64 mpidr, u64 entry, u64 context)
{
	struct cpu *c = cpu_of_mpidr(mpidr);
	struct smc_result r;

	if (c == NULL) {
		return (u64)PSCI_INVALID_PARAMETERS;
	}
	/* The firmware knows whether it is off; only then is its slot ours. */
	r = arch_smc(PSCI_AFFINITY_INFO, mpidr, 0, 0);
	if ((s64)(int32_t)r.x[0] != PSCI_AFFINITY_OFF) {
		return r.x[0] == PSCI_AFFINITY_ON ? (u64)PSCI_ALREADY_ON : (u64)PSCI_ON_PENDING;
	}
	c->on_entry = entry;
	c->on_context = context;
	dsb(ish);
	r = arch_smc(PSCI_CPU_ON, mpidr, s1_image_pa(secondary_entry), (u64)(uintptr_t)c);
	return r.x[0];
}

static u64 features_of(u64 fn)
{
	switch ((u32)fn) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND32:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_CPU_ON32:
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO32:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET:
	case PSCI_FEATURES:
	case SMCCC_VERSION:
		return PSCI_SUCCESS;
	default:
		return (u64)PSCI_NOT_SUPPORTED;
	}
}

/* Whether all other CPUs are off, so that dom0 ends with this one. */
static bool is_last_cpu(const struct cpu *c)
{
	u32 i;

	for (i = 0; i < nr_cpus; i++) {
		if (i != c->id &&
		    (s64)(int32_t)arch_smc(PSCI_AFFINITY_INFO, cpus[i].mpidr, 0, 0).x[0] !=
			    PSCI_AFFINITY_OFF) {
			return false;
		}
	}
	return true;
}

/* Passed on as it is: nothing in these calls names memory. */
static void forward(u64 *x)
{
	struct smc_result r = arch_smc(x[0], x[1], x[2], x[3]);

	x[0] = r.x[0];
	x[1] = r.x[1];
	x[2] = r.x[2];
	x[3] = r.x[3];
}

void psci_host_call(struct cpu *c)
{
	u64 *x = c->host.x;

	switch ((u32)x[0]) {
	case PSCI_VERSION:
		x[0] = PSCI_VERSION_1_1;
		break;
	case PSCI_FEATURES:
		x[0] = features_of(x[1]);
		break;
	case PSCI_CPU_ON:
		x[0] = cpu_on(x[1], x[2], x[3]);
		break;
	case PSCI_CPU_ON32:
		x[0] = cpu_on((u32)x[1], (u32)x[2], (u32)x[3]);
		break;
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_SUSPEND32: /* as the standby state that is always there */
		arch_wfi();
		x[0] = PSCI_SUCCESS;
		break;
	case PSCI_MIGRATE_INFO_TYPE:
		x[0] = PSCI_NO_TRUSTED_OS;
		break;
	case PSCI_CPU_OFF:
		if (is_last_cpu(c)) {
			vm_stop_all();
		}
		forward(x);
		break;
	case PSCI_SYSTEM_OFF:
	case PSCI_SYSTEM_RESET: /* what comes next finds nothing of a VM in memory */
		vm_stop_all();
		forward(x);
		break;
	case PSCI_AFFINITY_INFO:
	case PSCI_AFFINITY_INFO32:
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
	case TRNG_RND:
		forward(x);
		break;
	case SMCCC_VERSION:
		x[0] = SMCCC_VERSION_1_2;
		break;
	case SMCCC_ARCH_FEATURES:
		forward(x);
		break;
	default:
		if ((u32)x[0] >= TRNG_FIRST && (u32)x[0] <= TRNG_LAST32) {
			forward(x);
		} else {
			x[0] = (u64)PSCI_NOT_SUPPORTED;
		}
		break;
	}
}
