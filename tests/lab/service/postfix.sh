# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# Postfix: one instance that sends, and one that receives at many addresses, each with a TLS of its
# own (the table "receivers"). Received mail is in $state/root/receiver-postfix/mounted/var/mail/lab.

postfix_main() { # HOST
	cat <<-END
	compatibility_level = 3.7
	myhostname = postfix.$1.example
	maillog_file = /dev/stdout
	smtp_tls_CAfile = /etc/lab/ca.pem
	smtp_tls_loglevel = 1
	smtpd_tls_loglevel = 1
	alias_maps =
	local_recipient_maps =
	biff = no
	# Spaces in what the lab does, not in what the world does: a test waits for them.
	minimal_backoff_time = 1s
	maximal_backoff_time = 2s
	queue_run_delay = 1s
	transport_retry_time = 1s
	smtp_starttls_timeout = 5s
	smtp_connect_timeout = 5s
	smtp_helo_timeout = 10s
	END
}

# A message, a connection. How much TLS is asked for, the sender's local part says: see "send".
postfix_sender() {
	cat <<-END
	inet_interfaces = 127.0.0.1
	mydestination =
	smtp_tls_security_level = may
	# Reports of failure are not looked at.
	transport_maps = inline:{ sender.example=discard: }
	smtp_connection_cache_on_demand = no
	default_destination_recipient_limit = 1
	sender_dependent_default_transport_maps = inline:{
	    { encrypt@sender.example = encrypt: }, { dane@sender.example = dane: },
	    { tls12@sender.example = tls12: }, { resume@sender.example = resume: } }
	smtp_tls_session_cache_database = btree:\$data_directory/smtp_scache
	END
}

postfix_receiver() {
	cat <<-END
	mynetworks = 127.0.0.1
	mydestination =
	virtual_mailbox_domains = static:all
	virtual_mailbox_maps = static:lab/
	virtual_mailbox_base = /var/mail
	virtual_uid_maps = static:$(id_of postfix u)
	virtual_gid_maps = static:$(id_of postfix g)
	virtual_minimum_uid = 1
	# Any number of connections from the one sender there is.
	smtpd_client_connection_count_limit = 0
	smtpd_tls_security_level = may
	END
}

id_of() { # USER u|g
	awk -F : -v user="$1" -v field="$([ "$2" = u ] && echo 3 || echo 4)" \
		'$1 == user { print $field }' "$(root_of receiver postfix)/etc/passwd"
}

postfix_services() {
	cat <<-END
	postlog unix-dgram n - n - 1 postlogd
	pickup unix n - n 60 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	proxymap unix - - n - - proxymap
	flush unix n - n 1000? 0 flush
	showq unix n - n - - showq
	error unix - - n - - error
	retry unix - - n - - error
	discard unix - - n - - discard
	local unix - n n - - local
	virtual unix - n n - - virtual
	scache unix - - n - 1 scache
	anvil unix - - n - 1 anvil
	END
}

# Only "resume" comes back to a session: the certificate is to be seen each time.
postfix_levels() {
	new="-o smtp_tls_session_cache_database="
	cat <<-END
	smtp unix - - n - - smtp $new
	encrypt unix - - n - - smtp $new -o smtp_tls_security_level=encrypt
	dane unix - - n - - smtp $new -o smtp_tls_security_level=dane -o smtp_dns_support_level=dnssec
	tls12 unix - - n - - smtp $new -o smtp_tls_protocols=TLSv1.2 -o smtp_tls_exclude_ciphers=aNULL
	resume unix - - n - - smtp
	END
}

postfix_tls() { # TLS CERTIFICATE
	chain="-o smtpd_tls_chain_files=/etc/lab/$2.pem"
	case $1 in
	1.3) echo "$chain -o smtpd_tls_protocols=TLSv1.3" ;;
	# At level "may" both sides would rather do without a certificate, were they let.
	1.2) echo "$chain -o smtpd_tls_protocols=TLSv1.2 -o smtpd_tls_exclude_ciphers=aNULL" ;;
	anonymous) echo "-o smtpd_tls_cert_file=none -o smtpd_tls_protocols=TLSv1.2" ;;
	none) echo "-o smtpd_tls_security_level=none" ;;
	*) echo "$chain" ;;
	esac
}

postfix_listen() { # ADDRESS ADDRESS6 TLS CERTIFICATE
	for address in "$1" "[$2]"; do
		echo "$address:25 inet n - n - - smtpd -o myhostname=mx.$4.example $(postfix_tls "$3" "$4")"
	done
}

postfix_listeners() {
	postfix_listen "10.77.0.$address_mx" "fd77::$address_mx" any mx
	receivers | while read -r name n mta tls _; do
		[ "$mta" = postfix ] || continue
		postfix_listen "10.77.$network_receiver.$n" "fd77:$network_receiver::$n" "$tls" "$name"
	done
}

postfix_prepare() {
	for host in sender receiver; do
		settings=$(root_of "$host" postfix)/etc/postfix
		{
			postfix_main "$host"
			"postfix_$host"
		} >"$settings/main.cf"
		postfix_services >"$settings/master.cf"
	done
	postfix_levels >>"$(root_of sender postfix)/etc/postfix/master.cf"
	postfix_listeners >>"$(root_of receiver postfix)/etc/postfix/master.cf"
	mkdir -p "$(root_of receiver postfix)/var/mail/lab"
	chown "$(id_of postfix u):$(id_of postfix g)" "$(root_of receiver postfix)/var/mail/lab"
}

postfix_start() {
	for host in sender receiver; do
		daemon "$host" "$host-postfix" chroot "$(root_of "$host" postfix)" postfix start-fg
	done
}

postfix_await() {
	for host in sender receiver; do
		await "$host-postfix" grep -q 'daemon started' "$log/$host-postfix"
	done
}
