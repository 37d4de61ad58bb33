/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the process of a living VM does when it is asked: the sockets in
 * /run/hs/NAME. The other end is toolstack/hsvm/control.c and console.c.
 */
#include "hypctl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "hypctl_private.h"

/* -ESRCH: nobody listens there. */
static int connect_to(const char *name, const char *file)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int err = fd < 0 ? errno : 0;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s/%.64s/%.16s", HYPCTL_RUN_DIR, name, file);
	if (err == 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) != 0) {
		err = errno == ENOENT || errno == ECONNREFUSED ? ESRCH : errno;
		close(fd);
	}
	return err == 0 ? fd : -err;
}

static bool send_line(int fd, const char *text)
{
	struct iovec v[] = { { .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) },
			     { .iov_base = (void *)(uintptr_t) "\n", .iov_len = 1 } };
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2 };

	return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)strlen(text) + 1;
}

/* Without its end; a byte at a time, since what follows is not ours. */
static int read_line(int fd, char *line, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, line + len, 1)) == 1 || (n < 0 && errno == EINTR)) {
		if (n == 1 && (line[len] == '\n' || ++len == size - 1u)) {
			break;
		}
	}
	line[len] = '\0';
	return n == 1						    ? 0
	       : n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? -ETIMEDOUT
								    : -ESRCH;
}

/* Takes "ok" or "error" away from the text. */
static int understand(char *answer)
{
	bool good = strncmp(answer, "ok", 2) == 0;
	const char *text = answer + (good ? 2 : 5);

	if (!good && strncmp(answer, "error", 5) != 0) {
		return -EPROTO;
	}
	text += *text == ' ' ? 1 : 0;
	memmove(answer, text, strlen(text) + 1u);
	return good ? 0 : -ECANCELED;
}

int hypctl_vm_command(const char *name, const char *command, unsigned int timeout, char *answer,
		      size_t size, int *stream)
{
	struct timeval limit = { .tv_sec = timeout / 1000u, .tv_usec = timeout % 1000u * 1000u };
	int fd = connect_to(name, "control.sock");
	int r = fd;

	answer[0] = '\0';
	if (fd >= 0) {
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		r = send_line(fd, command) ? read_line(fd, answer, size) : -ESRCH;
	}
	if (r == 0) {
		r = understand(answer);
	}
	errno = r < 0 ? -r : 0;
	(void)traced(r, name, command);
	if (r == 0 && stream != NULL) {
		*stream = fd;
	} else if (fd >= 0) {
		close(fd);
	}
	return r;
}

const char *hypctl_console_socket(unsigned int port, char socket[HYPCTL_SOCKET_SIZE])
{
	if (port == 0) {
		snprintf(socket, HYPCTL_SOCKET_SIZE, "console.sock");
	} else {
		snprintf(socket, HYPCTL_SOCKET_SIZE, "console%u.sock", port);
	}
	return socket;
}

static int connect_to_console(const char *name, unsigned int port)
{
	char socket[HYPCTL_SOCKET_SIZE];

	return connect_to(name, hypctl_console_socket(port, socket));
}

/* A VM that has consoles, but not this one. */
static bool no_such_port(const char *name, unsigned int port)
{
	int fd = port != 0 ? connect_to_console(name, 0) : -1;

	if (fd >= 0) {
		close(fd);
	}
	return fd >= 0;
}

int hypctl_console_open(const char *name, unsigned int port, enum hypctl_console_mode mode, int *fd)
{
	static const char *const how[] = { [HYPCTL_CONSOLE_TYPE] = "rw",
					   [HYPCTL_CONSOLE_TAKE] = "force",
					   [HYPCTL_CONSOLE_READ] = "ro",
					   [HYPCTL_CONSOLE_FOLLOW] = "follow",
					   [HYPCTL_CONSOLE_DUMP] = "dump" };
	char socket[HYPCTL_SOCKET_SIZE];
	char answer[8];
	int r;

	*fd = connect_to(name, hypctl_console_socket(port, socket));
	if (*fd < 0) {
		return *fd == -ESRCH && no_such_port(name, port) ? -ENXIO : *fd;
	}
	r = send_line(*fd, how[mode]) ? read_line(*fd, answer, sizeof(answer)) : -ESRCH;
	if (r == 0 && strcmp(answer, "ok") != 0) {
		r = strcmp(answer, "busy") == 0 ? -EBUSY : -EPROTO;
	}
	errno = -r;
	(void)traced(r, name, socket);
	if (r != 0) {
		close(*fd);
		*fd = -1;
	}
	return r;
}
