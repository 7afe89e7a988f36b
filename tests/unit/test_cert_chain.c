// SPDX-License-Identifier: BSD-2-Clause
/* Chains: paths to an anchor, their dates, the cache. */
#include "forge_world.h"

#include <time.h>

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
		cmocka_unit_test(renewed_intermediate),
		cmocka_unit_test(weak),
		cmocka_unit_test(unreadable),
		cmocka_unit_test(counts),
		cmocka_unit_test(large_chains),
	};
	const struct CMUnitTest figures[] = { cmocka_unit_test(bench) };

	if (getenv("BENCH"))
		return cmocka_run_group_tests_name("cert figures", figures, world_make, world_free);
	return cmocka_run_group_tests_name("cert_chain", tests, world_make, world_free);
}
