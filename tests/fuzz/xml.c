/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer on the XML of a VM, from parser to device tree. */
#include <stdint.h>
#include <stdlib.h>

#include "guest_fdt.h"
#include "hypctl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ignore(void *arg, enum hypctl_severity severity, int line, int column, const char *text)
{
	(void)arg, (void)severity, (void)line, (void)column, (void)text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hypctl_config *c = NULL;
	void *fdt;

	if (hypctl_config_parse((const char *)data, size, ignore, NULL, &c) == 0) {
		fdt = malloc(GUEST_FDT_MAX);
		(void)guest_fdt_build(c, 0x44000000, 4096, fdt);
		free(fdt);
		hypctl_config_free(c);
	}
	return 0;
}
