/* SPDX-License-Identifier: BSD-2-Clause */
/* The compiler's builtins do on the build host, too. */
#include "../../../aarch64/include/arch/atomic.h"
