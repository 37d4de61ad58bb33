/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What system tests run in dom0.
 *   clock S           reads CLOCK_MONOTONIC for S seconds on each CPU; a step
 *                     back, or forward by more than 250 ms, is a jump
 *   walk MIB S N      N threads write and read back MIB in all, for S seconds
 *   ticks             the counter: instructions since reset, with -icount
 *   boot-ticks        the same as the first process of dom0; powers off
 *   nobody COMMAND... runs it as user 65534
 *   member COMMAND... runs it as user 65534 in group 100, hs
 *   eat MIB           takes that much memory and says so, then sleeps
 *   cpu N COMMAND...  runs it N times; the microseconds of CPU that the quickest took
 *   last ID N         asks N times for the last exits and registers of VM number ID
 */
#define _GNU_SOURCE
#include <grp.h>
#include <hypctl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define JUMP_NS 250000000ll
#define MAX_THREADS 16

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static unsigned long long counter(void)
{
	unsigned long long v;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(v));
	return v;
}

struct job {
	long seconds;
	int cpu;
	uint64_t *mem;
	size_t words;
	uint64_t rounds;
	int bad;
};

static void *watch_clock(void *arg)
{
	struct job *j = arg;
	int64_t end = clock_ns(CLOCK_MONOTONIC) + j->seconds * 1000000000ll;
	int64_t last = clock_ns(CLOCK_MONOTONIC);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(j->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	while (last < end) {
		int64_t now = clock_ns(CLOCK_MONOTONIC);

		if (now < last || now - last > JUMP_NS) {
			printf("clock: CPU %d: from %lld to %lld\n", j->cpu, (long long)last,
			       (long long)now);
			j->bad++;
		}
		last = now;
		j->rounds++;
	}
	return NULL;
}

static void *walk(void *arg)
{
	struct job *j = arg;
	int64_t end = clock_ns(CLOCK_MONOTONIC) + j->seconds * 1000000000ll;
	uint64_t seed = (uint64_t)(uintptr_t)j;
	size_t i;

	while (clock_ns(CLOCK_MONOTONIC) < end) {
		seed += 0x9e3779b97f4a7c15ull;
		for (i = 0; i < j->words; i += 64) {
			j->mem[i] = seed + i;
		}
		for (i = 0; i < j->words; i += 64) {
			j->bad += j->mem[i] != seed + i;
		}
		j->rounds++;
	}
	return NULL;
}

static int run(void *(*fn)(void *), struct job *jobs, int n)
{
	pthread_t t[MAX_THREADS];
	uint64_t rounds = 0;
	int bad = 0;
	int i;

	for (i = 0; i < n; i++) {
		pthread_create(&t[i], NULL, fn, &jobs[i]);
	}
	for (i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		rounds += jobs[i].rounds;
		bad += jobs[i].bad;
	}
	printf("%d threads, %llu rounds, %d bad\n", n, (unsigned long long)rounds, bad);
	return bad != 0;
}

static int ask_last(unsigned int id, long times)
{
	struct hypctl_vcpu_last last[HYPCTL_MAX_VCPUS];
	unsigned int n;
	struct hypctl *h;
	long registers = 0;
	int r = hypctl_open(&h);

	while (r == 0 && times-- > 0) {
		r = hypctl_vm_last(h, id, last, &n);
		registers += r == 0 && n > 0 && last[0].has_registers;
	}
	printf("vCPU 0 showed its registers %ld times\n", registers);
	hypctl_close(h);
	return r == 0 ? 0 : 1;
}

/*
 * The least of all: under QEMU a CPU's time goes on while the host runs something
 * else, and is counted for whoever was on that CPU.
 */
static int cpu_of(long times, char **command)
{
	long long least = -1;
	int status = 0;
	long i;

	for (i = 0; i < times && status == 0; i++) {
		pid_t child = fork();
		struct rusage u;
		long long us;

		if (child == 0) {
			execvp(command[0], command);
			_exit(127);
		}
		(void)wait4(child, &status, 0, &u);
		us = u.ru_utime.tv_sec * 1000000ll + u.ru_utime.tv_usec +
		     u.ru_stime.tv_sec * 1000000ll + u.ru_stime.tv_usec;
		least = least < 0 || us < least ? us : least;
	}
	printf("%lld\n", least);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

int main(int argc, char **argv)
{
	struct job jobs[MAX_THREADS] = { { 0 } };
	int i;

	if (argc == 3 && strcmp(argv[1], "clock") == 0) {
		int n = (int)sysconf(_SC_NPROCESSORS_ONLN);

		for (i = 0; i < n && i < MAX_THREADS; i++) {
			jobs[i] = (struct job){ .seconds = atol(argv[2]), .cpu = i };
		}
		return run(watch_clock, jobs, i);
	}
	if (argc == 5 && strcmp(argv[1], "walk") == 0) {
		size_t bytes = (size_t)atol(argv[2]) << 20;
		int n = atoi(argv[4]);
		char *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		for (i = 0; i < n && i < MAX_THREADS; i++) {
			jobs[i] = (struct job){ .seconds = atol(argv[3]),
						.mem = (uint64_t *)(p + bytes / n * i),
						.words = bytes / n / 8 };
		}
		return p == MAP_FAILED || run(walk, jobs, i);
	}
	if (argc > 2 && strcmp(argv[1], "nobody") == 0) {
		if (setgroups(0, NULL) == 0 && setgid(65534) == 0 && setuid(65534) == 0) {
			execvp(argv[2], argv + 2);
		}
		perror(argv[2]);
		return 127;
	}
	if (argc > 2 && strcmp(argv[1], "member") == 0) {
		const gid_t hs = 100;

		if (setgroups(1, &hs) == 0 && setgid(65534) == 0 && setuid(65534) == 0) {
			execvp(argv[2], argv + 2);
		}
		perror(argv[2]);
		return 127;
	}
	if (argc == 2 && strcmp(argv[1], "ticks") == 0) {
		printf("%llu\n", counter());
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "boot-ticks") == 0) {
		printf("hs-dom0: begin\n%llu\nhs-dom0: end 0\n", counter());
		fflush(stdout);
		reboot(RB_POWER_OFF);
	}
	if (argc == 3 && strcmp(argv[1], "eat") == 0) {
		size_t bytes = (size_t)atol(argv[2]) << 20;
		char *p = malloc(bytes);

		if (p == NULL) {
			return 1;
		}
		memset(p, 1, bytes);
		__asm__ volatile("" : : "r"(p) : "memory"); /* it is wanted */
		printf("eaten\n");
		fflush(stdout);
		sleep(1000);
		return 0;
	}
	if (argc > 3 && strcmp(argv[1], "cpu") == 0) {
		return cpu_of(atol(argv[2]), argv + 3);
	}
	if (argc == 4 && strcmp(argv[1], "last") == 0) {
		return ask_last((unsigned int)atoi(argv[2]), atol(argv[3]));
	}
	fprintf(stderr, "usage: see tests/system/tool.c\n");
	return 2;
}
