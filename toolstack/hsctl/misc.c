/* SPDX-License-Identifier: BSD-2-Clause */
/* attest, dmesg, show, version, help */
#include "hsctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifndef HS_VERSION_STRING
#error "HS_VERSION_STRING is not set"
#endif

int cmd_attest(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;

	(void)o, (void)argc;
	if (!vm_lookup(argv[0], false, &vm, &code)) {
		return code;
	}
	return fail(HSX_FAILED,
		    "attest is not supported: this version has no device key to sign with; "
		    "hsctl info %s shows the measurement that the hypervisor made",
		    vm.name);
}

int cmd_dmesg(const struct options *o, int argc, char **argv)
{
	char buf[256];
	uint64_t pos = 0;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);
	int n;

	(void)argc, (void)argv;
	if (h == NULL) {
		return code;
	}
	do {
		n = hypctl_log_read(h, &pos, buf, sizeof(buf));
		if (n > 0) {
			fwrite(buf, 1, (size_t)n, stdout);
		} else if (n == 0 && o->follow) {
			fflush(stdout);
			usleep(100000);
		}
	} while (n > 0 || (n == 0 && o->follow));
	if (n < 0) {
		code = host_failed(h, n);
	}
	hypctl_close(h);
	return code;
}

/* hsvm wrote it when the VM began: see there. */
int cmd_show(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	char path[120];
	int code = HSX_OK;
	struct hypctl *h = NULL;

	(void)o, (void)argc;
	if (is_defined(argv[0])) { /* also where there is no hypervisor */
		bool lives = hypctl_open(&h) == 0 && vm_lives(h, argv[0], &vm);

		hypctl_close(h);
		if (!lives) {
			return defined_show(argv[0]);
		}
	}
	if (!vm_lookup(argv[0], false, &vm, &code)) {
		return code;
	}
	snprintf(path, sizeof(path), "/run/hs/%s/domain.xml", vm.name);
	return print_file(path);
}

int cmd_version(const struct options *o, int argc, char **argv)
{
	struct hypctl_host i;
	struct hypctl *h = NULL;
	bool running = hypctl_open(&h) == 0 && hypctl_host_info(h, &i) == 0;

	(void)argc, (void)argv;
	if (o->output == OUT_JSON) {
		printf("{\"hsctl\":\"%s\",\"hypervisor\":", HS_VERSION_STRING);
		if (running) {
			printf("\"%u.%u.%u\"}\n", i.version[0], i.version[1], i.version[2]);
		} else {
			printf("null}\n");
		}
	} else {
		printf("hsctl %s\n", HS_VERSION_STRING);
		if (running) {
			printf("hypervisor %u.%u.%u\n", i.version[0], i.version[1], i.version[2]);
		} else {
			printf("hypervisor: none here (%s)\n", hypctl_error(NULL));
		}
	}
	hypctl_close(h);
	return HSX_OK;
}

static void print_command(const struct command *c)
{
	char options[300];
	char *o;
	char *save;

	snprintf(options, sizeof(options), "%s", c->options);
	printf("usage: hsctl %s", c->name);
	for (o = strtok_r(options, " ", &save); o != NULL; o = strtok_r(NULL, " ", &save)) {
		printf(" [--%s%s]", o, option_has_value(o) ? " VALUE" : "");
	}
	printf("%s%s\n\n%s.\n\nexample: %s\n", c->args[0] != '\0' ? " " : "", c->args, c->summary,
	       c->example);
}

int cmd_help(const struct options *o, int argc, char **argv)
{
	const struct command *c;

	(void)o;
	if (argc == 0) {
		printf("usage: hsctl [-q] [-v] COMMAND [options] [VM]\n\n");
		for (c = commands; c->name != NULL; c++) {
			printf("  %-9s %-13s %s\n", c->name, c->args, c->summary);
		}
		printf("\n-q, --quiet: nothing but what was asked for, and errors. -v, --verbose: "
		       "also what\n"
		       "is asked of the driver and of VMs. hsctl help COMMAND says more; hsctl(1) "
		       "says all.\n");
		return HSX_OK;
	}
	for (c = commands; c->name != NULL; c++) {
		if (strcmp(c->name, argv[0]) == 0) {
			print_command(c);
			return HSX_OK;
		}
	}
	return fail(HSX_USAGE, "no command %s; hsctl help lists them", argv[0]);
}
