/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/fdt_util.h"

u64 fdt_cells(const fdt32_t *p, u32 n)
{
	u64 v = 0;

	for (; n > 0; n--, p++) {
		v = (v << 32) | fdt32_to_cpu(*p);
	}
	return v;
}

bool fdt_reg_cells(const void *fdt, int node, u32 index, u32 address_cells, u32 size_cells,
		   u64 *base, u64 *size)
{
	u32 cells = address_cells + size_cells;
	const fdt32_t *p;
	int len;

	p = fdt_getprop(fdt, node, "reg", &len);
	if (p == NULL || (u32)len < (index + 1u) * cells * 4u) {
		return false;
	}
	p += index * cells;
	*base = fdt_cells(p, address_cells);
	*size = fdt_cells(p + address_cells, size_cells);
	return true;
}

bool fdt_reg(const void *fdt, int node, u32 index, u64 *base, u64 *size)
{
	return fdt_reg_cells(fdt, node, index, (u32)fdt_address_cells(fdt, 0),
			     (u32)fdt_size_cells(fdt, 0), base, size);
}
