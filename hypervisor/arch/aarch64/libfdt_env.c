/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Debian's libfdt.a, built with stack protectors, expects of its
 * surroundings. It runs at boot only; it may use the FP registers there.
 */
#include "console/log.h"
#include "lib/types.h"

extern uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) NORETURN;

uintptr_t __stack_chk_guard = 0x686f6d65ff0a0d00ull;

void __stack_chk_fail(void)
{
	panic("a stack was overwritten");
}
