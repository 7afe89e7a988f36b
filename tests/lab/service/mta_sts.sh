# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# postfix-mta-sts-resolver on the client: what Postfix would ask (socketmap, 127.0.0.1:8461), and the
# cache that `stripwatch policy import` reads. tests/lab/socketmap asks it.

mta_sts=$state/mta-sts

mta_sts_prepare() {
	mkdir -p "$mta_sts"
	cat >"$mta_sts/settings" <<-END
	host: 127.0.0.1
	port: 8461
	shutdown_timeout: 1
	cache:
	  type: sqlite
	  options:
	    filename: "$mta_sts/cache.db"
	default_zone:
	  strict_testing: false
	  timeout: 4
	END
}

mta_sts_start() {
	daemon client mta_sts env SSL_CERT_FILE="$state/ca.pem" mta-sts-daemon -c "$mta_sts/settings"
}

mta_sts_await() {
	await mta_sts "$lab/socketmap" no-such-domain.example
}
