/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libhypctl: VMs of the Homestead hypervisor from C.
 *
 * Functions that can fail return 0 or a negative errno and leave a message in
 * the handle (hypctl_error()); they print nothing and never exit. A handle
 * belongs to one thread at a time; vCPUs run from a thread each on one VM
 * handle (hypctl_vcpu_run(), hypctl_vm_irq(), hypctl_vm_read() and
 * hypctl_vm_write() may be called concurrently).
 * Sizes are bytes, addresses are the guest's physical addresses.
 */
#ifndef HYPCTL_H
#define HYPCTL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HYPCTL_NAME_SIZE 64 /* with its NUL */
#define HYPCTL_REASON_SIZE 96
#define HYPCTL_MEASUREMENT_SIZE 32 /* SHA-256 */
#define HYPCTL_SIGNATURE_SIZE 64   /* ECDSA over P-256: r and s, big-endian */
#define HYPCTL_MAX_VCPUS 8u
#define HYPCTL_MAX_CONSOLES 4u
#define HYPCTL_MAX_CPUS 64u    /* physical ones that a set can name */
#define HYPCTL_CPUSET_SIZE 200 /* of the text of any set */

/* ---- configuration: the XML of a VM (homestead-xml(5)) ---- */

enum hypctl_action { HYPCTL_DESTROY, HYPCTL_RESTART, HYPCTL_PRESERVE };

struct hypctl_console {
	char *log_file; /* NULL: none */
	bool log_append;
};

struct hypctl_config {
	char name[HYPCTL_NAME_SIZE];
	uint8_t uuid[16];
	bool has_uuid; /* the XML says it; else it is a new, random one */
	char *title;   /* NULL: not given; so for all strings below */
	char *description;
	char *metadata; /* the element, as XML */
	uint64_t memory;
	unsigned int vcpus;
	uint64_t cpus[HYPCTL_MAX_VCPUS]; /* where each may run, a bit a CPU; 0: anywhere */
	char *kernel;
	char *initrd;
	char *cmdline;
	enum hypctl_action on_poweroff, on_reboot, on_crash;
	struct hypctl_console console[HYPCTL_MAX_CONSOLES]; /* by port */
	unsigned int consoles;				    /* at least one */
	bool has_rng;					    /* a source of random numbers */
	uint32_t rng_bytes, rng_period;			    /* so many in so many ms; 0: no limit */
	bool is_protected; /* dom0 cannot see its memory and registers */
	bool measured;	   /* its boot images are hashed by the hypervisor */
	bool has_measurement;
	uint8_t measurement[HYPCTL_MEASUREMENT_SIZE]; /* that it must have to start */
	char *signature;			      /* file with the owner's signature of it */
	bool allow_dma; /* not of the XML: protected though devices can reach it */
};

/* What a message is about; line 0: the whole file. */
enum hypctl_severity { HYPCTL_MSG_ERROR, HYPCTL_MSG_WARNING, HYPCTL_MSG_NOTE };
typedef void (*hypctl_message_fn)(void *arg, enum hypctl_severity severity, int line, int column,
				  const char *text);

/*
 * Parses and checks XML text of size bytes. Every error goes to fn. Returns 0,
 * -EINVAL (errors were reported), -EOPNOTSUPP (valid, but asks for what this
 * version does not do), or -ENOMEM. Free *config with hypctl_config_free().
 */
int hypctl_config_parse(const char *text, size_t size, hypctl_message_fn fn, void *arg,
			struct hypctl_config **config);
/*
 * The XML of a configuration: complete, every default said, what it was made of
 * forgotten. Parsed again, it gives the same configuration. Free *text with
 * free(). Returns 0 or -ENOMEM.
 */
int hypctl_config_write(const struct hypctl_config *config, char **text);
void hypctl_config_free(struct hypctl_config *config);

/*
 * A set of CPUs, as libvirt writes it: "0-3,^2,6". Returns 0, -EINVAL (no such
 * list, or an empty one) or -ERANGE (a CPU above 63).
 */
