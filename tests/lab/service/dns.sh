# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# Knot: the authoritative server of a small DNS of the lab's own, from a signed root down. Zones are
# signed when they are loaded, and anew with each change (tests/lab/zone).

zones=$state/dns

# Zones, and whether they are signed. The root and "example" are made here, the others of their files.
signed_zones=". example. _tcp.mx.dane-bogus.example. _mta-sts.bogus-record.example."
unsigned_zones="insecure.example."

# A digest that no key has.
wrong_ds="1 13 2 $(printf '%064d' 0)"

dns_settings() {
	cat <<-END
	server:
	    rundir: $zones
	    listen: [ 10.77.0.$address_dns@53, fd77::$address_dns@53 ]
	    udp-workers: 1
	    tcp-workers: 1
	    background-workers: 1
	log:
	  - target: stderr
	    any: info
	database:
	    storage: $zones/database
	    journal-db-max-size: 8M
	    kasp-db-max-size: 8M
	    timer-db-max-size: 8M
	control:
	    listen: $zones/control
	policy:
	  - id: lab
	    manual: on
	    single-type-signing: on
	    dnskey-ttl: 60
	    zone-max-ttl: 60
	template:
	  - id: default
	    storage: $zones
	    zonefile-sync: -1
	    zonefile-load: whole
	    journal-content: changes
	zone:
	END
	for zone in $signed_zones; do
		printf '  - domain: %s\n    file: zone-%s\n' "$zone" "$zone"
		printf '    dnssec-signing: on\n    dnssec-policy: lab\n'
	done
	for zone in $unsigned_zones; do
		printf '  - domain: %s\n    file: zone-%s\n' "$zone" "$zone"
	done
}

dns_head() { # ZONE
	# shellcheck disable=SC2016
	printf '$ORIGIN %s\n$TTL 60\n@ SOA ns.example. hostmaster.example. 1 3600 600 86400 30\n' "$1"
}

dns_fill_in() {
	sed -e "s/@mx-key@/$(certificate_key_digest mx)/" -e "s/@wrong-ds@/$wrong_ds/" \
		-e "s/@ca@/$(certificate_digest "$state/ca.pem")/"
}

# The records of the table's domains: MX, the record of MTA-STS, the policy host; of the two hundred
# also every third the one, the other, and no address for TLS reports.
dns_domains() {
	domains | awk -v web="$address_web" -v refused="$address_refused" -v dead="$dead" \
		-v mx="$address_mx" -v first="$address_misbehave" -v misbehaviours="$misbehaviours" \
		-v by_hand="$({
			cat "$lab/zones/example"
			dns_receivers
		} | awk '$2 == "MX" { printf "%s ", $1 }')" '
	BEGIN {
		n = split(misbehaviours, name)
		for (i = 1; i <= n; i++)
			at[name[i]] = first + i - 1
		at["web"] = web
		at["refused"] = refused
	}
	$1 ~ /^(insecure|dns-timeout|lame)$/ { next } # zones of their own
	index(by_hand, $1 " ") == 0 {
		printf "%s MX 10 mx.%s\n", $1, $1
		printf "mx.%s A 10.77.0.%d\nmx.%s AAAA fd77::%d\n", $1, mx, $1, mx
	}
	$2 == "ok" {
		id = $1
		gsub(/-/, "", id)
		printf "_mta-sts.%s TXT \"v=STSv1; id=%s1;\"\n", $1, id
	}
	$2 == "bad" { printf "_mta-sts.%s TXT \"v=STSv1; id=;\"\n", $1 }
	$3 == "dead" { printf "mta-sts.%s A %s\n", $1, dead }
	$3 in at { printf "mta-sts.%s A 10.77.0.%d\n", $1, at[$3] }
	$3 == "web" { printf "mta-sts.%s AAAA fd77::%d\n", $1, at[$3] }
	/^d[0-9][0-9][0-9] / && substr($1, 2) % 3 == 0 {
		printf "_smtp._tls.%s TXT \"v=TLSRPTv1; rua=mailto:tls@%s.example\"\n", $1, $1
	}
	/^d[0-9][0-9][0-9] / && substr($1, 2) % 3 == 1 {
		printf "_smtp._tls.%s TXT \"v=TLSRPTv1; rua=https://%s.example/tls\"\n", $1, $1
	}'
}

# The receivers' domains: NAME by both families, NAME-v4 and NAME-v6 by one.
dns_receivers() {
	receivers | while read -r name n _ _ policy; do
		for domain in "$name" "$name-v4" "$name-v6"; do
			echo "$domain MX 10 mx.$domain"
			[ "$policy" != dane ] ||
				echo "_25._tcp.mx.$domain TLSA 3 1 1 $(certificate_key_digest "$name")"
		done
		for domain in "$name" "$name-v4"; do
			echo "mx.$domain A 10.77.$network_receiver.$n"
		done
		for domain in "$name" "$name-v6"; do
			echo "mx.$domain AAAA fd77:$network_receiver::$n"
		done
	done
}

# More than a datagram holds: the answer comes by TCP.
dns_big_record() {
	echo '_mta-sts.big-record TXT "v=STSv1; id=bigrecord1;"'
	i=0
	while [ $i -lt 40 ]; do
		printf '_mta-sts.big-record TXT "verification-%02d=%080d"\n' $i 0
		i=$((i + 1))
	done
}

dns_zones() {
	{
		dns_head example.
		echo "@ NS ns"
		echo "ns A 10.77.0.$address_dns"
		echo "ns AAAA fd77::$address_dns"
		dns_domains
		dns_receivers
		dns_big_record
		dns_fill_in <"$lab/zones/example"
	} >"$zones/zone-example."
	for zone in $signed_zones $unsigned_zones; do
		if [ -f "$lab/zones/${zone%.}" ] && [ "$zone" != example. ]; then
			{
				dns_head "$zone"
				dns_fill_in <"$lab/zones/${zone%.}"
			} >"$zones/zone-$zone"
		fi
	done
	{
		dns_head .
		echo "@ NS ns.example."
		echo "ns.example. A 10.77.0.$address_dns"
		echo "ns.example. AAAA fd77::$address_dns"
		echo "example. NS ns.example."
		keymgr -c "$zones/settings" example. ds | grep ' 13 2 '
	} >"$zones/zone-."
}

dns_prepare() {
	mkdir -p "$zones/database"
	dns_settings >"$zones/settings"
	for zone in $signed_zones; do
		keymgr -c "$zones/settings" "$zone" generate algorithm=ECDSAP256SHA256 ksk=true zsk=true
	done >"$log/dns" 2>&1
	dns_zones
	keymgr -c "$zones/settings" . ds | grep ' 13 2 ' >"$state/trust-anchor"
}

dns_start() {
	daemon dns dns knotd -c "$zones/settings"
}

dns_await() {
	await dns on dns kdig +short +tcp +timeout=1 +retry=0 "@10.77.0.$address_dns" example. SOA
}
