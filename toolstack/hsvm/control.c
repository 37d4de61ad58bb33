/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket: one line in, one line out. Commands: pause, resume,
 * power-key, sysrq K, reboot SECONDS, pin VCPU CPUS, reset, kill, status,
 * dump-core (see core.c).
 * Answers: "ok[ TEXT]" or "error TEXT".
 */
#include "hsvm.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_CLIENTS 8u

struct client {
	int fd;
	char line[64];
	size_t len;
};

static struct client clients[MAX_CLIENTS];
static int listener = -1;

int control_init(int listen_fd)
{
	unsigned int i;

	for (i = 0; i < MAX_CLIENTS; i++) {
		clients[i].fd = -1;
	}
	listener = listen_fd;
	return 0;
}

static void reply(struct client *c, const char *text)
{
	(void)!send(c->fd, text, strlen(text), MSG_NOSIGNAL);
}

/* "VCPU CPUS": numbers, CPUS in hexadecimal. */
static void pin(struct client *c, const char *args)
{
	unsigned long long cpus;
	char text[128];
	unsigned int vcpu;
	int err;

	if (sscanf(args, "%u %llx", &vcpu, &cpus) != 2 || vcpu >= vm.config->vcpus) {
		reply(c, "error no such vCPU\n");
		return;
	}
	err = vcpu_pin(vcpu, cpus);
	snprintf(text, sizeof(text), err == 0 ? "ok\n" : "error %s\n", strerror(err));
	reply(c, text);
}

/* The thread that writes the core answers. */
static void dump_core(struct client *c)
{
	char text[128];
	int err = core_begin(c->fd);

	if (err != 0) {
		snprintf(text, sizeof(text), "error no core: %s\n", strerror(err));
		reply(c, text);
	}
}

static void command(struct client *c)
{
	char text[64];

	if (strcmp(c->line, "kill") == 0) {
		vm_end("killed", false, c->fd);
	}
	if (strcmp(c->line, "status") == 0) {
		snprintf(text, sizeof(text), "ok consoles %u boots %u\n", console_clients(),
			 vm.boots);
		reply(c, text);
	} else if (core_running()) {
		reply(c, "error its core is being written; try again when that is done\n");
	} else if (strcmp(c->line, "dump-core") == 0) {
		dump_core(c);
	} else if (strncmp(c->line, "pin ", 4) == 0) {
		pin(c, c->line + 4);
	} else if (strcmp(c->line, "reset") == 0) {
		vm_restart("reset by hsctl", c->fd);
		reply(c, "ok\n");
	} else if (vm.kept) {
		reply(c, "error the VM is off and kept by on_poweroff, on_reboot or on_crash\n");
	} else if (strcmp(c->line, "pause") == 0) {
		vm_set_paused(true);
		reply(c, "ok\n");
	} else if (strcmp(c->line, "resume") == 0) {
		vm_set_paused(false);
		reply(c, "ok\n");
	} else if (strcmp(c->line, "power-key") == 0) {
		vm_press_power_key();
		reply(c, "ok\n");
	} else if (strncmp(c->line, "reboot ", 7) == 0) {
		vm_expect_reboot((unsigned int)strtoul(c->line + 7, NULL, 10));
		reply(c, "ok\n");
	} else if (strncmp(c->line, "sysrq ", 6) == 0 && c->line[6] != '\0' && c->line[7] == '\0') {
		vm_sysrq(c->line[6]);
		reply(c, "ok\n");
	} else {
		reply(c, "error unknown command\n");
	}
}

static void drop(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

static void read_command(struct client *c)
{
	ssize_t n = read(c->fd, c->line + c->len, sizeof(c->line) - 1u - c->len);
	char *nl;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	if (n <= 0) {
		drop(c);
		return;
	}
	c->len += (size_t)n;
	c->line[c->len] = '\0';
	nl = strchr(c->line, '\n');
	if (nl != NULL) {
		*nl = '\0';
		command(c);
		drop(c);
	} else if (c->len == sizeof(c->line) - 1u) {
		drop(c);
	}
}

size_t control_poll_add(struct pollfd *fds, size_t max)
{
	size_t n = 0;
	unsigned int i;

	if (max > 0) {
		fds[n++] = (struct pollfd){ .fd = listener, .events = POLLIN };
	}
	for (i = 0; i < MAX_CLIENTS && n < max; i++) {
		if (clients[i].fd >= 0) {
			fds[n++] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
		}
	}
	return n;
}

static void accept_client(void)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	unsigned int i;

	for (i = 0; fd >= 0 && i < MAX_CLIENTS; i++) {
		if (clients[i].fd < 0) {
			clients[i] = (struct client){ .fd = fd };
			return;
		}
	}
	if (fd >= 0) {
		close(fd);
	}
}

void control_poll_handle(const struct pollfd *fds, size_t n)
{
	size_t f;
	unsigned int i;

	for (f = 0; f < n; f++) {
		if (fds[f].revents == 0) {
			continue;
		}
		if (fds[f].fd == listener) {
			accept_client();
		}
		for (i = 0; i < MAX_CLIENTS; i++) {
			if (clients[i].fd >= 0 && clients[i].fd == fds[f].fd) {
				read_command(&clients[i]);
				break;
			}
		}
	}
}
