/* SPDX-License-Identifier: BSD-2-Clause */
/* Exits and entries: what dom0 learns, what it may change, and nothing else. */
#include "core.h"

#include "psci/psci.h"

#define DABT(isv, sas, srt, sse, sf, wnr)                                                          \
	(((u64)EC_DABT_LOW << 26) | ESR_IL | ((u64)(isv) << 24) | ((u64)(sas) << 22) |             \
	 ((u64)(sse) << 21) | ((u64)(srt) << 16) | ((u64)(sf) << 15) | ((u64)(wnr) << 6) | 0x6u)
#define HPFAR(ipa) (((ipa) >> 12) << 4)
#define UART 0x09000000ull
#define CANARY(i) (0x5ec0000000000000ull + (i))

static u32 vm;
static struct vcpu *v;

static int setup(void **state)
{
	u32 i;

	(void)state;
	core_reset();
	vm = make_vm(2);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	v = cpus[0].vcpu;
	for (i = 0; i < 31u; i++) {
		v->ctx.x[i] = CANARY(i);
	}
	*host_sysreg("elr_el2") = HS_GUEST_RAM_BASE;
	return 0;
}

/* No guest register but those that the record may show. */
static void no_canary_but(u64 allowed)
{
	u32 i;

	for (i = 0; i < 31u; i++) {
		u64 x = cpus[0].host.x[i];

		assert_true(x < CANARY(0) || x > CANARY(30) || x == allowed);
	}
}

static void first_entry(void **state)
{
	u32 i;

	(void)state;
	core_reset();
	vm = make_vm(1);
	for (i = 6; i < 31u; i++) {
		cpus[0].host.x[i] = 0xd0d0d0d0u + i; /* dom0's, which the guest must not see */
	}
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_ptr_equal(cpus[0].ctx, &cpus[0].vcpu->ctx);
	assert_int_equal(cpus[0].ctx->x[0], 7);
	for (i = 1; i < 31u; i++) {
		assert_int_equal(cpus[0].ctx->x[i], 0);
	}
	assert_int_equal(*host_sysreg("elr_el2"), HS_GUEST_RAM_BASE);
	assert_int_equal(*host_sysreg("spsr_el2"), 0x3c5);
	assert_int_equal(*host_sysreg("sctlr_el1"), SCTLR_EL1_RESET);
	assert_int_equal(*host_sysreg("vttbr_el2") >> 48, vm);
	assert_int_equal(call(HS_VM_DESTROY, vm, 0, 0, 0, 0), HS_EBUSY);
}

static void interrupt_shows_nothing(void **state)
{
	(void)state;
	guest_irq(30);
	assert_null(cpus[0].vcpu);
	assert_int_equal(cpus[0].host.x[0], HS_OK);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_IRQ);
	no_canary_but(0);
	assert_int_equal(*host_sysreg("vttbr_el2") >> 48, 0);
	assert_int_equal(*host_sysreg("cntvoff_el2"), 0);
	assert_int_equal(*host_sysreg("cntv_ctl_el0"), 0);
}

static void own_interrupts_stay(void **state)
{
	(void)state;
	guest_irq(8);
	assert_ptr_equal(cpus[0].vcpu, v);
	guest_irq(25);
	assert_ptr_equal(cpus[0].vcpu, v);
	guest_irq(1023);
	assert_ptr_equal(cpus[0].vcpu, v);
}

static void mmio_write(void **state)
{
	(void)state;
	guest_sync(DABT(1, 0, 5, 0, 0, 1), UART, HPFAR(UART));
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_MMIO_WRITE);
	assert_int_equal(cpus[0].host.x[2], UART);
	assert_int_equal(cpus[0].host.x[3], 1);
	assert_int_equal(cpus[0].host.x[4], CANARY(5) & 0xff); /* a byte, not the register */
	no_canary_but(0);
	assert_int_equal(enter(vm, 0, 0, 0x1234), HS_OK);
	assert_int_equal(*host_sysreg("elr_el2"), HS_GUEST_RAM_BASE + 4);
	assert_int_equal(v->ctx.x[5], CANARY(5));
}

