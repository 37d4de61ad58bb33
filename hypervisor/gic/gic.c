/* SPDX-License-Identifier: BSD-2-Clause */
#include "gic/gic.h"

#include "arch/cpu.h"
#include "console/log.h"
#include "cpu/cpu.h"
#include "mm/host_map.h"
#include "mm/s1.h"

#define GICR_STRIDE 0x20000ull
#define GICR_SGI_BASE 0x10000ull
#define GICR_CTLR 0x0000u
#define GICR_TYPER 0x0008u
#define GICR_STATUSR 0x0010u
#define GICR_WAKER 0x0014u
#define GICR_IDREGS 0xffd0u
#define GICR_ISENABLER0 0x0100u
#define GICR_ICPENDR0 0x0280u
#define GICR_ISACTIVER0 0x0300u
#define GICR_ICACTIVER0 0x0380u
#define GICR_CTLR_ENABLE_LPIS BIT32(0)
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_VLPIS BIT(1)

#define OWN_INTIDS (BIT32(INTID_KICK) | BIT32(INTID_MAINT) | BIT32(INTID_HTIMER) | BIT32(27))

struct rd_region {
	u64 pa, size;
};

static struct rd_region regions[GIC_MAX_RD_REGIONS];
static u32 nr_regions;

static u32 mmio_read32(u64 va)
{
	return *(volatile u32 *)(uintptr_t)va;
}

static void mmio_write32(u64 va, u32 v)
{
	*(volatile u32 *)(uintptr_t)va = v;
}

static u64 mmio_read64(u64 va)
{
	return *(volatile u64 *)(uintptr_t)va;
}

void gic_add_redistributors(u64 base, u64 size)
{
	if (nr_regions == GIC_MAX_RD_REGIONS) {
		panic("more than %u redistributor regions", GIC_MAX_RD_REGIONS);
	}
	regions[nr_regions].pa = base;
	regions[nr_regions].size = size;
	nr_regions++;
}

void gic_init(void)
{
	u32 found = 0;
	u32 i;

	for (i = 0; i < nr_regions; i++) {
		u64 at;
		u64 typer = 0;

		/* A region may be much larger than the machine: map as found. */
		for (at = 0; at + GICR_STRIDE <= regions[i].size && (typer & GICR_TYPER_LAST) == 0;
		     at += GICR_STRIDE) {
			u64 va = s1_map_device(regions[i].pa + at, GICR_STRIDE);
			struct cpu *c;

			typer = mmio_read64(va + GICR_TYPER);
			c = cpu_of_mpidr(((typer >> 56) << 32) | bits(typer, 55, 32));
			if (c != NULL) {
				c->gicr_rd = va;
				c->gicr_rd_pa = regions[i].pa + at;
				found++;
			}
			if ((typer & GICR_TYPER_VLPIS) != 0) {
				panic("GICv4 redistributors are not supported");
			}
			host_hide_device(regions[i].pa + at, GICR_SGI_BASE);
		}
	}
	if (found != nr_cpus) {
		panic("%u CPUs, but %u redistributors", nr_cpus, found);
	}
}

void gic_cpu_init(struct cpu *c)
{
	u64 a = c->mpidr;

	/* dom0 uses the system register interface; EL2 lets it (ICC_SRE_EL2). */
	sysreg_write(ICC_SRE_EL2, 0xf);
	isb();
	sysreg_write(ICH_HCR_EL2, 0);
	c->sgi_target = (bits(a, 39, 32) << 48) | (bits(a, 23, 16) << 32) | (bits(a, 15, 8) << 16) |
			(bits(a, 7, 4) << 44) | BIT(a & 0xfu);
	c->irqs_enabled = 0;
	c->timer_active = 0;
	c->lr_dirty = (2u << (sysreg_read(ICH_VTR_EL2) & 0xfu)) - 1u; /* unknown */
}

void gic_enable_own(struct cpu *c)
{
	if (c->irqs_enabled == 0) {
		mmio_write32(c->gicr_rd + GICR_SGI_BASE + GICR_ISENABLER0, OWN_INTIDS);
		mmio_write32(c->gicr_rd + GICR_SGI_BASE + GICR_ICACTIVER0, BIT32(27));
		c->timer_active = 0;
		c->irqs_enabled = 1;
	}
}

u32 gic_pending(void)
{
	return (u32)sysreg_read(ICC_HPPIR1_EL1) & 0xffffffu;
}

void gic_kick(u32 cpu)
{
	dsb(ishst); /* what the other side is to see, before the interrupt */
	sysreg_write(ICC_SGI1R_EL1, cpus[cpu].sgi_target | ((u64)INTID_KICK << 24));
	isb();
}

void gic_ack_kick(struct cpu *c)
{
	mmio_write32(c->gicr_rd + GICR_SGI_BASE + GICR_ICPENDR0, BIT32(INTID_KICK));
	dsb(sy);
}

void gic_set_timer_active(struct cpu *c, bool active)
{
	if (c->timer_active != (active ? 1u : 0u)) {
		c->timer_active = active ? 1u : 0u;
		mmio_write32(c->gicr_rd + GICR_SGI_BASE +
				     (active ? GICR_ISACTIVER0 : GICR_ICACTIVER0),
			     BIT32(27));
		dsb(sy);
	}
}

/* The CPU whose RD page (64 KiB) holds pa, or NULL. */
static struct cpu *rd_owner(u64 pa)
{
	u32 i;

	for (i = 0; i < MAX_CPUS; i++) {
		if (cpus[i].present != 0 && pa >= cpus[i].gicr_rd_pa &&
		    pa - cpus[i].gicr_rd_pa < GICR_SGI_BASE) {
			return &cpus[i];
		}
	}
	return NULL;
}

bool gic_is_host_rd(u64 pa)
{
	return rd_owner(pa) != NULL;
}

u64 gic_host_rd_read(u64 pa, u32 size)
{
	struct cpu *c = rd_owner(pa);
	u32 reg = (u32)(pa & (GICR_SGI_BASE - 1u));

	if (size == 8u && reg == GICR_TYPER) {
		return mmio_read64(c->gicr_rd + reg);
	}
	if (size == 4u && (reg & 3u) == 0 && (reg <= GICR_WAKER || reg >= GICR_IDREGS)) {
		return mmio_read32(c->gicr_rd + reg);
	}
	return 0; /* LPI registers: dom0 has no LPIs */
}

void gic_host_rd_write(u64 pa, u32 size, u64 value)
{
	struct cpu *c = rd_owner(pa);
	u32 reg = (u32)(pa & (GICR_SGI_BASE - 1u));

	/* The rest makes the GIC a bus master, or does not exist: ignored. */
	if (size == 4u && (reg == GICR_CTLR || reg == GICR_STATUSR || reg == GICR_WAKER)) {
		u32 v = (u32)value;

		mmio_write32(c->gicr_rd + reg, reg == GICR_CTLR ? v & ~GICR_CTLR_ENABLE_LPIS : v);
		(void)mmio_read32(c->gicr_rd + GICR_CTLR); /* it has arrived */
	}
}
