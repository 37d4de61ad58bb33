/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kexec IMAGE INITRD ADDRESS: dom0 starts another kernel in its own place, by
 * kexec_load(2), with the device tree and the command line that it has itself.
 * No more memory is overwritten than these need: what a guest left is not hidden.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHOSEN "/proc/device-tree/chosen/linux,initrd-"
#define IMAGE_SIZE_AT 16u      /* with .bss; Linux, Documentation/arm64/booting.rst */
#define TREE_OFFSET 0x3800000u /* behind the kernel's start: enough for Debian's kernels */
#define START_OFFSET 0x3900000u

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

/* Where the initrd ends, in the tree: a number of 8 bytes that no other one is like. */
static void set_end(uint8_t *tree, size_t size, uint64_t old, uint64_t end)
{
	old = __builtin_bswap64(old);
	end = __builtin_bswap64(end);
	for (size_t i = 0; i + 8 <= size; i += 4) {
		if (memcmp(tree + i, &old, 8) == 0) {
			memcpy(tree + i, &end, 8);
			return;
		}
	}
	fprintf(stderr, "kexec: the device tree does not say where the initrd ends\n");
	exit(1);
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

int main(int argc, char **argv)
{
	uint64_t kernel = argc == 4 ? strtoull(argv[3], NULL, 0) : 0;
	uint64_t begin = number(CHOSEN "start");
	uint64_t end = number(CHOSEN "end");
	size_t n = (size_t)(start_end - start);
	size_t image_size, initrd_size, tree_size;
	uint8_t *image, *initrd, *tree;
	struct kexec_segment s[4];
	uint64_t with_bss;
	char code[64];

	if (kernel == 0) {
		fprintf(stderr, "usage: kexec IMAGE INITRD ADDRESS\n");
		return 2;
	}
	image = load(argv[1], &image_size);
	initrd = load(argv[2], &initrd_size);
	tree = load("/sys/firmware/fdt", &tree_size);
	if (image_size < 64) {
		fprintf(stderr, "kexec: %s is no Image\n", argv[1]);
		return 1;
	}
	memcpy(&with_bss, image + IMAGE_SIZE_AT, 8);
	if (with_bss < image_size || with_bss > TREE_OFFSET || initrd_size > end - begin) {
		fprintf(stderr, "kexec: the kernel or the initrd is too large\n");
		return 1;
	}
	set_end(tree, tree_size, end, begin + initrd_size);
	memcpy(code, start, n);
	memcpy(code + n - 16, &(uint64_t){ kernel + TREE_OFFSET }, 8);
	memcpy(code + n - 8, &kernel, 8);
	s[0] = segment(image, image_size, kernel, with_bss);
	s[1] = segment(tree, tree_size, kernel + TREE_OFFSET, tree_size);
	s[2] = segment(code, n, kernel + START_OFFSET, n);
	s[3] = segment(initrd, initrd_size, begin, initrd_size);
	if (syscall(SYS_kexec_load, kernel + START_OFFSET, 4, s, KEXEC_ARCH_AARCH64) != 0) {
		die("kexec_load");
	}
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	die("reboot");
}
