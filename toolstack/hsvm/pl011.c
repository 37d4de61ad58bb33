/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm PL011 UART (DDI 0183G). Transmits even if nobody enabled it. */
#include "hsvm.h"

#define DR 0x00u
#define FR 0x18u
#define IBRD 0x24u
#define FBRD 0x28u
#define LCR_H 0x2cu
#define CR 0x30u
#define IFLS 0x34u
#define IMSC 0x38u
#define RIS 0x3cu
#define MIS 0x40u
#define ICR 0x44u
#define DMACR 0x48u
#define ID 0xfe0u

#define FR_RXFE 0x10u
#define FR_RXFF 0x40u
#define FR_TXFE 0x80u
#define LCR_FEN 0x10u
#define INT_RX 0x10u
#define INT_TX 0x20u
#define INT_BE 0x200u
#define INT_ALL 0x7ffu
#define DR_BREAK 0x400u
#define CR_RESET 0x300u
#define IFLS_RESET 0x12u

static void update(void)
{
	struct pl011 *u = &vm.uart;
	bool line = (u->ris & u->imsc) != 0;

	if (line != u->line) {
		u->line = line;
		(void)hypctl_vm_irq(vm.hv, HYPCTL_UART_INTID, line);
	}
}

void pl011_reset(void)
{
	vm.uart = (struct pl011){ .cr = CR_RESET, .ifls = IFLS_RESET };
}

static unsigned int depth(void)
{
	return (vm.uart.lcr & LCR_FEN) != 0 ? 16u : 1u;
}

size_t pl011_room(void)
{
	return vm.uart.count < depth() ? depth() - vm.uart.count : 0;
}

static void push(uint16_t c)
{
	struct pl011 *u = &vm.uart;

	u->fifo[(u->head + u->count) % 32u] = c;
	u->count++;
	u->ris |= INT_RX;
}

size_t pl011_input(const uint8_t *data, size_t n)
{
	size_t i;

	for (i = 0; i < n && pl011_room() > 0; i++) {
		push(data[i]);
	}
	update();
	return i;
}

void pl011_break(void)
{
	if (vm.uart.count < 32u) {
		push(DR_BREAK);
	}
	vm.uart.ris |= INT_BE;
	update();
}

void pl011_key(uint8_t c)
{
	if (vm.uart.count < 32u) {
		push(c);
	}
	update();
}

static uint32_t pop(void)
{
	struct pl011 *u = &vm.uart;
	uint32_t c;

	if (u->count == 0) {
		return 0;
	}
	c = u->fifo[u->head];
	u->head = (u->head + 1u) % 32u;
	u->count--;
	if (u->count == 0) {
		u->ris &= ~INT_RX;
		notify_main(); /* room for what clients have typed */
	}
	update();
	return c;
}

static uint32_t flags(void)
{
	return FR_TXFE | (vm.uart.count == 0 ? FR_RXFE : 0u) | (pl011_room() == 0 ? FR_RXFF : 0u);
}

uint32_t primecell_id(uint64_t offset, uint32_t part, uint32_t revision)
{
	static const uint8_t cell[] = { 0x0d, 0xf0, 0x05, 0xb1 };
	const uint8_t periph[] = { (uint8_t)part, 0x10, (uint8_t)(revision << 4 | 4u), 0 };
	uint64_t i = (offset - ID) / 4u;

	return i < 4u ? periph[i] : i < 8u ? cell[i - 4u] : 0u;
}

uint32_t pl011_read(uint64_t offset)
{
	const struct pl011 *u = &vm.uart;

	switch (offset) {
	case DR:
		return pop();
	case FR:
		return flags();
	case IBRD:
		return u->ibrd;
	case FBRD:
		return u->fbrd;
	case LCR_H:
		return u->lcr;
	case CR:
		return u->cr;
	case IFLS:
		return u->ifls;
	case IMSC:
		return u->imsc;
	case RIS:
		return u->ris;
	case MIS:
		return u->ris & u->imsc;
	case DMACR:
		return u->dmacr;
	default:
		return offset >= ID ? primecell_id(offset, 0x11, 1) : 0u;
	}
}

void pl011_write(uint64_t offset, uint32_t value)
{
	struct pl011 *u = &vm.uart;

	switch (offset) {
	case DR:
		console_output((uint8_t)value);
		u->ris |= INT_TX;
		break;
	case IBRD:
		u->ibrd = value & 0xffffu;
		break;
	case FBRD:
		u->fbrd = value & 0x3fu;
		break;
	case LCR_H:
		if (((u->lcr ^ value) & LCR_FEN) != 0) { /* the FIFO is flushed */
			u->count = 0;
			u->ris &= ~INT_RX;
			notify_main();
		}
		u->lcr = value & 0xffu;
		break;
	case CR:
		u->cr = value & 0xff87u;
		break;
	case IFLS:
		u->ifls = value & 0x3fu;
		break;
	case IMSC:
		u->imsc = value & INT_ALL;
		break;
	case ICR:
		u->ris &= ~(value & INT_ALL);
		if (u->count > 0) {
			u->ris |= INT_RX;
		}
		break;
	case DMACR:
		u->dmacr = value & 7u;
		break;
	default: /* RSR, ILPR: nothing to clear or set */
		break;
	}
	update();
}
