/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of libhypctl. */
#ifndef HYPCTL_PRIVATE_H
#define HYPCTL_PRIVATE_H

struct hypctl;

/* Of /dev/hypctl. */
int hypctl_descriptor(const struct hypctl *h);

/* Tells how a system call went (r, errno), which asked for what; returns r, and errno as it was. */
int traced(int r, const char *what, const char *detail);

#endif
