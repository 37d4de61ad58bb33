/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu-list, vcpu-pin, stats, mem: numbers of all VMs, or of one. */
#include "hsctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define PAGE 4096u
#define BAR 40u

struct hypctl *living(int argc, char **argv, struct hypctl_vm_info **list, size_t *count,
		      struct hypctl_host *host, int *code)
{
	struct hypctl *h = host_open(code);
	size_t i, n = 0;

	*list = NULL;
	*count = 0;
	if (h == NULL) {
		return NULL;
	}
	if (argc > 0) {
		*list = calloc(1, sizeof(**list));
		*count = 1;
		if (*list == NULL) {
			*code = fail(HSX_RESOURCES, "out of memory");
		} else {
			(void)vm_find(h, argv[0], false, *list, code);
		}
	} else if (hypctl_vm_list(h, list, count) != 0) {
		*code = fail(HSX_FAILED, "%s", hypctl_error(h));
	}
	if (*code == HSX_OK && host != NULL && hypctl_host_info(h, host) != 0) {
		*code = fail(HSX_FAILED, "%s", hypctl_error(h));
	}
	if (*code != HSX_OK) {
		free(*list);
		hypctl_close(h);
		return NULL;
	}
	for (i = 0; i < *count; i++) {
		if ((*list)[i].ended == 0) {
			(*list)[n++] = (*list)[i];
		}
	}
	*count = n;
	return h;
}

/* ---- vcpu-list ---- */

static const char *vcpu_state(const struct hypctl_vm_info *vm, const struct hypctl_vcpu_info *v)
{
	return vm->state != HYPCTL_VM_RUNNING ? hypctl_vm_state_name(vm->state)
	       : v->running		      ? "running"
					      : "waiting";
}

struct vcpu_row {
	const struct hypctl_vm_info *vm;
	struct hypctl_vcpu_info vcpu;
};

#define CELL(TYPE, NAME, ...)                                                                      \
	static void cell_##NAME(const void *row, char *text)                                       \
	{                                                                                          \
		const TYPE *r = row;                                                               \
                                                                                                   \
		snprintf(text, TABLE_CELL, __VA_ARGS__);                                           \
	}
CELL(struct vcpu_row, vm, "%s", r->vm->name)
CELL(struct vcpu_row, id, "%u", r->vm->id)
CELL(struct vcpu_row, vcpu, "%u", r->vcpu.id)
CELL(struct vcpu_row, cpu, "%u", r->vcpu.cpu)
CELL(struct vcpu_row, state, "%s", vcpu_state(r->vm, &r->vcpu))
CELL(struct vcpu_row, time, "%.2f", (double)r->vcpu.cpu_time / 1e9)

static void cell_cpus(const void *row, char *text)
{
	char cpus[HYPCTL_CPUSET_SIZE];

	snprintf(text, TABLE_CELL, "%s",
		 hypctl_cpuset_format(((const struct vcpu_row *)row)->vcpu.cpus, cpus));
}

static const struct column vcpu_columns[] = {
	{ "name", "NAME", TABLE_PLAIN, cell_vm },
	{ "id", "ID", TABLE_RIGHT, cell_id },
	{ "vcpu", "VCPU", TABLE_RIGHT | TABLE_PLAIN, cell_vcpu },
	{ "cpu", "CPU", TABLE_RIGHT, cell_cpu },
	{ "state", "STATE", TABLE_STATE, cell_state },
	{ "time", "TIME(s)", TABLE_RIGHT, cell_time },
	{ "cpus", "CPUS", 0, cell_cpus },
	{ .name = NULL },
};

static void vcpus_json(const struct vcpu_row *rows, size_t count)
{
	char cpus[HYPCTL_CPUSET_SIZE];
	size_t i;

	printf("[");
	for (i = 0; i < count; i++) {
		const struct hypctl_vcpu_info *v = &rows[i].vcpu;

		printf(i == 0 ? "{\"vm\":" : ",\n {\"vm\":");
		json_string(stdout, rows[i].vm->name);
		printf(",\"id\":%u,\"vcpu\":%u,\"cpu\":%u,\"state\":\"%s\",\"cpu_time_ns\":%" PRIu64
		       ",\"cpus\":\"%s\"}",
		       rows[i].vm->id, v->id, v->cpu, vcpu_state(rows[i].vm, v), v->cpu_time,
		       hypctl_cpuset_format(v->cpus, cpus));
	}
	printf("]\n");
}

