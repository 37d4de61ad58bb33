/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's device tree: QEMU's "virt" machine, as far as we have it. */
#include "guest_fdt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "public/homestead.h"

#define PHANDLE_GIC 1u
#define PHANDLE_CLOCK 2u
#define PHANDLE_GPIO 3u
#define IRQ_SPI 0u
#define IRQ_PPI 1u
#define IRQ_LEVEL_HIGH 4u
#define UART_CLOCK_HZ 24000000u
#define KEY_POWER 116u

struct tree {
	void *fdt;
	int err; /* first failure; everything after it is skipped */
};

static void check(struct tree *t, int r)
{
	if (t->err == 0 && r < 0) {
		t->err = r;
	}
}

static void begin(struct tree *t, const char *fmt, unsigned long long address)
{
	char name[64];

	snprintf(name, sizeof(name), fmt, address);
	check(t, fdt_begin_node(t->fdt, name));
}

static void end(struct tree *t)
{
	check(t, fdt_end_node(t->fdt));
}

static void u32s(struct tree *t, const char *name, const uint32_t *v, size_t n)
{
	fdt32_t cells[16];
	size_t i;

	for (i = 0; i < n; i++) {
		cells[i] = cpu_to_fdt32(v[i]);
	}
	check(t, fdt_property(t->fdt, name, cells, (int)(n * 4u)));
}

