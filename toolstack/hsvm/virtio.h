/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio devices, as "Virtual I/O Device (VIRTIO) Version 1.2" (OASIS) has them:
 * registers of MMIO (section 4.2) and split virtqueues (section 2.7). No legacy
 * interface. vm.lock is held for all of it.
 */
#ifndef VIRTIO_H
#define VIRTIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTQ_MAX 64u /* entries, a power of two */

#define VIRTIO_F_VERSION_1 (1ull << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ull << 33)

struct virtq {
	uint32_t size; /* entries, as the driver chose; 0: it has not yet */
	bool ready;
	uint64_t descriptors, driver, device; /* areas, addresses in the guest */
	uint16_t taken;			      /* entries of the driver's ring that are done */
};

/* What the driver hands over at once: first what the device reads, then what it writes. */
struct virtq_chain {
	uint16_t head;
	unsigned int reads, pieces; /* of them, the first so many are to be read */
	struct {
		uint64_t gpa;
		uint32_t size;
	} piece[VIRTQ_MAX];
};

/*
 * The next chain, which stays the next one until virtq_done(): 1; 0: there is none.
 * -EPROTO: the driver has broken the rules; what hypctl_vm_read() returns.
 */
int virtq_next(const struct virtq *q, struct virtq_chain *c);
/* Gives it back, with so many bytes written. What hypctl_vm_write() returns. */
int virtq_done(struct virtq *q, const struct virtq_chain *c, uint32_t written);

struct virtio {
	uint32_t id;	   /* section 5 */
	uint64_t features; /* that the device offers, beside VERSION_1 and ACCESS_PLATFORM */
	unsigned int intid;
	void (*notify)(void); /* there is something in the queue; only when DRIVER_OK */
	/* Of the driver: */
	uint32_t status, interrupt;
	uint32_t features_sel, driver_features_sel, queue_sel;
	uint64_t driver_features;
	struct virtq queue; /* number 0, the only one */
	bool line;
};

void virtio_reset(struct virtio *v);
uint32_t virtio_read(struct virtio *v, uint64_t offset);
void virtio_write(struct virtio *v, uint64_t offset, uint32_t value);
/* The driver has set the device up, and the device is not broken. */
bool virtio_runs(const struct virtio *v);
/* Chains were given back: the interrupt, unless the driver wants none. */
void virtio_used(struct virtio *v);
/* The driver has broken the rules: it must reset the device. */
void virtio_break(struct virtio *v);

#endif
