# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# For tests and benchmarks of the live sensor, beside lab/test.sh or lab/lab.sh: sensors by name, each
# on a host, with a hook, and with files of its own in $state/NAME: var/events.json, var/evidence, log. Policies as
# DOMAIN.txt in $state/policies are known to all.

program=$build/stripwatch
keys=$source_tree/tests/pcaps/keys

# LeakSanitizer wants to trace the process, which the daemon's sandbox forbids.
ASAN_OPTIONS=detect_leaks=0
export ASAN_OPTIONS

# Sanitizers cost so much that tests do less.
sanitized=
case $build in
*sanitize*) sanitized=yes ;;
esac

# Who sends and receives mail is not under test: the plain build's are quicker by far.
peers=$build/tools
[ -z "$sanitized" ] || [ ! -x "$source_tree/build/tools/mailload" ] ||
	peers=$source_tree/build/tools

# The first LINEs, if they are indented, are more of "policies".
sensor_config() { # NAME [LINE]...
	mkdir -p "$state/$1/var/evidence" "$state/policies"
	chown -R nobody "$state/$1/var"
	cat >"$state/$1/yml" <<-END
	sensor:
	  user: nobody
	  socket: $state/$1/var/socket
	evidence:
	  directory: $state/$1/var/evidence
	outputs:
	  - file: $state/$1/var/events.json
	rules: [$source_tree/rules]
	policies:
	  database: $state/$1/var/db
	  directory: $state/policies
	END
	sensor_yml=$state/$1/yml
	shift
	for sensor_line in "$@"; do
		printf '%s\n' "$sensor_line" >>"$sensor_yml"
	done
}

# False: it does not run, and its log says why.
sensor_start() { # NAME HOST HOOK [LINE]...
	sensor_name=$1 sensor_host=$2 sensor_hook=$3
	shift 3
	sensor_config "$sensor_name" "$@"
	setsid ip netns exec "sw-$LAB-$sensor_host" "$program" watch -c "$sensor_yml" \
		--hook "$sensor_hook" </dev/null >"$state/$sensor_name/out" 2>"$state/$sensor_name/log" &
	echo $! >"$state/$sensor_name/pid"
	sensor_tries=200
	until sensor_status "$sensor_name" >/dev/null 2>&1; do
		sensor_tries=$((sensor_tries - 1))
		if [ $sensor_tries -eq 0 ] || ! kill -0 "$(cat "$state/$sensor_name/pid")" 2>/dev/null; then
			return 1
		fi
		sleep 0.1
	done
}

sensor_status() { # NAME
	"$program" status --json --socket "$state/$1/var/socket"
}

# A number of a sensor's account, by its name, or by that of its object and its own.
account_number() { # JSON NAME [NAME]
	printf '%s\n' "$1" | sed -n "s/.*${3:+\"$2\":{[^\}]*}\"${3:-$2}\":\([0-9]*\).*/\1/p"
}

sensor_number() { # NAME NAME [NAME]
	sensor_account=$(sensor_status "$1")
	shift
	account_number "$sensor_account" "$@"
}

# Frames of all interfaces together: all of them, or those that one counter has.
sensor_frames() { # NAME [COUNTER]
	sensor_status "$1" | grep -o '"frames":{[^}]*}' | tr '{},' '\n' |
		awk -F '[":]+' -v only="${2:-}" 'NF == 3 && (only == "" ? $2 != "seen" : $2 == only) { n += $3 }
			END { print n + 0 }'
}

# Both processes: the one that keeps privileges and the one that judges.
sensor_processes() { # NAME
	sensor_keeper=$(cat "$state/$1/pid")
	echo "$sensor_keeper" "$(cat "/proc/$sensor_keeper/task/$sensor_keeper/children")"
}

# False: it did not end well.
sensor_stop() { # NAME
	sensor_keeper=$(cat "$state/$1/pid")
	kill -TERM "$sensor_keeper" && wait "$sensor_keeper"
}

# The file of what it tells.
sensor_told() { # NAME
	echo "$state/$1/var/events.json"
}

# What is wrong with the sensor itself; nothing, if all is well.
sensor_complaints() { # NAME
	grep -E 'Sanitizer|runtime error|killed by signal|lost' "$state/$1/log"
}

# How many documents of sessions say this of theirs, as JSON.
sensor_sessions() { # NAME [TEXT]
	grep -F '"dataset":"stripwatch.session"' "$state/$1/var/events.json" 2>/dev/null |
		grep -cF -- "${2:-}"
}

# The reason why sensors can't be tried here, if there is one.
sensor_obstacle() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "needs root (network namespaces, BPF)"
	elif ! command -v ip >/dev/null; then
		echo "ip is not here"
	elif ! ip netns add "sw-$LAB-trial" 2>/dev/null; then
		echo "no network namespaces here"
	else
		ip netns exec "sw-$LAB-trial" true 2>/dev/null ||
			echo "commands can't be run in network namespaces here"
		ip netns delete "sw-$LAB-trial"
	fi
}

# Two hosts, client and server, on a wire: 10.78.0.1 and .2, fd78::1 and ::2, each eth0.
sensor_wire() {
	mkdir -p "$state" "$log"
	for sensor_host in client server; do
		ip netns add "sw-$LAB-$sensor_host"
	done
	ip -n "sw-$LAB-client" link add eth0 type veth peer name eth0 netns "sw-$LAB-server"
	sensor_n=0
	for sensor_host in client server; do
		sensor_n=$((sensor_n + 1))
		ip -n "sw-$LAB-$sensor_host" link set lo up
		ip -n "sw-$LAB-$sensor_host" addr add "10.78.0.$sensor_n/24" dev eth0
		ip -n "sw-$LAB-$sensor_host" addr add "fd78::$sensor_n/64" dev eth0 nodad
		ip -n "sw-$LAB-$sensor_host" link set eth0 up
	done
}

# A mail server (tools/mailpeer) on a host; returns when it answers.
sensor_server() { # NAME HOST OPTION-OR-PORT...
	sensor_log=$1 sensor_host=$2
	shift 2
	sensor_options=
	while [ "${1#--}" != "$1" ]; do
		sensor_options="$sensor_options $1"
		shift
	done
	# shellcheck disable=SC2086
	daemon "$sensor_host" "$sensor_log" "$peers/mailpeer" serve $sensor_options \
		"$keys/mx.pem" "$keys/mx.key" "$@"
	await "mail server" grep -q '^ready' "$log/$sensor_log"
}
