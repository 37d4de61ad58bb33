/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/string.h"

#include "lib/types.h"

void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	/* Words where both sides allow it: device trees are moved often. */
	if ((((uintptr_t)d | (uintptr_t)s) & 7u) == 0) {
		for (; n >= 8u; n -= 8u, d += 8, s += 8) {
			*(u64 *)(void *)d = *(const u64 *)(const void *)s;
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
	if (((((uintptr_t)d + n) | ((uintptr_t)s + n)) & 7u) == 0) {
		for (; n >= 8u; n -= 8u) {
			*(u64 *)(void *)(d + n - 8) = *(const u64 *)(const void *)(s + n - 8);
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
