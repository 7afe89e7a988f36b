# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# Namespaces and addresses. The switch (a bridge) has a namespace of its own, hub: nothing of the lab
# is seen from the machine's own network, nor the other way round.

network_host() { # HOST N
	ip netns add "sw-$LAB-$1"
	ip -n "sw-$LAB-$1" link set lo up
	ip -n "sw-$LAB-hub" link add "$1" type veth peer name eth0 netns "sw-$LAB-$1"
	ip -n "sw-$LAB-hub" link set "$1" master switch up
	network_address "$1" "$2"
	ip -n "sw-$LAB-$1" link set eth0 up
}

# nodad: an address can be used at once, without looking for others that have it.
network_address() { # HOST N
	ip -n "sw-$LAB-$1" addr add "10.77.0.$2/24" dev eth0
	ip -n "sw-$LAB-$1" addr add "fd77::$2/64" dev eth0 nodad
}

network_prepare() {
	ip netns add "sw-$LAB-hub"
	ip -n "sw-$LAB-hub" link add switch type bridge
	ip -n "sw-$LAB-hub" link set switch up
	network_host dns "$address_dns"
	network_host web "$address_web"
	network_host client "$address_client"

	network_address client "$address_lame"
	network_address web "$address_refused"
	n=$address_misbehave
	for _ in $misbehaviours; do
		network_address web "$n"
		n=$((n + 1))
	done

	# A blackhole of one's own says "invalid argument" at once: it must be another host's.
	on dns sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ip -n "sw-$LAB-dns" route add blackhole "$dead_network"
	ip -n "sw-$LAB-dns" route add blackhole "$dead_network6"
	for host in web client; do
		ip -n "sw-$LAB-$host" route add "$dead_network" via "10.77.0.$address_dns"
		ip -n "sw-$LAB-$host" route add "$dead_network6" via "fd77::$address_dns"
	done
	for host in $hosts; do
		mkdir -p "/etc/netns/sw-$LAB-$host"
		echo "nameserver 127.0.0.1" >"/etc/netns/sw-$LAB-$host/resolv.conf"
	done
}

network_start() {
	:
}

network_await() {
	:
}
