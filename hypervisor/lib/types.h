/* SPDX-License-Identifier: BSD-2-Clause */
/* Fixed-width names and the few macros that every file uses. */
#ifndef LIB_TYPES_H
#define LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define BIT(n) (1ull << (n))
#define BIT32(n) (1u << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_USE __attribute__((warn_unused_result))
#define NORETURN __attribute__((noreturn))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))

#define PAGE_SHIFT 12u
#define PAGE_SIZE 4096ull
#define BLOCK_SIZE (1ull << 21) /* what one level 2 entry maps */
#define BLOCK_PAGES 512u
#define GIB (1ull << 30)

/* Bits hi..lo of v, shifted down. */
/*@ requires lo <= hi <= 63;
    assigns \nothing;
    exits \false;
    ensures \result == ((v >> lo) & (0xffffffffffffffff >> (63 - (hi - lo)))); */
static inline u64 bits(u64 v, u32 hi, u32 lo)
{
	return (v >> lo) & (~0ull >> (63u - (hi - lo)));
}

/* v or the next multiple of a. */
/*@ requires a > 0 && v + a <= 0xffffffffffffffff;
    assigns \nothing;
    exits \false;
    ensures v <= \result < v + a && \result % a == 0; */
static inline u64 align_up(u64 v, u64 a)
{
	return (v + a - 1u) / a * a;
}

/* v or the last multiple of a before it. */
/*@ requires a > 0;
    assigns \nothing;
    exits \false;
    ensures v - a < \result <= v && \result % a == 0; */
static inline u64 align_down(u64 v, u64 a)
{
	return v / a * a;
}

#endif
