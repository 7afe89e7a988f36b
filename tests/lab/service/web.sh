# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# nginx: the policy hosts that misbehave no more than nginx can (status, media type, certificate), and
# those that do not misbehave.

web=$state/web

# The policies, by the kinds that the table "domains" names.
web_policy() { # KIND DOMAIN
	case $1 in
	enforce | testing | none)
		printf 'version: STSv1\nmode: %s\nmx: mx.%s\nmax_age: 604800\n' "$1" "$2"
		;;
	crlf) web_policy enforce "$2" | sed 's/$/\r/' ;;
	bad-mode) printf 'version: STSv1\nmode: please\nmx: mx.%s\nmax_age: 604800\n' "$2" ;;
	no-mx) printf 'version: STSv1\nmode: enforce\nmax_age: 604800\n' ;;
	empty) ;;
	largest) web_padded 65536 "$2" ;;
	huge) web_padded 65537 "$2" ;;
	*) web_policy enforce "$2" ;; # what is wrong is not in the policy
	esac
}

# A valid policy of exactly BYTES.
web_padded() { # BYTES DOMAIN
	{
		web_policy enforce "$2"
		printf 'padding: '
		head -c "$1" /dev/zero | tr '\0' x
	} | head -c "$1"
}

web_files() {
	domains | while read -r name _ address kind _; do
		case $address:$kind in
		*:- | *:404) continue ;;
		web:* | zone:*) ;;
		*) continue ;;
		esac
		mkdir -p "$web/www/mta-sts.$name.example/.well-known"
		web_policy "$kind" "$name.example" >"$web/www/mta-sts.$name.example/.well-known/mta-sts.txt"
	done
}

# A host that is not like the others: by its certificate, or by what it says.
web_host() { # NAMES CERTIFICATE STATEMENTS
	[ -n "$1" ] || return 0
	cat <<-END
	    server {
	        listen 10.77.0.$address_web:443 ssl;
	        listen [fd77::$address_web]:443 ssl;
	        server_name $1;
	        ssl_certificate $certificates/$2.pem;
	        root $web/www/\$host;
	        $3
	    }
	END
}

web_names() { # KIND: the policy hosts of that kind
	domains | awk -v kind="$1" '$4 == kind { printf "mta-sts.%s.example ", $1 }'
}

web_settings() {
	cat <<-END
	user www-data;
	worker_processes 1;
	daemon off;
	pid $web/pid;
	error_log $log/web info;
	events { }
	http {
	    # One line a request: the host, what it was answered, who asked.
	    log_format lab '\$host \$status \$http_user_agent';
	    access_log $log/web-requests lab;
	    client_body_temp_path $web/client_body;
	    proxy_temp_path $web/proxy;
	    fastcgi_temp_path $web/fastcgi;
	    uwsgi_temp_path $web/uwsgi;
	    scgi_temp_path $web/scgi;
	    default_type text/plain;
	    ssl_certificate_key $certificates/web.key;
	    server_names_hash_bucket_size 128;
	    # Who does not say which host is meant gets a certificate for another.
	    server {
	        listen 10.77.0.$address_web:443 ssl default_server;
	        listen [fd77::$address_web]:443 ssl default_server;
	        ssl_certificate $certificates/wrong-name.pem;
	        return 421;
	    }
	END
	web_host "mta-sts.*" web ""
	web_host "$(web_names 503)" web "return 503;"
	web_host "$(web_names redirect)" web \
		"return 301 https://mta-sts.redirect-target.example/.well-known/mta-sts.txt;"
	web_host "$(web_names html)" web "default_type text/html;"
	for fault in wildcard wrong-name cn-only expired not-yet unknown-ca self-signed; do
		web_host "$(web_names $fault)" $fault ""
	done
	echo "}"
}

web_prepare() {
	mkdir -p "$web"
	web_files
	web_settings >"$web/settings"
}

web_start() {
	daemon web web nginx -c "$web/settings"
}

web_await() {
	await web test -s "$web/pid"
}
