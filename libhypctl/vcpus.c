/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of CPUs, and what dom0's kernel knows of the threads that run vCPUs. */
#include "hypctl.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS 1000000000ull

/* One number; *s is behind it then. */
static int number(const char **s, unsigned int *n)
{
	char *end;
	unsigned long v;

	if (!isdigit((unsigned char)**s)) {
		return -EINVAL;
	}
	errno = 0;
	v = strtoul(*s, &end, 10);
	if (errno != 0 || v >= HYPCTL_MAX_CPUS) {
		return -ERANGE;
	}
	*s = end;
	*n = (unsigned int)v;
	return 0;
}

int hypctl_cpuset_parse(const char *text, uint64_t *cpus)
{
	uint64_t set = 0;
	const char *s = text;

	for (;;) {
		bool without = *s == '^';
		unsigned int first, last, i;
		int r;

		s += without ? 1 : 0;
		r = number(&s, &first);
		last = first;
		if (r == 0 && *s == '-' && !without) {
			s++;
			r = number(&s, &last);
		}
		if (r != 0 || last < first) {
			return r != 0 ? r : -EINVAL;
		}
		for (i = first; i <= last; i++) {
			set = without ? set & ~(1ull << i) : set | 1ull << i;
		}
		if (*s == '\0') {
			break;
		}
		if (*s++ != ',') {
			return -EINVAL;
		}
	}
	if (set == 0) {
		return -EINVAL;
	}
	*cpus = set;
	return 0;
}

const char *hypctl_cpuset_format(uint64_t cpus, char text[HYPCTL_CPUSET_SIZE])
{
	unsigned int i, last;
	size_t n = 0;

	text[0] = '\0';
	for (i = 0; i < HYPCTL_MAX_CPUS; i = last + 1u) {
		last = i;
		if ((cpus >> i & 1u) == 0) {
			continue;
		}
		while (last + 1u < HYPCTL_MAX_CPUS && (cpus >> (last + 1u) & 1u) != 0) {
			last++;
		}
		n += (size_t)snprintf(text + n, HYPCTL_CPUSET_SIZE - n, "%s%u", n > 0 ? "," : "",
				      i);
		if (last > i) {
			n += (size_t)snprintf(text + n, HYPCTL_CPUSET_SIZE - n, "-%u", last);
		}
	}
	return text;
}

/* A small file below /proc/PID/task/TID. */
static bool read_task(int pid, const char *tid, const char *name, char *text, size_t size)
{
	char path[300];
	FILE *f;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", pid, tid, name);
	f = fopen(path, "re");
	if (f != NULL) {
		n = fread(text, 1, size - 1u, f);
		fclose(f);
	}
	text[n] = '\0';
	return n > 0;
}

/* proc(5): state is field 3, times in ticks 14 and 15, the CPU 39. */
static bool read_stat(int pid, const char *tid, struct hypctl_vcpu_info *v)
{
	unsigned long long user, system;
	char text[1024];
	const char *s;
	char state;

	if (!read_task(pid, tid, "stat", text, sizeof(text)) || (s = strrchr(text, ')')) == NULL ||
	    sscanf(s + 1,
		   " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %*d %*d %*d %*d %*d %*d "
		   "%*u %*u %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %u",
		   &state, &user, &system, &v->cpu) != 4) {
		return false;
	}
	v->running = state == 'R';
	v->cpu_time = (user + system) * (NS / (unsigned long long)sysconf(_SC_CLK_TCK));
	return true;
}

static bool read_cpus(int pid, const char *tid, struct hypctl_vcpu_info *v)
{
	char text[4096];
	char list[HYPCTL_CPUSET_SIZE];
	const char *s;

	return read_task(pid, tid, "status", text, sizeof(text)) &&
	       (s = strstr(text, "Cpus_allowed_list:")) != NULL &&
	       sscanf(s, "Cpus_allowed_list: %199s", list) == 1 &&
	       hypctl_cpuset_parse(list, &v->cpus) == 0;
}

int hypctl_vm_vcpus(const struct hypctl_vm_info *vm,
		    struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS], unsigned int *count)
{
	char path[40];
	const struct dirent *e;
	DIR *d;

	*count = 0;
	if (vm->ended != 0) {
		return -ESRCH;
	}
	snprintf(path, sizeof(path), "/proc/%d/task", vm->pid);
	d = opendir(path);
	if (d == NULL) {
		return -errno;
	}
	while ((e = readdir(d)) != NULL) {
		struct hypctl_vcpu_info v = { .id = 0 };
		char name[32];

		if (isdigit((unsigned char)e->d_name[0]) &&
		    read_task(vm->pid, e->d_name, "comm", name, sizeof(name)) &&
		    sscanf(name, "vcpu%u", &v.id) == 1 && v.id < vm->vcpus &&
		    v.id < HYPCTL_MAX_VCPUS && read_stat(vm->pid, e->d_name, &v) &&
		    read_cpus(vm->pid, e->d_name, &v)) {
			vcpus[v.id] = v;
			*count += 1u;
		}
	}
	closedir(d);
	/* All or none: one that is just being started again is not half of a VM. */
	if (*count != vm->vcpus) {
		*count = 0;
		return -EAGAIN;
	}
	return 0;
}
