# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# A hostile guest, beside one that must not notice: rows of the catalogue, one
# JSON line each. Also run with --protected.
# options: --cpus 2 --mem 512M --timeout 300
# broken by: in handle_sysreg() of traps/guest.c, skip instead of injecting
before=$(dom0_pages)
vm_xml victim busy.bin 16 1
check "the victim" hsctl create /tmp/victim.xml
vm_xml hostile hostile.bin 64 1 "<on_poweroff>preserve</on_poweroff>"
sed -i "s|</os>|<cmdline>words=${WORDS:-100000} seed=${SEED:-0}</cmdline></os>|" /tmp/hostile.xml
check "the hostile guest" hsctl create /tmp/hostile.xml
rows=${ROWS:-G9 G1 G2 G5 G6 G7 G8 G3} # in the guest's order
check "it comes to its end" hsctl wait hostile --console-regex "\"row\":\"${rows##* }\".*}" --timeout ${PATIENCE:-240}
hsctl logs hostile | grep -a '^hostile: [^bd]'
for row in $rows; do
	json=$(hsctl logs hostile | grep -a "^JSON {\"row\":\"$row\"" | tail -1)
	echo "$json"
	case $json in
	*'"pass":true'*) pass "row $row" ;;
	*) fail "row $row" ;;
	esac
done
equal "the victim" running "$(number victim state)"
check "kill" hsctl kill hostile
check "kill the victim" hsctl kill victim

# G10: each finds nothing of the one before, in the pages that it left full.
vm_xml residue residue.bin 64 1
found=0 vms=0
while [ $vms -lt 4 ]; do
	hsctl create /tmp/residue.xml >/dev/null || break
	hsctl wait residue --console-regex 'words left' --timeout 30 >/dev/null || break
	hsctl logs residue | grep -aq '^residue: clean' || { hsctl logs residue; found=1; }
	hsctl kill residue >/dev/null || break
	vms=$((vms + 1))
done
json="{\"row\":\"G10\",\"vms\":$vms,\"found\":$found,\"bytes_each\":50331648,\"pass\":$([ $vms = 4 ] && [ $found = 0 ] && echo true || echo false)}"
echo "JSON $json"
case $json in *'"pass":true'*) pass "row G10" ;; *) fail "row G10" ;; esac
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
