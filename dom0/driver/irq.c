// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * EL2's interrupts (architecture.md 6). EL2 handles them while a guest runs;
 * one that comes late, while dom0 runs, must find somebody: unhandled, SGI 8
 * gives a warning and PPI 27 a livelock. Linux also clears all enables at each
 * CPU bring-up, so they are enabled by a hotplug callback.
 */
#include <linux/cpuhotplug.h>
#include <linux/interrupt.h>
#include <linux/irqdomain.h>
#include <linux/of.h>
#include <linux/of_irq.h>
#include <linux/percpu.h>

#include "hypctl.h"

#define FWSPEC_PPI 1

/* GIC interrupt numbers: SGI 8 as itself, PPIs without their 16. */
static const struct {
	u32 nargs;
	u32 args[3];
	const char *name;
} own[] = {
	{ 1, { 8 }, "homestead kick" },
	{ 3, { FWSPEC_PPI, 9, IRQ_TYPE_LEVEL_HIGH }, "homestead vgic" },
	{ 3, { FWSPEC_PPI, 10, IRQ_TYPE_LEVEL_HIGH }, "homestead htimer" },
	{ 3, { FWSPEC_PPI, 11, IRQ_TYPE_LEVEL_HIGH }, "homestead vtimer" },
};

static DEFINE_PER_CPU(unsigned long, late); /* counted, nothing else */
static int virqs[ARRAY_SIZE(own)];
static enum cpuhp_state hp_state = CPUHP_INVALID;

static irqreturn_t handle(int irq, void *arg)
{
	(*(unsigned long *)arg)++;
	return IRQ_HANDLED;
}

static int irqs_up(unsigned int cpu)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		enable_percpu_irq(virqs[i], IRQ_TYPE_NONE);
	}
	return 0;
}

static int irqs_down(unsigned int cpu)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		disable_percpu_irq(virqs[i]);
	}
	return 0;
}

void hypctl_irq_exit(void)
{
	size_t i;

	if (hp_state != CPUHP_INVALID) {
		cpuhp_remove_state(hp_state);
	}
	for (i = 0; i < ARRAY_SIZE(own) && virqs[i]; i++) {
		free_percpu_irq(virqs[i], &late);
		irq_dispose_mapping(virqs[i]);
	}
}

static int map_one(struct fwnode_handle *gic, size_t i)
{
	struct irq_fwspec spec = {
		.fwnode = gic,
		.param_count = own[i].nargs,
		.param = { own[i].args[0], own[i].args[1], own[i].args[2] },
	};
	int virq = irq_create_fwspec_mapping(&spec);
	int r;

	if (virq <= 0) {
		return -ENODEV;
	}
	r = request_percpu_irq(virq, handle, own[i].name, &late);
	if (r) {
		irq_dispose_mapping(virq);
		return r;
	}
	virqs[i] = virq;
	return 0;
}

int hypctl_irq_init(void)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	size_t i;
	int r = node ? 0 : -ENODEV;

	for (i = 0; i < ARRAY_SIZE(own) && !r; i++) {
		r = map_one(of_node_to_fwnode(node), i);
	}
	of_node_put(node);
	if (!r) {
		r = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "homestead:online", irqs_up, irqs_down);
		if (r > 0) {
			hp_state = r;
			r = 0;
		}
	}
	if (r) {
		hypctl_irq_exit();
	}
	return r;
}
