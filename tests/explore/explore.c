/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explores the real core: every state that is reached, every call with every
 * kind of argument, compared with the specification (spec.c): the answer, who
 * owns what, what dom0 sees, what pages hold; and the invariants of the tables.
 * Then pairs of calls on two CPUs: the second comes at a point where the first
 * takes or drops a lock, touches an atomic or zeroes pages; the outcome must be
 * that of one order or the other. In the states on the way of a VM's life each call
 * that does something comes at each such point of each other; else pairs are drawn.
 *
 * usage: explore [states] [pairs per state] [0: only pairs that are drawn]
 *
 * A state is what differs from a base image in the writable memory of
 * libcore-explore.so, which has the core and the machine of the host build.
 */
#include <inttypes.h>
#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "cpu/config.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "debug/check.h"
#include "gic/gic.h"
#include "host.h"
#include "mm/host.h"
#include "mm/host_map.h"
#include "mm/own.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "spec.h"
#include "traps/traps.h"
#include "vm/vcpu.h"
#include "vm/memory.h"
#include "vm/vm.h"

#define RAM_PFN 512u /* one block of 2 MiB */
#define FIRST_PFN (RAM_PFN + 8u)
#define ROOT_PFN 16u
#define POOL_SIZE 12u
#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)
#define TAG_WORD 511u /* of a page: what it holds */
#define VM_RAM (NR_GFNS * PAGE_SIZE)
#define EC_HVC (0x16ull << 26)
#define PSCI_OFF 0x84000008u
#define INTID_OTHER 100u /* a physical interrupt of dom0's */

/* ---- memory: capture and restore ---- */

struct region {
	u64 *start;
	size_t words;
};

struct diff {
	u32 at; /* word */
	u64 value;
};

struct state {
	struct spec spec;
	u32 nr, depth;
	u64 parent; /* number of the state that it came from */
	struct step step;
	struct diff diff[];
};

#define MAX_REGIONS 64u
#define MAX_DIFF 8192u

static struct region regions[MAX_REGIONS];
static u32 nr_regions;
static u64 *base;	    /* image of all regions, one after the other */
static u64 *live[1u << 18]; /* address of each word */
static u32 nr_words;
static struct diff now[MAX_DIFF]; /* what the memory differs in, from base */
static u32 nr_now;

/*
 * Most of the memory is never written: what is compared after each step are the
 * pages that were. Until then a page is read-only, and the first write says so.
 */
#define PAGE_WORDS 512u
#define LINE_WORDS 64u

struct piece {
	u64 *start;
	u32 at, words; /* its first word in base */
};

static struct piece written[sizeof(live) / sizeof(live[0]) / PAGE_WORDS + 2u * MAX_REGIONS];
static u32 nr_written; /* in the order of base */

static void region_add(void *start, size_t bytes)
{
	if (bytes > 0) {
		regions[nr_regions++] = (struct region){ start, bytes / 8u };
	}
}

static int find_core(struct dl_phdr_info *info, size_t size, void *arg)
{
	u32 i;

	(void)size, (void)arg;
	if (strstr(info->dlpi_name, "core-explore") == NULL) {
		return 0;
	}
	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		u8 *start = (u8 *)(info->dlpi_addr + p->p_vaddr);
		u8 *end = start + p->p_memsz;
		u8 *f = (u8 *)frame;

		if (p->p_type != PT_LOAD || (p->p_flags & PF_W) == 0) {
			continue;
		}
		start = (u8 *)(((uintptr_t)start + 7u) & ~7ul);
		/* frame[] is large: only the rows that are used. */
		region_add(start, (size_t)(f - start) & ~7ul);
		region_add(f + sizeof(u64) * 512u * MAX_PFN,
			   (size_t)(end - f) - sizeof(u64) * 512u * MAX_PFN);
	}
	region_add(frame[ROOT_PFN], (1u + POOL_SIZE) * PAGE_SIZE);
	region_add(frame[FIRST_PFN], NR_PAGES * PAGE_SIZE);
	return 1;
}

static void take_base(void)
{
	u32 r;
	size_t i;

	nr_words = 0;
	for (r = 0; r < nr_regions; r++) {
		for (i = 0; i < regions[r].words; i++) {
			if (nr_words == sizeof(live) / sizeof(live[0])) {
				fprintf(stderr, "explore: too much memory\n");
				exit(2);
			}
			live[nr_words++] = &regions[r].start[i];
		}
	}
	base = realloc(base, nr_words * sizeof(*base));
	for (i = 0; i < nr_words; i++) {
		base[i] = *live[i];
	}
	nr_now = 0;
}

static u64 *page_start(u64 *word)
{
	return (u64 *)((uintptr_t)word & ~(PAGE_SIZE - 1u));
}

static void protect(u64 *page_of, int how)
{
	if (mprotect(page_of, PAGE_SIZE, how) != 0) {
		perror("explore: mprotect");
		exit(2);
	}
}

