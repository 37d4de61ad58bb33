// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows about registers and the words of an exit: D3, D10. */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/kernel_read_file.h>
#include <linux/vmalloc.h>
#include <asm/sysreg.h>

#include "attack.h"

/* ---- D3: canaries of a guest, in all that dom0 can see after each exit ---- */

#define CANARY_HIGH 0xc4f3a9d1u

static bool is_canary(u64 v)
{
	/* Put together here, so that this file's own text has none. */
	static u32 half = CANARY_HIGH ^ 0xffffffffu;

	return (u32)(v >> 32) == (u32)~half;
}

static u64 scan(const u64 *p, size_t n)
{
	u64 found = 0;

	while (n-- > 0) {
		found += is_canary(*p++);
	}
	return found;
}

static u64 fp_regs[64];

/* What is in registers right behind the exit; interrupts are off. */
static noinline u64 scan_registers(void)
{
	u64 v[8];

	asm volatile(".arch_extension fp\n"
		     "stp q0, q1, [%0]\n stp q2, q3, [%0, #32]\n stp q4, q5, [%0, #64]\n"
		     "stp q6, q7, [%0, #96]\n stp q8, q9, [%0, #128]\n stp q10, q11, [%0, #160]\n"
		     "stp q12, q13, [%0, #192]\n stp q14, q15, [%0, #224]\n"
		     "stp q16, q17, [%0, #256]\n stp q18, q19, [%0, #288]\n"
		     "stp q20, q21, [%0, #320]\n stp q22, q23, [%0, #352]\n"
		     "stp q24, q25, [%0, #384]\n stp q26, q27, [%0, #416]\n"
		     "stp q28, q29, [%0, #448]\n stp q30, q31, [%0, #480]\n"
		     :
		     : "r"(fp_regs)
		     : "memory");
	v[0] = read_sysreg(tpidr_el0);
	v[1] = read_sysreg(tpidrro_el0);
	v[2] = read_sysreg(far_el1);
	v[3] = read_sysreg(par_el1);
	v[4] = read_sysreg(cntv_cval_el0);
	v[5] = read_sysreg(dbgbvr0_el1);
	v[6] = read_sysreg(elr_el1);
	v[7] = read_sysreg(afsr0_el1);
	return scan(fp_regs, 64) + scan(v, 8);
}

static u64 scan_memory(void)
{
	u64 *buf = (u64 *)__get_free_page(GFP_KERNEL);
	u64 found = 0;
	u64 pfn;

	for (pfn = 0x40000; pfn < 0x40000 + (totalram_pages() | 0x3ffff); pfn++) {
		if (!pfn_valid(pfn) || !page_is_ram(pfn)) {
			continue;
		}
		if (copy_from_kernel_nofault(buf, pfn_to_kaddr(pfn), PAGE_SIZE) == 0) {
			found += scan(buf, PAGE_SIZE / 8);
			memset(buf, 0, PAGE_SIZE);
		}
		if (pfn % 1024 == 0) {
			cond_resched();
		}
	}
	free_page((unsigned long)buf);
	return found;
}