static void mmio_write_of_zr(void **state)
{
	(void)state;
	guest_sync(DABT(1, 3, 31, 0, 1, 1), UART, HPFAR(UART));
	assert_int_equal(cpus[0].host.x[3], 8);
	assert_int_equal(cpus[0].host.x[4], 0);
}

static void mmio_read(void **state)
{
	u32 i;

	(void)state;
	guest_sync(DABT(1, 2, 9, 0, 0, 0), UART + 0x18, HPFAR(UART));
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_MMIO_READ);
	assert_int_equal(cpus[0].host.x[2], UART + 0x18);
	no_canary_but(0);
	assert_int_equal(enter(vm, 0, 0, 0xffffffff12345678ull), HS_OK);
	for (i = 0; i < 31u; i++) {
		assert_int_equal(v->ctx.x[i], i == 9u ? 0x12345678u : CANARY(i));
	}
	/* The answer is taken once. */
	guest_irq(30);
	assert_int_equal(enter(vm, 0, 0, 0xbad), HS_OK);
	assert_int_equal(v->ctx.x[9], 0x12345678u);
	assert_int_equal(*host_sysreg("elr_el2"), HS_GUEST_RAM_BASE + 4);
}

static void mmio_read_with_sign(void **state)
{
	(void)state;
	guest_sync(DABT(1, 0, 3, 1, 1, 0), UART, HPFAR(UART));
	assert_int_equal(enter(vm, 0, 0, 0x80), HS_OK);
	assert_int_equal(v->ctx.x[3], 0xffffffffffffff80ull);
	guest_sync(DABT(1, 0, 3, 1, 0, 0), UART, HPFAR(UART));
	assert_int_equal(enter(vm, 0, 0, 0x80), HS_OK);
	assert_int_equal(v->ctx.x[3], 0xffffff80ull);
}

static void nothing_there(void **state)
{
	(void)state;
	*host_sysreg("vbar_el1") = 0x1000;
	guest_sync(DABT(1, 2, 9, 0, 0, 0), 0x1000, HPFAR(0x1000ull));
	*host_sysreg("spsr_el2") = 0x5;
	v->ctx.pstate = 0x5;
	v->ctx.sys[SYS_VBAR_EL1] = 0x1000;
	assert_int_equal(enter(vm, 0, HS_RUN_ABORT, 0), HS_OK);
	assert_int_equal(*host_sysreg("elr_el2"), 0x1200);
	assert_int_equal(*host_sysreg("esr_el1") >> 26, EC_DABT_CUR);
	assert_int_equal(*host_sysreg("esr_el1") & 0x3f, FSC_SEA);
	assert_int_equal(v->ctx.x[9], CANARY(9));
}

/* The guest gets the abort at once, dom0 nothing. */
static void stays_with_abort(u64 esr, u64 far, u64 hpfar)
{
	*host_sysreg("esr_el1") = 0;
	guest_sync(esr, far, hpfar);
	assert_ptr_equal(cpus[0].vcpu, v);
	assert_int_equal(*host_sysreg("esr_el1") & 0x3f, FSC_SEA);
}

static void accesses_that_cannot_be_forwarded(void **state)
{
	(void)state;
	stays_with_abort(DABT(0, 2, 9, 0, 0, 0), UART, HPFAR(UART)); /* LDP, SIMD */
	stays_with_abort(((u64)EC_IABT_LOW << 26) | ESR_IL | 6u, UART, HPFAR(UART));
	stays_with_abort(DABT(1, 2, 9, 0, 0, 0), 1ull << 32, HPFAR(1ull << 32)); /* above RAM */
	stays_with_abort(DABT(1, 2, 9, 0, 0, 0) | ESR_S1PTW, UART, HPFAR(UART));
	stays_with_abort((DABT(1, 2, 9, 0, 0, 0) & ~0x3full) | 0x0f, UART, HPFAR(UART));
}

