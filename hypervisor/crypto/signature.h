/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ECDSA over P-256 (FIPS 186-4) with the owner's key, by BearSSL. One
 * verification takes millions of instructions: it runs on a stack of its own
 * and is put aside after each piece.
 */
#ifndef CRYPTO_SIGNATURE_H
#define CRYPTO_SIGNATURE_H

#include "lib/types.h"
#include "public/homestead.h"

#define SIGNATURE_SIZE 64u /* r and s, big-endian */
#define OWNER_KEY_SIZE 65u /* 0x04, x, y (SEC 1, 2.3.3) */

/* Sets the owner's key at boot; false: not a point in this form. */
bool signature_set_key(const u8 key[OWNER_KEY_SIZE]);
bool signature_has_key(void);

/* A name, for the contracts, of what this file keeps. */
//@ ghost extern int signature_state;

/*
 * Goes on with the check of a signature of digest, for the VM with this number.
 * HS_OK: it holds; HS_ESIGNATURE; HS_EAGAIN: call again. One VM at a time;
 * others get HS_EAGAIN until it is done, or signature_forget() was called.
 */
/*@ assigns signature_state;
    exits \false; */
enum hs_error signature_check(u32 vm, const u8 digest[32], const u8 sig[SIGNATURE_SIZE]) MUST_USE;
/*@ assigns signature_state;
    exits \false; */
void signature_forget(u32 vm);

#endif
