/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measurement of a VM: SHA-256 over what decides how it starts, in blocks
 * of 64 bytes and pages of 4 KiB, numbers little-endian, the rest zeros:
 *
 *   "HS-VM-1\0", flags (HS_VM_PROTECTED or 0), vCPUs, bytes of RAM
 *   for each page of the boot images, in the order of donation:
 *     "page\0\0\0\0", guest address; then the page
 *   "entry\0\0\0", PC and X0 of vCPU 0
 *
 * libhypctl/measure.c computes the same; hsctl(1) documents it.
 */
#ifndef VM_MEASURE_H
#define VM_MEASURE_H

#include "lib/types.h"

/* At creation; needs the VM's lock. */
void measure_begin(u32 vm);

/*
 * Hashes a piece of an image of size bytes that lies at pfn and gfn, of which
 * done bytes are hashed. Returns how many are now. The caller alone may do so.
 */
u32 measure_pages(u32 vm, u64 pfn, u64 gfn, u32 done, u32 size);

/* Fixes the measurement, once. Needs the VM's lock. */
void measure_finish(u32 vm);

#endif
