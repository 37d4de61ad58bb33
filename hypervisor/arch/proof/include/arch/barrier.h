/* SPDX-License-Identifier: BSD-2-Clause */
/* For the provers: barriers are not in the model (docs/assurance.md). */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

/*@ assigns \nothing;
    exits \false; */
void isb(void);

#endif
