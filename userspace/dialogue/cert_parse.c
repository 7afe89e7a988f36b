// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/cert_parse.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/text.h"

/* Longest distinguished name that is kept; honest ones have some hundred bytes. */
#define NAME_TEXT_MAX 1024

/* Longest part of a name, and longest SAN, that is kept: a host name has at most 253. */
#define PART_TEXT_MAX 253

#define RSA_BITS_MIN 2048
#define EC_BITS_MIN  224

/*
 * The dearest verification: RSA with 16384 bits and the exponent 65537 (17 bits), about a
 * millisecond. Squaring costs the square of the modulus, and there is one for each bit of the
 * exponent. FIPS 186-4 knows no DSA key beyond 3072 bits, and curves are far below.
 */
#define RSA_BITS_MAX   16384
#define RSA_COST_MAX   ((uint64_t)RSA_BITS_MAX * RSA_BITS_MAX * 17)
#define OTHER_BITS_MAX 3072

enum der_tag {
	DER_INTEGER = 0x02,
	DER_SEQUENCE = 0x30,
	DER_VERSION = 0xa0, /* [0] EXPLICIT */
};

/* One element with this tag off the front: all of it into @whole, its inside into @content. */
static bool der_take(
	struct bytes *from, enum der_tag tag, struct bytes *whole, struct bytes *content)
{
	struct bytes rest = *from;
	uint8_t got, first;
	uint32_t length;

	if (!bytes_u8(&rest, &got) || got != tag || !bytes_u8(&rest, &first))
		return false;
	length = first;
	if (first == 0x80 || first > 0x84) /* indefinite, or longer than anything here */
		return false;
	if (first > 0x80 && !bytes_uint(&rest, first & 0x7f, &length))
		return false;
	if (!bytes_take(&rest, length, content))
		return false;
	*whole = bytes_of(from->p, from->n - rest.n);
	*from = rest;
	return true;
}

/* RFC 5280 4.1. */
bool cert_der_take(struct bytes *from, struct cert_der *out)
{
	struct bytes rest = *from, whole, certificate, tbs, skipped;
	struct cert_der parts;

	if (!der_take(&rest, DER_SEQUENCE, &whole, &certificate) ||
		!der_take(&certificate, DER_SEQUENCE, &whole, &tbs))
		return false;
	der_take(&tbs, DER_VERSION, &whole, &skipped);             /* version 1 has none */
	if (!der_take(&tbs, DER_INTEGER, &whole, &skipped) ||      /* serial number */
		!der_take(&tbs, DER_SEQUENCE, &whole, &skipped) || /* signature algorithm */
		!der_take(&tbs, DER_SEQUENCE, &whole, &skipped) || /* issuer */
		!der_take(&tbs, DER_SEQUENCE, &whole, &skipped) || /* validity */
		!der_take(&tbs, DER_SEQUENCE, &parts.subject, &skipped) ||
		!der_take(&tbs, DER_SEQUENCE, &parts.spki, &skipped))
		return false;
	*from = rest;
	*out = parts;
	return true;
}

/* RFC 4514; all that is not printable ASCII stands there as \HH, as the RFC allows. */
static char *name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text = { 0 };
	char *data = NULL;
	size_t n;

	X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253);
	n = (size_t)BIO_get_mem_data(bio, &data);
	text_add(&text, bytes_of(data, n < NAME_TEXT_MAX ? n : NAME_TEXT_MAX));
	if (n > NAME_TEXT_MAX)
		text_puts(&text, "...");
	BIO_free(bio);
	return text.s;
}

static struct bytes string_bytes(const ASN1_STRING *s)
{
	int n = ASN1_STRING_length(s);

	return bytes_of(ASN1_STRING_get0_data(s), n > 0 ? (size_t)n : 0);
}

/* The last, most specific part of this kind, printable, or NULL. */
static char *name_part(const X509_NAME *name, int nid)
{
	int at = -1, last = -1, n;
	unsigned char *utf8 = NULL;
	char *out;

	while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		last = at;
	if (last < 0)
		return NULL;
	n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
	if (n < 0)
		return NULL;
	out = text_printable_string(bytes_of(utf8, (size_t)n), PART_TEXT_MAX);
	OPENSSL_free(utf8);
	return out;
}