static void watch_writes(void)
{
	u32 r;
	u64 *p;

	for (r = 0; r < nr_regions; r++) {
		for (p = page_start(regions[r].start); p < regions[r].start + regions[r].words;
		     p += PAGE_WORDS) {
			protect(p, PROT_READ);
		}
	}
}

/* The page of an address is compared from now on. False: it is none of the regions', or was
 * already. */
static bool now_written(u64 *address)
{
	u64 *first = page_start(address);
	bool found = false;
	u32 at = 0;
	u32 i;
	u32 r;

	for (i = 0; i < nr_written; i++) {
		if (page_start(written[i].start) == first) {
			return false;
		}
	}
	for (r = 0; r < nr_regions; r++) { /* two of them may share a page */
		u64 *start = regions[r].start > first ? regions[r].start : first;
		u64 *end = regions[r].start + regions[r].words;

		end = end < first + PAGE_WORDS ? end : first + PAGE_WORDS;
		if (start < end) {
			struct piece new = { start, at + (u32)(start - regions[r].start),
					     (u32)(end - start) };

			for (i = nr_written++; i > 0 && written[i - 1u].at > new.at; i--) {
				written[i] = written[i - 1u];
			}
			written[i] = new;
			found = true;
		}
		at += (u32)regions[r].words;
	}
	if (found) {
		protect(first, PROT_READ | PROT_WRITE);
	}
	return found;
}

static void capture_line(const u64 *from, u32 at, u32 n)
{
	u32 k;

	for (k = 0; k < n; k++) {
		if (from[k] != base[at + k]) {
			if (nr_now == MAX_DIFF) {
				fprintf(stderr, "explore: state too large\n");
				exit(2);
			}
			now[nr_now++] = (struct diff){ at + k, from[k] };
		}
	}
}

static void capture(void)
{
	u32 i, k, n;

	nr_now = 0;
	for (i = 0; i < nr_written; i++) {
		const struct piece *p = &written[i];

		if (memcmp(p->start, &base[p->at], p->words * 8u) == 0) {
			continue;
		}
		for (k = 0; k < p->words; k += n) {
			n = p->words - k < LINE_WORDS ? p->words - k : LINE_WORDS;
			if (memcmp(p->start + k, &base[p->at + k], n * 8u) != 0) {
				capture_line(p->start + k, p->at + k, n);
			}
		}
	}
}

/* The memory is as the last capture() found it, or nearly: then sloppy is set. */
static void restore(const struct state *s, bool sloppy)
{
	u32 i;

	if (sloppy) {
		capture();
	}
	for (i = 0; i < nr_now; i++) {
		*live[now[i].at] = base[now[i].at];
	}
	for (i = 0; i < s->nr; i++) {
		*live[s->diff[i].at] = s->diff[i].value;
		now[i] = s->diff[i];
	}
	nr_now = s->nr;
}

/* ---- the set of states ---- */

static u64 (*seen)[2];
static u64 nr_seen;
#define SEEN_SIZE (1u << 24)

static void hash_now(u64 h[2])
{
	u32 i;

	h[0] = 0x9e3779b97f4a7c15ull;
	h[1] = 0xc2b2ae3d27d4eb4full;
	for (i = 0; i < nr_now; i++) {
		u64 v = now[i].value ^ ((u64)now[i].at << 40);

		h[0] = (h[0] ^ v) * 0xff51afd7ed558ccdull;
		h[0] ^= h[0] >> 29;
		h[1] = (h[1] + v) * 0xc4ceb9fe1a85ec53ull;
		h[1] ^= h[1] >> 31;
	}
	h[0] |= 1u;
}

static bool add_seen(void)
{
	u64 h[2];
	u64 i;

	hash_now(h);
	for (i = h[0] >> 8 & (SEEN_SIZE - 1u); seen[i][0] != 0; i = (i + 1u) & (SEEN_SIZE - 1u)) {
		if (seen[i][0] == h[0] && seen[i][1] == h[1]) {
			return false;
		}
	}
	seen[i][0] = h[0];
	seen[i][1] = h[1];
	nr_seen++;
	return true;
}

static struct state **queue;
static u64 head, tail, max_states;
static u64 *parents; /* for the way to a state */
static struct step *steps;

static void enqueue(const struct spec *spec, u64 parent, struct step t, u32 depth)
{
	struct state *s;

	if (tail == max_states || !add_seen()) {
		return;
	}
	s = malloc(sizeof(*s) + nr_now * sizeof(struct diff));
	s->spec = *spec;
	s->nr = nr_now;
	s->parent = parent;
	s->step = t;
	s->depth = depth;
	memcpy(s->diff, now, nr_now * sizeof(struct diff));
	parents[tail] = parent;
	steps[tail] = t;
	queue[tail++] = s;
}

/* ---- the machine ---- */

