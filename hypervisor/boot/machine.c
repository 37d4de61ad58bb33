/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/machine.h"

#include <libfdt.h>

#include "arch/cpu.h"
#include "boot/fdt_util.h"
#include "console/log.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "crypto/signature.h"
#include "gic/gic.h"
#include "cpu/config.h"
#include "lib/string.h"
#include "mm/host_map.h"
#include "mm/page.h"

#define IMAGE_MAGIC 0x644d5241u /* "ARM\x64" */

struct image_header { /* Documentation/arm64/booting.rst of Linux */
	u32 code[2];
	u64 text_offset;
	u64 image_size;
	u64 flags;
	u64 res[3];
	u32 magic;
	u32 res5;
};

void machine_reserve(struct machine *m, u64 start, u64 end)
{
	u32 i;

	if (start >= end) {
		panic("a reserved range without end: %lx..%lx", start, end);
	}
	if (m->nr_reserved == MAX_RESERVED) {
		panic("more than %u reserved ranges", MAX_RESERVED);
	}
	for (i = 0; i < m->nr_reserved; i++) {
		if (start < m->reserved[i].end && m->reserved[i].start < end) {
			panic("%lx..%lx overlaps %lx..%lx: load the boot modules elsewhere", start,
			      end, m->reserved[i].start, m->reserved[i].end);
		}
	}
	m->reserved[m->nr_reserved].start = start;
	m->reserved[m->nr_reserved].end = end;
	m->nr_reserved++;
}

u64 machine_find_free(const struct machine *m, u64 size, u64 align)
{
	u32 b;

	for (b = nr_ram_banks; b > 0; b--) {
		u64 low = (u64)ram_banks[b - 1u].start << PAGE_SHIFT;
		u64 at = align_down(((u64)ram_banks[b - 1u].end << PAGE_SHIFT) - size, align);
		u32 i = 0;

		while (at >= low && i < m->nr_reserved) {
			const struct range *r = &m->reserved[i];

			if (at < r->end && at + size > r->start) {
				at = r->start >= size + low ? align_down(r->start - size, align)
							    : 0;
				i = 0; /* look at all of them again */
			} else {
				i++;
			}
		}
		if (at >= low && at != 0) {
			return at;
		}
	}
	panic("no %lu KiB of free memory", size / 1024u);
}

u64 machine_uart(const void *fdt)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "arm,pl011");
	u64 base;
	u64 size;

	return node >= 0 && fdt_reg(fdt, node, 0, &base, &size) ? base : 0;
}

/* What lies in whole blocks of it. */
static void add_bank(u64 base, u64 size)
{
	u64 start = align_up(base, BLOCK_SIZE) >> PAGE_SHIFT;
	u64 end = align_down(base + size, BLOCK_SIZE) >> PAGE_SHIFT;
	u32 i;

	if (size > ~base || end > MAX_PFN) {
		panic("memory bank %lx..%lx: ends above %lx", base, base + size,
		      (u64)MAX_PFN << PAGE_SHIFT);
	}
	if (start == 0) {
		start = BLOCK_PAGES; /* PFN 0 stands for "none" */
	}
	if (start >= end) {
		log_info("memory bank %lx..%lx is not used: too small", base, base + size);
		return;
	}
	for (i = 0; i < nr_ram_banks; i++) {
		if (start < ram_banks[i].end && ram_banks[i].start < end) {
			panic("memory bank %lx..%lx overlaps another one", base, base + size);
		}
	}
	if (nr_ram_banks > 0 && ram_banks[nr_ram_banks - 1u].end == start) {
		ram_banks[nr_ram_banks - 1u].end = (u32)end;
		return;
	}
	if (nr_ram_banks == MAX_RAM_BANKS) {
		panic("more than %u memory banks", MAX_RAM_BANKS);
	}
	ram_banks[nr_ram_banks].start = (u32)start;
	ram_banks[nr_ram_banks].end = (u32)end;
	nr_ram_banks++;
}

static void read_memory(const void *fdt)
{
	int node;

	fdt_for_each_subnode (node, fdt, 0) {
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);
		u64 base;
		u64 size;
		u32 i;

		if (type == NULL || strcmp(type, "memory") != 0) {
			continue;
		}
		for (i = 0; fdt_reg(fdt, node, i, &base, &size); i++) {
			add_bank(base, size);
		}
	}
	if (nr_ram_banks == 0) {
		panic("the device tree has no memory");
	}
}

