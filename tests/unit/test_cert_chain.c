// SPDX-License-Identifier: BSD-2-Clause
/* Chains: paths to an anchor, their dates, revocation by CRL and staple, the cache. */
#include "forge.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/ocsp.h>

#include "base/log.h"
#include "base/text.h"
#include "dialogue/cert.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Serial numbers. */
enum { INTERMEDIATE = 2000, LEAF = 3000 };

struct world {
	char folder[32];
	struct forged root, intermediate, leaf;
	struct forged stranger; /* a root that nobody trusts */
	struct cert_cache *cache;
};

static const char *file_in(const struct world *world, const char *name, char out[64])
{
	snprintf(out, 64, "%s/%s", world->folder, name);
	return out;
}

static void write_pem(
	const struct world *world, const char *name, const struct forged *certs, size_t n)
{
	char path[64];
	FILE *file = fopen(file_in(world, name, path), "w");

	assert_non_null(file);
	fputs("Text that is no PEM.\n", file);
	for (size_t i = 0; i < n; i++)
		PEM_write_X509(file, certs[i].x);
	fclose(file);
}

static struct cert_cache *cache_with(const struct world *world, const char *trust, const char *crls)
{
	char trust_path[64], crl_path[64];
	struct cert_params params = { .trust = file_in(world, trust, trust_path) };

	if (crls)
		params.crls = file_in(world, crls, crl_path);
	return cert_cache_new(&params);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->folder, "/tmp/test_cert.XXXXXX");
	assert_non_null(mkdtemp(world->folder));
	log_set_level(LOG_LEVEL_ERROR);
	world->root = forge((struct order){ .common_name = "Root",
		.ca = true,
		.from = NOW - 1000 * DAY,
		.until = NOW + 1000 * DAY });
	world->intermediate = forge((struct order){ .common_name = "Intermediate",
		.ca = true,
		.issuer = &world->root,
		.serial = INTERMEDIATE,
		.from = NOW - 500 * DAY,
		.until = NOW + 500 * DAY });
	world->leaf = forge((struct order){ .common_name = "mx.example.com",
		.san = "DNS:mx.example.com",
		.issuer = &world->intermediate,
		.serial = LEAF });
	world->stranger = forge((struct order){ .common_name = "Stranger", .ca = true });
	write_pem(world, "root.pem", &world->root, 1);
	world->cache = cache_with(world, "root.pem", NULL);
	assert_non_null(world->cache);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	struct text command = { 0 };

	cert_cache_free(world->cache);
	forge_free(&world->root);
	forge_free(&world->intermediate);
	forge_free(&world->leaf);
	forge_free(&world->stranger);
	text_printf(&command, "rm -r %s", world->folder);
	assert_int_equal(system(command.s), 0);
	text_free(&command);
	free(world);
	return 0;
}

/* The chain of these certificates, until NULL. */
static struct cert_chain *chain_of(struct cert_cache *cache, const struct forged *const *certs)
{
	struct bytes der[32];
	size_t n = 0;

	for (; certs[n]; n++)
		der[n] = certs[n]->der;
	return cert_chain_get(cache, der, n);
}

#define CHAIN(cache, ...) chain_of(cache, (const struct forged *const[]){ __VA_ARGS__, NULL })

static unsigned int problems_now(struct cert_chain *chain)
{
	unsigned int problems = cert_chain_problems(chain, NOW);

	cert_chain_release(chain);
	return problems;
}

static void trusted(void **state)
{
	struct world *world = *state;
	struct cert_cache *cache = world->cache;
	const struct forged *leaf = &world->leaf, *intermediate = &world->intermediate,
			    *root = &world->root;
	struct forged direct = forge((struct order){ .common_name = "d", .issuer = root });

	assert_int_equal(problems_now(CHAIN(cache, leaf, intermediate)), 0);
	assert_int_equal(problems_now(CHAIN(cache, leaf, intermediate, root)), 0);
	/* Servers send extra ones, and in any order. */
	assert_int_equal(problems_now(CHAIN(cache, leaf, root, intermediate)), 0);
	assert_int_equal(problems_now(CHAIN(
				 cache, leaf, &world->stranger, leaf, intermediate, intermediate)),
		0);
	assert_int_equal(problems_now(CHAIN(cache, &direct)), 0);
	forge_free(&direct);
}