static jmp_buf blocked; /* the second CPU waits for a lock of the first */
static u32 sync_left;	/* points until the second CPU comes */
static bool nested;
static struct step second;
static int second_result;
static u32 second_out;
static bool second_done;

static int core_step(struct step t, u32 *out);

static u64 *tpidr_el2; /* which CPU it is */

static void set_cpu(u32 cpu)
{
	*tpidr_el2 = (u64)(uintptr_t)&cpus[cpu];
}

void arch_sync_point(void)
{
	u64 cpu;

	if (sync_left == 0 || nested) {
		return;
	}
	sync_left--;
	if (sync_left == 0) {
		nested = true;
		cpu = *tpidr_el2;
		second_result = core_step(second, &second_out);
		second_done = true;
		*tpidr_el2 = cpu;
		nested = false;
	}
}

void arch_spin_hint(void)
{
	if (nested) {
		longjmp(blocked, 1);
	}
	fprintf(stderr, "explore: a lock that nobody drops\n");
	exit(1);
}

static u64 pfn_of(u32 p)
{
	return p >= NO_PAGE ? MAX_PFN + 5u : FIRST_PFN + p;
}

static u32 index_of(u64 pfn)
{
	return pfn >= FIRST_PFN && pfn < FIRST_PFN + NR_PAGES ? (u32)(pfn - FIRST_PFN) : NOBODY;
}

static s64 hypercall(struct cpu *c, u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	u64 *x = c->host.x;

	memset(x, 0, sizeof(c->host.x));
	x[0] = fn;
	x[1] = a1;
	x[2] = a2;
	x[3] = a3;
	x[4] = a4;
	x[5] = a5;
	host_hvc_handler_raw(c);
	return (s64)x[0];
}

static s64 guest_call(struct cpu *c, u32 fn, u64 a1, u64 a2)
{
	struct vcpu *v = c->vcpu;
	s64 r;

	memset(v->ctx.x, 0, sizeof(v->ctx.x));
	v->ctx.x[0] = fn;
	v->ctx.x[1] = a1;
	v->ctx.x[2] = a2;
	*host_sysreg("esr_el2") = EC_HVC;
	vm_exit_handler_raw(c, CAUSE_SYNC);
	r = c->vcpu == NULL ? (s64)c->host.x[0] : (s64)v->ctx.x[0];
	memset(v->ctx.x, 0, sizeof(v->ctx.x));
	return r;
}

static int core_step(struct step t, u32 *out)
{
	struct cpu *c = &cpus[t.cpu];
	struct vcpu *v = c->vcpu;
	enum s2_level level;
	s64 r = HS_OK;
	u64 e;

	set_cpu(t.cpu);
	switch (t.op) {
	case OP_CREATE:
		r = hypercall(c, HS_VM_CREATE, t.a, VM_RAM, 1, pfn_of(t.b), pfn_of(t.c));
		*out = (u32)c->host.x[1];
		break;
	case OP_VERIFY:
		r = hypercall(c, HS_VM_VERIFY, t.a, 0, 0, 0, 0);
		break;
	case OP_DESTROY:
		r = hypercall(c, HS_VM_DESTROY, t.a, 0, 0, 0, 0);
		break;
	case OP_VCPU:
		r = hypercall(c, HS_VCPU_CREATE, t.a, t.b, pfn_of(t.c), 0, 0);
		break;
	case OP_ENTRY:
		r = hypercall(c, HS_VCPU_SET_ENTRY, t.a, 0, (RAM_GFN + t.b) << PAGE_SHIFT, 0, 0);
		break;
	case OP_RUN:
		memset(c->host.x, 0, sizeof(c->host.x));
		c->host.x[0] = HS_VCPU_RUN;
		c->host.x[1] = t.a;
		host_vcpu_run_handler_raw(c);
		r = c->vcpu != NULL ? HS_OK : (s64)c->host.x[0];
		break;
	case OP_DONATE:
		r = hypercall(c, HS_MEM_DONATE, t.a, pfn_of(t.b), RAM_GFN + t.c, 0, t.d);
		break;
	case OP_TOPUP:
		r = hypercall(c, HS_MEM_TOPUP, t.a, pfn_of(t.b), 0, 0, 0);
		break;
	case OP_RECLAIM:
		r = hypercall(c, HS_MEM_RECLAIM, t.a, pfn_of(t.b), 0, 0, 0);
		break;
	case OP_MAP:
		r = hypercall(c, HS_MEM_MAP_SHARED, t.a, RAM_GFN + t.b, 0, 0, 0);
		*out = r == HS_OK ? index_of(c->host.x[1]) : 0;
		break;
	case OP_UNMAP:
		r = hypercall(c, HS_MEM_UNMAP_SHARED, t.a, pfn_of(t.b), 0, 0, 0);
		break;
	case OP_GET_REG:
		r = hypercall(c, HS_VCPU_GET_REG, t.a, 0, HS_REG_PC, 0, 0);
		break;
	case OP_GUEST_IRQ:
		host_pending = INTID_OTHER;
		vm_exit_handler_raw(c, CAUSE_IRQ);
		host_pending = INTID_SPURIOUS;
		break;
	case OP_GUEST_OFF:
		(void)guest_call(c, PSCI_OFF, 0, 0);
		break;
	case OP_GUEST_SHARE:
		r = guest_call(c, HS_MEM_SHARE, RAM_GFN + t.a, 1);
		break;
	case OP_GUEST_UNSHARE:
		r = guest_call(c, HS_MEM_UNSHARE, RAM_GFN + t.a, 1);
		break;
	case OP_GUEST_WRITE: /* what the processor does: through its own tables */
		e = s2_lookup(v->vm, RAM_GFN + t.a, &level);
		if (e != 0) {
			frame[s2_pfn(e)][TAG_WORD] = TAG_OF(v->vm);
		}
		break;
	default: /* OP_DOM0_WRITE */
		if (s2_lookup(OWNER_DOM0, pfn_of(t.a), &level) != 0) {
			frame[pfn_of(t.a)][TAG_WORD] = TAG_DOM0;
		}
		break;
	}
	memset(c->host.x, 0, sizeof(c->host.x));
	return (int)r;
}

