/* SPDX-License-Identifier: BSD-2-Clause */
/* events: what becomes of VMs, a line each. */
#include "hsctl.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

static void print_time(void)
{
	time_t t = time(NULL);
	char text[32] = "-";
	struct tm tm;

	if (gmtime_r(&t, &tm) != NULL) {
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	}
	fputs(text, stdout);
}

static const char *kind(const struct hypctl_event *e)
{
	return e->kind == HYPCTL_EVENT_CREATED ? "created"
	       : e->kind == HYPCTL_EVENT_ENDED ? "ended"
					       : "state";
}

static void print_event(const struct options *o, const struct hypctl_event *e)
{
	const char *state = hypctl_vm_state_name(e->vm.state);

	if (o->output == OUT_JSON) {
		printf("{\"time\":\"");
		print_time();
		printf("\",\"event\":\"%s\",\"name\":", kind(e));
		json_string(stdout, e->vm.name);
		printf(",\"id\":%u,\"state\":\"%s\",\"reason\":", e->vm.id, state);
		json_string(stdout, e->vm.reason);
		printf("}\n");
		return;
	}
	print_time();
	printf(" %s (%u) %s %s%s%s\n", e->vm.name, e->vm.id,
	       e->kind == HYPCTL_EVENT_CREATED ? "was created:"
	       : e->kind == HYPCTL_EVENT_ENDED ? "has ended:"
					       : "is",
	       state, e->vm.reason[0] != '\0' ? ": " : "", e->vm.reason);
}

/* False: as many as were wanted. */
static bool print_all(const struct options *o, struct hypctl_events *events, const char *name,
		      unsigned long *seen, int *code)
{
	struct hypctl_event e;
	int r;

	while ((r = hypctl_events_next(events, &e)) > 0) {
		if (name != NULL && strcmp(name, e.vm.name) != 0) {
			continue;
		}
		print_event(o, &e);
		if (++*seen == o->rounds) {
			return false;
		}
	}
	if (r < 0) {
		*code = fail(HSX_FAILED, "events: %s", strerror(-r));
	} else if (fflush(stdout) != 0) {
		*code = HSX_FAILED; /* nobody reads them any more */
	}
	return *code == HSX_OK;
}

int cmd_events(const struct options *o, int argc, char **argv)
{
	struct hypctl_events *events;
	double start = now();
	unsigned long seen = 0;
	struct pollfd p = { .events = POLLIN };
	int code = HSX_OK;
	int r = hypctl_events_open(&events);

	if (r != 0) {
		return fail(r == -EACCES ? HSX_PERMISSION : HSX_NO_HYPERVISOR, "%s",
			    hypctl_error(NULL));
	}
	p.fd = hypctl_events_fd(events);
	while (print_all(o, events, argc > 0 ? argv[0] : NULL, &seen, &code)) {
		double left = o->timeout >= 0 ? o->timeout - (now() - start) : 3600;

		if (left <= 0) {
			code = o->rounds == 0 ? HSX_OK
					      : fail(HSX_TIMEOUT, "%lu of %lu events within %.0f s",
						     seen, o->rounds, o->timeout);
			break;
		}
		if (poll(&p, 1, (int)(left * 1000) + 1) < 0 && errno != EINTR) {
			code = fail(HSX_FAILED, "events: %s", strerror(errno));
			break;
		}
	}
	hypctl_events_close(events);
	return code;
}
