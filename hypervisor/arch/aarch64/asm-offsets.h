/* SPDX-License-Identifier: BSD-2-Clause */
/* Offsets that assembly needs; cpu/cpu.c asserts that they are right. */
#ifndef ASM_OFFSETS_H
#define ASM_OFFSETS_H

#define CPU_CTX 0
#define CPU_STACK_SIZE 4096
#define CPU_STACK_TOP 8192 /* sizeof(struct cpu) */

#endif
