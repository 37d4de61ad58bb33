# SPDX-License-Identifier: BSD-2-Clause
# No page is lost: create and kill, kill -9 of hsvm at random moments.
# options: --mem 2G --timeout 280
# kernels: 6.1-cloud
# broken by: in vm_build() of dom0/driver/memory.c, do not keep the page `data`
before=$(dom0_pages)
vm_xml small hello.bin 16 2 "<on_poweroff>preserve</on_poweroff>"
bad=0
cycles=${CYCLES:-100}
for i in $(seq $cycles); do
	hsctl create /tmp/small.xml >/dev/null 2>&1 && hsctl kill small || bad=$((bad + 1))
done
equal "$cycles times create and kill" 0 $bad
equal "pages" "$before" "$(dom0_pages)"
echo "JSON {\"row\":\"F7\",\"vms\":$cycles,\"failed\":$bad,\"pages_lost\":$((before - $(dom0_pages))),\"pass\":$([ $failed = 0 ] && echo true || echo false)}"

vm_xml linux vmlinuz-6.1-cloud 256 2
for i in 1 2 3 4 5; do
	hsctl create /tmp/linux.xml >/dev/null || bad=$((bad + 1))
	usleep $((i * 200000))
	hsctl kill linux || bad=$((bad + 1))
done
equal "5 times a Debian guest" 0 $bad
equal "pages" "$before" "$(dom0_pages)"

say "kill -9 of hsvm"
kills=${KILLS:-50}
for i in $(seq $kills); do
	hsctl create /tmp/linux.xml >/tmp/out 2>&1 &
	creator=$!
	usleep $((($(od -An -N2 -tu2 /dev/urandom) % 400) * 1000))
	killall -9 hsvm 2>/dev/null
	wait $creator
	for t in $(seq 100); do # the kernel takes the pages back as hsvm ends
		[ -z "$(pidof hsvm)" ] && break
		killall -9 hsvm 2>/dev/null # it began after the first one
		usleep 50000
	done
	[ -z "$(hsctl list --output plain)" ] || bad=$((bad + 1))
done
equal "$kills times kill -9" 0 $bad
equal "pages" "$before" "$(dom0_pages)"
echo "JSON {\"row\":\"F1\",\"kills\":$kills,\"failed\":$bad,\"pages_lost\":$((before - $(dom0_pages))),\"pass\":$([ $failed = 0 ] && echo true || echo false)}"
check "list --all says what became of them" sh -c 'hsctl list --all | grep "hsvm died"'
check "the name is free" hsctl create /tmp/linux.xml
check "kill" hsctl kill linux

say "the check itself: a VM that is still there is a difference"
check "create" hsctl create /tmp/small.xml
check "the count differs while it lives" test "$before" != "$(dom0_pages)"
check "kill" hsctl kill small
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
