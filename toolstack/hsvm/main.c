/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hsvm, started by hsctl with the XML in descriptor 3 and a status pipe in
 * descriptor 4. "ok" on the pipe means that the VM exists and runs (or is
 * paused); "CODE TEXT" is an exit code for hsctl and its message.
 */
#include "hsvm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "console_ring.h"
#include "exit_codes.h"
#include "sandbox.h"

#define XML_FD 3
#define STATUS_FD 4
#define MAX_XML (1u << 20)
#define MAX_POLL 64u
/* A guest looks at the key some time after its interrupt: until then it stays down. */
#define POWER_KEY_MS 100
#define POWER_KEY_MAX_MS 10000
#define PANIC_GRACE_MS 1000 /* the backtrace still reaches the log */
#define MEMORY_RESERVE_KB 32768ull

struct vm vm;

static int signal_fd = -1;

int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void notify_main(void)
{
	uint64_t one = 1;

	(void)!write(vm.event_fd, &one, sizeof(one));
}

static void remove_run_dir(void)
{
	if (vm.run_dir >= 0) {
		char socket[HYPCTL_SOCKET_SIZE];
		unsigned int port;

		console_keep();
		(void)unlinkat(vm.run_dir, "control.sock", 0);
		for (port = 0; port < vm.config->consoles; port++) {
			(void)unlinkat(vm.run_dir, hypctl_console_socket(port, socket), 0);
		}
		(void)unlinkat(vm.run_dir, "pid", 0);
		(void)unlinkat(vm.run_dir, "domain.xml", 0);
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", RUN_DIR, vm.config->name);
		(void)rmdir(path);
	}
}

static void status(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The one answer to hsctl; a failure ends the process. */
static void status(int code, const char *fmt, ...)
{
	char text[600];
	va_list ap;
	int n;

	n = code != 0 ? snprintf(text, sizeof(text), "%d ", code)
		      : snprintf(text, sizeof(text), "ok ");
	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - (size_t)n, fmt, ap);
	va_end(ap);
	if (code != 0) { /* everything is gone before hsctl hears of it */
		if (vm.hv != NULL) {
			(void)hypctl_vm_set_state(vm.hv, HYPCTL_VM_OFF, "could not be started",
						  true);
		}
		remove_run_dir();
		hypctl_vm_close(vm.hv);
	}
	(void)!write(STATUS_FD, text, strlen(text));
	close(STATUS_FD);
	if (code != 0) {
		_exit(code);
	}
}

static void note(const char *text)
{
	char buf[256];

	snprintf(buf, sizeof(buf), "note %s\n", text);
	(void)!write(STATUS_FD, buf, strlen(buf));
}

/* A request to the driver, for hsctl create -v. */
static void tell_trace(void *arg, const char *text)
{
	(void)arg;
	dprintf(STATUS_FD, "trace %s\n", text);
}

static char *read_xml(size_t *size)
{
	char *text = malloc(MAX_XML + 1u);
	ssize_t n;

	*size = 0;
	while (text != NULL && *size <= MAX_XML &&
	       (n = read(XML_FD, text + *size, MAX_XML + 1u - *size)) > 0) {
		*size += (size_t)n;
	}
	close(XML_FD);
	return text;
}

static void ignore_message(void *arg, enum hypctl_severity severity, int line, int column,
			   const char *text)
{
	(void)arg, (void)severity, (void)line, (void)column, (void)text;
}

static int exit_code(int err)
{
	switch (-err) {
	case EEXIST:
	case EBUSY:
		return HSX_STATE;
	case EACCES:
	case EPERM:
	case EKEYREJECTED:
		return HSX_PERMISSION;
	case ENOMEM:
	case ENOSPC:
	case E2BIG:
		return HSX_RESOURCES;
	case ENOENT:
	case ENOEXEC:
		return HSX_CONFIG;
	case EPROTO:
		return HSX_NO_HYPERVISOR;
	default:
		return HSX_FAILED;
	}
}

