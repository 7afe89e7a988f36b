# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# For tests that need the lab: sourced by tests/check-lab-*, which speak TAP. Each has a lab of its
# own, which is gone when the test ends, however it ends.

lab=$(cd "$(dirname "$0")/lab" && pwd)
LAB=check$$
export LAB
. "$lab/lab.sh"
tests=0

skip_all() { # WHY
	echo "ok 1 - $(basename "$0") # SKIP $1"
	echo "1..1"
	exit 0
}

ok() { # WHAT
	tests=$((tests + 1))
	echo "ok $tests - $1"
}

not_ok() { # WHAT [TEXT THAT TELLS]
	tests=$((tests + 1))
	echo "not ok $tests - $1"
	[ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/# /'
}

# The command succeeds; what it says is shown if it does not.
succeeds() { # WHAT COMMAND...
	succeeds_what=$1
	shift
	if said=$("$@" 2>&1); then
		ok "$succeeds_what"
	else
		not_ok "$succeeds_what" "$* failed: $said"
	fi
}

# TEXT matches the extended regular expression, as a whole.
matches() { # WHAT PATTERN TEXT
	matches_line=$(printf '%s' "$3" | tr '\n' ' ')
	if printf '%s\n' "$matches_line" | grep -qxE "$2"; then
		ok "$1"
	else
		not_ok "$1" "wanted: $2
got: $3"
	fi
}

at_most() { # WHAT BOUND NUMBER
	if [ -n "$3" ] && [ "$3" -le "$2" ]; then
		ok "$1"
	else
		not_ok "$1" "wanted: at most $2, got: $3"
	fi
}

milliseconds() {
	date +%s%3N
}

# Make the lab, or end the test with the reason why it can't be made here.
lab_up() {
	[ "$(id -u)" -eq 0 ] || skip_all "needs root (network namespaces)"
	lab_missing=$("$lab/install" --check) || skip_all "$lab_missing (tests/lab/install)"
	[ -z "$LAB_MAIL" ] || lab_missing=$("$lab/roots" --check) ||
		skip_all "$lab_missing (tests/lab/install; overlays may not be possible here)"
	ip netns add "sw-$LAB-hub" 2>/dev/null || skip_all "no network namespaces here"
	if ! lab_refused=$(ip netns exec "sw-$LAB-hub" true 2>&1); then
		ip netns delete "sw-$LAB-hub"
		skip_all "commands can't be run in network namespaces here: $lab_refused"
	fi
	ip netns delete "sw-$LAB-hub"
	trap '"$lab/down"' EXIT
	trap 'exit 1' HUP INT TERM
	if ! said=$("$lab/up" 2>&1); then
		not_ok "the lab stands" "$said"
		exit 1
	fi
}

# Wait until no connection of the sender to a mail server is open any more.
await_mail_over() {
	await "end of the sessions" mail_is_over
}

mail_is_over() {
	! on sender ss -Htn state connected exclude time-wait dport = 25 | grep -q .
}

# What can be found of the lab on this machine; nothing after lab_down.
lab_traces() {
	ip netns list | grep "sw-$LAB-"
	grep "sw-$LAB-\|stripwatch-lab/$LAB" /proc/mounts
	for file in "/run/stripwatch-lab/$LAB" "/etc/netns/sw-$LAB-"*; do
		[ ! -e "$file" ] || echo "$file"
	done
	grep -l "stripwatch-lab/$LAB" /proc/[0-9]*/cmdline 2>/dev/null
	return 0
}

done_testing() {
	echo "1..$tests"
}
