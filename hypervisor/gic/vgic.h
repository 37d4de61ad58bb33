/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guests' GICv3: distributor, redistributors, SGIs and list registers
 * (Arm IHI 0069). State is words of atomics: no lock is taken anywhere.
 */
#ifndef GIC_VGIC_H
#define GIC_VGIC_H

#include "vm/state.h"

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
/*@ requires 0 < vm < MAX_VMS && 32 <= intid < HS_NR_INTIDS;
    assigns vm_data_frame[0 .. MAX_PFN - 1], vcpu_frame[0 .. MAX_PFN - 1];
    exits \false; */
u32 vgic_set_spi_line(u32 vm, u32 intid, bool high);

/* A guest's write to ICC_SGI1R_EL1. */
void vgic_send_sgi(struct cpu *c, struct vcpu *v, u64 value);

/* Whether ipa is a register of the GIC. */
bool vgic_owns(u32 vm, u64 ipa);
/* Access of size bytes; false: no such register width, external abort. */
bool vgic_mmio_read(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 *value);
bool vgic_mmio_write(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 value);

#endif
