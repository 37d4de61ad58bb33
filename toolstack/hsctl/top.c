/* SPDX-License-Identifier: BSD-2-Clause */
/* top: what the VMs do just now, like xentop. */
#include "hsctl.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "table.h"

#define HEAD_LINES 3u /* above the VMs */
#define ANSWER_MS 200 /* an hsvm that hangs does not hold the others' numbers back */

/* A VM as it was looked at. */
struct sample {
	struct hypctl_vm_info vm;
	uint64_t cpu_time;	 /* of all its vCPUs, ns */
	int consoles;		 /* attached; -1: hsvm does not say */
	double cpu, exits, mmio; /* a second, since the look before; below 0: there was none */
};

struct samples {
	struct sample *vm;
	size_t count;
	double when;	      /* s */
	uint64_t busy, total; /* dom0's CPUs, in its clock ticks */
	struct hypctl_host host;
};

static volatile sig_atomic_t stop, resized;

/* ---- looking ---- */

/* Attached consoles, or -1. */
static int consoles(const char *name)
{
	char answer[64];
	int count = -1;

	return hypctl_vm_command(name, "status", ANSWER_MS, answer, sizeof(answer), NULL) == 0 &&
			       sscanf(answer, "consoles %d", &count) == 1
		       ? count
		       : -1;
}

/* What dom0's CPUs, guests included, have done since it booted. */
static void cpu_ticks(uint64_t *busy, uint64_t *total)
{
	unsigned long long t[8] = { 0 }; /* user nice system idle iowait irq softirq steal */
	FILE *f = fopen("/proc/stat", "re");
	unsigned int i;

	*busy = *total = 0;
	if (f != NULL && fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1],
				&t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) >= 4) {
		for (i = 0; i < 8u; i++) {
			*total += t[i];
		}
		*busy = *total - t[3] - t[4];
	}
	if (f != NULL) {
		fclose(f);
	}
}

static const struct sample *before(const struct samples *old, unsigned int id)
{
	size_t i;

	for (i = 0; i < old->count; i++) {
		if (old->vm[i].vm.id == id) {
			return &old->vm[i];
		}
	}
	return NULL;
}

/* What was added in a second; counters begin anew when a VM does. */
static double rate(uint64_t now_, uint64_t then, double seconds)
{
	return now_ >= then && seconds > 0 ? (double)(now_ - then) / seconds : 0;
}

static void look_at(struct sample *s, const struct hypctl_vm_info *vm, const struct samples *old,
		    double seconds)
{
	struct hypctl_vcpu_info vcpus[HYPCTL_MAX_VCPUS];
	const struct sample *last = before(old, vm->id);
	unsigned int n = 0;
	unsigned int v;

	*s = (struct sample){
		.vm = *vm, .consoles = consoles(vm->name), .cpu = -1, .exits = -1, .mmio = -1
	};
	(void)hypctl_vm_vcpus(vm, vcpus, &n); /* none: it is off, but kept */
	for (v = 0; v < n; v++) {
		s->cpu_time += vcpus[v].cpu_time;
	}
	if (last != NULL) {
		s->cpu = rate(s->cpu_time, last->cpu_time, seconds) / 1e7;
		s->exits = rate(vm->exits, last->vm.exits, seconds);
		s->mmio = rate(vm->mmio_exits, last->vm.mmio_exits, seconds);
	}
}

/* Looks at all VMs, or the one that is named. An exit code. */
static int look(int argc, char **argv, const struct samples *old, struct samples *s)
{
	struct hypctl_vm_info *list;
	size_t count, i;
	int code = HSX_OK;
	struct hypctl *h = living(argc, argv, &list, &count, &s->host, &code);

	if (h == NULL) {
		return code;
	}
	hypctl_close(h);
	s->when = now();
	cpu_ticks(&s->busy, &s->total);
	s->vm = calloc(count + 1u, sizeof(*s->vm));
	if (s->vm == NULL) {
		free(list);
		return fail(HSX_RESOURCES, "out of memory");
	}
	for (i = 0; i < count; i++) {
		look_at(&s->vm[i], &list[i], old, s->when - old->when);
	}
	s->count = count;
	free(list);
	return HSX_OK;
}

