/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VM's console has shown, where it outlives hsvm:
 *
 *   /run/hs/NAME/ring   struct console_ring, written by the hsvm of that VM;
 *                       after a kill -9 it is still there
 *   /run/hs/.ended/ID   the last CONSOLE_PAST bytes, as text, of an ended VM
 *
 * These are of the console with port 0; the others have their port in the name:
 * ring1, ID.1.
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <hypctl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RUN_DIR HYPCTL_RUN_DIR
#define ENDED_DIR RUN_DIR "/.ended" /* no name of a VM begins with a dot */
#define RING_MAGIC 0x31676e6972736800ull
#define RING_SIZE (1u << 20)
#define CONSOLE_PAST (64u << 10)
#define PANIC_TEXT "Kernel panic - not syncing" /* what Linux says first */

struct console_ring {
	uint64_t magic; /* RING_MAGIC */
	uint64_t id;	/* of the VM */
	uint64_t end;	/* bytes in all; byte n is at data[n % RING_SIZE] */
	uint64_t pad;
	uint8_t data[RING_SIZE];
};

#define RING_NAME_SIZE 16
#define PAST_PATH_SIZE 64

/* In /run/hs/NAME; returns name. */
static inline const char *ring_name(char name[RING_NAME_SIZE], unsigned int port)
{
	if (port == 0) {
		snprintf(name, RING_NAME_SIZE, "ring");
	} else {
		snprintf(name, RING_NAME_SIZE, "ring%u", port);
	}
	return name;
}

/* Returns path. */
static inline const char *past_path(char path[PAST_PATH_SIZE], unsigned int port,
				    unsigned long long id)
{
	if (port == 0) {
		snprintf(path, PAST_PATH_SIZE, ENDED_DIR "/%llu", id);
	} else {
		snprintf(path, PAST_PATH_SIZE, ENDED_DIR "/%llu.%u", id, port);
	}
	return path;
}

/* Its last bytes, in order; how many. */
static inline size_t ring_past(const struct console_ring *r, char out[CONSOLE_PAST])
{
	size_t n = r->end < CONSOLE_PAST ? (size_t)r->end : CONSOLE_PAST;
	size_t i;

	for (i = 0; i < n; i++) {
		out[i] = (char)r->data[(r->end - n + i) % RING_SIZE];
	}
	return n;
}

#endif
