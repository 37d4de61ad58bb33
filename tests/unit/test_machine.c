/* SPDX-License-Identifier: BSD-2-Clause */
/* What boot/ makes of the machine's device tree: memory banks, dom0's kernel and initrd. */
#include <stdio.h>
#include <string.h>

#include "core.h"

#include "boot/fdt_util.h"
#include "boot/machine.h"
#include "gic/gic.h"

#define MIB 0x100000ull
#define END ((u64)MAX_PFN << PAGE_SHIFT)
#define IMAGE_MAGIC 0x644d5241u
#define KERNEL (8u * MIB)
#define INITRD (16u * MIB)

static u8 tree[4096];
static struct machine m;
static jmp_buf stopped;

/* What a tree has; sizes of 0: not there. */
static struct {
	u64 bank[4][2]; /* base, size */
	u64 kernel, kernel_size;
	u64 initrd, initrd_size;
	u64 reserved, reserved_size;
} t;

void gic_add_redistributors(u64 base, u64 size)
{
	(void)base, (void)size;
}

static void on_reset(void)
{
	longjmp(stopped, 1);
}

static void reg(u64 base, u64 size)
{
	const fdt32_t cells[4] = { cpu_to_fdt32((u32)(base >> 32)), cpu_to_fdt32((u32)base),
				   cpu_to_fdt32((u32)(size >> 32)), cpu_to_fdt32((u32)size) };

	assert_int_equal(fdt_property(tree, "reg", cells, sizeof(cells)), 0);
}

static void begin(const char *name, u64 n)
{
	char text[32];

	snprintf(text, sizeof(text), "%s@%llx", name, (unsigned long long)n);
	assert_int_equal(fdt_begin_node(tree, text), 0);
}

static void module(const char *compatible, size_t len, u64 base, u64 size)
{
	begin("module", base);
	assert_int_equal(fdt_property(tree, "compatible", compatible, (int)len), 0);
	reg(base, size);
	fdt_end_node(tree);
}

static void make_tree(void)
{
	static const char kernel[] = "multiboot,module\0multiboot,kernel";
	static const char initrd[] = "multiboot,module\0multiboot,ramdisk";
	u32 i;

	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	if (t.reserved_size != 0) {
		fdt_add_reservemap_entry(tree, t.reserved, t.reserved_size);
	}
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	for (i = 0; i < 4u; i++) {
		if (t.bank[i][1] != 0) {
			begin("memory", i);
			fdt_property_string(tree, "device_type", "memory");
			reg(t.bank[i][0], t.bank[i][1]);
			fdt_end_node(tree);
		}
	}
	begin("intc", 0);
	fdt_property_string(tree, "compatible", "arm,gic-v3");
	fdt_end_node(tree);
	fdt_begin_node(tree, "chosen");
	module(kernel, sizeof(kernel), t.kernel, t.kernel_size);
	if (t.initrd_size != 0) {
		module(initrd, sizeof(initrd), t.initrd, t.initrd_size);
	}
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
	assert_true(fdt_is_sound(tree, fdt_totalsize(tree)));
}

/* Whether a machine with this tree comes up. */
static bool comes_up(void)
{
	u32 *kernel = (u32 *)frame[KERNEL >> PAGE_SHIFT];

	make_tree();
	memset(kernel, 0, PAGE_SIZE);
	kernel[4] = 4u * MIB; /* image_size */
	kernel[14] = IMAGE_MAGIC;
	m = (struct machine){ .fdt = tree };
	nr_ram_banks = 0;
	nr_cpus = 0;
	host_on_reset = on_reset;
	if (setjmp(stopped) != 0) {
		return false;
	}
	machine_read(&m);
	machine_read(&m);
	return true;
}

static int good_tree(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.bank[0][0] = 4u * MIB;
	t.bank[0][1] = END - 4u * MIB;
	t.kernel = KERNEL;
	t.kernel_size = 2u * MIB;
	t.initrd = INITRD;
	t.initrd_size = 12345;
	return 0;
}

static void check_bank(u32 i, u64 start, u64 end)
{
	assert_true(i < nr_ram_banks);
	assert_int_equal((u64)ram_banks[i].start << PAGE_SHIFT, start);
	assert_int_equal((u64)ram_banks[i].end << PAGE_SHIFT, end);
}