void row_d3(const char *arg)
{
	u64 kinds[HS_EXIT_COUNT] = { 0 };
	u64 in_registers = 0, in_memory = 0, exits = 0, scans = 0;
	void *image = NULL;
	struct target t;
	ssize_t size = kernel_read_file_from_path("/share/canary.bin", 0, &image, PAGE_SIZE, NULL,
						  READING_UNKNOWN);
	struct arm_smccc_1_2_regs r = { 0 };
	s64 err;
	u32 n;

	if (size <= 0 || size > PAGE_SIZE) {
		report("D3", false, "\"why\":\"no image\"");
		return;
	}
	err = make(&t, HS_VM_PROTECTED, image, size);
	err = err ? err : verify(&t);
	for (n = 0; !err && n < 400; n++) {
		unsigned long irq;
		u64 bad;

		local_irq_save(irq);
		err = call(HS_VCPU_RUN, t.vm, 0, 0, 0, 0, &r);
		bad = scan_registers();
		local_irq_restore(irq);
		in_registers += bad + scan((u64 *)&r, sizeof(r) / 8);
		if (err || r.a1 >= HS_EXIT_COUNT) {
			break;
		}
		exits++;
		if (!kinds[r.a1]++) {
			in_memory += scan_memory();
			scans++;
		}
		if (r.a1 == HS_EXIT_RAM && t.nr < VM_PAGES) {
			u64 pfn = add_page(&t);

			err = call_all(HS_MEM_DONATE, t.vm, pfn, r.a2, 0, 0, NULL);
		}
		if (r.a1 == HS_EXIT_OFF) {
			break;
		}
	}
	vfree(image);
	for (n = 0; n < t.nr - 10u; n++) { /* what came later goes back first */
		while (call(HS_VM_DESTROY, t.vm, 0, 0, 0, 0, NULL) == HS_EBUSY) {
		}
		(void)call(HS_MEM_RECLAIM, t.vm, page_to_pfn(t.page[10 + n]), 0, 0, 0, NULL);
	}
	in_memory += unmake(&t);
	in_memory += scan_memory();
	n = 0;
	for (exits = 0, scans = 0; scans < HS_EXIT_COUNT; scans++) {
		exits += kinds[scans];
		n += kinds[scans] != 0;
	}
	report("D3", !err && n >= 7 && !in_registers && !in_memory,
	       "\"exits\":%llu,\"kinds\":%u,\"in_registers\":%llu,\"in_memory\":%llu,\"error\":%"
	       "lld",
	       exits, n, in_registers, in_memory, err);
}

/* ---- D10: what dom0 says in its answers ---- */

void row_d10(const char *arg)
{
	u64 n, rounds = 0, refused = 0, wrong = 0, left;
	struct arm_smccc_1_2_regs r = { 0 };
	struct rnd_state s;
	struct target t;
	bool open = false; /* an access waits for its answer */
	s64 err = make(&t, HS_VM_PROTECTED, GUEST(code_witness));

	err = err ? err : verify(&t);
	prandom_seed_state(&s, 10);
	for (n = 0; n < 60000 && !err && !wrong; n++) {
		u64 value = (u64)prandom_u32_state(&s) << 32 | prandom_u32_state(&s);
		u64 flags = prandom_u32_state(&s) % 4 ? 0 : 1ull << (value & 63);
		s64 got;

		switch (prandom_u32_state(&s) % 16) {
		case 0: /* its registers, and where it starts */
			wrong += call(HS_VCPU_GET_REG, t.vm, 0, value % HS_REG_COUNT, 0, 0, NULL) !=
				 HS_EPERM;
			break;
		case 1:
			wrong += call(HS_VCPU_SET_ENTRY, t.vm, 0, value, value, 0, NULL) !=
				 HS_ESTATE;
			break;
		case 2:
			wrong += call(HS_VM_VERIFY, t.vm, 0, 0, 0, 0, NULL) != HS_ESTATE;
			break;
		default:
			break;
		}
		if (open && flags == HS_RUN_ABORT) {
			flags = 0; /* the guest would end: that is an answer */
		}
		got = run(&t, 0, flags, value, &r);
		if (flags > HS_RUN_ABORT) {
			wrong += got != HS_EINVAL;
			refused++;
			continue;
		}
		err = got;
		open = r.a1 == HS_EXIT_MMIO_READ || r.a1 == HS_EXIT_MMIO_WRITE;
		if (r.a1 == HS_EXIT_MMIO_WRITE && r.a2 == 0xbad0) {
			wrong++;
		}
		if (r.a1 == HS_EXIT_MMIO_WRITE && r.a2 == 0x600d0) {
			rounds = r.a4;
		}
		cond_resched();
	}
	left = unmake(&t);
	report("D10", !err && !wrong && !left && rounds > 1000 && !check_violations(),
	       "\"runs\":%llu,\"rounds_of_the_guest\":%llu,\"refused\":%llu,\"wrong\":%llu,"
	       "\"not_returned\":%llu,\"error\":%lld",
	       n, rounds, refused, wrong, left, err);
}