static void ram_fault(void **state)
{
	(void)state;
	guest_sync(DABT(1, 2, 9, 0, 0, 1), HS_GUEST_RAM_BASE + 0x5123,
		   HPFAR(HS_GUEST_RAM_BASE + 0x5000));
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_RAM);
	assert_int_equal(cpus[0].host.x[2], GUEST_GFN + 5);
	assert_int_equal(cpus[0].host.x[3], 0);
	no_canary_but(0);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_int_equal(*host_sysreg("elr_el2"), HS_GUEST_RAM_BASE); /* again, not skipped */
}

static void unknown_class_is_undefined(void **state)
{
	u32 ec;

	(void)state;
	for (ec = 0; ec < EC_COUNT; ec++) {
		if (ec == EC_WFX || ec == EC_HVC64 || ec == EC_SMC64 || ec == EC_SYS64 ||
		    ec == EC_DABT_LOW || ec == EC_IABT_LOW) {
			continue;
		}
		*host_sysreg("esr_el1") = ~0ull;
		guest_sync((u64)ec << 26, 0, 0);
		assert_ptr_equal(cpus[0].vcpu, v);
		assert_int_equal(*host_sysreg("esr_el1") >> 26, EC_UNKNOWN);
	}
}

static void psci(void **state)
{
	u64 *x = v->ctx.x;

	(void)state;
	x[0] = PSCI_VERSION;
	guest_sync((u64)EC_HVC64 << 26, 0, 0);
	assert_int_equal(x[0], PSCI_VERSION_1_1);
	x[0] = HS_MEM_DONATE; /* dom0's calls are not for guests */
	guest_sync((u64)EC_HVC64 << 26, 0, 0);
	assert_int_equal((s64)x[0], PSCI_NOT_SUPPORTED);
	x[0] = PSCI_CPU_ON;
	x[1] = 1;
	x[2] = 0x40001000;
	x[3] = 42;
	guest_sync((u64)EC_HVC64 << 26, 0, 0);
	assert_null(cpus[0].vcpu);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_VCPU_ON);
	assert_int_equal(cpus[0].host.x[2], 1);
	assert_int_equal(cpus[0].host.x[3], 0); /* not where it starts */
	assert_int_equal(vcpu_get(vm, 1)->ctx.pc, 0x40001000);
	assert_int_equal(vcpu_get(vm, 1)->ctx.x[0], 42);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_int_equal(x[0], PSCI_SUCCESS);
	x[0] = PSCI_CPU_ON;
	guest_sync((u64)EC_HVC64 << 26, 0, 0);
	assert_int_equal((s64)x[0], PSCI_ALREADY_ON);
	x[0] = PSCI_CPU_ON;
	x[1] = 0x100;
	guest_sync((u64)EC_HVC64 << 26, 0, 0);
	assert_int_equal((s64)x[0], PSCI_INVALID_PARAMETERS);
	x[0] = PSCI_SYSTEM_OFF;
	guest_sync((u64)EC_HVC64 << 26, 0, 0);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_OFF);
	assert_int_equal(enter(vm, 0, 0, 0), HS_ESTATE);
	assert_int_equal(enter(vm, 1, 0, 0), HS_ESTATE);
}

static void vcpu_off_and_busy(void **state)
{
	(void)state;
	cpus[1].host = cpus[0].host;
	assert_int_equal(v->state, VCPU_ACTIVE);
	cpus[1].host.x[1] = vm;
	cpus[1].host.x[2] = 0;
	cpus[1].host.x[3] = 0;
	host_vcpu_run_handler_raw(&cpus[1]);
	assert_int_equal((s64)cpus[1].host.x[0], HS_EBUSY);
	assert_int_equal(call(HS_VCPU_GET_REG, vm, 0, 0, 0, 0), HS_EBUSY);
	guest_irq(30);
	assert_int_equal(enter(vm, 1, 0, 0), HS_OK); /* x0: an exit record */
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_VCPU_OFF);
	assert_int_equal(cpus[0].host.x[2], 0); /* nothing of the arguments comes back */
	assert_int_equal(cpus[0].host.x[5], 0);
	assert_int_equal(enter(vm, 2, 0, 0), HS_ENOENT);
	assert_int_equal(enter(vm, ~0u, 0, 0), HS_ENOENT);
	assert_int_equal(enter(vm, 0, 2, 0), HS_EINVAL);
	assert_int_equal(enter(255, 0, 0, 0), HS_ENOENT);
}

