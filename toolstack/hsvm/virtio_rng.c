/* SPDX-License-Identifier: BSD-2-Clause */
/* <rng>: an entropy device (virtio 1.2, section 5.4), fed by dom0's kernel. */
#include <errno.h>
#include <sys/random.h>

#include "hsvm.h"
#include "virtio.h"

#define ENTROPY_DEVICE 4u
/*
 * At once: section 5.4.6.2 allows less than was asked for, and getrandom(2) is not
 * interrupted for so many.
 */
#define MAX_BYTES 256u
#define NO_MEMORY_MS 100 /* then it tries again */

static void serve(void);

static struct {
	struct virtio virtio;
	int64_t period_end; /* ms */
	uint32_t used;	    /* bytes in this period */
	int64_t again;	    /* there is something to do then, ms; 0: not */
} rng = { .virtio = { .id = ENTROPY_DEVICE, .intid = HYPCTL_RNG_INTID, .notify = serve } };

/* How many bytes <rate> still allows. */
static uint32_t allowed(void)
{
	const struct hypctl_config *c = vm.config;
	int64_t now = now_ms();

	if (c->rng_bytes == 0) {
		return MAX_BYTES;
	}
	if (now >= rng.period_end) {
		rng.period_end = now + c->rng_period;
		rng.used = 0;
	}
	return c->rng_bytes - rng.used < MAX_BYTES ? c->rng_bytes - rng.used : MAX_BYTES;
}

/* Fills the chain with at most max bytes, at least one: how many, or an error. */
static int fill(const struct virtq_chain *c, uint32_t max)
{
	uint8_t data[MAX_BYTES];
	uint32_t n = 0;
	unsigned int i;
	int r = 0;

	if (c->reads != 0) {
		return -EPROTO; /* section 5.4.6.1 */
	}
	for (i = 0; i < c->pieces && n < max && r == 0; i++) {
		uint32_t size = c->piece[i].size < max - n ? c->piece[i].size : max - n;

		if (getrandom(data, size, 0) != (ssize_t)size) {
			return -EIO;
		}
		r = hypctl_vm_write(vm.hv, c->piece[i].gpa, data, size);
		n += size;
	}
	return r != 0 ? r : n != 0 ? (int)n : -EPROTO;
}

/* 1: one chain was given back; 0: there is none, or none is allowed; or an error. */
static int serve_one(void)
{
	struct virtq_chain chain;
	int r = virtq_next(&rng.virtio.queue, &chain);
	uint32_t max;

	if (r <= 0) {
		return r;
	}
	max = allowed();
	if (max == 0) {
		rng.again = rng.period_end;
		return 0;
	}
	r = fill(&chain, max);
	if (r > 0) {
		rng.used += (uint32_t)r;
		r = virtq_done(&rng.virtio.queue, &chain, (uint32_t)r);
		r = r == 0 ? 1 : r;
	}
	return r;
}

static void serve(void)
{
	unsigned int n = 0;
	int r;

	rng.again = 0;
	do {
		r = serve_one();
		n += r > 0;
	} while (r > 0 && n < VIRTQ_MAX);
	if (n > 0) {
		virtio_used(&rng.virtio);
	}
	if (r > 0) { /* others want the lock, too */
		rng.again = now_ms();
	} else if (r == -ENOMEM) {
		rng.again = now_ms() + NO_MEMORY_MS;
	} else if (r != 0) {
		virtio_break(&rng.virtio);
	}
	if (rng.again != 0) {
		notify_main();
	}
}

void rng_reset(void)
{
	virtio_reset(&rng.virtio);
	rng.again = 0;
}

uint32_t rng_read(uint64_t offset)
{
	return virtio_read(&rng.virtio, offset);
}

void rng_write(uint64_t offset, uint32_t value)
{
	virtio_write(&rng.virtio, offset, value);
}

int rng_poll(void)
{
	int64_t now = now_ms();

	if (rng.again == 0 || vm.paused || vm.kept || !virtio_runs(&rng.virtio)) {
		return -1;
	}
	if (now >= rng.again) {
		serve();
	}
	return rng.again == 0 ? -1 : rng.again > now ? (int)(rng.again - now) : 0;
}
