/* SPDX-License-Identifier: BSD-2-Clause */
#include "vm/measure.h"

#include "arch/atomic.h"
#include "lib/string.h"
#include "vm/vcpu.h"
#include "vm/vm.h"

struct sha256 measured_so_far[MAX_VMS];

struct record { /* one block of SHA-256 */
	char what[8];
	u64 value[7];
};

_Static_assert(sizeof(struct record) == SHA256_BLOCK, "one block");

/*@ requires 0 < vm < MAX_VMS && \valid_read(r);
    assigns measured_so_far[vm];
    exits \false; */
static void add_record(u32 vm, const struct record *r)
{
	sha256_update(&measured_so_far[vm], r, sizeof(*r));
}

/* The 8 bytes of a little-endian number. */
/*@ requires \valid_read(byte + (0 .. 7));
    assigns \nothing;
    exits \false; */
static u64 word_at(const u8 *byte)
{
	u64 word = 0;
	u32 i;

	/*@ loop invariant 0 <= i <= 8;
	    loop assigns i, word;
	    loop variant i; */
	for (i = 8; i > 0; i--) {
		word = word * 256u + byte[i - 1u];
	}
	return word;
}

void measure_begin(u32 vm)
{
	const struct record r = { .what = "HS-VM-1",
				  .value = { vms[vm].flags & HS_VM_PROTECTED, vms[vm].nr_vcpus,
					     (u64)vms[vm].ram_pages << PAGE_SHIFT } };

	sha256_init(&measured_so_far[vm]);
	add_record(vm, &r);
}

u32 measure_pages(u32 vm, u64 pfn, u64 gfn, u32 done, u32 size)
{
	u64 left = sha256_budget();

	/*@ loop invariant \at(done, Pre) <= done <= size;
	    loop invariant left % 64 == 0 && done % 64 == 0;
	    loop assigns done, left, measured_so_far[vm];
	    loop variant left; */
	while (done < size && left > 0) {
		u32 in_page = done % (u32)PAGE_SIZE;
		u64 n = PAGE_SIZE - in_page < left ? PAGE_SIZE - in_page : left;
		u64 at = done / PAGE_SIZE;

		if (in_page == 0) {
			const struct record r = { .what = "page",
						  .value = { (gfn + at) * PAGE_SIZE } };

			add_record(vm, &r);
		}
		sha256_update(&measured_so_far[vm], (const u8 *)frame[pfn + at] + in_page, n);
		done += (u32)n;
		left -= n;
	}
	return done;
}

void measure_finish(u32 vm)
{
	const struct vcpu *v = vcpu_get(vm, 0);

	if (vms[vm].measured == 0 && (vms[vm].flags & HS_VM_MEASURED) != 0) {
		const struct record r = { .what = "entry", .value = { v->ctx.pc, v->ctx.x[0] } };

		add_record(vm, &r);
		sha256_final(&measured_so_far[vm], vms[vm].measurement);
	}
	atomic_set(&vms[vm].measured, 1); /* VM_MEASUREMENT looks without the lock */
}

void measurement_words(u32 vm, s64 out[4])
{
	u32 i;

	/*@ loop invariant 0 <= i <= 4;
	    loop assigns i, out[0 .. 3];
	    loop variant 4 - i; */
	for (i = 0; i < 4u; i++) {
		out[i] = (s64)word_at(&vms[vm].measurement[8u * i]);
	}
}