static char *dns_name(struct bytes raw)
{
	char *out = text_printable_string(raw, PART_TEXT_MAX);

	for (char *c = out; *c; c++)
		*c = text_lower(*c);
	return out;
}

static char *ip_name(struct bytes raw)
{
	struct addr addr = { .length = (uint8_t)raw.n };
	char out[ADDR_TEXT];

	if (raw.n != 4 && raw.n != 16)
		return NULL;
	memcpy(addr.ip, raw.p, raw.n);
	return mem_strdup(addr_format(&addr, out));
}

/* RFC 5280 4.2.1.6. */
static void fill_names(struct cert *cert, const X509 *x)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	size_t dns_room = 0, ip_room = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		char *ip;

		cert->names_cut = cert->dns_count + cert->ip_count == CERT_NAMES_MAX;
		if (cert->names_cut)
			break;
		if (name->type == GEN_DNS) {
			cert->dns_names = mem_grow(
				cert->dns_names, cert->dns_count, &dns_room, sizeof(char *));
			cert->dns_names[cert->dns_count++] =
				dns_name(string_bytes(name->d.dNSName));
		} else if (name->type == GEN_IPADD &&
			   (ip = ip_name(string_bytes(name->d.iPAddress)))) {
			cert->ip_names =
				mem_grow(cert->ip_names, cert->ip_count, &ip_room, sizeof(char *));
			cert->ip_names[cert->ip_count++] = ip;
		}
	}
	GENERAL_NAMES_free(names);
}

char *cert_serial(const ASN1_INTEGER *serial)
{
	struct bytes b = string_bytes(serial);
	struct text text = { 0 };

	if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
		text_putc(&text, '-');
	if (b.n > CERT_SERIAL_MAX)
		b.n = CERT_SERIAL_MAX;
	text_hex(&text, b, true);
	return text.s;
}

/* The name of an algorithm that OpenSSL does not know is its dotted number. */
static char *algorithm_text(const ASN1_OBJECT *object)
{
	char name[128];
	int n = OBJ_obj2txt(name, sizeof(name), object, 0);

	return text_printable_string(
		bytes_of(name, n > 0 ? strnlen(name, sizeof(name)) : 0), sizeof(name));
}

static void fill_key(struct cert *cert, const X509 *x)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);
	ASN1_OBJECT *algorithm = NULL;

	switch (key ? EVP_PKEY_get_base_id(key) : NID_undef) {
	case EVP_PKEY_RSA:
	case EVP_PKEY_RSA_PSS:
		cert->key_algorithm = mem_strdup("RSA");
		break;
	case EVP_PKEY_EC:
		cert->key_algorithm = mem_strdup("EC");
		break;
	case EVP_PKEY_ED25519:
		cert->key_algorithm = mem_strdup("Ed25519");
		break;
	case EVP_PKEY_ED448:
		cert->key_algorithm = mem_strdup("Ed448");
		break;
	default:
		X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(x));
		cert->key_algorithm = algorithm_text(algorithm);
		break;
	}
	if (key && EVP_PKEY_get_bits(key) > 0)
		cert->key_bits = (uint32_t)EVP_PKEY_get_bits(key);
}

static void fill(struct cert *cert, const struct cert_der *der, X509 *x)
{
	const X509_NAME *subject = X509_get_subject_name(x), *issuer = X509_get_issuer_name(x);
	const X509_ALGOR *algorithm;
	const ASN1_OBJECT *object;

	cert->parsed = true;
	cert->subject = name_text(subject);
	cert->issuer = name_text(issuer);
	cert->subject_common_name = name_part(subject, NID_commonName);
	cert->issuer_common_name = name_part(issuer, NID_commonName);
	cert->issuer_organization = name_part(issuer, NID_organizationName);
	cert->serial = cert_serial(X509_get0_serialNumber(x));
	X509_get0_signature(NULL, &algorithm, x);
	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	cert->signature_algorithm = algorithm_text(object);
	fill_key(cert, x);
	fill_names(cert, x);
	EVP_Digest(der->spki.p, der->spki.n, cert->spki_sha256, NULL, EVP_sha256(), NULL);
	cert->self_signed = X509_self_signed(x, 0) == 1;
	cert->is_ca = X509_check_ca(x) == 1;
}

