/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 (FIPS 180-4) of data that comes in whole blocks of 64 bytes: with the
 * Armv8 instructions where there are any, else by BearSSL.
 */
#ifndef CRYPTO_SHA256_H
#define CRYPTO_SHA256_H

#include "lib/types.h"

#define SHA256_BLOCK 64u
#define SHA256_SIZE 32u

struct sha256 {
	u32 h[8];
	u64 bytes; /* so far */
};

/*@ requires \valid(s);
    assigns *s;
    exits \false; */
void sha256_init(struct sha256 *s);
/* n is a multiple of SHA256_BLOCK. Uses no FP register of the running world. */
/*@ requires \valid(s) && n % 64 == 0;
    assigns *s;
    exits \false; */
void sha256_update(struct sha256 *s, const void *data, u64 n);
/*@ requires \valid(s) && \valid(digest + (0 .. 31));
    assigns *s, digest[0 .. 31];
    exits \false; */
void sha256_final(struct sha256 *s, u8 digest[SHA256_SIZE]);

/* SHA-256 of another SHA-256. */
/*@ requires \valid_read(in + (0 .. 31)) && \valid(out + (0 .. 31));
    assigns out[0 .. 31];
    exits \false; */
void sha256_of_digest(const u8 in[SHA256_SIZE], u8 out[SHA256_SIZE]);

/* How many bytes one hypercall may hash: a multiple of SHA256_BLOCK. */
/*@ assigns \nothing;
    exits \false;
    ensures 0 < \result && \result % 64 == 0; */
u64 sha256_budget(void);

#endif
