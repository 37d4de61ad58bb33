/* SPDX-License-Identifier: BSD-2-Clause */
#include "spec.h"

#include <string.h>

#include "public/homestead.h"

void spec_init(struct spec *s)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < NR_VMS; i++) {
		s->vm[i].cpu = NOBODY;
	}
}

unsigned int spec_page_at(const struct spec *s, unsigned int vm, unsigned int gfn)
{
	unsigned int p;

	for (p = 0; p < NR_PAGES; p++) {
		if (s->page[p].owner == vm && s->page[p].use <= USE_SHARED &&
		    s->page[p].gfn == gfn) {
			return p;
		}
	}
	return NOBODY;
}

bool spec_visible(const struct spec *s, unsigned int p)
{
	const struct spec_page *g = &s->page[p];

	if (g->owner == 0) {
		return g->use == USE_RAM;
	}
	return g->use <= USE_SHARED && (!s->vm[g->owner].protected || g->holds > 0);
}

static bool exists(const struct spec *s, unsigned int vm)
{
	return vm > 0 && vm < NR_VMS && s->vm[vm].state != HS_VM_UNUSED;
}

static bool may_run(const struct spec *s, unsigned int vm)
{
	return s->vm[vm].state == HS_VM_READY || s->vm[vm].state == HS_VM_VERIFIED;
}

/* Whether dom0 may give this page away. */
static int giveable(const struct spec *s, unsigned int p)
{
	if (p >= NR_PAGES) {
		return HS_EINVAL;
	}
	return s->page[p].owner == 0 && s->page[p].use == USE_RAM ? HS_OK : HS_EPERM;
}

static void give(struct spec *s, unsigned int p, unsigned int vm, enum use use)
{
	s->page[p] = (struct spec_page){ .owner = (uint8_t)vm, .use = (uint8_t)use };
}

static unsigned int pages_of(const struct spec *s, unsigned int vm, bool only_ram)
{
	unsigned int n = 0;
	unsigned int p;

	for (p = 0; p < NR_PAGES; p++) {
		if (s->page[p].owner == vm && (!only_ram || s->page[p].use <= USE_SHARED)) {
			n++;
		}
	}
	return n;
}

static int create(struct spec *s, struct step t, uint32_t *out)
{
	unsigned int vm;
	int err;

	if (t.a > 1) {
		return HS_EINVAL;
	}
	for (vm = 1; vm < NR_VMS && s->vm[vm].state != HS_VM_UNUSED; vm++) {
	}
	if (*out > 0 && *out < NR_VMS && s->vm[*out].state == HS_VM_UNUSED) {
		vm = *out; /* which number is free is the core's choice */
	}
	err = giveable(s, t.b);
	if (err == HS_OK) {
		err = giveable(s, t.c);
	}
	if (err == HS_OK && t.b == t.c) {
		err = HS_EPERM;
	}
	if (err == HS_OK && vm == NR_VMS) {
		err = HS_ELIMIT;
	}
	if (err != HS_OK) {
		return err;
	}
	give(s, t.b, vm, USE_VM);
	give(s, t.c, vm, USE_ROOT);
	s->vm[vm] = (struct spec_vm){ .state = HS_VM_READY, .protected = t.a, .cpu = NOBODY };
	*out = vm;
	return HS_OK;
}

static int verify(struct spec *s, unsigned int vm)
{
	struct spec_vm *m = &s->vm[vm];
	unsigned int p;

	if (!exists(s, vm)) {
		return HS_ENOENT;
	}
	if (m->state != HS_VM_READY || m->vcpu == 0 || m->entry == 0) {
		return HS_ESTATE;
	}
	p = spec_page_at(s, vm, m->entry - 1u);
	if (p == NOBODY || s->page[p].use != USE_IMAGE) {
		return HS_ESTATE;
	}
	if (m->hashing) {
		return HS_EBUSY;
	}
	m->measured = 1;
	m->state = HS_VM_VERIFIED;
	return HS_OK;
}

static int destroy(struct spec *s, unsigned int vm)
{
	struct spec_vm *m = &s->vm[vm];

	if (!exists(s, vm)) {
		return HS_ENOENT;
	}
	m->state = HS_VM_POWEROFF;
	if (m->cpu != NOBODY) {
		return HS_EBUSY;
	}
	m->hashing = 0;
	m->quiesced = 1;
	return HS_OK;
}

