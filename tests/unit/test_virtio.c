/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtio entropy device as a driver uses it, and as one that breaks the rules does. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hsvm.h"
#include "virtio.h"

#define RAM 0x40000000u
#define RAM_SIZE 0x4000u
#define TABLE RAM
#define DRIVER (RAM + 0x1000u)
#define DEVICE (RAM + 0x2000u)
#define DATA (RAM + 0x3000u)
#define SIZE 8u

#define NEXT 1u
#define WRITE 2u
#define INDIRECT 4u

struct vm vm;
static struct hypctl_config config;
static uint8_t ram[RAM_SIZE];
static bool line;
static unsigned int woken;
static int write_error; /* of everything behind DATA */
static int64_t now = 1000;

int hypctl_vm_irq(struct hypctl_vm *hv, unsigned int intid, bool high)
{
	(void)hv;
	assert_int_equal(intid, HYPCTL_RNG_INTID);
	line = high;
	return 0;
}

static uint8_t *at(uint64_t gpa, size_t size)
{
	return gpa >= RAM && gpa - RAM <= RAM_SIZE && size <= RAM_SIZE - (gpa - RAM)
		       ? ram + (gpa - RAM)
		       : NULL;
}

int hypctl_vm_read(struct hypctl_vm *hv, uint64_t gpa, void *data, size_t size)
{
	(void)hv;
	if (at(gpa, size) == NULL) {
		return -EINVAL;
	}
	memcpy(data, at(gpa, size), size);
	return 0;
}

int hypctl_vm_write(struct hypctl_vm *hv, uint64_t gpa, const void *data, size_t size)
{
	(void)hv;
	if (at(gpa, size) == NULL) {
		return -EINVAL;
	}
	if (gpa >= DATA && write_error != 0) {
		return write_error;
	}
	memcpy(at(gpa, size), data, size);
	return 0;
}

void notify_main(void)
{
	woken++;
}

int64_t now_ms(void)
{
	return now;
}

/* ---- the driver ---- */

static void put(uint64_t gpa, uint64_t value, size_t size)
{
	memcpy(at(gpa, size), &value, size);
}

static uint64_t get(uint64_t gpa, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, at(gpa, size), size);
	return value;
}

static void describe(unsigned int i, uint64_t gpa, uint32_t size, uint16_t flags, uint16_t next)
{
	put(TABLE + 16u * i, gpa, 8);
	put(TABLE + 16u * i + 8u, size, 4);
	put(TABLE + 16u * i + 12u, flags, 2);
	put(TABLE + 16u * i + 14u, next, 2);
}

static uint16_t used(void)
{
	return (uint16_t)get(DEVICE + 2u, 2);
}

static void offer(uint16_t head)
{
	uint16_t index = (uint16_t)get(DRIVER + 2u, 2);

	put(DRIVER + 4u + 2u * (index % SIZE), head, 2);
	put(DRIVER + 2u, (uint16_t)(index + 1u), 2);
}

static void kick(void)
{
	rng_write(0x50, 0);
}

static void set_up(void)
{
	memset(ram, 0, sizeof(ram));
	rng_write(0x70, 0);
	rng_write(0x70, 1);
	rng_write(0x70, 3);
	rng_write(0x24, 1);
	rng_write(0x20, 3); /* VERSION_1, ACCESS_PLATFORM */
	rng_write(0x70, 11);
	assert_int_equal(rng_read(0x70), 11);
	rng_write(0x30, 0);
	assert_true(rng_read(0x34) >= SIZE);
	rng_write(0x38, SIZE);
	rng_write(0x80, TABLE);
	rng_write(0x90, DRIVER);
	rng_write(0xa0, DEVICE);
	rng_write(0x44, 1);
	assert_int_equal(rng_read(0x44), 1);
	rng_write(0x70, 15);
	describe(0, DATA, 64, WRITE, 0);
}

static int begin(void **state)
{
	(void)state;
	config = (struct hypctl_config){ .has_rng = true };
	vm = (struct vm){ .config = &config };
	write_error = 0;
	woken = 0;
	rng_reset();
	set_up();
	return 0;
}

static bool zeros(uint64_t gpa, size_t size)
{
	static const uint8_t zero[RAM_SIZE];

	return memcmp(at(gpa, size), zero, size) == 0;
}

static bool broken(void)
{
	return (rng_read(0x70) & 64u) != 0;
}

/* ---- the tests ---- */

static void identity(void **state)
{
	(void)state;
	assert_int_equal(rng_read(0), 0x74726976);
	assert_int_equal(rng_read(4), 2);
	assert_int_equal(rng_read(8), 4);
	rng_write(0x14, 0);
	assert_int_equal(rng_read(0x10), 0);
	rng_write(0x14, 1);
	assert_int_equal(rng_read(0x10), 3);
	rng_write(0x14, 2);
	assert_int_equal(rng_read(0x10), 0);
	assert_int_equal(rng_read(0xb0), 0xffffffff); /* no shared memory */
	rng_write(0x30, 1);			      /* there is no second queue */
	assert_int_equal(rng_read(0x34), 0);
	assert_int_equal(rng_read(0x44), 0);
}

