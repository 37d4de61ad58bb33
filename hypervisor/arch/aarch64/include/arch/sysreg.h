/* SPDX-License-Identifier: BSD-2-Clause */
/* System registers by name, and the fields of them that Homestead uses. */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

#include "lib/types.h"

#define SYSREG_NAME(reg) #reg /* with macros expanded */
#define sysreg_read(reg)                                                                           \
	({                                                                                         \
		u64 v_;                                                                            \
		__asm__ volatile("mrs %0, " SYSREG_NAME(reg) : "=r"(v_));                          \
		v_;                                                                                \
	})
#define sysreg_write(reg, v)                                                                       \
	do {                                                                                       \
		u64 w_ = (v);                                                                      \
		__asm__ volatile("msr " SYSREG_NAME(reg) ", %x0" : : "rZ"(w_));                    \
	} while (0)

/* Registers that the assembler of -march=armv8-a has no name for. */
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICC_HPPIR1_EL1 S3_0_C12_C12_2
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICH_AP0R(n) S3_4_C12_C8_##n
#define ICH_AP1R(n) S3_4_C12_C9_##n
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define ICH_VTR_EL2 S3_4_C12_C11_1
#define ICH_EISR_EL2 S3_4_C12_C11_3
#define ICH_ELRSR_EL2 S3_4_C12_C11_5
#define ICH_VMCR_EL2 S3_4_C12_C11_7
#define ICH_LR0_EL2 S3_4_C12_C12_0
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HCRX_EL2 S3_4_C1_C2_2
#define APIAKEYLO_EL1 S3_0_C2_C1_0
#define APIAKEYHI_EL1 S3_0_C2_C1_1
#define APIBKEYLO_EL1 S3_0_C2_C1_2
#define APIBKEYHI_EL1 S3_0_C2_C1_3
#define APDAKEYLO_EL1 S3_0_C2_C2_0
#define APDAKEYHI_EL1 S3_0_C2_C2_1
#define APDBKEYLO_EL1 S3_0_C2_C2_2
#define APDBKEYHI_EL1 S3_0_C2_C2_3
#define APGAKEYLO_EL1 S3_0_C2_C3_0
#define APGAKEYHI_EL1 S3_0_C2_C3_1

/* HCR_EL2 (Arm ARM D19.2.48). */
#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW BIT(2)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_VSE BIT(8)
#define HCR_FB BIT(9)
#define HCR_BSU_IS BIT(10)
#define HCR_TWI BIT(13)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TSW BIT(22)
#define HCR_RW BIT(31)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_APK BIT(40)
#define HCR_API BIT(41)

#define CPTR_RES1 0x33ffull /* bits 13, 12, 9 and 7:0; bit 8 (TZ): SVE traps */
#define CPTR_EL2_ALL (CPTR_RES1)

#define PMCR_E BIT(0)

#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_TDA BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define MDCR_TPMS BIT(14)
#define MDCR_TTRF BIT(19)
#define MDCR_HPMN_MASK 0x1full

#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN BIT(1)
#define TIMER_ENABLE 1u
#define TIMER_IMASK 2u
#define TIMER_ISTATUS 4u

/* Exception classes and ISS fields of ESR_ELx (D19.2.37). */
#define ESR_EC(esr) ((u32)bits(esr, 31, 26))
#define EC_UNKNOWN 0x00u
#define EC_WFX 0x01u
#define EC_HVC64 0x16u
#define EC_SMC64 0x17u
#define EC_SYS64 0x18u
#define EC_IABT_LOW 0x20u
#define EC_IABT_CUR 0x21u
#define EC_DABT_LOW 0x24u
#define EC_DABT_CUR 0x25u
#define EC_COUNT 64u
#define ESR_IL BIT(25)
#define ESR_ISV BIT(24)
#define ESR_SSE BIT(21)
#define ESR_SF BIT(15)
#define ESR_S1PTW BIT(7)
#define ESR_WNR BIT(6)
#define ESR_FSC(esr) ((u32)bits(esr, 5, 0))
#define FSC_TYPE(fsc) ((fsc)&0x3cu)
#define FSC_TRANSLATION 0x04u
#define FSC_ACCESS 0x08u
#define FSC_PERMISSION 0x0cu
#define FSC_SEA 0x10u
#define FSC_ALIGNMENT 0x21u

/* SPSR (C5.2.18). */
#define PSTATE_MODE_MASK 0xfull
#define PSTATE_EL0T 0x0ull
#define PSTATE_EL1T 0x4ull
#define PSTATE_EL1H 0x5ull
#define PSTATE_NRW BIT(4)
#define PSTATE_DAIF 0x3c0ull
#define PSTATE_BTYPE (3ull << 10)
#define PSTATE_SS BIT(21)
#define PSTATE_PAN BIT(22)
#define PSTATE_DIT BIT(24)
#define PSTATE_NZCV 0xf0000000ull
#define SCTLR_SPAN BIT(23)
#define SCTLR_EL1_RESET 0x30d00800ull /* RES1 bits, MMU and caches off */

/* The op0, op1, CRn, CRm, op2 of a trapped MRS/MSR, as ISS has them. */
#define SYS_ENC(op0, op1, crn, crm, op2)                                                           \
	(((op0) << 20) | ((op2) << 17) | ((op1) << 14) | ((crn) << 10) | ((crm) << 1))
#define SYS_ENC_MASK 0x3ffc1eu
#define ESR_SYS_RT(esr) ((u32)bits(esr, 9, 5))
#define ESR_SYS_READ BIT(0)

#endif
