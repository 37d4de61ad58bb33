# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# The release image refuses every hypercall that is not in the table: DEBUG_CHECK,
# too, which the debug image of the tests answers.
# options: --cpus 2 --mem 512M --timeout 60
# broken by: hypercall/debug.c in the release image
insmod /share/attack.ko || { fail "attack.ko does not load"; finish; }
echo numbers >/proc/attack || fail "row numbers: refused"
json=$(cat /proc/attack)
echo "JSON $json"
case $json in
*'"pass":true'*) pass "numbers" ;;
*) fail "numbers: $json" ;;
esac
rmmod attack
kernel_is_quiet
finish