static void read_cpus(const void *fdt)
{
	u64 self = sysreg_read(mpidr_el1) & 0xff00ffffffull;
	int cpus_node = fdt_path_offset(fdt, "/cpus");
	int node;

	cpus[0].present = 1;
	cpus[0].mpidr = self;
	nr_cpus = 1;
	fdt_for_each_subnode (node, fdt, cpus_node) {
		const char *type = fdt_getprop(fdt, node, "device_type", NULL);
		const fdt32_t *reg;
		int len;
		u64 mpidr;

		if (type == NULL || strcmp(type, "cpu") != 0) {
			continue;
		}
		reg = fdt_getprop(fdt, node, "reg", &len);
		if (reg == NULL || len < 4) {
			panic("a CPU without reg");
		}
		mpidr = fdt_cells(reg, (u32)len / 4u);
		if (mpidr == self) {
			continue;
		}
		if (nr_cpus == MAX_CPUS) {
			log_info("CPU %lx is not used: more than %u", mpidr, MAX_CPUS);
			continue;
		}
		cpus[nr_cpus].present = 1;
		cpus[nr_cpus].mpidr = mpidr;
		cpus[nr_cpus].id = nr_cpus;
		nr_cpus++;
	}
}

static void read_gic(const void *fdt)
{
	int node = fdt_node_offset_by_compatible(fdt, -1, "arm,gic-v3");
	const fdt32_t *prop;
	u32 regions = 1;
	u64 base;
	u64 size;
	u32 i;

	if (node < 0) {
		panic("no GICv3: start QEMU with -M virt,virtualization=on,gic-version=3");
	}
	prop = fdt_getprop(fdt, node, "#redistributor-regions", NULL);
	if (prop != NULL) {
		regions = fdt32_to_cpu(*prop);
	}
	for (i = 0; i < regions && fdt_reg(fdt, node, 1u + i, &base, &size); i++) {
		gic_add_redistributors(base, size);
	}
}

/* Whether these bytes are all in one bank; there is at least one. */
static bool is_in_memory(u64 base, u64 size)
{
	u64 pfn = base >> PAGE_SHIFT;

	return size != 0 && size <= ~base &&
	       pfn_range_is_ram(pfn, ((base + size - 1u) >> PAGE_SHIFT) - pfn + 1u);
}

static void read_kernel(struct machine *m, u64 base, u64 size, const char *cmdline)
{
	const struct image_header *h = (const struct image_header *)frame[base >> PAGE_SHIFT];

	if ((base & (PAGE_SIZE - 1u)) == 0 && h->magic != IMAGE_MAGIC) {
		panic("dom0's kernel at %lx is no arm64 Image (gzip? ELF?)", base);
	}
	if ((base & (PAGE_SIZE - 1u)) != 0 || ((base - h->text_offset) & (BLOCK_SIZE - 1u)) != 0) {
		panic("dom0's kernel at %lx: load it at a multiple of 2 MiB", base);
	}
	if (h->image_size > size) {
		size = h->image_size;
	}
	if (!is_in_memory(base, size)) {
		panic("dom0's kernel at %lx: its %lx bytes go beyond memory", base, size);
	}
	m->kernel.start = base;
	m->kernel.end = base + size;
	m->kernel_entry = base;
	m->cmdline = cmdline;
	machine_reserve(m, m->kernel.start, m->kernel.end);
}

/* Modules as Xen and QEMU's guest-loader have them. */
static void read_modules(struct machine *m)
{
	const void *fdt = m->fdt;
	int chosen = fdt_path_offset(fdt, "/chosen");
	int node;

	if (chosen < 0) {
		panic("the device tree has no /chosen");
	}
	fdt_for_each_subnode (node, fdt, chosen) {
		u64 base;
		u64 size;

		if (fdt_node_check_compatible(fdt, node, "multiboot,module") != 0) {
			continue;
		}
		/* /chosen of QEMU has no cells of its own: the root's hold. */
		if (!fdt_reg_cells(fdt, node, 0, 2, 2, &base, &size)) {
			panic("a boot module without reg");
		}
		if (!is_in_memory(base, size)) {
			panic("the boot module at %lx is not in memory", base);
		}
		if (fdt_node_check_compatible(fdt, node, "multiboot,kernel") == 0) {
			read_kernel(m, base, size, fdt_getprop(fdt, node, "bootargs", NULL));
		} else if (fdt_node_check_compatible(fdt, node, "multiboot,ramdisk") == 0) {
			m->initrd.start = base;
			m->initrd.end = base + size;
			machine_reserve(m, base, base + size);
		}
	}
	if (m->kernel.end == 0) {
		panic("no kernel for dom0: pass one with -device guest-loader,kernel=");
	}
}

