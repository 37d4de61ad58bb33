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

static void print_json(const struct hypctl_event *e)
{
	static const char *const kinds[] = { [HYPCTL_EVENT_CREATED] = "created",
					     [HYPCTL_EVENT_STATE] = "state",
					     [HYPCTL_EVENT_ENDED] = "ended",
					     [HYPCTL_EVENT_CONSOLE] = "console" };

	printf("{\"time\":\"");
	print_time();
	printf("\",\"event\":\"%s\",\"name\":", kinds[e->kind]);
	json_string(stdout, e->vm.name);
	printf(",\"id\":%u", e->vm.id);
	if (e->kind == HYPCTL_EVENT_CONSOLE) {
		printf(",\"port\":%u,\"text\":", e->port);
		json_text(stdout, e->text, e->size);
	} else {
		printf(",\"state\":\"%s\",\"reason\":", hypctl_vm_state_name(e->vm.state));
		json_string(stdout, e->vm.reason);
	}
	printf("}\n");
}

static void print_event(const struct options *o, const struct hypctl_event *e)
{
	if (o->output == OUT_JSON) {
		print_json(e);
		return;
	}
	print_time();
	printf(" %s (%u) ", e->vm.name, e->vm.id);
	if (e->kind == HYPCTL_EVENT_CONSOLE) {
		if (e->port == 0) {
			printf("says: ");
		} else {
			printf("says (port %u): ", e->port);
		}
		print_safely(e->text, e->size);
		printf("\n");
		return;
	}
	printf("%s %s%s%s\n",
	       e->kind == HYPCTL_EVENT_CREATED ? "was created:"
	       : e->kind == HYPCTL_EVENT_ENDED ? "has ended:"
					       : "is",
	       hypctl_vm_state_name(e->vm.state), e->vm.reason[0] != '\0' ? ": " : "",
	       e->vm.reason);
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
	r = o->console ? hypctl_events_consoles(events, argc > 0 ? argv[0] : NULL) : 0;
	if (r != 0) {
		code = fail(r == -EACCES ? HSX_PERMISSION : HSX_FAILED, "consoles: %s",
			    strerror(-r));
	}
	while (code == HSX_OK && print_all(o, events, argc > 0 ? argv[0] : NULL, &seen, &code)) {
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
