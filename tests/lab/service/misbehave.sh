# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# tools/misbehave.c: policy hosts that do what nginx can't be brought to do, each at an address of its
# own on web.

misbehave_prepare() {
	cp "$build/tools/misbehave" "$state/misbehave"
}

misbehave_start() {
	n=$address_misbehave
	set --
	for misbehaviour in $misbehaviours; do
		set -- "$@" "$misbehaviour" "10.77.0.$n"
		n=$((n + 1))
	done
	daemon web misbehave "$state/misbehave" "$certificates/web.pem" "$certificates/web.key" "$@"
}

misbehave_await() {
	await misbehave grep -q ready "$log/misbehave"
}