static void not_trusted(void **state)
{
	struct world *world = *state;
	struct forged self = forge((struct order){ .common_name = "mx.example.com" });
	struct forged false_issuer =
		forge((struct order){ .common_name = "Intermediate", .ca = true });
	struct forged forgery =
		forge((struct order){ .common_name = "mx.example.com", .issuer = &false_issuer });
	struct forged no_ca = forge((struct order){ .common_name = "l", .issuer = &world->leaf });
	struct forged client = forge((struct order){
		.common_name = "c", .usage = "clientAuth", .issuer = &world->root });
	struct forged other_root = forge(
		(struct order){ .common_name = "mx.example.com", .issuer = &world->stranger });
	const struct {
		const char *name;
		const struct forged *certs[5];
		unsigned int want;
		const char *reason;
	} rows[] = {
		{ "self-signed", { &self }, CERT_SELF_SIGNED | CERT_NOT_TRUSTED,
			"self-signed certificate" },
		{ "no intermediate", { &world->leaf }, CERT_NOT_TRUSTED,
			"unable to get local issuer certificate" },
		{ "unknown root", { &other_root, &world->stranger }, CERT_NOT_TRUSTED,
			"self-signed certificate in certificate chain" },
		{ "names fit, keys don't", { &forgery, &world->intermediate }, CERT_NOT_TRUSTED,
			"certificate signature failure" },
		{ "issuer is no CA", { &no_ca, &world->leaf, &world->intermediate },
			CERT_NOT_TRUSTED, NULL },
		{ "for clients only", { &client }, CERT_NOT_TRUSTED,
			"unsuitable certificate purpose" },
		/* Its key may sign certificates, not handshakes. */
		{ "a CA's", { &world->intermediate }, CERT_NOT_TRUSTED,
			"unsuitable certificate purpose" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cert_chain *chain = chain_of(world->cache, rows[i].certs);

		assert_row_int(rows[i].name, chain->problems, rows[i].want);
		assert_row(rows[i].name, chain->reason);
		if (rows[i].reason)
			assert_row_string(rows[i].name, chain->reason, rows[i].reason);
		cert_chain_release(chain);
	}
	forge_free(&self);
	forge_free(&false_issuer);
	forge_free(&forgery);
	forge_free(&no_ca);
	forge_free(&client);
	forge_free(&other_root);
}

/* Names that go round in a circle, and an issuer that claims to be a trusted root. */
static void cross_loops(void **state)
{
	struct world *world = *state;
	struct forged a = forge((struct order){ .common_name = "A", .ca = true });
	struct forged b = forge((struct order){ .common_name = "B", .ca = true, .issuer = &a });
	struct forged a_by_b =
		forge((struct order){ .common_name = "A", .ca = true, .issuer = &b, .key = a.key });
	struct forged leaf = forge((struct order){ .common_name = "l", .issuer = &a_by_b });
	struct forged root = forge((struct order){ .common_name = "Root", .ca = true });
	struct forged fake = forge((struct order){ .common_name = "l", .issuer = &root });

	assert_int_equal(problems_now(CHAIN(world->cache, &leaf, &a_by_b, &b)), CERT_NOT_TRUSTED);
	assert_int_equal(
		problems_now(CHAIN(world->cache, &leaf, &a_by_b, &b, &a)), CERT_NOT_TRUSTED);
	assert_int_equal(problems_now(CHAIN(world->cache, &fake, &root)), CERT_NOT_TRUSTED);
	forge_free(&a);
	forge_free(&b);
	forge_free(&a_by_b);
	forge_free(&leaf);
	forge_free(&root);
	forge_free(&fake);
}

static void deep_and_long(void **state)
{
	struct world *world = *state;
	struct forged chain[CERT_CHAIN_MAX + 1] = { 0 }, leaf;
	struct bytes der[CERT_CHAIN_MAX + 1];
	struct cert_chain *whole, *cut;

	/* Each is issued by the one behind it, the last one by the root. */
	for (size_t i = COUNT(chain); i-- > 0;) {
		char name[8];

		snprintf(name, sizeof(name), "%zu", i);
		chain[i] = forge((struct order){ .common_name = name,
			.ca = true,
			.issuer = i + 1 < COUNT(chain) ? &chain[i + 1] : &world->root });
		der[i] = chain[i].der;
	}
	cut = cert_chain_get(world->cache, der, CERT_CHAIN_MAX + 1);
	whole = cert_chain_get(world->cache, der, CERT_CHAIN_MAX);
	assert_true(cut->cut);
	assert_int_equal(cut->count, CERT_CHAIN_MAX);
	assert_false(whole->cut);
	assert_ptr_not_equal(cut, whole);
	cert_chain_release(cut);
	cert_chain_release(whole);

	/* Below 6 and below 12 intermediates. */
	for (int deep = 0; deep < 2; deep++) {
		size_t i = deep ? 4 : 10;
		struct bytes saved = der[i];

		leaf = forge((struct order){ .common_name = "leaf", .issuer = &chain[i + 1] });
		der[i] = leaf.der;
		assert_int_equal(problems_now(cert_chain_get(world->cache, der + i, 17 - i)),
			deep ? CERT_NOT_TRUSTED : 0);
		der[i] = saved;
		forge_free(&leaf);
	}
	for (size_t i = 0; i < COUNT(chain); i++)
		forge_free(&chain[i]);
}

static void dates(void **state)
{
	struct world *world = *state;
	struct cert_chain *chain = CHAIN(world->cache, &world->leaf, &world->intermediate);
	struct forged long_lived = forge((struct order){ .common_name = "l",
		.issuer = &world->intermediate,
		.from = NOW - 900 * DAY,
		.until = NOW + 2000 * DAY });
	const int64_t from = NOW - 30 * DAY, until = NOW + 60 * DAY;

	assert_int_equal(chain->valid_from, from);
	assert_int_equal(chain->valid_until, until);
	assert_int_equal(cert_chain_problems(chain, from), 0);
	assert_int_equal(cert_chain_problems(chain, until), 0);
	assert_int_equal(cert_chain_problems(chain, from - 1), CERT_NOT_YET_VALID);
	assert_int_equal(cert_chain_problems(chain, until + 1), CERT_EXPIRED);
	cert_chain_release(chain);

	/* The intermediate begins last and ends first. */
	chain = CHAIN(world->cache, &long_lived, &world->intermediate);
	assert_int_equal(chain->problems, 0);
	assert_int_equal(chain->valid_from, NOW - 500 * DAY);
	assert_int_equal(chain->valid_until, NOW + 500 * DAY);
	cert_chain_release(chain);

	/* No path: the leaf alone. */
	chain = CHAIN(world->cache, &long_lived);
	assert_int_equal(chain->valid_from, NOW - 900 * DAY);
	assert_int_equal(chain->valid_until, NOW + 2000 * DAY);
	cert_chain_release(chain);
	forge_free(&long_lived);
}

static void anchors_expire(void **state)
{
	struct world *world = *state;
	struct forged old =
		forge((struct order){ .common_name = "Old", .ca = true, .until = NOW - DAY });
	struct forged leaf = forge((struct order){ .common_name = "l", .issuer = &old });
	struct cert_cache *cache;

	write_pem(world, "old.pem", &old, 1);
	cache = cache_with(world, "old.pem", NULL);
	assert_int_equal(problems_now(CHAIN(cache, &leaf)), CERT_EXPIRED);
	cert_cache_free(cache);
	forge_free(&old);
	forge_free(&leaf);
}

/*
 * One CA under two certificates, the old one running out while the leaf lives: together they cover
 * the leaf's life, in whichever order they are sent.
 */
static void renewed_intermediate(void **state)
{
	struct world *world = *state;
	struct forged early = forge((struct order){
		.common_name = "I", .ca = true, .issuer = &world->root, .until = NOW });
	struct forged late = forge((struct order){ .common_name = "I",
		.ca = true,
		.issuer = &world->root,
		.key = early.key,
		.from = NOW - DAY,
		.until = NOW + 90 * DAY });
	struct forged gap = forge((struct order){ .common_name = "I",
		.ca = true,
		.issuer = &world->root,
		.key = early.key,
		.from = NOW + DAY,
		.until = NOW + 90 * DAY });
	struct forged dead_end = forge((struct order){ .common_name = "I",
		.ca = true,
		.issuer = &world->stranger,
		.key = early.key,
		.from = NOW - 900 * DAY,
		.until = NOW - 31 * DAY });
	struct forged leaf = forge((struct order){ .common_name = "l", .issuer = &early });
	const struct {
		const char *name;
		const struct forged *certs[4];
		int64_t until;
	} rows[] = {
		{ "old alone", { &leaf, &early }, NOW },
		{ "old, new", { &leaf, &early, &late }, NOW + 60 * DAY },
		{ "new, old", { &leaf, &late, &early }, NOW + 60 * DAY },
		{ "new after a gap", { &leaf, &early, &gap }, NOW },
		{ "out of date before", { &leaf, &dead_end, &early }, NOW },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct cert_chain *chain = chain_of(world->cache, rows[i].certs);

		assert_row_int(rows[i].name, chain->problems, 0);
		assert_row_int(rows[i].name, chain->valid_from, NOW - 30 * DAY);
		assert_row_int(rows[i].name, chain->valid_until, rows[i].until);
		cert_chain_release(chain);
	}
	forge_free(&early);
	forge_free(&late);
	forge_free(&gap);
	forge_free(&dead_end);
	forge_free(&leaf);
}

static void weak(void **state)
{
	struct world *world = *state;
	EVP_PKEY *rsa = EVP_RSA_gen(1024);
	struct forged sha1_root = forge((struct order){
		.common_name = "Old root", .ca = true, .digest = EVP_sha1(), .key = rsa });
	struct forged sha1_intermediate = forge((struct order){
		.common_name = "I", .ca = true, .issuer = &world->root, .digest = EVP_sha1() });
	struct forged under_sha1 =
		forge((struct order){ .common_name = "l", .issuer = &sha1_intermediate });
	struct forged sha1_leaf = forge(
		(struct order){ .common_name = "l", .issuer = &world->root, .digest = EVP_sha1() });
	struct forged short_key =
		forge((struct order){ .common_name = "l", .key = rsa, .issuer = &world->root });
	struct forged under_old = forge((struct order){ .common_name = "l", .issuer = &sha1_root });
	struct forged untrusted = forge((struct order){ .common_name = "l", .key = rsa });
	const struct forged roots[] = { world->root, sha1_root };
	struct cert_cache *cache;

	write_pem(world, "both.pem", roots, 2);
	cache = cache_with(world, "both.pem", NULL);
	assert_int_equal(problems_now(CHAIN(cache, &under_sha1, &sha1_intermediate)), CERT_WEAK);
	assert_int_equal(problems_now(CHAIN(cache, &sha1_leaf)), CERT_WEAK);
	assert_int_equal(problems_now(CHAIN(cache, &short_key)), CERT_WEAK);
	/* A weak anchor is the operator's choice. */
	assert_int_equal(problems_now(CHAIN(cache, &under_old)), 0);
	assert_int_equal(problems_now(CHAIN(cache, &untrusted)),
		CERT_WEAK | CERT_SELF_SIGNED | CERT_NOT_TRUSTED);
	cert_cache_free(cache);
	EVP_PKEY_free(rsa);
	forge_free(&sha1_root);
	forge_free(&sha1_intermediate);
	forge_free(&under_sha1);
	forge_free(&sha1_leaf);
	forge_free(&short_key);
	forge_free(&under_old);
	forge_free(&untrusted);
}

static void unreadable(void **state)
{
	struct world *world = *state;
	const struct bytes junk[] = { BYTES("no certificate"), world->intermediate.der };
	const struct bytes leaf_and_junk[] = { world->leaf.der, BYTES(""),
		world->intermediate.der };
	struct cert_chain *chain = cert_chain_get(world->cache, junk, 2);
	uint8_t digest[32];

	EVP_Digest(junk[0].p, junk[0].n, digest, NULL, EVP_sha256(), NULL);
	assert_int_equal(cert_chain_problems(chain, NOW), CERT_UNREADABLE | CERT_NOT_TRUSTED);
	assert_false(chain->certs[0]->parsed);
	assert_memory_equal(chain->certs[0]->sha256, digest, 32);
	assert_true(chain->certs[1]->parsed);
	cert_chain_release(chain);
	assert_int_equal(problems_now(cert_chain_get(world->cache, leaf_and_junk, 3)), 0);
}

static void write_crl(const struct world *world, const char *name, X509_CRL *crl, bool pem)
{
	char path[64];
	FILE *file = fopen(file_in(world, name, path), "w");

	assert_non_null(file);
	if (pem)
		PEM_write_X509_CRL(file, crl);
	else
		i2d_X509_CRL_fp(file, crl);
	fclose(file);
	X509_CRL_free(crl);
}

static void revoked_by_crl(void **state)
{
	struct world *world = *state;
	const struct forged *intermediate = &world->intermediate;
	struct cert_cache *cache;
	const struct {
		const char *name;
		X509_CRL *crl;
		unsigned int want;
		bool pem;
	} rows[] = {
		{ "leaf", forge_crl(intermediate, intermediate->key, LEAF), CERT_REVOKED, true },
		{ "leaf, DER", forge_crl(intermediate, intermediate->key, LEAF), CERT_REVOKED,
			false },
		{ "another", forge_crl(intermediate, intermediate->key, LEAF + 1), 0, true },
		{ "forged", forge_crl(intermediate, world->stranger.key, LEAF), 0, true },
		{ "other issuer", forge_crl(&world->root, world->root.key, LEAF), 0, false },
		{ "intermediate", forge_crl(&world->root, world->root.key, INTERMEDIATE),
			CERT_REVOKED, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		write_crl(world, "one.crl", rows[i].crl, rows[i].pem);
		cache = cache_with(world, "root.pem", "one.crl");
		assert_row(rows[i].name, cache);
		assert_row_int(rows[i].name, problems_now(CHAIN(cache, &world->leaf, intermediate)),
			rows[i].want);
		/* A second chain: the CRL's signature is remembered. */
		assert_row_int(rows[i].name,
			problems_now(CHAIN(cache, &world->leaf, intermediate, &world->root)),
			rows[i].want);
		cert_cache_free(cache);
	}
}

static void folders(void **state)
{
	struct world *world = *state;
	char trust[64], crls[64];
	struct cert_cache *cache;

	mkdir(file_in(world, "trust", trust), 0700);
	mkdir(file_in(world, "crls", crls), 0700);
	write_pem(world, "trust/a.pem", &world->root, 1);
	write_pem(world, "trust/again.pem", &world->root, 1);
	write_pem(world, "trust/README", NULL, 0);
	write_crl(world, "crls/b.crl", forge_crl(&world->root, world->root.key, 1), false);
	write_crl(
		world, "crls/a.crl", forge_crl(&world->root, world->root.key, INTERMEDIATE), true);
	write_pem(world, "crls/README", NULL, 0);
	cache = cache_with(world, "trust", "crls");
	assert_non_null(cache);
	assert_int_equal(
		problems_now(CHAIN(cache, &world->leaf, &world->intermediate)), CERT_REVOKED);
	cert_cache_free(cache);
}

/* Without --trust: the file that OpenSSL would take, else its folder. */
static void system_store(void **state)
{
	struct world *world = *state;
	struct cert_params params = { 0 };
	struct cert_cache *cache;
	char path[64];

	mkdir(file_in(world, "system", path), 0700);
	setenv("SSL_CERT_DIR", path, 1);
	write_pem(world, "system/root.pem", &world->root, 1);
	setenv("SSL_CERT_FILE", file_in(world, "missing.pem", path), 1);
	cache = cert_cache_new(&params);
	assert_int_equal(problems_now(CHAIN(cache, &world->leaf, &world->intermediate)), 0);
	cert_cache_free(cache);
	write_pem(world, "stranger.pem", &world->stranger, 1);
	setenv("SSL_CERT_FILE", file_in(world, "stranger.pem", path), 1);
	cache = cert_cache_new(&params);
	assert_int_equal(
		problems_now(CHAIN(cache, &world->leaf, &world->intermediate)), CERT_NOT_TRUSTED);
	cert_cache_free(cache);
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
}

/* An anchor need be no root. */
static void pinned(void **state)
{
	struct world *world = *state;
	struct forged self = forge((struct order){ .common_name = "mx.example.com" });
	const struct forged pins[] = { world->intermediate, self };
	struct cert_cache *cache;

	write_pem(world, "pins.pem", pins, 2);
	cache = cache_with(world, "pins.pem", NULL);
	assert_int_equal(problems_now(CHAIN(cache, &world->leaf)), 0);
	assert_int_equal(problems_now(CHAIN(cache, &world->leaf, &world->intermediate)), 0);
	assert_int_equal(problems_now(CHAIN(cache, &self)), CERT_SELF_SIGNED);
	cert_cache_free(cache);
	forge_free(&self);
}

static void broken_files(void **state)
{
	struct world *world = *state;
	char path[64];
	FILE *file;

	/* The faults are told on standard error; here only that they are faults counts. */
	int standard_error = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);

	dup2(nowhere, STDERR_FILENO);
	assert_null(cache_with(world, "missing.pem", NULL));
	write_pem(world, "empty.pem", NULL, 0);
	assert_null(cache_with(world, "empty.pem", NULL));
	assert_null(cache_with(world, "root.pem", "empty.pem"));
	mkdir(file_in(world, "empty", path), 0700);
	assert_null(cache_with(world, "empty", NULL));
	file = fopen(file_in(world, "broken.pem", path), "w");
	PEM_write_X509(file, world->root.x);
	fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file);
	fclose(file);
	assert_null(cache_with(world, "broken.pem", NULL));
	file = fopen(path, "w");
	fputs("-----BEGIN CERTIFICATE-----\nMIIB", file);
	fclose(file);
	assert_null(cache_with(world, "broken.pem", NULL));
	dup2(standard_error, STDERR_FILENO);
	close(standard_error);
	close(nowhere);
}