int hypctl_cpuset_parse(const char *text, uint64_t *cpus);
/* The other way round; returns text. */
const char *hypctl_cpuset_format(uint64_t cpus, char text[HYPCTL_CPUSET_SIZE]);
#define HYPCTL_UUID_SIZE 37u
/* As 8-4-4-4-12 hex digits in lower case; returns text. */
const char *hypctl_uuid_format(const uint8_t uuid[16], char text[HYPCTL_UUID_SIZE]);

/* ---- images: what a VM starts from ---- */

struct hypctl_image {
	uint8_t *data;
	size_t size;
	uint64_t gpa;
};

struct hypctl_images {
	struct hypctl_image kernel, initrd, dtb, dtb_copy;
	uint64_t entry; /* first PC; x0 is dtb.gpa */
	bool has_signature;
	uint8_t signature[HYPCTL_SIGNATURE_SIZE];
	char note[160]; /* something the user should know, or "" */
};

/*
 * Reads the files of config and builds the guest's device tree. Needs no
 * hypervisor. error (size bytes) says what is wrong. Returns 0, -ENOENT,
 * -EACCES, -ENOEXEC (not a kernel for this machine), -E2BIG (does not fit the
 * VM's memory), -EIO or -ENOMEM.
 */
int hypctl_images_load(const struct hypctl_config *config, struct hypctl_images *images,
		       char *error, size_t size);
void hypctl_images_free(struct hypctl_images *images);

/*
 * The measurement that the hypervisor will have of a VM with these images, if
 * config asks for one; hsctl(1) has the formula.
 */
void hypctl_images_measure(const struct hypctl_config *config, const struct hypctl_images *images,
			   uint8_t measurement[HYPCTL_MEASUREMENT_SIZE]);

/*
 * Signs a measurement with the P-256 private key in PEM text (SEC 1 or PKCS #8),
 * as "openssl dgst -sha256 -sign" would: DER in sig, of which *sig_size bytes may
 * be and were used (72 are enough). Returns 0 or -EINVAL: no such key.
 */
int hypctl_sign(const char *pem, size_t pem_size,
		const uint8_t measurement[HYPCTL_MEASUREMENT_SIZE], uint8_t *sig, size_t *sig_size);

/* ---- the host ---- */

struct hypctl;

/*
 * -ENOENT: no /dev/hypctl; -EACCES; -EPROTO: versions differ. Who may only read
 * the device gets a handle that lists VMs and the host; all else is -EACCES.
 */
int hypctl_open(struct hypctl **h);
void hypctl_close(struct hypctl *h);
const char *hypctl_error(const struct hypctl *h); /* of a NULL handle too */

/* Which VMs need the owner's signature. */
enum hypctl_owner_key { HYPCTL_OWNER_NONE, HYPCTL_OWNER_ALL, HYPCTL_OWNER_PROTECTED };

struct hypctl_host {
	uint64_t dom0_pages, core_pages, guest_pages, ram_pages; /* of 4 KiB */
	unsigned int cpus, vms;
	uint64_t boot_ticks; /* counter when the hypervisor entered dom0 */
	bool dma_contained;
	enum hypctl_owner_key owner_key;
	unsigned int version[3];
};
int hypctl_host_info(struct hypctl *h, struct hypctl_host *info);

/* Reads the hypervisor's log from *pos; moves *pos. Returns bytes or -errno. */
int hypctl_log_read(struct hypctl *h, uint64_t *pos, char *buf, size_t size);

enum hypctl_vm_state {
	HYPCTL_VM_CREATED,
	HYPCTL_VM_RUNNING,
	HYPCTL_VM_PAUSED,
	HYPCTL_VM_OFF, /* powered off, kept */
	HYPCTL_VM_CRASHED,
	HYPCTL_VM_ENDED,  /* gone; of the last 64 the entry stays readable */
	HYPCTL_VM_KILLED, /* gone: its hsvm died */
};
const char *hypctl_vm_state_name(enum hypctl_vm_state state);

