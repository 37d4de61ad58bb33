/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/string.h"

#include "lib/types.h"

/* Device trees are moved often: words, where both sides can be aligned. */
static bool can_move_words(const u8 *d, const u8 *s)
{
	return (((uintptr_t)d ^ (uintptr_t)s) & 3u) == 0;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if ((((uintptr_t)d | (uintptr_t)s) & 7u) == 0) { /* whole trees */
		for (; n >= 32u; n -= 32u, d += 32, s += 32) {
			((u64 *)(void *)d)[0] = ((const u64 *)(const void *)s)[0];
			((u64 *)(void *)d)[1] = ((const u64 *)(const void *)s)[1];
			((u64 *)(void *)d)[2] = ((const u64 *)(const void *)s)[2];
			((u64 *)(void *)d)[3] = ((const u64 *)(const void *)s)[3];
		}
	}
	if (can_move_words(d, s)) {
		for (; n > 0 && ((uintptr_t)d & 3u) != 0; n--) {
			*d++ = *s++;
		}
		for (; n >= 4u; n -= 4u, d += 4, s += 4) {
			*(u32 *)(void *)d = *(const u32 *)(const void *)s;
		}
	}
	while (n-- > 0) {
		*d++ = *s++;
	}
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (d <= s || d >= s + n) {
		return memcpy(dst, src, n);
	}
	if (can_move_words(d, s)) {
		for (; n > 0 && ((uintptr_t)(d + n) & 3u) != 0; n--) {
			d[n - 1u] = s[n - 1u];
		}
		for (; n >= 4u; n -= 4u) {
			*(u32 *)(void *)(d + n - 4) = *(const u32 *)(const void *)(s + n - 4);
		}
	}
	while (n-- > 0) {
		d[n] = s[n];
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;

	while (n-- > 0) {
		*d++ = (u8)c;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a;
	const u8 *y = b;

	for (; n > 0; n--, x++, y++) {
		if (*x != *y) {
			return *x < *y ? -1 : 1;
		}
	}
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n > 0; n--, p++) {
		if (*p == (u8)c) {
			return (void *)(uintptr_t)p;
		}
	}
	return NULL;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0') {
		n++;
	}
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n] != '\0') {
		n++;
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b) {
			return (u8)*a < (u8)*b ? -1 : 1;
		}
		if (*a == '\0') {
			break;
		}
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c) {
			return (char *)(uintptr_t)s;
		}
		if (*s == '\0') {
			return NULL;
		}
	}
}

char *strrchr(const char *s, int c)
{
	char *found = NULL;

	for (;; s++) {
		if (*s == (char)c) {
			found = (char *)(uintptr_t)s;
		}
		if (*s == '\0') {
			return found;
		}
	}
}

/* Base 10 and 16 only: libfdt parses unit addresses of paths with it. */
unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long v = 0;
	unsigned int digit;

	for (;; s++) {
		if (*s >= '0' && *s <= '9') {
			digit = (unsigned int)(*s - '0');
		} else if (base == 16 && *s >= 'a' && *s <= 'f') {
			digit = (unsigned int)(*s - 'a') + 10u;
		} else {
			break;
		}
		v = v * (unsigned long)base + digit;
	}
	if (end != NULL) {
		*end = (char *)(uintptr_t)s;
	}
	return v;
}