static void counts(void **state)
{
	struct world *world = *state;
	struct cert_params params = { .max_chains = 2 };
	struct forged other =
		forge((struct order){ .common_name = "o", .issuer = &world->intermediate });
	struct forged third =
		forge((struct order){ .common_name = "t", .issuer = &world->intermediate });
	struct cert_chain *first, *again;
	struct cert_cache *cache;
	char path[64];

	params.trust = file_in(world, "root.pem", path);
	cache = cert_cache_new(&params);
	first = CHAIN(cache, &world->leaf, &world->intermediate);
	again = CHAIN(cache, &world->leaf, &world->intermediate);
	assert_ptr_equal(first, again);
	cert_chain_release(cert_chain_retain(again));
	cert_chain_release(again);
	assert_int_equal(cert_cache_parsed(cache), 1);
	assert_int_equal(cert_cache_certs_parsed(cache), 2);

	/* The intermediate is shared. */
	cert_chain_release(CHAIN(cache, &other, &world->intermediate));
	assert_int_equal(cert_cache_parsed(cache), 2);
	assert_int_equal(cert_cache_certs_parsed(cache), 3);

	/* The cache forgets the first, which is in use and lives on. */
	cert_chain_release(CHAIN(cache, &third, &world->intermediate));
	assert_string_equal(first->certs[0]->subject, "CN=mx.example.com,O=Example");
	again = CHAIN(cache, &world->leaf, &world->intermediate);
	assert_ptr_not_equal(first, again);
	assert_ptr_equal(first->certs[0], again->certs[0]);
	assert_int_equal(cert_cache_parsed(cache), 4);
	assert_int_equal(cert_cache_certs_parsed(cache), 4);
	cert_chain_release(first);
	cert_chain_release(again);
	cert_chain_release(NULL);
	cert_cache_free(cache);
	forge_free(&other);
	forge_free(&third);
}

