/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guests' GICv3: distributor, redistributors, SGIs and list registers
 * (Arm IHI 0069). State is words of atomics: no lock is taken anywhere.
 */
#ifndef GIC_VGIC_H
#define GIC_VGIC_H

#include "lib/types.h"
#include "mm/layout.h"
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

struct cpu;
struct vcpu;

/* Reset state of a VM's distributor and of a vCPU's redistributor. */
/*@ requires \valid(d);
    assigns *d;
    exits \false; */
void vgic_reset_vm(struct vm_data *d);
/*@ requires \valid(g);
    assigns *g;
    exits \false; */
void vgic_reset_vcpu(struct vgic_cpu *g);

/* World switch: to and from hardware. */
void vgic_load(struct cpu *c, struct vcpu *v);
void vgic_save(struct cpu *c, struct vcpu *v);

/* v goes off: what its list registers hold is pending again, for its target. */
void vgic_park(struct cpu *c, struct vcpu *v);

/* ICPENDR and ICACTIVER for interrupts that are in v's list registers. */
void vgic_lr_clear(struct cpu *c, struct vcpu *v, u32 word, u32 mask, u64 state);
#define VGIC_LR_PENDING BIT(62)
#define VGIC_LR_ACTIVE BIT(63)

/* While v runs here: retire finished list registers, fill free ones. */
void vgic_sync(struct cpu *c, struct vcpu *v);

/* The virtual timer fired: pends it with its hardware twin. */
void vgic_inject_vtimer(struct cpu *c, struct vcpu *v);

/* Whether v has an interrupt to take that WFI must not sleep over. */
bool vgic_has_pending(struct vcpu *v);

/* Input level of a private interrupt. The vCPU itself only. */
/*@ requires \valid(g) && intid < 32;
    assigns g->priv.line;
    exits \false; */
void vgic_set_private_line(struct vgic_cpu *g, u32 intid, bool high);

/*
 * Input level of an SPI, by dom0. Returns the mask of vCPUs that dom0 should
 * wake. Lock-free, callable with interrupts off.
 */
u32 vgic_set_spi_line(u32 vm, u32 intid, bool high);

/* A guest's write to ICC_SGI1R_EL1. */
void vgic_send_sgi(struct cpu *c, struct vcpu *v, u64 value);

/* Whether ipa is a register of the GIC. */
bool vgic_owns(u32 vm, u64 ipa);
/* Access of size bytes; false: no such register width, external abort. */
bool vgic_mmio_read(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 *value);
bool vgic_mmio_write(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 value);

#endif
