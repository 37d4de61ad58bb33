/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu-list, vcpu-pin, stats, mem: numbers of all VMs, or of one. */
#include "hsctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define BAR 40u

/* The living VMs, or the one that is named; *list is freed by the caller. host may be NULL. */
static struct hypctl *living(int argc, char **argv, struct hypctl_vm_info **list, size_t *count,
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

static void vcpu_line(const struct options *o, const struct hypctl_vm_info *vm,
		      const struct hypctl_vcpu_info *v, bool first)
{
	char cpus[HYPCTL_CPUSET_SIZE];

	(void)hypctl_cpuset_format(v->cpus, cpus);
	if (o->output == OUT_JSON) {
		printf(first ? "{\"vm\":" : ",\n {\"vm\":");
		json_string(stdout, vm->name);
		printf(",\"id\":%u,\"vcpu\":%u,\"cpu\":%u,\"state\":\"%s\",\"cpu_time_ns\":%" PRIu64
		       ",\"cpus\":\"%s\"}",
		       vm->id, v->id, v->cpu, vcpu_state(vm, v), v->cpu_time, cpus);
	} else if (o->output == OUT_PLAIN) {
		printf("%s %u\n", vm->name, v->id);
	} else {
		printf("%-20s %4u %5u %4u %-8s %10.2f  %s\n", vm->name, vm->id, v->id, v->cpu,
		       vcpu_state(vm, v), (double)v->cpu_time / 1e9, cpus);
	}
}

int cmd_vcpu_list(const struct options *o, int argc, char **argv)
{
	struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS];
	struct hypctl_vm_info *list;
	unsigned int n, v;
	bool first = true;
	size_t count, i;
	int code = HSX_OK;
	struct hypctl *h = living(argc, argv, &list, &count, NULL, &code);

	if (h == NULL) {
		return code;
	}
	if (o->output == OUT_TABLE) {
		printf("%-20s %4s %5s %4s %-8s %10s  %s\n", "NAME", "ID", "VCPU", "CPU", "STATE",
		       "TIME(s)", "CPUS");
	}
	printf(o->output == OUT_JSON ? "[" : "");
	for (i = 0; i < count; i++) {
		(void)hypctl_vm_vcpus(&list[i], vcpus, &n); /* none: it is off, but kept */
		for (v = 0; v < n; v++) {
			vcpu_line(o, &list[i], &vcpus[v], first);
			first = false;
		}
	}
	printf(o->output == OUT_JSON ? "]\n" : "");
	free(list);
	hypctl_close(h);
	return HSX_OK;
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
static void bar(const struct hypctl_vm_info *vm, char text[BAR + 1u])
{
	uint64_t step = vm->memory / BAR > 0 ? vm->memory / BAR : 1u;
	uint64_t shared = (vm->shared + step - 1u) / step; /* one byte is one S */
	uint64_t used = (vm->memory_used + step - 1u) / step;
	unsigned int i;

	for (i = 0; i < BAR; i++) {
		text[i] = i < shared ? 'S' : i < used ? 'P' : '.';
	}
	text[BAR] = '\0';
}

int cmd_mem(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info *list;
	struct hypctl_host host;
	char text[BAR + 1u];
	size_t count, i;
	int code = HSX_OK;
	struct hypctl *h = living(argc, argv, &list, &count, &host, &code);

	if (h == NULL) {
		return code;
	}
	if (o->output == OUT_JSON) {
		printf("{\"dom0_pages\":%" PRIu64 ",\"guest_pages\":%" PRIu64
		       ",\"hypervisor_pages\":%" PRIu64 ",\"vms\":[",
		       host.dom0_pages, host.guest_pages, host.core_pages);
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
	} else {
		printf("%-20s %8.1f MiB\n%-20s %8.1f MiB\n%-20s %8.1f MiB\n\n", "dom0",
		       (double)host.dom0_pages / 256, "guests", (double)host.guest_pages / 256,
		       "hypervisor", (double)host.core_pages / 256);
		printf("%-20s %10s %10s %10s %10s  %s\n", "NAME", "PRIVATE", "SHARED", "UNUSED",
		       "TABLES", "P private, S dom0 sees it, . unused");
		for (i = 0; i < count; i++) {
			bar(&list[i], text);
			printf("%-20s %6.1f MiB %6.1f MiB %6.1f MiB %6.1f MiB  %s\n", list[i].name,
			       (double)(list[i].memory_used - list[i].shared) / 1048576,
			       (double)list[i].shared / 1048576,
			       (double)(list[i].memory - list[i].memory_used) / 1048576,
			       (double)(list[i].pages * PAGE - list[i].memory_used) / 1048576,
			       text);
		}
	}
	free(list);
	hypctl_close(h);
	return code;
}
