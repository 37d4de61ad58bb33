# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Commands of hsctl, done and refused, that the other tests do not use.
# options: --mem 1G --timeout 200
# kernels: 6.1
# broken by: in handle_event() of toolstack/hsvm/main.c, do not look at vm.reboot_until
before=$(dom0_pages)
boots() { # VM PATTERN: how often its console has shown it
	hsctl logs "$1" | grep -c "$2"
}

say "show"
vm_xml spin spin.bin 16 2 "<title>a &lt;b&gt;</title><metadata><x:y xmlns:x='urn:x'>z</x:y></metadata>"
check "create" hsctl create /tmp/spin.xml
hsctl show spin >/tmp/shown.xml
check "what is shown is valid" hsctl validate /tmp/shown.xml
check "with its title and metadata" sh -c "grep -F '<title>a &lt;b&gt;</title>' /tmp/shown.xml && grep -F '<x:y xmlns:x=\"urn:x\">z</x:y>' /tmp/shown.xml"
uuid=$(number spin uuid)
refused 4 'the name spin is in use|exists' hsctl create /tmp/shown.xml
check "kill" hsctl kill spin
refused 3 'VM spin has ended' hsctl show spin
check "it makes the same VM again" hsctl create /tmp/shown.xml
equal "UUID" "$uuid" "$(number spin uuid)"
equal "what is shown of it" "$(cat /tmp/shown.xml)" "$(hsctl show spin)"

say "reset"
check "it runs" hsctl wait spin --console-regex 'spin: looping' --timeout 10
check "reset" hsctl reset spin
equal "the reason" "reset by hsctl" "$(number spin reason)"
for t in $(seq 100); do [ "$(boots spin 'spin: looping')" -ge 2 ] && break; usleep 50000; done
equal "it runs again" 2 "$(boots spin 'spin: looping')"
check "pause" hsctl pause spin
refused 4 'VM spin is paused; hsctl resume spin first' hsctl reboot spin
check "reset while paused" hsctl reset spin
equal "state" running "$(number spin state)"
refused 9 'has not gone down within 1 s; try hsctl reboot --sysrq spin, or hsctl reset spin' hsctl reboot spin --timeout 1
refused 3 'no VM nobody' hsctl reset nobody
check "the images are gone" sh -c 'cp /share/spin.bin /tmp/moved.bin && sed "s#/share/spin.bin#/tmp/moved.bin#; s#<name>spin#<name>moved#; /<uuid>/d" /tmp/shown.xml >/tmp/moved.xml && hsctl create /tmp/moved.xml && rm /tmp/moved.bin'
refused 4 'VM moved: it could not start again and has ended: kernel /tmp/moved.bin: No such file' hsctl reset moved
equal "the reason" crashed "$(number moved state)"
check "kill" hsctl kill spin
equal "pages" "$before" "$(dom0_pages)"

say "reboot of a Linux guest"
vm_xml linux vmlinuz-6.1 256 2 "<on_poweroff>preserve</on_poweroff><on_reboot>destroy</on_reboot>"
check "create" hsctl create /tmp/linux.xml
check "it is up" hsctl wait linux --console-regex '^guest: up' --timeout 60
check "reboot" hsctl reboot linux
equal "the reason" "rebooted by hsctl" "$(number linux reason)"
check "it is up again" sh -c 'for t in $(seq 600); do [ "$(hsctl logs linux | grep -c "^guest: up")" -ge 2 ] && exit; usleep 100000; done; exit 1'
check "reboot by SysRq, whatever on_reboot says" hsctl reboot linux --sysrq
check "it is up a third time" sh -c 'for t in $(seq 600); do [ "$(hsctl logs linux | grep -c "^guest: up")" -ge 3 ] && exit; usleep 100000; done; exit 1'
check "SysRq h" hsctl trigger linux sysrq:h
check "is heard" hsctl wait linux --console-regex 'sysrq: HELP' --timeout 10
refused 1 'trigger nmi is not supported' hsctl trigger linux nmi
refused 2 'trigger sysrq:: power, or sysrq:K' hsctl trigger linux sysrq:
refused 2 'usage: hsctl trigger VM EVENT' hsctl trigger linux
check "the power key" hsctl trigger linux power
check "is heard" hsctl wait linux --for stopped --timeout 60
equal "and this time it stays off" off "$(number linux state)"
check "reset of a VM that is off, but kept" hsctl reset linux
equal "state" running "$(number linux state)"
check "kill" hsctl kill linux

say "create --dry-run --dtb"
check "writes the device tree" hsctl create --dry-run --dtb /tmp/guest.dtb /tmp/linux.xml
equal "that is one" d00dfeed "$(od -An -tx1 -N4 /tmp/guest.dtb | tr -d ' \n')"
refused 2 'dtb writes the device tree of --dry-run' hsctl create --dtb /tmp/guest.dtb /tmp/linux.xml
refused 1 '/absent/x: No such file' hsctl create --dry-run --dtb /absent/x /tmp/linux.xml
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
