/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPU threads, and which device an access belongs to. */
#include "hsvm.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

/* There is one of each, but for the PL011s. */
struct device {
	uint64_t base;
	uint32_t (*read)(uint64_t offset);
	void (*write)(uint64_t offset, uint32_t value);
};

static const struct device devices[] = {
	{ HYPCTL_RTC_BASE, pl031_read, pl031_write },
	{ HYPCTL_GPIO_BASE, pl061_read, pl061_write },
};

/* Reads or writes *value; false: nothing is there. */
static bool access_register(enum hypctl_exit kind, uint64_t address, uint32_t *value)
{
	uint64_t base = address & ~(uint64_t)(HYPCTL_DEVICE_SIZE - 1u);
	uint64_t offset = (address - base) & ~3ull;
	unsigned int i;

	for (i = 0; i < vm.config->consoles; i++) {
		if (base == HYPCTL_UART_BASE_OF(i)) {
			if (kind == HYPCTL_EXIT_READ) {
				*value = pl011_read(i, offset);
			} else if (address == base + offset) {
				pl011_write(i, offset, *value);
			}
			return true;
		}
	}
	for (i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		if (base == devices[i].base) {
			if (kind == HYPCTL_EXIT_READ) {
				*value = devices[i].read(offset);
			} else if (address == base + offset) {
				devices[i].write(offset, *value);
			}
			return true;
		}
	}
	return false;
}

/* Registers are 32 bits wide; narrower accesses see their low part. */
static void access_device(struct hypctl_vcpu_exit *e)
{
	uint32_t value = (uint32_t)e->data;

	pthread_mutex_lock(&vm.lock);
	e->abort = !access_register(e->kind, e->address, &value); /* the guest gets one */
	pthread_mutex_unlock(&vm.lock);
	if (e->kind == HYPCTL_EXIT_READ) {
		e->value = value >> (8u * (e->address & 3u));
	}
}

static void report(enum vm_event event, int err)
{
	pthread_mutex_lock(&vm.lock);
	/* The VM may have ended while it also ran out of memory. */
	if (vm.event == EVENT_NONE || vm.event == EVENT_NO_MEMORY) {
		vm.event = event;
		vm.event_errno = err;
	}
	pthread_mutex_unlock(&vm.lock);
	notify_main();
}

static void *vcpu_main(void *arg)
{
	unsigned int id = (unsigned int)(uintptr_t)arg;
	struct hypctl_vcpu_exit e = { .value = 0 };
	int r;

	/* A guest's timer is not to be late by the 50 us that Linux allows itself. */
	(void)prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
	while (!atomic_load(&vm.stop)) {
		r = hypctl_vcpu_run(vm.hv, id, &e);
		if (r == -EINTR) {
			continue;
		}
		if (r == -ESHUTDOWN) {
			break;
		}
		if (r == -ENOMEM) {
			report(EVENT_NO_MEMORY, ENOMEM);
			/* The main thread pauses the VM: wait there, not here. */
			(void)nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
			continue;
		}
		if (r != 0) {
			report(EVENT_ERROR, -r);
			break;
		}
		if (e.kind == HYPCTL_EXIT_OFF || e.kind == HYPCTL_EXIT_RESET) {
			report(e.kind == HYPCTL_EXIT_OFF ? EVENT_OFF : EVENT_RESET, 0);
			break;
		}
		access_device(&e);
	}
	return NULL;
}

/* As vm.config says. */
static int set_affinity(unsigned int vcpu)
{
	uint64_t cpus = vm.config->cpus[vcpu];
	cpu_set_t set;
	unsigned int i;

	CPU_ZERO(&set);
	for (i = 0; i < HYPCTL_MAX_CPUS; i++) {
		if (cpus == 0 || (cpus >> i & 1u) != 0) {
			CPU_SET(i, &set);
		}
	}
	return pthread_setaffinity_np(vm.threads[vcpu], sizeof(set), &set);
}

int vcpu_pin(unsigned int vcpu, uint64_t cpus)
{
	uint64_t before = vm.config->cpus[vcpu];
	int err;

	vm.config->cpus[vcpu] = cpus;
	err = vm.alive[vcpu] ? set_affinity(vcpu) : 0;
	if (err == 0 && !vm_write_config()) {
		err = errno;
	}
	if (err != 0) {
		vm.config->cpus[vcpu] = before;
	}
	return err;
}

void vcpus_start(void)
{
	unsigned int i;

	atomic_store(&vm.stop, false);
	for (i = 0; i < vm.config->vcpus; i++) {
		char name[16];

		vm.alive[i] =
			pthread_create(&vm.threads[i], NULL, vcpu_main, (void *)(uintptr_t)i) == 0;
		if (!vm.alive[i]) {
			report(EVENT_ERROR, EAGAIN);
			return;
		}
		if (vm.config->cpus[i] != 0 && set_affinity(i) != 0) {
			report(EVENT_ERROR, EINVAL); /* those CPUs are gone */
		}
		snprintf(name, sizeof(name), "vcpu%u", i);
		(void)pthread_setname_np(vm.threads[i], name);
	}
}

void vcpus_stop(void)
{
	unsigned int i;

	atomic_store(&vm.stop, true);
	for (i = 0; i < HYPCTL_MAX_VCPUS; i++) {
		while (vm.alive[i]) {
			struct timespec until;

			/* Again and again: the first may come before the ioctl. */
			(void)pthread_kill(vm.threads[i], SIGUSR1);
			(void)clock_gettime(CLOCK_REALTIME, &until);
			until.tv_nsec += 10000000;
			if (until.tv_nsec >= 1000000000) {
				until.tv_nsec -= 1000000000;
				until.tv_sec++;
			}
			vm.alive[i] = pthread_timedjoin_np(vm.threads[i], NULL, &until) != 0;
		}
	}
}
