/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split virtqueues (virtio 1.2, section 2.7). The guest may change them at any
 * time: everything is copied once, then checked, then used.
 */
#include "virtio.h"

#include <errno.h>
#include <stdatomic.h>

#include "hsvm.h"

/* Section 2.7.5 */
struct descriptor {
	uint64_t address;
	uint32_t length;
	uint16_t flags, next;
};
#define F_NEXT 1u
#define F_WRITE 2u
#define F_INDIRECT 4u

/* Section 2.7.6 and 2.7.8: both rings begin with flags and an index. */
#define RING_INDEX 2u
#define RING_ENTRIES 4u

struct used {
	uint32_t id, length;
};

static int follow(const struct virtq *q, struct virtq_chain *c)
{
	struct descriptor d = { .flags = F_NEXT, .next = c->head };
	int r;

	c->reads = c->pieces = 0;
	while ((d.flags & F_NEXT) != 0) {
		if (d.next >= q->size || c->pieces == q->size) {
			return -EPROTO; /* not in the table; a loop */
		}
		r = hypctl_vm_read(vm.hv, q->descriptors + d.next * sizeof(d), &d, sizeof(d));
		if (r != 0) {
			return r;
		}
		if ((d.flags & F_INDIRECT) != 0) {
			return -EPROTO; /* was not offered */
		}
		if ((d.flags & F_WRITE) == 0) {
			if (c->reads != c->pieces) {
				return -EPROTO; /* section 2.7.4.2: first what is read */
			}
			c->reads++;
		}
		c->piece[c->pieces].gpa = d.address;
		c->piece[c->pieces++].size = d.length;
	}
	return 0;
}

int virtq_next(const struct virtq *q, struct virtq_chain *c)
{
	uint64_t entry = q->driver + RING_ENTRIES + 2ull * (q->taken % q->size);
	uint16_t index;
	int r = hypctl_vm_read(vm.hv, q->driver + RING_INDEX, &index, sizeof(index));

	if (r != 0) {
		return r;
	}
	if (index == q->taken) {
		return 0;
	}
	if ((uint16_t)(index - q->taken) > q->size) {
		return -EPROTO;
	}
	/* Section 2.7.13.3.1: the driver writes the entry before the index. */
	atomic_thread_fence(memory_order_acquire);
	r = hypctl_vm_read(vm.hv, entry, &c->head, sizeof(c->head));
	r = r != 0 ? r : follow(q, c);
	return r != 0 ? r : 1;
}

int virtq_done(struct virtq *q, const struct virtq_chain *c, uint32_t written)
{
	struct used used = { .id = c->head, .length = written };
	uint64_t entry = q->device + RING_ENTRIES + sizeof(used) * (q->taken % q->size);
	uint16_t index = (uint16_t)(q->taken + 1u);
	int r = hypctl_vm_write(vm.hv, entry, &used, sizeof(used));

	if (r == 0) {
		/* Section 2.7.8.2: the data and the entry before the index. */
		atomic_thread_fence(memory_order_release);
		r = hypctl_vm_write(vm.hv, q->device + RING_INDEX, &index, sizeof(index));
	}
	if (r == 0) { /* given back in the order of the driver's ring: one index serves both */
		q->taken = index;
	}
	return r;
}
