# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Row G11: the longest hypercall, in instructions. With a key, so that signatures count.
# options: --cpus 1 --mem 512M --timeout 300 --image homestead-debug --icount
# owner: yes
# broken by: WORK_PAGES of vm/memory.c four times as large
insmod /share/attack.ko || { fail "attack.ko does not load"; finish; }
echo G11 >/proc/attack
json=$(cat /proc/attack)
echo "JSON $json"
case $json in *'"pass":true'*) pass "row G11" ;; *) fail "row G11" ;; esac
rmmod attack
finish
