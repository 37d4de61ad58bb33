// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* Rows about bus masters: D16. */
#include <linux/io.h>

#include "attack.h"

/* ---- D16: bus masters ---- */

void row_d16(const char *arg)
{
	static const u64 hidden[] = { 0x08080000, 0x09020000, 0x0a000000,
				      0x0a003e00, 0x3eff0000, 0x4010000000 };
	u64 reached = 0, tries = 0;
	void __iomem *rd;
	struct target t;
	u64 v, before;
	s64 err;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(hidden); i++) {
		void __iomem *p = ioremap(hidden[i], PAGE_SIZE);

		tries += 2;
		reached += !copy_from_kernel_nofault(&v, (void *)p, 4);
		reached += !put_nofault((void *)p, 0x40000000);
		iounmap(p);
	}
	err = make(&t, HS_VM_PROTECTED, GUEST(code_spin));
	rd = ioremap(0x080a0000, PAGE_SIZE);
	for (i = 0; i < t.nr; i++) { /* LPI tables in a page of the guest's */
		before = readq(rd + 0x78);
		writeq(page_to_phys(t.page[i]) | 0x780, rd + 0x70);
		writeq(page_to_phys(t.page[i]) | 0x780, rd + 0x78);
		writel(readl(rd) | 1, rd);
		tries += 3;
		reached += (readl(rd) & 1) + (readq(rd + 0x78) != before);
	}
	iounmap(rd);
	reached += unmake(&t);
	report("D16", !err && !reached, "\"tries\":%llu,\"reached\":%llu,\"error\":%lld", tries,
	       reached, err);
}
