/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A certificate authority for tests: certificates of any shape, honest or not, made on the spot.
 * Functions that a test may leave unused are inline; a fault ends the test.
 */
#ifndef TESTS_FORGE_H
#define TESTS_FORGE_H

#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "harness.h"

/* 2026-06-01, and a day. */
#define NOW INT64_C(1780272000)
#define DAY INT64_C(86400)

struct forged {
	X509 *x;
	EVP_PKEY *key;
	struct bytes der;
};

/* What is to be made; what is left out has an honest default. */
struct order {
	const struct forged *issuer; /* NULL: itself */
	EVP_PKEY *key;               /* a new reference is taken; NULL: a new P-256 key */
	const char *common_name;
	const char *san;      /* as in openssl.cnf: "DNS:mx.example.com,IP:192.0.2.1"; NULL: none */
	struct bytes raw_san; /* the extension's DER instead */
	const char *usage;    /* extended key usage; NULL: none */
	int64_t from, until;  /* 0: NOW - 30 days, NOW + 60 days */
	const EVP_MD *digest; /* NULL: SHA-256, or none for Ed25519 */
	bool ca;
	bool no_digest; /* Ed25519 */
	long serial;    /* 0: 1000 */
};

static inline EVP_PKEY *forge_ec(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	return key;
}

/* An RSA key of @bits bits with an exponent of @exponent_bits: no such key can sign, but be shown. */
static inline EVP_PKEY *forge_monstrous_key(int bits, int exponent_bits)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	BIGNUM *n = BN_new(), *e = BN_new();
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	BN_rand(n, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	BN_rand(e, exponent_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ODD);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e);
	params = OSSL_PARAM_BLD_to_param(build);
	assert_true(EVP_PKEY_fromdata_init(ctx) > 0);
	assert_true(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) > 0);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return key;
}

static inline void forge_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(extension);
	X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
}

static inline void forge_raw_extension(X509 *x, int nid, struct bytes der)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ASN1_OCTET_STRING_set(value, der.p, (int)der.n);
	extension = X509_EXTENSION_create_by_NID(NULL, nid, 0, value);
	X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
}

static inline void forge_extensions(X509 *x, X509 *issuer, const struct order *order)
{
	forge_extension(x, issuer, NID_basic_constraints,
		order->ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	if (order->ca)
		forge_extension(x, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
	forge_extension(x, issuer, NID_subject_key_identifier, "hash");
	if (order->san)
		forge_extension(x, issuer, NID_subject_alt_name, order->san);
	if (order->raw_san.n)
		forge_raw_extension(x, NID_subject_alt_name, order->raw_san);
	if (order->usage)
		forge_extension(x, issuer, NID_ext_key_usage, order->usage);
}

static inline struct bytes forge_der(const X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509((X509 *)(uintptr_t)x, &der);

	assert_true(n > 0);
	return bytes_of(der, (size_t)n);
}

static inline struct forged forge(struct order order)
{
	struct forged made = { .x = X509_new(), .key = order.key };
	X509_NAME *name = X509_get_subject_name(made.x);

	if (made.key)
		EVP_PKEY_up_ref(made.key);
	else
		made.key = forge_ec("P-256");
	X509_set_version(made.x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(made.x), order.serial ? order.serial : 1000);
	X509_NAME_add_entry_by_txt(
		name, "O", MBSTRING_UTF8, (const unsigned char *)"Example", -1, -1, 0);
	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_UTF8, (const unsigned char *)order.common_name, -1, -1, 0);
	X509_set_issuer_name(made.x, order.issuer ? X509_get_subject_name(order.issuer->x) : name);
	ASN1_TIME_set(X509_getm_notBefore(made.x), order.from ? order.from : NOW - 30 * DAY);
	ASN1_TIME_set(X509_getm_notAfter(made.x), order.until ? order.until : NOW + 60 * DAY);
	assert_true(X509_set_pubkey(made.x, made.key));
	forge_extensions(made.x, order.issuer ? order.issuer->x : made.x, &order);
	if (!order.digest && !order.no_digest)
		order.digest = EVP_sha256();
	assert_true(X509_sign(made.x, order.issuer ? order.issuer->key : made.key, order.digest));
	made.der = forge_der(made.x);
	return made;
}

static inline void forge_free(struct forged *made)
{
	X509_free(made->x);
	EVP_PKEY_free(made->key);
	OPENSSL_free((void *)(uintptr_t)made->der.p);
	*made = (struct forged){ 0 };
}

/* The CRL of @issuer that lists the serial number. */
static inline X509_CRL *forge_crl(const struct forged *issuer, EVP_PKEY *key, long serial)
{
	X509_CRL *crl = X509_CRL_new();
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, NOW - DAY);

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer->x));
	X509_CRL_set1_lastUpdate(crl, when);
	X509_CRL_set1_nextUpdate(crl, when); /* out of date: still counts */
	ASN1_INTEGER_set(number, serial);
	X509_REVOKED_set_serialNumber(entry, number);
	X509_REVOKED_set_revocationDate(entry, when);
	X509_CRL_add0_revoked(crl, entry);
	X509_CRL_sort(crl);
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()));
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
	return crl;
}

#endif
