// SPDX-License-Identifier: BSD-2-Clause
/* One certificate: what is read out of it, and which host names it holds for. */
#include "forge.h"

#include <openssl/bn.h>

#include "dialogue/cert.h"
#include "dialogue/cert_parse.h"

static struct cert parsed(const struct forged *made)
{
	struct cert cert = { 0 };
	struct bytes der = guarded(made->der);

	X509_free(cert_parse(der, &cert));
	guarded_free(der);
	return cert;
}

static void fields(void **state)
{
	struct forged made = forge((struct order){ .common_name = "MX.example.com, a \"host\"\r\n",
		.san = "DNS:MX.Example.com,DNS:*.example.net,IP:192.0.2.1,IP:2001:db8::1,email:a@b."
		       "c",
		.serial = 0xabc });
	struct cert cert = parsed(&made);
	uint8_t digest[32];

	(void)state;
	assert_true(cert.parsed);
	assert_string_equal(cert.subject, "CN=MX.example.com\\, a \\\"host\\\"\\0D\\0A,O=Example");
	assert_string_equal(cert.issuer, cert.subject);
	assert_string_equal(cert.subject_common_name, "MX.example.com, a \"host\"\\r\\n");
	assert_string_equal(cert.issuer_organization, "Example");
	assert_int_equal(cert.dns_count, 2);
	assert_string_equal(cert.dns_names[0], "mx.example.com");
	assert_string_equal(cert.dns_names[1], "*.example.net");
	assert_int_equal(cert.ip_count, 2);
	assert_string_equal(cert.ip_names[0], "192.0.2.1");
	assert_string_equal(cert.ip_names[1], "2001:db8::1");
	assert_string_equal(cert.serial, "0ABC");
	assert_string_equal(cert.key_algorithm, "EC");
	assert_int_equal(cert.key_bits, 256);
	assert_string_equal(cert.signature_algorithm, "ecdsa-with-SHA256");
	assert_int_equal(cert.not_before, NOW - 30 * DAY);
	assert_int_equal(cert.not_after, NOW + 60 * DAY);
	assert_true(cert.self_signed);
	assert_false(cert.is_ca);
	assert_false(cert.names_cut);
	EVP_Digest(made.der.p, made.der.n, digest, NULL, EVP_sha256(), NULL);
	assert_memory_equal(cert.sha256, digest, 32);
	cert_fini(&cert);
	forge_free(&made);
}

/* The digest over the key's own encoding is the one that TLSA records and pins use. */
static void spki_digest(void **state)
{
	struct forged made = forge((struct order){ .common_name = "a" });
	struct cert cert = parsed(&made);
	unsigned char *spki = NULL;
	int n = i2d_PUBKEY(made.key, &spki);
	uint8_t digest[32];

	(void)state;
	EVP_Digest(spki, (size_t)n, digest, NULL, EVP_sha256(), NULL);
	assert_memory_equal(cert.spki_sha256, digest, 32);
	OPENSSL_free(spki);
	cert_fini(&cert);
	forge_free(&made);
}

