/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer on the registers and queues of a virtio device: the input is a
 * driver that writes registers and, at any time, the memory of its rings.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hsvm.h"

#define RAM_SIZE 1024u /* small: what is found there by chance matters */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct vm vm;
static struct hypctl_config config = { .has_rng = true };
static uint8_t ram[RAM_SIZE];
static unsigned int reads; /* of one access to a register */
static int64_t now;
/* The driver goes on while the device looks: the rest of the input. */
static const uint8_t *input, *input_end;

int hypctl_vm_irq(struct hypctl_vm *hv, unsigned int intid, bool high)
{
	(void)hv, (void)intid, (void)high;
	return 0;
}

static bool in_ram(uint64_t gpa, size_t size)
{
	return gpa >= HYPCTL_RAM_BASE && gpa - HYPCTL_RAM_BASE < RAM_SIZE &&
	       size <= RAM_SIZE - (gpa - HYPCTL_RAM_BASE);
}

int hypctl_vm_read(struct hypctl_vm *hv, uint64_t gpa, void *to, size_t size)
{
	(void)hv;
	reads++;
	if (!in_ram(gpa, size)) {
		return -EINVAL;
	}
	memcpy(to, ram + (gpa - HYPCTL_RAM_BASE), size);
	if (reads % 3u == 0 && input_end - input >= 3) {
		ram[(input[0] | input[1] << 8) % RAM_SIZE] = input[2];
	}
	return 0;
}

int hypctl_vm_write(struct hypctl_vm *hv, uint64_t gpa, const void *from, size_t size)
{
	(void)hv;
	if (!in_ram(gpa, size)) {
		return gpa % 2u != 0 ? -EINVAL : -ENOMEM;
	}
	memcpy(ram + (gpa - HYPCTL_RAM_BASE), from, size);
	return 0;
}

void notify_main(void)
{
}

int64_t now_ms(void)
{
	return now;
}

/* A driver that has done everything right so far. */
static void set_up(uint8_t log)
{
	static const struct {
		uint16_t offset;
		uint32_t value;
	} writes[] = {
		{ 0x70, 0 },  { 0x70, 3 },	    { 0x24, 1 },	  { 0x20, 3 },
		{ 0x70, 11 }, { 0x80, 0x40000000 }, { 0x90, 0x40000100 }, { 0xa0, 0x40000200 },
	};
	size_t i;

	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		rng_write(writes[i].offset, writes[i].value);
	}
	rng_write(0x38, 1u << log % 5u);
	rng_write(0x44, 1);
	rng_write(0x70, 15);
}

/* Each step: what, two bytes of where, four of a value. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4u) {
		return 0;
	}
	vm.config = &config;
	config.rng_bytes = data[1] % 4u == 0 ? 100u : 0u;
	config.rng_period = data[1] + 1u;
	memset(ram, 0, sizeof(ram));
	rng_reset();
	if (data[0] % 4u != 0) {
		set_up(data[2]);
	}
	input_end = data + size;
	for (input = data + 3; input_end - input >= 7; input += 7) {
		uint16_t where = (uint16_t)(input[1] | input[2] << 8);
		uint32_t value;

		memcpy(&value, input + 3, sizeof(value));
		reads = 0;
		switch (input[0] % 7u) {
		case 0:
			rng_write(where % 0x200u & ~3u, value);
			break;
		case 1:
			rng_write(0x50, 0);
			break;
		case 2:
			(void)rng_read(where % 0x200u & ~3u);
			break;
		case 3:
			memcpy(ram + where % (RAM_SIZE - 3u), &value, sizeof(value));
			break;
		case 4: /* a descriptor whose address may be right */
			value = HYPCTL_RAM_BASE + value % (2u * RAM_SIZE);
			memcpy(ram + where % 16u * 16u, &value, sizeof(value));
			break;
		case 5: /* its flags, and the next one */
			value = value % 8u | value / 8u % 17u << 16;
			memcpy(ram + where % 16u * 16u + 12u, &value, sizeof(value));
			break;
		default:
			now += value % 512u;
			vm.paused = (value & 0x10000u) != 0;
			(void)rng_poll();
			break;
		}
		if (reads > 70u * 70u) {
			abort(); /* others wait for the lock */
		}
	}
	return 0;
}
