/* SPDX-License-Identifier: BSD-2-Clause */
/* PSCI 1.1 (Arm DEN0022) and the parts of SMCCC that go with it. */
#ifndef PSCI_PSCI_H
#define PSCI_PSCI_H

#include "lib/types.h"

#define PSCI_VERSION 0x84000000u
#define PSCI_CPU_SUSPEND32 0x84000001u
#define PSCI_CPU_SUSPEND 0xc4000001u
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON32 0x84000003u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_AFFINITY_INFO32 0x84000004u
#define PSCI_AFFINITY_INFO 0xc4000004u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u
#define PSCI_FEATURES 0x8400000au
#define PSCI_SYSTEM_RESET2_32 0x84000012u
#define PSCI_SYSTEM_RESET2 0xc4000012u
#define SMCCC_VERSION 0x80000000u
#define SMCCC_ARCH_FEATURES 0x80000001u
#define SMCCC_ARCH_WORKAROUND_1 0x80008000u
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffu
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffu
#define TRNG_FIRST 0x84000050u
#define TRNG_LAST32 0x84000053u
#define TRNG_RND 0xc4000053u

#define PSCI_VERSION_1_1 0x10001u
#define SMCCC_VERSION_1_2 0x10002u

enum psci_error {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INVALID_ADDRESS = -9,
};

/* AFFINITY_INFO's answers, and the type that means "no Trusted OS". */
#define PSCI_AFFINITY_ON 0
#define PSCI_AFFINITY_OFF 1
#define PSCI_AFFINITY_PENDING 2
#define PSCI_NO_TRUSTED_OS 2

struct cpu;
struct vcpu;

/* An SMC of dom0: x0.. of c->host in, x0..x3 out. The allow-list. */
void psci_host_call(struct cpu *c);

/* What follows a guest's call: go on, leave by v->exit, or wait as in WFI. */
enum psci_next { PSCI_RESUME, PSCI_LEAVE, PSCI_HALT };

/* A call of a guest by HVC or SMC: x0.. in, x0 out. */
enum psci_next psci_guest_call(struct cpu *c, struct vcpu *v);

#endif
