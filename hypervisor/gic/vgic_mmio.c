/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers of the guests' distributor and redistributors (IHI 0069 12.9, 12.11). */
#include "arch/cpu.h"
#include "cpu/cpu.h"
#include "gic/vgic.h"
#include "arch/atomic.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

/* Offsets that distributor and SGI frame have in common. */
#define IGROUPR 0x0080u
#define ISENABLER 0x0100u
#define ICENABLER 0x0180u
#define ISPENDR 0x0200u
#define ICPENDR 0x0280u
#define ISACTIVER 0x0300u
#define ICACTIVER 0x0380u
#define IPRIORITYR 0x0400u
#define ITARGETSR 0x0800u
#define ICFGR 0x0c00u
#define IGRPMODR 0x0d00u
#define IROUTER 0x6000u
#define PIDR2 0xffe8u

#define GICD_CTLR 0x0000u
#define GICD_TYPER 0x0004u
#define GICD_IIDR 0x0008u
#define CTLR_ARE_DS 0x50u /* affinity routing, one security state: both RAO */
#define CTLR_ENABLES 0x3u
/* 256 INTIDs, 10 bits of them, no 1-of-N, no LPIs, no message-based SPIs. */
#define TYPER_VALUE ((HS_NR_INTIDS / 32u - 1u) | (9u << 19) | BIT32(25))
#define IIDR_VALUE 0x4800043bu /* product 'H', implementer Arm */
#define PIDR2_VALUE 0x3bu      /* GICv3 */

#define GICR_IIDR 0x0004u
#define GICR_TYPER 0x0008u
#define GICR_WAKER 0x0014u
#define WAKER_SLEEP 0x2u
#define WAKER_ASLEEP 0x4u
#define SGI_FRAME 0x10000u

bool vgic_owns(u32 vm, u64 ipa)
{
	return (ipa >= HS_GUEST_GICD_BASE && ipa < HS_GUEST_GICD_BASE + HS_GUEST_GICD_SIZE) ||
	       (ipa >= HS_GUEST_GICR_BASE &&
		ipa < HS_GUEST_GICR_BASE + vms[vm].nr_vcpus * HS_GUEST_GICR_STRIDE);
}

/* Bits of a word that are active, in list registers or not. */
static u32 active_bits(struct vcpu *v, struct vgic_bank *b, u32 word)
{
	u32 all = b->active;
	u32 i;

	/*
	 * What another vCPU runs with right now cannot be read from here: it
	 * counts as active, so that a guest that waits for the end of a
	 * handler never goes on too early.
	 */
	for (i = 0; word != 0 && i < vms[v->vm].nr_vcpus; i++) {
		all |= atomic_read(&vm_data(v->vm)->listed[word][i]);
	}
	return word == 0 ? all | v->vgic.listed : all;
}

/* Those who must look again after something of the word changed. */
static void changed(struct cpu *c, struct vcpu *v, struct vcpu *owner, u32 word, u32 mask)
{
	u32 targets = word == 0 ? BIT32(owner->id) : 0u;
	u32 i;

	for (i = 0; word != 0 && i < vms[v->vm].nr_vcpus; i++) {
		if ((atomic_read(&vm_data(v->vm)->listed[word][i]) & mask) != 0) {
			targets |= BIT32(i);
		}
	}
	for (; word != 0 && mask != 0; mask &= mask - 1u) {
		targets |= BIT32(vm_data(v->vm)->target[word * 32u + (u32)__builtin_ctz(mask)]);
	}
	for (i = 0; i < HS_MAX_VCPUS; i++) {
		struct vcpu *t = (targets & BIT32(i)) != 0 ? vcpu_get(v->vm, i) : NULL;

		if (t == v) {
			vgic_sync(c, v);
		} else if (t != NULL && vcpu_kick(t)) {
			v->wake |= BIT32(i);
		}
	}
}

/* Two bits an interrupt, of which the upper one says "edge". */
static u32 cfg_read(u32 edge, u32 half)
{
	u32 v = 0;
	u32 i;

	for (i = 0; i < 16u; i++) {
		if ((edge & BIT32(half * 16u + i)) != 0) {
			v |= 2u << (2u * i);
		}
	}
	return v;
}

static u32 cfg_write(u32 edge, u32 half, u32 v)
{
	u32 i;

	for (i = 0; i < 16u; i++) {
		u32 bit = BIT32(half * 16u + i);

		edge = (v & (2u << (2u * i))) != 0 ? edge | bit : edge & ~bit;
	}
	return edge;
}

