/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GUEST_FDT_H
#define GUEST_FDT_H

#include "hypctl.h"

#define GUEST_FDT_MAX 65536u

/*
 * Writes the guest's device tree into buf (GUEST_FDT_MAX bytes): the same
 * bytes for the same config. initrd of size 0: none. Returns 0 or -ENOSPC.
 */
int guest_fdt_build(const struct hypctl_config *config, uint64_t initrd, uint64_t initrd_size,
		    void *buf);

#endif
