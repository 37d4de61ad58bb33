# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# What holds on a Debian dom0 with the packages installed; and, on the next boot, what came of it.
. /share/lib.sh
export NO_COLOR=1 SYSTEMD_COLORS=0 HOME=/root
state=/share/first.ended # checks and failures of the first boot

shown() { say "$*"; "$@" 2>&1 | cat; }
value() { systemctl show -P "$2" "$1"; }
field() { hsctl list --columns name,"$2" --output plain | sed -n "s/^$1	//p"; }
until_is() { # SECONDS EXPECTED COMMAND...
	tries=$(($1 * 5)) want=$2
	shift 2
	for t in $(seq $tries); do [ "$("$@" 2>/dev/null)" = "$want" ] && return; sleep 0.2; done
	return 1
}
ups() { hsctl logs linux 2>/dev/null | grep -c 'guest: up'; }
ended() { echo "hs-dom0: end $1"; systemctl poweroff; exit; }

first_boot() {
	say "the packages"
	equal "every unit is well" running "$(systemctl is-system-running --wait)"
	systemctl --failed --no-legend
	check "the driver was loaded" sh -c "journalctl -b -t systemd-modules-load | grep \"Inserted module 'hypctl'\""
	equal "/dev/hypctl" "root:hs 664" "$(stat -c '%U:%G %a' /dev/hypctl)"
	check "user hs" sh -c 'getent passwd hs && getent group hs'
	equal "/run/hs" "hs:hs 775" "$(stat -c '%U:%G %a' /run/hs)"
	equal "/var/log/hs" "hs:hs 770" "$(stat -c '%U:%G %a' /var/log/hs)"
	equal "hs-autostart" "enabled active success" "$(systemctl is-enabled hs-autostart) $(systemctl is-active hs-autostart) $(value hs-autostart Result)"
	check "hypervisor, driver and tools fit" hsctl info
	check "no errors in units" systemd-analyze verify --man=no hs-autostart.service hs@spin.service

	say "hs@spin"
	vm_xml spin spin.bin 16 2
	check "define" hsctl define /tmp/spin.xml
	check "start" systemctl start hs@spin
	equal "is active" active "$(systemctl is-active hs@spin)"
	equal "is running" running "$(field spin state)"
	pid=$(value hs@spin MainPID)
	equal "its process" "$(cat /run/hs/spin/pid)" "$pid"
	equal "is hsvm of user hs" "hs:hs hsvm" "$(stat -c %U:%G "/proc/$pid") $(cat "/proc/$pid/comm")"
	shown systemctl status --full hs@spin
	shown hsctl list

	say "a package that VMs need"
	refused 1 'VMs are running: spin' dpkg -r homestead-tools
	refused 100 'VMs are running: spin' apt-get -y remove homestead-tools
	check "the same version again" dpkg -i /share/homestead-tools_*.deb
	equal "it goes on" "running active $pid" "$(field spin state) $(systemctl is-active hs@spin) $(value hs@spin MainPID)"
	check "kill" hsctl kill spin
	check "its unit ends" until_is 10 inactive systemctl is-active hs@spin
	equal "well" success "$(value hs@spin Result)"

	say "hs@linux"
	vm_xml linux vmlinuz-6.1 256 1 "<devices><console type='pty'><log file='/var/log/hs/linux.log' append='on'/></console></devices>"
	check "define" hsctl define /tmp/linux.xml
	check "start" systemctl start hs@linux
	check "it comes up" until_is 90 1 ups
	check "its log" grep -q 'guest: up' /var/log/hs/linux.log
	equal "is hs's" "hs hs 640" "$(stat -c '%U %G %a' /var/log/hs/linux.log)"
	check "stop" systemctl stop hs@linux
	equal "is over" "inactive success" "$(systemctl is-active hs@linux) $(value hs@linux Result)"
	check "by its power key" sh -c "hsctl why linux | grep 'powered off by the guest'"
	shown journalctl -b -o short -u hs@linux

	say "hs-autostart"
	check "mark it" hsctl autostart linux
	check "restart" systemctl restart hs-autostart
	equal "is running" running "$(field linux state)"
	check "it comes up" until_is 90 1 ups
	shown systemctl status --full hs-autostart
	check "stop" systemctl stop hs-autostart
	equal "the VM is off" "inactive success" "$(systemctl is-active hs-autostart) $(value hs-autostart Result)"
	check "by its power key" sh -c "hsctl why linux | grep 'powered off by the guest'"
	equal "none is left" "" "$(hsctl list --output plain)"

	say "before the next boot"
	check "hs@spin is enabled" systemctl enable hs@spin
	check "hs-autostart runs" systemctl start hs-autostart
	check "it comes up" until_is 90 1 ups
	kernel_is_quiet
	echo "$checks $failed" >$state
	ended 0
}

second_boot() {
	read -r checks failed <$state
	say "the next boot"
	check "the VM was shut down" sh -c "journalctl -b -1 -u hs-autostart | grep 'Stopped hs-autostart'"
	check "not killed" sh -c "! journalctl -b -1 -u hs-autostart | grep -E 'Failed|timed out|Killing'"
	equal "every unit is well" running "$(systemctl is-system-running --wait)"
	equal "both run" "running running" "$(field linux state) $(field spin state)"
	check "it comes up" until_is 90 1 ups
	shown systemctl status --full hs-autostart hs@spin

	say "the package goes"
	check "kill" hsctl kill spin
	check "shutdown" hsctl shutdown linux --timeout 60
	check "remove" dpkg -r homestead-tools
	equal "the units are gone" "not-found not-found" "$(value hs-autostart LoadState) $(value hs@spin LoadState)"
	check "definitions are not" test -e /etc/hs/vms/linux.xml
	equal "every unit is well" running "$(systemctl is-system-running)"
	check "install" dpkg -i /share/homestead-tools_*.deb
	check "start" systemctl start hs@linux
	check "it comes up" until_is 90 1 ups
	check "shutdown" hsctl shutdown linux --timeout 60
	check "purge" dpkg -P homestead-tools
	equal "nothing is left" "" "$(ls -d /run/hs /etc/hs /var/log/hs /etc/systemd/system/*.wants/hs* 2>/dev/null)"
	kernel_is_quiet
	echo "debian: $checks checks, $failed failed"
	ended "$((failed != 0))"
}

if [ -e $state ]; then second_boot; else first_boot; fi