struct hypctl_vm_info {
	char name[HYPCTL_NAME_SIZE];
	uint8_t uuid[16];
	char reason[HYPCTL_REASON_SIZE];
	uint64_t memory, memory_used, pages;
	uint64_t shared; /* bytes of it that dom0 can see or may map */
	bool is_protected, dma_allowed;
	bool measured; /* measurement is known: the VM has started */
	uint8_t measurement[HYPCTL_MEASUREMENT_SIZE];
	int64_t created, ended; /* seconds since 1970; ended 0: alive */
	uint64_t exits, mmio_exits;
	unsigned int vcpus, id;
	enum hypctl_vm_state state;
	int pid;
};
/* Living VMs, then ended ones, newest first. Free *list with free(). */
int hypctl_vm_list(struct hypctl *h, struct hypctl_vm_info **list, size_t *count);

/* ---- living VMs: what their processes do when they are asked ---- */

#define HYPCTL_RUN_DIR "/run/hs" /* /run/hs/NAME is of the VM's process */
#define HYPCTL_SOCKET_SIZE 24	 /* of a socket's name in it */

/*
 * A command line for the VM of this name, as hsctl(1) gives them: pause, resume,
 * power-key, sysrq K, reboot SECONDS (an end within them is a restart), pin
 * VCPU CPUS (a set, hexadecimal), reset, kill, status, dump-core. Waits for its
 * answer, at most timeout milliseconds (0: as long as it takes); answer (size
 * bytes) has what it says. With a stream, that is the connection, which the
 * caller closes: of dump-core, it has as many bytes as the answer says.
 * -ECANCELED: refused, answer says why; -ESRCH: there is no such living VM, or
 * it ended before it answered; -EACCES; -ETIMEDOUT; -EPROTO.
 */
int hypctl_vm_command(const char *name, const char *command, unsigned int timeout, char *answer,
		      size_t size, int *stream);

enum hypctl_console_mode {
	HYPCTL_CONSOLE_TYPE, /* reads and types; one may do that */
	HYPCTL_CONSOLE_TAKE, /* the same; who did so before is sent away */
	HYPCTL_CONSOLE_READ,
	HYPCTL_CONSOLE_FOLLOW, /* reads, from now on */
	HYPCTL_CONSOLE_DUMP    /* what it has shown so far, then the end */
};
/*
 * A connection to a console, by port, to read, poll and write: what it has shown
 * (at most 1 MiB of it), then what it shows. It ends with the VM. -ENXIO: the VM
 * has no console of this port; -EBUSY: somebody types there; -ESRCH: there is no
 * such living VM; -EACCES; -EPROTO.
 */
int hypctl_console_open(const char *name, unsigned int port, enum hypctl_console_mode mode,
			int *fd);
/* The name of that console's socket in /run/hs/NAME, for who listens there; returns socket. */
const char *hypctl_console_socket(unsigned int port, char socket[HYPCTL_SOCKET_SIZE]);

/*
 * fn is told of each request to the driver, or to a VM's process, when it has been
 * answered, in words; but of none that VMs need as they run. NULL: nobody is. Of the
 * whole process: before there are other threads.
 */
void hypctl_trace(void (*fn)(void *arg, const char *text), void *arg);

/* ---- events: what becomes of VMs ---- */

enum hypctl_event_kind {
	HYPCTL_EVENT_CREATED,
	HYPCTL_EVENT_STATE,  /* another state, or another reason for it: a reset */
	HYPCTL_EVENT_ENDED,  /* also crashed and killed: vm.state */
	HYPCTL_EVENT_CONSOLE /* one of its consoles has shown something */
};

struct hypctl_event {
	enum hypctl_event_kind kind;
	struct hypctl_vm_info vm;    /* as it is now */
	enum hypctl_vm_state before; /* of STATE and ENDED */
	/* Of CONSOLE: a line without its end, or 1023 bytes of one; until the next call. */
	unsigned int port;
	const char *text; /* may have any bytes in it, and no NUL behind */
	size_t size;
};

