/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 with the instructions of FEAT_SHA256 (Arm ARM C7.2, SHA256H and its
 * kin). The only file of the core that is compiled with FP registers.
 */
#include <arm_neon.h>

#include "arch/crypto.h"
#include "cpu/context.h"

/* FIPS 180-4, 4.2.2: fractions of the cube roots of the first 64 primes. */
static const u32 k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/*
 * Four rounds with the message words *w0; a and e are the halves of the state.
 * *w0 becomes the words of 16 rounds later (of the last ones nobody asks).
 */
static inline void rounds(uint32x4_t *a, uint32x4_t *e, uint32x4_t *w0, uint32x4_t w1,
			  uint32x4_t w2, uint32x4_t w3, u32 i)
{
	uint32x4_t wk = vaddq_u32(*w0, vld1q_u32(&k[i]));
	uint32x4_t before = *a;

	*a = vsha256hq_u32(*a, *e, wk);
	*e = vsha256h2q_u32(*e, before, wk);
	*w0 = vsha256su1q_u32(vsha256su0q_u32(*w0, w1), w2, w3);
}

static inline uint32x4_t big_endian(const u8 *data)
{
	return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(data)));
}

/* The words stay in registers: their names take turns. */
static void block(uint32x4_t state[2], const u8 *data)
{
	uint32x4_t a = state[0];
	uint32x4_t e = state[1];
	uint32x4_t w0 = big_endian(data);
	uint32x4_t w1 = big_endian(data + 16);
	uint32x4_t w2 = big_endian(data + 32);
	uint32x4_t w3 = big_endian(data + 48);
	u32 i;

	for (i = 0; i < 64u; i += 16u) {
		rounds(&a, &e, &w0, w1, w2, w3, i);
		rounds(&a, &e, &w1, w2, w3, w0, i + 4u);
		rounds(&a, &e, &w2, w3, w0, w1, i + 8u);
		rounds(&a, &e, &w3, w0, w1, w2, i + 12u);
	}
	state[0] = vaddq_u32(state[0], a);
	state[1] = vaddq_u32(state[1], e);
}

static void __attribute__((noinline)) blocks(u32 h[8], const u8 *data, u64 n)
{
	uint32x4_t state[2] = { vld1q_u32(h), vld1q_u32(h + 4) };

	for (; n > 0; n--, data += 64) {
		block(state, data);
	}
	vst1q_u32(h, state[0]);
	vst1q_u32(h + 4, state[1]);
}

void arch_sha256(u32 h[8], const u8 *data, u64 n)
{
	struct fp_regs regs;

	fp_save(&regs);
	blocks(h, data, n);
	fp_restore(&regs);
}
