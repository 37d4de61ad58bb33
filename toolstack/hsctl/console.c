/* SPDX-License-Identifier: BSD-2-Clause */
/* console and logs */
#include "hsctl.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "console_ring.h"

static struct termios saved;
static bool raw;

static void restore_terminal(void)
{
	if (raw) {
		raw = false;
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	}
}

static void on_signal(int sig)
{
	restore_terminal(); /* tcsetattr() is async-signal-safe */
	_exit(128 + sig);
}

static void make_raw(void)
{
	struct termios t;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved) != 0) {
		return;
	}
	t = saved;
	cfmakeraw(&t);
	raw = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
	(void)atexit(restore_terminal);
	(void)signal(SIGTERM, on_signal);
	(void)signal(SIGHUP, on_signal);
	(void)signal(SIGINT, on_signal);
}

/* What was typed, with the escapes taken out. State: where "Enter ~" stands. */
enum typed { TYPED_TEXT, TYPED_LEAVE, TYPED_HELP };

struct escape {
	int key; /* Ctrl-] or another control character */
	bool line_start, tilde;
};

static enum typed filter(struct escape *e, unsigned char c, unsigned char *out, size_t *n)
{
	bool tilde = e->tilde;

	*n = 0;
	e->tilde = false;
	if (c == e->key) {
		return TYPED_LEAVE;
	}
	if (tilde) {
		e->line_start = false;
		if (c == '.') {
			return TYPED_LEAVE;
		}
		if (c == '?') {
			return TYPED_HELP;
		}
		out[(*n)++] = '~';
		if (c == '~') {
			return TYPED_TEXT;
		}
	} else if (e->line_start && c == '~') {
		e->tilde = true;
		return TYPED_TEXT;
	}
	e->line_start = c == '\r' || c == '\n';
	out[(*n)++] = c;
	return TYPED_TEXT;
}

static bool write_all(int fd, const void *data, size_t n)
{
	const char *p = data;

	while (n > 0) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR) {
			continue;
		}
		if (w <= 0) {
			return false;
		}
		p += w;
		n -= (size_t)w;
	}
	return true;
}

/* False: the user leaves. */
static bool type(int fd, struct escape *e, const unsigned char *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned char out[2];
		size_t len;

		switch (filter(e, buf[i], out, &len)) {
		case TYPED_LEAVE:
			return false;
		case TYPED_HELP:
			fprintf(stderr, "\r\n~. leave   ~~ one ~   ~? this   Ctrl-] leave\r\n");
			break;
		default:
			(void)write_all(fd, out, len); /* its end shows when reading */
		}
	}
	return true;
}

#define END_TURNS 250u /* 5 s: its memory goes back first */

int console_ended(unsigned int id, unsigned int port)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;
	unsigned int i;
	struct hypctl *h = host_open(&code);

	if (h == NULL) {
		return code;
	}
	code = HSX_FAILED;
	for (i = 0; i < END_TURNS && vm_refresh(h, id, &vm); i++) {
		int fd;

		if (vm.ended != 0) {
			fprintf(stderr, "\r\nhsctl: VM %s %s%s%s\r\n", vm.name,
				hypctl_vm_state_name(vm.state), vm.reason[0] != '\0' ? ": " : "",
				vm.reason);
			code = vm.state == HYPCTL_VM_CRASHED || vm.state == HYPCTL_VM_KILLED
				       ? HSX_CRASHED
				       : HSX_OK;
			break;
		}
		if (hypctl_console_open(vm.name, port, HYPCTL_CONSOLE_READ, &fd) == 0) {
			close(fd); /* it lives: we were sent away */
			fprintf(stderr, "\r\nhsctl: another console took over VM %s\r\n", vm.name);
			code = HSX_STATE;
			break;
		}
		sleep_a_little();
	}
	hypctl_close(h);
	return code;
}

int console_open(const struct hypctl_vm_info *vm, unsigned int port, enum hypctl_console_mode mode,
		 int *fd)
{
	const char *name = vm->name;

	switch (hypctl_console_open(name, port, mode, fd)) {
	case 0:
		return HSX_OK;
	case -EACCES:
		return fail(HSX_PERMISSION, "the console of VM %s: permission denied", name);
	case -ENXIO:
		return fail(HSX_STATE,
			    "VM %s has no console of port %u; hsctl show %s lists its consoles",
			    name, port, name);
	case -EBUSY:
		return fail(HSX_STATE,
			    "the console of VM %s is in use; --force takes it over, --read-only "
			    "only looks",
			    name);
	case -ESRCH:
		return console_ended(vm->id, port);
	default:
		return fail(HSX_FAILED, "the console of VM %s did not answer", name);
	}
}

int console_attach(const struct hypctl_vm_info *vm, unsigned int port,
		   enum hypctl_console_mode mode, int escape)
{
	struct escape e = { .key = escape, .line_start = true };
	bool input = mode != HYPCTL_CONSOLE_READ;
	unsigned char buf[4096];
	int fd;
	int code = console_open(vm, port, mode, &fd);

	if (code != HSX_OK) {
		return code;
	}
	if (isatty(STDIN_FILENO) && !quiet) {
		fprintf(stderr, "console of VM %s; leave with Ctrl-%c or Enter ~.; press Enter\r\n",
			vm->name, escape + 64);
	}
	make_raw();
	for (;;) {
		struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
				       { .fd = input ? STDIN_FILENO : -1, .events = POLLIN } };
		ssize_t n;

