/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel, initrd and device tree: read, checked, and placed in the guest. */
#include "hypctl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libfdt.h>

#include "guest_fdt.h"
#include "measure.h"

#define BLOCK (2ull << 20)
#define RAW_OFFSET 0x80000u   /* where QEMU puts a file without header */
#define IMAGE_OFFSET BLOCK    /* of an arm64 Image */
#define IMAGE_MAGIC "ARM\x64" /* at 56 */
#define MAX_FILE (4ull << 30)

struct say {
	char *to;
	size_t size;
};

static int fail(struct say s, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int fail(struct say s, int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s.to, s.size, fmt, ap);
	va_end(ap);
	return -err;
}

static uint64_t le64(const uint8_t *p)
{
	uint64_t v = 0;
	int i;

	for (i = 7; i >= 0; i--) {
		v = v << 8 | p[i];
	}
	return v;
}

/* A whole file, page-aligned size not needed. The kernel's cap is RAM. */
static int read_all(struct say s, int fd, const char *what, const char *path, uint64_t size,
		    struct hypctl_image *image)
{
	size_t done = 0;

	image->data = malloc(size);
	if (image->data == NULL) {
		return fail(s, ENOMEM, "%s %s: not enough memory for its %" PRIu64 " bytes", what,
			    path, size);
	}
	while (done < size) {
		ssize_t n = read(fd, image->data + done, size - done);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return fail(s, EIO, "%s %s: %s", what, path,
				    n < 0 ? strerror(errno) : "became shorter while it was read");
		}
		done += (size_t)n;
	}
	image->size = size;
	return 0;
}

static int read_file(struct say s, const char *what, const char *path, uint64_t max,
		     struct hypctl_image *image)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0) {
		r = errno == EACCES ? EACCES : ENOENT;
		return fail(s, r, "%s %s: %s", what, path, strerror(errno));
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		r = fail(s, ENOEXEC, "%s %s: %s, not a file", what, path,
			 S_ISDIR(st.st_mode) ? "a directory" : "a device or pipe");
	} else if (st.st_size == 0) {
		r = fail(s, ENOEXEC, "%s %s: the file is empty", what, path);
	} else if ((uint64_t)st.st_size > max) {
		r = fail(s, E2BIG,
			 "%s %s: %" PRIu64 " KiB do not fit into the VM's memory; give it more",
			 what, path, (uint64_t)st.st_size / 1024u);
	} else {
		r = read_all(s, fd, what, path, (uint64_t)st.st_size, image);
	}
	close(fd);
	return r;
}

/* Files that are kernels, but not ones that can be started as they are. */
static int check_kernel(struct say s, const char *path, const struct hypctl_image *k)
{
	const uint8_t *d = k->data;

	if (k->size >= 4 && memcmp(d,
				   "\x7f"
				   "ELF",
				   4) == 0) {
		return fail(
			s, ENOEXEC,
			"kernel %s: an ELF file; use arch/arm64/boot/Image, or objcopy -O binary",
			path);
	}
	if (k->size >= 2 && d[0] == 0x1f && d[1] == 0x8b) {
		return fail(s, ENOEXEC, "kernel %s: compressed with gzip; run: gunzip < %s > Image",
			    path, path);
	}
	if (k->size >= 6 && memcmp(d,
				   "\xfd"
				   "7zXZ",
				   5) == 0) {
		return fail(s, ENOEXEC, "kernel %s: compressed with xz; run: xz -d < %s > Image",
			    path, path);
	}
	if (k->size >= 4 && memcmp(d, "\x28\xb5\x2f\xfd", 4) == 0) {
		return fail(s, ENOEXEC,
			    "kernel %s: compressed with zstd; run: zstd -d < %s > Image", path,
			    path);
	}
	return 0;
}

/* Where the kernel goes, and what it needs with its BSS. */
static uint64_t place_kernel(struct hypctl_images *im, const char *path)
{
	struct hypctl_image *k = &im->kernel;
	uint64_t need = k->size;

	if (k->size >= 64 && memcmp(k->data + 56, IMAGE_MAGIC, 4) == 0) {
		uint64_t image_size = le64(k->data + 16);
		uint64_t text_offset = le64(k->data + 8);

		k->gpa = HYPCTL_RAM_BASE + IMAGE_OFFSET + (text_offset & (BLOCK - 1u) & ~4095ull);
		need = image_size > need && image_size < MAX_FILE ? image_size : need;
	} else {
		k->gpa = HYPCTL_RAM_BASE + RAW_OFFSET;
		snprintf(im->note, sizeof(im->note), "%.100s has no arm64 Image header: loaded raw",
			 path);
	}
	im->entry = k->gpa;
	return k->gpa + need;
}