static void lock_reset(struct spinlock *l)
{
	if (l->next != l->owner) {
		fprintf(stderr, "explore: a lock is still held\n");
		exit(1);
	}
	l->next = 0;
	l->owner = 0;
}

/* What is only counted does not make two states different. */
static void normalise(void)
{
	u32 i;

	for (i = 0; i < NR_VMS; i++) {
		lock_reset(&vms[i].lock);
	}
	lock_reset(&host_lock);
	lock_reset(&vm_table_lock);
	host_flushes = 0;
	host_kicks = 0;
	host_nr_waits = 0;
	set_cpu(0);
}

static void init_machine(void)
{
	u32 i;

	ram_banks[0] = (struct ram_bank){ RAM_PFN, RAM_PFN + 512u };
	nr_ram_banks = 1;
	own_init();
	features = (struct features){
		.nr_breakpoints = 6, .nr_watchpoints = 4, .pa_range = 4, .sha256 = true
	};
	hs_config.dma = HS_DMA_CONTAINED;
	host_counter = 1000;
	nr_cpus = NR_CPUS;
	for (i = 0; i < NR_CPUS; i++) {
		cpus[i].id = i;
		cpus[i].present = 1;
		cpus[i].ctx = &cpus[i].host;
	}
	tpidr_el2 = host_sysreg("tpidr_el2");
	set_cpu(0);
	*host_sysreg("cntfrq_el0") = 1000000000;
	*host_sysreg("S3_4_C12_C11_1") = 3; /* ICH_VTR_EL2: four list registers */
	s2_spaces[OWNER_DOM0].root = ROOT_PFN;
	for (i = 0; i < POOL_SIZE; i++) {
		page[ROOT_PFN + 1u + i].kind = KIND_CORE;
		page[ROOT_PFN + 1u + i].owner = OWNER_CORE;
		s2_pool_push(OWNER_DOM0, ROOT_PFN + 1u + i);
	}
	host_map_boot(RAM_PFN, RAM_PFN + 512u, S2_RAM_RWX);
}

/* ---- what must hold ---- */

static const char *check_page(const struct spec *s, u32 p)
{
	static const enum page_kind kinds[] = { KIND_RAM, KIND_IMAGE, KIND_SHARED, KIND_TABLE,
						KIND_VM,  KIND_TABLE, KIND_VCPU };
	const struct spec_page *g = &s->page[p];
	const struct page *w = &page[FIRST_PFN + p];
	bool ordinary = g->owner != 0 && !s->vm[g->owner].protected && g->use <= USE_SHARED;
	enum s2_level level;
	u64 e = s2_lookup(OWNER_DOM0, FIRST_PFN + p, &level);
	u32 i;

	if (w->owner != g->owner || w->kind != kinds[g->use]) {
		return "owner or kind differs from the specification";
	}
	if (w->shares != (ordinary ? 1 : g->holds)) {
		return "shares differ from the specification";
	}
	if (g->owner != 0 && g->use <= USE_SHARED && w->gfn != RAM_GFN + g->gfn) {
		return "gfn differs from the specification";
	}
	if ((e != 0) != spec_visible(s, p)) {
		return "dom0's stage 2 differs from the specification";
	}
	if (e != 0 && s2_pfn(e) + (level == S2_2M ? p + FIRST_PFN - RAM_PFN : 0) != FIRST_PFN + p) {
		return "dom0's stage 2 is not the identity";
	}
	if (g->use <= USE_SHARED && frame[FIRST_PFN + p][TAG_WORD] != g->tag) {
		return "a page's contents differ from the specification";
	}
	/* Nothing of a table or structure is left on a page that is dom0's again. */
	for (i = 0; g->owner == 0 && g->use == USE_RAM && i < TAG_WORD; i++) {
		if (frame[FIRST_PFN + p][i] != 0) {
			return "a page of dom0's is not zero";
		}
	}
	/* The secret, said once more without the specification. */
	if (e != 0 && w->shares == 0 && frame[FIRST_PFN + p][TAG_WORD] > TAG_DOM0) {
		return "dom0 sees what a guest has written";
	}
	return NULL;
}

