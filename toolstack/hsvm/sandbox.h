/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HSVM_SANDBOX_H
#define HSVM_SANDBOX_H

#include <stdbool.h>

/*
 * No new privileges; root becomes user hs, if /etc/passwd has one, after giving
 * it /run/hs and /var/log/hs. 0 or an errno.
 */
int sandbox_user(void);
/* Lets group hs into a directory of this VM. 0 or an errno. */
int sandbox_share(int dir);
/* From here on only system calls that a running VM needs. 0 or an errno. */
int sandbox_seal(void);

#endif
