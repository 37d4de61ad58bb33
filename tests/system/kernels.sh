# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Debian guests of three kernels, with few and many vCPUs on two CPUs, up to their shell. Those that are
# protected share nothing, reboot, and power off. Others, with --append, as guests=6.1:2,6.12:4.
# options: --mem 2G --timeout 300
# kernels: 6.1-cloud 6.1 6.12
# broken by: in sysreg_write_trap() of traps/guest.c, no case SYS_OSLAR
before=$(dom0_pages)
guests=$(sed -n 's/.* guests=\([^ ]*\).*/\1/p' /proc/cmdline)
if [ -z "$guests" ] && [ "${SECURITY:-}" = hs-protected ]; then
	guests="6.1-cloud:1 6.1:4 6.12:1"
elif [ -z "$guests" ]; then
	guests="6.1-cloud:8 6.12:4"
fi
for guest in $(echo "$guests" | tr , ' '); do
	kernel=${guest%:*} vcpus=${guest#*:}
	vm_xml linux "vmlinuz-$kernel" 256 "$vcpus"
	check "create $guest" hsctl create /tmp/linux.xml
	check "$guest reaches its shell with $vcpus CPUs" hsctl wait linux \
		--console-regex "^guest: up with $vcpus CPUs, Linux" --timeout 60
	if [ "${SECURITY:-}" = hs-protected ]; then
		equal "bytes that it shares" 0 "$(number linux shared)"
		echo 'reboot -f' | timeout 2 hsctl console linux >/dev/null
		check "it is up again" shows linux "^guest: up with $vcpus CPUs" 2
		check "reboots" sh -c 'hsctl info linux | grep "rebooted by the guest"'
		echo 'poweroff -f' | timeout 20 hsctl console linux >/dev/null
		check "powers off" hsctl wait linux --for stopped --timeout 20
		check "by itself" sh -c 'hsctl info linux | grep "powered off by the guest"'
	else
		check "kill" hsctl kill linux
	fi
done
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
