/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's consoles, each with a ring that is replayed on attach, a log file,
 * and any number of readers of which one may write. Protocol: the client sends
 * "rw\n", "ro\n", "force\n", "follow\n" (from now on) or "dump\n" (what the ring
 * has, then the end); the answer is "ok\n" and then the console, or "busy\n". A
 * client that is slow loses the oldest output, nobody waits for it.
 */
#include "hsvm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console_ring.h"

#define MAX_CLIENTS 16u
/* As libvirt's virtlogd: a guest that talks for ever fills no disk. */
#define LOG_SIZE (2u << 20)
#define LOG_KEPT 3u
#define LOG_LINE 4096u /* this long, it may also be cut */

/* By port. */
static struct console {
	struct console_ring *ring; /* a file: it outlives this process; vm.lock */
	int listener, log_fd;
	bool log_rotates;  /* a file, not /dev/null or a pipe */
	uint64_t log_size; /* vm.lock */
	char line[256];	   /* vm.lock: the line so far, for panic detection */
	size_t line_len;
} consoles[HYPCTL_MAX_CONSOLES];

struct client {
	int fd; /* -1: free */
	unsigned int port;
	bool attached; /* has said how */
	bool writer;
	uint64_t end; /* of a dump: where it stops */
	bool dump;    /* leaves when it has seen everything */
	uint64_t pos; /* next byte of the ring for it */
	char hello[16];
	size_t hello_len;
	uint8_t input[64]; /* typed, not yet taken by the UART */
	size_t input_len;
};

static struct client clients[MAX_CLIENTS];

static void log_open(unsigned int port, bool append)
{
	struct stat st;

	if (vm.config->console[port].log_file != NULL) {
		consoles[port].log_fd = open(
			vm.config->console[port].log_file,
			O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (append ? 0 : O_TRUNC), 0640);
		consoles[port].log_rotates =
			fstat(consoles[port].log_fd, &st) == 0 && S_ISREG(st.st_mode);
		consoles[port].log_size = consoles[port].log_rotates ? (uint64_t)st.st_size : 0;
	}
}

/* FILE.1 is the newest of the old ones. Where nothing can be renamed, it begins anew. */
static void log_rotate(unsigned int port)
{
	const char *file = vm.config->console[port].log_file;
	char from[PATH_MAX + 16], to[PATH_MAX + 16];
	unsigned int i;
	int r = -1;

	for (i = LOG_KEPT; i > 0; i--) {
		snprintf(to, sizeof(to), "%s.%u", file, i);
		snprintf(from, sizeof(from), i > 1u ? "%s.%u" : "%s", file, i - 1u);
		r = rename(from, to);
	}
	if (r == 0) {
		close(consoles[port].log_fd);
		log_open(port, false);
	} else if (ftruncate(consoles[port].log_fd, 0) == 0) {
		consoles[port].log_size = 0;
	}
}

/* A full disk costs the log, not the guest. */
static void log_write(unsigned int port, uint8_t c)
{
	struct console *con = &consoles[port];

	if (con->log_fd >= 0 && write(con->log_fd, &c, 1) == 1 && con->log_rotates) {
		con->log_size++;
		if ((con->log_size >= LOG_SIZE && c == '\n') ||
		    con->log_size >= LOG_SIZE + LOG_LINE) {
			log_rotate(port);
		}
	}
}

static int ring_open(unsigned int port, unsigned int id)
{
	struct console_ring *ring = NULL;
	char name[RING_NAME_SIZE];
	int fd = openat(vm.run_dir, ring_name(name, port), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
			0640);
	int r = fd < 0 ? errno : posix_fallocate(fd, 0, sizeof(*ring));

	if (r == 0) { /* its pages are there: no SIGBUS when /run is full */
		ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		r = ring == MAP_FAILED ? errno : 0;
	}
	if (r == 0) {
		ring->magic = RING_MAGIC;
		ring->id = id;
		consoles[port].ring = ring;
	}
	if (fd >= 0) {
		close(fd);
	}
	return -r;
}

/* Its last bytes, for hsctl logs and why. A disk that is full costs only them. */
static void keep_past(unsigned int port, const struct console_ring *r)
{
	static char text[CONSOLE_PAST];
	char path[PAST_PATH_SIZE];
	FILE *f;

	(void)mkdir(ENDED_DIR, 0770);
	f = fopen(past_path(path, port, r->id), "we");
	if (f == NULL) {
		return;
	}
	(void)fwrite(text, 1, ring_past(r, text), f);
	(void)fclose(f);
}

