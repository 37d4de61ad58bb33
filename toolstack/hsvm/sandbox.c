/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a guest that has taken hsvm over still cannot do: hsvm is user hs, gets
 * no rights by executing files (no_new_privs), and the kernel kills it for any
 * system call that it does not need (seccomp(2), SECCOMP_MODE_FILTER).
 */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define USER "hs"
#define HYPCTL_IOCTLS 'h' /* dom0/driver/hypctl_ioctl.h */

#ifndef __aarch64__
#error "the filter knows the system calls of arm64"
#endif

static gid_t group = (gid_t)-1;

/* From /etc/passwd itself: a static program has no other way to the name. */
static bool find_user(uid_t *uid, gid_t *gid)
{
	FILE *f = fopen("/etc/passwd", "re");
	struct passwd *p = NULL;

	while (f != NULL && (p = fgetpwent(f)) != NULL && strcmp(p->pw_name, USER) != 0) {
	}
	if (p != NULL) {
		*uid = p->pw_uid;
		*gid = p->pw_gid;
	}
	if (f != NULL) {
		fclose(f);
	}
	return p != NULL;
}

/* A directory of the user's; group members may make VMs in it, too. */
static void own_dir(const char *path, uid_t uid, gid_t gid, mode_t mode)
{
	if (mkdir(path, mode) == 0 || errno == EEXIST) {
		(void)!chown(path, uid, gid);
		(void)chmod(path, mode);
	}
}

int sandbox_user(void)
{
	uid_t uid;
	gid_t gid;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		return errno;
	}
	if (!find_user(&uid, &gid)) {
		return 0;
	}
	group = gid;
	if (geteuid() != 0) {
		return 0;
	}
	own_dir("/run/hs", uid, gid, 0775);
	own_dir("/var/log/hs", uid, gid, 0770);
	if (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0) {
		return errno;
	}
	return 0;
}

int sandbox_share(int dir)
{
	return group == (gid_t)-1 || fchown(dir, (uid_t)-1, group) == 0 ? 0 : errno;
}

/* What threads, sockets, files and restarts of the VM need. */
static const unsigned int allowed[] = {
	SYS_read,
	SYS_write,
	SYS_readv,
	SYS_writev,
	SYS_pread64,
	SYS_pwrite64,
	SYS_close,
	SYS_openat,
	SYS_newfstatat,
	SYS_fstat,
	SYS_lseek,
	SYS_munmap,
	SYS_mremap,
	SYS_brk,
	SYS_madvise,
	SYS_ppoll,
	SYS_futex,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_clock_gettime,
	SYS_clock_nanosleep,
	SYS_nanosleep,
	SYS_gettid,
	SYS_getpid,
	SYS_tgkill,
	SYS_exit,
	SYS_exit_group,
	SYS_sched_setaffinity,
	SYS_sched_getaffinity,
	SYS_sched_yield,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_accept4,
	SYS_sendto,
	SYS_recvfrom,
	SYS_setsockopt,
	SYS_shutdown,
	SYS_fcntl,
	SYS_unlinkat,
	SYS_renameat,
	SYS_mkdirat,
	SYS_ftruncate,
	SYS_fallocate,
	SYS_getdents64,
	SYS_getrandom,
	SYS_restart_syscall,
	SYS_prlimit64,
};
#define NR_ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define LOAD_LOW(n) LOAD(args[n]) /* the low half of an argument: little-endian */
#define UNLESS(op, value, skip) BPF_JUMP(BPF_JMP | (op) | BPF_K, (value), 0, (skip))
#define WHEN(op, value, skip) BPF_JUMP(BPF_JMP | (op) | BPF_K, (value), (skip), 0)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, (what))

int sandbox_seal(void)
{
	static const struct sock_filter head[] = {
		LOAD(arch),
		WHEN(BPF_JEQ, AUDIT_ARCH_AARCH64, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		/* ioctl: only the driver's */
		UNLESS(BPF_JEQ, SYS_ioctl, 5),
		LOAD_LOW(1),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00u),
		UNLESS(BPF_JEQ, (unsigned int)HYPCTL_IOCTLS << 8, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		/* mmap, mprotect: nothing that can be executed */
		WHEN(BPF_JEQ, SYS_mmap, 1),
		UNLESS(BPF_JEQ, SYS_mprotect, 4),
		LOAD_LOW(2),
		WHEN(BPF_JSET, PROT_EXEC, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		/* prctl: what a thread sets for itself */
		UNLESS(BPF_JEQ, SYS_prctl, 5),
		LOAD_LOW(0),
		WHEN(BPF_JEQ, PR_SET_NAME, 2),
		WHEN(BPF_JEQ, PR_SET_TIMERSLACK, 1),
		RETURN(SECCOMP_RET_KILL_PROCESS),
		RETURN(SECCOMP_RET_ALLOW),
		/* clone: threads; clone3, whose flags cannot be seen, is not there: glibc takes
		   clone */
		UNLESS(BPF_JEQ, SYS_clone3, 1),
		RETURN(SECCOMP_RET_ERRNO | ENOSYS),
		UNLESS(BPF_JEQ, SYS_clone, 4),
		LOAD_LOW(0),
		UNLESS(BPF_JSET, CLONE_THREAD, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_filter filter[sizeof(head) / sizeof(head[0]) + 2u * NR_ALLOWED + 1u];
	struct sock_fprog program = { .filter = filter };
	size_t n = sizeof(head) / sizeof(head[0]);
	size_t i;

	memcpy(filter, head, sizeof(head));
	for (i = 0; i < NR_ALLOWED; i++) {
		filter[n++] = (struct sock_filter)UNLESS(BPF_JEQ, allowed[i], 1);
		filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
	}
	filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_KILL_PROCESS);
	program.len = (unsigned short)n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 ? 0 : errno;
}
