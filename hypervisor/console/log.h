/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log ring, which `hsctl dmesg` reads. Until dom0 starts, lines also go
 * to the machine's PL011; afterwards that device is dom0's.
 */
#ifndef CONSOLE_LOG_H
#define CONSOLE_LOG_H

#include "lib/types.h"

#define LOG_SIZE 65536u

/* Where the UART is (virtual address), or 0 for none. */
void log_set_uart(u64 va);
/* dom0 owns the UART from here on. */
void log_release_uart(void);

/* One line, without its newline: %s %u %x %lu %lx %%, as in C. */
void log_info(const char *fmt, ...) PRINTF(1, 2);

/* A name, for the contracts, of what this file keeps. */
//@ ghost extern int log_state;

/* Position behind the newest byte; positions never wrap. */
/*@ assigns \nothing;
    exits \false; */
u64 log_end(void);
/* Copies up to n bytes (a multiple of 8) from *pos; moves *pos to what is still there. */
/*@ requires \valid(pos) && n % 8 == 0 && \valid(out + (0 .. n / 8 - 1));
    assigns *pos, out[0 .. n / 8 - 1], log_state;
    exits \false;
    ensures \result <= n; */
u32 log_read(u64 *pos, s64 *out, u32 n);

/*
 * Our own invariant is broken: says so with registers and backtrace on the
 * UART, and resets the machine. Unreachable from dom0 or guests.
 */
/*@ requires \false;
    assigns \nothing;
    exits \false;
    ensures \false; */
void panic(const char *fmt, ...) NORETURN PRINTF(1, 2);

/* What a panic does before the reset: wipes the VMs. */
void panic_set_scrub(void (*fn)(void));

/* An exception from EL2: kind is the vector, regs x0..x30. */
void panic_exception(u64 kind, const u64 *regs) NORETURN;

#endif