int cmd_vcpu_list(const struct options *o, int argc, char **argv)
{
	struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS];
	struct hypctl_vm_info *list;
	struct vcpu_row *rows;
	unsigned int n, v;
	size_t count, i, nr = 0;
	int code = HSX_OK;
	struct hypctl *h = living(argc, argv, &list, &count, NULL, &code);

	if (h == NULL) {
		return code;
	}
	rows = calloc(count * HYPCTL_MAX_VCPUS + 1u, sizeof(*rows));
	for (i = 0; rows != NULL && i < count; i++) {
		(void)hypctl_vm_vcpus(&list[i], vcpus, &n); /* none: it is off, but kept */
		for (v = 0; v < n; v++) {
			rows[nr++] = (struct vcpu_row){ .vm = &list[i], .vcpu = vcpus[v] };
		}
	}
	if (rows == NULL) {
		code = fail(HSX_RESOURCES, "out of memory");
	} else if (o->output == OUT_JSON) {
		vcpus_json(rows, nr);
	} else {
		code = table_show(vcpu_columns, o, rows, nr, sizeof(*rows));
	}
	free(rows);
	free(list);
	hypctl_close(h);
	return code;
}

int cmd_vcpu_pin(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	struct hypctl_host host;
	bool all = strcmp(argv[1], "all") == 0;
	uint64_t there, cpus;
	char command[64];
	unsigned long vcpu, last;
	char *end;
	int code = HSX_OK;
	struct hypctl *h = host_open(&code);
	bool found = h != NULL && vm_find(h, argv[0], false, &vm, &code);

	(void)o, (void)argc;
	if (found && hypctl_host_info(h, &host) != 0) {
		code = fail(HSX_FAILED, "%s", hypctl_error(h));
	}
	hypctl_close(h);
	if (code != HSX_OK) {
		return code;
	}
	there = host.cpus < 64u ? (1ull << host.cpus) - 1u : ~0ull;
	vcpu = all ? 0 : strtoul(argv[1], &end, 10);
	if (!all && (argv[1][0] < '0' || argv[1][0] > '9' || *end != '\0' || vcpu >= vm.vcpus)) {
		return fail(HSX_USAGE, "vCPU %s: VM %s has 0 to %u; or say all", argv[1], vm.name,
			    vm.vcpus - 1u);
	}
	if (strcmp(argv[2], "all") == 0) {
		cpus = 0; /* anywhere */
	} else if (hypctl_cpuset_parse(argv[2], &cpus) != 0) {
		return fail(HSX_USAGE, "CPUs %s: a list as 0-3,^2, or all", argv[2]);
	} else if ((cpus & ~there) != 0) {
		return fail(HSX_RESOURCES, "CPUs %s: this machine has 0 to %u", argv[2],
			    host.cpus - 1u);
	}
	for (last = all ? vm.vcpus - 1u : vcpu; vcpu <= last && code == HSX_OK; vcpu++) {
		snprintf(command, sizeof(command), "pin %lu %" PRIx64, vcpu, cpus);
		code = vm_control(vm.name, command);
	}
	return code;
}

/* ---- stats ---- */

