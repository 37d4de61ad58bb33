/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#define isb() ((void)0)
#define dsb(opt) ((void)0)
#define dmb(opt) ((void)0)

#endif
