# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# What all scripts of the lab share. They source it with $lab set to their own folder.
#
# LAB is the name of the lab (small letters and digits), so that several can stand side by side:
# its namespaces are sw-LAB-HOST, its files are all in $state, its resolver settings in
# /etc/netns/sw-LAB-*. There is nothing else to find or to remove. LAB_MAIL=1: with mail servers.

LAB=${LAB:-lab}
case $LAB in
*[!a-z0-9]* | '')
	echo "lab: LAB=$LAB: small letters and digits only" >&2
	exit 2
	;;
esac
LAB_MAIL=${LAB_MAIL:-}
BUILD=${BUILD:-build}
source_tree=$(cd "$lab/../.." && pwd)
case $BUILD in
/*) build=$BUILD ;;
*) build=$source_tree/$BUILD ;;
esac

state=/run/stripwatch-lab/$LAB
log=$state/log
# The mail servers, and where their file systems are kept for all labs (see roots).
mtas="postfix exim opensmtpd"
roots=/var/cache/stripwatch-lab

# Hosts: one namespace each, all on one switch. A host of the lab is 10.77.0.N and fd77::N.
hosts="dns web client"
address_dns=2
address_web=3
address_client=4
# Beside the first, of client: a name server that refuses every question.
address_lame=5
# Addresses beside the first, of web: a misbehaving policy host each, see service/misbehave.sh.
address_refused=10
address_misbehave=11 # and those after it, in the order of $misbehaviours
misbehaviours="slow endless headers silent hang reset truncated garbage plain"
# Where the mail servers of the domains will be.
address_mx=30
# The mail path (with LAB_MAIL=1): two networks and the router between them. The sender is 2 in its
# network, the router 1 in both and this on the switch; the receiver is 2 and the N of "receivers".
mail_hosts="sender path receiver"
network_sender=1
network_receiver=2
address_path=6
# A network behind dns that swallows everything: nobody answers, nothing is refused.
dead_network=10.77.9.0/24
dead_network6=fd77:9::/64
dead=10.77.9.9

say() {
	printf '== %s\n' "$*"
}

die() {
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

need_root() {
	[ "$(id -u)" -eq 0 ] || die "needs root"
}

namespace() { # HOST
	printf 'sw-%s-%s' "$LAB" "$1"
}

# Run a command on a host, with that host's network and resolv.conf.
on() { # HOST COMMAND...
	on_host=$1
	shift
	ip netns exec "sw-$LAB-$on_host" "$@"
}

# The file system that a mail server runs in: one a host and server.
root_of() { # HOST MTA
	printf '%s/root/%s-%s/mounted' "$state" "$1" "$2"
}

# Run a command on a host, within the file system of a mail server.
on_root() { # HOST MTA COMMAND...
	on_root_folder=$(root_of "$1" "$2")
	on_root_host=$1
	shift 2
	on "$on_root_host" chroot "$on_root_folder" "$@"
}

# Start a command on a host that stays; what it says goes to the log of its name.
daemon() { # HOST NAME COMMAND...
	daemon_host=$1
	daemon_name=$2
	shift 2
	setsid ip netns exec "sw-$LAB-$daemon_host" "$@" </dev/null >>"$log/$daemon_name" 2>&1 &
	echo $! >"$state/$daemon_name.pid"
}

# Wait until a command succeeds; give up after ten seconds.
await() { # NAME COMMAND...
	await_name=$1
	shift
	tries=200
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || die "$await_name does not answer"
		sleep 0.05
	done
}

# The rows of a table, without comments.
rows() { # FILE
	sed -e 's/[[:space:]]*#.*//' -e '/^$/d' "$1"
}

# The lab's table: rows of DOMAIN RECORD HOST OUTCOME RESULT-TYPE REASON.
domains() {
	rows "$lab/domains"
	"$lab/survey-domains"
	receivers | awk '{
		policy = $5 == "enforce" || $5 == "testing"
		for (i = split(" -v4 -v6", family, / /); i > 0; i--)
			print $1 family[i], policy ? "ok web " $5 " policy -" : "- none - no-record -"
	}'
}

# Where mail is received: rows of NAME N MTA TLS POLICY. None without mail.
receivers() {
	[ -z "$LAB_MAIL" ] || rows "$lab/receivers"
}
