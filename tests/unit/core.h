/* SPDX-License-Identifier: BSD-2-Clause */
/* A small machine for tests of the core: one bank of RAM, dom0, two CPUs. */
#ifndef TEST_CORE_H
#define TEST_CORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cpu/config.h"
#include "cpu/cpu.h"
#include "cpu/features.h"
#include "host.h"
#include "mm/own.h"
#include "mm/page.h"
#include "mm/pt.h"
#include "public/homestead.h"
#include "traps/traps.h"
#include "vm/vcpu.h"
#include "vm/memory.h"
#include "vm/vm.h"

#define RAM_START 1024u /* pfn; a multiple of 512 */
#define RAM_END MAX_PFN
#define GUEST_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)

/* Everything as after boot: all RAM dom0's, mapped in blocks. */
void core_reset(void);

/* A hypercall as dom0 makes it, on CPU 0; x0 of the answer. */
s64 call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
/* x1.. of the last answer. */
u64 result(u32 n);

/* A page of dom0 that no test has used yet; a block of 512 of them. */
u64 fresh_page(void);
u64 fresh_block(void);

/* MEM_DONATE and MEM_RECLAIM until they are finished. */
s64 donate(u32 vm, u64 pfn, u64 gfn, u32 order, u64 flags);
s64 reclaim(u32 vm, u64 pfn, u32 order);

/* A verified VM with n vCPUs, 64 MiB, and one image page at the start of RAM. */
u32 make_vm(u32 n);
u32 make_vm_with(u32 n, u64 flags);
/* Everything of it back to dom0. */
void drop_vm(u32 vm);

/* VCPU_RUN; x0. The vCPU stays in c->vcpu until leave(). */
s64 enter(u32 vm, u32 vcpu, u64 flags, u64 value);
/* An exception of the guest, through the raw handler. */
void guest_sync(u64 esr, u64 far, u64 hpfar);
void guest_irq(u32 intid);

/* Every page of dom0's is visible to it, every hidden one is not; counters. */
void check_invariants(void);

#endif
