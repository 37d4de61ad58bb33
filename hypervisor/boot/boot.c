/* SPDX-License-Identifier: BSD-2-Clause */
/* From the first C instruction to dom0's first one, on the boot CPU. */
#include <libfdt.h>

#include "arch/cache.h"
#include "arch/cpu.h"
#include "boot/boot.h"
#include "boot/fdt_util.h"
#include "boot/machine.h"
#include "console/log.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "cpu/config.h"
#include "mm/host.h"
#include "mm/host_map.h"
#include "mm/layout.h"
#include "mm/own.h"
#include "mm/pt.h"
#include "mm/s1.h"
#include "vm/vm.h"

#define VA_FDT (VA_DEVICES + 0x20000000ull) /* behind the devices */
#define FDT_MAP_SIZE (2u * BLOCK_SIZE)
#define DOM0_FDT_EXTRA 0x4000u
#define BOOT_POOL 48u /* tables of dom0's stage 2 beside those for RAM */

extern char __image_end[], _start[], __rodata_end[];

static struct machine machine;
static struct range page_array;
static struct range host_tables; /* to split blocks of RAM in dom0's stage 2 */
static u64 heap;		 /* next free pfn behind the image, in its 2 MiB block */
static u64 heap_end;

/* Read-only, so that nothing here can change what QEMU made. */
static void map_fdt(u64 pa)
{
	s1_map(VA_FDT, align_down(pa, BLOCK_SIZE), FDT_MAP_SIZE, S1_R);
	machine.fdt = (const void *)(uintptr_t)(VA_FDT + (pa & (BLOCK_SIZE - 1u)));
}

/*
 * All RAM at VA_FRAMES, read and write; not EL2's own text and rodata, which
 * stay reachable at their linked address only.
 */
static void map_frames(u64 image, u64 image_rw)
{
	u32 i;

	for (i = 0; i < nr_ram_banks; i++) {
		u64 start = (u64)ram_banks[i].start << PAGE_SHIFT;
		u64 end = (u64)ram_banks[i].end << PAGE_SHIFT;

		if (image >= start && image < end) {
			s1_map(VA_FRAMES + start, start, image - start, S1_RW);
			start = image_rw;
		}
		s1_map(VA_FRAMES + start, start, end - start, S1_RW);
	}
}

/* Whether any RAM lies in this GiB: then its 2 MiB of page[] are needed. */
static bool gib_has_ram(u64 gib)
{
	u64 start = gib << 18;
	u32 i;

	for (i = 0; i < nr_ram_banks; i++) {
		if (ram_banks[i].start < start + BIT(18) && ram_banks[i].end > start) {
			return true;
		}
	}
	return false;
}

/* So many blocks of 2 MiB, from where dom0 will not be. */
static void reserve_blocks(struct range *r, u64 n)
{
	r->start = machine_find_free(&machine, n * BLOCK_SIZE, BLOCK_SIZE);
	r->end = r->start + n * BLOCK_SIZE;
	machine_reserve(&machine, r->start, r->end);
}

/* page[] of all banks. */
static void map_page_array(void)
{
	u64 n = 0;
	u64 gib;
	u64 pa;

	for (gib = 0; gib < (MAX_PFN >> 18); gib++) {
		n += gib_has_ram(gib) ? 1u : 0u;
	}
	reserve_blocks(&page_array, n);
	pa = page_array.start;
	for (gib = 0; gib < (MAX_PFN >> 18); gib++) {
		if (gib_has_ram(gib)) {
			u64 va = VA_PAGE_ARRAY + gib * BLOCK_SIZE;

			s1_map(va, pa, BLOCK_SIZE, S1_RW);
			cache_zero((void *)(uintptr_t)va, BLOCK_SIZE);
			pa += BLOCK_SIZE;
		}
	}
}

static u32 heap_page(void)
{
	if (heap == heap_end) {
		panic("no memory behind the image");
	}
	cache_zero(frame[heap], PAGE_SIZE);
	return (u32)heap++;
}

static void init_host_tables(void)
{
	u64 pfn;
	u32 i;

	s2_spaces[OWNER_DOM0].root = heap_page();
	for (i = 0; i < BOOT_POOL; i++) {
		s2_pool_push(OWNER_DOM0, heap_page());
	}
	for (pfn = host_tables.start >> PAGE_SHIFT; pfn < host_tables.end >> PAGE_SHIFT; pfn++) {
		cache_zero(frame[pfn], PAGE_SIZE);
		s2_pool_push(OWNER_DOM0, (u32)pfn);
	}
}

