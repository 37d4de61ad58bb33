# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Commands of hsctl, done and refused, that the other tests do not use.
# options: --mem 1G --timeout 300
# kernels: 6.1
# broken by: in run_loop() of dom0/driver/run.c, BUSY is an error; in vcpus_start() of toolstack/hsvm/vcpu.c, no set_affinity(); in handle_event() of toolstack/hsvm/main.c, do not look at vm.reboot_until
before=$(dom0_pages)
# up N: the Linux guest has come up N times, and its shell waits (whose prompt may stand before anything)
up() {
	shows linux "guest: up" "$1" 60 &&
		await 60 eval '[ "$(hsctl logs linux | grep -o "guest# " | wc -l)" -ge '"$1 ]" && return
	hsctl logs linux | tail -20
	return 1
}

say "show"
vm_xml idle idle.bin 16 2 "<title>a &lt;b&gt;</title><metadata><x:y xmlns:x='urn:x'>z</x:y></metadata>"
check "create" hsctl create /tmp/idle.xml
hsctl show idle >/tmp/shown.xml
check "what is shown is valid" hsctl validate /tmp/shown.xml
check "with its title and metadata" sh -c "grep -F '<title>a &lt;b&gt;</title>' /tmp/shown.xml && grep -F '<x:y xmlns:x=\"urn:x\">z</x:y>' /tmp/shown.xml"
uuid=$(number idle uuid)
refused 4 'the name idle is in use|exists' hsctl create /tmp/shown.xml
check "kill" hsctl kill idle
refused 3 'VM idle has ended' hsctl show idle
check "it makes the same VM again" hsctl create /tmp/shown.xml
equal "UUID" "$uuid" "$(number idle uuid)"
equal "what is shown of it" "$(cat /tmp/shown.xml)" "$(hsctl show idle)"

say "reset"
check "it runs" hsctl wait idle --console-regex 'idle: waiting' --timeout 10
check "reset" hsctl reset idle
equal "the reason" "reset by hsctl" "$(number idle reason)"
check "it runs again" shows idle 'idle: waiting' 2
check "pause" hsctl pause idle
refused 4 'VM idle is paused; hsctl resume idle first' hsctl reboot idle
check "reset while paused" hsctl reset idle
equal "state" running "$(number idle state)"
refused 9 'has not gone down within 1 s; try hsctl reboot --sysrq idle, or hsctl reset idle' hsctl reboot idle --timeout 1
refused 9 '^hsctl: VM idle has not powered off within 2 s' hsctl shutdown idle --timeout 2
refused 128 '^waiting for VM idle to power off: [12] s, at most 20 *$' /share/screen.static "$(printf '\003')" hsctl shutdown idle --timeout 20
refused 128 '^waiting for VM idle to be stopped: [12] s *$' /share/screen.static "$(printf '\003')" hsctl wait idle --for stopped
refused 3 'no VM nobody' hsctl reset nobody
check "the images are gone" sh -c 'cp /share/idle.bin /tmp/moved.bin && sed "s#/share/idle.bin#/tmp/moved.bin#; s#<name>idle#<name>moved#; /<uuid>/d" /tmp/shown.xml >/tmp/moved.xml && hsctl create /tmp/moved.xml && rm /tmp/moved.bin'
refused 4 'VM moved: it could not start again and has ended: kernel /tmp/moved.bin: No such file' hsctl reset moved
equal "the reason" crashed "$(number moved state)"
check "kill" hsctl kill idle
equal "pages" "$before" "$(dom0_pages)"

