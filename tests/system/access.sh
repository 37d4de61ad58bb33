# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# Who may do what, and what an hsvm that a guest has taken over could do.
# options: --cpus 1 --mem 1G --timeout 100
# kernels: 6.1-cloud
# broken by: in hypctl_ioctl() of dom0/driver/main.c, do not ask only_looks(); in main() of toolstack/hsvm/main.c, no sandbox_user(), or no sandbox_seal(); in start_hsvm() of toolstack/hsctl/create.c, no closefrom()
before=$(dom0_pages)
nobody="/share/tool.static nobody"
member="/share/tool.static member"
vm_xml web idle.bin 16 2 "<devices><console type='pty'><log file='/var/log/hs/web.log'/></console></devices>"
chmod 644 /tmp/web.xml
check "create" hsctl create /tmp/web.xml
check "it runs" hsctl wait web --console-regex 'idle: waiting' --timeout 10

say "who may only read"
check "list" $nobody hsctl list
check "info" $nobody hsctl info web
check "info of the host" $nobody hsctl info
check "mem" $nobody hsctl mem
check "top" $nobody hsctl top --interval 0.1
for c in "kill web" "pause web" "console web" "logs web" "reset web" "shutdown web" "why web" "show web" dmesg \
	"vcpu-pin web 0 0" "trigger web power" "dump-core web /tmp/x"; do
	refused 6 'ermission denied' $nobody hsctl $c
done
sed "s#>web<#>mine<#; s#web.log#mine.log#" /tmp/web.xml >/tmp/mine.xml
refused 6 'ermission denied' $nobody hsctl create /tmp/mine.xml
equal "nothing was created" web "$(hsctl list --output plain)"
equal "it runs" running "$(number web state)"

say "group hs"
check "pause" $member hsctl pause web
check "resume" $member hsctl resume web
check "logs" $member hsctl logs web
check "show" $member hsctl show web
check "why" $member hsctl why web
check "dmesg" $member hsctl dmesg
check "create" $member hsctl create /tmp/mine.xml
check "which root may end" hsctl kill mine
check "kill" $member sh -c "hsctl create /tmp/mine.xml && hsctl kill mine"

refused 6 'ermission denied' $nobody hsctl forget

say "hsvm"
pid=$(cat /run/hs/web/pid)
status() { sed -n "s/^$1:[^0-9a-f]*\([0-9a-f]*\).*/\1/p" "/proc/$pid/status"; }
equal "is user hs" 100 "$(status Uid)"
equal "in group hs" 100 "$(status Gid)"
equal "and in no other" "100" "$(sed -n 's/^Groups:[^0-9]*\(.*[0-9]\) *$/\1/p' /proc/$pid/status)"
equal "has no capabilities" 0000000000000000 "$(status CapEff)"
equal "nor can get them" 1 "$(status NoNewPrivs)"
for t in /proc/$pid/task/*; do
	equal "thread ${t##*/} has a filter of system calls" 2 "$(sed -n 's/^Seccomp:[^0-9]*//p' "$t/status")"
done
ls -l /proc/$pid/fd
equal "has nothing else open" "" "$(for f in /proc/$pid/fd/*; do readlink $f; done | grep -vE '^(/dev/null|/dev/hypctl|/run/hs/web|/var/log/hs/web.log|anon_inode:.*|socket:.*)$')"
equal "its log is for the group to read" "640 100 100" "$(stat -c '%a %u %g' /var/log/hs/web.log)"
equal "its sockets are for the group" "660 100" "$(stat -c '%a %g' /run/hs/web/control.sock)"
equal "nobody else sees them" 750 "$(stat -c %a /run/hs/web)"

say "a log that grows"
full() { head -c 2097152 /dev/zero >"$1"; chown hs "$1"; }
for i in 1 2 3; do echo $i >/var/log/hs/grows.log.$i; done
full /var/log/hs/grows.log
vm_xml grows idle.bin 16 1 "<devices><console type='pty'><log file='/var/log/hs/grows.log' append='on'/></console></devices>"
check "create" hsctl create /tmp/grows.xml
check "it says something" hsctl wait grows --console-regex 'idle: waiting' --timeout 10
check "that goes to the full one" sh -c 'tail -c 100 /var/log/hs/grows.log.1 | grep -a "waiting"'
check "reset" hsctl reset grows
await 5 [ -s /var/log/hs/grows.log ]
check "what comes then, to a new one" sh -c 'tail -1 /var/log/hs/grows.log | grep "waiting"'
equal "of hs" "640 100 100" "$(stat -c '%a %u %g' /var/log/hs/grows.log)"
equal "the oldest has gone" "1 2 " "$(cat /var/log/hs/grows.log.[23] | tr '\n' ' ')"
equal "three are kept" 4 "$(ls /var/log/hs/grows.log* | wc -l)"
check "kill" hsctl kill grows
mkdir -p /tmp/fixed
full /tmp/fixed/grows.log
sed -i "s#/var/log/hs#/tmp/fixed#" /tmp/grows.xml
check "where nothing can be renamed" hsctl create /tmp/grows.xml
await 5 [ ! -s /tmp/fixed/grows.log ]
equal "it begins anew" "grows.log 0" "$(cd /tmp/fixed; stat -c '%n %s' *)"
check "kill" hsctl kill grows

say "the filter"
check "what a VM needs is allowed" /share/sealed.static nothing
for call in execve socket executable_memory fork ptrace setuid tiocsti kill mount bpf; do
	/share/sealed.static $call >/tmp/out 2>&1
	equal "$call ends the process" 159 $?
done
check "reset, with the images read again" hsctl reset web
check "reset by a member" $member hsctl reset web
equal "it runs" running "$(number web state)"
check "kill" hsctl kill web
sed "s#/share/idle.bin#/tmp/secret.bin#" /tmp/web.xml >/tmp/hidden.xml
check "an image that hs cannot read" sh -c 'cp /share/idle.bin /tmp/secret.bin && chmod 600 /tmp/secret.bin'
refused 6 'kernel /tmp/secret.bin: Permission denied' hsctl create /tmp/hidden.xml
equal "pages" "$before" "$(dom0_pages)"
kernel_is_quiet
finish
