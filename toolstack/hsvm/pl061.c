/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm PL061 GPIO (DDI 0190B): eight pins, of which one is the power key. */
#include "hsvm.h"

#define DATA_END 0x400u /* address bits 9:2 mask the pins */
#define DIR 0x400u
#define IS 0x404u
#define IBE 0x408u
#define IEV 0x40cu
#define IE 0x410u
#define RIS 0x414u
#define MIS 0x418u
#define IC 0x41cu
#define AFSEL 0x420u
#define ID 0xfe0u

static void update(void)
{
	struct pl061 *g = &vm.gpio;
	bool line;

	/* Level-sensitive pins follow their input. */
	g->ris = (uint8_t)((g->ris & ~g->is) | (g->is & ~(g->data ^ g->iev)));
	line = (g->ris & g->ie) != 0;
	if (line != g->line) {
		g->line = line;
		(void)hypctl_vm_irq(vm.hv, HYPCTL_GPIO_INTID, line);
	}
}

void pl061_reset(void)
{
	vm.gpio = (struct pl061){ .data = 0 };
}

void pl061_set_pin(unsigned int pin, bool high)
{
	struct pl061 *g = &vm.gpio;
	uint8_t bit = (uint8_t)(1u << pin);
	bool was = (g->data & bit) != 0;

	if ((g->dir & bit) != 0 || was == high) {
		return;
	}
	g->data = (uint8_t)(high ? g->data | bit : g->data & ~bit);
	g->seen &= (uint8_t)~bit;
	if ((g->is & bit) == 0 && ((g->ibe & bit) != 0 || ((g->iev & bit) != 0) == high)) {
		g->ris |= bit;
	}
	update();
}

bool pl061_pin_seen(unsigned int pin)
{
	return (vm.gpio.seen >> pin & 1u) != 0;
}

uint32_t pl061_read(uint64_t offset)
{
	struct pl061 *g = &vm.gpio;

	if (offset < DATA_END) {
		uint8_t pins = g->data & (uint8_t)(offset >> 2);

		g->seen |= pins;
		return pins;
	}
	switch (offset) {
	case DIR:
		return g->dir;
	case IS:
		return g->is;
	case IBE:
		return g->ibe;
	case IEV:
		return g->iev;
	case IE:
		return g->ie;
	case RIS:
		return g->ris;
	case MIS:
		return g->ris & g->ie;
	case AFSEL:
		return g->afsel;
	default:
		return offset >= ID ? primecell_id(offset, 0x61, 0) : 0u;
	}
}

void pl061_write(uint64_t offset, uint32_t value)
{
	struct pl061 *g = &vm.gpio;
	uint8_t v = (uint8_t)value;

	if (offset < DATA_END) {
		uint8_t mask = (uint8_t)(offset >> 2) & g->dir;

		g->data = (uint8_t)((g->data & ~mask) | (v & mask));
		update();
		return;
	}
	switch (offset) {
	case DIR:
		g->dir = v;
		break;
	case IS:
		g->is = v;
		break;
	case IBE:
		g->ibe = v;
		break;
	case IEV:
		g->iev = v;
		break;
	case IE:
		g->ie = v;
		break;
	case IC:
		g->ris &= (uint8_t)~v;
		break;
	case AFSEL:
		g->afsel = v;
		break;
	default:
		break;
	}
	update();
}
