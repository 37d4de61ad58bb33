/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * traps/guest.c, traps/record.c, psci/guest.c, hypercall/guest.c: two vCPUs that
 * differ in everything that dom0 may not learn at this exit, for any syndrome and
 * any registers. What dom0 gets is the same. What dom0 answers changes one
 * register at most.
 *
 * What is called and decides nothing about the record answers anything, but
 * both vCPUs the same.
 */
#include "cbmc.h"
#include "hypercall/guest.c"
#include "psci/guest.c"
#define leave leave_trap /* of two files that are one here */
#include "traps/guest.c"
#undef leave
#include "traps/record.c"

struct vm vms[MAX_VMS];
struct vcpu vcpu_frame[MAX_PFN];
static struct cpu cpu;

/* The same answers for both: the n-th question gets the n-th of these. */
static u64 answers[32];
static u32 asked;

static u64 same(void)
{
	ASSUME(asked < 32u);
	return answers[asked++];
}

static bool same_bool(void)
{
	return (same() & 1u) != 0;
}

/* Time goes on; WFI waits until there is nothing to wait for. */
u64 arch_counter(void)
{
	return asked++ == 0 ? answers[0] >> 2 : ~0ull;
}

u32 gic_pending(void)
{
	return (u32)same() & 0x3ffu;
}

bool features_id_reg(u32 encoding, bool for_guest, u64 *value)
{
	*value = same();
	return same_bool();
}

bool vgic_has_pending(struct vcpu *v)
{
	return same_bool();
}

u64 vtimer_deadline(struct vcpu *v)
{
	return same();
}

bool vtimer_sysreg_read(struct vcpu *v, u32 op2, u64 *value)
{
	*value = same();
	return same_bool();
}

bool vtimer_sysreg_write(struct vcpu *v, u32 op2, u64 value)
{
	return same_bool();
}

bool vgic_owns(u32 vm, u64 ipa)
{
	return same_bool();
}

bool vgic_mmio_read(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 *value)
{
	*value = same();
	return same_bool();
}

bool vgic_mmio_write(struct cpu *c, struct vcpu *v, u64 ipa, u32 size, u64 value)
{
	v->wake = (u32)same(); /* whom it interrupts is the guest's to say */
	return same_bool();
}

void vgic_send_sgi(struct cpu *c, struct vcpu *v, u64 value)
{
	v->wake = (u32)same();
}

struct vcpu *vcpu_get(u32 vm, u64 id)
{
	return same_bool() ? &vcpu_frame[0] : NULL;
}

s64 vcpu_power_on(struct vcpu *v, u64 pc, u64 x0)
{
	return same_bool() ? PSCI_SUCCESS : PSCI_ALREADY_ON;
}

enum hs_error vm_share(u32 vm, u64 gfn, u64 n, u32 *missing)
{
	*missing = (u32)same();
	return (enum hs_error)(-(int)(same() & 15u));
}

enum hs_error vm_unshare(u32 vm, u64 gfn, u64 n)
{
	return (enum hs_error)(-(int)(same() & 15u));
}

/* Nothing that the record could show. */
void vgic_sync(struct cpu *c, struct vcpu *v)
{
}
void vgic_park(struct cpu *c, struct vcpu *v)
{
}
void vgic_inject_vtimer(struct cpu *c, struct vcpu *v)
{
}
void vtimer_update(struct vcpu *v)
{
}
void vtimer_wait(struct vcpu *v, u64 deadline)
{
}
void vm_power_off(u32 vm)
{
}
void gic_ack_kick(struct cpu *c)
{
}
void debug_save(struct debug_regs *d)
{
}
void debug_restore(const struct debug_regs *d)
{
}
void inject_undef(void)
{
}
void inject_external_abort(u64 esr, u64 far)
{
}
void skip_instruction(void)
{
}

void *memcpy(void *to, const void *from, size_t n)
{
	u64 *x = to; /* the measurement, into the guest's own registers */

	x[0] = same();
	x[1] = same();
	x[2] = same();
	x[3] = same();
	return to;
}

#define DOM0_REGS RECORD_REGS

/* The whole exit; what dom0's registers hold then. False: back to the guest. */
static bool leave_to_dom0(struct vcpu *v, enum exit_cause cause, u64 *x)
{
	bool out = true;

	asked = 0;
	cpu.vcpu = v;
	exit_populate_fault(&cpu, cause);
	if (get_shadow_ec(&cpu) == EXIT_TRAP) {
		out = vm_exit_dispatcher(&cpu) != 0;
	}
	if (out) {
		exit_record_show(&v->exit, v->wake, x);
	}
	return out;
}