/* More than dom0 can give would only end in the OOM killer. */
static void check_memory(void)
{
	unsigned long long available = 0;
	unsigned long long cma = 0;
	char text[128];
	FILE *f = fopen("/proc/meminfo", "re");

	while (f != NULL && fgets(text, sizeof(text), f) != NULL) {
		(void)sscanf(text, "MemAvailable: %llu", &available);
		(void)sscanf(text, "CmaFree: %llu", &cma); /* not for the kernel's own use */
	}
	if (f != NULL) {
		fclose(f);
	}
	available -= available > cma ? cma : 0;
	if (available != 0 && vm.config->memory / 1024u + MEMORY_RESERVE_KB > available) {
		status(HSX_RESOURCES,
		       "the VM wants %llu MiB; dom0 has %llu MiB free and keeps %llu of them",
		       (unsigned long long)(vm.config->memory >> 20), available / 1024u,
		       MEMORY_RESERVE_KB / 1024u);
	}
}

/* Whose /run/hs/NAME is. */
static gid_t dir_group(void)
{
	struct stat st;

	return fstat(vm.run_dir, &st) == 0 ? st.st_gid : (gid_t)-1;
}

static int listen_at(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%.10s/%.64s/%.16s", RUN_DIR, vm.config->name,
		 name);
	(void)unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ||
	    chmod(a.sun_path, 0660) != 0 || chown(a.sun_path, (uid_t)-1, dir_group()) != 0 ||
	    listen(fd, 8) != 0) {
		status(HSX_FAILED, "%s: %s", a.sun_path, strerror(errno));
	}
	return fd;
}

