/* SPDX-License-Identifier: BSD-2-Clause */
/* The guests' GIC: list registers, levels, edges, SGIs, routing. */
#include "core.h"

#include "gic/vgic.h"

#define GICD HS_GUEST_GICD_BASE
#define GICR HS_GUEST_GICR_BASE
#define PENDING (1ull << 62)
#define ACTIVE (1ull << 63)
#define SPI 40u

static u32 vm;
static struct vcpu *v;
static struct cpu *c = &cpus[0];

static void wr(u64 a, u64 value)
{
	assert_true(vgic_mmio_write(c, v, a, 4, value));
}

static u64 rd(u64 a)
{
	u64 value = 0;

	assert_true(vgic_mmio_read(c, v, a, 4, &value));
	return value;
}

static int setup(void **state)
{
	(void)state;
	core_reset();
	vm = make_vm(2);
	assert_int_equal(vcpu_power_on(vcpu_get(vm, 1), 0x40000000, 0), 0);
	assert_int_equal(enter(vm, 0, 0, 0), HS_OK);
	v = c->vcpu;
	wr(GICD, 2); /* group 1 */
	wr(GICD + 0x80 + 4, ~0u);
	wr(GICD + 0x100 + 4, 1u << (SPI - 32));
	return 0;
}

/* The list register that holds intid, or -1. */
static int lr_of(u32 intid)
{
	int i;

	for (i = 0; i < 4; i++) {
		if (host_lr[i] != 0 && (host_lr[i] & 0x3ff) == intid) {
			return i;
		}
	}
	return -1;
}

static void end_of(int lr)
{
	host_lr[lr] = 0x3ff & host_lr[lr]; /* state invalid, as after the guest's EOI */
	*host_sysreg("S3_4_C12_C11_5") = 1u << lr;
	vgic_sync(c, v);
	*host_sysreg("S3_4_C12_C11_5") = 0;
}

static void registers(void **state)
{
	u64 value;

	(void)state;
	assert_int_equal(rd(GICD + 4) & 0x1f, HS_NR_INTIDS / 32 - 1);
	assert_int_equal(rd(GICD) & 0x52, 0x52); /* ARE, DS, group 1 */
	assert_true(vgic_mmio_read(c, v, GICR + HS_GUEST_GICR_STRIDE + 8, 8, &value));
	assert_int_equal(value, (1ull << 32) | (1u << 8) | (1u << 4)); /* CPU 1, the last */
	assert_false(vgic_mmio_read(c, v, GICD + 2, 4, &value));
	assert_false(vgic_owns(vm, GICR + 2 * HS_GUEST_GICR_STRIDE));
	wr(GICD + 0x400 + SPI, 0xa0b0c0d0);
	assert_int_equal(rd(GICD + 0x400 + SPI), 0xa0b0c0d0);
	wr(GICD + 0xc00 + 4 * (SPI / 16), 0xaaaaaaaa);
	assert_int_equal(rd(GICD + 0xc00 + 4 * (SPI / 16)), 0xaaaaaaaa);
}

static void level_interrupt(void **state)
{
	int lr;

	(void)state;
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 1, 0, 0), HS_OK);
	assert_int_equal(result(0), 0); /* it runs: nobody to wake */
	vgic_sync(c, v);
	lr = lr_of(SPI);
	assert_true(lr >= 0 && (host_lr[lr] & PENDING) != 0);
	end_of(lr); /* the line is still high */
	assert_true(lr_of(SPI) >= 0);
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 0, 0, 0), HS_OK);
	vgic_sync(c, v); /* pending, but no longer asserted: taken back */
	assert_int_equal(lr_of(SPI), -1);
	assert_false(vgic_has_pending(v));
}

static void disabled_is_taken_back(void **state)
{
	(void)state;
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 1, 0, 0), HS_OK);
	vgic_sync(c, v);
	assert_true(lr_of(SPI) >= 0);
	wr(GICD + 0x180 + 4, 1u << (SPI - 32));
	assert_int_equal(lr_of(SPI), -1);
	wr(GICD + 0x100 + 4, 1u << (SPI - 32));
	assert_true(lr_of(SPI) >= 0);
	wr(GICD, 0); /* the whole group */
	assert_int_equal(lr_of(SPI), -1);
}

static void edge_interrupt(void **state)
{
	int lr;

	(void)state;
	wr(GICD + 0xc00 + 4 * (SPI / 16), 2u << (2 * (SPI % 16)));
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 1, 0, 0), HS_OK);
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 0, 0, 0), HS_OK);
	vgic_sync(c, v);
	lr = lr_of(SPI);
	assert_true(lr >= 0);
	host_lr[lr] = (host_lr[lr] & ~PENDING) | ACTIVE; /* the guest takes it */
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 1, 0, 0), HS_OK);
	vgic_sync(c, v);
	assert_int_equal(host_lr[lr] & (PENDING | ACTIVE), PENDING | ACTIVE);
	wr(GICD + 0x380 + 4, 1u << (SPI - 32)); /* ICACTIVER */
	assert_int_equal(host_lr[lr] & (PENDING | ACTIVE), PENDING);
	wr(GICD + 0x280 + 4, 1u << (SPI - 32)); /* ICPENDR */
	assert_int_equal(lr_of(SPI), -1);
}

