/* SPDX-License-Identifier: BSD-2-Clause */
/* Exit codes of hsctl, also hsvm's answers to it (hsctl(1)). */
#ifndef EXIT_CODES_H
#define EXIT_CODES_H

enum hsctl_exit {
	HSX_OK = 0,
	HSX_FAILED = 1,
	HSX_USAGE = 2,
	HSX_NO_VM = 3,
	HSX_STATE = 4,	/* wrong state, or exists already */
	HSX_CONFIG = 5, /* XML or images are not valid */
	HSX_PERMISSION = 6,
	HSX_RESOURCES = 7, /* memory, CPUs, VMIDs */
	HSX_NO_HYPERVISOR = 8,
	HSX_TIMEOUT = 9,
	HSX_CRASHED = 10,
	HSX_INTERRUPTED = 130,
};

#endif
