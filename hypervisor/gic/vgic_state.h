/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of a guest's GICv3: words of atomics, in the VM's page and in each vCPU's. */
#ifndef GIC_VGIC_STATE_H
#define GIC_VGIC_STATE_H

#include "lib/types.h"
#include "mm/page.h"
#include "public/homestead.h"

#define VGIC_WORDS (HS_NR_INTIDS / 32u)
#define VGIC_MAX_LRS 16u
#define INTID_PTIMER 30u /* EL1 physical timer, SBSA's numbers */
#define INTID_VTIMER 27u

struct vgic_bank { /* 32 interrupts; each word atomic */
	u32 enabled, group, edge;
	u32 line;   /* level of the input */
	u32 latch;  /* edge seen, or written to ISPENDR */
	u32 active; /* active but in no list register */
	u8 prio[32];
};

struct vm_data {
	u32 ctlr;			      /* GICD_CTLR's enable bits */
	struct vgic_bank spi[VGIC_WORDS];     /* [0] is not used: private */
	u8 target[HS_NR_INTIDS];	      /* vCPU, from GICD_IROUTER; atomic */
	u32 listed[VGIC_WORDS][HS_MAX_VCPUS]; /* in a list register of; atomic */
} __attribute__((aligned(PAGE_SIZE)));

_Static_assert(sizeof(struct vm_data) == PAGE_SIZE, "a VM's data fill one page");

/* frame[] under another name: what a page of KIND_VM holds. */
extern struct vm_data vm_data_frame[MAX_PFN];

struct vgic_cpu {
	struct vgic_bank priv;
	u64 lr[VGIC_MAX_LRS]; /* while not running */
	u32 lr_used;	      /* list registers that hold something */
	u32 listed;	      /* private INTIDs in a list register */
	u32 asleep;	      /* GICR_WAKER.ProcessorSleep */
	u64 vmcr;
	u64 ap0r[4], ap1r[4];
};

#endif
