/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sealed CALL: behind hsvm's filter of system calls, does what hsvm does
 * (nothing), or one thing that it never does.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "sandbox.h"

static void *thread(void *arg)
{
	return arg;
}

/* Threads, files, memory. */
static int usual(void)
{
	char text[64];
	pthread_t t;
	FILE *f;

	if (pthread_create(&t, NULL, thread, NULL) != 0 || pthread_join(t, NULL) != 0) {
		return 1;
	}
	f = fopen("/proc/self/stat", "re");
	if (f == NULL || fgets(text, sizeof(text), f) == NULL) {
		return 1;
	}
	fclose(f);
	return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	char *none[] = { NULL };
	char c = 'x';

	if (sandbox_user() != 0 || sandbox_seal() != 0) {
		return 3;
	}
	if (strcmp(what, "nothing") == 0) {
		return usual();
	} else if (strcmp(what, "execve") == 0) {
		(void)execve("/bin/sh", none, none);
	} else if (strcmp(what, "socket") == 0) {
		(void)socket(AF_INET, SOCK_STREAM, 0);
	} else if (strcmp(what, "executable_memory") == 0) {
		(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	} else if (strcmp(what, "fork") == 0) {
		(void)fork();
	} else if (strcmp(what, "ptrace") == 0) {
		(void)ptrace(PTRACE_ATTACH, 1, NULL, NULL);
	} else if (strcmp(what, "setuid") == 0) {
		(void)setuid(0);
	} else if (strcmp(what, "tiocsti") == 0) {
		(void)ioctl(0, TIOCSTI, &c);
	} else if (strcmp(what, "kill") == 0) {
		(void)kill(1, 0);
	} else if (strcmp(what, "mount") == 0) {
		(void)mount("none", "/tmp", "tmpfs", 0, NULL);
	} else if (strcmp(what, "bpf") == 0) {
		(void)syscall(SYS_bpf, BPF_PROG_LOAD, NULL, 0);
	} else {
		return 2;
	}
	return 0;
}