/* What is counted of each VM: its name in JSON and for Prometheus. */
static const struct {
	const char *json, *prom, *type, *help;
	size_t offset;
} counters[] = {
	{ "exits", "hs_vm_exits_total", "counter", "Exits of vCPUs to dom0.",
	  offsetof(struct hypctl_vm_info, exits) },
	{ "mmio_exits", "hs_vm_mmio_exits_total", "counter",
	  "Exits that were accesses to a device.", offsetof(struct hypctl_vm_info, mmio_exits) },
	{ "memory", "hs_vm_memory_bytes", "gauge", "Memory that the VM has.",
	  offsetof(struct hypctl_vm_info, memory) },
	{ "memory_used", "hs_vm_memory_used_bytes", "gauge", "Memory that is populated.",
	  offsetof(struct hypctl_vm_info, memory_used) },
	{ "pages", "hs_vm_pages", "gauge", "Pages of 4 KiB, with the VM's tables and vCPUs.",
	  offsetof(struct hypctl_vm_info, pages) },
	{ "shared", "hs_vm_shared_bytes", "gauge", "Memory that dom0 can see or may map.",
	  offsetof(struct hypctl_vm_info, shared) },
};
#define NR_COUNTERS (sizeof(counters) / sizeof(counters[0]))

static uint64_t counter(const struct hypctl_vm_info *vm, size_t i)
{
	uint64_t v;

	memcpy(&v, (const char *)vm + counters[i].offset, sizeof(v));
	return v;
}

static void stats_json(const struct hypctl_vm_info *vm)
{
	struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS];
	unsigned int n, v;
	size_t i;

	printf("{\"name\":");
	json_string(stdout, vm->name);
	printf(",\"id\":%u,\"state\":\"%s\",\"protected\":%s", vm->id,
	       hypctl_vm_state_name(vm->state), vm->is_protected ? "true" : "false");
	for (i = 0; i < NR_COUNTERS; i++) {
		printf(",\"%s\":%" PRIu64, counters[i].json, counter(vm, i));
	}
	printf(",\"vcpus\":[");
	(void)hypctl_vm_vcpus(vm, vcpus, &n);
	for (v = 0; v < n; v++) {
		printf("%s{\"vcpu\":%u,\"cpu_time_ns\":%" PRIu64 "}", v > 0 ? "," : "", v,
		       vcpus[v].cpu_time);
	}
	printf("]}");
}

static void head(const char *name, const char *type, const char *help)
{
	printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The text format of Prometheus; names of VMs need no escapes. */
static void stats_prom(const struct hypctl_vm_info *list, size_t count,
		       const struct hypctl_host *host)
{
	struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS];
	unsigned int n, v;
	size_t i, k;

	head("hs_pages", "gauge", "Pages of 4 KiB by owner.");
	printf("hs_pages{owner=\"dom0\"} %" PRIu64 "\nhs_pages{owner=\"guests\"} %" PRIu64
	       "\nhs_pages{owner=\"hypervisor\"} %" PRIu64 "\n",
	       host->dom0_pages, host->guest_pages, host->core_pages);
	head("hs_vms", "gauge", "VMs that there are.");
	printf("hs_vms %u\n", host->vms);
	head("hs_vm_running", "gauge", "1 for a VM that runs, 0 for one that is paused or off.");
	for (k = 0; k < count; k++) {
		printf("hs_vm_running{vm=\"%s\"} %d\n", list[k].name,
		       list[k].state == HYPCTL_VM_RUNNING);
	}
	for (i = 0; i < NR_COUNTERS; i++) {
		head(counters[i].prom, counters[i].type, counters[i].help);
		for (k = 0; k < count; k++) {
			printf("%s{vm=\"%s\"} %" PRIu64 "\n", counters[i].prom, list[k].name,
			       counter(&list[k], i));
		}
	}
	head("hs_vm_cpu_seconds_total", "counter", "Time that a vCPU's thread has run.");
	for (k = 0; k < count; k++) {
		(void)hypctl_vm_vcpus(&list[k], vcpus, &n);
		for (v = 0; v < n; v++) {
			printf("hs_vm_cpu_seconds_total{vm=\"%s\",vcpu=\"%u\"} %.2f\n",
			       list[k].name, v, (double)vcpus[v].cpu_time / 1e9);
		}
	}
}

