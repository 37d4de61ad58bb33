/* SPDX-License-Identifier: BSD-2-Clause */
/* EL2's own stage 1. Entries are written once, at boot, and never changed. */
#ifndef MM_S1_H
#define MM_S1_H

#include "lib/types.h"

/* Sets virtual minus physical of the image. First call of all. */
void s1_init(u64 image_offset);

/* Physical address of something in the image. */
u64 s1_image_pa(const void *p);

/* Maps [va, va + size) to pa with S1_* attributes, in the largest blocks. */
void s1_map(u64 va, u64 pa, u64 size, u64 attrs);

/* Maps size bytes of device registers at pa; returns where. Boot only. */
u64 s1_map_device(u64 pa, u64 size);

#endif
