/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers of the host build: variables, found by their names. */
#ifndef ARCH_HOST_SYSREG_H
#define ARCH_HOST_SYSREG_H

#include "../../../aarch64/include/arch/sysreg.h" /* names and bits */

/* The variable behind a register; made at its first use, zero. */
u64 *host_sysreg(const char *name);

#undef sysreg_read
#undef sysreg_write
#define sysreg_read(reg) (*host_sysreg(SYSREG_NAME(reg)))
#define sysreg_write(reg, v) (*host_sysreg(SYSREG_NAME(reg)) = (v))

#endif