/* Zeroes what earlier guests may have left, where no module lies. */
static void scrub_ram(void)
{
	u32 b;

	for (b = 0; b < nr_ram_banks; b++) {
		u64 pa = (u64)ram_banks[b].start << PAGE_SHIFT;

		for (; pa < (u64)ram_banks[b].end << PAGE_SHIFT; pa += BLOCK_SIZE) {
			bool used = false;
			u32 i;

			for (i = 0; i < machine.nr_reserved; i++) {
				used = used || (machine.reserved[i].start < pa + BLOCK_SIZE &&
						machine.reserved[i].end > pa);
			}
			if (!used) {
				cache_zero(frame[pa >> PAGE_SHIFT], BLOCK_SIZE);
			}
		}
	}
}

static u64 build_dom0_fdt(void)
{
	u32 max = (u32)align_up(fdt_totalsize(machine.fdt) + DOM0_FDT_EXTRA, PAGE_SIZE);
	u64 pa = machine_find_free(&machine, max, PAGE_SIZE);

	dom0_fdt_build(&machine, frame[pa >> PAGE_SHIFT], max);
	cache_clean(frame[pa >> PAGE_SHIFT], max);
	return pa;
}

static void keep(const struct range *r)
{
	own_keep(r->start >> PAGE_SHIFT, (u32)((r->end - r->start) >> PAGE_SHIFT));
}

static void init_memory(void)
{
	u64 image = s1_image_pa(_start);
	u64 block = align_down(image, BLOCK_SIZE);

	if ((image & (BLOCK_SIZE - 1u)) != 0) {
		panic("the hypervisor was not loaded at a multiple of 2 MiB");
	}
	map_frames(image, s1_image_pa(__rodata_end));
	machine_reserve(&machine, block, block + BLOCK_SIZE);
	machine_read(&machine);
	map_page_array();
	reserve_blocks(&host_tables, align_up(host_tables_for_ram(), BLOCK_PAGES) / BLOCK_PAGES);
	own_init();
	own_keep(block >> PAGE_SHIFT, BLOCK_PAGES);
	keep(&page_array);
	keep(&host_tables);
	heap = s1_image_pa(__image_end) >> PAGE_SHIFT;
	heap_end = (block + BLOCK_SIZE) >> PAGE_SHIFT;
}

void boot_main(u64 fdt_pa, u64 image_offset)
{
	struct cpu *c = this_cpu();
	bool sound;
	u64 uart;
	u64 fdt;

	s1_init(image_offset);
	map_fdt(fdt_pa);
	sound = fdt_is_sound(machine.fdt, FDT_MAP_SIZE - (fdt_pa & (BLOCK_SIZE - 1u)));
	uart = sound ? machine_uart(machine.fdt) : 0;
	if (uart != 0) {
		log_set_uart(s1_map_device(uart, PAGE_SIZE));
	}
	log_info("Homestead %s on %s", HS_VERSION_STRING, HS_COMPILER);
	if (!sound) {
		panic("no sound device tree of version 17 in 2 MiB at %lx", fdt_pa);
	}
	features_init();
	machine_reserve(&machine, fdt_pa, fdt_pa + fdt_totalsize(machine.fdt));
	machine_read(&machine);
	machine_options(&machine);
	init_memory();
	if (hs_config.scrub_boot) {
		scrub_ram();
	}
	gic_init();
	init_host_tables();
	machine_hide_devices(&machine);
	host_init();
	cpu_init_el2(c);
	fdt = build_dom0_fdt();
	log_info("%u CPUs, %lu MiB, of which the hypervisor keeps %lu KiB; dma=%s", nr_cpus,
		 (own_count(OWN_DOM0) + own_count(OWN_CORE)) / 256u, own_count(OWN_CORE) * 4u,
		 hs_config.dma == HS_DMA_CONTAINED ? "contained" : "trusted");
	panic_set_scrub(vm_stop_all);
	cpu_reset_host(c, machine.kernel_entry, fdt);
	log_release_uart();
	hs_config.boot_ticks = arch_counter();
}
