/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/sha256.h"

#include "arch/crypto.h"
#include "cpu/features.h"
#include "lib/string.h"

/* BearSSL, inner.h: one block of 64 bytes into the state. */
extern void br_sha2small_round(const unsigned char *buf, u32 *val);

void sha256_init(struct sha256 *s)
{
	static const u32 start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
				      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };

	memcpy(s->h, start, sizeof(start));
	s->bytes = 0;
}

void sha256_update(struct sha256 *s, const void *data, u64 n)
{
	const u8 *p = data;
	u64 done;

	if (features.sha256) {
		arch_sha256(s->h, p, n / SHA256_BLOCK);
	} else {
		for (done = 0; done < n; done += SHA256_BLOCK) {
			br_sha2small_round(p + done, s->h);
		}
	}
	s->bytes += n;
}

static void put_be(u8 *to, u64 v, u32 n)
{
	while (n > 0) {
		n--;
		to[n] = (u8)v;
		v >>= 8;
	}
}

/* The last block: n bytes of data before the padding (5.1.1). */
static void finish(struct sha256 *s, const u8 *data, u32 n, u8 digest[SHA256_SIZE])
{
	u8 last[SHA256_BLOCK] = { 0 };
	u32 i;

	memcpy(last, data, n);
	last[n] = 0x80;
	put_be(last + SHA256_BLOCK - 8u, (s->bytes + n) * 8u, 8);
	sha256_update(s, last, sizeof(last));
	for (i = 0; i < 8u; i++) {
		put_be(digest + 4u * i, s->h[i], 4);
	}
}

void sha256_final(struct sha256 *s, u8 digest[SHA256_SIZE])
{
	finish(s, digest, 0, digest);
}

void sha256_of_digest(const u8 in[SHA256_SIZE], u8 out[SHA256_SIZE])
{
	struct sha256 s;

	sha256_init(&s);
	finish(&s, in, SHA256_SIZE, out);
}

/* At most 70,000 instructions, as counted: 4.3 a byte with FEAT_SHA256, 41 without. */
u64 sha256_budget(void)
{
	return features.sha256 ? 4u * PAGE_SIZE : 1024u;
}