static int make_vcpu(struct spec *s, struct step t)
{
	int err;

	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (s->vm[t.a].state != HS_VM_READY) {
		return HS_ESTATE;
	}
	if (t.b != 0) {
		return HS_ENOENT;
	}
	if (s->vm[t.a].vcpu != 0) {
		return HS_EEXIST;
	}
	err = giveable(s, t.c);
	if (err == HS_OK) {
		give(s, t.c, t.a, USE_VCPU);
		s->vm[t.a].vcpu = (uint8_t)(t.c + 1u);
	}
	return err;
}

static int set_entry(struct spec *s, struct step t)
{
	if (!exists(s, t.a) || s->vm[t.a].vcpu == 0) {
		return HS_ENOENT;
	}
	if (s->vm[t.a].state != HS_VM_READY || s->vm[t.a].measured) {
		return HS_ESTATE;
	}
	s->vm[t.a].entry = (uint8_t)(t.b + 1u);
	return HS_OK;
}

static int run(struct spec *s, struct step t)
{
	struct spec_vm *m = &s->vm[t.a];

	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (!may_run(s, t.a)) {
		return HS_ESTATE;
	}
	if (m->vcpu == 0) {
		return HS_ENOENT;
	}
	if (m->cpu != NOBODY) {
		return HS_EBUSY;
	}
	if (m->state != HS_VM_VERIFIED) {
		return HS_ESTATE;
	}
	m->cpu = t.cpu;
	return HS_OK;
}

static int donate(struct spec *s, struct step t)
{
	struct spec_vm *m = &s->vm[t.a];
	bool image = t.d != 0;
	int err;

	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (m->hashing) {
		if (!image || m->work_page != t.b || m->work_gfn != t.c) {
			return HS_EBUSY;
		}
		m->hashing = 0;
		return HS_OK;
	}
	if (t.c >= NR_GFNS) {
		return HS_EINVAL;
	}
	if (!may_run(s, t.a) || (image && (m->state != HS_VM_READY || m->measured))) {
		return HS_ESTATE;
	}
	if (spec_page_at(s, t.a, t.c) != NOBODY) {
		return HS_EEXIST;
	}
	if (!m->has_tables && m->spare < 2) {
		return HS_ENOMEM_TABLES;
	}
	err = giveable(s, t.b);
	if (err != HS_OK) {
		return err;
	}
	if (!m->has_tables) {
		m->has_tables = 1;
		m->spare -= 2;
	}
	s->page[t.b].owner = t.a;
	s->page[t.b].use = image ? USE_IMAGE : USE_RAM;
	s->page[t.b].gfn = t.c;
	if (!image) {
		s->page[t.b].tag = TAG_ZERO;
	} else if (m->protected) { /* measured: a second call hashes it */
		m->hashing = 1;
		m->work_page = t.b;
		m->work_gfn = t.c;
		return HS_EAGAIN;
	}
	return HS_OK;
}

static int topup(struct spec *s, struct step t)
{
	int err;

	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (!may_run(s, t.a)) {
		return HS_ESTATE;
	}
	err = giveable(s, t.b);
	if (err == HS_OK) {
		give(s, t.b, t.a, USE_TABLE);
		s->vm[t.a].spare++;
	}
	return err;
}

static int reclaim(struct spec *s, struct step t)
{
	struct spec_vm *m = &s->vm[t.a];
	struct spec_page *g;

	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (t.b >= NR_PAGES) {
		return HS_EINVAL;
	}
	g = &s->page[t.b];
	if (m->state != HS_VM_POWEROFF || !m->quiesced) {
		return HS_ESTATE;
	}
	if (g->owner != t.a) {
		return HS_EPERM;
	}
	if (g->use <= USE_SHARED) {
		if (m->protected && g->holds > 0) {
			return HS_EBUSY;
		}
	} else if (pages_of(s, t.a, true) != 0 ||
		   (g->use == USE_ROOT && pages_of(s, t.a, false) != 1)) {
		return HS_EBUSY;
	}
	if (g->use == USE_VCPU) {
		m->vcpu = 0;
	}
	*g = (struct spec_page){ .owner = 0 };
	if (pages_of(s, t.a, false) == 0) {
		*m = (struct spec_vm){ .cpu = NOBODY };
	}
	return HS_OK;
}

