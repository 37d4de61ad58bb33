/* SPDX-License-Identifier: BSD-2-Clause */
#include "debug/check.h"

#include "cpu/cpu.h"
#include "mm/host.h"
#include "mm/own.h"
#include "mm/pt.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

#define ENTRIES 512u

struct count { /* of one VM, found by looking */
	u32 ram, shared, pages;
};

static struct count counts[MAX_VMS];

static void violated(struct check *c, u32 line, u64 vm, u64 pfn)
{
	if (c->violations++ == 0) {
		c->first = line;
		c->pfn = pfn;
		c->vm = vm;
	}
}

#define MUST(cond, vm, pfn)                                                                        \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			violated(c, __LINE__, vm, pfn);                                            \
		}                                                                                  \
	} while (0)

/* vm_iso: what a guest has mapped is its own, at this place and no other. */
static void check_guest_leaf(struct check *c, u32 vm, u64 gfn, u64 pfn, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (!pfn_is_ram(pfn + i)) {
			MUST(false, vm, pfn + i);
			return;
		}
		MUST(own_is_ram_of(pfn + i, (u16)vm), vm, pfn + i);
		MUST(page[pfn + i].gfn == gfn + i, vm, pfn + i);
	}
}

/* host_flatmap; host_iso is asked page by page, below. */
static void check_host_leaf(struct check *c, u64 gfn, u64 pfn)
{
	MUST(gfn == pfn, OWNER_DOM0, pfn);
}

static void check_table(struct check *c, u32 vm, u32 table, u64 gfn, enum s2_level level)
{
	u64 step = 1ull << (9u * (u32)(S2_4K - level));
	u32 i;

	/* The hypervisor's own for dom0, else one that was donated to this VM. */
	MUST(vm == OWNER_DOM0 ? !pfn_is_ram(table) || page[table].kind == KIND_CORE
			      : pfn_is_ram(table) && page[table].kind == KIND_TABLE &&
					page[table].owner == vm,
	     vm, table);
	for (i = 0; i < ENTRIES; i++, gfn += step) {
		u64 e = frame[table][i];

		if ((e & S2_VALID) == 0) {
			MUST(e == 0, vm, table);
		} else if (level != S2_4K && (e & S2_TABLE) != 0) {
			check_table(c, vm, s2_pfn(e), gfn, (enum s2_level)(level + 1));
		} else if (vm == OWNER_DOM0) {
			check_host_leaf(c, gfn, s2_pfn(e));
		} else {
			MUST(level != S2_1G, vm, table);
			check_guest_leaf(c, vm, gfn, s2_pfn(e), (u32)step);
		}
	}
}

static void check_pool(struct check *c, u32 vm)
{
	u32 at = s2_spaces[vm].pool;
	u32 n;
	u32 i;

	for (n = s2_spaces[vm].nr_pool; n > 0; n--) {
		u64 next = frame[at][0];

		MUST(vm == OWNER_DOM0 ? !pfn_is_ram(at) || page[at].kind == KIND_CORE
				      : page[at].kind == KIND_TABLE && page[at].owner == vm,
		     vm, at);
		for (i = 1; i < ENTRIES; i++) {
			MUST(frame[at][i] == 0, vm, at);
		}
		at = (u32)next;
	}
}