static void negotiation(void **state)
{
	(void)state;
	rng_write(0x70, 0);
	assert_int_equal(rng_read(0x70), 0);
	rng_write(0x70, 3);
	rng_write(0x70, 11); /* without VERSION_1 */
	assert_int_equal(rng_read(0x70), 3);
	rng_write(0x24, 0);
	rng_write(0x20, 1u << 28); /* indirect descriptors were not offered */
	rng_write(0x24, 1);
	rng_write(0x20, 1);
	rng_write(0x70, 11);
	assert_int_equal(rng_read(0x70), 3);
	rng_write(0x70, 7); /* DRIVER_OK without features */
	assert_int_equal(rng_read(0x70), 3);
	rng_write(0x24, 0);
	rng_write(0x20, 0);
	rng_write(0x70, 11);
	assert_int_equal(rng_read(0x70), 11);
	rng_write(0x70, 64); /* is the device's to say */
	assert_false(broken());
	rng_write(0x38, SIZE);
	rng_write(0x80, TABLE);
	rng_write(0x90, DRIVER);
	rng_write(0xa0, DEVICE);
	rng_write(0x44, 1);
	rng_write(0x38, 0); /* in use */
	assert_int_equal(rng_read(0x44), 1);
	rng_write(0x70, 15);
	describe(0, DATA, 64, WRITE, 0);
	offer(0);
	kick();
	assert_int_equal(used(), 1);
	rng_write(0x44, 0);
	rng_write(0x38, 128); /* more than there are */
	rng_write(0x44, 1);
	assert_int_equal(rng_read(0x44), 0);
	rng_write(0x38, 6); /* no power of two */
	rng_write(0x44, 1);
	assert_int_equal(rng_read(0x44), 0);
}

static void request(void **state)
{
	(void)state;
	offer(0);
	assert_int_equal(used(), 0);
	kick();
	assert_int_equal(used(), 1);
	assert_int_equal(get(DEVICE + 4u, 4), 0); /* the head, and how much */
	assert_int_equal(get(DEVICE + 8u, 4), 64);
	assert_false(zeros(DATA, 64));
	assert_true(zeros(DATA + 64u, 64));
	assert_true(line);
	assert_int_equal(rng_read(0x60), 1);
	rng_write(0x64, 1);
	assert_false(line);
	kick(); /* nothing new */
	assert_int_equal(used(), 1);
	assert_false(line);
	put(DRIVER, 1, 2); /* no interrupts, please */
	offer(0);
	kick();
	assert_int_equal(used(), 2);
	assert_false(line);
}

/* A chain, of which one piece is at the end of what is given at once. */
static void chain(void **state)
{
	(void)state;
	describe(3, DATA, 100, WRITE | NEXT, 5);
	describe(5, DATA + 0x200u, 400, WRITE | NEXT, 1);
	describe(1, DATA + 0x600u, 100, WRITE, 0);
	offer(3);
	kick();
	assert_int_equal(used(), 1);
	assert_int_equal(get(DEVICE + 4u, 4), 3);
	assert_int_equal(get(DEVICE + 8u, 4), 256);
	assert_false(zeros(DATA + 92u, 8));
	assert_true(zeros(DATA + 100u, 0x100));
	assert_false(zeros(DATA + 0x200u + 148u, 8));
	assert_true(zeros(DATA + 0x200u + 156u, 0x444));
}

static void wraps(void **state)
{
	uint32_t n;

	(void)state;
	for (n = 1; n <= 70000u; n++) {
		offer(0);
		kick();
		assert_int_equal(used(), (uint16_t)n);
	}
	assert_false(broken());
}

static void before_it_is_ready(void **state)
{
	(void)state;
	rng_write(0x70, 0);
	rng_write(0x24, 1);
	rng_write(0x20, 1);
	rng_write(0x70, 11);
	rng_write(0x38, SIZE);
	rng_write(0x80, TABLE);
	rng_write(0x90, DRIVER);
	rng_write(0xa0, DEVICE);
	offer(0);
	kick();
	rng_write(0x44, 1);
	kick();
	assert_int_equal(used(), 0);
	rng_write(0x70, 15);
	kick();
	assert_int_equal(used(), 1);
	rng_write(0x44, 0); /* stopped */
	offer(0);
	kick();
	assert_int_equal(used(), 1);
}

static void is_broken(void)
{
	uint16_t was = used();

	kick();
	assert_true(broken());
	assert_int_equal(used(), was);
	assert_int_equal(rng_read(0x60) & 2u, 2); /* and says so */
	assert_true(line);
	describe(0, DATA, 64, WRITE, 0); /* it does nothing more until the reset */
	put(DRIVER + 2u, (uint16_t)(was + 1u), 2);
	kick();
	assert_int_equal(used(), was);
	set_up();
	assert_false(line);
	offer(0);
	kick();
	assert_false(broken());
	assert_int_equal(used(), 1);
	set_up();
}

