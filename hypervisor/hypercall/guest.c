/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may ask of the hypervisor for itself: the BY_GUEST calls. */
#include "arch/cpu.h"
#include "lib/string.h"
#include "traps/traps.h"
#include "vm/memory.h"
#include "vm/vm.h"

static enum guest_call gc_self_info(struct vcpu *v, u64 *x)
{
	x[0] = HS_OK;
	x[1] = vms[v->vm].flags;
	memcpy(&x[2], vms[v->vm].measurement, SHA256_SIZE);
	return GUEST_CALL_DONE;
}

static enum guest_call gc_mem_share(struct vcpu *v, u64 *x)
{
	u32 missing = 0;
	enum hs_error err = vm_share(v->vm, x[1], x[2], &missing);

	if (err == HS_ENOENT) { /* dom0 populates it; then the call is made again */
		v->exit = (struct exit_record){ .kind = HS_EXIT_RAM, .arg = { missing } };
		return GUEST_CALL_AGAIN;
	}
	if (err == HS_OK && vm_is_protected(v->vm)) {
		v->exit = (struct exit_record){ .kind = HS_EXIT_SHARE, .arg = { x[1], x[2] } };
		x[0] = HS_OK;
		return GUEST_CALL_EXIT;
	}
	x[0] = (u64)(s64)err;
	return GUEST_CALL_DONE;
}

static enum guest_call gc_mem_unshare(struct vcpu *v, u64 *x)
{
	x[0] = (u64)(s64)vm_unshare(v->vm, x[1], x[2]);
	return GUEST_CALL_DONE;
}

typedef enum guest_call (*gc_fn)(struct vcpu *v, u64 *x);

static const struct {
	gc_fn fn;
	u32 nargs;
} table[HS_FN_COUNT] = {
#define BY_DOM0_SYSTEM(number, handler, nargs)
#define BY_DOM0_VM(number, handler, nargs)
#define BY_DOM0_VCPU(number, handler, nargs)
#define BY_DOM0_MEM(number, handler, nargs)
#define BY_GUEST(number, handler, nargs) [number] = { handler, nargs },
#define HYPERCALL(number, NAME, handler, nargs, by) by(number, handler, nargs)
#include "public/hypercalls.def"
#undef HYPERCALL
#undef BY_GUEST
#undef BY_DOM0_SYSTEM
#undef BY_DOM0_VM
#undef BY_DOM0_VCPU
#undef BY_DOM0_MEM
};

enum guest_call guest_hvc_dispatcher(struct vcpu *v)
{
	u64 *x = v->ctx.x;
	u32 number = (u32)x[0] - HS_FN_BASE; /* W0 has it all */
	u32 i;

	if (number >= HS_FN_COUNT || table[number].fn == NULL) {
		x[0] = (u64)(s64)HS_ENOTSUPP;
		return GUEST_CALL_DONE;
	}
	for (i = table[number].nargs + 1u; i <= 9u; i++) {
		if (x[i] != 0) {
			x[0] = (u64)(s64)HS_EINVAL;
			return GUEST_CALL_DONE;
		}
	}
	return table[number].fn(v, x);
}