/* ---- showing ---- */

enum order { BY_CPU = 'c', BY_EXITS = 'e', BY_ID = 'i', BY_MEMORY = 'm', BY_NAME = 'n' };
static char order = BY_CPU;

static int compare(const void *left, const void *right)
{
	const struct sample *a = left;
	const struct sample *b = right;
	double d = order == BY_CPU	? b->cpu - a->cpu
		   : order == BY_EXITS	? b->exits - a->exits
		   : order == BY_MEMORY ? (double)b->vm.memory - (double)a->vm.memory
		   : order == BY_NAME	? (double)strcmp(a->vm.name, b->vm.name)
					: 0;

	return d < 0 ? -1 : d > 0 ? 1 : (a->vm.id > b->vm.id) - (a->vm.id < b->vm.id);
}

static const char *order_name(void)
{
	return order == BY_CPU	    ? "CPU"
	       : order == BY_EXITS  ? "exits"
	       : order == BY_MEMORY ? "memory"
	       : order == BY_NAME   ? "name"
				    : "id";
}

/* A rate of width characters; - before the second look. */
static void print_rate(int width, int digits, double v)
{
	if (v < 0) {
		printf(" %*s", width, "-");
	} else {
		printf(" %*.*f", width, digits, v);
	}
}

static void print_vm(const struct sample *s)
{
	const char *state = hypctl_vm_state_name(s->vm.state);
	bool cut = strlen(s->vm.name) > 14u;

	printf("%-*.*s%s %4u %s%-7s%s %-4s %4u", cut ? 13 : 14, cut ? 13 : 14, s->vm.name,
	       cut ? "~" : "", s->vm.id, colour_of_state(state), state, colour_end(),
	       s->vm.is_protected ? "yes" : "no", s->vm.vcpus);
	print_rate(5, 0, s->cpu);
	printf(" %6" PRIu64 " %6.1f", s->vm.memory >> 20, (double)s->vm.shared / 1048576);
	print_rate(8, 0, s->exits);
	print_rate(7, 0, s->mmio);
	if (s->consoles < 0) {
		printf("   -");
	} else {
		printf(" %3d", s->consoles);
	}
}

/* Lines end with end: on a terminal that also clears what stood there. */
static void print_head(const struct samples *s, const struct samples *old, const char *end)
{
	uint64_t total = s->total - old->total;
	size_t running = 0;
	size_t i;

	for (i = 0; i < s->count; i++) {
		running += s->vm[i].vm.state == HYPCTL_VM_RUNNING;
	}
	printf("Homestead %u.%u.%u: %zu VM%s, %zu running; %u CPUs", s->host.version[0],
	       s->host.version[1], s->host.version[2], s->count, s->count == 1u ? "" : "s", running,
	       s->host.cpus);
	if (old->total != 0 && total != 0) {
		printf(" %.0f%% busy", (double)(s->busy - old->busy) * 100 / (double)total);
	}
	printf("; in order of %s%s", order_name(), end);
	printf("%" PRIu64 " MiB: dom0 %" PRIu64 ", guests %" PRIu64 ", hypervisor %" PRIu64 "%s",
	       s->host.ram_pages >> 8, s->host.dom0_pages >> 8, s->host.guest_pages >> 8,
	       s->host.core_pages >> 8, end);
	printf("%-14s %4s %-7s %-4s %4s %5s %6s %6s %8s %7s %3s%s", "NAME", "ID", "STATE", "PROT",
	       "VCPU", "CPU%", "MEM/M", "SHARED", "EXITS/s", "MMIO/s", "CON", end);
}

/* rows: how many lines there are room for; 0: any number. */
static void show(struct samples *s, const struct samples *old, unsigned int rows, const char *end)
{
	size_t room = rows == 0 ? s->count : rows > HEAD_LINES + 1u ? rows - HEAD_LINES - 1u : 1u;
	size_t i;

	qsort(s->vm, s->count, sizeof(*s->vm), compare);
	print_head(s, old, end);
	for (i = 0; i < s->count && i < room; i++) {
		print_vm(&s->vm[i]);
		printf("%s", end);
	}
	if (i < s->count) {
		printf("... and %zu more", s->count - i);
	} else if (rows != 0) {
		printf("q quit; order: c CPU  e exits  i id  m memory  n name");
	}
}

