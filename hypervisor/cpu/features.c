/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu/features.h"

#include "arch/cpu.h"

struct features features;

void features_init(void)
{
	u64 isar0 = sysreg_read(id_aa64isar0_el1);
	u64 isar1 = sysreg_read(id_aa64isar1_el1);
	u64 mmfr0 = sysreg_read(id_aa64mmfr0_el1);
	u64 mmfr1 = sysreg_read(id_aa64mmfr1_el1);
	u64 dfr0 = sysreg_read(id_aa64dfr0_el1);
	u64 isar2 = sysreg_read(S3_0_C0_C6_2);

	features.pauth =
		bits(isar1, 7, 4) != 0 || bits(isar1, 11, 8) != 0 || bits(isar2, 15, 12) != 0;
	features.sha256 = bits(isar0, 15, 12) != 0;
	features.pan = bits(mmfr1, 23, 20) != 0;
	features.hcx = bits(mmfr1, 43, 40) != 0;
	features.fgt = bits(mmfr0, 59, 56) != 0;
	features.pmu = bits(dfr0, 11, 8) != 0 && bits(dfr0, 11, 8) != 15u;
	features.nr_breakpoints = (u32)bits(dfr0, 15, 12) + 1u;
	features.nr_watchpoints = (u32)bits(dfr0, 23, 20) + 1u;
	features.pa_range = (u32)bits(mmfr0, 3, 0);
	if (features.pa_range > 5u) {
		features.pa_range = 5u;
	}
}

/*
 * A field mask an ID register: bits that stay, and bits that are set to a
 * fixed value. Registers that are not listed, and fields that did not exist
 * in Armv8.4, read as zero: an unknown feature is an unswitched feature.
 */
struct id_rule {
	u32 encoding;
	u64 keep;
	u64 keep_guest;
	u64 set;
};

#define ID(crm, op2) SYS_ENC(3u, 0u, 0u, crm, op2)
#define F(lo) (0xfull << (lo))

/* clang-format off */
static const struct id_rule id_rules[] = {
	/* AArch32 identification: EL0 may be AArch32, EL1 may not. */
	{ ID(1, 0), ~0ull, ~0ull, 0 }, { ID(1, 1), 0xffff0fffull, 0xffff0fffull, 0 },
	{ ID(1, 2), 0xf0ffffffull, 0xf0ffffffull, 0 },	/* DFR0: the PMU below */
	{ ID(1, 3), 0, 0, 0 },
	{ ID(1, 4), ~0ull, ~0ull, 0 }, { ID(1, 5), ~0ull, ~0ull, 0 },
	{ ID(1, 6), ~0ull, ~0ull, 0 }, { ID(1, 7), ~0ull, ~0ull, 0 },
	{ ID(2, 0), ~0ull, ~0ull, 0 }, { ID(2, 1), ~0ull, ~0ull, 0 },
	{ ID(2, 2), ~0ull, ~0ull, 0 }, { ID(2, 3), ~0ull, ~0ull, 0 },
	{ ID(2, 4), ~0ull, ~0ull, 0 }, { ID(2, 5), ~0ull, ~0ull, 0 },
	{ ID(2, 6), ~0ull, ~0ull, 0 }, { ID(2, 7), ~0ull, ~0ull, 0 },
	{ ID(3, 0), ~0ull, ~0ull, 0 }, { ID(3, 1), ~0ull, ~0ull, 0 },
	{ ID(3, 2), ~0ull, ~0ull, 0 }, { ID(3, 4), F(0) | F(4), F(0) | F(4), 0 },
	/* PFR0: EL0, FP, AdvSIMD, GIC, DIT, CSV2, CSV3; EL1 only AArch64. CSV2
	 * as 1: what its version 2 adds (SCXTNUM) is not switched. */
	{ ID(4, 0), F(0) | F(16) | F(20) | F(24) | F(48) | BIT(56) | F(60),
		    F(0) | F(16) | F(20) | F(24) | F(48) | BIT(56) | F(60), 0x10ull },
	{ ID(4, 1), F(4), F(4), 0 },			/* PFR1: SSBS */
	/* DFR0: debug version, breakpoints; dom0 also has the PMU. */
	{ ID(5, 0), F(0) | F(8) | F(12) | F(20) | F(28), F(0) | F(12) | F(20) | F(28), 0 },
	{ ID(6, 0), ~F(24) & ~F(56), ~F(24) & ~F(56), 0 },  /* ISAR0: no TME, TLB range as is */
	{ ID(6, 1), ~(F(60) | F(56)), ~(F(60) | F(56)), 0 }, /* ISAR1: no LS64, XS */
	{ ID(6, 2), F(4) | F(8) | F(12), F(8) | F(12), 0 },  /* ISAR2: RPRES, PAuth QARMA3 */
	{ ID(7, 0), ~(F(56) | F(60)), ~(F(56) | F(60)), 0 }, /* MMFR0: no FGT, ECV */
	/* MMFR1: HAFDBS, VMIDBits, HPDS, LO as 0, PAN, XNX; no VHE. */
	{ ID(7, 1), F(0) | F(4) | F(12) | F(20) | F(28), F(0) | F(4) | F(12) | F(20) | F(28), 0 },
	/* MMFR2: no NV, and nothing above Armv8.4 but BBM and E0PD. */
	{ ID(7, 2), 0xffffffffull & ~F(24), 0xffffffffull & ~F(24), 0 },
};
/* clang-format on */

#define READ_ID(crm, op2)                                                                          \
	case ID(crm, op2):                                                                         \
		return sysreg_read(S3_0_C0_C##crm##_##op2);

static u64 id_reg_read(u32 encoding)
{
	switch (encoding) {
		READ_ID(1, 0)
		READ_ID(1, 1)
		READ_ID(1, 2)
		READ_ID(1, 4)
		READ_ID(1, 5)
		READ_ID(1, 6)
		READ_ID(1, 7)
		READ_ID(2, 0)
		READ_ID(2, 1)
		READ_ID(2, 2)
		READ_ID(2, 3)
		READ_ID(2, 4)
		READ_ID(2, 5)
		READ_ID(2, 6)
		READ_ID(2, 7)
		READ_ID(3, 0)
		READ_ID(3, 1)
		READ_ID(3, 2)
		READ_ID(3, 4)
		READ_ID(4, 0)
		READ_ID(4, 1)
		READ_ID(5, 0)
		READ_ID(6, 0)
		READ_ID(6, 1)
		READ_ID(6, 2)
		READ_ID(7, 0)
		READ_ID(7, 1)
		READ_ID(7, 2)
	default:
		return 0;
	}
}

bool features_id_reg(u32 encoding, bool for_guest, u64 *value)
{
	u32 crm = (u32)bits(encoding, 4, 1);
	size_t i;

	if ((encoding & ~(SYS_ENC(0u, 0u, 0u, 15u, 7u))) != SYS_ENC(3u, 0u, 0u, 0u, 0u) ||
	    crm < 1u || crm > 7u) {
		return false;
	}
	*value = 0;
	for (i = 0; i < ARRAY_SIZE(id_rules); i++) {
		if (id_rules[i].encoding == encoding) {
			*value = id_reg_read(encoding) &
				 (for_guest ? id_rules[i].keep_guest : id_rules[i].keep);
			*value |= id_rules[i].set;
			break;
		}
	}
	return true;
}
