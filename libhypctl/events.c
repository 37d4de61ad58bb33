/* SPDX-License-Identifier: BSD-2-Clause */
/* Events: two lists of VMs, and what differs. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "hypctl.h"
#include "hypctl_private.h"

struct hypctl_events {
	struct hypctl *host;
	struct hypctl_vm_info *old, *now; /* now is NULL: all of it was told */
	size_t nr_old, nr_now;
	size_t next; /* of now */
};

int hypctl_events_open(struct hypctl_events **out)
{
	struct hypctl_events *e = calloc(1, sizeof(*e));
	int r = e != NULL ? hypctl_open(&e->host) : -ENOMEM;

	*out = NULL;
	if (r == 0) {
		r = hypctl_vm_list(e->host, &e->old, &e->nr_old);
	}
	if (r != 0) {
		hypctl_events_close(e);
		return r;
	}
	*out = e;
	return 0;
}

void hypctl_events_close(struct hypctl_events *e)
{
	if (e != NULL) {
		hypctl_close(e->host);
		free(e->old);
		free(e->now);
		free(e);
	}
}

int hypctl_events_fd(const struct hypctl_events *e)
{
	return hypctl_descriptor(e->host);
}

static const struct hypctl_vm_info *find(const struct hypctl_events *e, unsigned int id)
{
	size_t i;

	for (i = 0; i < e->nr_old; i++) {
		if (e->old[i].id == id) {
			return &e->old[i];
		}
	}
	return NULL;
}

/* What has become of this VM since the last look, if anything. */
static bool compare(const struct hypctl_vm_info *before, const struct hypctl_vm_info *now,
		    struct hypctl_event *event)
{
	event->vm = *now;
	event->before = before != NULL ? before->state : HYPCTL_VM_CREATED;
	if (now->ended != 0) {
		event->kind = HYPCTL_EVENT_ENDED;
		return before == NULL || before->ended == 0;
	}
	if (now->state == HYPCTL_VM_ENDED) {
		return false; /* it is about to end: that is the event */
	}
	event->kind = before == NULL ? HYPCTL_EVENT_CREATED : HYPCTL_EVENT_STATE;
	return before == NULL || before->state != now->state ||
	       strcmp(before->reason, now->reason) != 0;
}

int hypctl_events_next(struct hypctl_events *e, struct hypctl_event *event)
{
	int r;

	if (e->now == NULL) {
		r = hypctl_vm_list(e->host, &e->now, &e->nr_now);
		if (r != 0) {
			return r;
		}
		e->next = 0;
	}
	while (e->next < e->nr_now) {
		const struct hypctl_vm_info *now = &e->now[e->next++];

		if (compare(find(e, now->id), now, event)) {
			return 1;
		}
	}
	free(e->old);
	e->old = e->now;
	e->nr_old = e->nr_now;
	e->now = NULL;
	return 0;
}
