/* SPDX-License-Identifier: BSD-2-Clause */
/* dom0's stage 2 as it is when dom0 starts. Boot only. */
#ifndef MM_HOST_MAP_H
#define MM_HOST_MAP_H

#include "lib/types.h"

/*
 * Spare tables that dom0's stage 2 has for RAM when dom0 starts: enough to split
 * half of its blocks of 2 MiB.
 */
u64 host_tables_for_ram(void);

/* Maps [start, end) pages of dom0 identically, with large blocks. */
void host_map_boot(u64 start, u64 end, u64 attrs);

/* Devices that dom0 must not reach, besides the hypervisor's memory. */
void host_hide_device(u64 base, u64 size);
/* Builds dom0's stage 2 from the RAM banks and what was hidden. */
void host_init(void);

#endif
