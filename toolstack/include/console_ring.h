/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a VM's console has shown, where it outlives hsvm:
 *
 *   /run/hs/NAME/ring   struct console_ring, written by the hsvm of that VM;
 *                       after a kill -9 it is still there
 *   /run/hs/.ended/ID   the last CONSOLE_PAST bytes, as text, of an ended VM
 */
#ifndef CONSOLE_RING_H
#define CONSOLE_RING_H

#include <stddef.h>
#include <stdint.h>

#define RUN_DIR "/run/hs"
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