static void keys(void **state)
{
	EVP_PKEY *ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	const struct {
		const char *name;
		EVP_PKEY *key;
		const EVP_MD *digest;
		const char *algorithm;
		uint32_t bits;
		bool weak;
	} rows[] = {
		{ "P-256", forge_ec("P-256"), EVP_sha256(), "EC", 256, false },
		{ "P-192", forge_ec("P-192"), EVP_sha256(), "EC", 192, true },
		{ "P-224", forge_ec("P-224"), EVP_sha256(), "EC", 224, false },
		{ "SHA-1", forge_ec("P-256"), EVP_sha1(), "EC", 256, true },
		{ "RSA 1024", EVP_RSA_gen(1024), EVP_sha256(), "RSA", 1024, true },
		{ "RSA 2048", EVP_RSA_gen(2048), EVP_sha256(), "RSA", 2048, false },
		{ "RSA, MD5", EVP_RSA_gen(2048), EVP_md5(), "RSA", 2048, true },
		{ "Ed25519", ed25519, NULL, "Ed25519", 256, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct forged made = forge((struct order){ .common_name = "a",
			.key = rows[i].key,
			.digest = rows[i].digest,
			.no_digest = !rows[i].digest });
		struct cert cert = { 0 };
		X509 *x = cert_parse(made.der, &cert);

		assert_row(rows[i].name, x);
		assert_row_string(rows[i].name, cert.key_algorithm, rows[i].algorithm);
		assert_row_int(rows[i].name, cert.key_bits, rows[i].bits);
		assert_row_int(rows[i].name, cert_is_weak(x), rows[i].weak);
		assert_row(rows[i].name, cert_key_affordable(X509_get0_pubkey(x)));
		X509_free(x);
		cert_fini(&cert);
		forge_free(&made);
		EVP_PKEY_free(rows[i].key);
	}
}

static void dear_keys(void **state)
{
	static const struct {
		const char *name;
		int bits, exponent_bits;
		bool affordable;
	} rows[] = {
		{ "large, usual exponent", 16384, 17, true },
		{ "large, larger exponent", 16384, 18, false },
		{ "too large", 16392, 2, false },
		{ "usual, huge exponent", 2048, 2000, false },
		{ "usual, large exponent", 2048, 256, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		EVP_PKEY *key = forge_monstrous_key(rows[i].bits, rows[i].exponent_bits);
		X509 *x = X509_new();

		X509_set_pubkey(x, key);
		assert_row_int(rows[i].name, cert_key_affordable(X509_get0_pubkey(x)), rows[i].affordable);
		X509_free(x);
		EVP_PKEY_free(key);
	}
}

/* SAN DNS names as given, which conf syntax can't express. */
static struct bytes raw_san(const struct bytes *names, size_t n)
{
	GENERAL_NAMES *list = GENERAL_NAMES_new();
	unsigned char *der = NULL;
	int length;

	for (size_t i = 0; i < n; i++) {
		GENERAL_NAME *name = GENERAL_NAME_new();
		ASN1_IA5STRING *s = ASN1_IA5STRING_new();

		ASN1_STRING_set(s, names[i].p, (int)names[i].n);
		GENERAL_NAME_set0_value(name, GEN_DNS, s);
		sk_GENERAL_NAME_push(list, name);
	}
	length = i2d_GENERAL_NAMES(list, &der);
	GENERAL_NAMES_free(list);
	assert_true(length > 0);
	return bytes_of(der, (size_t)length);
}

/* RFC 8461 4.2, STANDARDS 1.6. */
static void host_names(void **state)
{
	static const struct {
		const char *name;
		struct bytes san;
		const char *host;
		bool want;
	} rows[] = {
/* clang-format off */
#define IN(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
		/* clang-format on */
		{ "same", IN("mx.example.com"), "mx.example.com", true },
		{ "upper case", IN("MX.EXAMPLE.com"), "mx.example.com", true },
		{ "other name", IN("mx2.example.com"), "mx.example.com", false },
		{ "parent", IN("example.com"), "mx.example.com", false },
		{ "leading dot", IN(".example.com"), "mx.example.com", false },
		{ "final dot", IN("mx.example.com."), "mx.example.com", false },
		{ "wildcard", IN("*.example.com"), "mx.example.com", true },
		{ "wildcard, bare domain", IN("*.example.com"), "example.com", false },
		{ "wildcard, two labels", IN("*.example.com"), "a.mx.example.com", false },
		{ "wildcard over two labels", IN("*.*.example.com"), "a.mx.example.com", false },
		{ "wildcard inside", IN("mx.*.example.com"), "mx.a.example.com", false },
		{ "partial wildcard, end", IN("mx*.example.com"), "mx1.example.com", false },
		{ "partial wildcard, start", IN("*x.example.com"), "mx.example.com", false },
		{ "wildcard under the root", IN("*.com"), "example.com", false },
		{ "lone asterisk", IN("*"), "localhost", false },
		{ "A-label", IN("xn--bcher-kva.example"), "xn--bcher-kva.example", true },
		{ "wildcard for an A-label", IN("*.example.com"), "xn--bcher-kva.example.com",
			true },
		{ "U-label", IN("b\303\274cher.example"), "xn--bcher-kva.example", false },
		{ "NUL", IN("mx.example.com\000.evil.example"), "mx.example.com", false },
		{ "NUL at the end", IN("mx.example.com\000"), "mx.example.com", false },
		{ "line end", IN("mx.example.com\r\n"), "mx.example.com", false },
		{ "empty", IN(""), "mx.example.com", false },
#undef IN
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes san = raw_san(&rows[i].san, 1);
		struct forged made =
			forge((struct order){ .common_name = rows[i].host, .raw_san = san });
		struct cert cert = parsed(&made);

		assert_row_int(rows[i].name, cert.dns_count, 1);
		assert_row_int(rows[i].name, cert_matches_host(&cert, rows[i].host), rows[i].want);
		cert_fini(&cert);
		forge_free(&made);
		OPENSSL_free((void *)(uintptr_t)san.p);
	}
}

static void names_are_printable(void **state)
{
	const struct bytes name = BYTES("MX\0\033[2J\377\\.example");
	struct bytes san = raw_san(&name, 1);
	struct forged made =
		forge((struct order){ .common_name = "B\303\274cher", .raw_san = san });
	struct cert cert = parsed(&made);

	(void)state;
	assert_string_equal(cert.dns_names[0], "mx\\x00\\x1b[2j\\xff\\x5c.example");
	assert_string_equal(cert.subject, "CN=B\\C3\\BCcher,O=Example");
	assert_string_equal(cert.subject_common_name, "B\\xc3\\xbccher");
	cert_fini(&cert);
	forge_free(&made);
	OPENSSL_free((void *)(uintptr_t)san.p);
}

/* The common name is no host name, and an address in its text form neither. */
static void no_fallback(void **state)
{
	struct forged bare = forge((struct order){ .common_name = "mx.example.com" });
	struct forged address =
		forge((struct order){ .common_name = "mx.example.com", .san = "IP:192.0.2.1" });
	struct cert cert = parsed(&bare);

	(void)state;
	assert_false(cert_matches_host(&cert, "mx.example.com"));
	cert_fini(&cert);
	cert = parsed(&address);
	assert_false(cert_matches_host(&cert, "mx.example.com"));
	assert_false(cert_matches_host(&cert, "192.0.2.1"));
	cert_fini(&cert);
	forge_free(&bare);
	forge_free(&address);
}

static void many_names(void **state)
{
	struct bytes names[3000];
	char text[3000][16];
	struct bytes san;
	struct forged made;
	struct cert cert;

	(void)state;
	for (size_t i = 0; i < 3000; i++) {
		snprintf(text[i], sizeof(text[i]), "h%zu.example", i);
		names[i] = bytes_str(text[i]);
	}
	for (size_t n = CERT_NAMES_MAX; n <= 3000; n += 3000 - CERT_NAMES_MAX) {
		san = raw_san(names, n);
		made = forge((struct order){ .common_name = "a", .raw_san = san });
		cert = parsed(&made);
		assert_int_equal(cert.dns_count, CERT_NAMES_MAX);
		assert_int_equal(cert.names_cut, n > CERT_NAMES_MAX);
		assert_true(cert_matches_host(&cert, "h255.example"));
		cert_fini(&cert);
		forge_free(&made);
		OPENSSL_free((void *)(uintptr_t)san.p);
	}
}

static void expect_nothing(struct bytes der, void *context)
{
	struct cert cert = { 0 };

	(void)context;
	assert_null(cert_parse(der, &cert));
	assert_false(cert.parsed);
	assert_null(cert.subject);
	cert_fini(&cert);
}

static void not_whole(void **state)
{
	struct forged made = forge(
		(struct order){ .common_name = "mx.example.com", .san = "DNS:mx.example.com" });
	uint8_t *longer = calloc(1, made.der.n + 1);
	uint8_t huge[CERT_DER_MAX + 6] = { 0x30, 0x83, 0x01, 0x00, 0x01 };

	(void)state;
	every_truncation(made.der, expect_nothing, NULL);
	memcpy(longer, made.der.p, made.der.n);
	expect_nothing(bytes_of(longer, made.der.n + 1), NULL);
	expect_nothing(bytes_of(huge, sizeof(huge)), NULL);
	expect_nothing(BYTES("\x30\x80\x30\x80\0\0\0\0"), NULL);
	free(longer);
	forge_free(&made);
}

/* No byte of a certificate may bring the parser down, whatever stands there. */
static void every_byte_changed(void **state)
{
	struct forged made = forge((struct order){
		.common_name = "mx.example.com", .san = "DNS:mx.example.com,IP:192.0.2.1" });

	(void)state;
	for (size_t i = 0; i < made.der.n; i++) {
		struct bytes der = guarded(made.der);
		struct cert cert = { 0 };
		X509 *x;

		((uint8_t *)(uintptr_t)der.p)[i] ^= 0x55;
		x = cert_parse(der, &cert);
		assert_int_equal(x != NULL, cert.parsed);
		X509_free(x);
		cert_fini(&cert);
		guarded_free(der);
	}
	forge_free(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(spki_digest),
		cmocka_unit_test(keys),
		cmocka_unit_test(dear_keys),
		cmocka_unit_test(host_names),
		cmocka_unit_test(names_are_printable),
		cmocka_unit_test(no_fallback),
		cmocka_unit_test(many_names),
		cmocka_unit_test(not_whole),
		cmocka_unit_test(every_byte_changed),
	};

	return cmocka_run_group_tests_name("cert", tests, NULL, NULL);
}
