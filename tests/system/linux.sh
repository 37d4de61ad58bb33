# SPDX-License-Identifier: BSD-2-Clause
# Debian guests: console, pause, two at once, reboot, shutdown, vCPUs that are off. Other kernels: kernels.sh.
# options: --mem 2G --timeout 300
# kernels: 6.1-cloud 6.1
# broken by: in vcpu_kick() of vm/vcpu.c, return false for a vCPU that runs nowhere
before=$(dom0_pages)
vm_xml linux vmlinuz-6.1-cloud 256 2
check "create" hsctl create /tmp/linux.xml
check "it reaches its shell with 2 CPUs" hsctl wait linux \
	--console-regex "^guest: up with 2 CPUs, Linux" --timeout 60

say "console input and output"
mkfifo /tmp/typed
hsctl console linux </tmp/typed >/tmp/seen &
first=$!
exec 3>/tmp/typed
echo 'echo one plus one is $((1 + 1))' >&3
check "an answer on the console" hsctl wait linux --console-regex '^one plus one is 2' --timeout 20
refused 4 'console of VM linux is in use; --force takes it over' sh -c 'hsctl console linux </dev/null'
echo 'echo again $((40 + 2))' | timeout 20 hsctl console --force linux >/tmp/forced &
check "--force takes it over" hsctl wait linux --console-regex '^again 42' --timeout 20
wait $first
equal "the first console ended, the VM did not" running "$(number linux state)"
check "what the first console saw" grep -q '^one plus one is 2' /tmp/seen
check "logs has it too" sh -c 'hsctl logs linux | grep -q "^one plus one is 2"'
exec 3>&-
killall hsctl

say "pause and resume"
refused 4 'is not paused, but running' hsctl resume linux
check "pause" hsctl pause linux
exits=$(number linux exits)
usleep 300000
equal "no exits while paused" "$exits" "$(number linux exits)"
refused 4 'is paused already' hsctl pause linux
refused 4 'is paused; hsctl resume linux first' hsctl shutdown linux
check "resume" hsctl resume linux
check "it answers again" sh -c "echo 'echo back \$((7 * 7))' | timeout 20 hsctl console linux >/dev/null & hsctl wait linux --console-regex '^back 49' --timeout 20"
killall hsctl

say "two at once, and a name in use"
vm_xml second vmlinuz-6.1-cloud 256 1
check "a second VM" hsctl create /tmp/second.xml
refused 4 'a VM named second exists already' hsctl create /tmp/second.xml
check "it is up beside the first" hsctl wait second --console-regex '^guest: up with 1' --timeout 60
equal "two VMs" 2 "$(hsctl list --output plain | wc -l)"

say "reboot by the guest"
echo 'reboot -f' | timeout 2 hsctl console second >/dev/null
check "it was up twice" shows second '^guest: up with 1' 2
equal "the reason" "rebooted by the guest" "$(number second reason)"
check "kill while it boots" hsctl kill second

say "shutdown by sysrq, then by the power key"
hsctl console --read-only linux >/dev/null 2>/tmp/ended &
console=$!
usleep 300000
check "shutdown --sysrq" hsctl shutdown linux --sysrq --timeout 60
wait $console
equal "the console ended with the VM" 0 $?
check "and says how" grep -q 'powered off by the guest' /tmp/ended
check "powered off by the guest itself" sh -c 'hsctl info linux | grep "powered off by the guest"'
vm_xml key vmlinuz-6.1 256 1
check "a guest with gpio-keys" hsctl create /tmp/key.xml
check "it is up" hsctl wait key --console-regex '^guest: up' --timeout 60
check "shutdown" hsctl shutdown key --timeout 60
check "the guest saw the key" sh -c 'hsctl info key | grep "powered off by the guest"'
equal "pages" "$before" "$(dom0_pages)"

say "vCPUs that are off cost nothing"
CMDLINE="panic=-1 maxcpus=1" vm_xml off vmlinuz-6.1-cloud 256 6
check "a guest that uses one of six" hsctl create /tmp/off.xml
check "it is up, and lines end with \$" hsctl wait off --console-regex '^guest: up with 1 CPUs, Linux .*arm64$' --timeout 60
# Their threads alone: how slow the machine is does not count.
off_ticks() {
	for t in "/proc/$(number off pid)/task"/*; do
		case $(cat "$t/comm") in
		vcpu[1-5]) awk '{ print $14 + $15 }' "$t/stat" ;;
		esac
	done | awk '{ n++; s += $1 } END { print n == 5 ? s : "no threads" }'
}
ticks=$(off_ticks)
usleep 2000000
ticks=$(($(off_ticks) - ticks))
check "$ticks hundredths of a second in 2 s" test $ticks -lt 5
check "kill" hsctl kill off
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
