// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/dane.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "dialogue/cert_parse.h"

/* RFC 6698 2.1, with the names of RFC 7218. PKIX-TA (0) and PKIX-EE (1) are not for SMTP. */
enum usage { USAGE_TA = 2, USAGE_EE = 3 };
enum selector { SELECTOR_CERT = 0, SELECTOR_SPKI = 1 };
enum matching { MATCHING_FULL = 0, MATCHING_SHA256 = 1, MATCHING_SHA512 = 2 };

/* Bytes of a record that are printed: a SHA-512, the longest digest. */
#define PRINTED_MAX 64

struct dane {
	SSL_CTX *ctx;
	X509_STORE *nobody; /* an empty one: only the records are trusted */
};

/*
 * A record with all of a certificate or key in it must be one, else nothing can match it. A key
 * that signatures will be verified by is a stranger's choice.
 */
static bool is_readable(const struct dns_tlsa *tlsa)
{
	const unsigned char *p = tlsa->data.p;
	X509 *x = NULL;
	EVP_PKEY *spki = NULL;
	const EVP_PKEY *key;
	bool good;

	if (tlsa->selector == SELECTOR_CERT)
		x = cert_decode(tlsa->data);
	else
		spki = d2i_PUBKEY(NULL, &p, (long)tlsa->data.n);
	key = x ? X509_get0_pubkey(x) : spki;
	good = key && (x || p == tlsa->data.p + tlsa->data.n);
	if (tlsa->usage == USAGE_TA)
		good = good && cert_key_affordable(key);
	X509_free(x);
	EVP_PKEY_free(spki);
	ERR_clear_error();
	return good;
}

/* RFC 7672 3.1.3, RFC 7671 4. */
static bool is_usable(const struct dns_tlsa *tlsa)
{
	if (tlsa->usage != USAGE_TA && tlsa->usage != USAGE_EE)
		return false;
	if (tlsa->selector != SELECTOR_CERT && tlsa->selector != SELECTOR_SPKI)
		return false;
	switch (tlsa->matching) {
	case MATCHING_FULL:
		return is_readable(tlsa);
	case MATCHING_SHA256:
		return tlsa->data.n == 32;
	case MATCHING_SHA512:
		return tlsa->data.n == 64;
	default:
		return false;
	}
}

static void add(struct dane_records *records, const struct dns_tlsa *tlsa)
{
	struct dane_record *record = &records->list[records->n++];

	*record = (struct dane_record){
		.usage = tlsa->usage,
		.selector = tlsa->selector,
		.matching = tlsa->matching,
		.length = (uint16_t)tlsa->data.n,
		.data = mem_alloc(tlsa->data.n),
	};
	memcpy(record->data, tlsa->data.p, tlsa->data.n);
}

static bool has_stronger(const struct dane_records *records, const struct dane_record *weak)
{
	for (size_t i = 0; i < records->n; i++) {
		const struct dane_record *record = &records->list[i];

		if (record->usage == weak->usage && record->selector == weak->selector &&
			record->matching == MATCHING_SHA512)
			return true;
	}
	return false;
}

/*
 * RFC 7671 9: of the digests for one usage and selector the strongest counts; a broken SHA-256 then
 * hurts nobody who publishes both. What stands there in full is no digest.
 */
static void keep_strongest(struct dane_records *records)
{
	size_t kept = 0;

	for (size_t i = 0; i < records->n; i++) {
		struct dane_record record = records->list[i];

		if (record.matching == MATCHING_SHA256 && has_stronger(records, &record))
			free(record.data);
		else
			records->list[kept++] = record;
	}
	records->n = kept;
}

void dane_records_init(struct dane_records *records, const struct dns_answer *answer)
{
	records->n = records->unusable = 0;
	records->cut = answer->cut;
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];

		if (record->type != DNS_TLSA)
			continue;
		if (records->n < DANE_RECORDS_MAX && is_usable(&record->tlsa))
			add(records, &record->tlsa);
		else
			records->unusable++;
	}
	keep_strongest(records);
}

void dane_records_fini(struct dane_records *records)
{
	for (size_t i = 0; i < records->n; i++)
		free(records->list[i].data);
	records->n = 0;
}

bool dane_asks_chain(const struct dane_records *records)
{
	for (size_t i = 0; i < records->n; i++)
		if (records->list[i].usage == USAGE_TA)
			return true;
	return false;
}

void dane_record_print(const struct dane_record *record, struct text *out)
{
	size_t n = record->length < PRINTED_MAX ? record->length : PRINTED_MAX;

	text_printf(out, "%u %u %u ", record->usage, record->selector, record->matching);
	text_hex(out, bytes_of(record->data, n), false);
	if (n < record->length)
		text_puts(out, "...");
}

struct dane *dane_new(void)
{
	struct dane *dane = mem_alloc(sizeof(*dane));

	dane->ctx = SSL_CTX_new(TLS_client_method());
	dane->nobody = X509_STORE_new();
	assert(dane->ctx && dane->nobody);
	SSL_CTX_dane_enable(dane->ctx);
	return dane;
}

void dane_free(struct dane *dane)
{
	if (!dane)
		return;
	SSL_CTX_free(dane->ctx);
	X509_STORE_free(dane->nobody);
	free(dane);
}