/* Memory is bounded too, not only the number of chains. */
static void large_chains(void **state)
{
	struct world *world = *state;
	const size_t size = CERT_DER_MAX;
	uint8_t *junk = calloc(1, size);
	uint64_t parsed = cert_cache_parsed(world->cache);

	for (uint32_t i = 0; i < 1024; i++) {
		struct bytes der[] = { bytes_of(junk, size) };

		memcpy(junk, &i, sizeof(i));
		cert_chain_release(cert_chain_get(world->cache, der, 1));
	}
	assert_int_equal(cert_cache_parsed(world->cache) - parsed, 1024);
	/* 128 MiB at 4 bytes of memory for one of DER hold some 512: the first is gone, the last
	 * not. */
	for (uint32_t i = 1024; i-- > 1022;) {
		struct bytes der[] = { bytes_of(junk, size) };

		memcpy(junk, &i, sizeof(i));
		cert_chain_release(cert_chain_get(world->cache, der, 1));
	}
	assert_int_equal(cert_cache_parsed(world->cache) - parsed, 1024);
	memset(junk, 0, size);
	cert_chain_release(cert_chain_get(world->cache, &(struct bytes){ junk, size }, 1));
	assert_int_equal(cert_cache_parsed(world->cache) - parsed, 1025);
	free(junk);
}

