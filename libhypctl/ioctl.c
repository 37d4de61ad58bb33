/* SPDX-License-Identifier: BSD-2-Clause */
/* The one file that talks to /dev/hypctl. */
#include "hypctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hypctl_ioctl.h"
#include "hypctl_private.h"
#include "public/homestead.h"

#define DEVICE "/dev/hypctl"

struct hypctl {
	int fd;
	bool read_only;
	char error[256];
};

struct hypctl_vm {
	struct hypctl *host;
	int fd;
	bool has_measurement; /* that it must have */
	uint8_t measurement[HYPCTL_MEASUREMENT_SIZE];
};

static char open_error[256];

static int fail(struct hypctl *h, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct hypctl *h, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(h != NULL ? h->error : open_error, sizeof(open_error), fmt, ap);
	va_end(ap);
	return -err;
}

const char *hypctl_error(const struct hypctl *h)
{
	return h != NULL ? h->error : open_error;
}

static int check_version(struct hypctl *h)
{
	struct hypctl_version v;

	if (traced(ioctl(h->fd, HYPCTL_GET_VERSION, &v), "GET_VERSION", "") != 0) {
		return fail(NULL, errno, "%s: %s", DEVICE, strerror(errno));
	}
	if (v.driver != HYPCTL_DRIVER_VERSION || v.abi_hypervisor != HS_ABI_VERSION) {
		return fail(NULL, EPROTO,
			    "hypervisor has ABI %u, driver %u; this program needs %u and %u: "
			    "install one version of all three",
			    v.abi_hypervisor, v.driver, HS_ABI_VERSION, HYPCTL_DRIVER_VERSION);
	}
	return 0;
}

int hypctl_open(struct hypctl **out)
{
	struct hypctl *h = calloc(1, sizeof(*h));
	int r;

	*out = NULL;
	if (h == NULL) {
		return fail(NULL, ENOMEM, "out of memory");
	}
	h->fd = traced(open(DEVICE, O_RDWR | O_CLOEXEC), DEVICE, "");
	if (h->fd < 0 && errno == EACCES) {
		h->fd = traced(open(DEVICE, O_RDONLY | O_CLOEXEC), DEVICE, "to read");
		h->read_only = true;
	}
	if (h->fd < 0) {
		r = errno;
		free(h);
		if (r == EACCES || r == EPERM) {
			return fail(NULL, EACCES,
				    "%s: permission denied: you must be root, or in group hs",
				    DEVICE);
		}
		return fail(NULL, ENOENT,
			    "%s: %s: no Homestead hypervisor here, or hypctl.ko is not loaded",
			    DEVICE, strerror(r));
	}
	r = check_version(h);
	if (r != 0) {
		close(h->fd);
		free(h);
		return r;
	}
	*out = h;
	return 0;
}

int hypctl_descriptor(const struct hypctl *h)
{
	return h->fd;
}

void hypctl_close(struct hypctl *h)
{
	if (h != NULL) {
		close(h->fd);
		free(h);
	}
}

/* More than to list VMs. */
static int may_act(struct hypctl *h)
{
	return h->read_only ? fail(h, EACCES,
				   "%s: permission denied: you may list VMs; for more "
				   "you must be root, or in group hs",
				   DEVICE)
			    : 0;
}

static int get_info(struct hypctl *h, enum hs_info index, uint64_t *value)
{
	struct hypctl_getinfo i = { .index = index };
	char number[12];

	snprintf(number, sizeof(number), "%u", index);
	if (traced(ioctl(h->fd, HYPCTL_GET_INFO, &i), "GET_INFO", number) != 0) {
		return fail(h, errno, "hypervisor information %u: %s", index, strerror(errno));
	}
	*value = i.value;
	return 0;
}

