/* SPDX-License-Identifier: BSD-2-Clause */
/* list and info */
#include "hsctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void time_string(int64_t t, char out[32])
{
	time_t v = (time_t)t;
	struct tm tm;

	if (t == 0 || gmtime_r(&v, &tm) == NULL) {
		snprintf(out, 32, "-");
	} else {
		(void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
}

static const char *measurement(const struct hypctl_vm_info *vm, char hex[65])
{
	unsigned int i;

	for (i = 0; i < HYPCTL_MEASUREMENT_SIZE; i++) {
		snprintf(hex + 2u * i, 3, "%02x", vm->measurement[i]);
	}
	return hex;
}

static void vm_json(const struct hypctl_vm_info *vm)
{
	char hex[65];
	char uuid[37];
	char when[32];

	uuid_string(vm->uuid, uuid);
	printf("{\"name\":");
	json_string(stdout, vm->name);
	printf(",\"id\":%u,\"uuid\":\"%s\",\"state\":\"%s\",\"reason\":", vm->id, uuid,
	       hypctl_vm_state_name(vm->state));
	json_string(stdout, vm->reason);
	printf(",\"protected\":%s,\"dma_allowed\":%s,\"shared\":%" PRIu64
	       ",\"vcpus\":%u,\"memory\":%" PRIu64 ",\"memory_used\":%" PRIu64 ",\"pages\":%" PRIu64
	       ",\"exits\":%" PRIu64 ",\"mmio_exits\":%" PRIu64 ",\"pid\":%d",
	       vm->is_protected ? "true" : "false", vm->dma_allowed ? "true" : "false", vm->shared,
	       vm->vcpus, vm->memory, vm->memory_used, vm->pages, vm->exits, vm->mmio_exits,
	       vm->ended == 0 ? vm->pid : 0);
	time_string(vm->created, when);
	printf(",\"created\":\"%s\"", when);
	if (vm->measured) {
		printf(",\"measurement\":\"%s\"", measurement(vm, hex));
	} else {
		printf(",\"measurement\":null");
	}
	time_string(vm->ended, when);
	printf(vm->ended == 0 ? ",\"ended\":null}" : ",\"ended\":\"%s\"}", when);
}

static const char *protection(const struct hypctl_vm_info *vm)
{
	return !vm->is_protected ? "none"
	       : vm->dma_allowed ? "protected (dma trusted)"
				 : "protected";
}

static void vm_line(const struct hypctl_vm_info *vm, const char *format)
{
	char memory[24];

	snprintf(memory, sizeof(memory), "%" PRIu64 " MiB", vm->memory >> 20);
	printf(format, vm->name, vm->id, hypctl_vm_state_name(vm->state), protection(vm), vm->vcpus,
	       memory, vm->reason);
}

int cmd_list(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info *list;
	size_t count;
	size_t i;
	size_t shown = 0;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);

	(void)argc, (void)argv;
	if (h == NULL) {
		return code;
	}
	if (hypctl_vm_list(h, &list, &count) != 0) {
		code = fail(HSX_FAILED, "%s", hypctl_error(h));
		hypctl_close(h);
		return code;
	}
	if (o->output == OUT_JSON) {
		printf("[");
	} else if (o->output == OUT_TABLE) {
		printf("%-20s %4s %-8s %-10s %5s %10s  %s\n", "NAME", "ID", "STATE", "PROTECTION",
		       "VCPUS", "MEMORY", "REASON");
	}
	for (i = 0; i < count; i++) {
		if (list[i].ended != 0 && !o->all) {
			continue;
		}
		if (o->output == OUT_JSON) {
			printf(shown > 0 ? ",\n " : "");
			vm_json(&list[i]);
		} else if (o->output == OUT_PLAIN) {
			printf("%s\n", list[i].name);
		} else {
			vm_line(&list[i], "%-20s %4u %-8s %-10s %5u %10s  %s\n");
		}
		shown++;
	}
	if (o->output == OUT_JSON) {
		printf("]\n");
	}
	free(list);
	hypctl_close(h);
	return HSX_OK;
}

static const char *owner_key(enum hypctl_owner_key k)
{
	return k == HYPCTL_OWNER_ALL	     ? "every VM needs one"
	       : k == HYPCTL_OWNER_PROTECTED ? "protected VMs need one"
					     : "none (no owner's key)";
}

static int host_info(const struct options *o, struct hypctl *h)
{
	struct hypctl_host i;

	if (hypctl_host_info(h, &i) != 0) {
		return fail(HSX_FAILED, "%s", hypctl_error(h));
	}
	if (o->output == OUT_JSON) {
		printf("{\"version\":\"%u.%u.%u\",\"cpus\":%u,\"vms\":%u,\"dma\":\"%s\","
		       "\"signatures\":\"%s\","
		       "\"memory\":%" PRIu64 ",\"dom0_pages\":%" PRIu64 ",\"guest_pages\":%" PRIu64
		       ",\"hypervisor_pages\":%" PRIu64 ",\"boot_ticks\":%" PRIu64 "}\n",
		       i.version[0], i.version[1], i.version[2], i.cpus, i.vms,
		       i.dma_contained ? "contained" : "trusted",
		       i.owner_key == HYPCTL_OWNER_ALL	       ? "all"
		       : i.owner_key == HYPCTL_OWNER_PROTECTED ? "protected"
							       : "none",
		       i.ram_pages * 4096u, i.dom0_pages, i.guest_pages, i.core_pages,
		       i.boot_ticks);
		return HSX_OK;
	}
	printf("hypervisor   Homestead %u.%u.%u\n", i.version[0], i.version[1], i.version[2]);
	printf("cpus         %u\n", i.cpus);
	printf("vms          %u\n", i.vms);
	printf("dma          %s\n", i.dma_contained ? "contained" : "trusted");
	printf("signatures   %s\n", owner_key(i.owner_key));
	printf("memory       %" PRIu64 " MiB\n", i.ram_pages >> 8);
	printf("  dom0       %" PRIu64 " pages\n", i.dom0_pages);
	printf("  guests     %" PRIu64 " pages\n", i.guest_pages);
	printf("  hypervisor %" PRIu64 " pages\n", i.core_pages);
	return HSX_OK;
}

static void vm_table(const struct hypctl_vm_info *vm)
{
	char hex[65];
	char uuid[37];
	char when[32];

	uuid_string(vm->uuid, uuid);
	printf("name         %s\n", vm->name);
	printf("id           %u\n", vm->id);
	printf("uuid         %s\n", uuid);
	printf("state        %s%s%s\n", hypctl_vm_state_name(vm->state),
	       vm->reason[0] != '\0' ? ": " : "", vm->reason);
	printf("protection   %s\n",
	       vm->is_protected ? protection(vm) : "none (ordinary VM: dom0 sees all of it)");
	printf("shared       %" PRIu64 " bytes\n", vm->shared);
	if (vm->measured) {
		printf("measurement  %s\n", measurement(vm, hex));
	}
	printf("vcpus        %u\n", vm->vcpus);
	printf("memory       %" PRIu64 " MiB, %" PRIu64 " KiB populated\n", vm->memory >> 20,
	       vm->memory_used >> 10);
	printf("exits        %" PRIu64 ", of which device accesses %" PRIu64 "\n", vm->exits,
	       vm->mmio_exits);
	time_string(vm->created, when);
	printf("created      %s\n", when);
	if (vm->ended != 0) {
		time_string(vm->ended, when);
		printf("ended        %s\n", when);
	} else {
		printf("hsvm         pid %d\n", vm->pid);
	}
}

int cmd_info(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);

	if (h == NULL) {
		return code;
	}
	if (argc == 0) {
		code = host_info(o, h);
	} else if (vm_find(h, argv[0], true, &vm, &code)) {
		if (o->output == OUT_JSON) {
			vm_json(&vm);
			printf("\n");
		} else {
			vm_table(&vm);
		}
	}
	hypctl_close(h);
	return code;
}
