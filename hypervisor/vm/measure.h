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

#include "vm/vm.h"

/* At creation; needs the VM's lock. */
/*@ requires 0 < vm < MAX_VMS;
    assigns measured_so_far[vm];
    exits \false; */
void measure_begin(u32 vm);

/*
 * Hashes a piece of an image of size bytes that lies at pfn and gfn, of which
 * done bytes are hashed. Returns how many are now. The caller alone may do so.
 */
/*@ requires 0 < vm < MAX_VMS && few(pfn, size / 4096) && size <= 512 * 4096 && size % 4096 == 0;
    requires done <= size && done % 64 == 0;
    assigns measured_so_far[vm];
    exits \false;
    ensures done <= \result <= size && \result % 64 == 0; */
u32 measure_pages(u32 vm, u64 pfn, u64 gfn, u32 done, u32 size);

/* Fixes the measurement, once. Needs the VM's lock; vCPU 0 is there. */
/*@ VM_REQUIRES;
    requires has_vcpu(vm, 0);
    assigns measured_so_far[vm], vms[vm].measurement[0 .. 31], vms[vm].measured;
    exits \false;
    ensures vms[vm].measured == 1;
    ensures \old(vms[vm].measured) != 0 ==> \forall integer i; 0 <= i < 32 ==>
      vms[vm].measurement[i] == \old(vms[vm].measurement[i]); */
void measure_finish(u32 vm);

/* The measurement as four words, as they lie in memory. */
/*@ requires vm < MAX_VMS && \valid(out + (0 .. 3));
    requires \separated(out + (0 .. 3), &vms[0 .. MAX_VMS - 1]);
    assigns out[0 .. 3];
    exits \false; */
void measurement_words(u32 vm, s64 out[4]);

#endif