static const char *check_vm(const struct spec *s, u32 vm)
{
	const struct spec_vm *m = &s->vm[vm];
	enum s2_level level;
	u32 g;

	if (vms[vm].state != m->state) {
		return "state of a VM differs from the specification";
	}
	if (m->state == HS_VM_UNUSED) {
		return vms[vm].nr_pages != 0 ? "an unused VM has pages" : NULL;
	}
	if (s2_spaces[vm].root == 0) {
		return "a VM without a root";
	}
	for (g = 0; g < NR_GFNS + 1u && page[s2_spaces[vm].root].owner == vm; g++) {
		u64 e = s2_lookup(vm, RAM_GFN + g, &level);
		u32 p = spec_page_at(s, vm, g);

		if (e != 0 ? p == NOBODY || s2_pfn(e) != FIRST_PFN + p : p != NOBODY) {
			return "a guest's stage 2 differs from the specification";
		}
		if (e != 0 && (page[s2_pfn(e)].owner != vm || page[s2_pfn(e)].gfn != RAM_GFN + g)) {
			return "vm_iso";
		}
	}
	if (m->cpu != NOBODY &&
	    (cpus[m->cpu].vcpu == NULL || cpus[m->cpu].vcpu->vm != vm || m->quiesced)) {
		return "a vCPU does not run where the specification says";
	}
	return NULL;
}

static const char *check(const struct spec *s)
{
	static u32 nr_checks;
	const char *why = NULL;
	struct check all;
	u64 dom0 = 0;
	u32 i;

	for (i = 0; i < NR_PAGES && why == NULL; i++) {
		why = check_page(s, i);
		dom0 += s->page[i].owner == 0 && s->page[i].use == USE_RAM ? 1u : 0u;
	}
	for (i = 1; i < NR_VMS && why == NULL; i++) {
		why = check_vm(s, i);
	}
	if (why == NULL && nr_checks++ % 16u == 0) { /* it looks at all of memory */
		check_all(&all);
		if (all.violations != 0) {
			printf("debug/check.c:%u: VM %u, page %x\n", (u32)all.first, (u32)all.vm,
			       (u32)all.pfn);
			why = "an invariant is broken";
		}
		normalise();
	}
	if (why == NULL && own_count(OWN_DOM0) != dom0 + 512u - NR_PAGES) {
		why = "the count of dom0's pages is wrong";
	}
	return why;
}

/* ---- exploring ---- */

static const char *const names[NR_OPS] = {
	"VM_CREATE", "VM_VERIFY", "VM_DESTROY",	 "VCPU_CREATE",	  "SET_ENTRY",	  "VCPU_RUN",
	"DONATE",    "TOPUP",	  "RECLAIM",	 "MAP_SHARED",	  "UNMAP_SHARED", "GET_REG",
	"guest IRQ", "guest OFF", "guest SHARE", "guest UNSHARE", "guest write",  "dom0 write"
};

static void print_step(struct step t)
{
	printf("  cpu %u %s(%u, %u, %u, %u)\n", t.cpu, names[t.op], t.a, t.b, t.c, t.d);
}

static void print_way(u64 n)
{
	if (n != 0) {
		print_way(parents[n]);
		print_step(steps[n]);
	}
}

static void failed(const char *why, u64 from, struct step a, const struct step *b)
{
	printf("explore: %s\nafter:\n", why);
	print_way(from);
	print_step(a);
	if (b != NULL) {
		printf("with, at one of its synchronisation points:\n");
		print_step(*b);
	}
	exit(1);
}

/* What is being tried, for the handler below. */
static struct {
	u64 from;
	struct step a, b;
	bool is_pair;
} tried;

/* The first write to a page, or memory that is not there: arch/host has no page 0. */
static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	if (now_written(info->si_addr)) {
		return;
	}
	failed("the core touched what is not memory", tried.from, tried.a,
	       tried.is_pair ? &tried.b : NULL);
}

/* Pages of each kind that there is: two of RAM, one of the others. */
static u32 choose_pages(const struct spec *s, u8 *out)
{
	u32 count[NR_VMS][USE_VCPU + 1u] = { { 0 } };
	u32 n = 0;
	u32 p;

	for (p = 0; p < NR_PAGES; p++) {
		const struct spec_page *g = &s->page[p];

		if (count[g->owner][g->use]++ < (g->use <= USE_SHARED ? 2u : 1u)) {
			out[n++] = (u8)p;
		}
	}
	out[n++] = NO_PAGE;
	return n;
}

