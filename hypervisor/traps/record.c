/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that dom0 learns of a vCPU's exit, and all that it may answer: two
 * functions without side effects on anything but their arguments.
 */
#include "traps/traps.h"

void exit_record_show(const struct exit_record *e, u32 wake, u64 *x)
{
	u32 i;

	/*@ loop invariant 0 <= i <= RECORD_REGS;
	    loop invariant \forall integer k; 0 <= k < i ==> x[k] == 0;
	    loop assigns i, x[0 .. 17];
	    loop variant RECORD_REGS - i; */
	for (i = 0; i < RECORD_REGS; i++) {
		x[i] = 0;
	}
	x[0] = HS_OK;
	x[1] = (u64)e->kind;
	x[5] = wake;
	switch (e->kind) {
	case HS_EXIT_MMIO_WRITE:
		x[4] = e->arg[2];
		x[3] = e->arg[1];
		x[2] = e->arg[0];
		break;
	case HS_EXIT_MMIO_READ:
	case HS_EXIT_SHARE:
		x[3] = e->arg[1];
		x[2] = e->arg[0];
		break;
	case HS_EXIT_WFI:
	case HS_EXIT_RAM:
	case HS_EXIT_RESET:
	case HS_EXIT_VCPU_ON:
		x[2] = e->arg[0];
		break;
	default:
		break;
	}
}

/* The bytes that were read, as the load instruction extends them. */
/*@ requires \valid_read(e);
    requires e->arg[1] == 1 || e->arg[1] == 2 || e->arg[1] == 4 || e->arg[1] == 8;
    assigns \nothing;
    ensures e->wide == 0 ==> \result < 0x100000000; */
static u64 extend(const struct exit_record *e, u64 value)
{
	u32 width = (u32)e->arg[1] * 8u;

	if (width < 64u) {
		value &= (1ull << width) - 1u;
		if (e->sign_extend != 0 && (value & (1ull << (width - 1u))) != 0) {
			value |= ~0ull << width;
		}
	}
	return e->wide != 0 ? value : (u32)value;
}

bool entry_merge(struct context *ctx, struct exit_record *e, u64 flags, u64 value)
{
	if (e->open == 0) {
		return false;
	}
	e->open = 0;
	if ((flags & HS_RUN_ABORT) != 0) {
		return true;
	}
	ctx->pc += 4u;
	ctx->pstate &= ~(PSTATE_SS | PSTATE_BTYPE);
	if (e->kind == HS_EXIT_MMIO_READ && e->rt < 31u) {
		ctx->x[e->rt] = extend(e, value);
	}
	return false;
}
