/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls that are not in the table: none in the release image (release.c), those
 * of the tests in the debug image (debug.c).
 */
#ifndef HYPERCALL_EXTRA_H
#define HYPERCALL_EXTRA_H

#include "lib/types.h"
#include "public/homestead.h"

#define HS_DEBUG_CHECK (HS_FN_BASE + 0x4fu) /* x1: violations, x2..x4: the first */

/* result: x1.. */
/*@ requires \valid(result + (0 .. 14));
    assigns result[0 .. 14];
    exits \false; */
enum hs_error hc_extra(u32 number, s64 *result);

#endif
