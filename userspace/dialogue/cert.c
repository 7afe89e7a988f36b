// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/cert.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "dialogue/cert_ocsp.h"
#include "dialogue/cert_parse.h"
#include "dialogue/cert_path.h"
#include "dialogue/cert_trust.h"

#define DIGEST_SIZE        32
#define CHAINS_MAX_DEFAULT 4096

/* Memory that chains may take, however few they are; honest chains take some 20 KiB. */
#define CACHE_BYTES_MAX ((size_t)128 << 20)

/* A printable name takes at most four bytes for one of DER, and each name an allocation. */
#define BYTES_PER_DER_BYTE 4
#define BYTES_PER_NAME     32

/* Stapled answers whose status is remembered: each costs two verifications. */
#define STAPLES_MAX 4096

/* A larger one is not read: honest ones have 500 bytes to 2 KiB. */
#define STAPLE_BYTES_MAX 65536

/*
 * One distinct certificate, shared by the chains that hold it. The decoded form is dropped as soon
 * as the chain was checked, but for issuers on trusted paths: these are few, they come back with
 * each leaf they issued, and stapled answers are checked with them.
 */
struct shared {
	struct cert cert; /* first: a struct cert * in a chain is one of these */
	struct cert_cache *cache;
	unsigned int references;
	size_t bytes;
	uint8_t *der; /* as presented */
	size_t der_length;
	X509 *x;
	bool keep_x;
};

struct chain {
	struct cert_chain chain; /* first, as above */
	size_t bytes;
	X509 *issuer; /* of the leaf, on a trusted path; else NULL */
};

/*
 * @chains holds a reference of its own to each chain, so that one that is used by nobody stays
 * until it is the oldest; one that is used lives on when the cache forgets it. @certs holds none:
 * a certificate leaves it with the last chain.
 */
struct cert_cache {
	struct cert_trust *trust;
	EVP_MD *sha256;
	EVP_MD_CTX *digest;
	struct text key;       /* scratch: a chain as a key, see chain_key() */
	struct table *chains;  /* chain_key() → struct chain * */
	struct table *certs;   /* digest → struct shared * */
	struct table *staples; /* digest of leaf and response → uint8_t enum cert_status */
	size_t bytes;          /* of the chains in the table */
	uint64_t chains_parsed, certs_parsed;
};

static struct shared *shared_of(struct cert *cert)
{
	return (struct shared *)cert;
}

static void shared_release(struct shared *shared)
{
	struct table *certs = shared->cache->certs;
	struct bytes key = bytes_of(shared->cert.sha256, DIGEST_SIZE);
	struct shared **slot;

	if (--shared->references)
		return;
	slot = table_get(certs, key);
	if (slot && *slot == shared)
		table_remove(certs, key);
	X509_free(shared->x);
	cert_fini(&shared->cert);
	free(shared->der);
	free(shared);
}

static struct shared *shared_new(struct cert_cache *cache, struct bytes der)
{
	struct shared *shared = mem_alloc(sizeof(*shared));
	struct cert *cert = &shared->cert;

	shared->cache = cache;
	shared->references = 1;
	shared->x = cert_parse(der, cert);
	shared->der = mem_alloc(der.n + 1); /* a certificate may be empty */
	shared->der_length = der.n;
	if (der.n)
		memcpy(shared->der, der.p, der.n);
	shared->bytes = sizeof(*shared) + der.n + BYTES_PER_DER_BYTE * der.n +
			BYTES_PER_NAME * (cert->dns_count + cert->ip_count);
	cache->certs_parsed++;
	return shared;
}

static struct bytes digest_of(
	struct cert_cache *cache, const struct bytes *parts, size_t n, uint8_t out[DIGEST_SIZE])
{
	/* Lengths are digested too, so that parts can't be moved from one to the next. */
	EVP_DigestInit_ex(cache->digest, cache->sha256, NULL);
	for (size_t i = 0; i < n; i++) {
		uint64_t length = parts[i].n;

		EVP_DigestUpdate(cache->digest, &length, sizeof(length));
		EVP_DigestUpdate(cache->digest, parts[i].p, parts[i].n);
	}
	EVP_DigestFinal_ex(cache->digest, out, NULL);
	return bytes_of(out, DIGEST_SIZE);
}

/* A new reference, with the decoded form there if there can be one. */
static struct shared *shared_get(struct cert_cache *cache, struct bytes der)
{
	uint8_t digest[DIGEST_SIZE];
	struct shared **slot, *shared;