say "CPUs"
vm_xml pinned idle.bin 16 2
sed -i "s#</domain>#<cputune><vcpupin vcpu='1' cpuset='1'/></cputune></domain>#" /tmp/pinned.xml
check "create" hsctl create /tmp/pinned.xml
check "it runs" hsctl wait pinned --console-regex 'idle: waiting' --timeout 10
cpus() { hsctl vcpu-list pinned --output json | sed -n "s/.*\"vcpu\":$1,.*\"cpus\":\"\([^\"]*\)\".*/\1/p"; }
equal "vCPU 0 may run anywhere" 0-1 "$(cpus 0)"
equal "vCPU 1 may not" 1 "$(cpus 1)"
hsctl vcpu-list
check "pin" hsctl vcpu-pin pinned 0 0
equal "vCPU 0 may run on CPU 0" 0 "$(cpus 0)"
check "reset" hsctl reset pinned
await 5 eval '[ -n "$(cpus 0)" ]'
equal "it stays so" 0 "$(cpus 0)"
check "and is shown" sh -c "hsctl show pinned | grep \"vcpupin vcpu=.0. cpuset=.0.\""
check "unpin" hsctl vcpu-pin pinned all all
equal "vCPU 1 may run anywhere" 0-1 "$(cpus 1)"
refused 2 'vCPU 2: VM pinned has 0 to 1; or say all' hsctl vcpu-pin pinned 2 0
refused 2 'CPUs x: a list as 0-3,' hsctl vcpu-pin pinned 0 x
refused 7 'CPUs 5: this machine has 0 to 1' hsctl vcpu-pin pinned 0 5
sed "s#cpuset='1'#cpuset='1,6'#; s#>pinned#>other#" /tmp/pinned.xml >/tmp/other.xml
refused 7 'vCPU 1 may run on CPU 6; this machine has CPUs 0 to 1' hsctl create /tmp/other.xml

say "numbers"
hsctl mem
check "mem shows the VM" sh -c 'hsctl mem | grep "^pinned  .*MiB  [SP.]\{40\}$"'
check "and in JSON" sh -c 'hsctl mem pinned --output json | grep "\"name\":\"pinned\".*\"unpopulated\":[0-9]"'
equal "plain stats are what info says" "$(number pinned memory)" "$(hsctl stats pinned | sed -n 's/^pinned memory //p')"
check "Prometheus" sh -c 'hsctl stats --output prom | grep "^hs_vm_cpu_seconds_total{vm=\"pinned\",vcpu=\"0\"} [0-9.]*$"'
check "each line of it is known" sh -c '! hsctl stats --output prom | grep -vE "^# (HELP|TYPE) hs_[a-z_]+ |^hs_[a-z_]+([{][a-z]+=\"[a-z0-9]+\"(,[a-z]+=\"[0-9]+\")?[}])? [0-9.]+$"'
equal "columns as they are asked for" "$(printf 'running\tpinned')" "$(hsctl list --columns state,name --output plain)"
check "and as a table" sh -c "hsctl list --columns name,uuid,shared | grep '^pinned  [0-9a-f-]*  *[0-9.]* MiB$'"
check "of vCPUs" sh -c "hsctl vcpu-list --columns vcpu,cpus | grep '^   1  0-1\$'"
refused 2 "no column 'nam'; there are name,id,state" hsctl list --columns id,nam
refused 2 "no column ''" hsctl mem --columns name,
refused 2 'columns goes with a table or plain' hsctl list --columns name --output json
equal "no colours in a pipe" 0 "$(hsctl list | grep -c "$(printf '\033')")"
check "colours on a terminal" sh -c "NO_COLOR= /share/screen.static '' hsctl list | grep '24, 2 colours'"
check "unless they are not wanted" sh -c "NO_COLOR=1 /share/screen.static '' hsctl list | grep '24, 0 colours'"

say "the library's example"
check "lists the VM" sh -c "/share/list-vms.static | grep '^pinned is running, with 16 MiB$'"
check "and its vCPUs" sh -c "/share/list-vms.static | grep '^  vCPU 1 on CPU [01]: [0-9.]* s$'"

