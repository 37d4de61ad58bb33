# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# <rng> with the drivers of Debian's kernels, also after a reboot. Others, with --append, as kernels=6.1,6.1-cloud.
# options: --mem 1G --timeout 150
# kernels: 6.1-cloud 6.1 6.12
# broken by: in virtio_used() of toolstack/hsvm/virtio_mmio.c, do not call update()
before=$(dom0_pages)
rng="<devices><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng></devices>"
kernels=$(sed -n 's/.* kernels=\([^ ]*\).*/\1/p' /proc/cmdline | tr , ' ')
for kernel in ${kernels:-6.12}; do
	vm_xml rng "vmlinuz-$kernel" 256 1 "$rng"
	check "$kernel with <rng>" hsctl create /tmp/rng.xml
	check "it is up" hsctl wait rng --console-regex '^guest: up' --timeout 60
	(
		echo 'cat /sys/class/misc/hw_random/rng_current'
		echo 'for i in 1 2; do dd if=/dev/hwrng bs=50000 count=1 iflag=fullblock 2>/dev/null >$i; done'
		echo 'echo random: $(cat 1 2 | wc -c), $(gzip <1 | wc -c), $(cmp -s 1 2; echo $?); reboot -f'
		sleep 60
	) | hsctl console rng >/dev/null &
	# As many as were wanted, which cannot be compressed, and others each time.
	check "its numbers" hsctl wait rng --console-regex '^random: 100000, 50[0-9][0-9][0-9], 1' --timeout 40
	check "its driver" sh -c 'hsctl logs rng | grep "^virtio_rng.0"'
	check "it is up again" shows rng '^guest: up' 2
	killall hsctl
	check "also after a reboot" sh -c 'echo "head -c 10 /dev/hwrng | wc -c | sed s/^/again:/" |
		timeout 20 hsctl console --force rng >/dev/null & hsctl wait rng --console-regex "^again:10" --timeout 20'
	check "kill" hsctl kill rng
done
equal "pages" "$before" "$(dom0_pages)"

vm_xml rng spin.bin 16 1 "$rng"
sed -i "s|</domain>|<launchSecurity type='hs-protected'/></domain>|" /tmp/rng.xml
refused 5 'rng.xml:[0-9]*: error: <rng> is not supported yet for protected VMs' hsctl create /tmp/rng.xml
kernel_is_quiet
finish
