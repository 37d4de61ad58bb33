/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump-core: an ELF core of the VM, sent by a thread of its own while the VM
 * is paused. The format is that of the System V ABI ("Program header", ET_CORE)
 * with Linux' NT_PRSTATUS note for each vCPU, as gdb and crash read it.
 */
#include "hsvm.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PAGE 4096u
#define PIECE 64u	    /* pages that are sent at once */
#define SEND_SECONDS 20	    /* the VM does not wait longer for who reads slowly */
#define REGISTER_TRIES 500u /* of 2 ms, until a paused vCPU has left the guest */
#define PSTATE_SP 1u	    /* SP_ELx, not SP_EL0, is the stack pointer */
#define PSTATE_EL(pstate) ((unsigned int)((pstate) >> 2) & 3u)

/* Elf64_Nhdr, "CORE" and its padding, and what follows: both of 4-byte alignment. */
struct note {
	Elf64_Nhdr head;
	char name[8];
	struct elf_prstatus status;
} __attribute__((packed));

struct headers {
	Elf64_Ehdr elf;
	Elf64_Phdr segment[2];
	struct note note[HYPCTL_MAX_VCPUS];
};

static struct {
	pthread_t thread;
	bool running;	  /* main thread: begun, and not yet joined */
	atomic_bool done; /* the thread is at its end */
	atomic_bool stop; /* it shall be */
	int fd;
	bool resume; /* it was the dump that paused the VM */
} core = { .fd = -1 };

