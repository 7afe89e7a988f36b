# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=sh
#
# The lab's certification authority ($state/ca.pem), and the certificates that policy hosts and mail
# servers show, good and bad. All have fixed dates.

certificates=$state/certificate

# What `openssl ca` needs to know: it alone of openssl's commands takes dates in the past.
certificate_settings() { # AUTHORITY
	cat <<-END
	[ca]
	default_ca = lab
	[lab]
	certificate = $certificates/$1.pem
	private_key = $certificates/$1.key
	database = $certificates/index
	new_certs_dir = $certificates/issued
	rand_serial = yes
	unique_subject = no
	default_md = sha256
	policy = any
	[any]
	commonName = supplied
	END
}

certificate_key() { # NAME [ALGORITHM]
	case ${2:-EC} in
	EC) set -- "$1" EC ec_paramgen_curve:P-256 ;;
	RSA) set -- "$1" RSA rsa_keygen_bits:2048 ;;
	esac
	openssl genpkey -algorithm "$2" -pkeyopt "$3" -out "$certificates/$1.key"
}

certificate_authority() { # NAME
	certificate_settings "$1" >"$certificates/$1.settings"
	certificate_key "$1"
	openssl req -new -x509 -key "$certificates/$1.key" -days 7300 -out "$certificates/$1.pem" \
		-subj "/CN=stripwatch lab $1" -addext keyUsage=critical,keyCertSign,cRLSign
}

# A certificate NAME.pem for the key KEY.key. NAMES: subjectAltName; "": none at all.
certificate_issue() { # AUTHORITY NAME KEY NAMES [OPTION OF openssl ca...]
	issue_authority=$1
	issue_name=$2
	issue_key=$3
	shift
	{
		echo "basicConstraints = critical,CA:false"
		echo "extendedKeyUsage = serverAuth"
		[ -z "$3" ] || echo "subjectAltName = $3"
	} >"$certificates/$issue_name.extensions"
	issue_subject=${3:-DNS:mta-sts.$issue_name.example}
	issue_subject=${issue_subject%%,*}
	shift 3
	openssl req -new -key "$certificates/$issue_key.key" -out "$certificates/$issue_name.csr" \
		-subj "/CN=${issue_subject#DNS:}"
	openssl ca -batch -notext -config "$certificates/$issue_authority.settings" \
		-startdate 20250101000000Z -enddate 20450101000000Z \
		-extfile "$certificates/$issue_name.extensions" \
		-in "$certificates/$issue_name.csr" -out "$certificates/$issue_name.pem" "$@"
}

# Names of the policy hosts whose certificate is as it should be, as a subjectAltName.
certificate_good_names() {
	domains | awk '
		$4 ~ /^(wrong-name|cn-only|expired|not-yet|unknown-ca|self-signed|wildcard)$/ { next }
		$3 != "none" { printf "%sDNS:mta-sts.%s.example", n++ ? "," : "", $1 }'
}

# Each of the receivers has a key of its own.
certificate_receivers() {
	receivers | while read -r name _ _ tls _; do
		case $tls in
		rsa) certificate_key "$name" RSA ;;
		*) certificate_key "$name" ;;
		esac
		case $tls in
		other-name) names=DNS:mx.elsewhere.example ;;
		*) names=DNS:mx.$name.example,DNS:mx.$name-v4.example,DNS:mx.$name-v6.example ;;
		esac
		certificate_issue ca "$name" "$name" "$names"
	done
}

certificate_all() {
	: >"$certificates/index"
	certificate_authority ca
	certificate_authority unknown
	certificate_key web
	certificate_key mx
	certificate_issue ca web web "$(certificate_good_names)"
	certificate_issue ca wildcard web "DNS:*.wildcard.example"
	certificate_issue ca wrong-name web "DNS:other.provider.example"
	certificate_issue ca cn-only web ""
	certificate_issue ca expired web "DNS:mta-sts.expired.example" -enddate 20250201000000Z
	certificate_issue ca not-yet web "DNS:mta-sts.not-yet.example" -startdate 20440101000000Z
	certificate_issue unknown unknown-ca web "DNS:mta-sts.unknown-ca.example"
	certificate_issue ca mx mx \
		"DNS:mx.dane.example,DNS:mx.dane-ta.example,DNS:mx.good.example,DNS:mx.testing.example"
	certificate_receivers
	openssl req -new -x509 -key "$certificates/web.key" -days 7300 \
		-subj /CN=mta-sts.self-signed.example -addext basicConstraints=critical,CA:false \
		-addext subjectAltName=DNS:mta-sts.self-signed.example \
		-out "$certificates/self-signed.pem"
	cp "$certificates/ca.pem" "$state/ca.pem"
}

certificate_prepare() {
	mkdir -p "$certificates/issued"
	chmod 700 "$certificates"
	certificate_all >"$log/certificate" 2>&1
}

certificate_start() {
	:
}

certificate_await() {
	:
}

# SHA-256 of a key (SubjectPublicKeyInfo), and of a certificate, as TLSA records have them.
certificate_key_digest() { # NAME
	openssl pkey -in "$certificates/$1.key" -pubout -outform DER | openssl sha256 -r | cut -d' ' -f1
}

certificate_digest() { # FILE
	openssl x509 -in "$1" -outform DER | openssl sha256 -r | cut -d' ' -f1
}