static void wfi(void **state)
{
	(void)state;
	*host_sysreg("cntv_ctl_el0") = 1;
	*host_sysreg("cntv_cval_el0") = 5000;
	guest_sync((u64)EC_WFX << 26, 0, 0);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_WFI);
	assert_int_equal(cpus[0].host.x[2], 5000 + vms[vm].cntvoff);
	no_canary_but(0);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	assert_int_equal(*host_sysreg("elr_el2"), HS_GUEST_RAM_BASE + 4);
	*host_sysreg("cntv_ctl_el0") = 1;
	*host_sysreg("cntv_cval_el0") = ~0ull; /* never: does not wrap */
	guest_sync((u64)EC_WFX << 26, 0, 0);
	assert_int_equal(cpus[0].host.x[2], ~0ull);
}

/* A kick after the decision to sleep turns the exit into one that runs again. */
static void kick_beats_wfi(void **state)
{
	(void)state;
	guest_irq(30);
	assert_int_equal(call(HS_VCPU_KICK, vm, 0, 0, 0, 0), HS_OK);
	assert_int_equal(result(0), 1);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	v->kick = 0;
	v->exit.kind = HS_EXIT_WFI;
	save_vm(&cpus[0]);
	v->kick = 1;
	restore_host(&cpus[0]);
	assert_int_equal(cpus[0].host.x[1], HS_EXIT_IRQ);
}

static void id_registers(void **state)
{
	u64 value = 0;

	(void)state;
	*host_sysreg("S3_0_C0_C4_0") = ~0ull;
	*host_sysreg("S3_0_C0_C5_0") = ~0ull;
	assert_true(features_id_reg(SYS_ENC(3u, 0u, 0u, 4u, 0u), true, &value));
	assert_int_equal(bits(value, 35, 32), 0); /* SVE */
	assert_int_equal(bits(value, 11, 8), 0);  /* EL2 */
	assert_int_equal(bits(value, 31, 28), 0); /* RAS */
	assert_int_equal(bits(value, 7, 4), 1);	  /* EL1: AArch64 only */
	assert_true(features_id_reg(SYS_ENC(3u, 0u, 0u, 5u, 0u), true, &value));
	assert_int_equal(bits(value, 11, 8), 0); /* PMU */
	assert_true(features_id_reg(SYS_ENC(3u, 0u, 0u, 5u, 0u), false, &value));
	assert_int_equal(bits(value, 11, 8), 15);
	assert_int_equal(bits(value, 35, 32), 0); /* SPE */
	assert_true(features_id_reg(SYS_ENC(3u, 0u, 0u, 4u, 4u), true, &value));
	assert_int_equal(value, 0);
	assert_false(features_id_reg(SYS_ENC(3u, 0u, 1u, 0u, 0u), true, &value));
	assert_false(features_id_reg(SYS_ENC(3u, 0u, 0u, 0u, 5u), true, &value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(first_entry, setup),
		cmocka_unit_test_setup(interrupt_shows_nothing, setup),
		cmocka_unit_test_setup(own_interrupts_stay, setup),
		cmocka_unit_test_setup(mmio_write, setup),
		cmocka_unit_test_setup(mmio_write_of_zr, setup),
		cmocka_unit_test_setup(mmio_read, setup),
		cmocka_unit_test_setup(mmio_read_with_sign, setup),
		cmocka_unit_test_setup(nothing_there, setup),
		cmocka_unit_test_setup(accesses_that_cannot_be_forwarded, setup),
		cmocka_unit_test_setup(ram_fault, setup),
		cmocka_unit_test_setup(unknown_class_is_undefined, setup),
		cmocka_unit_test_setup(psci, setup),
		cmocka_unit_test_setup(vcpu_off_and_busy, setup),
		cmocka_unit_test_setup(wfi, setup),
		cmocka_unit_test_setup(kick_beats_wfi, setup),
		cmocka_unit_test_setup(id_registers, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