		if (poll(p, 2, -1) < 0 && errno != EINTR) {
			break;
		}
		if (p[0].revents != 0) {
			n = read(fd, buf, sizeof(buf));
			if (n <= 0 || !write_all(STDOUT_FILENO, buf, (size_t)n)) {
				code = console_ended(vm->id, port);
				break;
			}
		}
		if (p[1].revents != 0) {
			n = read(STDIN_FILENO, buf, sizeof(buf));
			if (n <= 0) {
				input = false; /* end of a script: go on showing */
			} else if (!type(fd, &e, buf, (size_t)n)) {
				break;
			}
		}
	}
	close(fd);
	if (raw) {
		restore_terminal();
		fprintf(stderr, "\n");
	}
	return code;
}

static int parse_escape(const char *s)
{
	if (s == NULL) {
		return 0x1d;
	}
	if (s[0] == '^' && s[1] >= '@' && s[1] <= '_' && s[2] == '\0') {
		return s[1] - 64;
	}
	return -1;
}

int cmd_console(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	int escape = parse_escape(o->escape);
	int code = HSX_OK;

	(void)argc;
	if (escape < 0) {
		return fail(HSX_USAGE, "--escape: a control character, as ^] or ^A");
	}
	return vm_lookup(argv[0], false, &vm, &code)
		       ? console_attach(&vm, o->port,
					o->force       ? HYPCTL_CONSOLE_TAKE
					: o->read_only ? HYPCTL_CONSOLE_READ
						       : HYPCTL_CONSOLE_TYPE,
					escape)
		       : code;
}

/* A ring that an hsvm left which was killed; false: there is none of this VM. */
static bool ring_text(const struct hypctl_vm_info *vm, unsigned int port, char *text, size_t *size)
{
	struct console_ring *r = malloc(sizeof(*r));
	char name[RING_NAME_SIZE];
	bool found = false;
	char path[120];
	FILE *f;

	snprintf(path, sizeof(path), RUN_DIR "/%.64s/%s", vm->name, ring_name(name, port));
	f = fopen(path, "re");
	if (r != NULL && f != NULL && fread(r, sizeof(*r), 1, f) == 1 && r->magic == RING_MAGIC &&
	    r->id == vm->id) {
		*size = ring_past(r, text);
		found = true;
	}
	if (f != NULL) {
		(void)fclose(f);
	}
	free(r);
	return found;
}

static char *past_text(const struct hypctl_vm_info *vm, unsigned int port, size_t *size)
{
	char *text = malloc(CONSOLE_PAST + 1u);
	char path[PAST_PATH_SIZE];
	FILE *f = fopen(past_path(path, port, vm->id), "re");

	if (text != NULL && f != NULL) {
		*size = fread(text, 1, CONSOLE_PAST, f);
	} else if (text != NULL && !ring_text(vm, port, text, size)) {
		free(text);
		text = NULL;
	}
	if (f != NULL) {
		(void)fclose(f);
	}
	return text;
}

static char *live_text(const struct hypctl_vm_info *vm, unsigned int port, size_t *size, int *code)
{
	char *text = malloc(RING_SIZE + 1u);
	ssize_t n;
	int fd;

	if (text == NULL) {
		*code = fail(HSX_RESOURCES, "out of memory");
		return NULL;
	}
	*code = console_open(vm, port, HYPCTL_CONSOLE_DUMP, &fd);
	while (*code == HSX_OK && *size < RING_SIZE &&
	       (n = read(fd, text + *size, RING_SIZE - *size)) > 0) {
		*size += (size_t)n;
	}
	if (*code == HSX_OK) {
		close(fd);
	}
	return text;
}

char *console_text(const struct hypctl_vm_info *vm, unsigned int port, size_t *size, int *code)
{
	char *text;

	*size = 0;
	text = vm->ended == 0 ? live_text(vm, port, size, code) : past_text(vm, port, size);
	if (text != NULL) {
		text[*size] = '\0';
	}
	return text;
}

static int follow(const struct hypctl_vm_info *vm, unsigned int port)
{
	char buf[4096];
	ssize_t n;
	int fd;
	int code = console_open(vm, port, HYPCTL_CONSOLE_READ, &fd);

	while (code == HSX_OK && (n = read(fd, buf, sizeof(buf))) > 0) {
		if (!write_all(STDOUT_FILENO, buf, (size_t)n)) {
			break;
		}
	}
	if (code == HSX_OK) {
		close(fd);
	}
	return code;
}

int cmd_logs(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	int code = HSX_OK;
	bool found = vm_lookup(argv[0], !o->follow, &vm, &code);
	char *text = NULL;
	size_t size;

	(void)argc;
	if (found && o->follow) {
		code = follow(&vm, o->port);
	} else if (found) {
		text = console_text(&vm, o->port, &size, &code);
		if (code == HSX_OK && text == NULL) {
			code = fail(HSX_NO_VM, "VM %s has ended and left no console output",
				    vm.name);
		} else if (code == HSX_OK) {
			(void)write_all(STDOUT_FILENO, text, size);
		}
	}
	free(text);
	return code;
}
