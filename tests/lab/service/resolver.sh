# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# Unbound on the client: the validating resolver, with the lab's root as its trust anchor. On the
# loopback, where its word that an answer is authentic can be believed, and on the client's address,
# where it can't.

resolver=$state/resolver

resolver_prepare() {
	mkdir -p "$resolver"
	cat >"$resolver/hints" <<-END
	. NS ns.example.
	ns.example. A 10.77.0.$address_dns
	END
	cat >"$resolver/settings" <<-END
	server:
	    directory: "$resolver"
	    chroot: ""
	    username: ""
	    pidfile: ""
	    use-syslog: no
	    val-log-level: 2
	    interface: 127.0.0.1
	    interface: 10.77.0.$address_client
	    interface: 10.77.0.$address_lame
	    interface-action: 10.77.0.$address_lame refuse
	    interface-action: 10.77.0.$address_client allow
	    num-threads: 1
	    root-hints: "$resolver/hints"
	    trust-anchor-file: "$state/trust-anchor"
	    module-config: "validator iterator"
	    # Zones are changed under its feet (tests/lab/zone): nothing is to be inferred.
	    aggressive-nsec: no
	remote-control:
	    control-enable: yes
	    control-interface: "$resolver/control"
	    control-use-cert: no
	END
}

resolver_start() {
	daemon client resolver unbound -d -p -c "$resolver/settings"
}

resolver_await() {
	await resolver resolver_validates
}

resolver_validates() {
	on client kdig +timeout=1 +retry=0 @127.0.0.1 +adflag good.example. MX | grep -q 'Flags:.* ad'
}