/* Registers that distributor and SGI frame share; owner: whose private bank. */
static u64 shared_read(struct vcpu *v, struct vcpu *owner, u32 reg, u32 size, bool sgi_frame)
{
	u32 word = (reg & 0x7fu) / 4u;
	struct vgic_bank *b;
	u32 i;
	u64 value = 0;

	if (reg >= IPRIORITYR && reg < ITARGETSR) {
		u32 first = reg - IPRIORITYR;

		for (i = 0; i < size && first + i < HS_NR_INTIDS; i++) {
			word = (first + i) / 32u;
			if ((word == 0) == sgi_frame) {
				b = word == 0 ? &owner->vgic.priv : &vm_data(v->vm)->spi[word];
				value |= (u64)b->prio[(first + i) % 32u] << (8u * i);
			}
		}
		return value;
	}
	if (reg >= ICFGR && reg < IGRPMODR) {
		word = (reg - ICFGR) / 8u;
	}
	if (word >= VGIC_WORDS || (word == 0) != sgi_frame) {
		return 0;
	}
	b = word == 0 ? &owner->vgic.priv : &vm_data(v->vm)->spi[word];
	switch (reg & ~0x7fu) {
	case IGROUPR:
		return b->group;
	case ISENABLER:
	case ICENABLER:
		return b->enabled;
	case ISPENDR:
	case ICPENDR:
		return atomic_read(&b->latch) | (atomic_read(&b->line) & ~b->edge);
	case ISACTIVER:
	case ICACTIVER:
		return active_bits(owner, b, word);
	case ICFGR:
	case ICFGR + 0x80u:
		return cfg_read(b->edge, (reg / 4u) & 1u);
	default:
		return 0;
	}
}

static void shared_write(struct cpu *c, struct vcpu *v, struct vcpu *owner, u32 reg, u32 size,
			 u64 value, bool sgi_frame)
{
	u32 word = (reg & 0x7fu) / 4u;
	u32 bits32 = (u32)value;
	struct vgic_bank *b;
	u32 i;

	if (reg >= IPRIORITYR && reg < ITARGETSR) {
		u32 first = reg - IPRIORITYR;

		for (i = 0; i < size && first + i < HS_NR_INTIDS; i++) {
			word = (first + i) / 32u;
			if ((word == 0) == sgi_frame) {
				b = word == 0 ? &owner->vgic.priv : &vm_data(v->vm)->spi[word];
				b->prio[(first + i) % 32u] = (u8)(value >> (8u * i)) & 0xf8u;
			}
		}
		return;
	}
	if (reg >= ICFGR && reg < IGRPMODR) {
		word = (reg - ICFGR) / 8u;
	}
	if (word >= VGIC_WORDS || (word == 0) != sgi_frame) {
		return;
	}
	b = word == 0 ? &owner->vgic.priv : &vm_data(v->vm)->spi[word];
	switch (reg & ~0x7fu) {
	case IGROUPR:
		atomic_set(&b->group, bits32);
		break;
	case ISENABLER:
		(void)atomic_or(&b->enabled, bits32);
		break;
	case ICENABLER:
		(void)atomic_and(&b->enabled, ~bits32);
		break;
	case ISPENDR: /* a level input that is high is pending anyway */
		(void)atomic_or(&b->latch, bits32);
		break;
	case ICPENDR:
		(void)atomic_and(&b->latch, ~bits32);
		if (word != 0 || owner == v) {
			vgic_lr_clear(c, v, word, bits32, VGIC_LR_PENDING);
		}
		break;
	case ISACTIVER:
		(void)atomic_or(&b->active, bits32);
		break;
	case ICACTIVER:
		(void)atomic_and(&b->active, ~bits32);
		if (word != 0 || owner == v) {
			vgic_lr_clear(c, v, word, bits32, VGIC_LR_ACTIVE);
		}
		break;
	case ICFGR:
	case ICFGR + 0x80u:
		if (word != 0 || ((reg / 4u) & 1u) == 1u) { /* SGIs are edge for ever */
			atomic_set(&b->edge, cfg_write(b->edge, (reg / 4u) & 1u, bits32));
		}
		bits32 = ~0u;
		break;
	default:
		return;
	}
	changed(c, v, owner, word, bits32);
}

static bool gicd_read(struct vcpu *v, u32 reg, u32 size, u64 *value)
{
	*value = 0;
	switch (reg) {
	case GICD_CTLR:
		*value = vm_data(v->vm)->ctlr | CTLR_ARE_DS;
		return true;
	case GICD_TYPER:
		*value = TYPER_VALUE;
		return true;
	case GICD_IIDR:
		*value = IIDR_VALUE;
		return true;
	case PIDR2:
		*value = PIDR2_VALUE;
		return true;
	default:
		break;
	}
	if (reg >= IROUTER && reg < IROUTER + 8u * HS_NR_INTIDS) {
		u32 intid = (reg - IROUTER) / 8u;

		*value = intid >= 32u && (reg & 4u) == 0 ? vm_data(v->vm)->target[intid] : 0u;
	} else if (reg >= IGROUPR && reg < IGRPMODR) {
		*value = shared_read(v, v, reg, size, false);
	}
	return true;
}