int hypctl_host_info(struct hypctl *h, struct hypctl_host *info)
{
	uint64_t v[HS_INFO_COUNT] = { 0 };
	unsigned int i;
	int r = 0;

	for (i = 0; i < HS_INFO_COUNT && r == 0; i++) {
		r = get_info(h, (enum hs_info)i, &v[i]);
	}
	info->dom0_pages = v[HS_INFO_DOM0_PAGES];
	info->core_pages = v[HS_INFO_CORE_PAGES];
	info->guest_pages = v[HS_INFO_GUEST_PAGES];
	info->ram_pages = v[HS_INFO_RAM_PAGES];
	info->boot_ticks = v[HS_INFO_BOOT_TICKS];
	info->cpus = (unsigned int)v[HS_INFO_NR_CPUS];
	info->vms = (unsigned int)v[HS_INFO_NR_VMS];
	info->owner_key = (enum hypctl_owner_key)v[HS_INFO_OWNER_KEY];
	info->dma_contained = v[HS_INFO_DMA] == HS_DMA_CONTAINED;
	info->version[0] = (unsigned int)(v[HS_INFO_VERSION] >> 32);
	info->version[1] = (unsigned int)(v[HS_INFO_VERSION] >> 16 & 0xffff);
	info->version[2] = (unsigned int)(v[HS_INFO_VERSION] & 0xffff);
	return r;
}

int hypctl_log_read(struct hypctl *h, uint64_t *pos, char *buf, size_t size)
{
	struct hypctl_log l = { .pos = *pos };

	if (may_act(h) != 0) {
		return -EACCES;
	}
	if (traced(ioctl(h->fd, HYPCTL_READ_LOG, &l), "READ_LOG", "") != 0) {
		return fail(h, errno, "hypervisor log: %s", strerror(errno));
	}
	if (l.len > size) {
		l.pos -= l.len - size;
		l.len = (uint32_t)size;
	}
	memcpy(buf, l.data, l.len);
	*pos = l.pos;
	return (int)l.len;
}

const char *hypctl_vm_state_name(enum hypctl_vm_state state)
{
	static const char *const names[] = { "created", "running", "paused", "off",
					     "crashed", "ended",   "killed" };

	return (unsigned int)state < sizeof(names) / sizeof(names[0]) ? names[state] : "?";
}

static void entry_copy(struct hypctl_vm_info *to, const struct hypctl_vm_entry *from)
{
	memcpy(to->name, from->name, sizeof(to->name));
	memcpy(to->uuid, from->uuid, sizeof(to->uuid));
	memcpy(to->reason, from->reason, sizeof(to->reason));
	to->memory = from->ram_size;
	to->memory_used = from->ram_used;
	to->pages = from->pages;
	to->shared = from->shared;
	to->measured = from->measured != 0;
	memcpy(to->measurement, from->measurement, sizeof(to->measurement));
	to->is_protected = (from->flags & HS_VM_PROTECTED) != 0;
	to->dma_allowed = (from->flags & HS_VM_ALLOW_DMA) != 0;
	to->created = from->created;
	to->ended = from->ended;
	to->exits = from->exits;
	to->mmio_exits = from->mmio_exits;
	to->vcpus = from->nr_vcpus;
	to->id = from->id;
	to->state = (enum hypctl_vm_state)from->state;
	to->pid = (int)from->pid;
}

int hypctl_vm_list(struct hypctl *h, struct hypctl_vm_info **list, size_t *count)
{
	struct hypctl_vm_list l = { .max = 512 };
	struct hypctl_vm_entry *e = calloc(l.max, sizeof(*e));
	uint32_t i;
	int r = 0;

	*list = NULL;
	*count = 0;
	if (e == NULL) {
		return fail(h, ENOMEM, "out of memory");
	}
	l.entries = (uintptr_t)e;
	if (traced(ioctl(h->fd, HYPCTL_LIST_VMS, &l), "LIST_VMS", "") != 0) {
		r = fail(h, errno, "list of VMs: %s", strerror(errno));
	} else {
		l.count = l.count < l.max ? l.count : l.max;
		*list = calloc(l.count + 1u, sizeof(**list));
		r = *list == NULL ? fail(h, ENOMEM, "out of memory") : 0;
	}
	for (i = 0; r == 0 && i < l.count; i++) {
		entry_copy(&(*list)[i], &e[i]);
		*count = i + 1u;
	}
	free(e);
	return r;
}

