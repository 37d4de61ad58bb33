# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
# For scripts that run in dom0: checks, VM files, page counts. A script ends
# with `finish`.
failed=0
checks=0
failures=

say() { echo "# $*"; }
pass() { checks=$((checks + 1)); echo "ok   $*"; }
fail() {
	checks=$((checks + 1)) failed=$((failed + 1))
	failures="$failures
FAIL $*"
	echo "FAIL $*"
}

# check TEXT COMMAND...: the command must succeed
check() {
	text=$1
	shift
	if "$@" >/tmp/check.out 2>&1; then
		pass "$text"
	else
		fail "$text: status $?: $*"
		sed 's/^/     | /' /tmp/check.out
	fi
}

# refused CODE PATTERN COMMAND...: must exit with CODE and say PATTERN
refused() {
	code=$1 pattern=$2
	shift 2
	"$@" >/tmp/refused.out 2>&1
	status=$?
	if [ $status = "$code" ] && grep -qE -- "$pattern" /tmp/refused.out; then
		pass "refused with $code: $*"
	else
		fail "exit $status instead of $code, or no /$pattern/: $*"
		sed 's/^/     | /' /tmp/refused.out
	fi
}

# equal TEXT EXPECTED ACTUAL
equal() {
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1: expected '$2', got '$3'"; fi
}

# vm_xml NAME KERNEL MIB VCPUS [MORE]: writes /tmp/NAME.xml, with $SECURITY
vm_xml() {
	{
		echo "<domain type='hs'><name>$1</name><memory unit='MiB'>$3</memory>"
		echo "<vcpu>$4</vcpu><os><kernel>/share/$2</kernel>"
		case $2 in
		vmlinuz*)
			echo "<initrd>/share/initrd.img</initrd>"
			echo "<cmdline>console=ttyAMA0 quiet cryptomgr.notests ${CMDLINE:-panic=-1}</cmdline>"
			;;
		esac
		echo "</os>${SECURITY:+<launchSecurity type='$SECURITY'/>}${5:-}</domain>"
	} >"/tmp/$1.xml"
}

# await SECONDS COMMAND... (or eval 'LINE'): until it succeeds; false: it has not in that time. It looks less and less
# often, down to every quarter of a second: a look takes CPU from what is waited for.
await() {
	left=$(($1 * 20)) step=1
	shift
	while ! "$@" >/dev/null 2>&1; do
		[ $left -gt 0 ] || return 1
		usleep $((step * 50000))
		left=$((left - step))
		[ $step -ge 5 ] || step=$((step + 1))
	done
}

# How often the console of a VM has shown a line: shown VM REGEX
shown() { hsctl logs "$1" | grep -c -- "$2"; }
# shows VM REGEX N [SECONDS]: waits until it has shown it N times, and no more. It follows the console: to look again
# and again would take more CPU than a boot.
shows() {
	rm -f /tmp/console
	mkfifo /tmp/console
	hsctl logs "$1" --follow >/tmp/console 2>/dev/null &
	follower=$!
	timeout "${4:-30}" grep -m "$3" -- "$2" </tmp/console >/dev/null
	kill $follower 2>/dev/null
	wait $follower 2>/dev/null
	[ "$(shown "$1" "$2")" = "$3" ]
}

# Pages that dom0 owns, as the hypervisor counts them,
# or something that is never equal
dom0_pages() {
	hsctl info --output json | sed -n 's/.*"dom0_pages":\([0-9]*\).*/\1/p' | grep . || cat /proc/sys/kernel/random/uuid
}

# number NAME FIELD: a field of info's JSON
number() { hsctl info "$1" --output json | sed "s/.*\"$2\":\"\{0,1\}\([^,\"]*\).*/\1/"; }

# What kernels say when something is wrong below them.
kernel_is_quiet() {
	if dmesg | grep -iE 'BUG:|WARNING:|Oops|stall|lockup|not reclaimed|page allocation failure'; then
		fail "dom0's kernel complained"
	else
		pass "dom0's kernel has nothing to say"
	fi
}

# What has failed stands at the end, too: Meson shows only the last lines.
finish() {
	[ $failed = 0 ] || echo "# again:$failures"
	say "$checks checks, $failed failed"
	[ $failed = 0 ]
	exit
}
