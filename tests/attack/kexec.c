/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec IMAGE INITRD ADDRESS: dom0 starts another kernel in its own place, by
 * kexec_load(2), with the device tree and the command line that it has itself.
 * No more memory is overwritten than these need: what a guest left is not hidden.
 *
 * kexec --panic IMAGE INITRD: the same as dom0 panics, in the memory that
 * crashkernel= set aside; the tree says that there is no other memory.
 *
 * kexec --search BEGIN END: reads all pages from BEGIN to END by /dev/mem, in the
 * second kernel, and says how many could not be read and how many hold canaries.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHOSEN "/proc/device-tree/chosen/linux,initrd-"
#define IMAGE_SIZE_AT 16u      /* with .bss; Linux, Documentation/arm64/booting.rst */
#define TREE_OFFSET 0x3800000u /* behind the kernel's start: enough for Debian's kernels */
#define START_OFFSET 0x3900000u
#define INITRD_OFFSET 0x3a00000u     /* for a panic */
#define CANARY 0xc4f3a9d100000000ull /* residue.S, four times in a row */

/*
 * What runs first: x0 is the tree, x1 to x3 are 0 (booting.rst). Hidden symbols: the
 * assembler of Debian 12 makes one GOT entry of two local ones.
 */
__asm__(".pushsection .rodata\n"
	".balign 8\n"
	".globl start, start_end\n"
	".hidden start, start_end\n"
	"start:	ldr x0, 1f\n"
	"	ldr x4, 2f\n"
	"	mov x1, xzr\n"
	"	mov x2, xzr\n"
	"	mov x3, xzr\n"
	"	br x4\n"
	"1:	.quad 0\n"
	"2:	.quad 0\n"
	"start_end:\n"
	".popsection\n");
extern const char start[] __attribute__((visibility("hidden")));
extern const char start_end[] __attribute__((visibility("hidden")));

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint8_t *load(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	size_t room = 1u << 16;
	uint8_t *p = malloc(room);
	ssize_t n;

	*size = 0;
	if (fd < 0 || p == NULL) {
		die(path);
	}
	while ((n = read(fd, p + *size, room - *size)) > 0) {
		*size += (size_t)n;
		if (*size == room) {
			p = realloc(p, room *= 2);
			if (p == NULL) {
				die(path);
			}
		}
	}
	close(fd);
	return p;
}

/* A number of the device tree, big-endian. */
static uint64_t number(const char *path)
{
	size_t size;
	uint8_t *p = load(path, &size);
	uint64_t v = 0;

	for (size_t i = 0; i < size; i++) {
		v = v << 8 | p[i];
	}
	free(p);
	return v;
}

/* A number of 8 bytes in the tree that no other one is like; what: its name. */
static void replace(uint8_t *tree, size_t size, uint64_t old, uint64_t value, const char *what)
{
	old = __builtin_bswap64(old);
	value = __builtin_bswap64(value);
	for (size_t i = 0; i + 8 <= size; i += 4) {
		if (memcmp(tree + i, &old, 8) == 0) {
			memcpy(tree + i, &value, 8);
			return;
		}
	}
	fprintf(stderr, "kexec: the device tree does not say %s\n", what);
	exit(1);
}

/* All memory there is becomes [base, base + size) in the tree. */
static void set_memory(uint8_t *tree, size_t tree_size, uint64_t base, uint64_t size)
{
	static const char reg[] = "/proc/device-tree/memory@40000000/reg";
	size_t n;
	uint8_t *old = load(reg, &n);
	uint64_t value[2] = { __builtin_bswap64(base), __builtin_bswap64(size) };

	for (size_t i = 0; n == sizeof(value) && i + n <= tree_size; i += 4) {
		if (memcmp(tree + i, old, n) == 0) {
			memcpy(tree + i, value, n);
			free(old);
			return;
		}
	}
	fprintf(stderr, "kexec: the device tree does not have %s\n", reg);
	exit(1);
}

/* What crashkernel= set aside. */
static void crash_memory(uint64_t *base, uint64_t *size)
{
	FILE *f = fopen("/proc/iomem", "r");
	unsigned long long first, last;
	char line[200];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (strstr(line, "Crash kernel") != NULL &&
		    sscanf(line, " %llx-%llx", &first, &last) == 2) {
			*base = first;
			*size = last - first + 1u;
			fclose(f);
			return;
		}
	}
	fprintf(stderr,
		"kexec: no memory is set aside; crashkernel=160M in dom0's command line?\n");
	exit(1);
}

static sigjmp_buf refused;