void machine_read(struct machine *m)
{
	int nr_rsv = fdt_num_mem_rsv(m->fdt);
	u64 base;
	u64 size;
	int i;

	if (nr_ram_banks == 0) { /* first pass: before RAM is mapped */
		read_memory(m->fdt);
		read_cpus(m->fdt);
		read_gic(m->fdt);
		return;
	}
	for (i = 0; i < nr_rsv; i++) {
		if (fdt_get_mem_rsv(m->fdt, i, &base, &size) == 0 && size != 0) {
			machine_reserve(m, base, base + size);
		}
	}
	read_modules(m);
}

/* owner=: the owner's P-256 key, uncompressed, as 130 hexadecimal digits. */
static bool read_key(const char *word, size_t n)
{
	static const char prefix[] = "owner=";
	const size_t skip = sizeof(prefix) - 1u;
	u8 key[OWNER_KEY_SIZE];
	size_t i;

	if (n != skip + 2u * OWNER_KEY_SIZE || strncmp(word, prefix, skip) != 0) {
		return false;
	}
	for (i = 0; i < 2u * OWNER_KEY_SIZE; i++) {
		const char *digits = "0123456789abcdef";
		const char *d = strchr(digits, word[skip + i]);

		if (d == NULL) {
			return false;
		}
		key[i / 2u] = (u8)(key[i / 2u] << 4 | (u8)(d - digits));
	}
	return signature_set_key(key);
}

static bool word_is(const char *word, size_t n, const char *what)
{
	return strlen(what) == n && strncmp(word, what, n) == 0;
}

void machine_options(const struct machine *m)
{
	int chosen = fdt_path_offset(m->fdt, "/chosen");
	const char *p = fdt_getprop(m->fdt, chosen, "bootargs", NULL);
	bool unsigned_ordinary = false;

	while (p != NULL && *p != '\0') {
		const char *stop = strchr(p, ' ');
		size_t n = stop != NULL ? (size_t)(stop - p) : strlen(p);

		if (word_is(p, n, "dma=contained")) {
			hs_config.dma = HS_DMA_CONTAINED;
		} else if (word_is(p, n, "dma=trusted")) {
			hs_config.dma = HS_DMA_TRUSTED;
		} else if (word_is(p, n, "scrub=boot")) {
			hs_config.scrub_boot = true;
		} else if (word_is(p, n, "sha=portable")) {
			features.sha256 = false;
		} else if (word_is(p, n, "unsigned=ordinary")) {
			unsigned_ordinary = true;
		} else if (read_key(p, n)) {
			hs_config.owner_key = HS_OWNER_ALL;
		} else if (n != 0) {
			panic("bad or unknown option in '%s'; known: dma=trusted dma=contained "
			      "scrub=boot sha=portable owner=KEY unsigned=ordinary",
			      p);
		}
		p = stop != NULL ? stop + 1 : NULL;
	}
	if (unsigned_ordinary && hs_config.owner_key == HS_OWNER_NONE) {
		panic("unsigned=ordinary needs owner=KEY");
	}
	if (unsigned_ordinary) {
		hs_config.owner_key = HS_OWNER_PROTECTED;
	}
}

static const char *const contained[] = { "virtio,mmio", "qemu,fw-cfg-mmio",
					 "pci-host-ecam-generic" };

bool machine_is_hidden(const void *fdt, int node)
{
	u32 i;

	if (fdt_node_check_compatible(fdt, node, "arm,gic-v3-its") == 0) {
		return true;
	}
	for (i = 0; hs_config.dma == HS_DMA_CONTAINED && i < ARRAY_SIZE(contained); i++) {
		if (fdt_node_check_compatible(fdt, node, contained[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* The windows of a PCIe host: child address 3 cells, parent 2, size 2. */
static void hide_windows(const void *fdt, int node)
{
	const fdt32_t *p;
	int len;

	p = fdt_getprop(fdt, node, "ranges", &len);
	if (p == NULL || fdt_node_check_compatible(fdt, node, "pci-host-ecam-generic") != 0) {
		return;
	}
	for (; len >= 7 * 4; p += 7, len -= 7 * 4) {
		host_hide_device(fdt_cells(p + 3, 2), fdt_cells(p + 5, 2));
	}
}

void machine_hide_devices(const struct machine *m)
{
	int depth = 0;
	int node;

	for (node = fdt_next_node(m->fdt, -1, &depth); node >= 0;
	     node = fdt_next_node(m->fdt, node, &depth)) {
		u64 base;
		u64 size;
		u32 i;

		if (!machine_is_hidden(m->fdt, node)) {
			continue;
		}
		for (i = 0; fdt_reg_cells(m->fdt, node, i, 2, 2, &base, &size); i++) {
			host_hide_device(base, size);
		}
		hide_windows(m->fdt, node);
	}
}
