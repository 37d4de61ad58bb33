# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# An owner's key in the hypervisor: only what it has signed starts.
# options: --cpus 1 --mem 1G --timeout 100
# owner: yes
# broken by: in check_signature() of vm/vm.c, return HS_OK
SECURITY=
sig() { echo "<launchSecurity type='$1'><signature file='$2'/></launchSecurity>"; }
before=$(dom0_pages)
check "info says so" sh -c "hsctl info | grep -q '^signatures   every VM needs one'"
vm_xml plain spin.bin 64 1
refused 6 "starts only VMs that its owner has signed" hsctl create /tmp/plain.xml

say "a signature that openssl made"
vm_xml openssl spin.bin 64 1 "$(sig hs-protected /share/openssl.sig)"
check "starts" hsctl create /tmp/openssl.xml
check "runs" sh -c "hsctl info openssl | grep -q ^measurement"
check "kill" hsctl kill openssl
vm_xml openssl spin.bin 64 2 "$(sig hs-protected /share/openssl.sig)"
refused 6 "the signature does not hold" hsctl create /tmp/openssl.xml

say "hsctl sign"
vm_xml own probe.bin 64 1 "$(sig hs-measured /tmp/own.sig)"
refused 2 "needs --key FILE and --out FILE" hsctl sign /tmp/own.xml
refused 5 "signature /tmp/own.sig: No such file" hsctl create /tmp/own.xml
refused 5 "no P-256 private key" hsctl sign /tmp/own.xml --key /tmp/own.xml --out /tmp/own.sig
check "signs" hsctl sign /tmp/own.xml --key /share/owner.pem --out /tmp/own.sig
check "an ordinary measured VM starts" hsctl create /tmp/own.xml
check "kill" hsctl kill own
check "another key" hsctl sign /tmp/own.xml --key /share/other.pem --out /tmp/own.sig
refused 6 "the signature does not hold" hsctl create /tmp/own.xml
head -c 64 /dev/zero | tr '\0' '\377' >/tmp/own.sig
refused 6 "the signature does not hold" hsctl create /tmp/own.xml
echo no >/tmp/own.sig
refused 5 "not an ECDSA signature" hsctl create /tmp/own.xml
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
