/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every invariant of ownership and of the stage 2 tables, checked over all of
 * memory. In debug images (DEBUG_CHECK) and in the tests of the host build.
 */
#ifndef DEBUG_CHECK_H
#define DEBUG_CHECK_H

#include "lib/types.h"

struct check {
	u64 violations;
	u64 first; /* line in check.c of the first one */
	u64 pfn;   /* what it is about */
	u64 vm;
};

/* Takes every lock: nothing else may be going on in EL2 for long. */
void check_all(struct check *c);

#endif
