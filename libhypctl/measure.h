/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* r and s of a signature in DER or raw; false: neither. */
bool signature_decode(const uint8_t *data, size_t size, uint8_t out[64]);

#endif
