# SPDX-License-Identifier: BSD-2-Clause
# dom0 powers off with VMs running: they are destroyed first, nothing hangs.
# options: --timeout 60
# broken by: in vm_stop() of dom0/driver/main.c, wait without setting dying
vm_xml busy busy.bin 32 1
vm_xml spin spin.bin 16 2
check "a VM that exits all the time" hsctl create /tmp/busy.xml
check "it runs" hsctl wait busy --console-regex 'busy: running' --timeout 20
check "a VM that never exits" hsctl create /tmp/spin.xml
check "it runs" hsctl wait spin --console-regex 'spin: looping' --timeout 20
equal "two VMs" 2 "$(hsctl list --output plain | wc -l)"
finish