/* A response about the leaf of @world, signed by @signer. */
static struct bytes staple(
	const struct world *world, const struct forged *signer, int status, const EVP_MD *digest)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(digest, world->leaf.x, world->intermediate.x);
	ASN1_TIME *when = ASN1_TIME_set(NULL, NOW);
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	int n;

	OCSP_basic_add1_status(
		basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, when, when, when);
	assert_true(OCSP_basic_sign(basic, signer->x, signer->key, EVP_sha256(), NULL, 0));
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	n = i2d_OCSP_RESPONSE(response, &der);
	assert_true(n > 0);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(when);
	return bytes_of(der, (size_t)n);
}

static void stapled(void **state)
{
	struct world *world = *state;
	struct forged delegate = forge((struct order){
		.common_name = "OCSP", .issuer = &world->intermediate, .usage = "OCSPSigning" });
	struct forged unappointed =
		forge((struct order){ .common_name = "OCSP", .issuer = &world->intermediate });
	struct forged other = forge((struct order){
		.common_name = "o", .serial = LEAF + 1, .issuer = &world->intermediate });
	const struct {
		const char *name;
		const struct forged *signer;
		int status;
		const EVP_MD *digest;
		enum cert_status want;
	} rows[] = {
		{ "good", &world->intermediate, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(),
			CERT_STATUS_GOOD },
		{ "revoked", &world->intermediate, V_OCSP_CERTSTATUS_REVOKED, EVP_sha1(),
			CERT_STATUS_REVOKED },
		{ "unknown", &world->intermediate, V_OCSP_CERTSTATUS_UNKNOWN, EVP_sha1(),
			CERT_STATUS_UNKNOWN },
		{ "SHA-256 id", &world->intermediate, V_OCSP_CERTSTATUS_GOOD, EVP_sha256(),
			CERT_STATUS_GOOD },
		{ "delegate", &delegate, V_OCSP_CERTSTATUS_REVOKED, EVP_sha1(),
			CERT_STATUS_REVOKED },
		{ "not appointed", &unappointed, V_OCSP_CERTSTATUS_REVOKED, EVP_sha1(),
			CERT_STATUS_UNKNOWN },
		{ "the leaf itself", &world->leaf, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(),
			CERT_STATUS_UNKNOWN },
		{ "the root", &world->root, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(),
			CERT_STATUS_UNKNOWN },
		{ "a stranger", &world->stranger, V_OCSP_CERTSTATUS_GOOD, EVP_sha1(),
			CERT_STATUS_UNKNOWN },
	};
	struct cert_chain *chain = CHAIN(world->cache, &world->leaf, &world->intermediate);
	struct cert_chain *no_path = CHAIN(world->cache, &world->leaf);
	struct cert_chain *another = CHAIN(world->cache, &other, &world->intermediate);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct bytes der = staple(world, rows[i].signer, rows[i].status, rows[i].digest);

		/* The second time from memory. */
		assert_row_int(
			rows[i].name, cert_ocsp_status(world->cache, chain, der), rows[i].want);
		assert_row_int(
			rows[i].name, cert_ocsp_status(world->cache, chain, der), rows[i].want);
		assert_row_int(rows[i].name, cert_ocsp_status(world->cache, no_path, der),
			CERT_STATUS_UNKNOWN);
		assert_row_int(rows[i].name, cert_ocsp_status(world->cache, another, der),
			CERT_STATUS_UNKNOWN);
		OPENSSL_free((void *)(uintptr_t)der.p);
	}
	assert_int_equal(cert_ocsp_status(world->cache, chain, BYTES("")), CERT_STATUS_NONE);
	assert_int_equal(cert_ocsp_status(world->cache, chain, BYTES("junk")), CERT_STATUS_UNKNOWN);
	cert_chain_release(chain);
	cert_chain_release(no_path);
	cert_chain_release(another);
	forge_free(&delegate);
	forge_free(&unappointed);
	forge_free(&other);
}

