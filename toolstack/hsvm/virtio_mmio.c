/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a virtio device (virtio 1.2, section 4.2.2), one queue each. */
#include <stdatomic.h>

#include "hsvm.h"
#include "virtio.h"

#define MAGIC 0x000u
#define VERSION 0x004u
#define DEVICE_ID 0x008u
#define VENDOR_ID 0x00cu
#define DEVICE_FEATURES 0x010u
#define DEVICE_FEATURES_SEL 0x014u
#define DRIVER_FEATURES 0x020u
#define DRIVER_FEATURES_SEL 0x024u
#define QUEUE_SEL 0x030u
#define QUEUE_NUM_MAX 0x034u
#define QUEUE_NUM 0x038u
#define QUEUE_READY 0x044u
#define QUEUE_NOTIFY 0x050u
#define INTERRUPT_STATUS 0x060u
#define INTERRUPT_ACK 0x064u
#define STATUS 0x070u
#define QUEUE_DESC 0x080u /* low, then high; so are the two below */
#define QUEUE_DRIVER 0x090u
#define QUEUE_DEVICE 0x0a0u
#define SHM_LENGTH 0x0b0u /* and the base, each low and high: all ones, there is none */
#define SHM_END 0x0c0u

/* Section 2.1 */
#define DRIVER_OK 4u
#define FEATURES_OK 8u
#define NEEDS_RESET 64u

#define USED_BUFFER 1u
#define CONFIGURATION 2u

/* Section 2.7.6: of the driver's ring. */
#define NO_INTERRUPT 1u

static void update(struct virtio *v)
{
	bool line = v->interrupt != 0;

	if (line != v->line) {
		v->line = line;
		(void)hypctl_vm_irq(vm.hv, v->intid, line);
	}
}

void virtio_reset(struct virtio *v)
{
	v->status = v->interrupt = 0;
	v->features_sel = v->driver_features_sel = v->queue_sel = 0;
	v->driver_features = 0;
	v->queue = (struct virtq){ .size = 0 };
	update(v);
}

bool virtio_runs(const struct virtio *v)
{
	return (v->status & (DRIVER_OK | NEEDS_RESET)) == DRIVER_OK && v->queue.ready;
}

void virtio_used(struct virtio *v)
{
	uint16_t flags = 0;

	/* Section 2.7.10: the index that was written is seen before the flags are read. */
	atomic_thread_fence(memory_order_seq_cst);
	if (hypctl_vm_read(vm.hv, v->queue.driver, &flags, sizeof(flags)) != 0 ||
	    (flags & NO_INTERRUPT) == 0) {
		v->interrupt |= USED_BUFFER;
		update(v);
	}
}

void virtio_break(struct virtio *v)
{
	v->status |= NEEDS_RESET;
	if ((v->status & DRIVER_OK) != 0) {
		v->interrupt |= CONFIGURATION;
		update(v);
	}
}

static uint64_t offered(const struct virtio *v)
{
	return v->features | VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM;
}

static uint32_t half(uint64_t value, uint32_t sel)
{
	return sel > 1u ? 0u : (uint32_t)(value >> (32u * sel));
}

static void set_half(uint64_t *value, uint32_t sel, uint32_t half)
{
	uint64_t mask = 0xffffffffull << (32u * sel);

	*value = (*value & ~mask) | (uint64_t)half << (32u * sel);
}

uint32_t virtio_read(struct virtio *v, uint64_t offset)
{
	bool have = v->queue_sel == 0;

	switch (offset) {
	case MAGIC:
		return 0x74726976u; /* "virt" */
	case VERSION:
		return 2;
	case DEVICE_ID:
		return v->id;
	case VENDOR_ID:
		return 0x54534d48u; /* "HMST" */
	case DEVICE_FEATURES:
		return half(offered(v), v->features_sel);
	case QUEUE_NUM_MAX:
		return have ? VIRTQ_MAX : 0u;
	case QUEUE_READY:
		return have && v->queue.ready ? 1u : 0u;
	case INTERRUPT_STATUS:
		return v->interrupt;
	case STATUS:
		return v->status;
	default:
		return offset >= SHM_LENGTH && offset < SHM_END ? ~0u : 0u;
	}
}

/* Section 3.1.1: what the device cannot do, FEATURES_OK does not stay set for. */
static void set_status(struct virtio *v, uint32_t status)
{
	if (status == 0) {
		virtio_reset(v);
		return;
	}
	if ((status & FEATURES_OK) != 0 && (v->status & FEATURES_OK) == 0 &&
	    ((v->driver_features & ~offered(v)) != 0 ||
	     (v->driver_features & VIRTIO_F_VERSION_1) == 0)) {
		status &= ~FEATURES_OK;
	}
	if ((status & FEATURES_OK) == 0) {
		status &= ~DRIVER_OK;
	}
	v->status |= status & 0xffu & ~NEEDS_RESET; /* bits are only set, until the reset */
}

/* While the queue is not in use. */
static void set_up_queue(struct virtq *q, uint64_t offset, uint32_t value)
{
	uint32_t sel = offset >> 2 & 1u;

	switch (offset & ~4ull) {
	case QUEUE_NUM:
		if (sel == 0) {
			q->size = value <= VIRTQ_MAX && (value & (value - 1u)) == 0 ? value : 0u;
		}
		break;
	case QUEUE_DESC:
		set_half(&q->descriptors, sel, value);
		break;
	case QUEUE_DRIVER:
		set_half(&q->driver, sel, value);
		break;
	case QUEUE_DEVICE:
		set_half(&q->device, sel, value);
		break;
	default:
		break;
	}
}

void virtio_write(struct virtio *v, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case DEVICE_FEATURES_SEL:
		v->features_sel = value;
		break;
	case DRIVER_FEATURES_SEL:
		v->driver_features_sel = value;
		break;
	case DRIVER_FEATURES:
		if (v->driver_features_sel <= 1u && (v->status & FEATURES_OK) == 0) {
			set_half(&v->driver_features, v->driver_features_sel, value);
		}
		break;
	case QUEUE_SEL:
		v->queue_sel = value;
		break;
	case QUEUE_READY:
		if (v->queue_sel == 0) {
			v->queue.ready = value == 1u && v->queue.size != 0;
			v->queue.taken = 0;
		}
		break;
	case QUEUE_NOTIFY:
		if (value == 0 && virtio_runs(v)) {
			v->notify();
		}
		break;
	case INTERRUPT_ACK:
		v->interrupt &= ~value;
		update(v);
		break;
	case STATUS:
		set_status(v, value);
		break;
	default:
		if (v->queue_sel == 0 && !v->queue.ready) {
			set_up_queue(&v->queue, offset, value);
		}
		break;
	}
}