	EVP_Digest(der.p, der.n, digest, NULL, cache->sha256, NULL);
	slot = table_put(cache->certs, bytes_of(digest, sizeof(digest)), NULL);
	if (!*slot) {
		*slot = shared_new(cache, der);
		return *slot;
	}
	shared = *slot;
	shared->references++;
	if (!shared->x && shared->cert.parsed)
		shared->x = cert_decode(der);
	return shared;
}

static bool on_path(const struct cert_path *path, const X509 *x)
{
	for (int i = 1; i < sk_X509_num(path->certs); i++)
		if (X509_cmp(sk_X509_value(path->certs, i), x) == 0)
			return true;
	return false;
}

static void drop_decoded(struct cert_chain *chain, const struct cert_path *path)
{
	for (size_t i = 0; i < chain->count; i++) {
		struct shared *shared = shared_of(chain->certs[i]);

		if (!shared->x || shared->keep_x)
			continue;
		shared->keep_x = on_path(path, shared->x);
		if (!shared->keep_x) {
			X509_free(shared->x);
			shared->x = NULL;
		}
	}
}

/* What a peer presents beside the leaf, in the order in which it does. */
static STACK_OF(X509) * others_of(const struct cert_chain *chain)
{
	STACK_OF(X509) *others = sk_X509_new_null();

	for (size_t i = 1; i < chain->count; i++) {
		struct shared *shared = shared_of(chain->certs[i]);

		if (shared->x && cert_key_affordable(X509_get0_pubkey(shared->x)))
			sk_X509_push(others, shared->x);
	}
	return others;
}

static void check(struct cert_cache *cache, struct chain *entry)
{
	struct cert_chain *chain = &entry->chain;
	struct shared *leaf = shared_of(chain->certs[0]);
	struct cert_path path = { 0 };
	STACK_OF(X509) * others;

	if (leaf->x) {
		others = others_of(chain);
		cert_path_find(cache->trust, leaf->x, others, &path);
		sk_X509_free(others);
		chain->valid_from = path.valid_from;
		chain->valid_until = path.valid_until;
		chain->problems = path.problems;
		chain->reason = mem_strdup(path.reason);
	} else {
		chain->problems = CERT_UNREADABLE | CERT_NOT_TRUSTED;
		chain->reason = mem_strdup("unreadable certificate");
	}
	if (sk_X509_num(path.certs) > 1) {
		entry->issuer = sk_X509_value(path.certs, 1);
		X509_up_ref(entry->issuer);
	}
	drop_decoded(chain, &path);
	cert_path_fini(&path);
	ERR_clear_error();
}

static struct chain *chain_new(struct cert_cache *cache, const struct bytes *der, size_t n)
{
	struct chain *entry = mem_alloc(sizeof(*entry));
	struct cert_chain *chain = &entry->chain;

	chain->references = 1;
	chain->certs = mem_alloc(n * sizeof(*chain->certs));
	entry->bytes = sizeof(*entry) + n * sizeof(*chain->certs);
	for (size_t i = 0; i < n; i++) {
		struct shared *shared = shared_get(cache, der[i]);

		chain->certs[chain->count++] = &shared->cert;
		entry->bytes += shared->bytes;
	}
	check(cache, entry);
	chain->number = ++cache->chains_parsed;
	return entry;
}

static void forget_chain(void *value)
{
	struct chain *entry = *(struct chain **)value;

	shared_of(entry->chain.certs[0])->cache->bytes -= entry->bytes;
	cert_chain_release(&entry->chain);
}

/* The newest stays, whatever its size: somebody is about to use it. */
static void keep_bound(struct cert_cache *cache)
{
	struct bytes key;

	while (cache->bytes > CACHE_BYTES_MAX && table_count(cache->chains) > 1) {
		table_next(cache->chains, NULL, &key);
		table_remove(cache->chains, key);
	}
}

struct cert_cache *cert_cache_new(const struct cert_params *params)
{
	size_t max = params->max_chains ? params->max_chains : CHAINS_MAX_DEFAULT;
	struct cert_trust *trust = cert_trust_new(params->trust, params->crls);
	struct cert_cache *cache;

	if (!trust)
		return NULL;
	cache = mem_alloc(sizeof(*cache));
	cache->trust = trust;
	cache->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	cache->digest = EVP_MD_CTX_new();
	assert(cache->sha256 && cache->digest);
	cache->chains = table_new(max, sizeof(struct chain *), forget_chain);
	cache->certs = table_new(max * CERT_CHAIN_MAX, sizeof(struct shared *), NULL);
	cache->staples = table_new(STAPLES_MAX, sizeof(uint8_t), NULL);
	return cache;
}

