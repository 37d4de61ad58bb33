/* SPDX-License-Identifier: BSD-2-Clause */
/* Events: two lists of VMs, and what differs; lines of consoles. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "hypctl.h"
#include "hypctl_private.h"

#define LINES_AT_ONCE 64u /* of consoles, before the list is looked at again */

/* A console that is listened to. */
struct console {
	struct console *next;
	struct hypctl_vm_info vm;
	unsigned int port;
	int fd; /* -1: it has ended */
	size_t len, told;
	char line[1024];
};

struct hypctl_events {
	struct hypctl *host;
	int poll_fd;
	struct hypctl_vm_info *old, *now; /* now is NULL: all of it was told */
	size_t nr_old, nr_now;
	size_t next; /* of now */
	bool listen; /* to consoles: of VM name, "": of all */
	char name[HYPCTL_NAME_SIZE];
	struct console *consoles;
	unsigned int lines; /* since the last look at the list */
};

static int watch(struct hypctl_events *e, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };

	return epoll_ctl(e->poll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : -errno;
}

int hypctl_events_open(struct hypctl_events **out)
{
	struct hypctl_events *e = calloc(1, sizeof(*e));
	int r = e != NULL ? hypctl_open(&e->host) : -ENOMEM;

	*out = NULL;
	if (r == 0) {
		e->poll_fd = epoll_create1(EPOLL_CLOEXEC);
		r = e->poll_fd < 0 ? -errno : watch(e, hypctl_descriptor(e->host));
	}
	if (r == 0) {
		r = hypctl_vm_list(e->host, &e->old, &e->nr_old);
	}
	if (r != 0) {
		hypctl_events_close(e);
		return r;
	}
	*out = e;
	return 0;
}

static void drop(struct console **at)
{
	struct console *c = *at;

	*at = c->next;
	if (c->fd >= 0) {
		close(c->fd);
	}
	free(c);
}

void hypctl_events_close(struct hypctl_events *e)
{
	if (e != NULL) {
		while (e->consoles != NULL) {
			drop(&e->consoles);
		}
		if (e->host != NULL) {
			close(e->poll_fd);
		}
		hypctl_close(e->host);
		free(e->old);
		free(e->now);
		free(e);
	}
}

int hypctl_events_fd(const struct hypctl_events *e)
{
	return e->poll_fd;
}

/* ---- states ---- */

static const struct hypctl_vm_info *find(const struct hypctl_events *e, unsigned int id)
{
	size_t i;

	for (i = 0; i < e->nr_old; i++) {
		if (e->old[i].id == id) {
			return &e->old[i];
		}
	}
	return NULL;
}

/* What has become of this VM since the last look, if anything. */
static bool compare(const struct hypctl_vm_info *before, const struct hypctl_vm_info *now,
		    struct hypctl_event *event)
{
	event->vm = *now;
	event->before = before != NULL ? before->state : HYPCTL_VM_CREATED;
	if (now->ended != 0) {
		event->kind = HYPCTL_EVENT_ENDED;
		return before == NULL || before->ended == 0;
	}
	if (now->state == HYPCTL_VM_ENDED) {
		return false; /* it is about to end: that is the event */
	}
	event->kind = before == NULL ? HYPCTL_EVENT_CREATED : HYPCTL_EVENT_STATE;
	return before == NULL || before->state != now->state ||
	       strcmp(before->reason, now->reason) != 0;
}

/* ---- consoles ---- */

static bool listens(const struct hypctl_events *e, unsigned int id)
{
	const struct console *c = e->consoles;

	while (c != NULL && c->vm.id != id) {
		c = c->next;
	}
	return c != NULL;
}

/* All consoles of a living VM. One that has no sockets yet is asked again later. */
static int listen_to(struct hypctl_events *e, const struct hypctl_vm_info *vm,
		     enum hypctl_console_mode mode)
{
	unsigned int port;
	int r = 0;

	if (!e->listen || vm->ended != 0 || vm->state == HYPCTL_VM_CREATED || listens(e, vm->id) ||
	    (e->name[0] != '\0' && strcmp(e->name, vm->name) != 0)) {
		return 0;
	}
	for (port = 0; port < HYPCTL_MAX_CONSOLES && r == 0; port++) {
		struct console *c = calloc(1, sizeof(*c));

		if (c == NULL) {
			return -ENOMEM;
		}
		c->vm = *vm;
		c->port = port;
		r = hypctl_console_open(vm->name, port, mode, &c->fd);
		if (r == 0) {
			r = fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0 ? watch(e, c->fd) : -errno;
		}
		c->next = e->consoles;
		e->consoles = c;
		if (r != 0) {
			drop(&e->consoles);
		}
	}
	return r == -ENXIO || r == -ESRCH ? 0 : r;
}

