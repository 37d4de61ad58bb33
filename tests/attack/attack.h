/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What the rows of the hostile dom0 share: VMs made by hypercalls of its own. */
#ifndef ATTACK_H
#define ATTACK_H

#include <linux/arm-smccc.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "public/homestead.h"

#define DEBUG_CHECK (HS_FN_BASE + 0x4f)
#define RAM_GFN (HS_GUEST_RAM_BASE >> PAGE_SHIFT)
#define VM_PAGES 16u /* at most, of a VM made here */
#define TIMEOUT (10 * HZ)

/* Where make() puts what. */
enum { AT_IMAGE, AT_RAM, AT_DATA, AT_ROOT, AT_VCPU, AT_VCPU1, AT_TABLE };

struct target {
	u64 vm;
	struct page *page[VM_PAGES];
	u32 nr;
};

/* Guests, in guests.S. */
extern const char code_spin[], code_share[], code_loop[], code_witness[], code_report[], code_off[];
extern const char code_end[];
#define GUEST(name) (name), (size_t)(code_end - (name))

/* The row's line of JSON: more is `"name":number` with commas. */
__printf(3, 4) void report(const char *row, bool pass, const char *more, ...);
/* Not a row of the catalogue: any text. */
__printf(1, 2) void answer_text(const char *text, ...);

/* HVC with interrupts off; the longest so far, in ticks of the counter (not VCPU_RUN). */
void timed_hvc(struct arm_smccc_1_2_regs *r);
extern u64 longest, longest_fn;

s64 call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct arm_smccc_1_2_regs *out);
/* The same, until it is not AGAIN. */
s64 call_all(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct arm_smccc_1_2_regs *out);
/* What the debug image finds wrong inside EL2. */
u64 check_violations(void);
u64 info(u64 what);

/* A fresh page, to be given to t. */
u64 add_page(struct target *t);
/* A VM of 64 MiB and 3 vCPUs, 2 of them made, with one image page and one more; READY. */
s64 make(struct target *t, u64 flags, const void *image, size_t size);
/* The same, protected, while a thread of CPU 1 is at the image. */
s64 make_watched(struct target *t, const void *image, size_t size, int (*fn)(void *),
		 struct task_struct **k);
s64 verify(struct target *t);
void stop(struct target *t);
/* All pages back, and empty; returns how many are not. */
u64 unmake(struct target *t);
/* The two halves of that. */
u64 release(struct target *t);
void free_pages_of(struct target *t);
/* VCPU_RUN with interrupts off. */
s64 run(struct target *t, u64 vcpu, u64 flags, u64 value, struct arm_smccc_1_2_regs *r);
/* Whether dom0 can read the page. */
bool readable(struct page *p);
int put_nofault(void *to, u64 v);
/* A thread bound to a CPU; end_thread() waits for it. */
struct task_struct *on_cpu(int cpu, int (*fn)(void *), void *arg);

/* The rows; arg: what follows the name. */
void row_d1(const char *arg);
void row_d3(const char *arg);
void row_d4(const char *arg);
void row_numbers(const char *arg);
void row_d5(const char *arg);
void row_d6(const char *arg);
void row_d7(const char *arg);
void row_d8(const char *arg);
void row_d9(const char *arg);
void row_d10(const char *arg);
void row_d13(const char *arg);
void row_d15(const char *arg);
void row_d16(const char *arg);
void row_f6(const char *arg);
void row_g11(const char *arg);
void row_g12(const char *arg);
void row_search(const char *arg);

#endif