int hypctl_vm_last(struct hypctl *h, unsigned int id,
		   struct hypctl_vcpu_last last[HYPCTL_MAX_VCPUS], unsigned int *count)
{
	static const enum hypctl_last_exit kinds[HS_EXIT_COUNT] = {
		[HS_EXIT_IRQ] = HYPCTL_LAST_IRQ,	[HS_EXIT_WFI] = HYPCTL_LAST_WFI,
		[HS_EXIT_MMIO_READ] = HYPCTL_LAST_READ, [HS_EXIT_MMIO_WRITE] = HYPCTL_LAST_WRITE,
		[HS_EXIT_RAM] = HYPCTL_LAST_RAM,	[HS_EXIT_OFF] = HYPCTL_LAST_OFF,
		[HS_EXIT_RESET] = HYPCTL_LAST_RESET,	[HS_EXIT_VCPU_ON] = HYPCTL_LAST_VCPU_ON,
		[HS_EXIT_KICK] = HYPCTL_LAST_KICK,	[HS_EXIT_VCPU_OFF] = HYPCTL_LAST_VCPU_OFF,
		[HS_EXIT_SHARE] = HYPCTL_LAST_SHARE,
	};
	struct hypctl_vm_last l = { .id = id };
	unsigned int i;

	*count = 0;
	if (may_act(h) != 0) {
		return -EACCES;
	}
	if (traced(ioctl(h->fd, HYPCTL_GET_LAST, &l), "GET_LAST", "") != 0) {
		return fail(h, errno, "VM %u: %s", id, strerror(errno));
	}
	for (i = 0; i < l.nr_vcpus && i < HYPCTL_MAX_VCPUS; i++) {
		const struct hypctl_vcpu_last_entry *v = &l.vcpu[i];

		last[i] = (struct hypctl_vcpu_last){
			.exit = v->exits == 0		  ? HYPCTL_LAST_NONE
				: v->exit < HS_EXIT_COUNT ? kinds[v->exit]
							  : HYPCTL_LAST_NONE,
			.arg = { v->arg[0], v->arg[1], v->arg[2] },
			.exits = v->exits,
			.has_registers = v->has_regs != 0,
			.pc = v->pc,
			.pstate = v->pstate,
			.elr_el1 = v->elr_el1,
			.esr_el1 = v->esr_el1,
			.far_el1 = v->far_el1,
		};
	}
	*count = i;
	return 0;
}

int hypctl_vm_forget(struct hypctl *h, unsigned int id)
{
	uint32_t n = id;

	if (may_act(h) != 0) {
		return -EACCES;
	}
	return traced(ioctl(h->fd, HYPCTL_FORGET, &n), "FORGET", "") == 0
		       ? 0
		       : fail(h, errno, "VM %u: %s", id, strerror(errno));
}

int hypctl_vm_create(struct hypctl *h, const struct hypctl_config *config, struct hypctl_vm **out)
{
	struct hypctl_vm_create c = { .ram_size = config->memory, .nr_vcpus = config->vcpus };
	struct hypctl_vm *vm = calloc(1, sizeof(*vm));
	int r;

	*out = NULL;
	if (vm == NULL) {
		return fail(h, ENOMEM, "out of memory");
	}
	if (may_act(h) != 0) {
		free(vm);
		return -EACCES;
	}
	memcpy(c.name, config->name, sizeof(c.name));
	memcpy(c.uuid, config->uuid, sizeof(c.uuid));
	c.flags = (config->is_protected ? HS_VM_PROTECTED : 0) |
		  (config->measured ? HS_VM_MEASURED : 0) |
		  (config->allow_dma ? HS_VM_ALLOW_DMA : 0);
	vm->host = h;
	vm->has_measurement = config->has_measurement;
	memcpy(vm->measurement, config->measurement, sizeof(vm->measurement));
	vm->fd = traced(ioctl(h->fd, HYPCTL_CREATE_VM, &c), "CREATE_VM", config->name);
	if (vm->fd < 0) {
		r = errno;
		free(vm);
		switch (r) {
		case EEXIST:
			return fail(h, r, "a VM named %s exists already", config->name);
		case ENOMEM:
			return fail(h, r, "dom0 has not enough free memory for VM %s",
				    config->name);
		case EACCES:
			return fail(h, r,
				    "VM %s cannot be protected: the hypervisor runs with "
				    "dma=trusted, devices can reach all memory; boot it with "
				    "dma=contained, or create the VM with --allow-dma",
				    config->name);
		case ENOSPC:
			return fail(h, r, "the hypervisor has no free VMID: at most 255 VMs");
		default:
			return fail(h, r, "VM %s: %s", config->name, strerror(r));
		}
	}
	*out = vm;
	return 0;
}

