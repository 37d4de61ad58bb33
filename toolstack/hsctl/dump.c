/* SPDX-License-Identifier: BSD-2-Clause */
/* dump-core: what hsvm sends (hsvm/core.c) into a file. */
#include "hsctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PIECE 65536u
#define ANSWER 200u

static bool all_zero(const char *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1u) == 0);
}

/* Fills buf, but for the last piece of a stream that ends. */
static size_t read_piece(int fd, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;

	while (len < size && n != 0) {
		n = read(fd, buf + len, size - len);
		if (n < 0 && errno != EINTR) {
			break;
		}
		len += n > 0 ? (size_t)n : 0;
	}
	return len;
}

static void progress(unsigned long long done, unsigned long long size)
{
	static int last = -1;
	int percent = (int)(done * 100u / size);

	if (percent != last && !quiet && isatty(STDERR_FILENO) == 1) {
		fprintf(stderr, "\rcore: %3d%%%s", percent, done == size ? "\n" : "");
		last = percent;
	}
}

/* Pieces of zeros become holes. 0, an errno of the file, or -1: the stream ended early. */
static int copy(int from, int to, unsigned long long size)
{
	char *buf = malloc(PIECE);
	unsigned long long done = 0;
	int err = buf != NULL ? 0 : ENOMEM;

	while (err == 0 && done < size) {
		size_t want = size - done > PIECE ? PIECE : (size_t)(size - done);

		if (read_piece(from, buf, want) != want) {
			err = -1;
		} else if (all_zero(buf, want) ? lseek(to, (off_t)want, SEEK_CUR) < 0
					       : write(to, buf, want) != (ssize_t)want) {
			err = errno != 0 ? errno : ENOSPC;
		} else {
			done += want;
			progress(done, size);
		}
	}
	free(buf);
	return err == 0 && ftruncate(to, (off_t)size) != 0 ? errno : err;
}

/* The whole core under the name that was asked for, or nothing. */
static int receive(int fd, const char *name, const char *path, unsigned long long size)
{
	char part[PATH_MAX];
	int out;
	int code = HSX_OK;
	int err;

	if ((size_t)snprintf(part, sizeof(part), "%s.part", path) >= sizeof(part)) {
		return fail(HSX_USAGE, "%s: the name is too long", path);
	}
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0) {
		return fail(errno == EACCES ? HSX_PERMISSION : HSX_FAILED, "%s: %s", part,
			    strerror(errno));
	}
	err = copy(fd, out, size);
	if (err != 0) {
		code = err > 0 ? fail(HSX_FAILED, "%s: %s", part, strerror(err))
			       : fail(HSX_FAILED, "VM %s ended before its core was whole", name);
	} else if (rename(part, path) != 0) {
		code = fail(HSX_FAILED, "%s: %s", path, strerror(errno));
	}
	close(out);
	if (code != HSX_OK) {
		(void)unlink(part);
	}
	return code;
}

int cmd_dump_core(const struct options *o, int argc, char **argv)
{
	struct hypctl_vm_info vm;
	unsigned long long size;
	char answer[ANSWER];
	int code = HSX_OK;
	int fd;

	(void)o, (void)argc;
	if (!vm_lookup(argv[0], false, &vm, &code)) {
		return code;
	}
	if (vm.is_protected) {
		return fail(HSX_PERMISSION, "VM %s is protected: dom0 cannot read its memory",
			    vm.name);
	}
	code = vm_ask(vm.name, "dump-core", answer, sizeof(answer), &fd);
	if (code != HSX_OK) {
		return code;
	}
	code = sscanf(answer, "%llu", &size) == 1 && size > 0
		       ? receive(fd, vm.name, argv[1], size)
		       : fail(HSX_FAILED, "VM %s: %s", vm.name, answer);
	close(fd);
	if (code == HSX_OK) {
		report("core of VM %s in %s", vm.name, argv[1]);
	}
	return code;
}
