#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs hypctl.ko where modprobe of that kernel looks: install.sh KO RELEASE
set -eu
dir=${DESTDIR:-}/lib/modules/$2/extra
mkdir -p "$dir"
cp "$1" "$dir/hypctl.ko"
