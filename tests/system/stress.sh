# SPDX-License-Identifier: BSD-2-Clause
# dom0 beside its guests: clock, CPU hotplug, memory that comes and goes.
# options: --mem 2G --timeout 200
# broken by: in vtimer_save() of gic/vtimer.c, do not set CNTVOFF_EL2 to 0
before=$(dom0_pages)

say "CLOCK_MONOTONIC over more than 1,000 exits"
vm_xml busy busy.bin 32 1
check "create" hsctl create /tmp/busy.xml
check "device exits" hsctl wait busy --console-regex 'busy: 2000 rounds' --timeout 30
exits=$(number busy exits)
check "the clock has no jumps" /share/tool.static clock 3
exits=$(($(number busy exits) - exits))
say "$exits exits meanwhile"
check "more than 1,000 exits" test $exits -gt 1000
check "timer ticks arrive" hsctl wait busy --console-regex 'busy: 100 ticks' --timeout 30

say "CPU hotplug with the VM running"
for i in 1 2 3; do
	check "CPU 1 off" sh -c 'echo 0 >/sys/devices/system/cpu/cpu1/online'
	usleep 200000
	check "CPU 1 on" sh -c 'echo 1 >/sys/devices/system/cpu/cpu1/online'
	exits=$(number busy exits)
	usleep 300000
	check "the VM goes on" test "$(number busy exits)" -gt "$exits"
done
check "on CPU 1 alone" taskset -p 2 "$(number busy pid)"
exits=$(number busy exits)
usleep 300000
check "the VM goes on there" test "$(number busy exits)" -gt "$exits"
check "the clock has no jumps" /share/tool.static clock 1
check "kill" hsctl kill busy
equal "pages" "$before" "$(dom0_pages)"

say "two CPUs donate and reclaim pages while four threads run in dom0's memory"
vm_xml fill fill.bin 64 1
vm_xml fill2 fill.bin 64 1
/share/tool.static walk 256 8 4 >/tmp/walk.out &
walker=$!
cycle() { # a VM that fills its 64 MiB, again and again
	n=0
	while kill -0 $walker 2>/dev/null; do
		hsctl create /tmp/$1.xml >/dev/null 2>&1 &&
			hsctl wait $1 --console-regex 'fill: end' --timeout 30 &&
			hsctl kill $1 || { echo "$1 failed in cycle $n"; return 1; }
		n=$((n + 1))
	done
	echo "$1: $n cycles"
	[ $n -gt 2 ]
}
cycle fill >/tmp/cycle1.out 2>&1 &
one=$!
check "donate and reclaim on one side" cycle fill2
cat /tmp/check.out
check "and on the other" wait $one
cat /tmp/cycle1.out
wait $walker
check "dom0's memory kept its contents" grep ' 0 bad' /tmp/walk.out
cat /tmp/walk.out
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