static void router_write(struct cpu *c, struct vcpu *v, u32 reg, u64 value)
{
	u32 intid = (reg - IROUTER) / 8u;

	/* Affinity 0.0.0.n of an existing vCPU; else the first one keeps it. */
	if (intid < 32u || (reg & 4u) != 0) {
		return;
	}
	value &= 0xff00ffffffull;
	__atomic_store_n(&vm_data(v->vm)->target[intid],
			 value < vms[v->vm].nr_vcpus ? (u8)value : (u8)0, __ATOMIC_SEQ_CST);
	changed(c, v, v, intid / 32u, BIT32(intid % 32u));
}

static void gicd_write(struct cpu *c, struct vcpu *v, u32 reg, u32 size, u64 value)
{
	u32 i;

	if (reg == GICD_CTLR) {
		atomic_set(&vm_data(v->vm)->ctlr, (u32)value & CTLR_ENABLES);
		for (i = 0; i < vms[v->vm].nr_vcpus; i++) {
			struct vcpu *t = vcpu_get(v->vm, i);

			if (t != NULL && t != v && vcpu_kick(t)) {
				v->wake |= BIT32(i);
			}
		}
		vgic_sync(c, v);
	} else if (reg >= IROUTER && reg < IROUTER + 8u * HS_NR_INTIDS) {
		router_write(c, v, reg, value);
	} else if (reg >= IGROUPR && reg < IGRPMODR) {
		shared_write(c, v, v, reg, size, value, false);
	}
}

static u64 gicr_typer(struct vcpu *owner)
{
	bool last = owner->id == vms[owner->vm].nr_vcpus - 1u;

	return ((u64)owner->id << 32) | (owner->id << 8) | (last ? BIT(4) : 0u);
}

static u64 gicr_read(struct vcpu *v, struct vcpu *owner, u32 reg, u32 size)
{
	if (reg >= SGI_FRAME) {
		return shared_read(v, owner, reg - SGI_FRAME, size, true);
	}
	switch (reg) {
	case GICR_IIDR:
		return IIDR_VALUE;
	case GICR_TYPER:
		return size == 8u ? gicr_typer(owner) : (u32)gicr_typer(owner);
	case GICR_TYPER + 4u:
		return gicr_typer(owner) >> 32;
	case GICR_WAKER:
		return owner->vgic.asleep != 0 ? WAKER_SLEEP | WAKER_ASLEEP : 0u;
	case PIDR2:
		return PIDR2_VALUE;
	default:
		return 0;
	}
}

static void gicr_write(struct cpu *c, struct vcpu *v, struct vcpu *owner, u32 reg, u32 size,
		       u64 value)
{
	if (reg >= SGI_FRAME) {
		shared_write(c, v, owner, reg - SGI_FRAME, size, value, true);
	} else if (reg == GICR_WAKER) {
		owner->vgic.asleep = (value & WAKER_SLEEP) != 0 ? 1u : 0u;
	}
}

/* The register that ipa names; owner is NULL for the distributor. */
static bool decode(struct vcpu *v, u64 ipa, u32 size, struct vcpu **owner, u32 *reg)
{
	*owner = NULL;
	if (ipa < HS_GUEST_GICR_BASE) {
		*reg = (u32)(ipa - HS_GUEST_GICD_BASE);
	} else {
		u64 at = ipa - HS_GUEST_GICR_BASE;

		*reg = (u32)(at % HS_GUEST_GICR_STRIDE);
		*owner = vcpu_get(v->vm, at / HS_GUEST_GICR_STRIDE);
		if (*owner == NULL) {
			return false;
		}
	}
	return (ipa & (size - 1u)) == 0;
}

bool vgic_mmio_read(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 *value)
{
	struct vcpu *owner;
	u32 reg;

	(void)c;
	if (!decode(v, ipa, size, &owner, &reg)) {
		return false;
	}
	if (owner == NULL) {
		return gicd_read(v, reg, size, value);
	}
	*value = gicr_read(v, owner, reg, size);
	return true;
}

bool vgic_mmio_write(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 value)
{
	struct vcpu *owner;
	u32 reg;

	if (!decode(v, ipa, size, &owner, &reg)) {
		return false;
	}
	if (owner == NULL) {
		gicd_write(c, v, reg, size, value);
	} else {
		gicr_write(c, v, owner, reg, size, value);
	}
	return true;
}