/* What a record says of a certificate: @cert its DER, @spki its key's. */
static bool is_said_of(const struct dane_record *record, struct bytes cert, struct bytes spki)
{
	struct bytes selected = record->selector == SELECTOR_CERT ? cert : spki;
	const EVP_MD *md = record->matching == MATCHING_SHA256 ? EVP_sha256() : EVP_sha512();
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (record->matching != MATCHING_FULL) {
		unsigned int n = 0;

		EVP_Digest(selected.p, selected.n, digest, &n, md, NULL);
		selected = bytes_of(digest, n);
	}
	return bytes_equal(selected, bytes_of(record->data, record->length));
}

/* The DANE-EE record that is said of the leaf, or NULL. */
static const struct dane_record *match_leaf(
	const struct dane_records *records, const struct cert_chain *chain)
{
	struct bytes leaf = cert_chain_der(chain, 0), rest = leaf;
	struct cert_der parts;

	if (!chain->certs[0]->parsed || !cert_der_take(&rest, &parts))
		return NULL;
	for (size_t i = 0; i < records->n; i++) {
		const struct dane_record *record = &records->list[i];

		if (record->usage == USAGE_EE && is_said_of(record, leaf, parts.spki))
			return record;
	}
	return NULL;
}

/* A session that will never connect, but has the DANE-TA records. NULL: there are none. */
static SSL *session_with_anchors(
	struct dane *dane, const struct dane_records *records, const char *host)
{
	SSL *ssl = SSL_new(dane->ctx);
	int enabled = SSL_dane_enable(ssl, host);
	int added = 0;

	assert(enabled > 0);
	for (size_t i = 0; i < records->n; i++) {
		const struct dane_record *record = &records->list[i];

		if (record->usage == USAGE_TA &&
			SSL_dane_tlsa_add(ssl, record->usage, record->selector, record->matching,
				record->data, record->length) > 0)
			added++;
	}
	if (added)
		return ssl;
	SSL_free(ssl);
	return NULL;
}

static STACK_OF(X509) * decode_others(const struct cert_chain *chain)
{
	STACK_OF(X509) *others = sk_X509_new_null();

	for (size_t i = 1; i < chain->count; i++) {
		X509 *x = cert_decode(cert_chain_der(chain, i));

		if (x && cert_key_affordable(X509_get0_pubkey(x)))
			sk_X509_push(others, x);
		else
			X509_free(x);
	}
	return others;
}

/* RFC 7672 3.2.3: the common name counts where there is no DNS name, as OpenSSL does by itself. */
static void set_demands(X509_STORE_CTX *ctx, const char *host, const char *domain, int64_t when)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* To OpenSSL a name with a dot in front stands for all below it. */
	if (host[0] != '.')
		X509_VERIFY_PARAM_set1_host(param, host, 0);
	if (domain && domain[0] != '.')
		X509_VERIFY_PARAM_add1_host(param, domain, 0);
	X509_VERIFY_PARAM_set_time(param, (time_t)when);
}

/* An X509_V_ERR code, X509_V_OK for a chain that leads to one of the session's anchors. */
static int verify(const struct dane *dane, SSL *ssl, const struct cert_chain *chain,
	const char *host, const char *domain, int64_t when)
{
	X509 *leaf = cert_decode(cert_chain_der(chain, 0));
	STACK_OF(X509) *others = decode_others(chain);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int error = X509_V_ERR_DANE_NO_MATCH;

	if (leaf && ctx && X509_STORE_CTX_init(ctx, dane->nobody, leaf, others)) {
		X509_STORE_CTX_set0_dane(ctx, SSL_get0_dane(ssl));
		X509_STORE_CTX_set_default(ctx, "ssl_server");
		set_demands(ctx, host, domain, when);
		error = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	sk_X509_pop_free(others, X509_free);
	X509_free(leaf);
	ERR_clear_error();
	return error;
}

static enum dane_match tell(struct text *why, enum dane_match match, const char *words)
{
	if (why)
		text_puts(why, words);
	return match;
}

static enum dane_match tell_leaf(struct text *why, const struct dane_record *record)
{
	if (why) {
		text_puts(why, "the certificate matches ");
		dane_record_print(record, why);
	}
	return DANE_MATCH;
}

enum dane_match dane_check(struct dane *dane, const struct dane_records *records,
	const struct cert_chain *chain, const char *host, const char *domain, int64_t when,
	struct text *why)
{
	const struct dane_record *record = match_leaf(records, chain);
	int error = X509_V_ERR_DANE_NO_MATCH;
	bool through_chain;
	SSL *ssl;

	if (record)
		return tell_leaf(why, record);
	if (records->cut)
		return tell(why, DANE_UNKNOWN, "more TLSA records than are kept");
	if (!records->n)
		return tell(why, DANE_UNUSABLE, "no usable TLSA record");
	ssl = session_with_anchors(dane, records, host);
	through_chain = ssl != NULL;
	if (ssl) {
		error = verify(dane, ssl, chain, host, domain, when);
		SSL_free(ssl);
	}
	if (error == X509_V_OK)
		return tell(why, DANE_MATCH, "the chain leads to the authority of a TLSA record");
	if (through_chain && chain->cut)
		return tell(why, DANE_UNKNOWN, "the chain is longer than what is kept of it");
	if (error == X509_V_ERR_DANE_NO_MATCH)
		return tell(why, DANE_MISMATCH, "nothing in the chain matches a TLSA record");
	return tell(why, DANE_MISMATCH, X509_verify_cert_error_string(error));
}
