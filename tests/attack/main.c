// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * A hostile dom0: makes VMs by hypercalls of its own and tries to get at them.
 * Write the name of a row of the catalogue to /proc/attack, then read one line
 * of JSON from it. Needs hypctl.ko, for the hypervisor's interrupts.
 */
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <asm/sysreg.h>

#include "attack.h"

static char answer[512];

void report(const char *row, bool pass, const char *more, ...)
{
	va_list ap;
	int n = snprintf(answer, sizeof(answer), "{\"row\":\"%s\",\"pass\":%s,", row,
			 pass ? "true" : "false");

	va_start(ap, more);
	n += vsnprintf(answer + n, sizeof(answer) - n, more, ap);
	va_end(ap);
	strlcat(answer, "}", sizeof(answer));
}

void answer_text(const char *text, ...)
{
	va_list ap;

	va_start(ap, text);
	vsnprintf(answer, sizeof(answer), text, ap);
	va_end(ap);
}

u64 longest, longest_fn;

void timed_hvc(struct arm_smccc_1_2_regs *r)
{
	u32 fn = r->a0;
	unsigned long irq;
	u64 start, ticks;

	local_irq_save(irq);
	start = read_sysreg(cntvct_el0);
	arm_smccc_1_2_hvc(r, r);
	ticks = read_sysreg(cntvct_el0) - start;
	local_irq_restore(irq);
	if (fn != HS_VCPU_RUN && ticks > longest) {
		longest = ticks;
		longest_fn = fn;
	}
}

s64 call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct arm_smccc_1_2_regs *out)
{
	struct arm_smccc_1_2_regs r = {
		.a0 = fn, .a1 = a1, .a2 = a2, .a3 = a3, .a4 = a4, .a5 = a5
	};

	timed_hvc(&r);
	if (out) {
		*out = r;
	}
	return (s64)r.a0;
}

/* A call that is done in pieces. */
s64 call_all(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct arm_smccc_1_2_regs *out)
{
	s64 err;

	do {
		err = call(fn, a1, a2, a3, a4, a5, out);
	} while (err == HS_EAGAIN);
	return err;
}

u64 check_violations(void)
{
	struct arm_smccc_1_2_regs r;

	if (call(DEBUG_CHECK, 0, 0, 0, 0, 0, &r) != HS_OK) {
		return ~0ull;
	}
	if (r.a1) {
		pr_err("attack: debug/check.c:%lu: page %lx, VM %lu\n", r.a2, r.a3, r.a4);
	}
	return r.a1;
}

u64 add_page(struct target *t)
{
	t->page[t->nr] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	return page_to_pfn(t->page[t->nr++]);
}

/* fn: a thread of CPU 1 that is at the image from before its donation on. */
static s64 make_with(struct target *t, u64 flags, const void *image, size_t size, int (*fn)(void *),
		     struct task_struct **k)
{
	struct arm_smccc_1_2_regs r;
	u64 first, second, data;
	s64 err;
	u32 i;

	memset(t, 0, sizeof(*t));
	first = add_page(t);
	second = add_page(t);
	memcpy(page_address(t->page[0]), image, size);
	if (fn) {
		*k = on_cpu(1, fn, page_address(t->page[0]));
		while (!memcmp(page_address(t->page[0]), image, size)) {
			cond_resched(); /* until it has begun */
		}
	}
	data = add_page(t);
	err = call_all(HS_VM_CREATE, flags, 64 << 20, 3, data, add_page(t), &r);
	if (err != HS_OK) {
		return err;
	}
	t->vm = r.a1;
	for (i = 0; i < 2 && err == HS_OK; i++) {
		err = call_all(HS_VCPU_CREATE, t->vm, i, add_page(t), 0, 0, NULL);
	}
	for (i = 0; i < 4 && err == HS_OK; i++) {
		err = call_all(HS_MEM_TOPUP, t->vm, add_page(t), 0, 0, 0, NULL);
	}
	if (err == HS_OK) {
		err = call_all(HS_MEM_DONATE, t->vm, first, RAM_GFN, 0, HS_DONATE_IMAGE, NULL);
	}
	if (err == HS_OK) {
		err = call_all(HS_MEM_DONATE, t->vm, second, RAM_GFN + 1, 0, 0, NULL);
	}
	return err ? err : call(HS_VCPU_SET_ENTRY, t->vm, 0, HS_GUEST_RAM_BASE, 0, 0, NULL);
}

s64 make(struct target *t, u64 flags, const void *image, size_t size)
{
	return make_with(t, flags, image, size, NULL, NULL);
}

