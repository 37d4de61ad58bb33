/* SPDX-License-Identifier: BSD-2-Clause */
/* List registers by index: their numbers are part of the instruction. */
#ifndef ARCH_LR_H
#define ARCH_LR_H

#include "arch/sysreg.h"
#include "lib/types.h"

/* clang-format off */
#define FOR_EACH_LR(F)                                                                             \
	F(0, 12, 0) F(1, 12, 1) F(2, 12, 2) F(3, 12, 3) F(4, 12, 4) F(5, 12, 5)                    \
	F(6, 12, 6) F(7, 12, 7) F(8, 13, 0) F(9, 13, 1) F(10, 13, 2) F(11, 13, 3)                  \
	F(12, 13, 4) F(13, 13, 5) F(14, 13, 6) F(15, 13, 7)
/* clang-format on */

static inline u64 arch_lr_read(u32 n)
{
	switch (n) {
#define F(n, crm, op2)                                                                             \
	case n:                                                                                    \
		return sysreg_read(S3_4_C12_C##crm##_##op2);
		FOR_EACH_LR(F)
#undef F
	default:
		return 0;
	}
}

static inline void arch_lr_write(u32 n, u64 v)
{
	switch (n) {
#define F(n, crm, op2)                                                                             \
	case n:                                                                                    \
		sysreg_write(S3_4_C12_C##crm##_##op2, v);                                          \
		break;
		FOR_EACH_LR(F)
#undef F
	default:
		break;
	}
}

#endif
