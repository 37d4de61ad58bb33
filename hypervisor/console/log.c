/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/log.h"

#include <stdarg.h>

#include "arch/cpu.h"
#include "arch/spinlock.h"

#define PL011_DR 0x00u
#define PL011_FR 0x18u
#define PL011_FR_TXFF BIT32(5)

static struct spinlock log_lock; /* ring and end */
static u8 ring[LOG_SIZE];
static u64 end;
static u64 uart;	/* in use for log lines */
static u64 uart_at_all; /* for a panic */

void log_set_uart(u64 va)
{
	uart = va;
	uart_at_all = va;
}

void log_release_uart(void)
{
	uart = 0;
}

static void uart_put(u64 va, char ch)
{
	while ((*(volatile u32 *)(uintptr_t)(va + PL011_FR) & PL011_FR_TXFF) != 0) {
		arch_spin_hint();
	}
	*(volatile u32 *)(uintptr_t)(va + PL011_DR) = (u8)ch;
}

static void put(char ch)
{
	ring[end % LOG_SIZE] = (u8)ch;
	end++;
	if (uart != 0) {
		if (ch == '\n') {
			uart_put(uart, '\r');
		}
		uart_put(uart, ch);
	}
}

static void put_string(const char *s)
{
	while (*s != '\0') {
		put(*s++);
	}
}

static void put_number(u64 v, u32 base, u32 width)
{
	char digits[20];
	u32 n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	for (; width > n; width--) {
		put('0');
	}
	while (n > 0) {
		put(digits[--n]);
	}
}

static void put_format(const char *fmt, va_list ap)
{
	for (; *fmt != '\0'; fmt++) {
		bool is_long = false;
		u64 v;

		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		fmt++;
		if (*fmt == 'l') {
			is_long = true;
			fmt++;
		}
		switch (*fmt) {
		case 's':
			put_string(va_arg(ap, const char *));
			break;
		case 'u':
		case 'x':
			v = is_long ? va_arg(ap, unsigned long) : va_arg(ap, unsigned int);
			put_number(v, *fmt == 'u' ? 10u : 16u, 0);
			break;
		default:
			put(*fmt);
			break;
		}
	}
}

/* Seconds since the counter started, as dom0's kernel prints them. */
static void put_time(void)
{
	u64 hz = sysreg_read(cntfrq_el0);
	u64 now = arch_counter();

	if (hz == 0) {
		hz = 1;
	}
	put('[');
	put_number(now / hz, 10, 5);
	put('.');
	put_number((now % hz) * 1000000u / hz, 10, 6);
	put_string("] hs: ");
}

void log_info(const char *fmt, ...)
{
	va_list ap;

	spin_lock(&log_lock);
	put_time();
	va_start(ap, fmt);
	put_format(fmt, ap);
	va_end(ap);
	put('\n');
	spin_unlock(&log_lock);
}

u64 log_end(void)
{
	return __atomic_load_n(&end, __ATOMIC_ACQUIRE);
}

u32 log_read(u64 *pos, s64 *out, u32 n)
{
	u8 *bytes = (u8 *)out;
	u32 i;

	spin_lock(&log_lock);
	if (*pos > end) {
		*pos = end;
	}
	if (end - *pos > LOG_SIZE) {
		*pos = end - LOG_SIZE;
	}
	if (n > end - *pos) {
		n = (u32)(end - *pos);
	}
	for (i = 0; i < n; i++) {
		bytes[i] = ring[(*pos + i) % LOG_SIZE];
	}
	spin_unlock(&log_lock);
	return n;
}

/* Frame records (AAPCS64 6.4.6): x29 points at the previous one and x30. */
static void put_backtrace(const u64 *fp)
{
	u32 i;

	for (i = 0; i < 16u && fp != NULL && ((uintptr_t)fp & 0xfu) == 0; i++) {
		put_string("  called from ");
		put_number(fp[1], 16, 16);
		put('\n');
		if (fp[0] <= (u64)(uintptr_t)fp) {
			break;
		}
		fp = (const u64 *)(uintptr_t)fp[0];
	}
}

static void (*scrub)(void);
static u32 panicking;

void panic_set_scrub(void (*fn)(void))
{
	scrub = fn;
}

/* The last words are said: nothing of a VM is left to whoever boots next. */
static void go_down(void) NORETURN;
static void go_down(void)
{
	if (scrub != NULL && __atomic_exchange_n(&panicking, 1u, __ATOMIC_SEQ_CST) == 0) {
		scrub();
	}
	arch_reset();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	/* No lock: this CPU may hold it. */
	uart = uart_at_all;
	put_string("\nhomestead panic: ");
	va_start(ap, fmt);
	put_format(fmt, ap);
	va_end(ap);
	put('\n');
	put_backtrace(__builtin_frame_address(0));
	go_down();
}

void panic_exception(u64 kind, const u64 *regs)
{
	u32 i;

	uart = uart_at_all;
	put_string("\nhomestead panic: exception at EL2, vector ");
	put_number(kind, 10, 0);
	put_string("\n  ESR ");
	put_number(sysreg_read(esr_el2), 16, 16);
	put_string(" ELR ");
	put_number(sysreg_read(elr_el2), 16, 16);
	put_string(" FAR ");
	put_number(sysreg_read(far_el2), 16, 16);
	put('\n');
	for (i = 0; i < 31u; i++) {
		put_string(i % 4u == 0 ? "\n  x" : " x");
		put_number(i, 10, 2);
		put(' ');
		put_number(regs[i], 16, 16);
	}
	put('\n');
	put_backtrace((const u64 *)(uintptr_t)regs[29]);
	go_down();
}
