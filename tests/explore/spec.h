/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the core must do, said a second time: an executable specification of a
 * small machine, which knows nothing of the core but its public ABI. One page
 * is one word, a VM has two pages of RAM and one vCPU, calls are atomic.
 */
#ifndef SPEC_H
#define SPEC_H

#include <stdbool.h>
#include <stdint.h>

#define NR_PAGES 9u /* pages of dom0 that calls name */
#define NR_VMS 3u   /* VM 0 is dom0 */
#define NR_GFNS 2u  /* pages of RAM of a VM */
#define NR_CPUS 2u
#define NOBODY 0xffu

enum use { USE_RAM, USE_IMAGE, USE_SHARED, USE_TABLE, USE_VM, USE_ROOT, USE_VCPU };

/* What a page holds: nothing, what dom0 wrote, what VM n wrote. */
#define TAG_ZERO 0u
#define TAG_DOM0 1u
#define TAG_OF(vm) (2u + (vm))

struct spec_page {
	uint8_t owner, use, gfn, holds, tag;
};

struct spec_vm {
	uint8_t state; /* enum hs_vm_state */
	uint8_t protected, measured, quiesced;
	uint8_t vcpu;	    /* page of vCPU 0 + 1 */
	uint8_t entry;	    /* gfn of the first PC + 1 */
	uint8_t cpu;	    /* where vCPU 0 runs, or NOBODY */
	uint8_t spare;	    /* tables given and not in use */
	uint8_t has_tables; /* levels 2 and 3 for its RAM exist */
	uint8_t hashing;    /* an image is donated but not hashed: these were the arguments */
	uint8_t work_page, work_gfn;
};

struct spec {
	struct spec_page page[NR_PAGES];
	struct spec_vm vm[NR_VMS];
};

enum op {
	OP_CREATE,
	OP_VERIFY,
	OP_DESTROY,
	OP_VCPU,
	OP_ENTRY,
	OP_RUN,
	OP_DONATE,
	OP_TOPUP,
	OP_RECLAIM,
	OP_MAP,
	OP_UNMAP,
	OP_GET_REG,
	OP_GUEST_IRQ,	/* the guest on this CPU leaves for an interrupt */
	OP_GUEST_OFF,	/* .. calls SYSTEM_OFF */
	OP_GUEST_SHARE, /* .. */
	OP_GUEST_UNSHARE,
	OP_GUEST_WRITE,
	OP_DOM0_WRITE,
	NR_OPS
};

/* A step: what CPU cpu does, with up to four arguments (pages and gfns as indices). */
struct step {
	uint8_t op, cpu;
	uint8_t a, b, c, d;
};

#define NO_PAGE NR_PAGES /* an index that names no RAM */

void spec_init(struct spec *s);

/*
 * The answer to a step: an error of the ABI. *out is what it returns beside,
 * or, where the core may choose (CREATE), in: what it has chosen.
 */
int spec_step(struct spec *s, struct step t, uint32_t *out);

/* Whether dom0 may have this page mapped. */
bool spec_visible(const struct spec *s, unsigned int page);

/* The page that VM vm has at gfn, or NOBODY. */
unsigned int spec_page_at(const struct spec *s, unsigned int vm, unsigned int gfn);

#endif