#define MAX_STEPS 1024u

static u32 make_steps(const struct spec *s, struct step *out)
{
	u8 pages[NR_PAGES + 1u];
	u32 nr = choose_pages(s, pages);
	u32 n = 0;
	u32 cpu;
	u32 vm;
	u32 i;
	u32 g;
	bool host_done = false;
	u32 nr_here;

#define ADD(...) (out[n++] = (struct step){ __VA_ARGS__ })
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		const u8 k = (u8)cpu;

		if (cpus[cpu].vcpu != NULL) {
			ADD(.op = OP_GUEST_IRQ, .cpu = k);
			ADD(.op = OP_GUEST_OFF, .cpu = k);
			for (g = 0; g <= NR_GFNS; g++) {
				ADD(.op = OP_GUEST_SHARE, .cpu = k, .a = (u8)g);
				ADD(.op = OP_GUEST_UNSHARE, .cpu = k, .a = (u8)g);
				ADD(.op = OP_GUEST_WRITE, .cpu = k, .a = (u8)g);
			}
			continue;
		}
		for (vm = 0; vm <= NR_VMS; vm++) { /* VM 0 and one too many as well */
			ADD(.op = OP_RUN, .cpu = k, .a = (u8)vm);
		}
		if (host_done) {
			continue; /* it matters on which CPU only for guests */
		}
		host_done = true;
		for (vm = 0; vm <= NR_VMS; vm++) {
			const u8 a = (u8)vm;
			/* Of a VM that is not there one call of each kind is enough. */
			bool there = vm < NR_VMS && (vm == 0 || s->vm[vm].state != HS_VM_UNUSED);
			u32 gfns = there ? NR_GFNS : 0;

			nr_here = there ? nr : 1u;
			ADD(.op = OP_VERIFY, .cpu = k, .a = a);
			ADD(.op = OP_DESTROY, .cpu = k, .a = a);
			ADD(.op = OP_GET_REG, .cpu = k, .a = a);
			for (g = 0; g <= gfns; g++) {
				ADD(.op = OP_ENTRY, .cpu = k, .a = a, .b = (u8)g);
				ADD(.op = OP_MAP, .cpu = k, .a = a, .b = (u8)g);
			}
			for (i = 0; i < nr_here; i++) {
				ADD(.op = OP_VCPU, .cpu = k, .a = a, .b = 0, .c = pages[i]);
				ADD(.op = OP_TOPUP, .cpu = k, .a = a, .b = pages[i]);
				ADD(.op = OP_RECLAIM, .cpu = k, .a = a, .b = pages[i]);
				ADD(.op = OP_UNMAP, .cpu = k, .a = a, .b = pages[i]);
				for (g = 0; g <= gfns; g++) {
					ADD(.op = OP_DONATE, .cpu = k, .a = a, .b = pages[i],
					    .c = (u8)g, .d = 0);
					ADD(.op = OP_DONATE, .cpu = k, .a = a, .b = pages[i],
					    .c = (u8)g, .d = 1);
				}
			}
			ADD(.op = OP_VCPU, .cpu = k, .a = a, .b = 1, .c = pages[0]);
		}
		for (i = 0; i < nr; i++) {
			ADD(.op = OP_CREATE, .cpu = k, .a = 0, .b = pages[i], .c = pages[0]);
			ADD(.op = OP_CREATE, .cpu = k, .a = 1, .b = pages[0], .c = pages[i]);
			if (pages[i] != NO_PAGE) {
				ADD(.op = OP_DOM0_WRITE, .cpu = k, .a = pages[i]);
			}
		}
	}
#undef ADD
	return n;
}

static int expect(struct spec *s, struct step t, u32 core_out, u32 *out)
{
	*out = t.op == OP_CREATE ? core_out : 0;
	return spec_step(s, t, out);
}

static u64 nr_seeds; /* states on the way of a VM as dom0 makes one: the first ones */
static u64 nr_transitions, nr_pairs, nr_blocked, answers[64];

/* Whether the call did something. */
static bool try_step(const struct state *st, u64 number, struct step t)
{
	struct spec s = st->spec;
	u32 got_out = 0;
	u32 want_out;
	int got, want;
	const char *why;

	tried.from = number;
	tried.a = t;
	tried.is_pair = false;
	got = core_step(t, &got_out);
	want = expect(&s, t, got_out, &want_out);
	nr_transitions++;
	answers[(u32)-got & 63u]++;
	if (got != want) {
		printf("answer %d, specified %d\n", got, want);
		failed("the answer differs from the specification", number, t, NULL);
	}
	if (got == HS_OK && got_out != want_out) {
		failed("the result differs from the specification", number, t, NULL);
	}
	normalise();
	why = check(&s);
	if (why != NULL) {
		failed(why, number, t, NULL);
	}
	capture();
	enqueue(&s, number, t, st->depth + 1u);
	return got == HS_OK;
}

