/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine of the host build: what arch/aarch64 and gic/gic.c do there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "arch/cache.h"
#include "arch/cpu.h"
#include "arch/crypto.h"
#include "arch/lr.h"
#include "arch/tlb.h"
#include "cpu/cpu.h"
#include "gic/gic.h"
#include "host.h"
#include "mm/page.h"
#include "mm/s1.h"
#include "vm/vcpu.h"

#define MAX_REGS 256

struct page page[MAX_PFN];
u64 frame[MAX_PFN][512] __attribute__((aligned(4096)));
extern struct vcpu vcpu_frame[MAX_PFN] __attribute__((alias("frame")));
extern struct vm_data vm_data_frame[MAX_PFN] __attribute__((alias("frame")));
extern const char secondary_entry[1];
const char secondary_entry[1];
void (*host_on_reset)(void);
u64 host_counter, host_lr[16];
u32 host_nr_waits, host_flushes, host_pending = INTID_SPURIOUS, host_kicks;

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

/* PFN 0 stands for "none": the machine has nothing there, and an access is the end of it. */
__attribute__((constructor)) static void no_page_0(void)
{
#ifdef HAS_ASAN
	void __asan_poison_memory_region(void const volatile *addr, size_t size);

	__asan_poison_memory_region(frame[0], sizeof(frame[0])); /* LSan reads all that is mapped */
#else
	if (mprotect(frame[0], sizeof(frame[0]), PROT_NONE) != 0) {
		abort();
	}
#endif
}

static struct {
	const char *name;
	u64 value;
} regs[MAX_REGS];

u64 *host_sysreg(const char *name)
{
	size_t i;

	for (i = 0; i < MAX_REGS && regs[i].name != NULL; i++) {
		if (strcmp(regs[i].name, name) == 0) {
			return &regs[i].value;
		}
	}
	if (i == MAX_REGS) {
		abort();
	}
	regs[i].name = name;
	return &regs[i].value;
}

/* Of the linker's making: the ends of the section. */
extern struct host_sysreg_use __start_host_sysreg_uses[], __stop_host_sysreg_uses[];

__attribute__((constructor)) static void find_sysregs(void)
{
	struct host_sysreg_use *u;

	for (u = __start_host_sysreg_uses; u < __stop_host_sysreg_uses; u++) {
		u->value = host_sysreg(u->name);
	}
}

void cache_zero(void *p, u64 n)
{
	arch_sync_point();
	memset(p, 0, n);
	arch_sync_point();
}

void cache_clean(const void *p, u64 n)
{
	arch_sync_point();
	(void)p, (void)n;
}

void cache_sync_code(void)
{
}

void arch_sha256(u32 h[8], const u8 *data, u64 n)
{
#ifdef HOST_EXPLORER /* what is hashed does not matter there, but when */
	(void)h, (void)data, (void)n;
	arch_sync_point();
#else
	(void)h, (void)data, (void)n;
	abort(); /* features.sha256 is false */
#endif
}

/* Two contexts of ucontext(3) instead of two stack pointers. */
static ucontext_t fiber_context, caller_context;

u64 arch_fiber_start(u8 *top, void (*fn)(void))
{
	static u8 host_stack[1 << 18];

	(void)top; /* too small for a build with sanitizers */
	getcontext(&fiber_context);
	fiber_context.uc_stack.ss_sp = host_stack;
	fiber_context.uc_stack.ss_size = sizeof(host_stack);
	makecontext(&fiber_context, fn, 0);
	return (u64)(uintptr_t)&fiber_context;
}

void arch_fiber_switch(u64 *from, const u64 *to)
{
	ucontext_t *next = (ucontext_t *)(uintptr_t)*to;
	ucontext_t *self = next == &fiber_context ? &caller_context : &fiber_context;

	*from = (u64)(uintptr_t)self;
	swapcontext(self, next);
}

void fp_save(struct fp_regs *fp)
{
	(void)fp;
}

void fp_restore(const struct fp_regs *fp)
{
	(void)fp;
}

struct smc_result arch_smc(u64 fn, u64 a1, u64 a2, u64 a3)
{
	(void)fn, (void)a1, (void)a2, (void)a3;
	return (struct smc_result){ { 0 } };
}

void arch_reset(void)
{
	if (host_on_reset != NULL) {
		host_on_reset();
	}
	fprintf(stderr, "the core panicked\n");
	abort();
}

u64 s1_image_pa(const void *va)
{
	return (u64)(uintptr_t)va;
}

void gic_enable_own(struct cpu *c)
{
	c->irqs_enabled = 1;
}

u32 gic_pending(void)
{
	return host_pending;
}

void gic_kick(u32 cpu)
{
	(void)cpu;
	host_kicks++;
}

void gic_ack_kick(struct cpu *c)
{
	(void)c;
}

void gic_set_timer_active(struct cpu *c, bool active)
{
	c->timer_active = active ? 1u : 0u;
}

bool gic_is_host_rd(u64 pa)
{
	(void)pa;
	return false;
}

u64 gic_host_rd_read(u64 pa, u32 size)
{
	(void)pa, (void)size;
	return 0;
}

void gic_host_rd_write(u64 pa, u32 size, u64 value)
{
	(void)pa, (void)size, (void)value;
}
