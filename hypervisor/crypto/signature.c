/* SPDX-License-Identifier: BSD-2-Clause */
#include "crypto/signature.h"

#include <bearssl_ec.h>

#include "arch/crypto.h"
#include "arch/spinlock.h"
#include "lib/string.h"

#define FIBER_STACK 16384u
#define PIECE_CALLS 120u /* of BearSSL's functions: below 60,000 instructions */

#define NO_INSTRUMENT __attribute__((no_instrument_function))

static struct spinlock lock; /* all but the key */
static struct {
	u32 vm;	      /* 0: nothing to do */
	bool running; /* on some CPU */
	bool done;
	bool good;
	u8 digest[32];
	u8 sig[SIGNATURE_SIZE];
} job;
static u64 fiber, caller; /* stack pointers of the two sides */
static u32 calls_left;
static u8 stack[FIBER_STACK] __attribute__((aligned(16)));

static u8 owner_key[OWNER_KEY_SIZE];
static bool have_key;

bool signature_set_key(const u8 key[OWNER_KEY_SIZE])
{
	if (key[0] != 0x04) {
		return false;
	}
	memcpy(owner_key, key, sizeof(owner_key));
	have_key = true;
	return true;
}

bool signature_has_key(void)
{
	return have_key;
}

/*
 * BearSSL is built with -finstrument-functions: each of its functions comes by
 * here, and every so often the verification gives its CPU back.
 */
void __cyg_profile_func_enter(void *fn, void *site) NO_INSTRUMENT;
void __cyg_profile_func_exit(void *fn, void *site) NO_INSTRUMENT;

void __cyg_profile_func_enter(void *fn, void *site)
{
	(void)fn;
	(void)site;
	if (calls_left == 0) {
		arch_fiber_switch(&fiber, &caller);
	} else {
		calls_left--;
	}
}

void __cyg_profile_func_exit(void *fn, void *site)
{
	(void)fn;
	(void)site;
}

static void verify(void)
{
	const br_ec_public_key pk = { .curve = BR_EC_secp256r1,
				      .q = owner_key,
				      .qlen = OWNER_KEY_SIZE };

	job.good = br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, job.digest, sizeof(job.digest), &pk,
					 job.sig, sizeof(job.sig)) == 1u;
	job.done = true;
	arch_fiber_switch(&fiber, &caller); /* for good */
}

static void begin(u32 vm, const u8 digest[32], const u8 sig[SIGNATURE_SIZE])
{
	job.vm = vm;
	job.done = false;
	memcpy(job.digest, digest, sizeof(job.digest));
	memcpy(job.sig, sig, sizeof(job.sig));
	fiber = arch_fiber_start(stack + sizeof(stack), verify);
}

enum hs_error signature_check(u32 vm, const u8 digest[32], const u8 sig[SIGNATURE_SIZE])
{
	enum hs_error err = HS_EAGAIN;

	if (!have_key) {
		return HS_ESIGNATURE;
	}
	spin_lock(&lock);
	if (job.vm == 0 && !job.running) {
		begin(vm, digest, sig);
	}
	/* Another signature for the same VM is another question. */
	if (job.vm == vm && !job.running && memcmp(job.sig, sig, sizeof(job.sig)) != 0) {
		begin(vm, digest, sig);
	}
	if (job.vm == vm && !job.running) {
		job.running = true;
		spin_unlock(&lock);
		calls_left = PIECE_CALLS;
		arch_fiber_switch(&caller, &fiber);
		spin_lock(&lock);
		job.running = false;
		if (job.done) {
			err = job.good ? HS_OK : HS_ESIGNATURE;
			job.vm = 0;
		}
	}
	spin_unlock(&lock);
	return err;
}

void signature_forget(u32 vm)
{
	spin_lock(&lock);
	if (job.vm == vm) {
		job.vm = 0;
	}
	spin_unlock(&lock);
}
