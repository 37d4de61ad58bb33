// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>

#include "hypctl.h"

long hs_call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 *res, int nres)
{
	struct arm_smccc_1_2_regs r = {
		.a0 = fn,
		.a1 = a1,
		.a2 = a2,
		.a3 = a3,
		.a4 = a4,
		.a5 = a5,
	};
	const unsigned long *out = &r.a1;
	int i;

	arm_smccc_1_2_hvc(&r, &r);
	for (i = 0; i < nres; i++) {
		res[i] = out[i];
	}
	return (long)r.a0;
}

int hs_errno(long err)
{
	switch (err) {
	case HS_OK:
		return 0;
	case HS_EPERM:
		return -EPERM;
	case HS_ENOENT:
		return -ENOENT;
	case HS_EBUSY:
		return -EBUSY;
	case HS_ESTATE:
		return -ESHUTDOWN;
	case HS_EEXIST:
		return -EEXIST;
	case HS_ENOMEM_TABLES:
		return -ENOMEM;
	case HS_EAGAIN:
		return -EAGAIN;
	case HS_ELIMIT:
		return -ENOSPC;
	case HS_ENOTSUPP:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}