/*
 * On two CPUs a call may also say that something is in use, or in transit, and
 * change nothing; VM_DESTROY then has powered the VM off.
 */
static bool weak(struct spec *s, struct step t, int got)
{
	if (got == HS_EBUSY && t.op == OP_DESTROY && t.a > 0 && t.a < NR_VMS &&
	    s->vm[t.a].state != HS_VM_UNUSED) {
		s->vm[t.a].state = HS_VM_POWEROFF;
		return true;
	}
	/* Cut off by VM_DESTROY while it was zeroing: dom0 gets the page back empty. */
	if (got == HS_ESTATE && t.op == OP_DONATE && t.b < NR_PAGES && t.d == 0 &&
	    s->vm[t.a].state == HS_VM_POWEROFF && s->page[t.b].owner == 0 &&
	    s->page[t.b].use == USE_RAM) {
		s->page[t.b].tag = TAG_ZERO;
		return true;
	}
	/* A page that a failing call has for a moment; dom0's write then faults. */
	return got == HS_EBUSY || got == HS_EPERM || t.op == OP_DOM0_WRITE;
}

static bool order_fits(const struct spec *from, struct step a, int ra, u32 oa, struct step b,
		       int rb, u32 ob)
{
	u32 mode;

	for (mode = 0; mode < 4u; mode++) { /* either may have been weak */
		struct spec s = *from;
		u32 wa, wb;
		bool fits;

		fits = (mode & 1u) != 0 ? weak(&s, a, ra)
					: expect(&s, a, oa, &wa) == ra && (ra != HS_OK || wa == oa);
		fits = fits && ((mode & 2u) != 0 ? weak(&s, b, rb)
						 : expect(&s, b, ob, &wb) == rb &&
							   (rb != HS_OK || wb == ob));
		if (fits && check(&s) == NULL) {
			return true;
		}
	}
	return false;
}

/* False: the first call ended before its point at. */
static bool try_pair(const struct state *st, u64 number, struct step a, struct step b, u32 at)
{
	u32 out_a = 0;
	int got_a;

	/* A hypercall may come from any CPU that is in dom0. */
	if (a.op < OP_GUEST_IRQ && a.cpu == b.cpu) {
		a.cpu ^= 1u;
	}
	if (a.cpu == b.cpu || (a.op < OP_GUEST_IRQ && cpus[a.cpu].vcpu != NULL)) {
		return false;
	}
	tried.from = number;
	tried.a = a;
	tried.b = b;
	tried.is_pair = true;
	second = b;
	second_done = false;
	second_out = 0;
	sync_left = at;
	if (setjmp(blocked) != 0) {
		nested = false;
		sync_left = 0;
		nr_blocked++;
		restore(st, true);
		return true;
	}
	got_a = core_step(a, &out_a);
	sync_left = 0;
	if (second_done) {
		nr_pairs++;
		normalise();
		if (!order_fits(&st->spec, a, got_a, out_a, b, second_result, second_out) &&
		    !order_fits(&st->spec, b, second_result, second_out, a, got_a, out_a)) {
			printf("answers %d and %d\n", got_a, second_result);
			failed("two CPUs: neither order explains the outcome", number, a, &b);
		}
	}
	restore(st, true);
	return second_done;
}

static u64 random_state = 88172645463325252ull;

static u32 random_below(u32 n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (u32)((random_state >> 11) % n);
}

/* A call that does something comes at each point of each other call. */
static void interrupt_all(const struct state *st, u64 number, const struct step *list, u32 n,
			  struct step b)
{
	u32 i, at;

	for (i = 0; i < n; i++) {
		for (at = 1; at < 64u && try_pair(st, number, list[i], b, at); at++) {
		}
	}
}

static void expand(u64 number, u32 pairs)
{
	struct state *st = queue[number];
	struct step list[MAX_STEPS];
	bool works[MAX_STEPS];
	u32 n;
	u32 i;

	restore(st, false);
	n = make_steps(&st->spec, list);
	for (i = 0; i < n; i++) {
		works[i] = try_step(st, number, list[i]);
		restore(st, false);
	}
	for (i = 0; i < n && number < nr_seeds; i++) {
		if (works[i]) {
			interrupt_all(st, number, list, n, list[i]);
		}
	}
	for (i = 0; i < pairs; i++) {
		struct step a = list[random_below(n)];
		struct step b = list[random_below(n)];

		(void)try_pair(st, number, a, b, 1u + random_below(14));
	}
	free(st);
	queue[number] = NULL;
}

/* States from which there is much to see: a VM is made as dom0 makes one. */
static void seed(const struct step *way, u32 n)
{
	u64 at = 0;
	u32 i;

	for (i = 0; i < n; i++) {
		struct state *st = queue[at];
		struct spec s = st->spec;
		u32 got_out = 0;
		u32 want_out;
		int got;
		u64 before = tail;

		restore(st, false);
		got = core_step(way[i], &got_out);
		if (got != expect(&s, way[i], got_out, &want_out)) {
			failed("the answer differs from the specification", at, way[i], NULL);
		}
		normalise();
		capture();
		enqueue(&s, at, way[i], st->depth + 1u);
		if (tail == before) {
			return; /* another seed was there */
		}
		at = before;
	}
}