void hypctl_vm_close(struct hypctl_vm *vm)
{
	if (vm != NULL) {
		close(vm->fd);
		free(vm);
	}
}

static int load(struct hypctl_vm *vm, const struct hypctl_image *image, const char *what)
{
	struct hypctl_vm_load l = { .gpa = image->gpa,
				    .data = (uintptr_t)image->data,
				    .size = image->size };

	if (image->size == 0 || traced(ioctl(vm->fd, HYPCTL_VM_LOAD, &l), "VM_LOAD", what) == 0) {
		return 0;
	}
	return fail(vm->host, errno, "cannot load the %s at 0x%llx: %s", what,
		    (unsigned long long)image->gpa, strerror(errno));
}

/* Whether the hypervisor has loaded what the configuration wants. */
static int check_measurement(struct hypctl_vm *vm)
{
	struct hypctl_measurement m;

	if (!vm->has_measurement) {
		return 0;
	}
	if (traced(ioctl(vm->fd, HYPCTL_VM_MEASUREMENT, &m), "VM_MEASUREMENT", "") != 0) {
		return fail(vm->host, errno, "no measurement: %s", strerror(errno));
	}
	if (memcmp(m.sha256, vm->measurement, sizeof(m.sha256)) != 0) {
		return fail(vm->host, EKEYREJECTED,
			    "the VM's measurement is not the one in <measurement>: kernel, "
			    "initrd, command line, memory or vCPUs differ (hsctl measure)");
	}
	return 0;
}

int hypctl_vm_boot(struct hypctl_vm *vm, const struct hypctl_images *images)
{
	struct hypctl_vm_start s = { .pc = images->entry, .x0 = images->dtb.gpa };
	int r = load(vm, &images->kernel, "kernel");

	r = r != 0 ? r : load(vm, &images->initrd, "initrd");
	r = r != 0 ? r : load(vm, &images->dtb, "device tree");
	r = r != 0 ? r : load(vm, &images->dtb_copy, "device tree");
	if (images->has_signature) {
		s.sig_size = sizeof(s.sig);
		memcpy(s.sig, images->signature, sizeof(s.sig));
	}
	if (r == 0 && traced(ioctl(vm->fd, HYPCTL_VM_START, &s), "VM_START", "") != 0) {
		if (errno != EKEYREJECTED) {
			return fail(vm->host, errno, "cannot start: %s", strerror(errno));
		}
		return fail(vm->host, EKEYREJECTED,
			    images->has_signature
				    ? "the signature does not hold for this VM and the owner's "
				      "key of this hypervisor (or it has none): sign it anew "
				      "with hsctl sign"
				    : "this hypervisor starts only VMs that its owner has "
				      "signed: add <signature file=...> (hsctl sign)");
	}
	return r != 0 ? r : check_measurement(vm);
}

static int simple(struct hypctl_vm *vm, unsigned long request, const char *what)
{
	return traced(ioctl(vm->fd, request), "VM", what) == 0
		       ? 0
		       : fail(vm->host, errno, "%s: %s", what, strerror(errno));
}

int hypctl_vm_reset(struct hypctl_vm *vm)
{
	return simple(vm, HYPCTL_VM_RESET, "reset");
}

