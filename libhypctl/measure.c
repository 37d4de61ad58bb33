/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The measurement of a VM as the hypervisor takes it (its vm/measure.h has the
 * formula), and the owner's signature of it. By BearSSL.
 */
#include "measure.h"

#include <errno.h>
#include <string.h>

#include <bearssl.h>

#include "hypctl.h"

#define PAGE 4096u

static void put_le64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++) {
		p[i] = (uint8_t)(v >> (8 * i));
	}
}

/* One block of 64 bytes: a word of 8 characters and up to three numbers. */
static void add_record(br_sha256_context *c, const char *what, uint64_t a, uint64_t b, uint64_t d)
{
	uint8_t block[64] = { 0 };

	memcpy(block, what, strlen(what));
	put_le64(block + 8, a);
	put_le64(block + 16, b);
	put_le64(block + 24, d);
	br_sha256_update(c, block, sizeof(block));
}

static void add_image(br_sha256_context *c, const struct hypctl_image *im)
{
	static const uint8_t zeros[PAGE];
	uint64_t done;

	for (done = 0; done < im->size; done += PAGE) {
		uint64_t n = im->size - done < PAGE ? im->size - done : PAGE;

		add_record(c, "page", im->gpa + done, 0, 0);
		br_sha256_update(c, im->data + done, n);
		br_sha256_update(c, zeros, PAGE - n);
	}
}

void hypctl_images_measure(const struct hypctl_config *config, const struct hypctl_images *im,
			   uint8_t measurement[HYPCTL_MEASUREMENT_SIZE])
{
	br_sha256_context c;

	br_sha256_init(&c);
	add_record(&c, "HS-VM-1", config->is_protected ? 1 : 0, config->vcpus, config->memory);
	add_image(&c, &im->kernel);
	add_image(&c, &im->initrd);
	add_image(&c, &im->dtb);
	add_image(&c, &im->dtb_copy);
	add_record(&c, "entry", im->entry, im->dtb.gpa, 0);
	br_sha256_out(&c, measurement);
}

bool signature_decode(const uint8_t *data, size_t size, uint8_t out[64])
{
	uint8_t buf[80];

	if (size == HYPCTL_SIGNATURE_SIZE) {
		memcpy(out, data, size);
		return true;
	}
	if (size > sizeof(buf)) {
		return false;
	}
	memcpy(buf, data, size);
	size = br_ecdsa_asn1_to_raw(buf, size);
	if (size == 0 || size > HYPCTL_SIGNATURE_SIZE) {
		return false;
	}
	/* Both halves are as long as the longer one: widen them to 32 bytes. */
	memset(out, 0, HYPCTL_SIGNATURE_SIZE);
	memcpy(out + 32 - size / 2, buf, size / 2);
	memcpy(out + 64 - size / 2, buf + size / 2, size / 2);
	return true;
}

static void add_der(void *ctx, const void *data, size_t n)
{
	br_skey_decoder_push(ctx, data, n);
}

/* The first private key in the text. */
static bool decode_key(br_skey_decoder_context *key, const char *pem, size_t size)
{
	br_pem_decoder_context p;

	br_pem_decoder_init(&p);
	br_skey_decoder_init(key);
	while (size > 0) {
		size_t n = br_pem_decoder_push(&p, pem, size);

		pem += n;
		size -= n;
		switch (br_pem_decoder_event(&p)) {
		case BR_PEM_BEGIN_OBJ:
			if (strstr(br_pem_decoder_name(&p), "PRIVATE KEY") != NULL) {
				br_pem_decoder_setdest(&p, add_der, key);
			} else { /* openssl ecparam writes the curve's name first */
				br_pem_decoder_setdest(&p, NULL, NULL);
			}
			break;
		case BR_PEM_END_OBJ:
			if (br_skey_decoder_key_type(key) == BR_KEYTYPE_EC) {
				return true;
			}
			break;
		case BR_PEM_ERROR:
			return false;
		default:
			break;
		}
	}
	return false;
}

int hypctl_sign(const char *pem, size_t pem_size,
		const uint8_t measurement[HYPCTL_MEASUREMENT_SIZE], uint8_t *sig, size_t *sig_size)
{
	br_skey_decoder_context key;
	br_sha256_context c;
	uint8_t digest[br_sha256_SIZE];
	uint8_t der[80];
	size_t n;

	if (!decode_key(&key, pem, pem_size) ||
	    br_skey_decoder_get_ec(&key)->curve != BR_EC_secp256r1) {
		return -EINVAL;
	}
	br_sha256_init(&c);
	br_sha256_update(&c, measurement, HYPCTL_MEASUREMENT_SIZE);
	br_sha256_out(&c, digest);
	/* The nonce is RFC 6979's: no randomness is needed. */
	n = br_ecdsa_i31_sign_asn1(&br_ec_p256_m31, &br_sha256_vtable, digest,
				   br_skey_decoder_get_ec(&key), der);
	if (n == 0 || n > *sig_size) {
		return -EINVAL;
	}
	memcpy(sig, der, n);
	*sig_size = n;
	return 0;
}