static void rules(void **state)
{
	(void)state;
	describe(0, DATA, 64, 0, 0); /* to be read */
	offer(0);
	is_broken();
	describe(0, DATA, 64, WRITE | NEXT, 1);
	describe(1, DATA, 64, 0, 0); /* read behind write */
	offer(0);
	is_broken();
	describe(0, DATA, 64, WRITE | INDIRECT, 0);
	offer(0);
	is_broken();
	describe(0, DATA, 0, WRITE | NEXT, 0); /* a loop */
	offer(0);
	is_broken();
	describe(SIZE, DATA, 64, WRITE, 0);
	describe(0, DATA, 64, WRITE | NEXT, SIZE); /* beyond the table */
	offer(0);
	is_broken();
	describe(SIZE, DATA, 64, WRITE, 0);
	offer(SIZE);
	is_broken();
	describe(0, DATA, 0, WRITE, 0); /* no room */
	offer(0);
	is_broken();
	describe(0, RAM - 1u, 64, WRITE, 0); /* not RAM */
	offer(0);
	is_broken();
	put(DRIVER + 2u, SIZE + 1u, 2); /* more than the ring has */
	is_broken();
	rng_write(0x70, 15);
}

/* What an entropy device cannot tell apart: it is given nothing to read. */
static void order(void **state)
{
	struct virtq q = { .size = SIZE, .descriptors = TABLE, .driver = DRIVER, .device = DEVICE };
	struct virtq_chain c;

	(void)state;
	describe(0, DATA, 16, NEXT, 1);
	describe(1, DATA + 16u, 32, WRITE, 0);
	offer(0);
	assert_int_equal(virtq_next(&q, &c), 1);
	assert_int_equal(c.reads, 1);
	assert_int_equal(c.pieces, 2);
	assert_int_equal(c.piece[1].gpa, DATA + 16u);
	assert_int_equal(c.piece[1].size, 32);
	describe(0, DATA, 16, WRITE | NEXT, 1);
	describe(1, DATA + 16u, 32, 0, 0);
	assert_int_equal(virtq_next(&q, &c), -EPROTO);
}

static void no_ram_for_the_rings(void **state)
{
	(void)state;
	rng_write(0x44, 0);
	rng_write(0x94, 1); /* the driver's ring, 4 GiB higher */
	rng_write(0x44, 1);
	offer(0);
	kick();
	assert_true(broken());
}

static void rate(void **state)
{
	(void)state;
	config.rng_bytes = 100;
	config.rng_period = 500;
	now += 1000;
	offer(0);
	offer(0);
	offer(0);
	kick();
	assert_int_equal(used(), 2);
	assert_int_equal(get(DEVICE + 8u, 4), 64);
	assert_int_equal(get(DEVICE + 16u, 4), 36);
	assert_int_equal(woken, 1);
	now += 400;
	assert_int_equal(rng_poll(), 100);
	assert_int_equal(used(), 2);
	now += 100;
	vm.paused = true;
	assert_int_equal(rng_poll(), -1);
	assert_int_equal(used(), 2);
	vm.paused = false;
	assert_int_equal(rng_poll(), -1);
	assert_int_equal(used(), 3);
	assert_int_equal(get(DEVICE + 24u, 4), 64);
	kick();
	assert_int_equal(rng_poll(), -1);
}

static void no_memory(void **state)
{
	(void)state;
	offer(0);
	write_error = -ENOMEM;
	kick();
	assert_int_equal(used(), 0);
	assert_false(broken());
	assert_in_range(rng_poll(), 1, 1000);
	now += 1000;
	assert_in_range(rng_poll(), 1, 1000);
	write_error = 0;
	now += 1000;
	assert_int_equal(rng_poll(), -1);
	assert_int_equal(used(), 1);
}

/* A driver that never stops: others get the lock in between. */
static void fairness(void **state)
{
	unsigned int i;

	(void)state;
	rng_write(0x44, 0);
	rng_write(0x38, 64);
	rng_write(0x44, 1);
	for (i = 0; i < 64u; i++) {
		put(DRIVER + 4u + 2u * i, 0, 2);
	}
	put(DRIVER + 2u, 64, 2);
	kick();
	assert_int_equal(used(), 64);
	assert_int_equal(woken, 1);
	assert_int_equal(rng_poll(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(identity, begin),
		cmocka_unit_test_setup(negotiation, begin),
		cmocka_unit_test_setup(request, begin),
		cmocka_unit_test_setup(chain, begin),
		cmocka_unit_test_setup(wraps, begin),
		cmocka_unit_test_setup(before_it_is_ready, begin),
		cmocka_unit_test_setup(rules, begin),
		cmocka_unit_test_setup(order, begin),
		cmocka_unit_test_setup(no_ram_for_the_rings, begin),
		cmocka_unit_test_setup(rate, begin),
		cmocka_unit_test_setup(no_memory, begin),
		cmocka_unit_test_setup(fairness, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
