/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include "arch/barrier.h"
#include "arch/sysreg.h"
#include "lib/types.h"

extern u32 host_flushes; /* TLB maintenance of any kind */

static inline void tlb_published(void)
{
}

static inline void tlb_before_link(void)
{
}

static inline void tlb_flush_page(u64 gfn)
{
	(void)gfn;
	host_flushes++;
}

static inline void tlb_flush_vmid(void)
{
	host_flushes++;
}

static inline void tlb_flush_local_stage1(void)
{
	host_flushes++;
}

static inline void tlb_flush_other_vmid(u64 vttbr)
{
	(void)vttbr;
	host_flushes++;
}

#endif
