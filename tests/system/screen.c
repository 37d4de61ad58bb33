/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * screen KEYS COMMAND...: runs COMMAND on a terminal of 80x24. Each time it has
 * drawn its screen (up to "clear the rest") the next of KEYS is typed. In the end
 * the last whole screen is printed, and how many characters fell off its edges;
 * the exit status is COMMAND's, or 124 if 30 s went by.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS 24
#define COLS 80
#define LIMIT_S 30

static char screen[ROWS][COLS], whole[ROWS][COLS];
static int row, col;
static unsigned int off_edges, screens, colours;

static void clear(int from_row, int from_col, int to_row)
{
	memset(&screen[from_row][from_col], ' ', COLS - (size_t)from_col);
	for (; ++from_row < to_row;) {
		memset(screen[from_row], ' ', COLS);
	}
}

static void put(char c)
{
	if (c == '\r') {
		col = 0;
	} else if (c == '\n') {
		row++;
	} else if (row < ROWS && col < COLS) {
		screen[row][col++] = c;
	} else {
		off_edges++;
	}
}

/* The end of a sequence that began with ESC [. True: a screen is whole. */
static int control(char c)
{
	if (c == 'H') {
		row = col = 0;
	} else if ((c == 'K' || c == 'J') && row < ROWS && col < COLS) {
		clear(row, col, c == 'J' ? ROWS : row + 1);
	}
	colours += c == 'm';
	return c == 'J';
}

/* One character of what the command writes. */
static int take(char c)
{
	static enum { TEXT, ESCAPE, SEQUENCE } state;

	if (state == TEXT && c == '\033') {
		state = ESCAPE;
	} else if (state == ESCAPE) {
		state = c == '[' ? SEQUENCE : TEXT;
	} else if (state == TEXT) {
		put(c);
	} else if (c >= '@') {
		state = TEXT;
		return control(c);
	}
	return 0;
}

static void print_screen(void)
{
	int r, c;

	for (r = 0; r < ROWS; r++) {
		for (c = COLS; c > 0 && whole[r][c - 1] == ' '; c--) {
		}
		printf("%.*s\n", c, whole[r]);
	}
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = ROWS, .ws_col = COLS };
	time_t end = time(NULL) + LIMIT_S;
	struct pollfd p = { .events = POLLIN };
	const char *keys;
	char buf[512];
	int status = 0;
	ssize_t n, i;
	pid_t child;

	if (argc < 3) {
		fprintf(stderr, "usage: see tests/system/screen.c\n");
		return 2;
	}
	keys = argv[1];
	memset(screen, ' ', sizeof(screen));
	child = forkpty(&p.fd, NULL, NULL, &size);
	if (child == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	while (child > 0 && time(NULL) < end && poll(&p, 1, 1000) >= 0) {
		n = (p.revents != 0) ? read(p.fd, buf, sizeof(buf)) : 0;
		if (n < 0 || (n == 0 && p.revents != 0)) {
			break; /* the command is gone */
		}
		for (i = 0; i < n; i++) {
			if (take(buf[i])) {
				memcpy(whole, screen, sizeof(whole));
				screens++;
				if (*keys != '\0' && write(p.fd, keys, 1) == 1) {
					keys++;
				}
			}
		}
	}
	if (time(NULL) >= end) {
		(void)kill(child, SIGKILL);
	}
	(void)waitpid(child, &status, 0);
	if (screens == 0) { /* a command that draws none */
		memcpy(whole, screen, sizeof(whole));
	}
	print_screen();
	printf("screen: %u drawn, %u characters beyond %dx%d, %u colours\n", screens, off_edges,
	       COLS, ROWS, colours);
	return time(NULL) >= end ? 124 : WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
