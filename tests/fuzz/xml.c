/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on the XML of a VM, from parser to device tree, and written out again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "guest_fdt.h"
#include "hypctl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, enum hypctl_severity severity, int line, int column, const char *text)
{
	(void)arg, (void)severity, (void)line, (void)column, (void)text;
}

/* What is written says the same as what was read. */
static void write_and_read(const struct hypctl_config *c)
{
	struct hypctl_config *again = NULL;
	char *first, *second;

	if (hypctl_config_write(c, &first) != 0 ||
	    hypctl_config_parse(first, strlen(first), ignore, NULL, &again) != 0 ||
	    hypctl_config_write(again, &second) != 0 || strcmp(first, second) != 0) {
		abort();
	}
	hypctl_config_free(again);
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hypctl_config *c = NULL;
	void *fdt;

	if (hypctl_config_parse((const char *)data, size, ignore, NULL, &c) == 0) {
		fdt = malloc(GUEST_FDT_MAX);
		(void)guest_fdt_build(c, 0x44000000, 4096, fdt);
		free(fdt);
		write_and_read(c);
		hypctl_config_free(c);
	}
	return 0;
}
