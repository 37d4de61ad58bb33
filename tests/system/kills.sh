# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# kill -9 of hsctl and hsvm at random points of every command that changes
# something: no page is lost, no state is wrong, the next command works.
# options: --mem 1G --timeout 300
# kernels: 6.1
# broken by: in open_run_dir() of toolstack/hsvm/main.c, EEXIST is an error; in vm_build() of dom0/driver/memory.c, do not keep the page `data`
before=$(dom0_pages)
rounds=${TOOL_KILLS:-40}
export HS_ETC=/tmp/etc
vm_xml victim spin.bin 16 2 "<on_poweroff>preserve</on_poweroff>"
vm_xml other spin.bin 16 1
random() { # random N: 0 to N-1
	echo $(($(od -An -N2 -tu2 /dev/urandom) % $1))
}
problem() {
	echo "     | round $i ($what, killed $target after $delay ms): $*"
	bad=$((bad + 1))
}

# Whatever was killed when: what is there is consistent, and can be used and ended.
look() {
	hsctl list --all --output json >/tmp/list 2>&1 || problem "list: $(cat /tmp/list)"
	if [ -f /tmp/etc/vms/victim.xml ]; then
		hsctl validate /tmp/etc/vms/victim.xml >/tmp/out 2>&1 || problem "half a definition: $(cat /tmp/out)"
	fi
	for vm in $(hsctl list --output plain); do
		case $(number "$vm" state) in
		running | paused | off | created) ;;
		*) problem "VM $vm is $(number "$vm" state)" ;;
		esac
		hsctl kill "$vm" >/tmp/out 2>&1 || problem "kill: $(cat /tmp/out)"
	done
	await 5 eval '[ -z "$(pidof hsvm)" ]' || problem "an hsvm is left" # it answers before it is gone
	now=$(dom0_pages)
	[ "$now" = "$before" ] || problem "$before pages before, $now now"
	hsctl create /tmp/other.xml >/tmp/out 2>&1 && hsctl kill other >/tmp/out 2>&1 || problem "the next VM: $(cat /tmp/out)"
}

bad=0
i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	case $((i % 10)) in
	0) what="create" ;;
	1) what="reset" ;;
	2) what="kill" ;;
	3) what="pause" ;;
	4) what="reboot" ;;
	5) what="define" ;;
	6) what="vcpu-pin" ;;
	7) what="console" ;;
	8) what="start" ;;
	9) what="list" ;;
	esac
	case $((i / 10 % 3)) in 0) target=hsctl ;; 1) target=hsvm ;; 2) target="hsctl hsvm" ;; esac
	delay=$(random 150)
	case $what in
	create) hsctl forget 2>/dev/null ;;
	define) ;;
	start) hsctl define /tmp/victim.xml >/dev/null || problem "define" ;;
	*) hsctl create /tmp/victim.xml >/tmp/out 2>&1 || problem "create: $(cat /tmp/out)" ;;
	esac
	case $what in
	create) hsctl create /tmp/victim.xml ;;
	define) for n in $(seq 20); do hsctl define /tmp/victim.xml || break; done ;;
	vcpu-pin) for n in $(seq 20); do hsctl vcpu-pin victim 0 $((n % 2)) || break; done ;;
	list) for n in $(seq 20); do hsctl list || break; done ;;
	reboot) hsctl reboot victim --timeout 5 ;;
	console) hsctl console --read-only victim ;;
	*) hsctl "$what" victim ;;
	esac >/tmp/command.out 2>&1 &
	command=$!
	usleep $((delay * 1000))
	killed=""
	for t in $target; do
		killed="$killed $(pidof "$t")"
		killall -9 "$t" 2>/dev/null
	done
	for p in $killed; do # until it is gone its VM lives
		await 5 eval '! kill -0 "$p"'
	done
	for t in $(seq 200); do # an hsctl that lives may yet start an hsvm
		[ -z "$(pidof hsctl)" ] && break
		[ "$t" -gt 100 ] && killall -9 hsctl 2>/dev/null
		usleep 50000
	done
	wait $command 2>/dev/null
	# One that was killed gives its memory back.
	await 5 eval '[ "$(pidof hsvm | wc -w)" = "$(hsctl list --output plain | wc -l)" ]'
	look
done
equal "$rounds times kill -9" 0 $bad
echo "JSON {\"row\":\"toolstack\",\"kills\":$rounds,\"failed\":$bad,\"pages_lost\":$((before - $(dom0_pages))),\"pass\":$([ $failed = 0 ] && echo true || echo false)}"
check "create" hsctl create /tmp/victim.xml # takes over what one that was killed has left
check "kill" hsctl kill victim
check "undefine" hsctl undefine victim
equal "nothing of them is left in /run/hs" "" "$(ls /run/hs)"
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
