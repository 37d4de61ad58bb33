/* SPDX-License-Identifier: BSD-2-Clause */
#include "hypercall/extra.h"

enum hs_error hc_extra(u32 number, s64 *result)
{
	(void)number;
	(void)result;
	return HS_ENOTSUPP;
}
