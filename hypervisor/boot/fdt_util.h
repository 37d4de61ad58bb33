/* SPDX-License-Identifier: BSD-2-Clause */
/* Small readers on top of libfdt. */
#ifndef BOOT_FDT_UTIL_H
#define BOOT_FDT_UTIL_H

#include <libfdt.h>

#include "lib/types.h"

/*
 * Whether the tree at fdt, of at most max bytes, may be given to libfdt: version 17,
 * blocks inside the tree, and a structure block whose names, values and nesting end
 * inside it. libfdt before 1.7 goes backwards over a value whose length is "negative",
 * and its fdt_check_full() does so itself (Devicetree Specification 0.4, chapter 5).
 */
bool fdt_is_sound(const void *fdt, u64 max);

/* n big-endian cells as one number; the upper ones of more than two are lost. */
u64 fdt_cells(const fdt32_t *p, u32 n);

/* Entry index of reg with these cell counts. False: there is none. */
bool fdt_reg_cells(const void *fdt, int node, u32 index, u32 address_cells, u32 size_cells,
		   u64 *base, u64 *size);

/* The same with the cell counts of a child of the root. */
bool fdt_reg(const void *fdt, int node, u32 index, u64 *base, u64 *size);

/* Whether dom0 must not see this device (dma= and the ITS). */
bool machine_is_hidden(const void *fdt, int node);

#endif