static void more_than_list_registers(void **state)
{
	u32 i;

	(void)state;
	wr(GICD + 0x100 + 4, 0x3fu << 8);
	for (i = 0; i < 6u; i++) {
		assert_int_equal(call(HS_IRQ_LINE, vm, 40 + i, 1, 0, 0), HS_OK);
	}
	vgic_sync(c, v);
	assert_int_not_equal(*host_sysreg("S3_4_C12_C11_0") & 2, 0); /* UIE: tell us */
	assert_int_equal(call(HS_IRQ_LINE, vm, 40, 0, 0, 0), HS_OK);
	end_of(lr_of(40));
	assert_true(lr_of(44) >= 0);
}

static void sgis(void **state)
{
	(void)state;
	assert_true(vgic_mmio_write(c, v, GICR + 0x10080, 4, ~0u));
	assert_true(vgic_mmio_write(c, v, GICR + 0x10100, 4, ~0u));
	vgic_send_sgi(c, v, 1u | (3ull << 24)); /* to oneself */
	assert_true(lr_of(3) >= 0);
	vgic_send_sgi(c, v, 2u | (4ull << 24)); /* to vCPU 1, which runs nowhere */
	assert_int_equal(v->wake, 2);
	assert_int_not_equal(vcpu_get(vm, 1)->vgic.priv.latch & (1u << 4), 0);
	v->wake = 0;
	vcpu_get(vm, 1)->cpu = 1; /* it runs on CPU 1 */
	vcpu_get(vm, 1)->kick = 0;
	vgic_send_sgi(c, v, BIT(40) | (5ull << 24));
	assert_int_equal(v->wake, 0);
	assert_int_equal(host_kicks, 1);
	vgic_send_sgi(c, v, 2u | (6ull << 24)); /* one interrupt for many */
	assert_int_equal(host_kicks, 1);
	vgic_send_sgi(c, v, 0x80u | (6ull << 24));	       /* an absent vCPU */
	vgic_send_sgi(c, v, 1u | (1ull << 16) | (7ull << 24)); /* another cluster */
	assert_int_equal(lr_of(7), -1);
}

static void rerouted(void **state)
{
	struct vcpu *other = vcpu_get(vm, 1);

	(void)state;
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 1, 0, 0), HS_OK);
	vgic_sync(c, v);
	assert_true(lr_of(SPI) >= 0);
	v->wake = 0;
	other->kick = 0;
	assert_true(vgic_mmio_write(c, v, GICD + 0x6000 + 8 * SPI, 8, 1));
	assert_int_equal(lr_of(SPI), -1); /* not signalled here any more */
	assert_int_equal(other->kick, 1);
	assert_int_equal(v->wake, 2);
	assert_true(vgic_mmio_write(c, v, GICD + 0x6000 + 8 * SPI, 8, 77)); /* nobody */
	assert_int_equal(vm_data(vm)->target[SPI], 0);
}

static void off_gives_up_what_it_has(void **state)
{
	(void)state;
	wr(GICD + 0xc00 + 4 * (SPI / 16), 2u << (2 * (SPI % 16)));
	assert_int_equal(call(HS_IRQ_LINE, vm, SPI, 1, 0, 0), HS_OK);
	vgic_sync(c, v);
	assert_true(lr_of(SPI) >= 0);
	vgic_park(c, v);
	assert_int_equal(lr_of(SPI), -1);
	assert_int_equal(vm_data(vm)->listed[1][0], 0);
	assert_int_not_equal(vm_data(vm)->spi[1].latch & (1u << (SPI - 32)), 0);
}

static void timer_line(void **state)
{
	(void)state;
	assert_true(vgic_mmio_write(c, v, GICR + 0x10080, 4, ~0u));
	*host_sysreg("cntv_ctl_el0") = 5; /* enabled, met */
	vgic_inject_vtimer(c, v);
	assert_int_equal(lr_of(27), -1); /* not enabled in the GIC: quiet */
	assert_int_equal(c->timer_active, 1);
	assert_true(vgic_mmio_write(c, v, GICR + 0x10100, 4, 1u << 27));
	assert_true(lr_of(27) >= 0);
	assert_int_not_equal(host_lr[lr_of(27)] & (1ull << 61), 0); /* HW */
	*host_sysreg("cntv_ctl_el0") = 1; /* moved into the future: taken back */
	vgic_sync(c, v);
	assert_int_equal(lr_of(27), -1);
	assert_int_equal(c->timer_active, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers, setup),
		cmocka_unit_test_setup(level_interrupt, setup),
		cmocka_unit_test_setup(disabled_is_taken_back, setup),
		cmocka_unit_test_setup(edge_interrupt, setup),
		cmocka_unit_test_setup(more_than_list_registers, setup),
		cmocka_unit_test_setup(sgis, setup),
		cmocka_unit_test_setup(rerouted, setup),
		cmocka_unit_test_setup(off_gives_up_what_it_has, setup),
		cmocka_unit_test_setup(timer_line, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
