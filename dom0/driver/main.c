// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/* /dev/hypctl, and a file for each VM. The VM dies with its last descriptor. */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/poll.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/suspend.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "hypctl.h"

static DEFINE_MUTEX(list_lock); /* all below */
static LIST_HEAD(live_vms);
static struct {
	struct hypctl_vm_entry entry;
	struct hypctl_vcpu_last_entry last[HYPCTL_NR_VCPUS];
} ended[HYPCTL_ENDED_MAX];
static u32 nr_ended; /* oldest first */
static u32 next_id = 1;
static unsigned long changes = 1; /* of the list; who polls has seen those until its last look */
static DECLARE_WAIT_QUEUE_HEAD(changed_wq);
static bool going_down;

static bool name_is_good(const char *name)
{
	size_t n = strnlen(name, HYPCTL_NAME_MAX);
	size_t i;

	for (i = 0; i < n; i++) {
		if (!isalnum(name[i]) && (i == 0 || !strchr("._-", name[i]))) {
			return false;
		}
	}
	return n > 0 && n < HYPCTL_NAME_MAX;
}

static struct hypctl_vm *find_live(const char *name)
{
	struct hypctl_vm *vm;

	list_for_each_entry (vm, &live_vms, link) {
		if (!strcmp(vm->entry.name, name)) {
			return vm;
		}
	}
	return NULL;
}

/* Somebody may want to look again. list_lock is held. */
static void list_changed(void)
{
	changes++;
	wake_up_interruptible(&changed_wq);
}

static void set_state(struct hypctl_vm *vm, u32 state, const char *reason)
{
	mutex_lock(&list_lock);
	vm->entry.state = state;
	strscpy(vm->entry.reason, reason, sizeof(vm->entry.reason));
	list_changed();
	mutex_unlock(&list_lock);
}

/* list_lock is held. */
static void forget(u32 slot)
{
	nr_ended--;
	memmove(&ended[slot], &ended[slot + 1], (nr_ended - slot) * sizeof(ended[0]));
}

/* Where its vCPUs stand, before the hypervisor forgets it. vm->lock is held. */
static void keep_last(struct hypctl_vm *vm)
{
	struct hypctl_vcpu_last_entry last[HYPCTL_NR_VCPUS] = { 0 };

	BUILD_BUG_ON(HYPCTL_NR_VCPUS != HS_MAX_VCPUS);
	vm_last(vm, true, last);
	memcpy(vm->last, last, sizeof(last));
}

/* Stops every vCPU and takes all pages back. The object stays. */
static void vm_stop(struct hypctl_vm *vm)
{
	WRITE_ONCE(vm->dying, true);
	smp_mb(); /* a vCPU that enters now sees it, or is kicked */
	do {
		vm_kick_all(vm);
	} while (!wait_event_timeout(vm->idle_wq, atomic_read(&vm->running) == 0, HZ / 10));
	mutex_lock(&vm->lock);
	keep_last(vm);
	vm_teardown(vm);
	mutex_unlock(&vm->lock);
}

void vm_release(struct hypctl_vm *vm)
{
	u32 slot;

	vm_stop(vm);
	mutex_lock(&list_lock);
	list_del(&vm->link);
	if (!vm->end_said) {
		vm->entry.state = HYPCTL_KILLED;
		strscpy(vm->entry.reason, "hsvm died", sizeof(vm->entry.reason));
	}
	vm->entry.ended = ktime_get_real_seconds();
	vm->entry.vmid = 0;
	if (nr_ended == HYPCTL_ENDED_MAX) {
		forget(0);
	}
	slot = nr_ended++;
	ended[slot].entry = vm->entry;
	memcpy(ended[slot].last, vm->last, sizeof(vm->last));
	list_changed();
	mutex_unlock(&list_lock);
	kfree(vm);
}