void console_keep(void)
{
	char name[RING_NAME_SIZE];
	unsigned int port;

	for (port = 0; port < vm.config->consoles; port++) {
		if (consoles[port].ring != NULL) {
			keep_past(port, consoles[port].ring);
			(void)unlinkat(vm.run_dir, ring_name(name, port), 0);
		}
	}
}

/* That VM may have had more consoles than this one of its name. */
void console_keep_old(void)
{
	struct console_ring *old = malloc(sizeof(*old));
	char name[RING_NAME_SIZE];
	char socket[HYPCTL_SOCKET_SIZE];
	unsigned int port;

	for (port = 0; port < HYPCTL_MAX_CONSOLES; port++) {
		int fd = openat(vm.run_dir, ring_name(name, port), O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && old != NULL &&
		    read(fd, old, sizeof(*old)) == (ssize_t)sizeof(*old) &&
		    old->magic == RING_MAGIC) {
			keep_past(port, old);
		}
		if (fd >= 0) {
			close(fd);
			(void)unlinkat(vm.run_dir, name, 0);
		}
		(void)unlinkat(vm.run_dir, hypctl_console_socket(port, socket), 0);
	}
	free(old);
}

int console_init(unsigned int port, int listen_fd, unsigned int id)
{
	unsigned int i;
	int r = ring_open(port, id);

	if (r != 0) {
		return r;
	}
	for (i = 0; i < MAX_CLIENTS; i++) {
		clients[i].fd = -1;
	}
	consoles[port].listener = listen_fd;
	consoles[port].log_fd = -1;
	log_open(port, vm.config->console[port].log_append);
	if (vm.config->console[port].log_file != NULL && consoles[port].log_fd < 0) {
		return -errno;
	}
	return 0;
}

void console_reopen_log(void)
{
	unsigned int port;

	pthread_mutex_lock(&vm.lock);
	for (port = 0; port < vm.config->consoles; port++) {
		if (consoles[port].log_fd >= 0) {
			close(consoles[port].log_fd);
			log_open(port, true);
		}
	}
	pthread_mutex_unlock(&vm.lock);
}

/* A guest that panics says so in one line. */
static void watch(struct console *con, uint8_t c)
{
	if (c == '\n' || con->line_len == sizeof(con->line) - 1u) {
		con->line[con->line_len] = '\0';
		if (strstr(con->line, PANIC_TEXT) != NULL && !vm.panicked) {
			vm.panicked = true;
			notify_main();
		}
		con->line_len = 0;
	} else {
		con->line[con->line_len++] = (char)c;
	}
}

void console_output(unsigned int port, uint8_t c)
{
	struct console *con = &consoles[port];

	con->ring->data[con->ring->end % RING_SIZE] = c;
	con->ring->end++;
	watch(con, c);
	log_write(port, c);
	notify_main();
}

static void drop(struct client *c)
{
	close(c->fd);
	c->fd = -1;
}

unsigned int console_clients(void)
{
	unsigned int n = 0;
	unsigned int i;

	for (i = 0; i < MAX_CLIENTS; i++) {
		n += clients[i].fd >= 0 && clients[i].attached ? 1u : 0u;
	}
	return n;
}

static void accept_client(unsigned int port)
{
	int fd = accept4(consoles[port].listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	unsigned int i;

	for (i = 0; fd >= 0 && i < MAX_CLIENTS; i++) {
		if (clients[i].fd < 0) {
			clients[i] = (struct client){ .fd = fd, .port = port };
			return;
		}
	}
	if (fd >= 0) {
		(void)!write(fd, "busy\n", 5);
		close(fd);
	}
}

static void attach(struct client *c, const char *how)
{
	bool force = strcmp(how, "force") == 0;
	unsigned int i;

	c->dump = strcmp(how, "dump") == 0;
	c->writer = force || strcmp(how, "rw") == 0;
	for (i = 0; c->writer && i < MAX_CLIENTS; i++) {
		if (&clients[i] != c && clients[i].fd >= 0 && clients[i].writer &&
		    clients[i].port == c->port) {
			if (!force) {
				(void)!write(c->fd, "busy\n", 5);
				drop(c);
				return;
			}
			drop(&clients[i]);
		}
	}
	if (write(c->fd, "ok\n", 3) != 3) {
		drop(c);
		return;
	}
	c->attached = true;
	pthread_mutex_lock(&vm.lock);
	c->end = consoles[c->port].ring->end;
	c->pos = strcmp(how, "follow") == 0 ? c->end : 0;
	pthread_mutex_unlock(&vm.lock);
}

/* The first line, a byte at a time: what follows it is typed input. */
static void read_hello(struct client *c)
{
	char ch;

	while (!c->attached && c->fd >= 0) {
		ssize_t n = read(c->fd, &ch, 1);

		if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
			return;
		}
		if (n <= 0 || c->hello_len == sizeof(c->hello) - 1u) {
			drop(c);
		} else if (ch == '\n') {
			c->hello[c->hello_len] = '\0';
			attach(c, c->hello);
		} else {
			c->hello[c->hello_len++] = ch;
		}
	}
}

