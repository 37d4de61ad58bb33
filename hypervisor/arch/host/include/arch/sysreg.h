/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers of the host build: variables, found by their names. */
#ifndef ARCH_HOST_SYSREG_H
#define ARCH_HOST_SYSREG_H

#include "../../../aarch64/include/arch/sysreg.h" /* names and bits */

/* The variable behind a register; made when it is first asked for, zero. Slow: for tests. */
u64 *host_sysreg(const char *name);

/* Each place that uses a register; host.c fills in the variable before main(). */
struct host_sysreg_use {
	const char *name;
	u64 *value;
};

#define HOST_SYSREG(reg)                                                                           \
	(*({                                                                                       \
		static struct host_sysreg_use use_                                                 \
			__attribute__((section("host_sysreg_uses"), used)) = { SYSREG_NAME(reg),   \
									       NULL };             \
		use_.value;                                                                        \
	}))

#undef sysreg_read
#undef sysreg_write
#define sysreg_read(reg) HOST_SYSREG(reg)
#define sysreg_write(reg, v) (HOST_SYSREG(reg) = (v))

#endif
