/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/fdt_util.h"

#define FDT_VERSION 17u
#define FDT_MAX_DEPTH 64u /* of the specification: none; of real trees: below 10 */

/* A string at *at ends before end: *at is then behind its NUL. */
static bool skip_string(const u8 *tree, u64 *at, u64 end)
{
	while (*at < end && tree[*at] != 0) {
		(*at)++;
	}
	(*at)++;
	return *at <= end;
}

/* A property whose token was at *at - 4: *at is then behind its value, or behind end. */
static bool skip_property(const u8 *tree, u64 *at, u64 end)
{
	u64 strings = fdt_off_dt_strings(tree);
	const fdt32_t *p = (const void *)(tree + *at);
	u64 name;

	if (end - *at < 8u) {
		return false;
	}
	name = strings + fdt32_to_cpu(p[1]);
	*at += 8u + (u64)fdt32_to_cpu(p[0]);
	return skip_string(tree, &name, strings + fdt_size_dt_strings(tree));
}

static bool structure_is_sound(const u8 *tree, u64 at, u64 end)
{
	bool closed = false; /* the root is: only NOP and END may follow */
	u32 depth = 0;

	while (end - at >= 4u) {
		u32 token = fdt32_to_cpu(*(const fdt32_t *)(const void *)(tree + at));
		bool good = false;

		at += 4u;
		if (token == FDT_END) {
			return closed;
		}
		if (token == FDT_NOP) {
			good = true;
		} else if (token == FDT_BEGIN_NODE && !closed && depth < FDT_MAX_DEPTH) {
			depth++;
			good = skip_string(tree, &at, end);
		} else if (token == FDT_END_NODE && depth > 0) {
			depth--;
			closed = depth == 0;
			good = true;
		} else if (token == FDT_PROP && depth > 0) {
			good = skip_property(tree, &at, end);
		}
		at = align_up(at, 4u);
		if (!good || at > end) {
			return false;
		}
	}
	return false;
}

/* The list of reserved ranges ends inside the tree with a pair of zeros. */
static bool reserved_is_sound(const u8 *tree, u64 at, u64 end)
{
	for (; at <= end && end - at >= 16u; at += 16u) {
		const fdt64_t *pair = (const void *)(tree + at);

		if (pair[0] == 0 && pair[1] == 0) {
			return true;
		}
	}
	return false;
}

static bool is_inside(u64 start, u64 size, u64 total)
{
	return start >= sizeof(struct fdt_header) && start <= total && size <= total - start;
}

bool fdt_is_sound(const void *fdt, u64 max)
{
	u64 total;
	u64 structure;

	if (max < sizeof(struct fdt_header) || fdt_magic(fdt) != FDT_MAGIC ||
	    fdt_version(fdt) != FDT_VERSION || fdt_last_comp_version(fdt) > FDT_VERSION) {
		return false;
	}
	total = fdt_totalsize(fdt);
	structure = fdt_off_dt_struct(fdt);
	return total <= max && fdt_off_mem_rsvmap(fdt) % 8u == 0 && structure % 4u == 0 &&
	       is_inside(fdt_off_mem_rsvmap(fdt), 0, total) &&
	       is_inside(structure, fdt_size_dt_struct(fdt), total) &&
	       is_inside(fdt_off_dt_strings(fdt), fdt_size_dt_strings(fdt), total) &&
	       reserved_is_sound(fdt, fdt_off_mem_rsvmap(fdt), total) &&
	       structure_is_sound(fdt, structure, structure + fdt_size_dt_struct(fdt));
}

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
