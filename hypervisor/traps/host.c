/* SPDX-License-Identifier: BSD-2-Clause */
/* What dom0 traps on: foreign pages, filtered devices, ID registers. */
#include "arch/cpu.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "lib/spinlock.h"
#include "mm/pt.h"
#include "traps/traps.h"

/*
 * The faulting IPA. HPFAR_EL2 is only valid for translation and access flag
 * faults and for faults on table walks (D19.2.61); else translate again.
 */
static bool fault_ipa(u64 esr, u64 far, u64 *ipa)
{
	u32 type = FSC_TYPE(ESR_FSC(esr));
	u64 saved;
	u64 par;

	if (type == FSC_TRANSLATION || type == FSC_ACCESS || (esr & ESR_S1PTW) != 0) {
		*ipa = (bits(sysreg_read(hpfar_el2), 43, 4) << PAGE_SHIFT) | (far & 0xfffu);
		return true;
	}
	saved = sysreg_read(par_el1);
	__asm__ volatile("at s1e1r, %0" : : "r"(far));
	isb();
	par = sysreg_read(par_el1);
	sysreg_write(par_el1, saved);
	if ((par & 1u) != 0) {
		return false; /* dom0 changed its tables meanwhile: let it retry */
	}
	*ipa = (par & 0x0000fffffffff000ull) | (far & 0xfffu);
	return true;
}

/* A write to a redistributor's RD page, with a syndrome that says what. */
static bool emulate_gic_write(struct cpu *c, u64 esr, u64 ipa)
{
	u32 rt = (u32)bits(esr, 20, 16);
	u32 size = 1u << (u32)bits(esr, 23, 22);

	if (ESR_EC(esr) != EC_DABT_LOW || (esr & ESR_ISV) == 0 || (esr & ESR_WNR) == 0) {
		return false;
	}
	return gic_host_rd_write(ipa, size, rt == 31u ? 0 : c->host.x[rt]);
}

void handle_host_stage2_fault(struct cpu *c)
{
	u64 esr = sysreg_read(esr_el2);
	u64 far = sysreg_read(far_el2);
	enum s2_level level;
	u64 ipa;
	u64 e;

	if (!fault_ipa(esr, far, &ipa)) {
		return;
	}
	if (emulate_gic_write(c, esr, ipa)) {
		skip_instruction();
		return;
	}
	/* A block that another CPU was splitting is whole again under the lock. */
	spin_lock(&vms[OWNER_DOM0].lock);
	e = (ipa >> PAGE_SHIFT) < S2_MAX_GFN ? s2_lookup(OWNER_DOM0, ipa >> PAGE_SHIFT, &level)
					     : 0;
	spin_unlock(&vms[OWNER_DOM0].lock);
	if (e != 0 && ((e & S2_W) != 0 || (esr & ESR_WNR) == 0) &&
	    ((e & S2_XN) == 0 || ESR_EC(esr) != EC_IABT_LOW)) {
		return;
	}
	inject_abort_host(esr, far);
}

void handle_host_sysreg(struct cpu *c)
{
	u64 esr = sysreg_read(esr_el2);
	u32 rt = ESR_SYS_RT(esr);
	u64 value;

	if ((esr & ESR_SYS_READ) != 0 &&
	    features_id_reg((u32)esr & SYS_ENC_MASK, false, &value)) {
		if (rt != 31u) {
			c->host.x[rt] = value;
		}
		skip_instruction();
	} else {
		inject_undef();
	}
}
