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

static void update(unsigned int port)
{
	struct pl011 *u = &vm.uart[port];
	bool line = (u->ris & u->imsc) != 0;

	if (line != u->line) {
		u->line = line;
		(void)hypctl_vm_irq(vm.hv, HYPCTL_UART_INTID_OF(port), line);
	}
}

void pl011_reset(unsigned int port)
{
	vm.uart[port] = (struct pl011){ .cr = CR_RESET, .ifls = IFLS_RESET };
}

static unsigned int depth(unsigned int port)
{
	return (vm.uart[port].lcr & LCR_FEN) != 0 ? 16u : 1u;
}

static size_t room(unsigned int port)
{
	return vm.uart[port].count < depth(port) ? depth(port) - vm.uart[port].count : 0;
}

static void push(unsigned int port, uint16_t c)
{
	struct pl011 *u = &vm.uart[port];

	u->fifo[(u->head + u->count) % 32u] = c;
	u->count++;
	u->ris |= INT_RX;
}

size_t pl011_input(unsigned int port, const uint8_t *data, size_t n)
{
	size_t i;

	for (i = 0; i < n && room(port) > 0; i++) {
		push(port, data[i]);
	}
	update(port);
	return i;
}

void pl011_break(unsigned int port)
{
	if (vm.uart[port].count < 32u) {
		push(port, DR_BREAK);
	}
	vm.uart[port].ris |= INT_BE;
	update(port);
}

void pl011_key(unsigned int port, uint8_t c)
{
	if (vm.uart[port].count < 32u) {
		push(port, c);
	}
	update(port);
}

static uint32_t pop(unsigned int port)
{
	struct pl011 *u = &vm.uart[port];
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
	update(port);
	return c;
}

static uint32_t flags(unsigned int port)
{
	return FR_TXFE | (vm.uart[port].count == 0 ? FR_RXFE : 0u) |
	       (room(port) == 0 ? FR_RXFF : 0u);
}

uint32_t primecell_id(uint64_t offset, uint32_t part, uint32_t revision)
{
	static const uint8_t cell[] = { 0x0d, 0xf0, 0x05, 0xb1 };
	const uint8_t periph[] = { (uint8_t)part, 0x10, (uint8_t)(revision << 4 | 4u), 0 };
	uint64_t i = (offset - ID) / 4u;

	return i < 4u ? periph[i] : i < 8u ? cell[i - 4u] : 0u;
}

uint32_t pl011_read(unsigned int port, uint64_t offset)
{
	const struct pl011 *u = &vm.uart[port];

	switch (offset) {
	case DR:
		return pop(port);
	case FR:
		return flags(port);
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

void pl011_write(unsigned int port, uint64_t offset, uint32_t value)
{
	struct pl011 *u = &vm.uart[port];

	switch (offset) {
	case DR:
		console_output(port, (uint8_t)value);
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
	update(port);
}
