/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BOOT_BOOT_H
#define BOOT_BOOT_H

#include "lib/types.h"

struct cpu;

/*
 * The boot CPU's C entry, from start.S with the MMU on. fdt_pa: the machine's
 * device tree; image_offset: virtual minus physical. Returns to enter dom0.
 */
void boot_main(u64 fdt_pa, u64 image_offset);

/* Sets the EL2 registers that never change afterwards. On each CPU, once. */
void cpu_init_el2(struct cpu *c);

/* Puts dom0's start state into c->host: EL1h, MMU off, at entry with x0. */
void cpu_reset_host(struct cpu *c, u64 entry, u64 x0);

/* C entry of a CPU that dom0's CPU_ON brought up. */
void boot_secondary(struct cpu *c);

#endif