static void make_seeds(u8 protected)
{
	const struct step way[] = {
		{ .op = OP_DOM0_WRITE, .a = 4 },
		{ .op = OP_CREATE, .a = protected, .b = 0, .c = 1 },
		{ .op = OP_VCPU, .a = 1, .c = 2 },
		{ .op = OP_TOPUP, .a = 1, .b = 3 },
		{ .op = OP_TOPUP, .a = 1, .b = 5 },
		{ .op = OP_DONATE, .a = 1, .b = 4, .c = 0, .d = 1 },
		{ .op = OP_DONATE, .a = 1, .b = 4, .c = 0, .d = 1 }, /* hashes, or EEXIST */
		{ .op = OP_ENTRY, .a = 1, .b = 0 },
		{ .op = OP_VERIFY, .a = 1 },
		{ .op = OP_DONATE, .a = 1, .b = 6, .c = 1, .d = 0 },
		{ .op = OP_RUN, .cpu = 1, .a = 1 },
		{ .op = OP_GUEST_WRITE, .cpu = 1, .a = 1 },
		{ .op = OP_GUEST_SHARE, .cpu = 1, .a = 0 },
		{ .op = OP_MAP, .a = 1, .b = 0 },
		{ .op = OP_RUN, .cpu = 1, .a = 1 },
		{ .op = OP_DESTROY, .a = 1 },
		{ .op = OP_GUEST_IRQ, .cpu = 1 },
		{ .op = OP_DESTROY, .a = 1 },
		{ .op = OP_UNMAP, .a = 1, .b = 4 },
		{ .op = OP_RECLAIM, .a = 1, .b = 4 },
		{ .op = OP_RECLAIM, .a = 1, .b = 6 },
		{ .op = OP_RECLAIM, .a = 1, .b = 5 },
		{ .op = OP_RECLAIM, .a = 1, .b = 3 },
		{ .op = OP_RECLAIM, .a = 1, .b = 2 },
		{ .op = OP_RECLAIM, .a = 1, .b = 0 },
	};
	u32 n = (u32)(sizeof(way) / sizeof(way[0]));
	u32 i;

	if (protected == 0) { /* the second DONATE of the image is not needed */
		struct step plain[32];

		for (i = 0; i < n - 1u; i++) {
			plain[i] = way[i < 6u ? i : i + 1u];
		}
		seed(plain, n - 1u);
	} else {
		seed(way, n);
	}
}

int main(int argc, char **argv)
{
	struct sigaction fault = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	struct spec s;
	u32 pairs = argc > 2 ? (u32)atoi(argv[2]) : 40u;
	struct timespec t0, t1;
	u32 p = 0;
	u32 i;

	max_states = argc > 1 ? strtoull(argv[1], NULL, 10) : 30000u;
	seen = calloc(SEEN_SIZE, sizeof(*seen));
	queue = calloc(max_states, sizeof(*queue));
	parents = calloc(max_states, sizeof(*parents));
	steps = calloc(max_states, sizeof(*steps));
	clock_gettime(CLOCK_MONOTONIC, &t0);
	(void)sigaction(SIGSEGV, &fault, NULL);
	init_machine();
	spec_init(&s);
	/* The base image: dom0's block is split, which is what most states have. */
	if (host_hide(FIRST_PFN, HS_ORDER_PAGE) != HS_OK) {
		return 2;
	}
	normalise();
	(void)dl_iterate_phdr(find_core, NULL);
	take_base();
	watch_writes();
	host_return(FIRST_PFN, HS_ORDER_PAGE);
	memset(cpus[0].host.x, 0, sizeof(cpus[0].host.x));
	normalise();
	capture();
	enqueue(&s, 0, (struct step){ 0 }, 0);
	make_seeds(1);
	make_seeds(0);
	nr_seeds = argc > 3 ? strtoull(argv[3], NULL, 10) : tail;
	while (head < tail) {
		u32 depth = queue[head]->depth;

		expand(head, pairs);
		head++;
		p = depth > p ? depth : p;
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	printf("explore: %" PRIu64 " states, %" PRIu64 " transitions, %" PRIu64
	       " pairs on two CPUs (%" PRIu64
	       " waited for a lock), depth %u, %.0f s; no mismatch\n",
	       tail, nr_transitions, nr_pairs, nr_blocked, p,
	       (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9);
	printf("answers:");
	for (i = 0; i < 64u; i++) {
		if (answers[i] != 0) {
			printf(" %d: %" PRIu64, -(int)i, answers[i]);
		}
	}
	printf("\n");
	return 0;
}