static uint64_t align(uint64_t v)
{
	return (v + BLOCK - 1u) & ~(BLOCK - 1u);
}

/* One tree, twice: above the kernel for x0, and where U-Boot looks for it. */
static int place_fdt(struct say s, const struct hypctl_config *c, struct hypctl_images *im,
		     uint64_t kernel_end)
{
	uint64_t end = HYPCTL_RAM_BASE + c->memory;

	im->dtb.data = malloc(GUEST_FDT_MAX);
	im->dtb_copy.data = malloc(GUEST_FDT_MAX);
	if (im->dtb.data == NULL || im->dtb_copy.data == NULL) {
		return fail(s, ENOMEM, "out of memory");
	}
	if (guest_fdt_build(c, im->initrd.gpa, im->initrd.size, im->dtb.data) != 0) {
		return fail(s, E2BIG, "the device tree is larger than %u bytes", GUEST_FDT_MAX);
	}
	im->dtb.size = fdt_totalsize(im->dtb.data);
	im->dtb.gpa = align(im->initrd.size != 0 ? im->initrd.gpa + im->initrd.size : kernel_end);
	if (im->dtb.gpa + GUEST_FDT_MAX > end) { /* a VM of a few MiB: page by page */
		im->dtb.gpa =
			((im->initrd.size != 0 ? im->initrd.gpa + im->initrd.size : kernel_end) +
			 4095u) &
			~4095ull;
	}
	if (im->dtb.gpa + im->dtb.size > end) {
		return fail(s, E2BIG,
			    "the VM's %" PRIu64
			    " MiB are too little: kernel, initrd and device tree "
			    "need %" PRIu64 " MiB",
			    c->memory >> 20,
			    (im->dtb.gpa + im->dtb.size - HYPCTL_RAM_BASE + (1u << 20) - 1u) >> 20);
	}
	memcpy(im->dtb_copy.data, im->dtb.data, im->dtb.size);
	im->dtb_copy.size = im->dtb.size;
	im->dtb_copy.gpa = HYPCTL_RAM_BASE;
	return 0;
}

/* DER as openssl writes it, or the 64 bytes themselves. */
static int read_signature(struct say s, const char *path, struct hypctl_images *im)
{
	struct hypctl_image file = { 0 };
	int r = read_file(s, "signature", path, 4096, &file);

	if (r == 0 && !signature_decode(file.data, file.size, im->signature)) {
		r = fail(s, ENOEXEC, "signature %s: not an ECDSA signature over P-256", path);
	}
	im->has_signature = r == 0;
	free(file.data);
	return r;
}

int hypctl_images_load(const struct hypctl_config *c, struct hypctl_images *im, char *error,
		       size_t size)
{
	struct say s = { .to = error, .size = size };
	uint64_t kernel_end = 0;
	int r;

	memset(im, 0, sizeof(*im));
	r = read_file(s, "kernel", c->kernel, c->memory, &im->kernel);
	if (r == 0) {
		r = check_kernel(s, c->kernel, &im->kernel);
	}
	if (r == 0) {
		kernel_end = place_kernel(im, c->kernel);
		if (kernel_end - HYPCTL_RAM_BASE > c->memory) {
			r = fail(s, E2BIG,
				 "kernel %s needs %" PRIu64 " MiB with its BSS; the VM has %" PRIu64
				 " MiB",
				 c->kernel, (kernel_end - HYPCTL_RAM_BASE + (1u << 20) - 1u) >> 20,
				 c->memory >> 20);
		}
	}
	if (r == 0 && c->initrd != NULL) {
		r = read_file(s, "initrd", c->initrd, c->memory, &im->initrd);
		im->initrd.gpa = align(kernel_end);
	}
	if (r == 0) {
		r = place_fdt(s, c, im, kernel_end);
	}
	if (r == 0 && c->signature != NULL) {
		r = read_signature(s, c->signature, im);
	}
	if (r != 0) {
		hypctl_images_free(im);
	}
	return r;
}

void hypctl_images_free(struct hypctl_images *im)
{
	free(im->kernel.data);
	free(im->initrd.data);
	free(im->dtb.data);
	free(im->dtb_copy.data);
	memset(im, 0, sizeof(*im));
}