static int map_shared(struct spec *s, struct step t, uint32_t *out)
{
	unsigned int p;

	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (t.b >= NR_GFNS) {
		return HS_EINVAL;
	}
	if (s->vm[t.a].state != HS_VM_VERIFIED) {
		return HS_ESTATE;
	}
	p = spec_page_at(s, t.a, t.b);
	if (p == NOBODY || s->page[p].use != USE_SHARED) {
		return HS_EPERM;
	}
	s->page[p].holds++;
	*out = p;
	return HS_OK;
}

static int unmap_shared(struct spec *s, struct step t)
{
	if (!exists(s, t.a)) {
		return HS_ENOENT;
	}
	if (t.b >= NR_PAGES) {
		return HS_EINVAL;
	}
	if (s->page[t.b].owner != t.a || s->page[t.b].use != USE_SHARED ||
	    s->page[t.b].holds == 0) {
		return HS_EPERM;
	}
	s->page[t.b].holds--;
	return HS_OK;
}

static int get_reg(const struct spec *s, unsigned int vm)
{
	if (!exists(s, vm) || s->vm[vm].vcpu == 0) {
		return HS_ENOENT;
	}
	if (s->vm[vm].protected) {
		return HS_EPERM;
	}
	return s->vm[vm].cpu != NOBODY ? HS_EBUSY : HS_OK;
}

static int share(struct spec *s, unsigned int vm, unsigned int gfn)
{
	unsigned int p = spec_page_at(s, vm, gfn);

	if (gfn >= NR_GFNS) {
		return HS_EINVAL;
	}
	if (!s->vm[vm].protected) {
		return HS_OK;
	}
	if (p == NOBODY) { /* leaves for dom0 to populate it */
		s->vm[vm].cpu = NOBODY;
		return HS_OK;
	}
	if (s->page[p].use == USE_SHARED) {
		return HS_EEXIST;
	}
	s->page[p].use = USE_SHARED;
	s->vm[vm].cpu = NOBODY; /* and leaves to say so */
	return HS_OK;
}

static int unshare(struct spec *s, unsigned int vm, unsigned int gfn)
{
	unsigned int p = spec_page_at(s, vm, gfn);

	if (gfn >= NR_GFNS) {
		return HS_EINVAL;
	}
	if (!s->vm[vm].protected) {
		return HS_OK;
	}
	if (p == NOBODY || s->page[p].use != USE_SHARED) {
		return HS_EPERM;
	}
	if (s->page[p].holds != 0) {
		return HS_EBUSY;
	}
	s->page[p].use = USE_RAM;
	return HS_OK;
}

static unsigned int running_on(const struct spec *s, unsigned int cpu)
{
	unsigned int vm;

	for (vm = 1; vm < NR_VMS; vm++) {
		if (s->vm[vm].cpu == cpu) {
			return vm;
		}
	}
	return 0;
}

int spec_step(struct spec *s, struct step t, uint32_t *out)
{
	unsigned int vm = running_on(s, t.cpu);
	unsigned int p;

	switch (t.op) {
	case OP_CREATE:
		return create(s, t, out);
	case OP_VERIFY:
		return verify(s, t.a);
	case OP_DESTROY:
		return destroy(s, t.a);
	case OP_VCPU:
		return make_vcpu(s, t);
	case OP_ENTRY:
		return set_entry(s, t);
	case OP_RUN:
		return run(s, t);
	case OP_DONATE:
		return donate(s, t);
	case OP_TOPUP:
		return topup(s, t);
	case OP_RECLAIM:
		return reclaim(s, t);
	case OP_MAP:
		return map_shared(s, t, out);
	case OP_UNMAP:
		return unmap_shared(s, t);
	case OP_GET_REG:
		return get_reg(s, t.a);
	case OP_GUEST_OFF:
		s->vm[vm].state = HS_VM_POWEROFF;
		s->vm[vm].cpu = NOBODY;
		return HS_OK;
	case OP_GUEST_IRQ:
		s->vm[vm].cpu = NOBODY;
		return HS_OK;
	case OP_GUEST_SHARE:
		return share(s, vm, t.a);
	case OP_GUEST_UNSHARE:
		return unshare(s, vm, t.a);
	case OP_GUEST_WRITE:
		p = spec_page_at(s, vm, t.a);
		if (p != NOBODY) {
			s->page[p].tag = (uint8_t)TAG_OF(vm);
		}
		return HS_OK;
	default: /* OP_DOM0_WRITE */
		if (spec_visible(s, t.a)) {
			s->page[t.a].tag = TAG_DOM0;
		}
		return HS_OK;
	}
}