static struct hypctl_vm *vm_alloc(const struct hypctl_vm_create *c)
{
	struct hypctl_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL_ACCOUNT);
	u32 i;

	if (!vm) {
		return NULL;
	}
	memcpy(vm->entry.name, c->name, sizeof(vm->entry.name));
	memcpy(vm->entry.uuid, c->uuid, sizeof(vm->entry.uuid));
	vm->entry.ram_size = c->ram_size;
	vm->entry.nr_vcpus = c->nr_vcpus;
	vm->entry.flags = c->flags;
	vm->entry.pid = task_tgid_vnr(current);
	vm->entry.created = ktime_get_real_seconds();
	mutex_init(&vm->lock);
	init_waitqueue_head(&vm->idle_wq);
	xa_init(&vm->ram);
	xa_init(&vm->shared);
	INIT_LIST_HEAD(&vm->structs);
	for (i = 0; i < HS_MAX_VCPUS; i++) {
		mutex_init(&vm->vcpus[i].run_lock);
		init_waitqueue_head(&vm->vcpus[i].wq);
	}
	return vm;
}

/* Into the list, or -EEXIST for a name in use. */
static int vm_register(struct hypctl_vm *vm)
{
	int r = 0;

	mutex_lock(&list_lock);
	if (going_down) {
		r = -ESHUTDOWN;
	} else if (find_live(vm->entry.name)) {
		r = -EEXIST;
	} else {
		vm->entry.id = next_id++;
		list_add_tail(&vm->link, &live_vms);
		list_changed();
	}
	mutex_unlock(&list_lock);
	return r;
}