X509 *cert_decode(struct bytes der)
{
	const unsigned char *p = der.p;
	X509 *x = der.n <= CERT_DER_MAX ? d2i_X509(NULL, &p, (long)der.n) : NULL;

	if (x && p != der.p + der.n) {
		X509_free(x);
		x = NULL;
	}
	return x;
}

X509 *cert_parse(struct bytes der, struct cert *cert)
{
	struct bytes rest = der;
	struct cert_der parts;
	X509 *x = NULL;

	EVP_Digest(der.p, der.n, cert->sha256, NULL, EVP_sha256(), NULL);
	if (cert_der_take(&rest, &parts) && !rest.n)
		x = cert_decode(der);
	if (!x)
		return NULL;
	if (!cert_dates(x, &cert->not_before, &cert->not_after)) {
		X509_free(x);
		return NULL;
	}
	fill(cert, &parts, x);
	return x;
}

void cert_fini(struct cert *cert)
{
	free(cert->subject);
	free(cert->issuer);
	free(cert->subject_common_name);
	free(cert->issuer_common_name);
	free(cert->issuer_organization);
	for (size_t i = 0; i < cert->dns_count; i++)
		free(cert->dns_names[i]);
	for (size_t i = 0; i < cert->ip_count; i++)
		free(cert->ip_names[i]);
	free(cert->dns_names);
	free(cert->ip_names);
	free(cert->serial);
	free(cert->key_algorithm);
	free(cert->signature_algorithm);
}

static bool rsa_affordable(const EVP_PKEY *key)
{
	uint64_t bits = (uint64_t)EVP_PKEY_get_bits(key);
	BIGNUM *exponent = NULL;
	bool affordable;

	if (bits > RSA_BITS_MAX || !EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent))
		return false;
	affordable = bits * bits * (uint64_t)BN_num_bits(exponent) <= RSA_COST_MAX;
	BN_free(exponent);
	return affordable;
}

static bool is_rsa(const EVP_PKEY *key)
{
	int id = EVP_PKEY_get_base_id(key);

	return id == EVP_PKEY_RSA || id == EVP_PKEY_RSA_PSS;
}

bool cert_key_affordable(const EVP_PKEY *key)
{
	if (!key)
		return false;
	return is_rsa(key) ? rsa_affordable(key) : EVP_PKEY_get_bits(key) <= OTHER_BITS_MAX;
}

static bool digest_is_weak(int nid)
{
	return nid == NID_sha1 || nid == NID_md5 || nid == NID_md5_sha1 || nid == NID_md4 ||
	       nid == NID_md2;
}

bool cert_is_weak(X509 *x)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);
	int digest = NID_undef, id;

	X509_get_signature_info(x, &digest, NULL, NULL, NULL);
	if (digest_is_weak(digest))
		return true;
	if (!key)
		return false;
	id = EVP_PKEY_get_base_id(key);
	if (is_rsa(key) || id == EVP_PKEY_DSA)
		return EVP_PKEY_get_bits(key) < RSA_BITS_MIN;
	return id == EVP_PKEY_EC && EVP_PKEY_get_bits(key) < EC_BITS_MIN;
}

static bool seconds_of(const ASN1_TIME *when, int64_t *out)
{
	struct tm tm;

	if (!ASN1_TIME_to_tm(when, &tm))
		return false;
	*out = timegm(&tm);
	return true;
}

bool cert_dates(const X509 *x, int64_t *not_before, int64_t *not_after)
{
	return seconds_of(X509_get0_notBefore(x), not_before) &&
	       seconds_of(X509_get0_notAfter(x), not_after);
}
