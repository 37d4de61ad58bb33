/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm PL031 real time clock (DDI 0224C): seconds since 1970. */
#include "hsvm.h"

#include <time.h>

#define DR 0x00u
#define MR 0x04u
#define LR 0x08u
#define CR 0x0cu
#define IMSC 0x10u
#define RIS 0x14u
#define MIS 0x18u
#define ICR 0x1cu
#define ID 0xfe0u

static int64_t guest_now(void)
{
	return (int64_t)time(NULL) + vm.rtc.offset;
}

static void update(void)
{
	bool line = (vm.rtc.ris & vm.rtc.imsc) != 0;

	if (line != vm.rtc.line) {
		vm.rtc.line = line;
		(void)hypctl_vm_irq(vm.hv, HYPCTL_RTC_INTID, line);
	}
}

void pl031_reset(void)
{
	vm.rtc = (struct pl031){ .offset = 0 };
}

int pl031_poll(void)
{
	int64_t left = (int64_t)vm.rtc.match - guest_now();

	if (vm.rtc.match == 0 || vm.rtc.ris != 0) {
		return -1;
	}
	if (left <= 0) {
		vm.rtc.ris = 1;
		vm.rtc.match = 0;
		update();
		return -1;
	}
	return left > 60 ? 60000 : (int)left * 1000;
}

uint32_t pl031_read(uint64_t offset)
{
	switch (offset) {
	case DR:
		return (uint32_t)guest_now();
	case MR:
		return vm.rtc.match;
	case LR:
		return vm.rtc.load;
	case CR:
		return 1; /* always running */
	case IMSC:
		return vm.rtc.imsc;
	case RIS:
		return vm.rtc.ris;
	case MIS:
		return vm.rtc.ris & vm.rtc.imsc;
	default:
		return offset >= ID ? primecell_id(offset, 0x31, 0) : 0u;
	}
}

void pl031_write(uint64_t offset, uint32_t value)
{
	switch (offset) {
	case MR:
		vm.rtc.match = value;
		notify_main();
		break;
	case LR:
		vm.rtc.load = value;
		vm.rtc.offset = (int64_t)value - (int64_t)time(NULL);
		break;
	case IMSC:
		vm.rtc.imsc = value & 1u;
		break;
	case ICR:
		vm.rtc.ris &= ~value;
		break;
	default:
		break;
	}
	update();
}