/* The page's own word: who sees it, and that its owner has it mapped. */
static void check_page(struct check *c, u64 pfn)
{
	const struct page *p = &page[pfn];
	enum s2_level level;
	u64 e = s2_lookup(OWNER_DOM0, pfn, &level);

	MUST((e != 0) == own_visible_to_dom0(pfn), p->owner, pfn);
	if (p->owner == OWNER_DOM0) {
		MUST(p->kind == KIND_RAM, 0, pfn);
		MUST(p->shares == 0, 0, pfn);
		return;
	}
	if (p->owner == OWNER_CORE) {
		MUST(p->kind == KIND_CORE || p->kind == KIND_TRANSIT, OWNER_CORE, pfn);
		return;
	}
	if (p->owner >= MAX_VMS || vms[p->owner].state == HS_VM_UNUSED) {
		MUST(false, p->owner, pfn);
		return;
	}
	counts[p->owner].pages++;
	if (!own_is_ram_of(pfn, p->owner)) {
		MUST(p->kind == KIND_TABLE || p->kind == KIND_VM || p->kind == KIND_VCPU, p->owner,
		     pfn);
		MUST(p->shares == 0, p->owner, pfn);
		return;
	}
	counts[p->owner].ram++;
	counts[p->owner].shared += p->kind == KIND_SHARED ? 1u : 0u;
	MUST(vm_is_protected(p->owner) ? p->shares == 0 || p->kind == KIND_SHARED : p->shares == 1u,
	     p->owner, pfn);
	e = s2_lookup(p->owner, p->gfn, &level);
	MUST(e != 0 && s2_pfn(e) + (level == S2_2M ? p->gfn % BLOCK_PAGES : 0) == pfn, p->owner,
	     pfn);
}

static void check_vcpus(struct check *c, u32 vm)
{
	u32 i;
	u32 k;

	for (i = 0; i < vms[vm].nr_vcpus; i++) {
		u32 pfn = vms[vm].vcpu_pfn[i];
		struct vcpu *v = vcpu_get(vm, i);
		bool runs = false;

		if (v == NULL) {
			continue;
		}
		MUST(page[pfn].owner == vm && page[pfn].kind == KIND_VCPU, vm, pfn);
		MUST(v->vm == vm && v->id == i, vm, pfn);
		for (k = 0; k < MAX_CPUS; k++) {
			runs = runs || cpus[k].vcpu == v;
		}
		MUST(!runs || v->state == VCPU_ACTIVE, vm, pfn);
		MUST(!runs || vms[vm].quiesced == 0, vm, pfn);
		MUST((v->ctx.pstate & PSTATE_NRW) != 0 ||
			     (v->ctx.pstate & PSTATE_MODE_MASK) <= PSTATE_EL1H,
		     vm, pfn);
	}
}

static void check_vm(struct check *c, u32 vm)
{
	u32 root = s2_spaces[vm].root;

	if (vms[vm].state == HS_VM_UNUSED) {
		MUST(vms[vm].nr_pages == 0, vm, 0);
		return;
	}
	MUST(vms[vm].nr_ram == counts[vm].ram, vm, counts[vm].ram);
	MUST(vms[vm].nr_shared == counts[vm].shared, vm, counts[vm].shared);
	MUST(vms[vm].nr_pages == counts[vm].pages, vm, counts[vm].pages);
	check_table(c, vm, root, 0, S2_1G);
	check_pool(c, vm);
	check_vcpus(c, vm);
}

static void check_memory(struct check *c)
{
	u64 pfn;
	u32 i;

	for (i = 0; i < MAX_VMS; i++) {
		counts[i] = (struct count){ 0 };
	}
	for (i = 0; i < nr_ram_banks; i++) {
		for (pfn = ram_banks[i].start; pfn < ram_banks[i].end; pfn++) {
			check_page(c, pfn);
		}
	}
	check_table(c, OWNER_DOM0, s2_spaces[OWNER_DOM0].root, 0, S2_1G);
	check_pool(c, OWNER_DOM0);
	for (i = 1; i < MAX_VMS; i++) {
		check_vm(c, i);
	}
}

void check_all(struct check *c)
{
	u32 i;

	*c = (struct check){ 0 };
	for (i = 1; i < MAX_VMS; i++) {
		spin_lock(&vms[i].lock);
	}
	spin_lock(&host_lock);
	check_memory(c);
	spin_unlock(&host_lock);
	for (i = MAX_VMS - 1u; i > 0; i--) {
		spin_unlock(&vms[i].lock);
	}
}