/* /run/hs/NAME: what an hsvm that was killed left there is ours now. */
static void open_run_dir(void)
{
	char path[128];
	int fd;

	(void)mkdir(RUN_DIR, 0755);
	snprintf(path, sizeof(path), "%s/%s", RUN_DIR, vm.config->name);
	if (mkdir(path, 0750) != 0 && errno != EEXIST) {
		status(errno == EACCES ? HSX_PERMISSION : HSX_FAILED, "%s: %s", path,
		       strerror(errno));
	}
	vm.run_dir = open(path, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (vm.run_dir < 0 || sandbox_share(vm.run_dir) != 0) {
		status(HSX_FAILED, "%s: %s", path, strerror(errno));
	}
	console_keep_old();
	fd = openat(vm.run_dir, "pid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0) {
		dprintf(fd, "%d\n", (int)getpid());
		close(fd);
	}
}

/* This VM's number. What ended VMs have left that nobody can ask for any more goes. */
static unsigned int look_around(void)
{
	DIR *d = opendir(ENDED_DIR);
	struct hypctl_vm_info *list;
	unsigned int id = 0;
	struct dirent *e;
	size_t count, i;

	if (hypctl_vm_list(vm.host, &list, &count) != 0) {
		status(HSX_FAILED, "%s", hypctl_error(vm.host));
	}
	for (i = 0; i < count; i++) {
		if (list[i].ended == 0 && strcmp(list[i].name, vm.config->name) == 0) {
			id = list[i].id;
		}
	}
	while (d != NULL && (e = readdir(d)) != NULL) {
		unsigned long old = strtoul(e->d_name, NULL, 10);

		for (i = 0; i < count && list[i].id != old; i++) {
		}
		if (i == count && old != 0) {
			(void)unlinkat(dirfd(d), e->d_name, 0);
		}
	}
	if (d != NULL) {
		(void)closedir(d);
	}
	free(list);
	return id;
}

bool vm_write_config(void)
{
	char *text = NULL;
	int fd = -1;
	bool good = hypctl_config_write(vm.config, &text) == 0;

	if (good) { /* complete, or not there */
		fd = openat(vm.run_dir, "domain.xml.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0640);
		good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		       renameat(vm.run_dir, "domain.xml.new", vm.run_dir, "domain.xml") == 0;
	}
	if (fd >= 0) {
		close(fd);
	}
	free(text);
	return good;
}

/* CPUs that are not there would leave a vCPU nowhere to run. */
static void check_cpus(void)
{
	long there = sysconf(_SC_NPROCESSORS_CONF);
	unsigned int i, cpu;

	for (i = 0; i < vm.config->vcpus; i++) {
		for (cpu = there > 0 ? (unsigned int)there : 1u; cpu < HYPCTL_MAX_CPUS; cpu++) {
			if ((vm.config->cpus[i] >> cpu & 1u) != 0) {
				status(HSX_RESOURCES,
				       "vCPU %u may run on CPU %u; this machine has CPUs 0 to %ld",
				       i, cpu, there - 1);
			}
		}
	}
}

static void reset_devices(void)
{
	unsigned int port;

	pthread_mutex_lock(&vm.lock);
	for (port = 0; port < vm.config->consoles; port++) {
		pl011_reset(port);
	}
	pl031_reset();
	pl061_reset();
	rng_reset();
	vm.event = EVENT_NONE;
	vm.panicked = false;
	pthread_mutex_unlock(&vm.lock);
	vm.panic_at = 0;
	vm.key_pressed = 0;
}

/* Images are read anew each time: a reboot takes a new kernel. */
static int boot(char *error, size_t size)
{
	struct hypctl_images images;
	int r = hypctl_images_load(vm.config, &images, error, size);

	if (r == 0) {
		r = hypctl_vm_boot(vm.hv, &images);
		if (r != 0) {
			snprintf(error, size, "%s", hypctl_error(vm.host));
		}
		hypctl_images_free(&images);
	}
	return r;
}

static void set_state(enum hypctl_vm_state state, const char *reason)
{
	(void)hypctl_vm_set_state(vm.hv, state, reason, false);
}

void vm_set_paused(bool paused)
{
	if (paused) {
		(void)hypctl_vm_pause(vm.hv);
		set_state(HYPCTL_VM_PAUSED, "paused by hsctl");
	} else {
		set_state(HYPCTL_VM_RUNNING, "");
		(void)hypctl_vm_resume(vm.hv);
	}
	vm.paused = paused;
}

void vm_press_power_key(void)
{
	pthread_mutex_lock(&vm.lock);
	pl061_set_pin(HYPCTL_GPIO_POWER_KEY, true);
	pthread_mutex_unlock(&vm.lock);
	vm.key_pressed = now_ms();
}

void vm_sysrq(char key)
{
	pthread_mutex_lock(&vm.lock);
	pl011_break(0);
	pl011_key(0, (uint8_t)key);
	pthread_mutex_unlock(&vm.lock);
}

void vm_end(const char *reason, bool crashed, int reply_fd)
{
	core_stop();
	vcpus_stop();
	console_flush();
	(void)hypctl_vm_set_state(vm.hv, crashed ? HYPCTL_VM_CRASHED : HYPCTL_VM_OFF, reason, true);
	remove_run_dir();
	hypctl_vm_close(vm.hv); /* returns when every page is dom0's again */
	if (reply_fd >= 0) {
		(void)!write(reply_fd, "ok\n", 3);
	}
	_exit(0);
}

static void keep(enum hypctl_vm_state state, const char *reason)
{
	vcpus_stop();
	vm.kept = true;
	set_state(state, reason);
}

void vm_restart(const char *why, int reply_fd)
{
	char error[400] = "";
	char text[512];

	core_stop();
	vcpus_stop();
	(void)hypctl_vm_resume(vm.hv); /* a pause does not outlive the machine */
	vm.paused = false;
	vm.kept = false;
	vm.reboot_until = 0;
	if (hypctl_vm_reset(vm.hv) == 0) {
		reset_devices();
		if (boot(error, sizeof(error)) == 0) {
			vm.boots++;
			set_state(HYPCTL_VM_RUNNING, why);
			vcpus_start();
			return;
		}
	} else {
		snprintf(error, sizeof(error), "%s", hypctl_error(vm.host));
	}
	if (reply_fd >= 0) {
		dprintf(reply_fd, "error it could not start again and has ended: %.400s\n", error);
	}
	snprintf(text, sizeof(text), "restart failed: %.400s", error);
	vm_end(text, true, -1);
}

void vm_expect_reboot(unsigned int seconds)
{
	vm.reboot_until = now_ms() + (int64_t)seconds * 1000;
}

static void act(enum hypctl_action action, enum hypctl_vm_state state, const char *reason)
{
	switch (action) {
	case HYPCTL_RESTART:
		vm_restart(reason, -1);
		break;
	case HYPCTL_PRESERVE:
		keep(state, reason);
		break;
	default:
		vm_end(reason, state == HYPCTL_VM_CRASHED, -1);
	}
}

static void handle_event(void)
{
	enum vm_event event;
	bool panicked;
	char text[96];
	int err;

	pthread_mutex_lock(&vm.lock);
	event = vm.event;
	err = vm.event_errno;
	vm.event = EVENT_NONE;
	panicked = vm.panicked;
	pthread_mutex_unlock(&vm.lock);
	if (panicked && vm.panic_at == 0) {
		vm.panic_at = now_ms() + PANIC_GRACE_MS;
		set_state(HYPCTL_VM_CRASHED, "the guest's kernel panicked");
	}
	if ((event == EVENT_OFF || event == EVENT_RESET) && !panicked &&
	    now_ms() < vm.reboot_until) {
		vm_restart("rebooted by hsctl", -1);
		return;
	}
	switch (event) {
	case EVENT_OFF:
		act(vm.config->on_poweroff, HYPCTL_VM_OFF, "powered off by the guest");
		break;
	case EVENT_RESET:
		if (panicked) {
			act(vm.config->on_crash, HYPCTL_VM_CRASHED, "the guest's kernel panicked");
		} else {
			act(vm.config->on_reboot, HYPCTL_VM_OFF, "rebooted by the guest");
		}
		break;
	case EVENT_NO_MEMORY:
		(void)hypctl_vm_pause(vm.hv);
		vm.paused = true;
		set_state(HYPCTL_VM_PAUSED, "dom0 has no memory left for it; free some, resume");
		break;
	case EVENT_ERROR:
		snprintf(text, sizeof(text), "a vCPU cannot run: %s", strerror(err));
		act(vm.config->on_crash, HYPCTL_VM_CRASHED, text);
		break;
	default:
		break;
	}
}

static void handle_timers(void)
{
	int64_t down = vm.key_pressed != 0 ? now_ms() - vm.key_pressed : 0;

	if (down >= POWER_KEY_MS) {
		pthread_mutex_lock(&vm.lock);
		if (down >= POWER_KEY_MAX_MS || pl061_pin_seen(HYPCTL_GPIO_POWER_KEY)) {
			pl061_set_pin(HYPCTL_GPIO_POWER_KEY, false);
			vm.key_pressed = 0;
		}
		pthread_mutex_unlock(&vm.lock);
	}
	if (vm.panic_at > 0 && now_ms() >= vm.panic_at && !vm.kept) {
		vm.panic_at = -1;
		act(vm.config->on_crash, HYPCTL_VM_CRASHED, "the guest's kernel panicked");
	}
}

/* Of two times in milliseconds, of which -1 is never. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int next_timeout(void)
{
	int timeout;

	pthread_mutex_lock(&vm.lock);
	timeout = sooner(pl031_poll(), rng_poll());
	pthread_mutex_unlock(&vm.lock);
	if (vm.key_pressed != 0 || vm.panic_at > 0) {
		timeout = sooner(timeout, 20);
	}
	return timeout;
}

static void handle_signal(void)
{
	struct signalfd_siginfo s;

	if (read(signal_fd, &s, sizeof(s)) != (ssize_t)sizeof(s)) {
		return;
	}
	if (s.ssi_signo == SIGHUP) {
		console_reopen_log();
	} else {
		vm_end("hsvm was told to stop", false, -1);
	}
}

static void serve(void)
{
	for (;;) {
		struct pollfd fds[MAX_POLL];
		size_t n = 0;
		uint64_t ignored;

		fds[n++] = (struct pollfd){ .fd = vm.event_fd, .events = POLLIN };
		fds[n++] = (struct pollfd){ .fd = signal_fd, .events = POLLIN };
		n += control_poll_add(fds + n, MAX_POLL - n);
		n += console_poll_add(fds + n, MAX_POLL - n);
		if (poll(fds, n, next_timeout()) < 0 && errno != EINTR) {
			vm_end("poll failed", true, -1);
		}
		if ((fds[0].revents & POLLIN) != 0) {
			(void)!read(vm.event_fd, &ignored, sizeof(ignored));
		}
		if ((fds[1].revents & POLLIN) != 0) {
			handle_signal();
		}
		console_poll_handle(fds, n);
		control_poll_handle(fds, n);
		core_poll();
		handle_event();
		handle_timers();
	}
}

static void on_usr1(int sig)
{
	(void)sig; /* only interrupts an ioctl */
}

static void setup_process(void)
{
	struct sigaction usr1 = { .sa_handler = on_usr1 };
	sigset_t set;
	int fd;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigaction(SIGUSR1, &usr1, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_SETMASK, &set, NULL);
	signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	vm.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	pthread_mutex_init(&vm.lock, NULL);
	vm.run_dir = -1;
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0) { /* its memory is the VM's: better it than hsctl */
		(void)!write(fd, "1000", 4);
		close(fd);
	}
}

