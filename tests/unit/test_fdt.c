/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot/ takes for a device tree before it shows it to libfdt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boot/fdt_util.h"

static u8 tree[1024];
static u32 tree_size;

static int make_tree(void **state)
{
	const u8 value[6] = { 1, 2, 3, 4, 5, 0 };

	(void)state;
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_add_reservemap_entry(tree, 0x1000, 0x2000), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	assert_int_equal(fdt_begin_node(tree, ""), 0);
	assert_int_equal(fdt_property(tree, "a", value, sizeof(value)), 0);
	assert_int_equal(fdt_begin_node(tree, "memory@0"), 0);
	assert_int_equal(fdt_property(tree, "reg", value, 4), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_end_node(tree), 0);
	assert_int_equal(fdt_finish(tree), 0);
	tree_size = fdt_totalsize(tree);
	return 0;
}

/* The same, as long as the sanitizer believes it to be. */
static bool is_sound(u32 size)
{
	u8 *copy = malloc(size + (size == 0));
	bool yes;

	memcpy(copy, tree, size);
	yes = fdt_is_sound(copy, size);
	free(copy);
	return yes;
}

static void put(u32 at, u32 v)
{
	*(fdt32_t *)(void *)(tree + at) = cpu_to_fdt32(v);
}

static void test_good(void **state)
{
	(void)state;
	assert_true(is_sound(tree_size));
	assert_true(fdt_is_sound(tree, sizeof(tree)));
}

static void test_cut(void **state)
{
	u32 size;

	(void)state;
	for (size = 0; size < tree_size; size++) {
		assert_false(is_sound(size));
	}
}

/* libfdt 1.6 walks backwards here, for ever. */
static void test_length_below_zero(void **state)
{
	(void)state;
	put((u32)fdt_off_dt_struct(tree) + 12u, 0xfffffff4u);
	assert_false(is_sound(tree_size));
}

static void test_blocks_elsewhere(void **state)
{
	u32 at;

	(void)state;
	for (at = 4; at < sizeof(struct fdt_header); at += 4u) {
		u32 old = fdt32_to_cpu(*(fdt32_t *)(void *)(tree + at));

		if (at == 24u || at == 28u) {
			continue; /* the oldest compatible version, and the boot CPU */
		}
		put(at, 0xfffffffcu);
		assert_false(is_sound(tree_size));
		put(at, old);
		assert_true(is_sound(tree_size));
	}
	put(20, 16); /* an older version: other structure, other rules */
	assert_false(is_sound(tree_size));
}

static void test_nesting(void **state)
{
	u32 end = fdt_off_dt_struct(tree) + fdt_size_dt_struct(tree);

	(void)state;
	assert_int_equal(fdt32_to_cpu(*(fdt32_t *)(void *)(tree + end - 8u)), FDT_END_NODE);
	put(end - 8u, FDT_NOP); /* the root stays open */
	assert_false(is_sound(tree_size));
	put(end - 8u, FDT_END); /* the same, with another way to say so */
	assert_false(is_sound(tree_size));
	put(end - 8u, FDT_END_NODE);
	put(end - 4u, FDT_END_NODE); /* more ends than beginnings */
	assert_false(is_sound(tree_size));
	put(end - 4u, FDT_NOP); /* no end of the tree */
	assert_false(is_sound(tree_size));
	put(end - 4u, 7); /* not a token */
	assert_false(is_sound(tree_size));
}

static void test_name_without_end(void **state)
{
	u32 strings = fdt_off_dt_strings(tree);
	u32 size = fdt_size_dt_strings(tree);

	(void)state;
	put(32, size - 1u);
	assert_false(is_sound(tree_size));
	put(32, size);
	put((u32)fdt_off_dt_struct(tree) + 16u, size); /* its name begins behind them all */
	assert_false(is_sound(tree_size));
	put((u32)fdt_off_dt_struct(tree) + 16u, 0);
	assert_true(is_sound(tree_size));
	assert_true(strings + size <= tree_size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, make_tree),
		cmocka_unit_test_setup(test_cut, make_tree),
		cmocka_unit_test_setup(test_length_below_zero, make_tree),
		cmocka_unit_test_setup(test_blocks_elsewhere, make_tree),
		cmocka_unit_test_setup(test_nesting, make_tree),
		cmocka_unit_test_setup(test_name_without_end, make_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