say "top"
check "leave with q" /share/screen.static q hsctl top
/share/screen.static enmci hsctl top --interval 1 --count 3 >/tmp/top.out
equal "exit code" 0 $?
cat /tmp/top.out
check "the VM" grep '^pinned  *[0-9]* running no  *2 *[0-9]* *16 *[0-9.]* *[0-9]* *[0-9]* *0$' /tmp/top.out
check "its order is the one that was asked for" grep 'Homestead .*; in order of id$' /tmp/top.out
check "fits 80x24" grep ' 0 characters beyond 80x24' /tmp/top.out
refused 130 'drawn' /share/screen.static "$(printf '\003')" hsctl top
check "into a pipe" sh -c "hsctl top --count 2 --interval 0.2 | grep -c '^NAME .*CPU%' | grep '^2$'"
vm_xml spin spin.bin 16 1 # takes a CPU, so not for long
check "one that is busy" hsctl create /tmp/spin.xml
check "is seen to be" sh -c "hsctl top spin --interval 1 | awk '/^spin/ { exit !(\$6 > 40) }'"
check "its vCPU 0 has run" sh -c 'hsctl stats spin --output json | grep "\"vcpu\":0,\"cpu_time_ns\":[1-9]"'
check "the other one is not" sh -c "hsctl top pinned --interval 1 | awk '/^pinned/ { exit !(\$6 < 10) }'"
check "kill" hsctl kill spin
refused 2 'interval 0: seconds, at least 0.1' hsctl top --interval 0
refused 2 'count x: not a number above 0' hsctl top --count x
refused 3 'no VM nobody' hsctl top nobody
refused 3 'no VM nobody' /share/screen.static '' hsctl top nobody

say "events"
hsctl events >/tmp/events.out 2>&1 &
watcher=$!
hsctl events pinned --output json --count 1 --timeout 30 >/tmp/events.json 2>&1 &
hsctl events seen --console >/tmp/lines.out 2>&1 &
listener=$!
usleep 500000
vm_xml seen idle.bin 16 1
check "create" hsctl create /tmp/seen.xml
check "it has said something" shows seen 'idle: waiting' 1
check "pause" hsctl pause seen
check "reset" hsctl reset seen
check "and again" shows seen 'idle: waiting' 2
check "kill" hsctl kill seen
await 5 grep 'seen .* has ended' /tmp/events.out
await 5 grep 'has ended' /tmp/lines.out
kill $watcher $listener
cat /tmp/events.out
equal "lines of its console" 2 "$(grep -c '^....-..-..T..:..:..Z seen ([0-9]*) says: idle: waiting$' /tmp/lines.out)"
check "and then its end" sh -c 'tail -1 /tmp/lines.out | grep "seen .* has ended: ended: killed"'
vm_xml talk talk.bin 16 1
hsctl events talk --console >/tmp/talk.out 2>&1 &
listener=$!
check "one with much to say" hsctl create /tmp/talk.xml
await 5 grep 'talk: ready' /tmp/talk.out
kill -STOP $listener
check "says it and powers off" sh -c 'echo | hsctl console talk >/dev/null 2>&1; hsctl wait talk --for stopped --timeout 20'
kill -CONT $listener
await 5 grep 'has ended' /tmp/talk.out
kill $listener
equal "its lines" 302 "$(grep -c ' talk ([0-9]*) says: talk: ' /tmp/talk.out)"
equal "its last ones come before its end" "says: talk: line 300/says: talk: done/has ended: ended: powered off by the guest/" "$(tail -3 /tmp/talk.out | sed 's/.*talk ([0-9]*) //' | tr '\n' '/')"
sed -n 's/^....-..-..T..:..:..Z seen ([0-9]*) //p' /tmp/events.out | sed 's/was created: [a-z]*/created/; s/^has ended: ended: killed$/ended/; s/^is \([a-z]*\).*/\1/' | tr '\n' ' ' >/tmp/events.order
check "all were seen, in their order" grep -E '^created (running )?paused running ended $' /tmp/events.order
equal "none of another VM" "" "$(cat /tmp/events.json)"
check "pause the other one" hsctl pause pinned
await 5 [ -s /tmp/events.json ]
check "is seen" grep '"event":"state","name":"pinned","id":[0-9]*,"state":"paused","reason":"paused by hsctl"}$' /tmp/events.json
check "resume" hsctl resume pinned
refused 9 '0 of 1 events within 1 s' hsctl events --count 1 --timeout 1
check "for so long" hsctl events --timeout 0.2

