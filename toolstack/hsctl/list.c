/* SPDX-License-Identifier: BSD-2-Clause */
/* list and info */
#include "hsctl.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "table.h"

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

/* A VM, or what is known of one that is only defined. */
struct row {
	struct hypctl_vm_info vm;
	bool exists; /* for the hypervisor: it lives or has ended */
	bool defined, autostart;
};

static const char *state_name(const struct row *row)
{
	return row->exists ? hypctl_vm_state_name(row->vm.state) : "defined";
}

static void vm_json(const struct row *row)
{
	const struct hypctl_vm_info *vm = &row->vm;
	char hex[65];
	char uuid[HYPCTL_UUID_SIZE];
	char when[32];

	(void)hypctl_uuid_format(vm->uuid, uuid);
	printf("{\"name\":");
	json_string(stdout, vm->name);
	if (row->exists) {
		printf(",\"id\":%u", vm->id);
	} else {
		printf(",\"id\":null");
	}
	printf(",\"uuid\":\"%s\",\"state\":\"%s\",\"defined\":%s,\"autostart\":%s,\"reason\":",
	       uuid, state_name(row), row->defined ? "true" : "false",
	       row->autostart ? "true" : "false");
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

/* ---- list ---- */

/* A number or a word of a VM, as a cell; known: or it is a "-". */
#define CELL(NAME, KNOWN, ...)                                                                     \
	static void cell_##NAME(const void *p, char *text)                                         \
	{                                                                                          \
		const struct row *row = p;                                                         \
		const struct hypctl_vm_info *vm = &row->vm;                                        \
                                                                                                   \
		(void)vm;                                                                          \
		if (KNOWN) {                                                                       \
			snprintf(text, TABLE_CELL, __VA_ARGS__);                                   \
		} else {                                                                           \
			snprintf(text, TABLE_CELL, "-");                                           \
		}                                                                                  \
	}
CELL(name, true, "%s", vm->name)
CELL(id, row->exists, "%u", vm->id)
CELL(state, true, "%s", state_name(row))
CELL(protection, true, "%s", protection(vm))
CELL(vcpus, vm->vcpus != 0, "%u", vm->vcpus)
CELL(memory, vm->memory != 0, "%" PRIu64 " MiB", vm->memory >> 20)
CELL(reason, true, "%s", vm->reason)
CELL(used, row->exists, "%.1f MiB", (double)vm->memory_used / 1048576)
CELL(shared, row->exists, "%.1f MiB", (double)vm->shared / 1048576)
CELL(exits, row->exists, "%" PRIu64, vm->exits)
CELL(pid, row->exists && vm->ended == 0, "%d", vm->pid)
CELL(autostart, true, "%s", row->autostart ? "yes" : "no")

static void cell_uuid(const void *row, char *text)
{
	(void)hypctl_uuid_format(((const struct row *)row)->vm.uuid, text);
}

static void cell_created(const void *row, char *text)
{
	time_string(((const struct row *)row)->vm.created, text);
}

static void cell_ended(const void *row, char *text)
{
	time_string(((const struct row *)row)->vm.ended, text);
}

static void cell_measurement(const void *row, char *text)
{
	const struct hypctl_vm_info *vm = &((const struct row *)row)->vm;

	if (vm->measured) {
		(void)measurement(vm, text);
	} else {
		snprintf(text, TABLE_CELL, "-");
	}
}

static const struct column list_columns[] = {
	{ "name", "NAME", TABLE_PLAIN, cell_name },
	{ "id", "ID", TABLE_RIGHT, cell_id },
	{ "state", "STATE", TABLE_STATE, cell_state },
	{ "protection", "PROTECTION", 0, cell_protection },
	{ "vcpus", "VCPUS", TABLE_RIGHT, cell_vcpus },
	{ "memory", "MEMORY", TABLE_RIGHT, cell_memory },
	{ "reason", "REASON", 0, cell_reason },
	{ "used", "USED", TABLE_RIGHT | TABLE_MORE, cell_used },
	{ "shared", "SHARED", TABLE_RIGHT | TABLE_MORE, cell_shared },
	{ "exits", "EXITS", TABLE_RIGHT | TABLE_MORE, cell_exits },
	{ "pid", "PID", TABLE_RIGHT | TABLE_MORE, cell_pid },
	{ "uuid", "UUID", TABLE_MORE, cell_uuid },
	{ "created", "CREATED", TABLE_MORE, cell_created },
	{ "ended", "ENDED", TABLE_MORE, cell_ended },
	{ "autostart", "AUTOSTART", TABLE_MORE, cell_autostart },
	{ "measurement", "MEASUREMENT", TABLE_MORE, cell_measurement },
	{ .name = NULL },
};

/*
 * The living, with all or defined the defined that do not live, with all those
 * that have ended. NULL: no memory.
 */
static struct row *gather(const struct options *o, const struct hypctl_vm_info *list, size_t count,
			  size_t *nr)
{
	size_t names = 0;
	size_t i;
	char **name = defined_names(false, &names);
	struct row *rows = calloc(count + names + 1u, sizeof(*rows));

	*nr = 0;
	for (i = 0; rows != NULL && i < count && list[i].ended == 0; i++) {
		bool defined = is_defined(list[i].name);

		if (defined || !o->defined) {
			rows[(*nr)++] = (struct row){ .vm = list[i],
						      .exists = true,
						      .defined = defined,
						      .autostart = is_autostarted(list[i].name) };
		}
	}
	for (i = 0; rows != NULL && i < names && (o->all || o->defined); i++) {
		if (find_living(list, count, name[i]) == NULL) {
			struct row *row = &rows[(*nr)++];

			*row = (struct row){ .defined = true,
					     .autostart = is_autostarted(name[i]) };
			defined_info(name[i], &row->vm);
		}
	}
	for (i = 0; rows != NULL && i < count && o->all; i++) {
		if (list[i].ended != 0) {
			rows[(*nr)++] = (struct row){ .vm = list[i], .exists = true };
		}
	}
	free_names(name, names);
	return rows;
}

static void list_json(const struct row *rows, size_t count)
{
	size_t i;

	printf("[");
	for (i = 0; i < count; i++) {
		printf(i > 0 ? ",\n " : "");
		vm_json(&rows[i]);
	}
	printf("]\n");
}

int cmd_list(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info *list;
	struct row *rows;
	size_t count;
	size_t nr;
	int code = HSX_OK;
	struct hypctl *h;

	(void)argc, (void)argv;
	if (o->columns != NULL && o->output == OUT_JSON) {
		return fail(HSX_USAGE, "--columns goes with a table or plain; JSON has all");
	}
	h = host_open(&code);
	if (h == NULL) {
		return code;
	}
	if (hypctl_vm_list(h, &list, &count) != 0) {
		code = fail(HSX_FAILED, "%s", hypctl_error(h));
		hypctl_close(h);
		return code;
	}
	rows = gather(o, list, count, &nr);
	if (rows == NULL) {
		code = fail(HSX_RESOURCES, "out of memory");
	} else if (o->output == OUT_JSON) {
		list_json(rows, nr);
	} else {
		code = table_show(list_columns, o, rows, nr, sizeof(*rows));
	}
	free(rows);
	free(list);
	hypctl_close(h);
	return code;
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
	char uuid[HYPCTL_UUID_SIZE];
	char when[32];

	(void)hypctl_uuid_format(vm->uuid, uuid);
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
			vm_json(&(struct row){ .vm = vm,
					       .exists = true,
					       .defined = is_defined(vm.name),
					       .autostart = is_autostarted(vm.name) });
			printf("\n");
		} else {
			vm_table(&vm);
		}
	}
	hypctl_close(h);
	return code;
}
