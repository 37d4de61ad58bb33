# SPDX-License-Identifier: BSD-2-Clause
# What a strict bare-metal guest checks of its machine; guests that do harm.
# options: --cpus 1 --timeout 90
# broken by: in external_abort() of traps/guest.c, return TRAP_SKIP without injecting
before=$(dom0_pages)
vm_xml probe probe.bin 64 1 "<on_poweroff>preserve</on_poweroff>"
check "create" hsctl create /tmp/probe.xml
check "the guest ends" hsctl wait probe --for stopped --timeout 30
hsctl logs probe
check "the guest found no fault" sh -c 'hsctl logs probe | grep "probe: all ok"'
check "kill" hsctl kill probe

vm_xml spin spin.bin 16 1
check "a guest with interrupts off" hsctl create /tmp/spin.xml
check "it runs" hsctl wait spin --console-regex 'spin: looping' --timeout 10
check "dom0 goes on" hsctl list
check "pause reaches it" hsctl pause spin
equal "state" paused "$(number spin state)"
check "resume" hsctl resume spin
refused 9 'has not powered off within 1 s; try hsctl shutdown --sysrq spin, or hsctl kill spin' \
	hsctl shutdown spin --timeout 1
check "kill while running" hsctl kill spin
refused 3 'VM spin has ended: killed' hsctl kill spin
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
