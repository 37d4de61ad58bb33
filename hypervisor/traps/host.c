/* SPDX-License-Identifier: BSD-2-Clause */
/* What dom0 traps on: foreign pages, filtered devices, ID registers. */
#include "arch/cpu.h"
#include "cpu/features.h"
#include "gic/gic.h"
#include "arch/spinlock.h"
#include "mm/host.h"
#include "mm/pt.h"
#include "traps/traps.h"

/* An access to a redistributor's RD page, with a syndrome that says what. */
static bool emulate_gic(struct cpu *c, u64 esr, u64 ipa)
{
	u32 rt = (u32)bits(esr, 20, 16);
	u32 size = 1u << (u32)bits(esr, 23, 22);
	u64 value = 0;

	if (ESR_EC(esr) != EC_DABT_LOW || (esr & ESR_ISV) == 0 || !gic_is_host_rd(ipa)) {
		return false;
	}
	if ((esr & ESR_WNR) != 0) {
		gic_host_rd_write(ipa, size, rt == 31u ? 0 : c->host.x[rt]);
	} else {
		value = gic_host_rd_read(ipa, size);
		if (rt != 31u) {
			c->host.x[rt] = value;
		}
	}
	return true;
}

void handle_host_stage2_fault(struct cpu *c)
{
	u64 esr = sysreg_read(esr_el2);
	u64 far = sysreg_read(far_el2);
	u32 type = FSC_TYPE(ESR_FSC(esr));
	enum s2_level level;
	u64 ipa;
	u64 e;

	/*
	 * HPFAR_EL2 is valid for translation and access flag faults and for
	 * faults on table walks (D19.2.61). What is left is a fetch from a
	 * device, which is mapped XN: dom0's own mistake.
	 */
	if (type != FSC_TRANSLATION && type != FSC_ACCESS && (esr & ESR_S1PTW) == 0) {
		inject_abort_host(esr, far);
		return;
	}
	ipa = (bits(sysreg_read(hpfar_el2), 43, 4) << PAGE_SHIFT) | (far & 0xfffu);
	if (emulate_gic(c, esr, ipa)) {
		skip_instruction();
		return;
	}
	/* A block that another CPU was splitting is whole again under the lock. */
	spin_lock(&host_lock);
	e = (ipa >> PAGE_SHIFT) < S2_MAX_GFN ? s2_lookup(OWNER_DOM0, ipa >> PAGE_SHIFT, &level) : 0;
	spin_unlock(&host_lock);
	if (e == 0) {
		inject_abort_host(esr, far);
	}
}

void handle_host_sysreg(struct cpu *c)
{
	u64 esr = sysreg_read(esr_el2);
	u32 rt = ESR_SYS_RT(esr);
	u64 value;

	if ((esr & ESR_SYS_READ) != 0 && features_id_reg((u32)esr & SYS_ENC_MASK, false, &value)) {
		if (rt != 31u) {
			c->host.x[rt] = value;
		}
		skip_instruction();
	} else {
		inject_undef();
	}
}
