/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "lib/types.h"

/*
 * The boot CPU's C entry, from start.S with the MMU on. fdt_pa: the machine's
 * device tree; image_offset: virtual minus physical. Returns to enter dom0.
 */
void boot_main(u64 fdt_pa, u64 image_offset);

#endif
