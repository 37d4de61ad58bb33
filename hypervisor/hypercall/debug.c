/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/check.h"
#include "hypercall/extra.h"

enum hs_error hc_extra(u32 number, s64 *result)
{
	struct check c;

	if (number != HS_DEBUG_CHECK - HS_FN_BASE) {
		return HS_ENOTSUPP;
	}
	check_all(&c);
	result[0] = c.violations;
	result[1] = c.first;
	result[2] = c.pfn;
	result[3] = c.vm;
	return HS_OK;
}
