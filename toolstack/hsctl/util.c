/* SPDX-License-Identifier: BSD-2-Clause */
#include "hsctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum output error_output = OUT_TABLE;
bool quiet, verbose;

static const char *code_name(int code)
{
	switch (code) {
	case HSX_USAGE:
		return "usage";
	case HSX_NO_VM:
		return "no-such-vm";
	case HSX_STATE:
		return "wrong-state";
	case HSX_CONFIG:
		return "invalid-config";
	case HSX_PERMISSION:
		return "permission-denied";
	case HSX_RESOURCES:
		return "no-resources";
	case HSX_NO_HYPERVISOR:
		return "no-hypervisor";
	case HSX_TIMEOUT:
		return "timeout";
	case HSX_CRASHED:
		return "crashed";
	default:
		return "failed";
	}
}

/* Bytes of the character at s, at most n; 0: it is not UTF-8 (RFC 3629). */
static size_t utf8_size(const char *s, size_t n)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t size = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	size_t i;

	if (u[0] > 0xf4 || size > n || (u[0] == 0xe0 && u[1] < 0xa0) ||
	    (u[0] == 0xed && u[1] > 0x9f) || (u[0] == 0xf0 && u[1] < 0x90) ||
	    (u[0] == 0xf4 && u[1] > 0x8f)) {
		return 0;
	}
	for (i = 1; i < size; i++) {
		if ((u[i] & 0xc0u) != 0x80u) {
			return 0;
		}
	}
	return size;
}

void json_text(FILE *f, const char *s, size_t n)
{
	fputc('"', f);
	while (n > 0) {
		unsigned char c = (unsigned char)*s;
		size_t size = utf8_size(s, n);

		if (size == 0) {
			fputs("\\ufffd", f);
			size = 1;
		} else if (c == '"' || c == '\\') {
			fprintf(f, "\\%c", c);
		} else if (c < 0x20 || c == 0x7f) {
			fprintf(f, "\\u%04x", c);
		} else {
			(void)fwrite(s, 1, size, f);
		}
		s += size;
		n -= size;
	}
	fputc('"', f);
}

void json_string(FILE *f, const char *s)
{
	json_text(f, s, strlen(s));
}

void print_safely(const char *s, size_t n)
{
	for (; n > 0; s++, n--) {
		unsigned char c = (unsigned char)*s;

		fputc((c < 0x20 && c != '\t') || c == 0x7f ? '?' : c, stdout);
	}
}

int fail(int code, const char *fmt, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	clear_wait();
	if (error_output == OUT_JSON) {
		fprintf(stderr, "{\"error\":{\"code\":%d,\"name\":\"%s\",\"message\":", code,
			code_name(code));
		json_string(stderr, text);
		fputs("}}\n", stderr);
	} else {
		fprintf(stderr, "hsctl: %s\n", text);
	}
	return code;
}

void report(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (!quiet) {
		vprintf(fmt, ap);
		printf("\n");
	}
	va_end(ap);
}

void note(const char *text)
{
	if (!quiet) {
		fprintf(stderr, "note: %s\n", text);
	}
}

static long shown_wait; /* seconds; 0: no line */

void show_wait(const char *vm, const char *what, double start, double timeout)
{
	long seconds = (long)(now() - start);

	if (seconds > shown_wait && !quiet && isatty(STDERR_FILENO) == 1) {
		shown_wait = seconds;
		fprintf(stderr, "\rwaiting for VM %s to %s: %ld s", vm, what, seconds);
		if (timeout >= 0) {
			fprintf(stderr, ", at most %.0f", timeout);
		}
		fputs("\033[J", stderr);
	}
}

void clear_wait(void)
{
	if (shown_wait != 0) {
		shown_wait = 0;
		fputs("\r\033[J", stderr);
	}
}

void print_trace(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "trace: %s\n", text);
}

struct hypctl *host_open(int *code)
{
	struct hypctl *h;
	int r = hypctl_open(&h);

	if (r != 0) {
		*code = fail(r == -EACCES ? HSX_PERMISSION : HSX_NO_HYPERVISOR, "%s",
			     hypctl_error(NULL));
	}
	return h;
}

int host_failed(struct hypctl *h, int err)
{
	return fail(err == -EACCES ? HSX_PERMISSION : HSX_FAILED, "%s", hypctl_error(h));
}

enum vm_key { BY_NAME, BY_UUID, BY_ID, VM_KEYS };