say "other outputs"
refused 2 'output prom: table, json or plain$' hsctl list --output prom
refused 3 'no VM nobody' hsctl stats nobody
refused 3 'no VM nobody' hsctl vcpu-list nobody
check "kill" hsctl kill pinned
equal "nothing is left to list" "[]" "$(hsctl vcpu-list --output json)"

say "reboot of a Linux guest"
vm_xml linux vmlinuz-6.1 256 1 "<on_poweroff>preserve</on_poweroff><on_reboot>destroy</on_reboot>"
check "create" hsctl create /tmp/linux.xml
check "it is up" up 1
check "reboot" hsctl reboot linux
equal "the reason" "rebooted by hsctl" "$(number linux reason)"
check "it is up again" up 2
check "reboot by SysRq, whatever on_reboot says" hsctl reboot linux --sysrq
check "it is up a third time" up 3
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
check "it comes up" up 4

say "shutdown --all"
check "create" hsctl create /tmp/idle.xml --paused
refused 4 'VM idle is paused; hsctl resume idle first' hsctl shutdown --all
equal "the other one is off" off "$(number linux state)"
check "resume" hsctl resume idle
refused 9 'VM idle has not powered off within 1 s' hsctl shutdown --all --timeout 1
check "kill" hsctl kill idle
check "nothing is left to be done" hsctl shutdown --all
refused 2 'shutdown needs a VM, or --all' hsctl shutdown
refused 2 'shutdown needs a VM, or --all' hsctl shutdown --all linux
check "kill" hsctl kill linux

say "why, of the living and of the dead"
vm_xml why idle.bin 16 2
check "create" hsctl create /tmp/why.xml
check "it runs" hsctl wait why --console-regex 'idle: waiting' --timeout 10
check "pause" hsctl pause why
hsctl why why
check "its registers" sh -c "hsctl why why | grep '^        PC 0x4[0-9a-f]* at EL1; its last exception: '"
check "how often it left" sh -c "hsctl why why | grep '^vCPU 0: [1-9][0-9]* exits; at the last '"
check "its console" sh -c "hsctl why why | grep '^  idle: waiting'"
check "in JSON" sh -c "hsctl why why --output json | grep '\"vcpu\":1.*\"last_exit\":\"it .*\"console\":\"'"
refused 4 'VM why is paused; hsctl kill why first' hsctl forget why
refused 1 'attest is not supported: this version has no device key' hsctl attest why
refused 3 'no VM nobody' hsctl attest nobody
check "kill" hsctl kill why
check "why it is gone" sh -c "hsctl why why | grep '^VM why ([0-9]*) has ended: ended: killed'"
check "where it stood" sh -c "hsctl why why | grep '^        PC 0x4'"
check "logs of the dead" sh -c "hsctl logs why | grep '^idle: waiting'"
refused 3 'VM why has ended' hsctl logs why --follow
check "forget" hsctl forget why
refused 3 'no VM why' hsctl why why
refused 3 'no VM why' hsctl forget why
check "hsvm killed" sh -c "hsctl create /tmp/why.xml && hsctl wait why --console-regex 'idle: waiting' --timeout 10 && kill -9 \$(cat /run/hs/why/pid)"
check "is seen" hsctl wait why --for crashed --timeout 10
check "why" sh -c "hsctl why why | grep 'has ended: killed: hsvm died'"
check "its console outlived it" sh -c "hsctl logs why | grep '^idle: waiting'"
check "a new one of that name" hsctl create /tmp/why.xml --paused
check "has not taken it over" sh -c "hsctl logs \$(hsctl list --all --output json | sed -n 's/.*\"name\":\"why\",\"id\":\([0-9]*\),.*\"killed\".*/\1/p') | grep '^idle: waiting'"
check "kill" hsctl kill why
check "forget all" hsctl forget
equal "all of them" "[]" "$(hsctl list --all --output json)"
vm_xml busy busy.bin 16 1
check "one that exits all the time" hsctl create /tmp/busy.xml
check "is at work" hsctl wait busy --console-regex '100 ticks' --timeout 20
check "ask often where it stands" /share/tool.static last "$(number busy id)" 50000
equal "that does not disturb it" running "$(number busy state)"
check "kill" hsctl kill busy
vm_xml safe idle.bin 16 1 "<launchSecurity type='hs-protected'/>"
check "a protected one" hsctl create /tmp/safe.xml --allow-dma
check "pause" hsctl pause safe
check "shows no registers" sh -c "hsctl why safe | grep 'It is protected: dom0 does not see its registers' && ! hsctl why safe | grep PC"
check "kill" hsctl kill safe
check "nor when it has ended" sh -c "! hsctl why safe | grep PC"

