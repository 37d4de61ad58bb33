/* SPDX-License-Identifier: BSD-2-Clause */
/* What was decided at boot and is shown by HS_INFO. Written by boot/ only. */
#ifndef CPU_CONFIG_H
#define CPU_CONFIG_H

#include "lib/types.h"
#include "public/homestead.h"

struct hs_config {
	enum hs_dma dma;
	enum hs_owner_key owner_key;
	bool scrub_boot; /* zero all RAM before dom0 starts */
	u64 boot_ticks;
};

extern struct hs_config hs_config;

#ifndef HS_VERSION_NUMBER /* Meson passes the project's version */
#error "HS_VERSION_NUMBER is not set"
#endif

#endif
