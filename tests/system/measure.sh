# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Measured boot: what hsctl computes is what the hypervisor measures.
# options: --cpus 1 --mem 1G --timeout 200
# kernels: 6.1-cloud
# broken by: in measure_pages() of vm/measure.c, leave out one add_record()
security() { echo "<launchSecurity type='$1'>$2</launchSecurity>"; }
before=$(dom0_pages)

say "a Debian guest: blocks of 2 MiB, an initrd, a part of a page at the end"
vm_xml m vmlinuz-6.1-cloud 256 2
want=$(hsctl measure /tmp/m.xml)
equal "64 digits" 64 "${#want}"
check "create" hsctl create /tmp/m.xml
equal "the hypervisor measures the same" "$want" "$(number m measurement)"
check "it is up" hsctl wait m --console-regex '^guest: up with 2' --timeout 60
equal "protected" true "$(number m protected)"
equal "0 bytes shared" 0 "$(number m shared)"
check "info says so" sh -c "hsctl info m | grep -q '^shared       0 bytes'"
check "list says so" sh -c "hsctl list | grep -q ' protected '"
check "kill" hsctl kill m

say "everything that decides how it starts changes the measurement"
vm_xml m spin.bin 64 1
one=$(hsctl measure /tmp/m.xml)
for change in 's/>64</>65</' 's|<vcpu>1|<vcpu>2|' 's/spin.bin/probe.bin/' \
	's|</kernel>|</kernel><cmdline>x</cmdline>|' 's/hs-protected/hs-measured/'; do
	sed "$change" /tmp/m.xml >/tmp/changed.xml
	other=$(hsctl measure /tmp/changed.xml)
	if [ -n "$other" ] && [ "$other" != "$one" ]; then
		pass "$change"
	else
		fail "$change: '$other'"
	fi
	check "it starts" hsctl create /tmp/changed.xml
	equal "and the hypervisor agrees" "$other" "$(number m measurement)"
	check "kill" hsctl kill m
done

say "<measurement>"
SECURITY='' vm_xml w spin.bin 64 1 "$(security hs-protected "<measurement algorithm='sha256'>$one</measurement>")"
check "the right one starts" hsctl create /tmp/w.xml
check "kill" hsctl kill w
wrong=$(echo "$one" | tr 0-9a-f 1-9a-f0)
SECURITY='' vm_xml w spin.bin 64 1 "$(security hs-protected "<measurement>$wrong</measurement>")"
refused 6 "measurement is not the one in <measurement>" hsctl create /tmp/w.xml
SECURITY='' vm_xml w spin.bin 64 1 "$(security hs-protected "<measurement>12</measurement>")"
refused 5 "w.xml:3: error: <measurement>: 64 hex digits" hsctl validate /tmp/w.xml
SECURITY='' vm_xml o hello.bin 64 1
refused 5 "VM o is not measured" hsctl measure /tmp/o.xml
say "signatures without an owner's key"
head -c 64 /dev/zero | tr '\0' 'x' >/tmp/sig
SECURITY='' vm_xml s hello.bin 64 1 "$(security hs-protected "<signature file='/tmp/sig'/>")"
refused 6 "the signature does not hold.*or it has none" hsctl create /tmp/s.xml
refused 2 "not a protected VM" hsctl create --allow-dma /tmp/o.xml
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