int hypctl_events_consoles(struct hypctl_events *e, const char *name)
{
	size_t i;
	int r = 0;

	if (name != NULL && strlen(name) >= sizeof(e->name)) {
		return -EINVAL;
	}
	e->listen = true;
	snprintf(e->name, sizeof(e->name), "%s", name != NULL ? name : "");
	for (i = 0; i < e->nr_old && r == 0; i++) {
		r = listen_to(e, &e->old[i], HYPCTL_CONSOLE_FOLLOW);
	}
	return r;
}

/* Whether there is a line: up to its end, as long as it may be, or the last one. */
static bool line_is_complete(struct console *c)
{
	char *end = memchr(c->line, '\n', c->len);

	if (end == NULL && c->len < sizeof(c->line) - 1u && (c->fd >= 0 || c->len == 0)) {
		return false;
	}
	c->told = end != NULL ? (size_t)(end - c->line) + 1u : c->len;
	return true;
}

/*
 * What was told goes; then what there is to read is read. True: there is a line.
 * ended: the VM has, whose process had sent everything before it did.
 */
static bool has_line(struct console *c, bool ended)
{
	c->len -= c->told;
	memmove(c->line, c->line + c->told, c->len);
	c->told = 0;
	while (c->fd >= 0 && !line_is_complete(c)) {
		ssize_t n = read(c->fd, c->line + c->len, sizeof(c->line) - 1u - c->len);

		if (n > 0) {
			c->len += (size_t)n;
		} else if (n < 0 && errno == EAGAIN && !ended) {
			return false;
		} else if (n == 0 || errno != EINTR) {
			close(c->fd);
			c->fd = -1;
		}
	}
	return line_is_complete(c);
}

static void tell_line(const struct hypctl_events *e, const struct console *c,
		      struct hypctl_event *event)
{
	const struct hypctl_vm_info *vm = find(e, c->vm.id);
	size_t n = c->told;

	while (n > 0 && (c->line[n - 1u] == '\n' || c->line[n - 1u] == '\r')) {
		n--;
	}
	*event = (struct hypctl_event){ .kind = HYPCTL_EVENT_CONSOLE,
					.vm = vm != NULL ? *vm : c->vm,
					.port = c->port,
					.text = c->line,
					.size = n };
}

/* Of all consoles, or of those of a VM that has ended. */
static bool next_line(struct hypctl_events *e, const struct hypctl_vm_info *ended,
		      struct hypctl_event *event)
{
	struct console **at = &e->consoles;

	while (*at != NULL) {
		struct console *c = *at;

		if (ended != NULL && c->vm.id != ended->id) {
			at = &c->next;
			continue;
		}
		if (has_line(c, ended != NULL)) {
			tell_line(e, c, event);
			/* The others are first, next time. */
			*at = c->next;
			while (*at != NULL) {
				at = &(*at)->next;
			}
			*at = c;
			c->next = NULL;
			return true;
		}
		if (c->fd < 0) {
			drop(at);
		} else {
			at = &c->next;
		}
	}
	return false;
}

/* ---- both ---- */

static int look(struct hypctl_events *e)
{
	int r = hypctl_vm_list(e->host, &e->now, &e->nr_now);
	size_t i;

	e->next = 0;
	e->lines = 0;
	for (i = 0; r == 0 && i < e->nr_now; i++) {
		const struct hypctl_vm_info *before = find(e, e->now[i].id);

		/* What it has shown before we could listen is not lost. */
		if (listen_to(e, &e->now[i],
			      before == NULL || before->state == HYPCTL_VM_CREATED
				      ? HYPCTL_CONSOLE_READ
				      : HYPCTL_CONSOLE_FOLLOW) == -ENOMEM) {
			r = -ENOMEM;
		}
	}
	return r;
}

int hypctl_events_next(struct hypctl_events *e, struct hypctl_event *event)
{
	int r;

	*event = (struct hypctl_event){ .kind = HYPCTL_EVENT_CREATED };
	if (e->now == NULL) {
		if (e->lines < LINES_AT_ONCE && next_line(e, NULL, event)) {
			e->lines++;
			return 1;
		}
		r = look(e);
		if (r != 0) {
			return r;
		}
	}
	while (e->next < e->nr_now) {
		const struct hypctl_vm_info *now = &e->now[e->next];

		if (now->ended != 0 && next_line(e, now, event)) {
			return 1; /* its last lines come before its end */
		}
		e->next++;
		if (compare(find(e, now->id), now, event)) {
			return 1;
		}
	}
	free(e->old);
	e->old = e->now;
	e->nr_old = e->nr_now;
	e->now = NULL;
	if (next_line(e, NULL, event)) {
		e->lines = 1;
		return 1;
	}
	return 0;
}
