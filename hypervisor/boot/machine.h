/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine's device tree says, as far as EL2 needs it. */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "lib/types.h"

#define MAX_RESERVED 32u

struct range {
	u64 start, end; /* bytes; end is behind the last one */
};

struct machine {
	const void *fdt;
	struct range kernel; /* dom0's, with its BSS */
	struct range initrd; /* start == end: none */
	u64 kernel_entry;
	const char *cmdline;		     /* dom0's; NULL: none */
	struct range reserved[MAX_RESERVED]; /* what is in RAM already */
	u32 nr_reserved;
};

/* Reads the tree: RAM banks, CPUs, GIC, modules. Panics with the cause. */
void machine_read(struct machine *m);

/* Options of /chosen/bootargs into hs_config. Panics on an unknown one. */
void machine_options(const struct machine *m);

/* Hides from dom0 what it must not reach, before host_init(). */
void machine_hide_devices(const struct machine *m);

/* Physical address of the first "arm,pl011", 0 for none. */
u64 machine_uart(const void *fdt);

void machine_reserve(struct machine *m, u64 start, u64 end);
/* The highest free range of RAM of this size and alignment; panics. */
u64 machine_find_free(const struct machine *m, u64 size, u64 align);

/*
 * Writes dom0's tree to out (max bytes): the machine's, without what is
 * hidden, with /hypervisor, reserved memory and the physical timer.
 */
void dom0_fdt_build(const struct machine *m, void *out, u32 max);

#endif
