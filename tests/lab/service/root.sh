# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# The file systems of the mail servers: an overlay over / for each host and server, with what `roots`
# installed. What a server writes is in $state. /etc/lab has the certificates: NAME.pem is key and
# certificate of the receiver of that name.

root_places="sender-postfix sender-exim receiver-postfix receiver-exim receiver-opensmtpd"

root_prepare() {
	for place in $root_places; do
		root_mount "${place%%-*}" "${place#*-}" "$state/root/$place"
	done
}

root_mount() { # HOST MTA FOLDER
	mkdir -p "$3/work" "$3/mounted"
	cp -a "$roots/$2" "$3/upper"
	mount -t overlay overlay -o "lowerdir=/,upperdir=$3/upper,workdir=$3/work" "$3/mounted"
	root_fill "$1" "$3/mounted"
	mount -t proc proc "$3/mounted/proc"
	mount --bind /dev "$3/mounted/dev"
}

root_fill() { # HOST FOLDER
	rm -f "$2/etc/resolv.conf"
	path_resolver >"$2/etc/resolv.conf"
	echo "127.0.0.1 localhost" >"$2/etc/hosts"
	echo "$1.example" >"$2/etc/mailname"
	mkdir -p "$2/etc/lab"
	cp "$state/ca.pem" "$2/etc/lab/ca.pem"
	[ "$1" = receiver ] || return 0
	for name in mx $(receivers | awk '{ print $1 }'); do
		cat "$certificates/$name.key" "$certificates/$name.pem" >"$2/etc/lab/$name.pem"
	done
}

root_start() {
	:
}

root_await() {
	:
}