struct hypctl_events;

/* Events from now on; has a descriptor of its own. The errors of hypctl_open(). */
int hypctl_events_open(struct hypctl_events **e);
/*
 * Also lines of the consoles of one VM or (NULL) of all: from now on, and of VMs
 * that are created later from their beginning; all of a VM's come before its end.
 * Who is 1 MiB behind, or half a second at the end, loses some; a VM that has ended
 * before the next look is known by its end alone. -EACCES, -EINVAL (no name), -ENOMEM.
 */
int hypctl_events_consoles(struct hypctl_events *e, const char *name);
/* To poll for reading: there may be an event. */
int hypctl_events_fd(const struct hypctl_events *e);
/*
 * The next event: 1; 0: there is none, poll. States between two looks are not
 * seen. -ENOMEM, -EIO.
 */
int hypctl_events_next(struct hypctl_events *e, struct hypctl_event *event);
void hypctl_events_close(struct hypctl_events *e);

struct hypctl_vcpu_info {
	unsigned int id, cpu; /* where it runs, or ran last */
	bool running;	      /* else it waits */
	uint64_t cpu_time;    /* nanoseconds; in steps of dom0's clock tick */
	uint64_t cpus;	      /* where it may run */
};
/*
 * The vCPUs of a living VM, as dom0's kernel schedules them; *count is vm->vcpus.
 * -ESRCH: it has ended; -EAGAIN: its vCPUs do not run just now (it is off but
 * kept, or being started again); -EACCES.
 */
int hypctl_vm_vcpus(const struct hypctl_vm_info *vm,
		    struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS], unsigned int *count);

/* How a vCPU left the guest: what dom0 learns of it. */
enum hypctl_last_exit {
	HYPCTL_LAST_NONE, /* it has not run yet */
	HYPCTL_LAST_IRQ,  /* a physical interrupt came */
	HYPCTL_LAST_WFI,
	HYPCTL_LAST_READ,  /* of a device: address, bytes */
	HYPCTL_LAST_WRITE, /* to a device: address, bytes, value */
	HYPCTL_LAST_RAM,   /* a page of RAM was touched first: its number */
	HYPCTL_LAST_OFF,
	HYPCTL_LAST_RESET,
	HYPCTL_LAST_VCPU_ON, /* which it started */
	HYPCTL_LAST_KICK,    /* dom0 wanted something */
	HYPCTL_LAST_VCPU_OFF,
	HYPCTL_LAST_SHARE /* first page, how many */
};

struct hypctl_vcpu_last {
	enum hypctl_last_exit exit;
	uint64_t arg[3];
	uint64_t exits;
	bool has_registers; /* of an ordinary VM's vCPU that was not in the guest */
	uint64_t pc, pstate, elr_el1, esr_el1, far_el1;
};
/*
 * The last exit of each vCPU of the VM with this number, living or ended; *count
 * is how many it has. -ENOENT: there is none, not even among the ended ones.
 */
int hypctl_vm_last(struct hypctl *h, unsigned int id,
		   struct hypctl_vcpu_last last[HYPCTL_MAX_VCPUS], unsigned int *count);

/* Forgets an ended VM. -ENOENT: there is none; -EBUSY: it lives. */
int hypctl_vm_forget(struct hypctl *h, unsigned int id);

/* ---- one VM; it lives until hypctl_vm_close() ---- */

struct hypctl_vm;

/*
 * -EEXIST: the name is in use; -ENOMEM; -ENOSPC: no VMID is free; -EACCES: it is
 * to be protected, but devices are not contained and config does not allow that.
 */
int hypctl_vm_create(struct hypctl *h, const struct hypctl_config *config, struct hypctl_vm **vm);
void hypctl_vm_close(struct hypctl_vm *vm);

/*
 * Loads the images and makes the VM ready to run. -EKEYREJECTED: the owner's
 * signature is missing or wrong, or the measurement is not the one that config
 * wants.
 */