/* docs/abi.md: which registers of a protected guest an exit may show, at most. */
static bool may_show(u64 esr, const u64 *x, u32 i)
{
	u32 ec = (u32)(esr >> 26) & 63u;
	u32 function = (u32)x[0];

	switch (ec) {
	case 0x16: /* HVC, SMC: the number, and what these calls pass on */
	case 0x17:
		return i == 0 || (function == 0xc4000003u && i == 1) ||
		       (function == 0xc6000041u && i <= 9);
	default:
		return false;
	}
}

/* Of some only a part. */
static bool part_is_equal(u64 esr, const u64 *x, const u64 *y)
{
	u32 ec = (u32)(esr >> 26) & 63u;
	u32 function = (u32)x[0];
	u32 rt, bits;

	switch (ec) {
	case 0x16:
	case 0x17: /* CPU_ON and SYSTEM_RESET2 of the 32-bit kind: the low half */
		return (function != 0x84000003u && function != 0x84000012u &&
			function != 0xc4000012u) ||
		       (u32)x[1] == (u32)y[1];
	case 0x24: /* a store, if the syndrome names its register: the bytes that it stores */
		rt = (u32)(esr >> 16) & 31u;
		bits = 8u << ((u32)(esr >> 22) & 3u);
		return (esr & BIT(24)) == 0 || (esr & BIT(6)) == 0 || rt == 31u ||
		       ((x[rt] ^ y[rt]) << (64u - bits)) == 0;
	default:
		return true;
	}
}

int main(void)
{
	static struct vcpu a, b;
	enum exit_cause cause = (enum exit_cause)(nondet_u32() % 4u);
	u64 xa[DOM0_REGS], xb[DOM0_REGS];
	u64 far = nondet_u64();
	u64 value = nondet_u64();
	u64 flags = nondet_u64();
	u32 i = nondet_u32();
	struct context before;
	u32 kind, rt;
	bool left;

	ANY(vms);
	ANY(answers);
	ANY(&a);
	ANY(&b);
	hw_esr_el2 = nondet_u64();
	hw_hpfar_el2 = nondet_u64();
	hw_far_el2 = nondet_u64();
	hw_cntfrq_el0 = nondet_u64();
	/* What dom0 knows of a vCPU, or set itself. */
	a.vm = 1;
	b.vm = 1;
	ASSUME(b.id == a.id && b.wake == a.wake && b.kick == a.kick &&
	       b.halt_ticks == a.halt_ticks);
	/* entry_merge() left it so. */
	a.exit.open = 0;
	b.exit.open = 0;
	for (u32 r = 0; r < 31u; r++) {
		ASSUME(!may_show(hw_esr_el2, a.ctx.x, r) || b.ctx.x[r] == a.ctx.x[r]);
	}
	ASSUME(part_is_equal(hw_esr_el2, a.ctx.x, b.ctx.x));

	left = leave_to_dom0(&a, cause, xa);
	/* Only the place in the page of a device's address is dom0's to see. */
	hw_far_el2 = (far & ~0xfffull) | (hw_far_el2 & 0xfffu);
	CHECK(leave_to_dom0(&b, cause, xb) == left, "both leave, or none does");
	if (!left) {
		return 0;
	}
	for (u32 r = 0; r < DOM0_REGS; r++) {
		CHECK(xa[r] == xb[r], "dom0 sees the same");
	}
	CHECK(a.exit.kind == b.exit.kind && a.exit.kind < HS_EXIT_COUNT,
	      "a kind that is in the list");
	CHECK(a.exit.open == b.exit.open, "both wait for an answer, or none does");

	/* dom0's answer. */
	before = a.ctx;
	kind = a.exit.kind;
	rt = a.exit.rt;
	left = a.exit.open != 0;
	CHECK(entry_merge(&a.ctx, &a.exit, flags, value) == (left && (flags & HS_RUN_ABORT) != 0),
	      "an abort only where there was an access");
	ASSUME(i < 31u);
	CHECK(a.ctx.x[i] == before.x[i] ||
		      (left && (flags & HS_RUN_ABORT) == 0 && kind == HS_EXIT_MMIO_READ && i == rt),
	      "dom0's answer changes the register that the load names");
	CHECK(a.ctx.pc == before.pc || (left && a.ctx.pc == before.pc + 4u), "and the PC");
	CHECK((a.ctx.pstate & 0xfu) == (before.pstate & 0xfu), "and no exception level");
	CHECK(!entry_merge(&b.ctx, &a.exit, flags, value) && a.exit.open == 0, "once");
	return 0;
}
