// SPDX-License-Identifier: BSD-2-Clause
/* Whom we trust: anchors and CRLs in files and folders, stapled answers. */
#include "forge_world.h"

#include <fcntl.h>
#include <openssl/ocsp.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anchors_expire),
		cmocka_unit_test(revoked_by_crl),
		cmocka_unit_test(folders),
		cmocka_unit_test(system_store),
		cmocka_unit_test(pinned),
		cmocka_unit_test(broken_files),
		cmocka_unit_test(stapled),
		cmocka_unit_test(stapled_truncated),
	};

	return cmocka_run_group_tests_name("cert_trust", tests, world_make, world_free);
}