s64 make_watched(struct target *t, const void *image, size_t size, int (*fn)(void *),
		 struct task_struct **k)
{
	return make_with(t, HS_VM_PROTECTED, image, size, fn, k);
}

s64 verify(struct target *t)
{
	return call_all(HS_VM_VERIFY, t->vm, 0, 0, 0, 0, NULL);
}

void stop(struct target *t)
{
	unsigned long until = jiffies + TIMEOUT;

	while (call(HS_VM_DESTROY, t->vm, 0, 0, 0, 0, NULL) == HS_EBUSY &&
	       time_before(jiffies, until)) {
		cpu_relax();
	}
}

u64 release(struct target *t)
{
	u64 bad = 0;
	u32 i;

	stop(t);
	for (i = 0; i <= t->nr; i++) { /* the root last */
		u64 pfn = page_to_pfn(t->page[i < t->nr ? i : AT_ROOT]);

		if (i != AT_ROOT) {
			while (call(HS_MEM_RECLAIM, t->vm, pfn, 0, 0, 0, NULL) == HS_EAGAIN) {
			}
		}
	}
	for (i = 0; i < t->nr; i++) {
		bad += !readable(t->page[i]) || memchr_inv(page_address(t->page[i]), 0, PAGE_SIZE);
	}
	return bad;
}

void free_pages_of(struct target *t)
{
	u32 i;

	for (i = 0; i < t->nr; i++) {
		if (readable(t->page[i])) {
			__free_page(t->page[i]);
		}
	}
}

u64 unmake(struct target *t)
{
	u64 bad = release(t);

	free_pages_of(t);
	return bad;
}

s64 run(struct target *t, u64 vcpu, u64 flags, u64 value, struct arm_smccc_1_2_regs *r)
{
	unsigned long irq;
	s64 err;

	local_irq_save(irq);
	err = call(HS_VCPU_RUN, t->vm, vcpu, flags, value, 0, r);
	local_irq_restore(irq);
	cond_resched();
	return err;
}

int put_nofault(void *to, u64 v)
{
	__put_kernel_nofault(to, &v, u64, failed);
	return 0;
failed:
	return -EFAULT;
}

u64 info(u64 what)
{
	struct arm_smccc_1_2_regs r;

	return call(HS_INFO, what, 0, 0, 0, 0, &r) == HS_OK ? r.a1 : ~0ull;
}

bool readable(struct page *p)
{
	u64 v;

	return !copy_from_kernel_nofault(&v, page_address(p), 8);
}

struct task_struct *on_cpu(int cpu, int (*fn)(void *), void *arg)
{
	struct task_struct *k = kthread_create(fn, arg, "attack%d", cpu);

	kthread_bind(k, cpu);
	wake_up_process(k);
	return k;
}

static const struct {
	const char *name;
	void (*fn)(const char *arg);
} rows[] = {
	{ "D1", row_d1 },	    { "D3", row_d3 },	{ "D4", row_d4 },   { "D5", row_d5 },
	{ "D6", row_d6 },	    { "D7", row_d7 },	{ "D8", row_d8 },   { "D9", row_d9 },
	{ "D10", row_d10 },	    { "D13", row_d13 }, { "D15", row_d15 }, { "D16", row_d16 },
	{ "numbers", row_numbers }, { "F6", row_f6 },	{ "G11", row_g11 }, { "G12", row_g12 },
	{ "search", row_search },
};

static ssize_t attack_write(struct file *f, const char __user *data, size_t size, loff_t *pos)
{
	char cmd[64] = "";
	char *arg = cmd;
	char *name;
	u32 i;

	if (size >= sizeof(cmd) || copy_from_user(cmd, data, size)) {
		return -EINVAL;
	}
	name = strsep(&arg, " \n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!strcmp(name, rows[i].name)) {
			rows[i].fn(arg ? strim(arg) : "");
			memset(cmd, 0, sizeof(cmd));
			return size;
		}
	}
	return -EINVAL;
}

static int attack_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", answer);
	return 0;
}

static int attack_open(struct inode *inode, struct file *f)
{
	return single_open(f, attack_show, NULL);
}

static const struct proc_ops attack_ops = {
	.proc_open = attack_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
	.proc_write = attack_write,
};

static int __init attack_init(void)
{
	return proc_create("attack", 0600, NULL, &attack_ops) ? 0 : -ENOMEM;
}

static void __exit attack_exit(void)
{
	remove_proc_entry("attack", NULL);
}

module_init(attack_init);
module_exit(attack_exit);
MODULE_DESCRIPTION("A hostile dom0, for the tests of Homestead");
MODULE_LICENSE("Dual BSD/GPL");