static bool matches(const struct hypctl_vm_info *vm, enum vm_key key, const char *what)
{
	char text[HYPCTL_UUID_SIZE];

	switch (key) {
	case BY_NAME:
		return strcmp(vm->name, what) == 0;
	case BY_UUID:
		return strcasecmp(hypctl_uuid_format(vm->uuid, text), what) == 0;
	default:
		snprintf(text, sizeof(text), "%u", vm->id);
		return strcmp(text, what) == 0;
	}
}

/* Names first: a VM may be called like another one's number. */
static const struct hypctl_vm_info *search(const struct hypctl_vm_info *list, size_t count,
					   const char *what, bool ended)
{
	unsigned int key;
	size_t i;

	for (key = BY_NAME; key < VM_KEYS; key++) {
		for (i = 0; i < count; i++) {
			if ((ended || list[i].ended == 0) &&
			    matches(&list[i], (enum vm_key)key, what)) {
				return &list[i];
			}
		}
	}
	return NULL;
}

bool vm_find(struct hypctl *h, const char *what, bool ended, struct hypctl_vm_info *info, int *code)
{
	const struct hypctl_vm_info *found;
	const struct hypctl_vm_info *past;
	struct hypctl_vm_info *list;
	size_t count;

	if (hypctl_vm_list(h, &list, &count) != 0) {
		*code = fail(HSX_FAILED, "%s", hypctl_error(h));
		return false;
	}
	found = search(list, count, what, ended);
	past = search(list, count, what, true);
	if (found != NULL) {
		*info = *found;
	} else if (past != NULL) {
		*code = fail(HSX_NO_VM, "VM %s has ended: %s (hsctl info %s)", what, past->reason,
			     what);
	} else if (is_defined(what)) {
		*code = fail(HSX_NO_VM, "VM %s is defined, but does not run: hsctl start %s", what,
			     what);
	} else {
		*code = fail(HSX_NO_VM, "no VM %s; hsctl list shows which there are", what);
	}
	free(list);
	return found != NULL;
}

bool vm_lookup(const char *what, bool ended, struct hypctl_vm_info *vm, int *code)
{
	struct hypctl *h = host_open(code);
	bool found = h != NULL && vm_find(h, what, ended, vm, code);

	hypctl_close(h);
	return found;
}

const struct hypctl_vm_info *find_living(const struct hypctl_vm_info *list, size_t count,
					 const char *name)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (list[i].ended == 0 && strcmp(list[i].name, name) == 0) {
			return &list[i];
		}
	}
	return NULL;
}

bool vm_lives(struct hypctl *h, const char *name, struct hypctl_vm_info *vm)
{
	const struct hypctl_vm_info *found;
	struct hypctl_vm_info *list;
	size_t count;

	if (hypctl_vm_list(h, &list, &count) != 0) {
		return false;
	}
	found = find_living(list, count, name);
	if (found != NULL) {
		*vm = *found;
	}
	free(list);
	return found != NULL;
}

bool vm_refresh(struct hypctl *h, unsigned int id, struct hypctl_vm_info *vm)
{
	struct hypctl_vm_info *list;
	size_t count;
	size_t i;
	bool found = false;

	if (hypctl_vm_list(h, &list, &count) != 0) {
		return false;
	}
	for (i = 0; i < count; i++) {
		if (list[i].id == id) {
			*vm = list[i];
			found = true;
		}
	}
	free(list);
	return found;
}

void sleep_a_little(void)
{
	struct timespec t = { .tv_nsec = 20000000 };

	(void)nanosleep(&t, NULL);
}

int vm_control(const char *name, const char *command)
{
	char answer[600];

	return vm_ask(name, command, answer, sizeof(answer), NULL);
}

int vm_ask(const char *name, const char *command, char *answer, size_t size, int *stream)
{
	int r = hypctl_vm_command(name, command, 0, answer, size, stream);

	switch (r) {
	case 0:
		return HSX_OK;
	case -ECANCELED:
		return fail(HSX_STATE, "VM %s: %s", name, answer);
	case -ESRCH:
		return fail(HSX_FAILED, "VM %s ended before it answered", name);
	default:
		return fail(r == -EACCES ? HSX_PERMISSION : HSX_FAILED, "VM %s does not answer: %s",
			    name, strerror(-r));
	}
}

int print_file(const char *path)
{
	char buf[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	if (f == NULL) {
		return fail(errno == EACCES ? HSX_PERMISSION : HSX_FAILED, "%s: %s", path,
			    strerror(errno));
	}
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0) {
		fwrite(buf, 1, n, stdout);
	}
	fclose(f);
	return HSX_OK;
}

double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
