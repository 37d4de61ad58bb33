#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds hypctl.ko out of tree: build.sh HEADERS SOURCE INCLUDE WORK OUT
set -eu
headers=$1 source=$2 include=$3 work=$4 out=$5
mkdir -p "$work"
cp -u "$source"/*.c "$source"/*.h "$source"/Kbuild "$work"
make -s -C "$headers" M="$work" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- \
	HS_INCLUDE="$include" CONFIG_DEBUG_INFO_BTF_MODULES= KCFLAGS=-Werror modules 2>"$work/log" ||
	{ cat "$work/log" >&2; exit 1; }
aarch64-linux-gnu-strip --strip-debug -o "$out" "$work/hypctl.ko"