say "dump-core"
vm_xml why spin.bin 16 1 # it leaves again and again
check "create" hsctl create /tmp/why.xml
check "it runs" hsctl wait why --console-regex 'spin: looping' --timeout 10
check "dump-core" hsctl dump-core why /tmp/why.core
equal "an ELF core for AArch64" "7f454c46 b70004" "$(od -An -tx1 -N4 /tmp/why.core | tr -d ' ') $(od -An -tx1 -j18 -N2 /tmp/why.core | tr -d ' ')$(od -An -tx1 -j16 -N1 /tmp/why.core | tr -d ' ')"
equal "with all of its memory" $((16 * 1048576 + 4096)) "$(stat -c %s /tmp/why.core)"
equal "the kernel is where it was loaded" "$(head -c 64 /share/spin.bin | sha256sum)" "$(dd if=/tmp/why.core bs=4096 skip=129 count=1 2>/dev/null | head -c 64 | sha256sum)"
check "what is not populated takes no room" test "$(du -k /tmp/why.core | cut -f1)" -lt 4096
equal "it runs again" running "$(number why state)"
exits=$(number why exits)
check "really" await 5 eval '[ "$(number why exits)" -gt "$exits" ]'
check "pause" hsctl pause why
check "dump-core of a paused VM" hsctl dump-core why /tmp/why.core
equal "it stays paused" paused "$(number why state)"
check "kill" hsctl kill why
check "one with a lot of memory" sh -c "sed 's#>16<#>512<#' /tmp/why.xml >/tmp/large.xml && hsctl create /tmp/large.xml"
hsctl dump-core why /tmp/never.core >/tmp/dump.out 2>&1 &
dumper=$!
await 5 [ -e /tmp/never.core.part ]
refused 4 'its core is being written' hsctl reset why
check "kill while its core is written" hsctl kill why
wait $dumper
equal "is said" 1 $?
check "in words" grep 'VM why ended before its core was whole' /tmp/dump.out
equal "nothing half is left" "" "$(ls /tmp | grep never)"
check "a protected one" hsctl create /tmp/safe.xml --allow-dma
refused 6 'VM safe is protected: dom0 cannot read its memory' hsctl dump-core safe /tmp/safe.core
check "hsvm does not give it either" sh -c "hsctl create /tmp/why.xml && hsctl dump-core why /absent/x 2>&1 | grep '/absent/x.part: No such file'"
check "kill both" sh -c "hsctl kill safe && hsctl kill why"
refused 3 'no VM nobody' hsctl dump-core nobody /tmp/x

say "create --wait"
{ hsctl create /tmp/linux.xml --wait; echo $? >/tmp/code; } >/tmp/waited 2>&1 &
await 20 hsctl logs linux
check "it is up" up 1
echo "echo c >/proc/sysrq-trigger" | hsctl console linux >/dev/null 2>&1
equal "the console says that it crashed" 10 $?
await 30 [ -s /tmp/code ]
equal "exit code" 10 "$(cat /tmp/code)"
check "says so" grep "VM linux crashed: the guest's kernel panicked (hsctl why linux)" /tmp/waited
hsctl why linux
check "why" sh -c "hsctl why linux | grep 'Kernel panic - not syncing: sysrq triggered crash'"
refused 2 'wait does not go with --console, --paused or --dry-run' hsctl create --wait --paused /tmp/linux.xml