void cert_cache_free(struct cert_cache *cache)
{
	if (!cache)
		return;
	table_free(cache->chains);
	assert(table_count(cache->certs) == 0);
	table_free(cache->certs);
	table_free(cache->staples);
	EVP_MD_CTX_free(cache->digest);
	EVP_MD_free(cache->sha256);
	cert_trust_free(cache->trust);
	text_free(&cache->key);
	free(cache);
}

/*
 * A chain's own bytes are its key, with the lengths, so that parts can't be moved from one certificate
 * to the next: a chain that was shown before is found without a digest, which would cost more than
 * all else that a session does.
 */
static struct bytes chain_key(struct cert_cache *cache, const struct bytes *der, size_t n)
{
	struct text *key = &cache->key;

	text_reset(key);
	for (size_t i = 0; i < n; i++) {
		uint64_t length = der[i].n;

		text_add(key, bytes_of(&length, sizeof(length)));
		text_add(key, der[i]);
	}
	return bytes_of(key->s, key->n);
}

struct cert_chain *cert_chain_get(struct cert_cache *cache, const struct bytes *der, size_t n)
{
	size_t kept = n < CERT_CHAIN_MAX ? n : CERT_CHAIN_MAX;
	struct chain **slot;
	struct bytes key;
	bool made;

	assert(n > 0);
	/* One beyond those kept counts: the same chain, not cut, is another one. */
	key = chain_key(cache, der, kept < n ? kept + 1 : n);
	slot = table_put(cache->chains, key, &made);
	if (made) {
		*slot = chain_new(cache, der, kept);
		(*slot)->chain.cut = kept < n;
		(*slot)->bytes += key.n;
		cache->bytes += (*slot)->bytes;
		keep_bound(cache);
	}
	return cert_chain_retain(&(*slot)->chain);
}

struct cert_chain *cert_chain_retain(struct cert_chain *chain)
{
	chain->references++;
	return chain;
}

void cert_chain_release(struct cert_chain *chain)
{
	struct chain *entry = (struct chain *)chain;

	if (!chain || --chain->references)
		return;
	X509_free(entry->issuer);
	for (size_t i = 0; i < chain->count; i++)
		shared_release(shared_of(chain->certs[i]));
	free(chain->certs);
	free(chain->reason);
	free(entry);
}

struct bytes cert_chain_der(const struct cert_chain *chain, size_t i)
{
	const struct shared *shared = shared_of(chain->certs[i]);

	return bytes_of(shared->der, shared->der_length);
}

unsigned int cert_chain_problems(const struct cert_chain *chain, int64_t when)
{
	unsigned int problems = chain->problems;

	if (problems & CERT_UNREADABLE)
		return problems;
	if (when > chain->valid_until)
		problems |= CERT_EXPIRED;
	if (when < chain->valid_from)
		problems |= CERT_NOT_YET_VALID;
	return problems;
}

enum cert_status cert_ocsp_status(
	struct cert_cache *cache, const struct cert_chain *chain, struct bytes response)
{
	const struct chain *entry = (const struct chain *)chain;
	const struct cert *leaf = chain->certs[0];
	const struct bytes parts[] = { bytes_of(leaf->sha256, DIGEST_SIZE), response };
	uint8_t digest[DIGEST_SIZE], *status;
	bool made;

	if (!response.n)
		return CERT_STATUS_NONE;
	if (!entry->issuer || response.n > STAPLE_BYTES_MAX)
		return CERT_STATUS_UNKNOWN;
	status = table_put(cache->staples, digest_of(cache, parts, 2, digest), &made);
	if (made) {
		*status = (uint8_t)cert_ocsp_read(entry->issuer, leaf->serial, response);
		ERR_clear_error();
	}
	return *status;
}

static bool pattern_matches(const char *pattern, const char *host)
{
	/* A wildcard right under the root is nobody's. */
	if (pattern[0] == '*' && pattern[1] == '.' && !strchr(pattern + 2, '.'))
		return false;
	return domain_matches(host, pattern);
}

bool cert_matches_host(const struct cert *cert, const char *host)
{
	/*
	 * Names are kept printable; what had to be escaped for that has a backslash in it, and no
	 * host name has.
	 */
	for (size_t i = 0; i < cert->dns_count; i++)
		if (pattern_matches(cert->dns_names[i], host))
			return true;
	return false;
}

uint64_t cert_cache_parsed(const struct cert_cache *cache)
{
	return cache->chains_parsed;
}

uint64_t cert_cache_certs_parsed(const struct cert_cache *cache)
{
	return cache->certs_parsed;
}
