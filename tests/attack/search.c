// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include <linux/ioport.h>

#include "attack.h"

/*
 * ---- the demo's search: how often a word is in what dom0 can read ----
 * The word comes with each letter moved on by one, else it would find itself.
 */
static bool is_word(const char *p, const char *word)
{
	for (; *word; p++, word++) {
		if (*p != (*word >= 'b' && *word <= 'z' ? *word - 1 : *word)) {
			return false;
		}
	}
	return true;
}

void row_search(const char *word)
{
	size_t len = strlen(word);
	char *buf = (char *)__get_free_page(GFP_KERNEL);
	u64 found = 0, refused = 0, pfn;

	for (pfn = 0x40000; pfn < 0x40000 + (totalram_pages() | 0x3ffff); pfn++) {
		char *p;

		if (!pfn_valid(pfn) || !page_is_ram(pfn) || pfn == page_to_pfn(virt_to_page(buf))) {
			continue;
		}
		if (copy_from_kernel_nofault(buf, pfn_to_kaddr(pfn), PAGE_SIZE)) {
			refused++;
			continue;
		}
		for (p = buf; p + len <= buf + PAGE_SIZE; p++) {
			found += is_word(p, word);
		}
		memset(buf, 0, PAGE_SIZE);
		if (pfn % 1024 == 0) {
			cond_resched();
		}
	}
	free_page((unsigned long)buf);
	answer_text("found %llu times, %llu pages refused", found, refused);
}