#define cells(t, name, ...)                                                                        \
	u32s(t, name, (const uint32_t[]){ __VA_ARGS__ },                                           \
	     sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static void string(struct tree *t, const char *name, const char *v)
{
	check(t, fdt_property_string(t->fdt, name, v));
}

static void strings(struct tree *t, const char *name, const char *v, size_t size)
{
	check(t, fdt_property(t->fdt, name, v, (int)size));
}

static void flag(struct tree *t, const char *name)
{
	check(t, fdt_property(t->fdt, name, NULL, 0));
}

static void reg(struct tree *t, uint64_t base, uint64_t size)
{
	cells(t, "reg", (uint32_t)(base >> 32), (uint32_t)base, (uint32_t)(size >> 32),
	      (uint32_t)size);
}

static void chosen(struct tree *t, const struct hypctl_config *c, uint64_t initrd, uint64_t size)
{
	begin(t, "chosen", 0);
	if (c->cmdline != NULL) {
		string(t, "bootargs", c->cmdline);
	}
	string(t, "stdout-path", "/pl011@9000000");
	if (size != 0) {
		cells(t, "linux,initrd-start", (uint32_t)(initrd >> 32), (uint32_t)initrd);
		cells(t, "linux,initrd-end", (uint32_t)((initrd + size) >> 32),
		      (uint32_t)(initrd + size));
	}
	end(t);
}

static void cpus(struct tree *t, unsigned int n)
{
	unsigned int i;

	begin(t, "cpus", 0);
	cells(t, "#address-cells", 1);
	cells(t, "#size-cells", 0);
	for (i = 0; i < n; i++) {
		begin(t, "cpu@%llx", i);
		string(t, "device_type", "cpu");
		string(t, "compatible", "arm,armv8");
		string(t, "enable-method", "psci");
		cells(t, "reg", i);
		end(t);
	}
	end(t);
	begin(t, "psci", 0);
	strings(t, "compatible", "arm,psci-1.0\0arm,psci-0.2",
		sizeof("arm,psci-1.0\0arm,psci-0.2"));
	string(t, "method", "hvc");
	end(t);
}

static void interrupts(struct tree *t, unsigned int vcpus)
{
	begin(t, "intc@%llx", HS_GUEST_GICD_BASE);
	string(t, "compatible", "arm,gic-v3");
	flag(t, "interrupt-controller");
	cells(t, "#interrupt-cells", 3);
	cells(t, "#address-cells", 2);
	cells(t, "#size-cells", 2);
	cells(t, "reg", 0, (uint32_t)HS_GUEST_GICD_BASE, 0, (uint32_t)HS_GUEST_GICD_SIZE, 0,
	      (uint32_t)HS_GUEST_GICR_BASE, 0, (uint32_t)(vcpus * HS_GUEST_GICR_STRIDE));
	cells(t, "phandle", PHANDLE_GIC);
	end(t);
	begin(t, "timer", 0);
	strings(t, "compatible", "arm,armv8-timer\0arm,armv7-timer",
		sizeof("arm,armv8-timer\0arm,armv7-timer"));
	flag(t, "always-on");
	cells(t, "interrupts", IRQ_PPI, 13, IRQ_LEVEL_HIGH, IRQ_PPI, 14, IRQ_LEVEL_HIGH, IRQ_PPI,
	      11, IRQ_LEVEL_HIGH, IRQ_PPI, 10, IRQ_LEVEL_HIGH);
	end(t);
}

/* The node stays open: end(). */
static void device(struct tree *t, const char *fmt, uint64_t base, uint64_t size,
		   unsigned int intid, const char *compatible, size_t compatible_size)
{
	begin(t, fmt, base);
	strings(t, "compatible", compatible, compatible_size);
	reg(t, base, size);
	cells(t, "interrupts", IRQ_SPI, HYPCTL_SPI_OF(intid), IRQ_LEVEL_HIGH);
}

/* Linux counts ttyAMA by these. */
static void aliases(struct tree *t, unsigned int consoles)
{
	unsigned int port;

	begin(t, "aliases", 0);
	for (port = 0; port < consoles; port++) {
		char name[20], path[32];

		snprintf(name, sizeof(name), "serial%u", port);
		snprintf(path, sizeof(path), "/pl011@%x", HYPCTL_UART_BASE_OF(port));
		string(t, name, path);
	}
	end(t);
}

static void rng(struct tree *t)
{
	static const char virtio[] = "virtio,mmio";

	device(t, "virtio_mmio@%llx", HYPCTL_RNG_BASE, HYPCTL_VIRTIO_SIZE, HYPCTL_RNG_INTID, virtio,
	       sizeof(virtio));
	flag(t, "dma-coherent");
	end(t);
}

static void devices(struct tree *t, unsigned int consoles)
{
	static const char pl011[] = "arm,pl011\0arm,primecell";
	static const char pl031[] = "arm,pl031\0arm,primecell";
	static const char pl061[] = "arm,pl061\0arm,primecell";
	unsigned int port;

	begin(t, "apb-pclk", 0);
	string(t, "compatible", "fixed-clock");
	cells(t, "#clock-cells", 0);
	cells(t, "clock-frequency", UART_CLOCK_HZ);
	string(t, "clock-output-names", "clk24mhz");
	cells(t, "phandle", PHANDLE_CLOCK);
	end(t);
	for (port = 0; port < consoles; port++) {
		device(t, "pl011@%llx", HYPCTL_UART_BASE_OF(port), HYPCTL_DEVICE_SIZE,
		       HYPCTL_UART_INTID_OF(port), pl011, sizeof(pl011));
		cells(t, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
		strings(t, "clock-names", "uartclk\0apb_pclk", sizeof("uartclk\0apb_pclk"));
		end(t);
	}
	device(t, "pl031@%llx", HYPCTL_RTC_BASE, HYPCTL_DEVICE_SIZE, HYPCTL_RTC_INTID, pl031,
	       sizeof(pl031));
	cells(t, "clocks", PHANDLE_CLOCK);
	string(t, "clock-names", "apb_pclk");
	end(t);
	device(t, "pl061@%llx", HYPCTL_GPIO_BASE, HYPCTL_DEVICE_SIZE, HYPCTL_GPIO_INTID, pl061,
	       sizeof(pl061));
	cells(t, "clocks", PHANDLE_CLOCK);
	string(t, "clock-names", "apb_pclk");
	cells(t, "#gpio-cells", 2);
	flag(t, "gpio-controller");
	cells(t, "#interrupt-cells", 2);
	flag(t, "interrupt-controller");
	cells(t, "phandle", PHANDLE_GPIO);
	end(t);
	begin(t, "gpio-keys", 0);
	string(t, "compatible", "gpio-keys");
	begin(t, "poweroff", 0);
	string(t, "label", "GPIO Key Poweroff");
	cells(t, "linux,code", KEY_POWER);
	cells(t, "gpios", PHANDLE_GPIO, HYPCTL_GPIO_POWER_KEY, 0);
	end(t);
	end(t);
}

int guest_fdt_build(const struct hypctl_config *c, uint64_t initrd, uint64_t initrd_size, void *buf)
{
	struct tree t = { .fdt = buf };

	memset(buf, 0, GUEST_FDT_MAX);
	check(&t, fdt_create(buf, (int)GUEST_FDT_MAX));
	check(&t, fdt_finish_reservemap(buf));
	begin(&t, "", 0);
	string(&t, "compatible", "linux,dummy-virt");
	string(&t, "model", "homestead,virt");
	cells(&t, "#address-cells", 2);
	cells(&t, "#size-cells", 2);
	cells(&t, "interrupt-parent", PHANDLE_GIC);
	chosen(&t, c, initrd, initrd_size);
	aliases(&t, c->consoles);
	begin(&t, "memory@%llx", HYPCTL_RAM_BASE);
	string(&t, "device_type", "memory");
	reg(&t, HYPCTL_RAM_BASE, c->memory);
	end(&t);
	cpus(&t, c->vcpus);
	interrupts(&t, c->vcpus);
	devices(&t, c->consoles);
	if (c->has_rng) {
		rng(&t);
	}
	end(&t);
	check(&t, fdt_finish(buf));
	return t.err == 0 ? 0 : -ENOSPC;
}