static void pass_input(struct client *c)
{
	size_t taken;

	pthread_mutex_lock(&vm.lock);
	taken = pl011_input(c->port, c->input, c->input_len);
	pthread_mutex_unlock(&vm.lock);
	c->input_len -= taken;
	memmove(c->input, c->input + taken, c->input_len);
}

static void read_input(struct client *c)
{
	ssize_t n;

	if (c->input_len == sizeof(c->input)) {
		return; /* full: the UART takes it first */
	}
	n = read(c->fd, c->input + c->input_len, sizeof(c->input) - c->input_len);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		drop(c);
		return;
	}
	if (n > 0 && c->writer) {
		c->input_len += (size_t)n;
		pass_input(c);
	}
}

/* False: nothing more could be sent now. */
static bool send_some(struct client *c)
{
	const struct console_ring *ring = consoles[c->port].ring;
	uint8_t buf[4096];
	size_t n = 0;
	ssize_t sent;

	pthread_mutex_lock(&vm.lock);
	if (ring->end - c->pos > RING_SIZE) {
		c->pos = ring->end - RING_SIZE;
	}
	while (n < sizeof(buf) && c->pos + n < (c->dump ? c->end : ring->end)) {
		buf[n] = ring->data[(c->pos + n) % RING_SIZE];
		n++;
	}
	pthread_mutex_unlock(&vm.lock);
	if (n == 0) {
		return false;
	}
	sent = send(c->fd, buf, n, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		drop(c);
	}
	c->pos += sent > 0 ? (uint64_t)sent : 0u;
	return sent > 0;
}

static bool behind(const struct client *c)
{
	bool b;

	pthread_mutex_lock(&vm.lock);
	b = c->pos < consoles[c->port].ring->end;
	pthread_mutex_unlock(&vm.lock);
	return b;
}

size_t console_poll_add(struct pollfd *fds, size_t max)
{
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < vm.config->consoles && n < max; i++) {
		fds[n++] = (struct pollfd){ .fd = consoles[i].listener, .events = POLLIN };
	}
	for (i = 0; i < MAX_CLIENTS && n < max; i++) {
		struct client *c = &clients[i];
		short events = 0;

		if (c->fd < 0) {
			continue;
		}
		if (c->attached && c->input_len > 0) {
			pass_input(c);
		}
		events |= c->input_len < sizeof(c->input) ? POLLIN : 0;
		events |= c->attached && (c->dump || behind(c)) ? POLLOUT : 0;
		fds[n++] = (struct pollfd){ .fd = c->fd, .events = events };
	}
	return n;
}

static void handle_client(struct client *c, short revents)
{
	unsigned int turns;

	if (!c->attached) {
		if (revents != 0) {
			read_hello(c);
		}
		return;
	}
	if ((revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
		read_input(c);
	}
	for (turns = 0; c->fd >= 0 && (revents & POLLOUT) != 0 && turns < 16u; turns++) {
		if (!send_some(c)) {
			break;
		}
	}
	if (c->fd >= 0 && c->dump && c->pos >= c->end) {
		drop(c);
	}
}

void console_poll_handle(const struct pollfd *fds, size_t n)
{
	size_t f;
	unsigned int i;

	for (f = 0; f < n; f++) {
		for (i = 0; i < vm.config->consoles; i++) {
			if (fds[f].fd == consoles[i].listener && (fds[f].revents & POLLIN) != 0) {
				accept_client(i);
			}
		}
		for (i = 0; i < MAX_CLIENTS; i++) {
			if (clients[i].fd == fds[f].fd && clients[i].fd >= 0) {
				handle_client(&clients[i], fds[f].revents);
				break;
			}
		}
	}
}

void console_flush(void)
{
	unsigned int i;

	for (i = 0; i < MAX_CLIENTS; i++) {
		int64_t until = now_ms() + 500;

		while (clients[i].fd >= 0 && clients[i].attached && behind(&clients[i]) &&
		       now_ms() < until) {
			struct pollfd p = { .fd = clients[i].fd, .events = POLLOUT };

			(void)poll(&p, 1, 50);
			(void)send_some(&clients[i]);
		}
	}
}