struct staple_cut {
	struct world *world;
	struct cert_chain *chain;
};

static void cut_staple(struct bytes prefix, void *context)
{
	struct staple_cut *cut = context;

	assert_int_equal(cert_ocsp_status(cut->world->cache, cut->chain, prefix),
		prefix.n ? CERT_STATUS_UNKNOWN : CERT_STATUS_NONE);
}

static void stapled_truncated(void **state)
{
	struct staple_cut cut = { .world = *state };
	struct bytes der =
		staple(cut.world, &cut.world->intermediate, V_OCSP_CERTSTATUS_GOOD, EVP_sha1());

	cut.chain = CHAIN(cut.world->cache, &cut.world->leaf, &cut.world->intermediate);
	every_truncation(der, cut_staple, &cut);
	cert_chain_release(cut.chain);
	OPENSSL_free((void *)(uintptr_t)der.p);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Only with BENCH set: what a distinct chain and a known one cost. */
static void bench(void **state)
{
	enum { CHAINS = 200, HITS = 20000 };
	struct world *world = *state;
	EVP_PKEY *rsa = EVP_RSA_gen(2048), *leaf_key = EVP_RSA_gen(2048);
	struct forged intermediate = forge((struct order){
		.common_name = "I", .ca = true, .issuer = &world->root, .key = rsa });
	struct forged leaves[CHAINS];
	int64_t start;

	for (size_t i = 0; i < CHAINS; i++)
		leaves[i] = forge((struct order){ .common_name = "mx.example.com",
			.key = leaf_key,
			.san = "DNS:mx.example.com,DNS:mx2.example.com",
			.issuer = &intermediate,
			.serial = (long)i + 1 });
	start = now_ns();
	for (size_t i = 0; i < CHAINS; i++)
		cert_chain_release(CHAIN(world->cache, &leaves[i], &intermediate));
	printf("# %lld us a distinct chain (RSA 2048, one intermediate)\n",
		(long long)(now_ns() - start) / CHAINS / 1000);
	start = now_ns();
	for (size_t i = 0; i < HITS; i++)
		cert_chain_release(CHAIN(world->cache, &leaves[i % CHAINS], &intermediate));
	printf("# %lld ns a known one (%zu bytes)\n", (long long)(now_ns() - start) / HITS,
		leaves[0].der.n + intermediate.der.n);
	for (size_t i = 0; i < CHAINS; i++)
		forge_free(&leaves[i]);
	forge_free(&intermediate);
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(leaf_key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trusted),
		cmocka_unit_test(not_trusted),
		cmocka_unit_test(cross_loops),
		cmocka_unit_test(deep_and_long),
		cmocka_unit_test(dates),
		cmocka_unit_test(anchors_expire),
		cmocka_unit_test(renewed_intermediate),
		cmocka_unit_test(weak),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(revoked_by_crl),
		cmocka_unit_test(folders),
		cmocka_unit_test(system_store),
		cmocka_unit_test(pinned),
		cmocka_unit_test(counts),
		cmocka_unit_test(large_chains),
		cmocka_unit_test(stapled),
		cmocka_unit_test(stapled_truncated),
		cmocka_unit_test(broken_files),
	};
	const struct CMUnitTest figures[] = { cmocka_unit_test(bench) };

	if (getenv("BENCH"))
		return cmocka_run_group_tests_name("cert figures", figures, set_up, tear_down);
	return cmocka_run_group_tests_name("cert_chain", tests, set_up, tear_down);
}