say "several consoles"
vm_xml two vmlinuz-6.1 256 1 "<devices><serial/><serial><log file='/var/log/hs/two.log'/></serial></devices>"
sed -i s/console=ttyAMA0/console=ttyAMA1/ /tmp/two.xml # Linux has one PL011 as a console
check "create" hsctl create /tmp/two.xml
check "its second console" hsctl wait two --port 1 --console-regex 'guest: up' --timeout 60
check "is shown" sh -c "hsctl show two | grep -c '<console type=' | grep -x 2"
check "has a log of its own" sh -c "grep 'guest: up' /var/log/hs/two.log && ! hsctl logs two | grep 'guest: up'"
echo 'echo con""cord' | timeout 3 hsctl console two --port 1 >/dev/null 2>&1
check "takes what is typed" hsctl wait two --port 1 --console-regex 'concord' --timeout 10
check "for itself" sh -c "hsctl logs two --port 1 | grep concord && ! hsctl logs two | grep concord"
hsctl console two >/dev/null 2>&1 <&- &
first=$!
check "each has its own writer" sh -c "timeout 1 hsctl console two --port 1 </dev/null; [ \$? = 143 ]"
kill $first
refused 4 'VM two has no console of port 2; hsctl show two lists its consoles' hsctl console two --port 2
refused 4 'VM two has no console of port 3' hsctl logs two --port 3
refused 2 'port 4: consoles have ports 0 to 3' hsctl logs two --port 4
refused 2 'port goes with --console-regex' hsctl wait two --for running --port 1
check "kill" hsctl kill two
check "what it has shown stays" sh -c "hsctl logs two --port 1 | grep concord"
check "hsvm killed" sh -c "hsctl create /tmp/two.xml && hsctl wait two --port 1 --console-regex 'guest: up' --timeout 60 && kill -9 \$(cat /run/hs/two/pid)"
await 5 eval '[ "$(number two state)" = killed ]'
check "what it has shown outlived it" sh -c "hsctl logs two --port 1 | grep 'guest: up'"

say "quiet and verbose"
vm_xml talk idle.bin 16 1
equal "create says nothing" "" "$(hsctl create --quiet /tmp/talk.xml 2>&1)"
equal "list has no titles" "talk" "$(hsctl -q list | sed 's/ .*//')"
refused 4 '^hsctl: a VM named talk exists|exists already' hsctl -q create /tmp/talk.xml
check "kill, told" hsctl kill -v talk
equal "what was asked" "trace: talk kill: ok" "$(grep kill /tmp/check.out)"
check "create, told" hsctl -v create /tmp/talk.xml
equal "of the driver, by the VM's process" "trace: CREATE_VM talk: ok/trace: VM_LOAD kernel: ok/trace: VM_START: ok/trace: VM_SET_STATE running: ok/VM talk created/" \
	"$(grep -E 'CREATE_VM|VM_LOAD kernel|VM_START|VM_SET|created' /tmp/check.out | tr '\n' '/')"
refused 4 '^trace: CREATE_VM talk: File exists' hsctl --verbose create /tmp/talk.xml
refused 2 'no command -x' hsctl -q -x list
check "kill" hsctl kill talk