static bool has_arg(int argc, char **argv, const char *what)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (strcmp(argv[i], what) == 0) {
			return true;
		}
	}
	return false;
}

static void open_consoles(void)
{
	unsigned int id = look_around();
	char socket[HYPCTL_SOCKET_SIZE];
	unsigned int port;
	int r;

	for (port = 0; port < vm.config->consoles; port++) {
		const char *file = vm.config->console[port].log_file;

		r = console_init(port, listen_at(hypctl_console_socket(port, socket)), id);
		if (r != 0) {
			status(HSX_FAILED, "log file %s: %s", file != NULL ? file : "in " RUN_DIR,
			       strerror(-r));
		}
	}
}

int main(int argc, char **argv)
{
	bool paused = has_arg(argc, argv, "--paused");
	char error[400] = "";
	struct hypctl_images images;
	size_t size;
	char *xml;
	int r;

	if (fcntl(XML_FD, F_GETFD) < 0 || fcntl(STATUS_FD, F_GETFD) < 0) {
		fprintf(stderr, "hsvm is started by hsctl create\n");
		return HSX_USAGE;
	}
	setup_process();
	if (has_arg(argc, argv, "--verbose")) {
		hypctl_trace(tell_trace, NULL);
	}
	r = hypctl_open(&vm.host);
	if (r != 0) {
		status(r == -EACCES ? HSX_PERMISSION : HSX_NO_HYPERVISOR, "%s", hypctl_error(NULL));
	}
	r = sandbox_user(); /* before anything of the VM's is looked at */
	if (r != 0) {
		status(HSX_FAILED, "cannot become user hs: %s", strerror(r));
	}
	xml = read_xml(&size);
	if (xml == NULL || hypctl_config_parse(xml, size, ignore_message, NULL, &vm.config) != 0) {
		status(HSX_CONFIG, "the configuration is not valid");
	}
	free(xml);
	vm.config->allow_dma = has_arg(argc, argv, "--allow-dma");
	check_memory();
	check_cpus();
	r = hypctl_images_load(vm.config, &images, error, sizeof(error));
	if (r != 0) {
		status(exit_code(r), "%s", error);
	}
	if (images.note[0] != '\0') {
		note(images.note);
	}
	r = hypctl_vm_create(vm.host, vm.config, &vm.hv);
	if (r != 0) {
		status(exit_code(r), "%s", hypctl_error(vm.host));
	}
	open_run_dir();
	if (!vm_write_config()) {
		status(HSX_FAILED, "%s/%s/domain.xml: %s", RUN_DIR, vm.config->name,
		       strerror(errno));
	}
	(void)control_init(listen_at("control.sock"));
	open_consoles();
	reset_devices();
	r = hypctl_vm_boot(vm.hv, &images);
	if (r != 0) {
		status(exit_code(r), "%s", hypctl_error(vm.host));
	}
	hypctl_images_free(&images);
	r = sandbox_seal();
	if (r != 0) {
		status(HSX_FAILED, "seccomp: %s", strerror(r));
	}
	if (paused) {
		vm_set_paused(true);
	} else {
		set_state(HYPCTL_VM_RUNNING, "");
	}
	hypctl_trace(NULL, NULL);
	vcpus_start();
	status(0, "%s", vm.config->name);
	serve();
	return 0;
}
