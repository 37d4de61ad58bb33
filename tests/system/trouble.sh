# SPDX-License-Identifier: BSD-2-Clause
# Bad input and trouble: a clear message, the documented exit code, no leak.
# options: --cpus 1 --mem 1G --timeout 200
# kernels: 6.1-cloud
# broken by: in check_memory() of toolstack/hsvm/main.c, return at once
before=$(dom0_pages)
bad() { # NAME KERNEL: a VM file with that kernel
	echo "<domain type='hs'><name>bad</name><memory unit='MiB'>64</memory><os><kernel>$1</kernel></os></domain>" >/tmp/bad.xml
}

printf '\177ELF and more' >/tmp/elf
gzip -c /share/hello.bin >/tmp/gz
: >/tmp/empty
bad /tmp/elf
refused 5 'kernel /tmp/elf: an ELF file; use arch/arm64/boot/Image' hsctl create /tmp/bad.xml
bad /tmp/gz
refused 5 'compressed with gzip; run: gunzip < /tmp/gz > Image' hsctl create /tmp/bad.xml
bad /tmp
refused 5 'kernel /tmp: a directory, not a file' hsctl create /tmp/bad.xml
bad /tmp/empty
refused 5 'kernel /tmp/empty: the file is empty' hsctl create /tmp/bad.xml
bad /tmp/absent
refused 5 'kernel /tmp/absent: No such file' hsctl create /tmp/bad.xml
refused 5 '/tmp/none.xml: No such file' hsctl create /tmp/none.xml
refused 5 '/tmp: a directory' hsctl validate /tmp
equal "nothing was created" "" "$(hsctl list --output plain)"

vm_xml vm hello.bin 64 1
sed 's/vcpu/vcpuu/g' /tmp/vm.xml >/tmp/typo.xml
refused 5 'typo.xml:2: error: unknown element <vcpuu> in <domain> \(did you mean <vcpu>\?\)' \
	hsctl create /tmp/typo.xml
if [ -z "${SECURITY:-}" ]; then # devices are trusted then
	sed "s#</domain>#<launchSecurity type='hs-protected'/></domain>#" /tmp/vm.xml >/tmp/protected.xml
	refused 6 'cannot be protected: the hypervisor runs with dma=trusted' hsctl create /tmp/protected.xml
	check "but with --allow-dma" hsctl create --allow-dma --paused /tmp/protected.xml
	check "list says so" sh -c "hsctl list | grep 'protected (dma trusted)'"
	check "kill" hsctl kill vm
fi
vm_xml huge hello.bin 65536 1
refused 7 'the VM wants 65536 MiB; dom0 has' hsctl create /tmp/huge.xml
vm_xml tiny vmlinuz-6.1-cloud 16 1
refused 7 'do not fit into the VM.s memory' hsctl create /tmp/tiny.xml
refused 3 'no VM nobody; hsctl list shows' hsctl info nobody
refused 3 'no VM nobody' hsctl console nobody
check "others may list" /share/tool.static nobody hsctl list
refused 6 'permission denied: you may list VMs; for more you must be root, or in group hs' /share/tool.static nobody hsctl dmesg
chmod 600 /dev/hypctl
refused 6 '/dev/hypctl: permission denied: you must be root, or in group hs' /share/tool.static nobody hsctl list
chmod 664 /dev/hypctl
refused 5 'typo.xml: 1 error$' hsctl validate /tmp/typo.xml
refused 5 'typo.xml: 1 error, VM not created' hsctl create /tmp/typo.xml
check "errors as JSON" sh -c 'hsctl info nobody --output json 2>&1 | grep "^{\"error\":{\"code\":3,\"name\":\"no-such-vm\""'
refused 2 'no command frobnicate' hsctl frobnicate
refused 2 'list does not take --follow' hsctl list --follow
refused 2 'usage: hsctl kill VM' hsctl kill
refused 2 'give --for STATE or --console-regex RE' hsctl wait vm
equal "pages" "$before" "$(dom0_pages)"

say "a guest that panics"
CMDLINE="panic=0" vm_xml panics vmlinuz-6.1-cloud 256 1 "<on_crash>preserve</on_crash>"
sed -i 's#<initrd>.*</initrd>##' /tmp/panics.xml # no root file system at all
check "create" hsctl create /tmp/panics.xml
check "it is seen as crashed" hsctl wait panics --for crashed --timeout 60
equal "with the reason" "the guest's kernel panicked" "$(number panics reason)"
check "logs have the panic" sh -c 'hsctl logs panics | grep "Kernel panic - not syncing"'
check "kill" hsctl kill panics
equal "pages" "$before" "$(dom0_pages)"

say "dom0 has no memory left while a guest touches its own"
vm_xml fill fill.bin 512 1
check "create, paused" hsctl create --paused /tmp/fill.xml
free=$(awk '/MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
/share/tool.static eat $((free - 200)) >/tmp/eaten &
eater=$!
echo -900 >/proc/$eater/oom_score_adj
await 5 grep eaten /tmp/eaten
check "resume" hsctl resume fill
await 20 eval '[ "$(number fill state)" != running ]'
state=$(number fill state)
say "state $state: $(number fill reason)"
check "the VM is paused or killed, not dom0" test "$state" = paused -o "$state" = killed
check "hsctl survives" hsctl list
kill $eater
[ "$state" = killed ] || check "kill" hsctl kill fill
wait
await 5 eval '[ "$(dom0_pages)" = "$before" ]'
equal "pages" "$before" "$(dom0_pages)"
finish
