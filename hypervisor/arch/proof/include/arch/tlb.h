/* SPDX-License-Identifier: BSD-2-Clause */
/* For the provers: TLBs and barriers are not in the model (docs/assurance.md). */
#ifndef ARCH_TLB_H
#define ARCH_TLB_H

#include "lib/types.h"

/*@ assigns \nothing;
    exits \false; */
void tlb_published(void);
/*@ assigns \nothing;
    exits \false; */
void tlb_before_link(void);
/*@ assigns \nothing;
    exits \false; */
void tlb_flush_page(u64 gfn);
/*@ assigns \nothing;
    exits \false; */
void tlb_flush_vmid(void);
/*@ assigns \nothing;
    exits \false; */
void tlb_flush_local_stage1(void);
/*@ assigns \nothing;
    exits \false; */
void tlb_flush_other_vmid(u64 vttbr);

#endif
