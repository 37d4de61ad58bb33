/* SPDX-License-Identifier: BSD-2-Clause */
#include "hsctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum output error_output = OUT_TABLE;

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

void json_string(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\') {
			fprintf(f, "\\%c", c);
		} else if (c < 0x20) {
			fprintf(f, "\\u%04x", c);
		} else {
			fputc(c, f);
		}
	}
	fputc('"', f);
}

int fail(int code, const char *fmt, ...)
{
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
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

void uuid_string(const uint8_t u[16], char out[37])
{
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
		 u[13], u[14], u[15]);
}

static bool matches(const struct hypctl_vm_info *vm, const char *what)
{
	char text[37];

	uuid_string(vm->uuid, text);
	if (strcmp(vm->name, what) == 0 || strcmp(text, what) == 0) {
		return true;
	}
	snprintf(text, sizeof(text), "%u", vm->id);
	return strcmp(text, what) == 0;
}

bool vm_find(struct hypctl *h, const char *what, bool ended, struct hypctl_vm_info *info, int *code)
{
	struct hypctl_vm_info *list;
	size_t count;
	size_t i;
	bool found = false;

	if (hypctl_vm_list(h, &list, &count) != 0) {
		*code = fail(HSX_FAILED, "%s", hypctl_error(h));
		return false;
	}
	for (i = 0; i < count && !found; i++) {
		if (matches(&list[i], what) && (ended || list[i].ended == 0)) {
			*info = list[i];
			found = true;
		}
	}
	if (!found) {
		for (i = 0; i < count; i++) {
			if (matches(&list[i], what)) {
				break;
			}
		}
		*code = i < count ? fail(HSX_NO_VM, "VM %s has ended: %s (hsctl info %s)", what,
					 list[i].reason, what)
				  : fail(HSX_NO_VM, "no VM %s; hsctl list shows which there are",
					 what);
	}
	free(list);
	return found;
}

int vm_connect(const char *name, const char *socket_name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "/run/hs/%.64s/%.16s", name, socket_name);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		int err = errno;

		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int vm_control(const char *name, const char *command)
{
	char answer[256];
	size_t len = 0;
	ssize_t n;
	int fd = vm_connect(name, "control.sock");

	if (fd < 0) {
		return fail(errno == EACCES ? HSX_PERMISSION : HSX_FAILED,
			    "VM %s does not answer: %s", name, strerror(errno));
	}
	(void)!write(fd, command, strlen(command));
	(void)!write(fd, "\n", 1);
	while (len < sizeof(answer) - 1u &&
	       ((n = read(fd, answer + len, sizeof(answer) - 1u - len)) > 0 ||
		(n < 0 && errno == EINTR))) {
		len += n > 0 ? (size_t)n : 0u;
	}
	close(fd);
	answer[len] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	if (strncmp(answer, "ok", 2) == 0) {
		return HSX_OK;
	}
	if (strncmp(answer, "error ", 6) == 0) {
		return fail(HSX_STATE, "VM %s: %s", name, answer + 6);
	}
	return fail(HSX_FAILED, "VM %s ended before it answered", name);
}

double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
