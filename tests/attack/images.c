// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows about boot images: D9, D13. */
#include <crypto/sha2.h>

#include "attack.h"

/* ---- D13: every byte of an image counts ---- */

static int measurement(const u8 *image, u64 *out)
{
	struct arm_smccc_1_2_regs r = { 0 };
	struct target t;
	s64 err = make(&t, HS_VM_PROTECTED, image, PAGE_SIZE);

	err = err ? err : verify(&t);
	err = err ? err : call(HS_VM_MEASUREMENT, t.vm, 0, 0, 0, 0, &r);
	memcpy(out, &r.a1, 32);
	return unmake(&t) ? -EIO : (int)err;
}

void row_d13(const char *arg)
{
	u8 *image = (u8 *)__get_free_page(GFP_KERNEL);
	u64 want[4], got[4];
	u64 accepted = 0;
	int err;
	u32 i;

	for (i = 0; i < PAGE_SIZE; i++) {
		image[i] = (u8)(i * 7 + (i >> 8));
	}
	err = measurement(image, want);
	for (i = 0; i < PAGE_SIZE && !err; i++) {
		image[i] ^= 1u << (i % 8);
		err = measurement(image, got);
		accepted += !memcmp(want, got, sizeof(want));
		image[i] ^= 1u << (i % 8);
		cond_resched();
	}
	err = err ? err : measurement(image, got);
	accepted += memcmp(want, got, sizeof(want)) != 0;
	free_page((unsigned long)image);
	report("D13", !err && !accepted, "\"flipped\":%u,\"accepted\":%llu,\"error\":%d", i,
	       accepted, err);
}

/* ---- D9: dom0 writes while the hypervisor reads ---- */

#define WORD 2048 /* code_report tells us this one */

static int scribble(void *arg)
{
	u64 v = 0x0123456789abcdef;

	while (!kthread_should_stop()) {
		v = v * 6364136223846793005ull + 1442695040888963407ull;
		if (put_nofault((u8 *)arg + WORD, v)) {
			cond_resched();
		}
	}
	return 0;
}

/* docs/abi.md, "The measurement", for make()'s VM with this image. */
static void expected(const u8 *image, u8 *digest)
{
	struct sha256_state s;
	u64 r[8];

	sha256_init(&s);
	memset(r, 0, sizeof(r));
	memcpy(r, "HS-VM-1", 8);
	r[1] = 1;
	r[2] = 3;
	r[3] = 64 << 20;
	sha256_update(&s, (u8 *)r, sizeof(r));
	memset(r, 0, sizeof(r));
	memcpy(r, "page", 4);
	r[1] = HS_GUEST_RAM_BASE;
	sha256_update(&s, (u8 *)r, sizeof(r));
	sha256_update(&s, image, PAGE_SIZE);
	memset(r, 0, sizeof(r));
	memcpy(r, "entry", 5);
	r[1] = HS_GUEST_RAM_BASE;
	sha256_update(&s, (u8 *)r, sizeof(r));
	sha256_final(&s, digest);
}

/* What is measured must be what runs, whatever dom0 writes meanwhile. */
void row_d9(const char *arg)
{
	u8 *image = (u8 *)__get_free_page(GFP_KERNEL | __GFP_ZERO);
	u64 n, differ = 0, left = 0, last = 0, values = 0;
	u8 digest[32];
	s64 err = HS_OK;

	memcpy(image, code_report, code_end - code_report);
	for (n = 0; n < 300 && !err; n++) {
		struct arm_smccc_1_2_regs r = { 0 };
		struct task_struct *k = NULL;
		struct target t;
		u32 i;

		err = make_watched(&t, image, PAGE_SIZE, scribble, &k);
		err = err ? err : verify(&t);
		if (k) {
			kthread_stop(k);
		}
		for (i = 0; i < 100 && !err && r.a1 != HS_EXIT_MMIO_WRITE; i++) {
			err = run(&t, 0, 0, 0, &r);
		}
		memcpy(image + WORD, &r.a4, 8);
		values += r.a4 != last;
		last = r.a4;
		expected(image, digest);
		err = err ? err : call(HS_VM_MEASUREMENT, t.vm, 0, 0, 0, 0, &r);
		differ += memcmp(digest, &r.a1, 32) != 0;
		left += unmake(&t);
		cond_resched();
	}
	free_page((unsigned long)image);
	report("D9", !err && !differ && !left && values > 30,
	       "\"images\":%llu,\"values\":%llu,\"differ\":%llu,\"not_returned\":%llu,\"error\":%"
	       "lld",
	       n, values, differ, left, err);
}