int hypctl_vm_pause(struct hypctl_vm *vm)
{
	return simple(vm, HYPCTL_VM_PAUSE, "pause");
}

int hypctl_vm_resume(struct hypctl_vm *vm)
{
	return simple(vm, HYPCTL_VM_RESUME, "resume");
}

int hypctl_vm_irq(struct hypctl_vm *vm, unsigned int intid, bool high)
{
	struct hypctl_irq irq = { .intid = intid, .level = high ? 1 : 0 };

	return ioctl(vm->fd, HYPCTL_VM_IRQ, &irq) == 0 ? 0 : -errno;
}

int hypctl_vm_set_state(struct hypctl_vm *vm, enum hypctl_vm_state state, const char *reason,
			bool ended)
{
	struct hypctl_vm_setstate s = { .state = (uint32_t)state };

	snprintf(s.reason, sizeof(s.reason), "%s", reason);
	return traced(ioctl(vm->fd, ended ? HYPCTL_VM_END : HYPCTL_VM_SET_STATE, &s),
		      ended ? "VM_END" : "VM_SET_STATE", hypctl_vm_state_name(state)) == 0
		       ? 0
		       : -errno;
}

int hypctl_vcpu_run(struct hypctl_vm *vm, unsigned int vcpu, struct hypctl_vcpu_exit *e)
{
	struct hypctl_vcpu_run run = { .vcpu = vcpu,
				       .flags = e->abort ? HS_RUN_ABORT : 0,
				       .value = e->value };

	if (ioctl(vm->fd, HYPCTL_VCPU_RUN, &run) != 0) {
		return -errno;
	}
	e->value = 0;
	e->abort = false;
	e->address = run.arg[0];
	e->size = (unsigned int)run.arg[1];
	e->data = run.arg[2];
	switch (run.exit) {
	case HS_EXIT_MMIO_READ:
		e->kind = HYPCTL_EXIT_READ;
		break;
	case HS_EXIT_MMIO_WRITE:
		e->kind = HYPCTL_EXIT_WRITE;
		break;
	case HS_EXIT_OFF:
		e->kind = HYPCTL_EXIT_OFF;
		break;
	case HS_EXIT_RESET:
		e->kind = HYPCTL_EXIT_RESET;
		break;
	default:
		return -EPROTO;
	}
	return 0;
}

int hypctl_vcpu_registers(struct hypctl_vm *vm, unsigned int vcpu, struct hypctl_registers *r)
{
	struct hypctl_vcpu_regs regs = { .vcpu = vcpu };

	if (ioctl(vm->fd, HYPCTL_VCPU_REGS, &regs) != 0) {
		return -errno;
	}
	memcpy(r->x, &regs.reg[HS_REG_X0], sizeof(r->x));
	r->pc = regs.reg[HS_REG_PC];
	r->pstate = regs.reg[HS_REG_PSTATE];
	r->sp_el0 = regs.reg[HS_REG_SP_EL0];
	r->sp_el1 = regs.reg[HS_REG_SP_EL1];
	r->elr_el1 = regs.reg[HS_REG_ELR_EL1];
	r->esr_el1 = regs.reg[HS_REG_ESR_EL1];
	r->far_el1 = regs.reg[HS_REG_FAR_EL1];
	return 0;
}

static int copy(struct hypctl_vm *vm, uint64_t gpa, const void *data, size_t size, bool write)
{
	struct hypctl_vm_copy c = {
		.gpa = gpa, .data = (uintptr_t)data, .size = size, .write = write ? 1 : 0
	};

	return ioctl(vm->fd, HYPCTL_VM_COPY, &c) == 0 ? 0 : -errno;
}

int hypctl_vm_read(struct hypctl_vm *vm, uint64_t gpa, void *data, size_t size)
{
	return copy(vm, gpa, data, size, false);
}

int hypctl_vm_write(struct hypctl_vm *vm, uint64_t gpa, const void *data, size_t size)
{
	return copy(vm, gpa, data, size, true);
}