int hypctl_vm_boot(struct hypctl_vm *vm, const struct hypctl_images *images);
/* Drops all memory and starts over; hypctl_vm_boot() is next. */
int hypctl_vm_reset(struct hypctl_vm *vm);
int hypctl_vm_pause(struct hypctl_vm *vm);
int hypctl_vm_resume(struct hypctl_vm *vm);
/* Level of a shared peripheral interrupt, 32..255. */
int hypctl_vm_irq(struct hypctl_vm *vm, unsigned int intid, bool high);
/* What list and info show. ended: final, the VM is about to be closed. */
int hypctl_vm_set_state(struct hypctl_vm *vm, enum hypctl_vm_state state, const char *reason,
			bool ended);

enum hypctl_exit { HYPCTL_EXIT_READ, HYPCTL_EXIT_WRITE, HYPCTL_EXIT_OFF, HYPCTL_EXIT_RESET };

struct hypctl_vcpu_exit {
	/* In: the answer to a read; nothing was there: abort. */
	uint64_t value;
	bool abort;
	/* Out. */
	enum hypctl_exit kind;
	uint64_t address;
	unsigned int size;
	uint64_t data; /* that is written */
};
/*
 * Runs a vCPU until user space has to do something. -EINTR: call again with
 * the same exit; -ESHUTDOWN: the VM is over; -ENOMEM: dom0 has no page.
 */
int hypctl_vcpu_run(struct hypctl_vm *vm, unsigned int vcpu, struct hypctl_vcpu_exit *exit);

/* The registers of a vCPU, in the names of the Arm ARM. */
struct hypctl_registers {
	uint64_t x[31], pc, pstate, sp_el0, sp_el1, elr_el1, esr_el1, far_el1;
};
/* -EBUSY: it is in the guest, pause the VM first; -EACCES: the VM is protected. */
int hypctl_vcpu_registers(struct hypctl_vm *vm, unsigned int vcpu, struct hypctl_registers *r);
/*
 * Copies size bytes of RAM at gpa, from the VM or to it; from any thread. Of pages
 * that are not populated, zeros are read; they are populated to be written.
 * -EINVAL: not in RAM; -EACCES: the VM is protected; -ENOMEM: dom0 has no page.
 * After an error, part of it may have been copied.
 */
int hypctl_vm_read(struct hypctl_vm *vm, uint64_t gpa, void *data, size_t size);
int hypctl_vm_write(struct hypctl_vm *vm, uint64_t gpa, const void *data, size_t size);

/* The guest machine, as hypctl_images_load() describes it to the guest. */
#define HYPCTL_SPI_OF(intid) ((intid)-32u)
#define HYPCTL_UART_BASE 0x09000000u /* of console 0; the others' follow one another */
#define HYPCTL_UART_INTID 33u
#define HYPCTL_MORE_UARTS_BASE 0x09040000u
#define HYPCTL_MORE_UARTS_INTID 40u
#define HYPCTL_UART_BASE_OF(port)                                                                  \
	((port) == 0 ? HYPCTL_UART_BASE : HYPCTL_MORE_UARTS_BASE + ((port)-1u) * HYPCTL_DEVICE_SIZE)
#define HYPCTL_UART_INTID_OF(port)                                                                 \
	((port) == 0 ? HYPCTL_UART_INTID : HYPCTL_MORE_UARTS_INTID + (port)-1u)
#define HYPCTL_RTC_BASE 0x09010000u
#define HYPCTL_RTC_INTID 34u
#define HYPCTL_GPIO_BASE 0x09030000u
#define HYPCTL_GPIO_INTID 39u
#define HYPCTL_GPIO_POWER_KEY 3u
#define HYPCTL_DEVICE_SIZE 0x1000u
#define HYPCTL_RNG_BASE 0x0a000000u /* the first virtio-mmio device of QEMU's */
#define HYPCTL_RNG_INTID 48u
#define HYPCTL_VIRTIO_SIZE 0x200u
#define HYPCTL_RAM_BASE 0x40000000u

#ifdef __cplusplus
}
#endif
#endif