static long create_vm(struct hypctl_vm_create __user *arg)
{
	struct hypctl_vm_create c;
	struct hypctl_vm *vm;
	struct file *file;
	int fd;
	int r;

	if (copy_from_user(&c, arg, sizeof(c))) {
		return -EFAULT;
	}
	if (!name_is_good(c.name) || c.nr_vcpus < 1 || c.nr_vcpus > HS_MAX_VCPUS) {
		return -EINVAL;
	}
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		return fd;
	}
	vm = vm_alloc(&c);
	r = vm ? vm_register(vm) : -ENOMEM;
	if (r) {
		kfree(vm);
		put_unused_fd(fd);
		return r;
	}
	mutex_lock(&vm->lock);
	r = vm->dying ? -ESHUTDOWN : vm_build(vm); /* a reboot may have begun */
	mutex_unlock(&vm->lock);
	file = r ? ERR_PTR(r) : anon_inode_getfile("[hypctl-vm]", &hypctl_vm_fops, vm, O_RDWR);
	if (IS_ERR(file)) {
		mutex_lock(&vm->lock);
		vm_teardown(vm);
		mutex_unlock(&vm->lock);
		mutex_lock(&list_lock);
		list_del(&vm->link);
		list_changed();
		mutex_unlock(&list_lock);
		kfree(vm);
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static int copy_entry(struct hypctl_vm_entry __user *to, u32 index, u32 max,
		      const struct hypctl_vm_entry *e)
{
	return index < max && copy_to_user(to + index, e, sizeof(*e)) ? -EFAULT : 0;
}

static long list_vms(struct file *f, struct hypctl_vm_list __user *arg)
{
	struct hypctl_vm_list l;
	struct hypctl_vm_entry __user *to;
	struct hypctl_vm *vm;
	u32 i;
	int r = 0;

	if (copy_from_user(&l, arg, sizeof(l))) {
		return -EFAULT;
	}
	to = u64_to_user_ptr(l.entries);
	l.count = 0;
	mutex_lock(&list_lock);
	WRITE_ONCE(f->private_data, (void *)changes);
	list_for_each_entry (vm, &live_vms, link) {
		struct hypctl_vm_entry e = vm->entry;
		u64 info[5] = { 0 };

		if (vm->vmid) {
			(void)hs_call(HS_VM_INFO, vm->vmid, 0, 0, 0, 0, info, 5);
			e.flags = info[3];
		}
		e.pages = info[2];
		e.shared = vm_is_protected(vm) ? info[4] * PAGE_SIZE : e.ram_used;
		r = r ? r : copy_entry(to, l.count++, l.max, &e);
	}
	for (i = nr_ended; i > 0; i--) {
		r = r ? r : copy_entry(to, l.count++, l.max, &ended[i - 1].entry);
	}
	mutex_unlock(&list_lock);
	if (!r && copy_to_user(arg, &l, sizeof(l))) {
		r = -EFAULT;
	}
	return r;
}

/* Of the living or ended VM with this number. list_lock is held. */
static int find_last(struct hypctl_vm_last *l)
{
	struct hypctl_vm *vm;
	u32 i;

	list_for_each_entry (vm, &live_vms, link) {
		if (vm->entry.id == l->id) {
			bool locked = mutex_trylock(&vm->lock); /* it may be held for long */

			l->nr_vcpus = vm->entry.nr_vcpus;
			vm_last(vm, locked, l->vcpu);
			if (locked) {
				mutex_unlock(&vm->lock);
			}
			return 0;
		}
	}
	for (i = 0; i < nr_ended; i++) {
		if (ended[i].entry.id == l->id) {
			l->nr_vcpus = ended[i].entry.nr_vcpus;
			memcpy(l->vcpu, ended[i].last, sizeof(l->vcpu));
			return 0;
		}
	}
	return -ENOENT;
}

static long get_last(struct hypctl_vm_last __user *arg)
{
	struct hypctl_vm_last *l = kzalloc(sizeof(*l), GFP_KERNEL);
	long r = l ? 0 : -ENOMEM;

	if (!r && get_user(l->id, &arg->id)) {
		r = -EFAULT;
	}
	if (!r) {
		mutex_lock(&list_lock);
		r = find_last(l);
		mutex_unlock(&list_lock);
	}
	if (!r && copy_to_user(arg, l, sizeof(*l))) {
		r = -EFAULT;
	}
	kfree(l);
	return r;
}

static long forget_vm(const u32 __user *arg)
{
	struct hypctl_vm *vm;
	long r = -ENOENT;
	u32 id, i;

	if (get_user(id, arg)) {
		return -EFAULT;
	}
	mutex_lock(&list_lock);
	list_for_each_entry (vm, &live_vms, link) {
		r = vm->entry.id == id ? -EBUSY : r;
	}
	for (i = 0; i < nr_ended; i++) {
		if (ended[i].entry.id == id) {
			forget(i);
			list_changed();
			r = 0;
			break;
		}
	}
	mutex_unlock(&list_lock);
	return r;
}

static long get_version(struct hypctl_version __user *arg)
{
	struct hypctl_version v = {
		.driver = HYPCTL_DRIVER_VERSION,
		.abi_driver = HS_ABI_VERSION,
	};
	u64 abi;

	if (hs_call(HS_VERSION, 0, 0, 0, 0, 0, &abi, 1) == HS_OK) {
		v.abi_hypervisor = abi;
	}
	return copy_to_user(arg, &v, sizeof(v)) ? -EFAULT : 0;
}

static long get_info(struct hypctl_getinfo __user *arg)
{
	struct hypctl_getinfo i;
	long err;

	if (copy_from_user(&i, arg, sizeof(i))) {
		return -EFAULT;
	}
	err = hs_call(HS_INFO, i.index, 0, 0, 0, 0, &i.value, 1);
	if (err != HS_OK) {
		return hs_errno(err);
	}
	return copy_to_user(arg, &i, sizeof(i)) ? -EFAULT : 0;
}

static long read_log(struct hypctl_log __user *arg)
{
	struct hypctl_log l;
	u64 res[15];
	long err;

	if (copy_from_user(&l, arg, offsetof(struct hypctl_log, data))) {
		return -EFAULT;
	}
	err = hs_call(HS_LOG_READ, l.pos, 0, 0, 0, 0, res, 15);
	if (err != HS_OK) {
		return hs_errno(err);
	}
	l.pos = res[0];
	l.len = min_t(u64, res[1], HYPCTL_LOG_CHUNK);
	memcpy(l.data, &res[2], HYPCTL_LOG_CHUNK);
	return copy_to_user(arg, &l, sizeof(l)) ? -EFAULT : 0;
}

/* Who has the device open for reading only may list VMs and see what they are. */
static bool only_looks(unsigned int cmd)
{
	return cmd == HYPCTL_GET_VERSION || cmd == HYPCTL_GET_INFO || cmd == HYPCTL_LIST_VMS;
}

static long hypctl_ioctl(struct file *f, unsigned int cmd, unsigned long a)
{
	void __user *arg = (void __user *)a;

	if (!(f->f_mode & FMODE_WRITE) && !only_looks(cmd)) {
		return -EACCES;
	}
	switch (cmd) {
	case HYPCTL_GET_VERSION:
		return get_version(arg);
	case HYPCTL_GET_INFO:
		return get_info(arg);
	case HYPCTL_READ_LOG:
		return read_log(arg);
	case HYPCTL_LIST_VMS:
		return list_vms(f, arg);
	case HYPCTL_GET_LAST:
		return get_last(arg);
	case HYPCTL_FORGET:
		return forget_vm(arg);
	case HYPCTL_CREATE_VM:
		return create_vm(arg);
	default:
		return -ENOTTY;
	}
}

static long vm_start(struct hypctl_vm *vm, struct hypctl_vm_start __user *arg)
{
	static const u64 none[8];
	u64 words[4];
	struct hypctl_vm_start s;
	long err;

	if (copy_from_user(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (s.sig_size != 0 && s.sig_size != sizeof(s.sig)) {
		return -EINVAL;
	}
	err = hs_call(HS_VCPU_SET_ENTRY, vm->vmid, 0, s.pc, s.x0, 0, NULL, 0);
	while (err == HS_OK || err == HS_EAGAIN) {
		err = hs_verify(vm->vmid, s.sig_size ? s.sig : none);
		if (err == HS_OK) {
			break;
		}
		cond_resched();
		if (fatal_signal_pending(current)) {
			return -EINTR;
		}
	}
	if (err == HS_OK && hs_call(HS_VM_MEASUREMENT, vm->vmid, 0, 0, 0, 0, words, 4) == HS_OK) {
		mutex_lock(&list_lock);
		memcpy(vm->entry.measurement, words, sizeof(vm->entry.measurement));
		vm->entry.measured = 1;
		mutex_unlock(&list_lock);
	}
	return hs_errno(err);
}

/* Raises or lowers a line; wakes whom the hypervisor says. */
static long vm_irq(struct hypctl_vm *vm, struct hypctl_irq __user *arg)
{
	struct hypctl_irq irq;
	u64 mask = 0;
	long err;
	u32 i;

	if (copy_from_user(&irq, arg, sizeof(irq))) {
		return -EFAULT;
	}
	err = hs_call(HS_IRQ_LINE, READ_ONCE(vm->vmid), irq.intid, irq.level, 0, 0, &mask, 1);
	for (i = 0; err == HS_OK && i < vm->entry.nr_vcpus; i++) {
		if (mask & BIT(i)) {
			vcpu_wake(vm, i);
		}
	}
	return hs_errno(err);
}

static long vm_set_state(struct hypctl_vm *vm, struct hypctl_vm_setstate __user *arg, bool end)
{
	struct hypctl_vm_setstate s;

	if (copy_from_user(&s, arg, sizeof(s))) {
		return -EFAULT;
	}
	if (s.state > HYPCTL_CRASHED || s.pad) {
		return -EINVAL;
	}
	s.reason[sizeof(s.reason) - 1] = '\0';
	if (end) {
		vm->end_said = true;
		s.state = s.state == HYPCTL_CRASHED ? HYPCTL_CRASHED : HYPCTL_ENDED;
	}
	set_state(vm, s.state, s.reason);
	return 0;
}

static long vm_load_user(struct hypctl_vm *vm, struct hypctl_vm_load __user *arg)
{
	struct hypctl_vm_load load;

	if (copy_from_user(&load, arg, sizeof(load))) {
		return -EFAULT;
	}
	return vm_load(vm, &load);
}

/*
 * Within one page, by way of one of our own: user memory may be this VM's, whose
 * fault takes the lock.
 */
static long copy_piece(struct hypctl_vm *vm, const struct hypctl_vm_copy *c, void *page)
{
	long r;

	if (c->write && copy_from_user(page, u64_to_user_ptr(c->data), c->size)) {
		return -EFAULT;
	}
	mutex_lock(&vm->lock);
	r = vm_copy(vm, c->gpa, page, c->size, c->write);
	mutex_unlock(&vm->lock);
	if (!r && !c->write && copy_to_user(u64_to_user_ptr(c->data), page, c->size)) {
		r = -EFAULT;
	}
	return r;
}

static long vm_copy_user(struct hypctl_vm *vm, struct hypctl_vm_copy __user *arg)
{
	struct hypctl_vm_copy c, piece;
	void *page;
	long r = 0;

	if (copy_from_user(&c, arg, sizeof(c))) {
		return -EFAULT;
	}
	if (c.write > 1 || c.pad || c.gpa + c.size < c.gpa) {
		return -EINVAL;
	}
	page = (void *)__get_free_page(GFP_KERNEL);
	if (!page) {
		return -ENOMEM;
	}
	while (c.size && !r) {
		piece = c;
		piece.size = min_t(u64, c.size, PAGE_SIZE - offset_in_page(c.gpa));
		r = fatal_signal_pending(current) ? -EINTR : copy_piece(vm, &piece, page);
		c.gpa += piece.size;
		c.data += piece.size;
		c.size -= piece.size;
		cond_resched();
	}
	free_page((unsigned long)page);
	return r;
}

static long vm_vcpu_regs(struct hypctl_vm *vm, struct hypctl_vcpu_regs __user *arg)
{
	struct hypctl_vcpu_regs r;
	long err;

	BUILD_BUG_ON(HYPCTL_NR_REGS != HS_REG_COUNT);
	if (copy_from_user(&r, arg, offsetof(struct hypctl_vcpu_regs, reg))) {
		return -EFAULT;
	}
	if (r.vcpu >= vm->entry.nr_vcpus || r.pad) {
		return -EINVAL;
	}
	mutex_lock(&vm->lock);
	err = vm->vmid ? hs_errno(vcpu_regs(vm, r.vcpu, r.reg)) : -ESHUTDOWN;
	mutex_unlock(&vm->lock);
	return err ? err : copy_to_user(arg, &r, sizeof(r)) ? -EFAULT : 0;
}

/* All pages back, and a new VM of the same size. Nobody may have it mapped. */
static long vm_reset(struct hypctl_vm *vm)
{
	long r;

	mutex_lock(&vm->lock);
	if (vm->dying) {
		r = -ESHUTDOWN;
	} else if (atomic_read(&vm->running) || atomic_read(&vm->maps)) {
		r = -EBUSY;
	} else {
		vm_teardown(vm);
		r = vm_build(vm);
	}
	mutex_unlock(&vm->lock);
	return r;
}

static long hypctl_vm_ioctl(struct file *f, unsigned int cmd, unsigned long a)
{
	struct hypctl_vm *vm = f->private_data;
	void __user *arg = (void __user *)a;

	switch (cmd) {
	case HYPCTL_VCPU_RUN:
		return vcpu_run(vm, arg);
	case HYPCTL_VM_IRQ:
		return vm_irq(vm, arg);
	case HYPCTL_VM_LOAD:
		return vm_load_user(vm, arg);
	case HYPCTL_VM_START:
		return vm_start(vm, arg);
	case HYPCTL_VM_PAUSE:
		WRITE_ONCE(vm->paused, true);
		smp_mb();
		vm_kick_all(vm);
		return 0;
	case HYPCTL_VM_RESUME:
		WRITE_ONCE(vm->paused, false);
		vm_kick_all(vm);
		return 0;
	case HYPCTL_VM_SET_STATE:
		return vm_set_state(vm, arg, false);
	case HYPCTL_VM_END:
		return vm_set_state(vm, arg, true);
	case HYPCTL_VM_RESET:
		return vm_reset(vm);
	case HYPCTL_VM_MEASUREMENT:
		return copy_to_user(arg, vm->entry.measurement, sizeof(vm->entry.measurement))
			       ? -EFAULT
		       : vm->entry.measured ? 0
					    : -ENODATA;
	case HYPCTL_VM_COPY:
		return vm_copy_user(vm, arg);
	case HYPCTL_VCPU_REGS:
		return vm_vcpu_regs(vm, arg);
	default:
		return -ENOTTY;
	}
}

static vm_fault_t vm_fault(struct vm_fault *vmf)
{
	struct hypctl_vm *vm = vmf->vma->vm_file->private_data;
	struct page *p = NULL;
	int r;

	mutex_lock(&vm->lock);
	if (READ_ONCE(vm->dying)) {
		r = -EFAULT;
	} else if (vm_is_protected(vm)) {
		r = vm_map_shared(vm, vmf->pgoff, &p); /* what the guest shares, no more */
	} else {
		r = vm_populate(vm, vmf->pgoff);
		p = r ? NULL : vm_page(vm, vmf->pgoff);
	}
	if (!r) {
		get_page(p);
	}
	mutex_unlock(&vm->lock);
	if (r) {
		return VM_FAULT_SIGBUS; /* VM_FAULT_OOM would only be retried */
	}
	vmf->page = p;
	return 0;
}

static void vm_map_open(struct vm_area_struct *vma)
{
	struct hypctl_vm *vm = vma->vm_file->private_data;

	atomic_inc(&vm->maps);
}

static void vm_map_close(struct vm_area_struct *vma)
{
	struct hypctl_vm *vm = vma->vm_file->private_data;

	if (atomic_dec_and_test(&vm->maps) && vm_is_protected(vm)) {
		mutex_lock(&vm->lock);
		if (!atomic_read(&vm->maps)) {
			vm_unmap_shared(vm); /* so that the guest can take it back */
		}
		mutex_unlock(&vm->lock);
	}
}

static const struct vm_operations_struct vm_ops = {
	.open = vm_map_open,
	.close = vm_map_close,
	.fault = vm_fault,
};

static int hypctl_vm_mmap(struct file *f, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED)) {
		return -EINVAL;
	}
	vma->vm_flags |= VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP;
	vma->vm_ops = &vm_ops;
	vm_map_open(vma);
	return 0;
}

static int hypctl_vm_release(struct inode *inode, struct file *f)
{
	vm_release(f->private_data);
	return 0;
}

const struct file_operations hypctl_vm_fops = {
	.owner = THIS_MODULE,
	.release = hypctl_vm_release,
	.unlocked_ioctl = hypctl_vm_ioctl,
	.mmap = hypctl_vm_mmap,
	.llseek = noop_llseek,
};

static int hypctl_open(struct inode *inode, struct file *f)
{
	f->private_data = NULL; /* has seen nothing yet */
	return 0;
}

/* Readable: VMs have come, gone or changed since this file was last asked for the list. */
static __poll_t hypctl_poll(struct file *f, poll_table *wait)
{
	poll_wait(f, &changed_wq, wait);
	return READ_ONCE(f->private_data) != (void *)READ_ONCE(changes) ? EPOLLIN | EPOLLRDNORM : 0;
}

static const struct file_operations hypctl_fops = {
	.owner = THIS_MODULE,
	.open = hypctl_open,
	.poll = hypctl_poll,
	.unlocked_ioctl = hypctl_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice hypctl_dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hypctl",
	.fops = &hypctl_fops,
	.mode = 0664, /* others: see only_looks() */
};

/* Reboot, power off and kexec: no VM survives, and no page of one. */
static int on_reboot(struct notifier_block *nb, unsigned long event, void *arg)
{
	struct hypctl_vm *vm;

	mutex_lock(&list_lock);
	going_down = true;
	list_for_each_entry (vm, &live_vms, link) {
		vm_stop(vm);
	}
	mutex_unlock(&list_lock);
	return NOTIFY_DONE;
}

/* An image of dom0 would miss what it cannot read. */
static int on_pm(struct notifier_block *nb, unsigned long event, void *arg)
{
	return event == PM_HIBERNATION_PREPARE ? NOTIFY_BAD : NOTIFY_DONE;
}

static struct notifier_block reboot_nb = { .notifier_call = on_reboot };
static struct notifier_block pm_nb = { .notifier_call = on_pm };

static int __init hypctl_init(void)
{
	struct device_node *np;
	u64 abi = 0;
	int r;

	np = of_find_compatible_node(NULL, NULL, "homestead,hypervisor");
	if (!np) {
		pr_err("hypctl: this machine does not run under Homestead\n");
		return -ENODEV;
	}
	of_node_put(np);
	if (hs_call(HS_VERSION, 0, 0, 0, 0, 0, &abi, 1) != HS_OK || abi != HS_ABI_VERSION) {
		pr_err("hypctl: the hypervisor has ABI %llu, this driver needs %u\n", abi,
		       HS_ABI_VERSION);
		return -EPROTO;
	}
	r = hypctl_irq_init();
	if (r) {
		pr_err("hypctl: cannot claim the hypervisor's interrupts: %d\n", r);
		return r;
	}
	r = misc_register(&hypctl_dev);
	if (r) {
		hypctl_irq_exit();
		return r;
	}
	register_reboot_notifier(&reboot_nb);
	register_pm_notifier(&pm_nb);
	return 0;
}

static void __exit hypctl_exit(void)
{
	unregister_pm_notifier(&pm_nb);
	unregister_reboot_notifier(&reboot_nb);
	misc_deregister(&hypctl_dev);
	hypctl_irq_exit();
}

module_init(hypctl_init);
module_exit(hypctl_exit);
MODULE_DESCRIPTION("dom0's side of the Homestead hypervisor");
MODULE_LICENSE("Dual BSD/GPL");
