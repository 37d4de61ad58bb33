/* SPDX-License-Identifier: BSD-2-Clause */
/* PL011, PL031 and PL061 as a driver uses them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hsvm.h"

#define PORT 2u /* of the PL011; the others are the same */

struct vm vm;
static bool lines[256];
static char output[64];
static size_t output_len;

int hypctl_vm_irq(struct hypctl_vm *hv, unsigned int intid, bool high)
{
	(void)hv;
	lines[intid] = high;
	return 0;
}

void notify_main(void)
{
}

void console_output(unsigned int port, uint8_t c)
{
	assert_int_equal(port, PORT);
	output[output_len++ % sizeof(output)] = (char)c;
}

static int setup(void **state)
{
	(void)state;
	memset(lines, 0, sizeof(lines));
	output_len = 0;
	pl011_reset(PORT);
	pl031_reset();
	pl061_reset();
	return 0;
}

static void uart(void **state)
{
	(void)state;
	pl011_write(PORT, 0, 'x'); /* transmits though nobody enabled it */
	assert_int_equal(output[0], 'x');
	assert_int_equal(pl011_read(PORT, 0xfe0), 0x11);
	assert_int_equal(pl011_read(PORT, 0xff0), 0x0d);
	assert_int_equal(pl011_read(PORT, 0x18) & 0x10, 0x10); /* RX empty */
	pl011_write(PORT, 0x38, 0x10);			       /* RX interrupt */
	assert_false(lines[HYPCTL_UART_INTID_OF(PORT)]);
	assert_int_equal(pl011_input(PORT, (const uint8_t *)"abc", 3), 1); /* no FIFO yet */
	assert_true(lines[HYPCTL_UART_INTID_OF(PORT)]);
	assert_int_equal(pl011_read(PORT, 0), 'a');
	assert_false(lines[HYPCTL_UART_INTID_OF(PORT)]);
	pl011_write(PORT, 0x2c, 0x70); /* FIFO */
	assert_int_equal(pl011_input(PORT, (const uint8_t *)"0123456789abcdefgh", 18), 16);
	assert_int_equal(pl011_read(PORT, 0x18) & 0x40, 0x40); /* full */
	pl011_write(PORT, 0x44, 0x7ff); /* cleared, but there is still something to read */
	assert_true(lines[HYPCTL_UART_INTID_OF(PORT)]);
	assert_int_equal(pl011_read(PORT, 0), '0');
	pl011_write(PORT, 0x2c, 0x60); /* FIFO off: flushed */
	assert_false(lines[HYPCTL_UART_INTID_OF(PORT)]);
	pl011_break(PORT);
	assert_int_equal(pl011_read(PORT, 0), 0x400);
}

static void gpio(void **state)
{
	(void)state;
	pl061_write(0x40c, 8); /* rising edge of pin 3 */
	pl061_write(0x410, 8);
	pl061_set_pin(3, true);
	assert_true(lines[39]);
	assert_false(pl061_pin_seen(3));
	assert_int_equal(pl061_read(4 << 2), 0); /* the address masks */
	assert_false(pl061_pin_seen(3));
	assert_int_equal(pl061_read(8 << 2), 8);
	assert_true(pl061_pin_seen(3)); /* the key may go up */
	pl061_write(0x41c, 8);
	assert_false(lines[39]);
	pl061_set_pin(3, false); /* the other edge */
	assert_false(lines[39]);
	pl061_write(0x408, 8); /* both */
	pl061_set_pin(3, true);
	pl061_write(0x41c, 8);
	pl061_set_pin(3, false);
	assert_true(lines[39]);
	pl061_write(0x400, 8); /* an output now: the key does nothing */
	pl061_write(0x41c, 8);
	pl061_set_pin(3, true);
	assert_false(lines[39]);
}

static void rtc(void **state)
{
	uint32_t now;

	(void)state;
	now = pl031_read(0);
	assert_true(now > 1700000000u);
	pl031_write(8, 1000); /* set */
	assert_in_range(pl031_read(0), 1000, 1002);
	pl031_write(0x10, 1);
	pl031_write(4, 1); /* an alarm that is past */
	assert_int_equal(pl031_poll(), -1);
	assert_true(lines[34]);
	pl031_write(0x1c, 1);
	assert_false(lines[34]);
	pl031_write(4, 5000);
	assert_in_range(pl031_poll(), 1, 60000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(uart, setup),
		cmocka_unit_test_setup(gpio, setup),
		cmocka_unit_test_setup(rtc, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
