/* SPDX-License-Identifier: BSD-2-Clause */
/* What this machine's processors have, read once on the boot CPU. */
#ifndef CPU_FEATURES_H
#define CPU_FEATURES_H

#include "lib/types.h"

struct features {
	bool pauth;	    /* address authentication: ten key registers */
	bool pan;	    /* exceptions set PSTATE.PAN by SCTLR.SPAN */
	bool fgt;	    /* fine-grained traps */
	bool hcx;	    /* HCRX_EL2 */
	bool pmu;	    /* PMUv3: PMCR_EL0 exists */
	bool sha256;	    /* SHA256H and its kin; not with sha=portable */
	u32 nr_breakpoints; /* 1..16 */
	u32 nr_watchpoints;
	u32 pa_range; /* VTCR_EL2.PS: at most 5, 48 bits */
};

extern struct features features;

/* Fills in features. Boot CPU only. */
void features_init(void);

/*
 * The value of the ID register (or any other of op0 3, op1 0, CRn 0, CRm 1..7)
 * that this encoding names, without what is not virtualised or switched.
 * for_guest also hides the PMU and profiling. False: not such a register.
 */
bool features_id_reg(u32 encoding, bool for_guest, u64 *value);

#endif