static bool send_all(const void *data, size_t size)
{
	const char *p = data;

	while (size > 0 && !core.stop) {
		ssize_t n = send(core.fd, p, size, MSG_NOSIGNAL);

		if (n <= 0 && errno != EINTR) {
			return false;
		}
		p += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return size == 0;
}

static int registers(unsigned int vcpu, struct hypctl_registers *r)
{
	unsigned int i;
	int err = -EBUSY;

	for (i = 0; err == -EBUSY && i < REGISTER_TRIES && !core.stop; i++) {
		err = hypctl_vcpu_registers(vm.hv, vcpu, r);
		if (err == -EBUSY) {
			usleep(2000);
		}
	}
	return err;
}

static int make_note(struct note *n, unsigned int vcpu)
{
	struct hypctl_registers r;
	int err = registers(vcpu, &r);
	unsigned int i;

	if (err != 0) {
		return err;
	}
	n->head.n_namesz = sizeof("CORE");
	n->head.n_descsz = sizeof(n->status);
	n->head.n_type = NT_PRSTATUS;
	memcpy(n->name, "CORE", sizeof("CORE"));
	n->status.pr_pid = (int)vcpu + 1; /* 0 would be no thread */
	for (i = 0; i < 31u; i++) {
		n->status.pr_reg[i] = r.x[i];
	}
	n->status.pr_reg[31] =
		(r.pstate & PSTATE_SP) != 0 && PSTATE_EL(r.pstate) != 0 ? r.sp_el1 : r.sp_el0;
	n->status.pr_reg[32] = r.pc;
	n->status.pr_reg[33] = r.pstate;
	return 0;
}

static size_t notes_size(void)
{
	return vm.config->vcpus * sizeof(struct note);
}

/* Everything in front of the memory, which begins at a page's limit. */
static size_t headers_size(void)
{
	return (offsetof(struct headers, note) + notes_size() + PAGE - 1u) / PAGE * PAGE;
}

static int make_headers(struct headers *h)
{
	unsigned int i;
	int err = 0;

	memcpy(h->elf.e_ident, ELFMAG, SELFMAG);
	h->elf.e_ident[EI_CLASS] = ELFCLASS64;
	h->elf.e_ident[EI_DATA] = ELFDATA2LSB;
	h->elf.e_ident[EI_VERSION] = EV_CURRENT;
	h->elf.e_type = ET_CORE;
	h->elf.e_machine = EM_AARCH64;
	h->elf.e_version = EV_CURRENT;
	h->elf.e_phoff = offsetof(struct headers, segment);
	h->elf.e_ehsize = sizeof(h->elf);
	h->elf.e_phentsize = sizeof(h->segment[0]);
	h->elf.e_phnum = 2;
	h->segment[0].p_type = PT_NOTE;
	h->segment[0].p_offset = offsetof(struct headers, note);
	h->segment[0].p_filesz = notes_size();
	h->segment[0].p_align = 4;
	h->segment[1].p_type = PT_LOAD;
	h->segment[1].p_flags = PF_R | PF_W | PF_X;
	h->segment[1].p_offset = headers_size();
	h->segment[1].p_paddr = HYPCTL_RAM_BASE;
	h->segment[1].p_filesz = h->segment[1].p_memsz = vm.config->memory;
	h->segment[1].p_align = PAGE;
	for (i = 0; i < vm.config->vcpus && err == 0; i++) {
		err = make_note(&h->note[i], i);
	}
	return err;
}

static int send_memory(uint8_t *buf)
{
	uint64_t end = HYPCTL_RAM_BASE + vm.config->memory;
	uint64_t gpa;
	size_t size;
	int err;

	for (gpa = HYPCTL_RAM_BASE; gpa < end; gpa += size) {
		size = end - gpa > PIECE * PAGE ? PIECE * PAGE : (size_t)(end - gpa);
		err = hypctl_vm_read(vm.hv, gpa, buf, size);
		if (err != 0) {
			return err;
		}
		if (!send_all(buf, size)) {
			return -EIO;
		}
	}
	return 0;
}

/* "ok SIZE\n" and so many bytes; fewer if it could not be finished. */
static void *dump(void *arg)
{
	uint8_t *buf = calloc(1, PIECE * PAGE);
	struct headers *h = (struct headers *)(void *)buf;
	char text[128];
	int err = buf != NULL ? make_headers(h) : -ENOMEM;

	(void)arg;
	if (err != 0) {
		snprintf(text, sizeof(text), "error no core: %s\n", strerror(-err));
		(void)send_all(text, strlen(text));
	} else {
		snprintf(text, sizeof(text), "ok %llu\n",
			 (unsigned long long)(headers_size() + vm.config->memory));
		if (send_all(text, strlen(text)) && send_all(buf, headers_size())) {
			(void)send_memory(buf);
		}
	}
	free(buf);
	core.done = true;
	notify_main();
	return NULL;
}

bool core_running(void)
{
	return core.running;
}

int core_begin(int fd)
{
	struct timeval limit = { .tv_sec = SEND_SECONDS };
	int err;

	_Static_assert(sizeof(struct headers) <= PIECE * PAGE, "the buffer holds the headers");
	if (vm.config->is_protected) {
		return EACCES;
	}
	core.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (core.fd < 0) {
		return errno;
	}
	(void)fcntl(core.fd, F_SETFL, 0); /* it blocks, but not for ever */
	(void)setsockopt(core.fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	core.done = core.stop = false;
	core.resume = !vm.paused && !vm.kept;
	if (core.resume) {
		(void)hypctl_vm_pause(vm.hv);
	}
	err = pthread_create(&core.thread, NULL, dump, NULL);
	core.running = err == 0;
	if (err != 0) {
		close(core.fd);
		core.fd = -1;
		if (core.resume) {
			(void)hypctl_vm_resume(vm.hv);
		}
	}
	return err;
}

static void end(void)
{
	(void)pthread_join(core.thread, NULL);
	close(core.fd);
	core.fd = -1;
	core.running = false;
	if (core.resume) {
		(void)hypctl_vm_resume(vm.hv);
	}
}

void core_poll(void)
{
	if (core.running && core.done) {
		end();
	}
}

void core_stop(void)
{
	if (core.running) {
		core.stop = true;
		(void)shutdown(core.fd, SHUT_RDWR);
		end();
	}
}
