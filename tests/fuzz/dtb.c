/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on the machine's device tree, as boot/ reads it and makes dom0's of
 * it. A panic is an answer: the machine is not one that we can run on.
 */
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>

#include "boot/boot.h"
#include "boot/fdt_util.h"
#include "boot/machine.h"
#include "console/log.h"
#include "cpu/config.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "host.h"
#include "mm/own.h"
#include "mm/page.h"

#define KERNEL_PFN 0x400u
#define IMAGE_MAGIC 0x644d5241u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static jmp_buf end;

static void on_reset(void)
{
	longjmp(end, 1);
}

void gic_add_redistributors(u64 base, u64 size)
{
	(void)base, (void)size;
}

static void read_tree(const void *fdt, size_t size)
{
	struct machine m = { .fdt = fdt };
	static u8 out[1u << 16];

	if (!fdt_is_sound(fdt, size)) {
		return; /* boot_main() stops here, too */
	}
	(void)machine_uart(fdt);
	machine_read(&m);
	machine_options(&m);
	if (nr_ram_banks > 0 && ram_banks[nr_ram_banks - 1u].end <= MAX_PFN) {
		own_init();
		machine_read(&m);
		machine_hide_devices(&m);
		dom0_fdt_build(&m, out, sizeof(out));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy;

	if (size == 0 || size > 60000u) {
		return 0;
	}
	copy = malloc(size); /* so that the sanitizer sees its end */
	memcpy(copy, data, size);
	host_on_reset = on_reset;
	frame[KERNEL_PFN][7] = IMAGE_MAGIC; /* at 56: dom0's kernel of the seed */
	nr_ram_banks = 0;
	nr_cpus = 0;
	memset(cpus, 0, sizeof(cpus[0]) * MAX_CPUS);
	hs_config = (struct hs_config){ 0 };
	if (setjmp(end) == 0) {
		read_tree(copy, size);
	}
	free(copy);
	return 0;
}
