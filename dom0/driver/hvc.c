// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/errno.h>

#include "hypctl.h"

static long call(struct arm_smccc_1_2_regs *r, u64 *res, int nres)
{
	const unsigned long *out = &r->a1;
	int i;

	arm_smccc_1_2_hvc(r, r);
	for (i = 0; i < nres; i++) {
		res[i] = out[i];
	}
	return (long)r->a0;
}

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

	return call(&r, res, nres);
}

long hs_verify(u64 vm, const u64 sig[8])
{
	struct arm_smccc_1_2_regs r = {
		.a0 = HS_VM_VERIFY,
		.a1 = vm,
		.a2 = sig[0],
		.a3 = sig[1],
		.a4 = sig[2],
		.a5 = sig[3],
		.a6 = sig[4],
		.a7 = sig[5],
		.a8 = sig[6],
		.a9 = sig[7],
	};

	return call(&r, NULL, 0);
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
	case HS_ENOMEM_DOM0_TABLES:
		return -ENOMEM;
	case HS_EAGAIN:
		return -EAGAIN;
	case HS_ELIMIT:
		return -ENOSPC;
	case HS_ESIGNATURE:
		return -EKEYREJECTED;
	case HS_EDMA:
		return -EACCES;
	case HS_ENOTSUPP:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}
