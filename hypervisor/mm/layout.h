/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2's virtual addresses: 39 bits, one table of 512 entries at level 1. All
 * starts lie within 4 GiB, so that ADRP reaches them from the image. Also
 * read by the linker script and by assembly.
 */
#ifndef MM_LAYOUT_H
#define MM_LAYOUT_H

#ifndef MAX_PFN		  /* smaller in host tests */
#define MAX_PFN 0x2000000 /* 128 GiB of physical addresses */
#endif
#define VA_DEVICES 0x1f40000000	   /* UART, GIC, the machine's device tree */
#define VA_PAGE_ARRAY 0x1f80000000 /* page[MAX_PFN], 256 MiB */
#define VA_IMAGE 0x1fc0000000	   /* text, rodata, data, bss */
#define VA_FRAMES 0x2000000000	   /* frame[MAX_PFN][512], all RAM */

#define IMAGE_MAX 0x200000 /* one level 3 table maps the image */

/* MAIR_EL2: index 0 Device-nGnRE, 1 Normal write-back. */
#define MAIR_VALUE 0xff04

/* Stage 1 descriptors at EL2 (D8.3, D8.4): AF, AP[1] = 1 as RES1. */
#define S1_TABLE 0x3
#define S1_PAGE_BIT 0x2
#define S1_RO 0x80
#define S1_XN 0x40000000000000
#define S1_NORMAL (0x1 | 0x4 | 0x40 | 0x300 | 0x400)
#define S1_DEVICE (0x1 | 0x40 | 0x400 | S1_XN)
#define S1_RX (S1_NORMAL | S1_RO)
#define S1_R (S1_NORMAL | S1_RO | S1_XN)
#define S1_RW (S1_NORMAL | S1_XN)

#endif
