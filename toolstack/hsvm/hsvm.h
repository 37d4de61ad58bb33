/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hsvm: one process a VM. The main thread serves sockets and timers; each
 * vCPU has a thread. Devices and the console ring are under vm.lock.
 */
#ifndef HSVM_H
#define HSVM_H

#include <hypctl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pl011 {
	uint32_t cr, lcr, imsc, ris, ibrd, fbrd, ifls, dmacr;
	uint16_t fifo[32]; /* with error bits */
	unsigned int head, count;
	bool line;
};

struct pl031 {
	int64_t offset; /* guest's time minus ours, seconds */
	uint32_t match, load, imsc, ris;
	bool line;
};

struct pl061 {
	uint8_t data, dir, is, ibe, iev, ie, ris, afsel;
	uint8_t seen; /* pins that the guest has read since they rose */
	bool line;
};

/* What a vCPU thread tells the main thread. */
enum vm_event { EVENT_NONE, EVENT_OFF, EVENT_RESET, EVENT_NO_MEMORY, EVENT_ERROR };

struct vm {
	struct hypctl_config *config;
	struct hypctl *host;
	struct hypctl_vm *hv;
	int run_dir;  /* /run/hs/NAME */
	int event_fd; /* wakes the main thread */
	pthread_t threads[HYPCTL_MAX_VCPUS];
	bool alive[HYPCTL_MAX_VCPUS]; /* main thread: not yet joined */
	atomic_bool stop;	      /* vCPU threads: return */
	bool paused;
	bool kept;	      /* off or crashed, but preserved */
	unsigned int boots;   /* restarts since the VM was created */
	int64_t reboot_until; /* until then an end of the guest is a restart, ms; 0 */
	int64_t key_pressed;  /* when the power key went down, ms; 0: it is up */
	int64_t panic_at;     /* when on_crash is carried out, ms; 0: no panic */

	pthread_mutex_t lock; /* all below */
	enum vm_event event;
	int event_errno;
	struct pl011 uart[HYPCTL_MAX_CONSOLES]; /* by port */
	struct pl031 rtc;
	struct pl061 gpio;
	bool panicked; /* the console said so */
};

extern struct vm vm;

int64_t now_ms(void);
void notify_main(void);

/* pl011.c, pl031.c, pl061.c, virtio_rng.c: registers, 32 bits wide. vm.lock is held. */
void pl011_reset(unsigned int port);
uint32_t pl011_read(unsigned int port, uint64_t offset);
void pl011_write(unsigned int port, uint64_t offset, uint32_t value);
/* Characters for the guest; how many were taken. */
size_t pl011_input(unsigned int port, const uint8_t *data, size_t n);
/* BREAK, and a key behind it even if the FIFO is full: for SysRq. */
void pl011_break(unsigned int port);
void pl011_key(unsigned int port, uint8_t c);
void pl031_reset(void);
uint32_t pl031_read(uint64_t offset);
void pl031_write(uint64_t offset, uint32_t value);
/* Raises the alarm when its time has come. Milliseconds until then, or -1. */
int pl031_poll(void);
void pl061_reset(void);
uint32_t pl061_read(uint64_t offset);
void pl061_write(uint64_t offset, uint32_t value);
void pl061_set_pin(unsigned int pin, bool high);
/* Whether the guest has read the pin since it rose. */
bool pl061_pin_seen(unsigned int pin);
/* virtio_rng.c: <rng>, if the configuration has one. */
void rng_reset(void);
uint32_t rng_read(uint64_t offset);
void rng_write(uint64_t offset, uint32_t value);
/* Does what had to wait. Milliseconds until there is more, or -1. */
int rng_poll(void);
/* The identification registers at 0xfe0.. that all PrimeCells have. */
uint32_t primecell_id(uint64_t offset, uint32_t part, uint32_t revision);

/* vcpu.c */
void vcpus_start(void);
void vcpus_stop(void); /* returns when all threads are joined */
/* Where a vCPU may run from now on. 0 or an errno. */
int vcpu_pin(unsigned int vcpu, uint64_t cpus);

/* console.c: of each port a ring, a log file, and clients. 0 or -errno; id: of the VM. */
int console_init(unsigned int port, int listen_fd, unsigned int id);
/* Leaves the last output for hsctl; also what an hsvm that was killed has left. */
void console_keep(void);
void console_keep_old(void);
/* One character of the guest. vm.lock is held. */
void console_output(unsigned int port, uint8_t c);
void console_reopen_log(void);
void console_flush(void); /* sends what is left, with a time limit */
struct pollfd;
/* Adds its descriptors (at most max); handles what poll() found. */
size_t console_poll_add(struct pollfd *fds, size_t max);
void console_poll_handle(const struct pollfd *fds, size_t n);
unsigned int console_clients(void);

/* control.c */
int control_init(int listen_fd);
size_t control_poll_add(struct pollfd *fds, size_t max);
void control_poll_handle(const struct pollfd *fds, size_t n);

/* core.c: sends a core of the VM, which is paused meanwhile, to fd (that is duplicated). 0 or an
 * errno. */
int core_begin(int fd);
bool core_running(void);
void core_poll(void); /* the main thread, after each event */
void core_stop(void); /* before memory and registers change */

/* main.c: what control commands ask for. */
void vm_set_paused(bool paused);
void vm_press_power_key(void);
void vm_sysrq(char key);
/* If the guest powers off or resets within so many seconds, it starts again. */
void vm_expect_reboot(unsigned int seconds);
/* Writes domain.xml as the configuration is now. False: errno. */
bool vm_write_config(void);
/* Starts it anew at once, also if it is off and kept. -1, or reply_fd gets why not. */
void vm_restart(const char *why, int reply_fd);
/* Ends the VM and the process. reply_fd (or -1) gets "ok\n" when all is back. */
void vm_end(const char *reason, bool crashed, int reply_fd) __attribute__((noreturn));

#endif