static void test_good(void **state)
{
	(void)state;
	assert_true(comes_up());
	assert_int_equal(nr_ram_banks, 1);
	check_bank(0, 4u * MIB, END);
	assert_int_equal(m.kernel.start, KERNEL);
	assert_int_equal(m.kernel.end, KERNEL + 4u * MIB);
	assert_int_equal(m.initrd.start, INITRD);
	assert_int_equal(m.initrd.end, INITRD + 12345u);
}

static void test_banks(void **state)
{
	(void)state;
	t.bank[0][1] = 4u * MIB; /* 4 to 8, then what goes on there, then a gap */
	t.bank[1][0] = 8u * MIB;
	t.bank[1][1] = 8u * MIB + 5u;
	t.bank[2][0] = 18u * MIB - 3u;
	t.bank[2][1] = 4u * MIB;
	t.bank[3][0] = 25u * MIB;
	t.bank[3][1] = 2u * MIB; /* not one whole block */
	t.initrd = 12u * MIB;
	assert_true(comes_up());
	assert_int_equal(nr_ram_banks, 2);
	check_bank(0, 4u * MIB, 16u * MIB);
	check_bank(1, 18u * MIB, 20u * MIB);
}

/* PFN 0 stands for "none" in the core. */
static void test_memory_at_0(void **state)
{
	(void)state;
	t.bank[0][0] = 0;
	t.bank[0][1] = END;
	assert_true(comes_up());
	check_bank(0, 2u * MIB, END);
	t.kernel = 0;
	assert_false(comes_up());
	t.kernel = 3; /* what a fuzzer found */
	assert_false(comes_up());
}

static void test_bad_banks(void **state)
{
	(void)state;
	t.bank[0][1] = END;
	assert_false(comes_up()); /* 4 MiB beyond what we have an array for */
	t.bank[0][1] = 12u * MIB;
	t.bank[1][0] = 16u * MIB; /* goes on at the first one's end */
	t.bank[1][1] = END - 16u * MIB;
	assert_true(comes_up());
	t.bank[1][1] += 2u * MIB;
	assert_false(comes_up());
	t.bank[1][1] = 0 - t.bank[1][0];
	assert_false(comes_up());
	t.bank[1][0] = 0xffffffffffe00000ull;
	t.bank[1][1] = 0x400000;
	assert_false(comes_up());
	t.bank[1][0] = 14u * MIB; /* overlaps the first one */
	t.bank[1][1] = 4u * MIB;
	assert_false(comes_up());
	t.bank[1][0] = 4u * MIB; /* is the first one */
	t.bank[1][1] = 12u * MIB;
	assert_false(comes_up());
}

static void test_bad_modules(void **state)
{
	(void)state;
	t.kernel += PAGE_SIZE; /* no Image */
	assert_false(comes_up());
	t.kernel = KERNEL + 8u; /* not on a page */
	assert_false(comes_up());
	t.kernel = KERNEL;
	t.kernel_size = 0;
	assert_false(comes_up());
	t.kernel_size = END;
	assert_false(comes_up());
	t.kernel_size = 2u * MIB;
	t.initrd_size = 0 - 100ull; /* in pages, rounded up, it would be none */
	assert_false(comes_up());
	t.initrd_size = 0 - INITRD;
	assert_false(comes_up());
	t.initrd = END - 4097u; /* all but its last byte is in memory */
	t.initrd_size = 4098;
	assert_false(comes_up());
	t.initrd_size = 4097;
	assert_true(comes_up());
}

/* An Image says how much it needs, with its BSS. */
static void test_image_size(void **state)
{
	(void)state;
	t.bank[0][1] = 8u * MIB; /* to 12 MiB, as far as the Image goes */
	t.initrd = 4u * MIB;
	assert_true(comes_up());
	t.bank[0][1] = 6u * MIB;
	assert_false(comes_up());
}

static void test_reserved(void **state)
{
	(void)state;
	t.reserved = INITRD + 16384u;
	t.reserved_size = 4096;
	assert_true(comes_up());
	assert_int_equal(m.nr_reserved, 3);
	t.reserved -= 4096; /* in the initrd */
	assert_false(comes_up());
	t.reserved_size = 0 - t.reserved; /* ends at 0 */
	assert_false(comes_up());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_good, good_tree),
		cmocka_unit_test_setup(test_banks, good_tree),
		cmocka_unit_test_setup(test_memory_at_0, good_tree),
		cmocka_unit_test_setup(test_bad_banks, good_tree),
		cmocka_unit_test_setup(test_bad_modules, good_tree),
		cmocka_unit_test_setup(test_image_size, good_tree),
		cmocka_unit_test_setup(test_reserved, good_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
