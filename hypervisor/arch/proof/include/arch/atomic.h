/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For the provers: what the atomics do when nobody comes between. What other
 * CPUs may do is the explorer's business (docs/assurance.md).
 */
#ifndef ARCH_ATOMIC_H
#define ARCH_ATOMIC_H

#include "lib/types.h"

/*@ requires \valid_read(p);
    assigns \nothing;
    exits \false;
    ensures \result == *p; */
u32 atomic_read(const u32 *p);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures *p == v; */
void atomic_set(u32 *p, u32 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures *p == v; */
void atomic_publish(u64 *p, u64 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures \result == \old(*p);
    ensures *p == (\old(*p) | v); */
u32 atomic_or(u32 *p, u32 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures \result == \old(*p);
    ensures *p == (\old(*p) & v); */
u32 atomic_and(u32 *p, u32 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures \result == \old(*p);
    ensures *p == (\old(*p) + v < 0x100000000 ? \old(*p) + v : \old(*p) + v - 0x100000000); */
u32 atomic_add(u32 *p, u32 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures \result == \old(*p);
    ensures *p == v; */
u32 atomic_swap(u32 *p, u32 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures *p == (u64)(\old(*p) + v); */
void atomic_add64(u64 *p, u64 v);

/*@ requires \valid(p);
    assigns *p;
    exits \false;
    ensures \result <==> \old(*p) == old;
    ensures \result ==> *p == v;
    ensures !\result ==> *p == \old(*p); */
bool atomic_cas(u32 *p, u32 old, u32 v);

#endif
