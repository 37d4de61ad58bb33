/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Inside hypctl.ko: the VM object, and who does what. */
#ifndef HYPCTL_H
#define HYPCTL_H

#include <linux/arm-smccc.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/xarray.h>

#include "hypctl_ioctl.h"
#include "public/homestead.h"

struct hypctl_vcpu {
	struct mutex run_lock;	  /* one VCPU_RUN at a time */
	wait_queue_head_t wq;	  /* sleeps here in WFI, off or paused */
	unsigned long kicked;	  /* bit 0: look again before sleeping */
	struct task_struct *task; /* in VCPU_RUN; for kick_process() */
};

struct hypctl_vm {
	struct list_head link; /* in live_vms, under list_lock */
	struct hypctl_vm_entry entry;
	struct mutex lock; /* memory and life cycle */
	u32 vmid;	   /* 0: not in the hypervisor (any more) */
	bool paused;
	bool dying;
	bool end_said;		   /* VM_END came: hsvm did not just die */
	atomic_t running;	   /* vCPUs inside the loop of VCPU_RUN */
	atomic_t maps;		   /* mmaps of the VM's memory */
	wait_queue_head_t idle_wq; /* somebody waits for running == 0 */
	struct xarray ram;	   /* gfn => struct page; tagged value for blocks */
	struct list_head structs;  /* hidden pages, by page->lru */
	struct xarray shared;	   /* gfn => page that a protected guest shares and we hold */
	struct hypctl_vcpu vcpus[HS_MAX_VCPUS];
	struct hypctl_vcpu_last_entry last[HS_MAX_VCPUS];
};

/* hvc.c: one hypercall; x0 as enum hs_error, x1.. in res (may be NULL). */
long hs_call(u32 fn, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, u64 *res, int nres);
/* VM_VERIFY, which has more arguments than the others. */
long hs_verify(u64 vm, const u64 sig[8]);
/* enum hs_error as a negative errno. */
int hs_errno(long err);

/* memory.c: everything that donates or reclaims. Callers hold vm->lock, but of vm_load(). */
int vm_build(struct hypctl_vm *vm);
void vm_teardown(struct hypctl_vm *vm);
/* Populates gfn, if it is not; -ENOMEM, -EFAULT outside RAM. */
int vm_populate(struct hypctl_vm *vm, u64 gfn);
int vm_load(struct hypctl_vm *vm, const struct hypctl_vm_load *load);
/*
 * Copies size bytes within one page of an ordinary VM, from it or (write) to it. What
 * is not populated is zeros, and populated to be written.
 */
int vm_copy(struct hypctl_vm *vm, u64 gpa, void *data, size_t size, bool write);
struct page *vm_page(struct hypctl_vm *vm, u64 gfn);
/* The page that a protected guest shares at gfn, mapped in dom0; -EACCES: it does not. */
int vm_map_shared(struct hypctl_vm *vm, u64 gfn, struct page **p);
/* Gives back what of it vm_map_shared() got, after nobody in dom0 has it mapped. */
void vm_unmap_shared(struct hypctl_vm *vm);

static inline bool vm_is_protected(const struct hypctl_vm *vm)
{
	return vm->entry.flags & HS_VM_PROTECTED;
}

/* run.c */
long vcpu_run(struct hypctl_vm *vm, struct hypctl_vcpu_run __user *arg);
/* All registers of an ordinary VM's vCPU; vm->lock is held. HS_EBUSY: it is in the guest. */
long vcpu_regs(struct hypctl_vm *vm, u32 vcpu, u64 reg[HS_REG_COUNT]);
void vcpu_wake(struct hypctl_vm *vm, u32 vcpu);
void vm_kick_all(struct hypctl_vm *vm);
/* What is known of each vCPU; with vm->lock its registers, if the hypervisor shows them. */
void vm_last(struct hypctl_vm *vm, bool locked, struct hypctl_vcpu_last_entry *last);

/* irq.c: EL2's own interrupts, which Linux must know and ignore. */
int hypctl_irq_init(void);
void hypctl_irq_exit(void);

extern const struct file_operations hypctl_vm_fops;
void vm_release(struct hypctl_vm *vm);

#endif
