/* SPDX-License-Identifier: BSD-2-Clause */
/* dom0's device tree, made from the machine's. */
#include <libfdt.h>

#include "boot/fdt_util.h"
#include "boot/machine.h"
#include "console/log.h"
#include "cpu/config.h"
#include "lib/string.h"
#include "mm/page.h"

#define TIMER_PHYS_NS 1u /* second interrupt of an arm,armv8-timer node */
#define IRQ_CELLS 3u

/* Every libfdt call here works on our own buffer: a failure is our bug. */
static int must(int r, const char *what)
{
	if (r < 0) {
		panic("dom0's device tree: %s: %s", what, fdt_strerror(r));
	}
	return r;
}

/* As NOP tags: offsets stay, so that one pass over the tree is enough. */
static void delete_hidden(void *fdt)
{
	int depth = 0;
	int node;

	for (node = fdt_next_node(fdt, -1, &depth); node >= 0;) {
		int next = fdt_next_node(fdt, node, &depth);

		if (machine_is_hidden(fdt, node) ||
		    fdt_node_check_compatible(fdt, node, "multiboot,module") == 0) {
			must(fdt_nop_node(fdt, node), "delete");
		}
		node = next;
	}
}

/* Linux takes the physical timer when that is the only one it finds. */
static void set_timer(void *fdt)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "arm,armv8-timer");
	const fdt32_t *p;
	fdt32_t phys[IRQ_CELLS];
	int len;

	p = node < 0 ? NULL : fdt_getprop(fdt, node, "interrupts", &len);
	if (p == NULL || (u32)len < (TIMER_PHYS_NS + 1u) * IRQ_CELLS * 4u) {
		panic("the device tree has no arm,armv8-timer");
	}
	memcpy(phys, p + TIMER_PHYS_NS * IRQ_CELLS, sizeof(phys));
	must(fdt_setprop(fdt, node, "interrupts", phys, sizeof(phys)), "timer");
	must(fdt_setprop_string(fdt, node, "interrupt-names", "phys"), "timer");
}

static void set_chosen(const struct machine *m, void *fdt)
{
	int node = must(fdt_path_offset(fdt, "/chosen"), "/chosen");

	if (m->cmdline != NULL) {
		must(fdt_setprop_string(fdt, node, "bootargs", m->cmdline), "bootargs");
	} else {
		(void)fdt_delprop(fdt, node, "bootargs");
	}
	if (m->initrd.end > m->initrd.start) {
		must(fdt_setprop_u64(fdt, node, "linux,initrd-start", m->initrd.start), "initrd");
		must(fdt_setprop_u64(fdt, node, "linux,initrd-end", m->initrd.end), "initrd");
	}
}

static void put_hex(char *out, u64 v)
{
	u32 shift = 60;

	while (shift > 0 && (v >> shift) == 0) {
		shift -= 4u;
	}
	for (;; shift -= 4u) {
		*out++ = "0123456789abcdef"[(v >> shift) & 0xfu];
		if (shift == 0) {
			break;
		}
	}
	*out = '\0';
}

static void reserve(void *fdt, u64 start, u64 end)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory");
	fdt64_t reg[2] = { cpu_to_fdt64(start), cpu_to_fdt64(end - start) };
	char name[32] = "hypervisor@";
	int node;

	if (parent < 0) {
		parent = must(fdt_add_subnode(fdt, 0, "reserved-memory"), "reserved-memory");
		must(fdt_setprop_u32(fdt, parent, "#address-cells", 2), "reserved-memory");
		must(fdt_setprop_u32(fdt, parent, "#size-cells", 2), "reserved-memory");
		must(fdt_setprop_empty(fdt, parent, "ranges"), "reserved-memory");
	}
	put_hex(name + strlen(name), start);
	node = must(fdt_add_subnode(fdt, parent, name), name);
	must(fdt_setprop(fdt, node, "reg", reg, sizeof(reg)), name);
	must(fdt_setprop_empty(fdt, node, "no-map"), name);
}

static void reserve_core(void *fdt)
{
	u64 start = 0;
	u32 i;

	for (i = 0; i < nr_ram_banks; i++) {
		u64 pfn;

		for (pfn = ram_banks[i].start; pfn <= ram_banks[i].end; pfn += BLOCK_PAGES) {
			bool core = pfn < ram_banks[i].end && page[pfn].owner == OWNER_CORE;

			if (core && start == 0) {
				start = pfn;
			} else if (!core && start != 0) {
				reserve(fdt, start << PAGE_SHIFT, pfn << PAGE_SHIFT);
				start = 0;
			}
		}
	}
}

static void add_hypervisor(void *fdt)
{
	static const char compatible[] = "homestead,hypervisor-1\0homestead,hypervisor";
	int node = must(fdt_add_subnode(fdt, 0, "hypervisor"), "/hypervisor");

	must(fdt_setprop(fdt, node, "compatible", compatible, sizeof(compatible)), "/hypervisor");
	must(fdt_setprop_string(fdt, node, "dma",
				hs_config.dma == HS_DMA_CONTAINED ? "contained" : "trusted"),
	     "/hypervisor");
}

void dom0_fdt_build(const struct machine *m, void *out, u32 max)
{
	must(fdt_open_into(m->fdt, out, (int)max), "copy");
	delete_hidden(out);
	set_timer(out);
	set_chosen(m, out);
	reserve_core(out);
	add_hypervisor(out);
	must(fdt_pack(out), "pack");
}
