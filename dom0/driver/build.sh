#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds a module out of tree: build.sh HEADERS SOURCE INCLUDE WORK OUT [NAME]
set -eu
headers=$1 source=$2 include=$3 work=$4 out=$5 name=${6:-hypctl}
mkdir -p "$work"
find "$source" -maxdepth 1 \( -name '*.[chS]' -o -name Kbuild \) -exec cp -u {} "$work" \;
make -s -C "$headers" M="$work" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
	HS_INCLUDE="$include" CONFIG_DEBUG_INFO_BTF_MODULES= KCFLAGS=-Werror modules 2>"$work/log" ||
	{ cat "$work/log" >&2; exit 1; }
aarch64-linux-gnu-strip --strip-debug -o "$out" "$work/$name.ko"
