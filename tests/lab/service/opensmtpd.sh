# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# OpenSMTPD, that receives, into $state/root/receiver-opensmtpd/mounted/var/mail/lab. Its STARTTLS is
# offered and then fails: that of Debian 12 does not get on with OpenSSL 3. A server that honestly
# can't do what it says is worth having.

opensmtpd_settings() {
	receivers | awk -v network="$network_receiver" '$3 == "opensmtpd" {
		host = "mx." $1 ".example"
		printf "pki %s cert \"/etc/lab/%s.pem\"\n", host, $1
		printf "pki %s key \"/etc/lab/%s.key\"\n", host, $1
		printf "listen on 10.77.%s.%s tls pki %s hostname %s\n", network, $2, host, host
		printf "listen on fd77:%s::%s tls pki %s hostname %s\n", network, $2, host, host
	}'
	cat <<-END
	table everybody { "@" = "nobody" }
	action in maildir "/var/mail/lab" virtual <everybody>
	match from any for any action in
	END
}

opensmtpd_prepare() {
	root=$(root_of receiver opensmtpd)
	opensmtpd_settings >"$root/etc/smtpd.conf"
	for name in $(receivers | awk '$3 == "opensmtpd" { print $1 }'); do
		install -m 600 "$certificates/$name.key" "$root/etc/lab/$name.key"
	done
	mkdir -p "$root/var/mail/lab"
	chroot "$root" chown nobody: /var/mail/lab
}

opensmtpd_start() {
	daemon receiver receiver-opensmtpd chroot "$(root_of receiver opensmtpd)" smtpd -d
}

opensmtpd_await() {
	await receiver-opensmtpd grep -q 'smtp: listen on\|info: OpenSMTPD .* starting' "$log/receiver-opensmtpd"
}
