/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hypercall ABI of Homestead: the only header that the hypervisor, the
 * dom0 driver and libhypctl share.
 *
 * Calls follow SMCCC 1.2 (Arm DEN0028): HVC #0, 64-bit fast calls of the
 * vendor specific hypervisor service. Arguments are in x1..x9, the result is
 * in x0 (enum hs_error) and x1..x15. Unused arguments must be zero.
 */
#ifndef HOMESTEAD_PUBLIC_H
#define HOMESTEAD_PUBLIC_H

/* Raised whenever a call changes its meaning: both sides must be equal. */
#define HS_ABI_VERSION 3

#define HS_FN_BASE 0xc6000000u /* SMCCC: fast, 64 bit, owner 6 */
#define HS_FN_COUNT 0x50u

/* clang-format off */
enum hs_fn {
#define HYPERCALL(number, NAME, handler, nargs, by) HS_##NAME = (int)(HS_FN_BASE + (number)),
#include "hypercalls.def"
#undef HYPERCALL
};
/* clang-format on */

/* What x0 holds after a call. Changing nothing is part of every error. */
enum hs_error {
	HS_OK = 0,
	HS_ENOTSUPP = -1,	     /* unknown call: SMCCC's NOT_SUPPORTED */
	HS_EINVAL = -2,		     /* an argument is out of range */
	HS_EPERM = -3,		     /* the page or object is not the caller's */
	HS_ENOENT = -4,		     /* no such VM or vCPU */
	HS_EBUSY = -5,		     /* in use on another CPU, or not yet empty */
	HS_ESTATE = -6,		     /* not in this state of the VM or vCPU */
	HS_EEXIST = -7,		     /* already there */
	HS_ENOMEM_TABLES = -8,	     /* give table pages by MEM_TOPUP, then retry */
	HS_EAGAIN = -9,		     /* progress was made: call again */
	HS_ELIMIT = -10,	     /* no VMID is free; no more mappings of this page */
	HS_ENOMEM_DOM0_TABLES = -11, /* dom0's stage 2 lacks tables: too many blocks are split */
	HS_ESIGNATURE = -12,	     /* none where one is needed, wrong, or no owner's key */
	HS_EDMA = -13,		     /* no protected VM: devices are not contained */
};

/* HS_INFO: what x1 asks for; the value comes in x1. */
enum hs_info {
	HS_INFO_DOM0_PAGES = 0,	 /* pages of RAM that dom0 owns */
	HS_INFO_CORE_PAGES = 1,	 /* pages that the hypervisor keeps for itself */
	HS_INFO_GUEST_PAGES = 2, /* pages of VMs: RAM, tables, structures */
	HS_INFO_DMA = 3,	 /* enum hs_dma */
	HS_INFO_NR_CPUS = 4,
	HS_INFO_NR_VMS = 5,
	HS_INFO_LOG_END = 6,	 /* position behind the newest log byte */
	HS_INFO_BOOT_TICKS = 7,	 /* counter at the entry of dom0 */
	HS_INFO_TABLE_PAGES = 8, /* spare table pages of dom0's stage 2 */
	HS_INFO_VERSION = 9,	 /* major << 32 | minor << 16 | patch */
	HS_INFO_RAM_PAGES = 10,	 /* all pages of RAM */
	HS_INFO_OWNER_KEY = 11,	 /* enum hs_owner_key */
	HS_INFO_COUNT
};

enum hs_dma { HS_DMA_TRUSTED = 0, HS_DMA_CONTAINED = 1 };

/* Whether VMs need the owner's signature. */
enum hs_owner_key {
	HS_OWNER_NONE = 0,	/* no key: nothing can be signed */
	HS_OWNER_ALL = 1,	/* every VM */
	HS_OWNER_PROTECTED = 2, /* protected ones; others may be unsigned */
};

/* Flags of VM_CREATE. */
#define HS_VM_PROTECTED 1u /* dom0 cannot see its memory and registers; measured */
#define HS_VM_MEASURED 2u  /* boot images are hashed; implied by PROTECTED */
#define HS_VM_ALLOW_DMA 4u /* protected though devices can reach its memory */

/* Flags of MEM_DONATE. */
#define HS_DONATE_IMAGE 1u /* keep the contents: part of a boot image */

/* Orders of MEM_DONATE and MEM_RECLAIM: pages of 4 KiB, as a power of two. */
#define HS_ORDER_PAGE 0u
#define HS_ORDER_BLOCK 9u

/* VM states, in VM_INFO's x1. */
enum hs_vm_state {
	HS_VM_UNUSED = 0,
	HS_VM_READY = 2,    /* being built */
	HS_VM_VERIFIED = 3, /* may run */
	HS_VM_POWEROFF = 4, /* may only be reclaimed */
};

/* Flags of VCPU_RUN. */
#define HS_RUN_ABORT 1u /* the forwarded access hit nothing: external abort */

/*
 * Exit records: x1 of a successful VCPU_RUN, with arguments in x2..x4. x5 is
 * always a mask of vCPUs that have something to do and run nowhere.
 * This list is complete: dom0 learns nothing else of a vCPU.
 */
enum hs_exit {
	HS_EXIT_IRQ = 0,	/* a physical interrupt for dom0 */
	HS_EXIT_WFI = 1,	/* x2: deadline (CNTVCT of dom0), ~0 for none */
	HS_EXIT_MMIO_READ = 2,	/* x2: IPA, x3: bytes; answer by VCPU_RUN */
	HS_EXIT_MMIO_WRITE = 3, /* x2: IPA, x3: bytes, x4: value */
	HS_EXIT_RAM = 4,	/* x2: gfn that needs a page */
	HS_EXIT_OFF = 5,	/* PSCI SYSTEM_OFF: the VM is POWEROFF */
	HS_EXIT_RESET = 6,	/* PSCI SYSTEM_RESET, x2: type; POWEROFF */
	HS_EXIT_VCPU_ON = 7,	/* x2: vCPU that may now be run */
	HS_EXIT_KICK = 8,	/* nothing but the mask in x5 */
	HS_EXIT_VCPU_OFF = 9,	/* this vCPU is off until a CPU_ON */
	HS_EXIT_SHARE = 10,	/* x2: gfn, x3: pages that dom0 may map now */
	HS_EXIT_COUNT
};

/*
 * The guest machine: QEMU's "virt" (hw/arm/virt.c of QEMU 7.2, memory map).
 * EL2 emulates the GIC; everything else below RAM is forwarded to dom0.
 */
#define HS_GUEST_GICD_BASE 0x08000000ul
#define HS_GUEST_GICD_SIZE 0x10000ul
#define HS_GUEST_GICR_BASE 0x080a0000ul
#define HS_GUEST_GICR_STRIDE 0x20000ul
#define HS_GUEST_RAM_BASE 0x40000000ul
#define HS_GUEST_RAM_MAX (1ul << 38)
#define HS_MAX_VCPUS 8u
#define HS_NR_INTIDS 256u /* of a guest's GIC */

/* Registers of VCPU_GET_REG (ordinary VMs only, vCPU not running). */
enum hs_reg {
	HS_REG_X0 = 0, /* .. x30 = 30 */
	HS_REG_PC = 31,
	HS_REG_PSTATE = 32,
	HS_REG_ESR_EL2 = 33, /* of the last exit */
	HS_REG_FAR_EL2 = 34,
	HS_REG_SP_EL0 = 35,
	HS_REG_SP_EL1 = 36,
	HS_REG_ELR_EL1 = 37,
	HS_REG_ESR_EL1 = 38,
	HS_REG_FAR_EL1 = 39,
	HS_REG_COUNT
};

#endif
