# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# Exim (GnuTLS): one that sends, with a runner of its queue, and one that receives, into
# $state/root/receiver-exim/mounted/var/mail/lab.

exim_main() { # HOST
	cat <<-END
	primary_hostname = exim.$1.example
	domainlist local_domains =
	log_file_path = /var/log/exim4/%slog
	log_selector = +tls_certificate_verified +tls_sni
	add_environment =
	keep_environment =
	never_users =
	recipients_max = 0
	smtp_accept_max = 0
	message_size_limit = 0
	queue_run_max = 20
	END
}

# How much TLS is asked for, the sender's local part says: see "send". A message that is deferred is
# tried again after a second or two.
exim_sender() {
	cat <<-'END'
	local_interfaces = 127.0.0.1
	trusted_users = root
	untrusted_set_sender = *
	tls_advertise_hosts =
	begin routers
	# Reports of failure are not looked at.
	own:
	    driver = redirect
	    domains = sender.example
	    data = :blackhole:
	mx:
	    driver = dnslookup
	    transport = out
	    dnssec_request_domains = *
	    ignore_target_hosts = 127.0.0.0/8
	    no_more
	begin transports
	out:
	    driver = smtp
	    connect_timeout = 5s
	    command_timeout = 10s
	    tls_verify_certificates = /etc/lab/ca.pem
	    hosts_require_tls = ${if inlist{$sender_address_local_part}{encrypt:dane} {*}}
	    hosts_require_dane = ${if eq{$sender_address_local_part}{dane} {*}}
	    hosts_try_dane = ${if eq{$sender_address_local_part}{dane} {*}}
	    tls_require_ciphers = NORMAL${if eq{$sender_address_local_part}{tls12} {:-VERS-TLS1.3}}
	    tls_try_verify_hosts = *
	    tls_resumption_hosts = ${if eq{$sender_address_local_part}{resume} {*}}
	begin retry
	* * F,1h,1s
	END
}

exim_receiver() {
	receivers | awk -v network="$network_receiver" '$3 == "exim" {
		printf "local_interfaces = <; 10.77.%s.%s ; fd77:%s::%s\n", network, $2, network, $2
		printf "smtp_active_hostname = mx.%s.example\n", $1
		printf "tls_certificate = /etc/lab/%s.pem\n", $1
		printf "tls_privatekey = /etc/lab/%s.pem\n", $1
	}'
	cat <<-'END'
	daemon_smtp_ports = 25
	tls_advertise_hosts = *
	acl_smtp_rcpt = all
	acl_smtp_data = all
	begin acl
	all:
	    accept
	begin routers
	all:
	    driver = accept
	    transport = in
	begin transports
	in:
	    driver = appendfile
	    directory = /var/mail/lab
	    maildir_format
	    user = Debian-exim
	END
}

exim_prepare() {
	for host in sender receiver; do
		root=$(root_of "$host" exim)
		{
			exim_main "$host"
			"exim_$host"
		} >"$root/etc/exim4/exim4.conf"
		mkdir -p "$root/var/log/exim4" "$root/var/mail/lab" "$root/run/exim4"
		: >"$root/var/log/exim4/mainlog"
		ln -s "$root/var/log/exim4/mainlog" "$log/$host-exim"
		chroot "$root" chown -R Debian-exim: /var/log/exim4 /var/mail/lab /run/exim4
	done
}

exim_start() {
	daemon sender sender-exim chroot "$(root_of sender exim)" exim4 -bdf -q1s
	daemon receiver receiver-exim chroot "$(root_of receiver exim)" exim4 -bdf
}

exim_await() {
	for host in sender receiver; do
		await "$host-exim" grep -q 'daemon started' "$log/$host-exim"
	done
}
