/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * /dev/hypctl: between hypctl.ko and libhypctl, which must be of one version
 * (HYPCTL_GET_VERSION). Sizes are bytes. libhypctl/ioctl.c is the only user.
 */
#ifndef HYPCTL_IOCTL_H
#define HYPCTL_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HYPCTL_DRIVER_VERSION 5u
#define HYPCTL_NAME_MAX 64 /* with its NUL */
#define HYPCTL_REASON_MAX 96
#define HYPCTL_ENDED_MAX 64 /* ended VMs that stay readable */
#define HYPCTL_LOG_CHUNK 104
#define HYPCTL_NR_VCPUS 8 /* HS_MAX_VCPUS */
#define HYPCTL_NR_REGS 40 /* HS_REG_COUNT */

/* What `list` shows; set by hsvm but for the last two. */
enum hypctl_entry_state {
	HYPCTL_CREATED = 0,
	HYPCTL_RUNNING = 1,
	HYPCTL_PAUSED = 2,
	HYPCTL_OFF = 3, /* guest is off or crashed, kept by on_* preserve */
	HYPCTL_CRASHED = 4,
	HYPCTL_ENDED = 5,  /* its descriptor was closed after VM_END */
	HYPCTL_KILLED = 6, /* closed without VM_END: hsvm died */
};

struct hypctl_version {
	__u32 driver;	  /* HYPCTL_DRIVER_VERSION */
	__u32 abi_driver; /* HS_ABI_VERSION that the driver was built with */
	__u32 abi_hypervisor;
	__u32 pad;
};

struct hypctl_getinfo {
	__u64 index; /* enum hs_info */
	__u64 value;
};

struct hypctl_log {
	__u64 pos; /* in: from; out: behind what was read */
	__u32 len;
	__u32 pad;
	__u8 data[HYPCTL_LOG_CHUNK];
};

struct hypctl_vm_create {
	char name[HYPCTL_NAME_MAX];
	__u8 uuid[16];
	__u64 ram_size;
	__u32 nr_vcpus;
	__u32 flags; /* HS_VM_* */
};

struct hypctl_vm_entry {
	char name[HYPCTL_NAME_MAX];
	__u8 uuid[16];
	char reason[HYPCTL_REASON_MAX];
	__u64 ram_size;
	__u64 ram_used;	      /* populated */
	__u64 pages;	      /* all pages that the VM has, structures too */
	__u64 shared;	      /* of ram_used, what dom0 can see or may map */
	__s64 created, ended; /* seconds since 1970; ended 0: alive */
	__u64 exits, mmio_exits;
	__u32 nr_vcpus;
	__u32 id; /* number of the VM since boot, never reused */
	__u32 vmid;
	__u32 state; /* enum hypctl_entry_state */
	__u32 pid;   /* of hsvm */
	__u32 flags;
	__u32 measured; /* measurement is known */
	__u32 pad;
	__u8 measurement[32];
};

struct hypctl_vm_list {
	__u64 entries; /* user address of struct hypctl_vm_entry[max] */
	__u32 max;
	__u32 count; /* out: living ones first, then the newest ended */
};

struct hypctl_vm_load {
	__u64 gpa;  /* of a page */
	__u64 data; /* user address */
	__u64 size;
};

struct hypctl_vm_start {
	__u64 pc;
	__u64 x0;
	__u32 sig_size; /* 0: unsigned, or 64 */
	__u32 pad;
	__u64 sig[8]; /* r and s of ECDSA over P-256, big-endian */
};

struct hypctl_measurement {
	__u8 sha256[32];
};

struct hypctl_vcpu_run {
	__u32 vcpu;
	__u32 flags; /* HS_RUN_ABORT */
	__u64 value; /* answer to HS_EXIT_MMIO_READ */
	__u32 exit;  /* out: MMIO_READ, MMIO_WRITE, OFF, RESET */
	__u32 pad;
	__u64 arg[3];
};

struct hypctl_irq {
	__u32 intid;
	__u32 level;
};

struct hypctl_vm_setstate {
	__u32 state; /* CREATED .. CRASHED */
	__u32 pad;
	char reason[HYPCTL_REASON_MAX];
};

/* What is known of a vCPU: how it last left the guest, and where it is. */
struct hypctl_vcpu_last_entry {
	__u64 exits;
	__u32 exit; /* HS_EXIT_*, if exits is not 0 */
	__u32 has_regs;
	__u64 arg[3];
	/* Of an ordinary VM's vCPU that is not in the guest just now. */
	__u64 pc, pstate, elr_el1, esr_el1, far_el1;
};

struct hypctl_vm_last {
	__u32 id; /* in: of a VM that list has, also an ended one */
	__u32 nr_vcpus;
	struct hypctl_vcpu_last_entry vcpu[HYPCTL_NR_VCPUS];
};

/*
 * Of an ordinary VM: EACCES for a protected one. What is not populated is read as
 * zeros, and populated to be written: ENOMEM. EINVAL: not in its RAM.
 */
struct hypctl_vm_copy {
	__u64 gpa;
	__u64 data; /* user address */
	__u64 size;
	__u32 write; /* 1: into the VM */
	__u32 pad;
};

struct hypctl_vcpu_regs {
	__u32 vcpu; /* EBUSY: it is in the guest */
	__u32 pad;
	__u64 reg[HYPCTL_NR_REGS]; /* by HS_REG_* */
};

/* On /dev/hypctl; poll: readable when the list has changed since LIST_VMS on this descriptor. */
#define HYPCTL_GET_VERSION _IOR('h', 0x00, struct hypctl_version)
#define HYPCTL_GET_INFO _IOWR('h', 0x01, struct hypctl_getinfo)
#define HYPCTL_READ_LOG _IOWR('h', 0x02, struct hypctl_log)
#define HYPCTL_LIST_VMS _IOWR('h', 0x03, struct hypctl_vm_list)
#define HYPCTL_CREATE_VM _IOW('h', 0x04, struct hypctl_vm_create) /* => fd */
#define HYPCTL_GET_LAST _IOWR('h', 0x05, struct hypctl_vm_last)
#define HYPCTL_FORGET _IOW('h', 0x06, __u32) /* an ended VM, by its number */

/* On the descriptor of a VM; mmap of it at offset = address in the guest. */
#define HYPCTL_VM_LOAD _IOW('h', 0x10, struct hypctl_vm_load)
#define HYPCTL_VM_START _IOW('h', 0x11, struct hypctl_vm_start)
#define HYPCTL_VM_PAUSE _IO('h', 0x12)
#define HYPCTL_VM_RESUME _IO('h', 0x13)
#define HYPCTL_VM_IRQ _IOW('h', 0x14, struct hypctl_irq)
#define HYPCTL_VM_SET_STATE _IOW('h', 0x15, struct hypctl_vm_setstate)
#define HYPCTL_VM_END _IOW('h', 0x16, struct hypctl_vm_setstate)
#define HYPCTL_VM_RESET _IO('h', 0x17) /* a fresh VM under the same name */
#define HYPCTL_VM_MEASUREMENT _IOR('h', 0x18, struct hypctl_measurement)
#define HYPCTL_VM_COPY _IOW('h', 0x19, struct hypctl_vm_copy)
#define HYPCTL_VCPU_RUN _IOWR('h', 0x20, struct hypctl_vcpu_run)
#define HYPCTL_VCPU_REGS _IOWR('h', 0x21, struct hypctl_vcpu_regs)

#endif
