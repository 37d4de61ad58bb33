/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests, told to who wants to see them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hypctl.h"
#include "hypctl_private.h"

static struct {
	void (*fn)(void *arg, const char *text);
	void *arg;
} trace;

void hypctl_trace(void (*fn)(void *arg, const char *text), void *arg)
{
	trace.fn = fn;
	trace.arg = arg;
}

int traced(int r, const char *what, const char *detail)
{
	int err = errno;
	char text[256];

	if (trace.fn != NULL) {
		snprintf(text, sizeof(text), "%s%s%s: %s", what, detail[0] != '\0' ? " " : "",
			 detail, r >= 0 ? "ok" : strerror(err));
		trace.fn(trace.arg, text);
	}
	errno = err;
	return r;
}
