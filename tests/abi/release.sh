# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# The release image refuses every hypercall that is not in the table: DEBUG_CHECK,
# too, which the debug image of the tests answers. What is of another version is refused:
# hsctl by the driver, the driver by the hypervisor.
# options: --cpus 2 --mem 512M --timeout 60
# broken by: hypercall/debug.c in the release image; in libhypctl/ioctl.c, no check_version();
# in hypctl_init() of dom0/driver/main.c, no look at the ABI
insmod /share/attack.ko || { fail "attack.ko does not load"; finish; }
echo numbers >/proc/attack || fail "row numbers: refused"
json=$(cat /proc/attack)
echo "JSON $json"
case $json in
*'"pass":true'*) pass "numbers" ;;
*) fail "numbers: $json" ;;
esac
rmmod attack

refused 8 'hypervisor has ABI [0-9]+, driver [0-9]+; this program needs [0-9]+ and 1000' /share/hsctl-other.static list
refused 8 'driver [0-9]+; this program needs' /share/hsctl-other.static create \
	/usr/share/homestead/examples/linux.xml
equal "another hsctl's message is JSON, too" 8 \
	"$(/share/hsctl-other.static list --output json 2>&1 | sed -n 's/.*"code":\([0-9]*\).*/\1/p')"
rmmod hypctl || fail "hypctl.ko cannot be removed"
refused 8 'hypctl.ko is not loaded' hsctl list
refused 71 'Protocol error' insmod /share/other.ko
dmesg | grep -q 'hypctl: the hypervisor has ABI [0-9]*, this driver needs 1000' ||
	fail "the driver does not name both versions: $(dmesg | tail -3)"
check "the right driver can be loaded again" insmod "/lib/modules/$(uname -r)/extra/hypctl.ko"
check "and works" hsctl list
kernel_is_quiet
finish
