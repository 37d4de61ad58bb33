# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# A hostile dom0 against the debug image: rows of the catalogue, one JSON line each.
# options: --cpus 2 --mem 512M --timeout 300 --image homestead-debug --hs dma=contained
# broken by: what tests/mutants/list.py plants
before=$(dom0_pages)
insmod /share/attack.ko || { fail "attack.ko does not load"; finish; }
row() {
	echo "$1" >/proc/attack || { fail "row $1: refused"; return; }
	json=$(cat /proc/attack)
	echo "JSON $json"
	case $json in
	*'"pass":true'*) pass "row $1" ;;
	*) fail "row $1: $json" ;;
	esac
}
for r in ${ROWS:-D1 D3 D4 D5 D6 D7 D8 D9 D10 D13 D15 D16 F6 G12}; do
	case $r in
	D5) row "D5 ${CALLS:-1000000}" ;;
	D7) row "D7 ${RACES:-200} ${PART:-0} ${PARTS:-1}" ;;
	*) row "$r" ;;
	esac
done
rmmod attack
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