/* ---- the terminal ---- */

static struct termios saved;

static void on_signal(int sig)
{
	if (sig == SIGWINCH) {
		resized = 1;
	} else {
		stop = sig;
	}
}

static bool terminal_begin(void)
{
	struct sigaction a = { .sa_handler = on_signal };
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved) != 0) {
		return false;
	}
	(void)sigaction(SIGINT, &a, NULL);
	(void)sigaction(SIGTERM, &a, NULL);
	(void)sigaction(SIGHUP, &a, NULL);
	(void)sigaction(SIGWINCH, &a, NULL);
	t = saved;
	t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	t.c_cc[VSUSP] = _POSIX_VDISABLE; /* q is the way out */
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &t);
	printf("\033[?1049h\033[?25l\033[?7l"); /* the other screen, no cursor, no long lines */
	return true;
}

static void terminal_end(void)
{
	printf("\033[?7h\033[?25h\033[?1049l");
	(void)fflush(stdout);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static unsigned int terminal_rows(void)
{
	struct winsize w;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_row > 0 ? w.ws_row : 24u;
}

/* Waits for a key until then. False: the user leaves. *again: show at once. */
static bool wait_for_key(double until, bool *again)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	double left;
	char key;
	int n;

	*again = false;
	while (stop == 0 && !*again && (left = until - now()) > 0) {
		n = poll(&p, 1, (int)(left * 1000) + 1);
		if (resized != 0) {
			resized = 0;
			*again = true;
		} else if (n > 0 && read(STDIN_FILENO, &key, 1) == 1) {
			if (key == 'q' || key == 'Q' || key == 4) {
				return false;
			}
			order = strchr("ceimn", key) != NULL ? key : order;
			*again = true;
		} else if (n > 0) {
			return false; /* the terminal is gone */
		}
	}
	return stop == 0;
}

/* Until the user leaves, or rounds times. */
static int on_terminal(const struct options *o, int argc, char **argv)
{
	struct samples old = { .vm = NULL };
	struct samples s = { .vm = NULL };
	unsigned long n = 0;
	bool again = false;
	int code = HSX_OK;

	do {
		if (!again) {
			struct samples next = { .vm = NULL };

			code = look(argc, argv, &s, &next);
			if (code != HSX_OK) {
				break;
			}
			free(old.vm);
			old = s;
			s = next;
			n++;
		}
		printf("\033[H");
		show(&s, &old, terminal_rows(), "\033[K\r\n");
		printf("\033[K\033[J");
		(void)fflush(stdout);
	} while ((o->rounds == 0 || n < o->rounds || again) &&
		 wait_for_key(s.when + o->interval, &again));
	free(old.vm);
	free(s.vm);
	return code;
}

/* Into a file or a pipe: one table after another; rates need a look before. */
static int in_lines(const struct options *o, int argc, char **argv)
{
	struct samples old = { .vm = NULL };
	struct samples s;
	unsigned long n;
	int code = look(argc, argv, &old, &old);

	for (n = 0; code == HSX_OK && n < (o->rounds == 0 ? 1u : o->rounds); n++) {
		usleep((useconds_t)(o->interval * 1e6));
		s = (struct samples){ .vm = NULL };
		code = look(argc, argv, &old, &s);
		if (code == HSX_OK) {
			printf(n > 0 ? "\n" : "");
			show(&s, &old, 0, "\n");
			if (fflush(stdout) != 0) {
				code = HSX_FAILED; /* nobody reads it any more */
			}
		}
		free(old.vm);
		old = s;
	}
	free(old.vm);
	return code;
}

int cmd_top(const struct options *o, int argc, char **argv)
{
	struct samples s = { .vm = NULL };
	int code;

	if (isatty(STDOUT_FILENO) != 1 || !terminal_begin()) {
		return in_lines(o, argc, argv);
	}
	code = on_terminal(o, argc, argv);
	terminal_end();
	if (code != HSX_OK) { /* what it said is gone with the other screen */
		code = look(argc, argv, &s, &s);
		free(s.vm);
		return code;
	}
	return stop == SIGINT ? HSX_INTERRUPTED : code;
}
