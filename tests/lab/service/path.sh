# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# The way of the mail: sender and receiver, each in a network of its own, and path, the router between
# them and the switch. All that the sender says to a mail server, or to the DNS, passes there, on the
# interfaces "sender", "receiver" and "eth0" (the switch).

path_host() { # HOST NETWORK
	ip netns add "sw-$LAB-$1"
	ip -n "sw-$LAB-$1" link set lo up
	ip -n "sw-$LAB-path" link add "$1" type veth peer name eth0 netns "sw-$LAB-$1"
	ip -n "sw-$LAB-path" addr add "10.77.$2.1/24" dev "$1"
	ip -n "sw-$LAB-path" addr add "fd77:$2::1/64" dev "$1" nodad
	ip -n "sw-$LAB-path" link set "$1" up
	path_address "$1" "$2" 2
	ip -n "sw-$LAB-$1" link set eth0 up
	ip -n "sw-$LAB-$1" route add default via "10.77.$2.1"
	ip -n "sw-$LAB-$1" route add default via "fd77:$2::1"
}

path_address() { # HOST NETWORK N
	ip -n "sw-$LAB-$1" addr add "10.77.$2.$3/24" dev eth0
	ip -n "sw-$LAB-$1" addr add "fd77:$2::$3/64" dev eth0 nodad
}

path_prepare() {
	network_host path "$address_path"
	on path sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	path_host sender "$network_sender"
	path_host receiver "$network_receiver"
	for n in $(receivers | awk '{ print $2 }'); do
		path_address receiver "$network_receiver" "$n"
	done
	# The MX of all other domains, by its address on the switch.
	ip -n "sw-$LAB-receiver" addr add "10.77.0.$address_mx/32" dev eth0
	ip -n "sw-$LAB-receiver" addr add "fd77::$address_mx/128" dev eth0 nodad
	ip -n "sw-$LAB-path" route add "10.77.0.$address_mx/32" dev receiver
	ip -n "sw-$LAB-path" route add "fd77::$address_mx/128" dev receiver

	for host in dns web client; do
		for network in "$network_sender" "$network_receiver"; do
			ip -n "sw-$LAB-$host" route add "10.77.$network.0/24" via "10.77.0.$address_path"
			ip -n "sw-$LAB-$host" route add "fd77:$network::/64" via "fd77::$address_path"
		done
	done
	for host in $mail_hosts; do
		mkdir -p "/etc/netns/sw-$LAB-$host"
		path_resolver >"/etc/netns/sw-$LAB-$host/resolv.conf"
	done
}

# The client's resolver serves all; here its word is believed, as DANE needs.
path_resolver() {
	echo "nameserver 10.77.0.$address_client"
	echo "options trust-ad"
}

path_start() {
	:
}

path_await() {
	:
}