int cmd_stats(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info *list;
	struct hypctl_host host;
	size_t count, i, k;
	int code = HSX_OK;
	struct hypctl *h = living(argc, argv, &list, &count, &host, &code);

	if (h == NULL) {
		return code;
	}
	if (o->prom) {
		stats_prom(list, count, &host);
	} else if (o->output == OUT_JSON) {
		printf("[");
		for (i = 0; i < count; i++) {
			printf(i > 0 ? ",\n " : "");
			stats_json(&list[i]);
		}
		printf("]\n");
	} else {
		for (i = 0; i < count; i++) {
			for (k = 0; k < NR_COUNTERS; k++) {
				printf("%s %s %" PRIu64 "\n", list[i].name, counters[k].json,
				       counter(&list[i], k));
			}
		}
	}
	free(list);
	hypctl_close(h);
	return code;
}

/* ---- mem ---- */

/* A VM's memory as BAR characters: P private, S dom0 sees it, . not populated. */
static void cell_bar(const void *row, char *text)
{
	const struct hypctl_vm_info *vm = row;
	uint64_t step = vm->memory / BAR > 0 ? vm->memory / BAR : 1u;
	uint64_t shared = (vm->shared + step - 1u) / step; /* one byte is one S */
	uint64_t used = (vm->memory_used + step - 1u) / step;
	unsigned int i;

	for (i = 0; i < BAR; i++) {
		text[i] = i < shared ? 'S' : i < used ? 'P' : '.';
	}
	text[BAR] = '\0';
}

CELL(struct hypctl_vm_info, name, "%s", r->name)
CELL(struct hypctl_vm_info, private, "%.1f MiB", (double)(r->memory_used - r->shared) / 1048576)
CELL(struct hypctl_vm_info, shared, "%.1f MiB", (double)r->shared / 1048576)
CELL(struct hypctl_vm_info, unused, "%.1f MiB", (double)(r->memory - r->memory_used) / 1048576)
CELL(struct hypctl_vm_info, tables, "%.1f MiB", (double)(r->pages *PAGE - r->memory_used) / 1048576)

static const struct column mem_columns[] = {
	{ "name", "NAME", TABLE_PLAIN, cell_name },
	{ "private", "PRIVATE", TABLE_RIGHT, cell_private },
	{ "shared", "SHARED", TABLE_RIGHT, cell_shared },
	{ "unused", "UNUSED", TABLE_RIGHT, cell_unused },
	{ "tables", "TABLES", TABLE_RIGHT, cell_tables },
	{ "bar", "P private, S dom0 sees it, . unused", 0, cell_bar },
	{ .name = NULL },
};

static void mem_json(const struct hypctl_host *host, const struct hypctl_vm_info *list,
		     size_t count)
{
	size_t i;

	printf("{\"dom0_pages\":%" PRIu64 ",\"guest_pages\":%" PRIu64
	       ",\"hypervisor_pages\":%" PRIu64 ",\"vms\":[",
	       host->dom0_pages, host->guest_pages, host->core_pages);
	for (i = 0; i < count; i++) {
		printf(i > 0 ? ",\n {\"name\":" : "{\"name\":");
		json_string(stdout, list[i].name);
		printf(",\"protected\":%s,\"private\":%" PRIu64 ",\"shared\":%" PRIu64
		       ",\"unpopulated\":%" PRIu64 ",\"overhead\":%" PRIu64 "}",
		       list[i].is_protected ? "true" : "false",
		       list[i].memory_used - list[i].shared, list[i].shared,
		       list[i].memory - list[i].memory_used,
		       list[i].pages * PAGE - list[i].memory_used);
	}
	printf("]}\n");
}

int cmd_mem(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info *list;
	struct hypctl_host host;
	size_t count;
	int code = HSX_OK;
	struct hypctl *h = living(argc, argv, &list, &count, &host, &code);

	if (h == NULL) {
		return code;
	}
	if (o->output == OUT_JSON) {
		mem_json(&host, list, count);
	} else {
		if (o->output == OUT_TABLE) {
			printf("%-10s %8.1f MiB\n%-10s %8.1f MiB\n%-10s %8.1f MiB\n\n", "dom0",
			       (double)host.dom0_pages / 256, "guests",
			       (double)host.guest_pages / 256, "hypervisor",
			       (double)host.core_pages / 256);
		}
		code = table_show(mem_columns, o, list, count, sizeof(*list));
	}
	free(list);
	hypctl_close(h);
	return code;
}
