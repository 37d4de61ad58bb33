# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# 30 VMs at once, and what hsctl and hsvm cost.
# options: --mem 2G --timeout 200
# kernels: 6.1-cloud
# broken by: in print_vm() of toolstack/hsctl/top.c, print the whole name; in show(), all VMs
before=$(dom0_pages)
bad=0
vm_xml idle fill.bin 32 1
for i in $(seq 30); do
	sed "s#>idle<#>number-$i-of-thirty<#" /tmp/idle.xml >/tmp/one.xml
	hsctl create /tmp/one.xml >/dev/null || bad=$((bad + 1))
done
equal "30 VMs of 32 MiB" 0 $bad
equal "all run" 30 "$(hsctl list --columns state --output plain | grep -c running)"
for i in 1 15 30; do
	check "VM $i has touched all of it" hsctl wait "number-$i-of-thirty" --console-regex 'fill: end' --timeout 20
done
hsctl list | head -4

say "what that costs"
cost=$(/share/tool.static cpu 10 hsctl list 2>&1 | tail -1)
check "list: $cost microseconds of CPU, below 50000" test "$cost" -lt 50000
most=0
for p in $(pidof hsvm); do
	rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$p/status")
	[ "$rss" -gt $most ] && most=$rss
done
check "hsvm: $most KiB resident, below 4096" test "$most" -gt 0 -a "$most" -lt 4096

say "top on 80x24"
/share/screen.static ni hsctl top --interval 1 --count 3 >/tmp/top.out
equal "exit code" 0 $?
cat /tmp/top.out
check "as many as there is room for" grep '^... and 10 more$' /tmp/top.out
equal "20 of them" 20 "$(grep -c '^number-[0-9]*-of-.* running no ' /tmp/top.out)"
check "fits" grep ' 0 characters beyond 80x24' /tmp/top.out
for i in $(seq 30); do
	hsctl kill "number-$i-of-thirty" || bad=$((bad + 1))
done
equal "all could be killed" 0 $bad
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
