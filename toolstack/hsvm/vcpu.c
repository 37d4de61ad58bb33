/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPU threads, and which device an access belongs to. */
#include "hsvm.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

/* Which registers are behind an address. */
enum device { NOTHING, UART, RTC, GPIO, RNG };

static enum device device_at(uint64_t address, unsigned int *port, uint64_t *offset)
{
	uint64_t base = address & ~(uint64_t)(HYPCTL_DEVICE_SIZE - 1u);

	*offset = address - base;
	for (*port = 0; *port < vm.config->consoles; ++*port) {
		if (base == HYPCTL_UART_BASE_OF(*port)) {
			return UART;
		}
	}
	if (base == HYPCTL_RNG_BASE && *offset < HYPCTL_VIRTIO_SIZE && vm.config->has_rng) {
		return RNG;
	}
	return base == HYPCTL_RTC_BASE ? RTC : base == HYPCTL_GPIO_BASE ? GPIO : NOTHING;
}

static uint32_t read_register(enum device d, unsigned int port, uint64_t offset)
{
	switch (d) {
	case UART:
		return pl011_read(port, offset);
	case RTC:
		return pl031_read(offset);
	case GPIO:
		return pl061_read(offset);
	case RNG:
		return rng_read(offset);
	default:
		return 0;
	}
}

static void write_register(enum device d, unsigned int port, uint64_t offset, uint32_t value)
{
	switch (d) {
	case UART:
		pl011_write(port, offset, value);
		break;
	case RTC:
		pl031_write(offset, value);
		break;
	case GPIO:
		pl061_write(offset, value);
		break;
	case RNG:
		rng_write(offset, value);
		break;
	default:
		break;
	}
}

/* Registers are 32 bits wide; narrower accesses see their low part. */
static void access_device(struct hypctl_vcpu_exit *e)
{
	enum device d;
	unsigned int port;
	uint64_t offset;

	pthread_mutex_lock(&vm.lock);
	d = device_at(e->address, &port, &offset);
	e->abort = d == NOTHING; /* the guest gets one */
	if (e->kind == HYPCTL_EXIT_READ) {
		e->value = read_register(d, port, offset & ~3ull) >> (8u * (offset & 3u));
	} else if ((offset & 3u) == 0) {
		write_register(d, port, offset, (uint32_t)e->data);
	}
	pthread_mutex_unlock(&vm.lock);
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
		if (vm.alive[vcpu]) {
			(void)set_affinity(vcpu);
		}
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