static void on_sigbus(int sig)
{
	siglongjmp(refused, sig);
}

/* Whether the page has canaries; 8 bytes at a time, as device memory wants it. */
static bool has_canary(const volatile uint64_t *p)
{
	for (unsigned int i = 0; i < 512u; i += 4) {
		if (p[i] == CANARY && p[i + 1] == CANARY && p[i + 2] == CANARY &&
		    p[i + 3] == CANARY) {
			return true;
		}
	}
	return false;
}

static int search(uint64_t begin, uint64_t end)
{
	static unsigned long nr_read, nr_refused, nr_canaries; /* static: siglongjmp() */
	static uint64_t at;
	int fd = open("/dev/mem", O_RDONLY);

	if (fd < 0) {
		die("/dev/mem");
	}
	signal(SIGBUS, on_sigbus);
	for (at = begin; at < end; at += 4096u) {
		void *p = mmap(NULL, 4096u, PROT_READ, MAP_SHARED, fd, (off_t)at);

		if (p == MAP_FAILED) {
			continue; /* the second kernel's own memory */
		}
		if (sigsetjmp(refused, 1) == 0) {
			nr_canaries += has_canary(p) ? 1u : 0u;
			nr_read++;
		} else {
			nr_refused++;
		}
		munmap(p, 4096u);
	}
	printf("search: read %lu refused %lu canaries %lu\n", nr_read, nr_refused, nr_canaries);
	return 0;
}

static struct kexec_segment segment(const void *buf, size_t size, uint64_t at, size_t room)
{
	struct kexec_segment s;

	s.buf = buf;
	s.bufsz = size;
	s.mem = (void *)at;
	s.memsz = (room + 0xfffu) & ~0xfffull;
	return s;
}

static int start_kernel(const char *image_path, const char *initrd_path, uint64_t kernel)
{
	bool panic = kernel == 0;
	uint64_t begin = number(CHOSEN "start");
	uint64_t end = number(CHOSEN "end");
	uint64_t room = end - begin;
	uint64_t initrd_at = begin;
	size_t n = (size_t)(start_end - start);
	size_t image_size, initrd_size, tree_size;
	uint8_t *image, *initrd, *tree;
	struct kexec_segment s[4];
	uint64_t size, with_bss;
	char code[64];

	image = load(image_path, &image_size);
	initrd = load(initrd_path, &initrd_size);
	tree = load("/sys/firmware/fdt", &tree_size);
	if (panic) {
		crash_memory(&kernel, &size);
		set_memory(tree, tree_size, kernel, size);
		initrd_at = kernel + INITRD_OFFSET;
		room = size > INITRD_OFFSET ? size - INITRD_OFFSET : 0;
		replace(tree, tree_size, begin, initrd_at, "where the initrd begins");
	}
	if (image_size < 64) {
		fprintf(stderr, "kexec: %s is no Image\n", image_path);
		return 1;
	}
	memcpy(&with_bss, image + IMAGE_SIZE_AT, 8);
	if (with_bss < image_size || with_bss > TREE_OFFSET || initrd_size > room) {
		fprintf(stderr, "kexec: the kernel or the initrd is too large\n");
		return 1;
	}
	replace(tree, tree_size, end, initrd_at + initrd_size, "where the initrd ends");
	memcpy(code, start, n);
	memcpy(code + n - 16, &(uint64_t){ kernel + TREE_OFFSET }, 8);
	memcpy(code + n - 8, &kernel, 8);
	s[0] = segment(image, image_size, kernel, with_bss);
	s[1] = segment(tree, tree_size, kernel + TREE_OFFSET, tree_size);
	s[2] = segment(code, n, kernel + START_OFFSET, n);
	s[3] = segment(initrd, initrd_size, initrd_at, initrd_size);
	if (syscall(SYS_kexec_load, kernel + START_OFFSET, 4, s,
		    KEXEC_ARCH_AARCH64 | (panic ? KEXEC_ON_CRASH : 0)) != 0) {
		die("kexec_load");
	}
	if (panic) {
		return 0;
	}
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	die("reboot");
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "--panic") == 0) {
		return start_kernel(argv[2], argv[3], 0);
	}
	if (argc == 4 && strcmp(argv[1], "--search") == 0) {
		return search(strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0));
	}
	if (argc == 4 && strtoull(argv[3], NULL, 0) != 0) {
		return start_kernel(argv[1], argv[2], strtoull(argv[3], NULL, 0));
	}
	fprintf(stderr,
		"usage: kexec IMAGE INITRD ADDRESS | --panic IMAGE INITRD | --search BEGIN END\n");
	return 2;
}