say "definitions"
vm_xml kept idle.bin 16 1
check "define" hsctl define /tmp/kept.xml
check "is shown, though it does not run" sh -c 'hsctl show kept >/tmp/shown.xml && hsctl validate /tmp/shown.xml'
uuid=$(sed -n 's#.*<uuid>\(.*\)</uuid>.*#\1#p' /tmp/shown.xml)
check "list --all" sh -c 'hsctl list --all | grep "^kept  *-  *defined  *none  *1  *16 MiB"'
equal "list --defined" "kept defined no" "$(hsctl list --defined --columns name,state,autostart --output plain | tr '\t' ' ')"
equal "not in list" "[]" "$(hsctl list --output json)"
refused 3 'VM kept is defined, but does not run: hsctl start kept' hsctl console kept
check "autostart" hsctl autostart kept
check "twice" hsctl autostart kept
check "start what is to start with dom0" hsctl start --autostart
equal "the same VM" "$uuid" "$(number kept uuid)"
equal "which list says" "kept running yes" "$(hsctl list --columns name,state,autostart --output plain | tr '\t' ' ')"
check "once is enough" sh -c 'hsctl start --autostart | grep "VM kept runs already"'
refused 4 'kept is in use|exists' hsctl start kept
refused 2 'start needs a VM, or --autostart' hsctl start
refused 2 'autostart goes without a VM' hsctl start --autostart --paused
check "define it anew while it runs" sh -c "sed 's#<vcpu>1#<vcpu>2#' /tmp/kept.xml >/tmp/kept2.xml && hsctl define /tmp/kept2.xml"
equal "it runs as it did" 1 "$(number kept vcpus)"
check "kill" hsctl kill kept
check "start, paused" hsctl start kept --paused
equal "now as it was defined" 2 "$(number kept vcpus)"
equal "with the UUID that it had" "$uuid" "$(number kept uuid)"
equal "and paused" paused "$(number kept state)"
check "kill" hsctl kill kept
check "no autostart" hsctl autostart kept --disable
equal "is seen" "kept no" "$(hsctl list --defined --columns name,autostart --output plain | tr '\t' ' ')"
sed "s#</name>#</name><uuid>00000000-0000-4000-8000-000000000001</uuid>#" /tmp/kept.xml >/tmp/kept3.xml
refused 4 'VM kept is defined with another UUID; hsctl undefine kept first' hsctl define /tmp/kept3.xml
refused 5 '1 error, VM not defined' sh -c "sed 's#<vcpu>1#<vcpu>x#' /tmp/kept.xml >/tmp/bad.xml; hsctl define /tmp/bad.xml"
refused 3 'no VM nobody is defined; hsctl list --defined' hsctl start nobody
refused 3 'no VM ../vms/kept is defined' hsctl undefine ../vms/kept
refused 3 'no VM nobody is defined' hsctl autostart nobody
rm /tmp/moved.bin 2>/dev/null
sed 's#/share/idle.bin#/tmp/moved.bin#; s#>kept#>gone#' /tmp/kept.xml >/tmp/gone.xml
check "its kernel need not be there yet" hsctl define /tmp/gone.xml
refused 5 'kernel /tmp/moved.bin: No such file' hsctl start gone
check "autostart" sh -c 'hsctl autostart gone && hsctl autostart kept'
refused 5 'kernel /tmp/moved.bin: No such file' hsctl start --autostart
equal "the other one has started" running "$(number kept state)"
check "undefine it" hsctl undefine kept
equal "it goes on" running "$(number kept state)"
check "undefine" hsctl undefine gone
equal "nothing is defined" "" "$(hsctl list --defined --output plain)"
check "kill" hsctl kill kept

say "create --dry-run --dtb"
check "writes the device tree" hsctl create --dry-run --dtb /tmp/guest.dtb /tmp/linux.xml
cp /tmp/check.out /tmp/dry.out
check "says where devices are" grep '^  console 0    0x009000000  SPI 1$' /tmp/dry.out
equal "that is one" d00dfeed "$(od -An -tx1 -N4 /tmp/guest.dtb | tr -d ' \n')"
refused 2 'dtb writes the device tree of --dry-run' hsctl create --dtb /tmp/guest.dtb /tmp/linux.xml
refused 1 '/absent/x: No such file' hsctl create --dry-run --dtb /absent/x /tmp/linux.xml
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
