// SPDX-License-Identifier: BSD-2-Clause
#include "forge_world.h"

#include "base/mem.h"
#include "evidence/dane.h"

/* The world's certificates, and some that are wrong in one thing each. */
struct cast {
	struct world *world;
	struct dane *dane;
	struct forged expired, client, nameless, self;
};

static int set_up(void **state)
{
	struct cast *cast = mem_alloc(sizeof(*cast));
	void *world;

	world_make(&world);
	cast->world = world;
	cast->dane = dane_new();
	cast->expired = forge((struct order){ .common_name = "old.example.com",
		.san = "DNS:mx.example.com,DNS:example.com",
		.issuer = &cast->world->intermediate,
		.from = NOW - 60 * DAY,
		.until = NOW - DAY });
	cast->client = forge((struct order){ .common_name = "client",
		.san = "DNS:mx.example.com",
		.usage = "clientAuth",
		.issuer = &cast->world->intermediate });
	cast->nameless = forge((struct order){
		.common_name = "mx.example.com", .issuer = &cast->world->intermediate });
	cast->self = forge((struct order){ .common_name = "other.example.org",
		.san = "DNS:other.example.org",
		.from = NOW - 60 * DAY,
		.until = NOW - DAY });
	*state = cast;
	return 0;
}

static int tear_down(void **state)
{
	struct cast *cast = *state;
	void *world = cast->world;

	forge_free(&cast->expired);
	forge_free(&cast->client);
	forge_free(&cast->nameless);
	forge_free(&cast->self);
	dane_free(cast->dane);
	world_free(&world);
	free(cast);
	return 0;
}

static const struct forged *actor(const struct cast *cast, const char *name)
{
	const struct {
		const char *name;
		const struct forged *forged;
	} actors[] = {
		{ "leaf", &cast->world->leaf },
		{ "intermediate", &cast->world->intermediate },
		{ "root", &cast->world->root },
		{ "stranger", &cast->world->stranger },
		{ "expired", &cast->expired },
		{ "client", &cast->client },
		{ "nameless", &cast->nameless },
		{ "self", &cast->self },
	};

	for (size_t i = 0; i < COUNT(actors); i++)
		if (strcmp(actors[i].name, name) == 0)
			return actors[i].forged;
	fail_msg("nobody is called %s", name);
	return NULL;
}

/* What stands in a record about a certificate; the caller frees .p. */
static struct bytes record_data(
	const struct forged *who, unsigned int selector, unsigned int matching)
{
	const EVP_MD *md = matching == 1 ? EVP_sha256() : EVP_sha512();
	struct bytes whole = who->der;
	unsigned char *spki = NULL;
	unsigned int n = 0;
	uint8_t *data;

	if (selector == 1) {
		whole.n = (size_t)i2d_X509_PUBKEY(X509_get_X509_PUBKEY(who->x), &spki);
		whole.p = spki;
	}
	data = mem_alloc(whole.n + EVP_MAX_MD_SIZE);
	if (matching == 0) {
		memcpy(data, whole.p, whole.n);
		n = (unsigned int)whole.n;
	} else {
		EVP_Digest(whole.p, whole.n, data, &n, md, NULL);
	}
	OPENSSL_free(spki);
	return bytes_of(data, n);
}

/* Records as "3 1 1 leaf, 2 0 1 root": a TLSA answer. "!leaf": with a bit that is wrong. */
static void make_answer(const struct cast *cast, const char *text, struct dns_answer *answer)
{
	char name[32];
	int used;

	*answer = (struct dns_answer){ .type = DNS_TLSA };
	answer->records = mem_alloc(DNS_RECORDS_MAX * sizeof(*answer->records));
	for (; *text; text += used, text += strspn(text, ", ")) {
		struct dns_tlsa *tlsa = &answer->records[answer->count].tlsa;
		unsigned int usage, selector, matching;

		if (sscanf(text, "%u %u %u %31[!a-z]%n", &usage, &selector, &matching, name,
			    &used) != 4)
			fail_msg("no record: %s", text);
		*tlsa = (struct dns_tlsa){ (uint8_t)usage, (uint8_t)selector, (uint8_t)matching,
			record_data(actor(cast, name + (*name == '!')), selector, matching) };
		if (*name == '!')
			((uint8_t *)(uintptr_t)tlsa->data.p)[tlsa->data.n - 1] ^= 1;
		answer->records[answer->count++].type = DNS_TLSA;
	}
}

static void free_answer(struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->count; i++)
		free((void *)(uintptr_t)answer->records[i].tlsa.data.p);
	free(answer->records);
}

/* Certificates as "leaf intermediate root". */
static struct cert_chain *make_chain(const struct cast *cast, const char *text)
{
	struct bytes der[CERT_CHAIN_MAX + 1];
	char name[32];
	size_t n = 0;
	int used;

	for (; sscanf(text, "%31s%n", name, &used) == 1; text += used)
		der[n++] = actor(cast, name)->der;
	return cert_chain_get(cast->world->cache, der, n);
}

#define NO_MATCH "nothing in the chain matches"
#define MX       "mx.example.com"

static const struct row {
	const char *name, *records, *chain, *host, *domain;
	int64_t when;
	enum dane_match want;
	const char *why;
} rows[] = {
	/* DANE-EE: neither dates, names, purpose nor issuer count. */
	{ "EE", "3 1 1 leaf", "leaf intermediate", MX, NULL, NOW, DANE_MATCH, "matches 3 1 1 " },
	{ "EE, SHA-512", "3 1 2 leaf", "leaf", MX, NULL, NOW, DANE_MATCH, "matches 3 1 2 " },
	{ "EE, the key itself", "3 1 0 leaf", "leaf", MX, NULL, NOW, DANE_MATCH, "matches 3 1 0 " },
	{ "EE, certificate", "3 0 1 leaf", "leaf", MX, NULL, NOW, DANE_MATCH, "matches 3 0 1 " },
	{ "EE, certificate, SHA-512", "3 0 2 leaf", "leaf", MX, NULL, NOW, DANE_MATCH, "3 0 2 " },
	{ "EE, the certificate itself", "3 0 0 leaf", "leaf", MX, NULL, NOW, DANE_MATCH, "..." },
	{ "EE, expired, another name, self-signed", "3 1 1 self", "self", MX, NULL, NOW, DANE_MATCH,
		"matches" },
	{ "EE, for clients", "3 1 1 client", "client intermediate", MX, NULL, NOW, DANE_MATCH,
		"matches" },
	{ "EE, wrong digest", "3 1 1 !leaf", "leaf intermediate", MX, NULL, NOW, DANE_MISMATCH,
		NO_MATCH },
	{ "EE, of the issuer", "3 1 1 intermediate", "leaf intermediate", MX, NULL, NOW,
		DANE_MISMATCH, NO_MATCH },
	{ "one of several suffices", "3 1 1 !leaf, 3 1 1 leaf", "leaf", MX, NULL, NOW, DANE_MATCH,
		"matches" },
	/* DANE-TA: the chain, its dates and names count. */
	{ "TA", "2 1 1 intermediate", "leaf intermediate", MX, NULL, NOW, DANE_MATCH, "authority" },
	{ "TA, certificate", "2 0 2 intermediate", "leaf intermediate", MX, NULL, NOW, DANE_MATCH,
		"authority" },
	{ "TA, two steps up", "2 0 1 root", "leaf intermediate root", MX, NULL, NOW, DANE_MATCH,
		"authority" },
	{ "TA, unordered", "2 0 1 root", "leaf root intermediate", MX, NULL, NOW, DANE_MATCH,
		"authority" },
	{ "TA, not presented", "2 1 1 root", "leaf intermediate", MX, NULL, NOW, DANE_MISMATCH,
		NO_MATCH },
	{ "TA, not presented but published", "2 0 0 intermediate", "leaf", MX, NULL, NOW,
		DANE_MATCH, "authority" },
	{ "TA, its key published", "2 1 0 intermediate", "leaf", MX, NULL, NOW, DANE_MATCH,
		"authority" },
	{ "TA, another key published", "2 1 0 stranger", "leaf", MX, NULL, NOW, DANE_MISMATCH, "" },
	{ "TA, presented but not of the path", "2 1 1 stranger", "leaf intermediate stranger", MX,
		NULL, NOW, DANE_MISMATCH, "" },
	{ "TA, another name", "2 1 1 intermediate", "leaf intermediate", "mx2.example.com", NULL,
		NOW, DANE_MISMATCH, "hostname mismatch" },
	{ "TA, the domain's name", "2 1 1 intermediate", "leaf intermediate", "mx2.example.com",
		"mx.example.com", NOW, DANE_MATCH, "authority" },
	{ "TA, a name below", "2 1 1 intermediate", "leaf intermediate", "example.com", NULL, NOW,
		DANE_MISMATCH, "hostname mismatch" },
	{ "TA, a dot in front", "2 1 1 intermediate", "leaf intermediate", "mx2.example.com",
		".example.com", NOW, DANE_MISMATCH, "hostname mismatch" },
	{ "TA, no name but the common one", "2 1 1 intermediate", "nameless intermediate", MX, NULL,
		NOW, DANE_MATCH, "authority" },
	{ "TA, expired", "2 1 1 intermediate", "expired intermediate", MX, NULL, NOW, DANE_MISMATCH,
		"certificate has expired" },
	{ "TA, not expired then", "2 1 1 intermediate", "expired intermediate", MX, NULL,
		NOW - 2 * DAY, DANE_MATCH, "authority" },
	{ "TA, not yet", "2 1 1 intermediate", "leaf intermediate", MX, NULL, NOW - 40 * DAY,
		DANE_MISMATCH, "not yet valid" },
	{ "TA, for clients", "2 1 1 intermediate", "client intermediate", MX, NULL, NOW,
		DANE_MISMATCH, "purpose" },
	{ "TA, of the leaf", "2 1 1 leaf", "leaf intermediate", MX, NULL, NOW, DANE_MISMATCH,
		NO_MATCH },
	{ "TA fits, EE does not", "3 1 1 !leaf, 2 1 1 intermediate", "leaf intermediate", MX, NULL,
		NOW, DANE_MATCH, "authority" },
	{ "EE fits, TA does not", "2 1 1 !intermediate, 3 1 1 expired", "expired intermediate", MX,
		NULL, NOW, DANE_MATCH, "matches 3 1 1" },
	/* RFC 7671 9. */
	{ "stronger digest fits", "3 1 1 !leaf, 3 1 2 leaf", "leaf", MX, NULL, NOW, DANE_MATCH,
		"3 1 2" },
	{ "only the weaker fits", "3 1 1 leaf, 3 1 2 !leaf", "leaf", MX, NULL, NOW, DANE_MISMATCH,
		NO_MATCH },
	{ "another order", "3 1 2 !leaf, 3 1 1 leaf", "leaf", MX, NULL, NOW, DANE_MISMATCH,
		NO_MATCH },
	{ "stronger for another selector", "3 1 1 leaf, 3 0 2 !leaf", "leaf", MX, NULL, NOW,
		DANE_MATCH, "3 1 1" },
	{ "stronger for another usage", "3 1 1 leaf, 2 1 2 !leaf", "leaf", MX, NULL, NOW,
		DANE_MATCH, "3 1 1" },
	{ "in full beside a digest", "3 1 0 leaf, 3 1 2 !leaf", "leaf", MX, NULL, NOW, DANE_MATCH,
		"3 1 0" },
	/* RFC 7672 3.1.3. */
	{ "none", "", "leaf", MX, NULL, NOW, DANE_UNUSABLE, "no usable" },
	{ "PKIX-TA", "0 1 1 intermediate", "leaf intermediate", MX, NULL, NOW, DANE_UNUSABLE,
		"no usable" },
	{ "PKIX-EE", "1 1 1 leaf", "leaf", MX, NULL, NOW, DANE_UNUSABLE, "no usable" },
	{ "usage 4", "4 1 1 leaf", "leaf", MX, NULL, NOW, DANE_UNUSABLE, "no usable" },
	{ "selector 7", "3 7 1 leaf", "leaf", MX, NULL, NOW, DANE_UNUSABLE, "no usable" },
	{ "PKIX-EE beside a wrong EE", "1 1 1 leaf, 3 1 1 !leaf", "leaf", MX, NULL, NOW,
		DANE_MISMATCH, NO_MATCH },
};

static void check_row(const struct cast *cast, const struct row *row)
{
	struct dns_answer answer;
	struct dane_records records;
	struct text why = { 0 };
	struct cert_chain *chain = make_chain(cast, row->chain);

	make_answer(cast, row->records, &answer);
	dane_records_init(&records, &answer);
	free_answer(&answer); /* nothing is borrowed */
	assert_row_int(row->name,
		dane_check(cast->dane, &records, chain, row->host, row->domain, row->when, &why),
		row->want);
	assert_row(row->name, why.s && strstr(why.s, row->why));
	/* Without a place for words, and once more: the same. */
	assert_row_int(row->name,
		dane_check(cast->dane, &records, chain, row->host, row->domain, row->when, NULL),
		row->want);
	dane_records_fini(&records);
	cert_chain_release(chain);
	text_free(&why);
}

static void chains(void **state)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		check_row(*state, &rows[i]);
}

/* Records by their bytes: what is usable, and what is left of it. */
static void usable(void **state)
{
	static const struct {
		const char *name;
		uint8_t usage, selector, matching;
		size_t length; /* of zeroes */
		size_t n;
	} table[] = {
		{ "SHA-256", 3, 1, 1, 32, 1 },
		{ "SHA-256, short", 3, 1, 1, 31, 0 },
		{ "SHA-256, long", 3, 1, 1, 33, 0 },
		{ "SHA-256, empty", 3, 1, 1, 0, 0 },
		{ "SHA-512", 2, 0, 2, 64, 1 },
		{ "SHA-512, short", 2, 0, 2, 63, 0 },
		{ "SHA-512 by the length of the other", 2, 0, 2, 32, 0 },
		{ "matching type 3", 3, 1, 3, 48, 0 },
		{ "matching type 255", 3, 1, 255, 32, 0 },
		{ "a key that is none", 3, 1, 0, 100, 0 },
		{ "a certificate that is none", 2, 0, 0, 100, 0 },
		{ "an empty certificate", 2, 0, 0, 0, 0 },
	};
	uint8_t zeroes[100] = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		struct bytes data = guarded(bytes_of(zeroes, table[i].length));
		struct dns_record record = { .type = DNS_TLSA,
			.tlsa = { table[i].usage, table[i].selector, table[i].matching, data } };
		struct dns_answer answer = { .type = DNS_TLSA, .records = &record, .count = 1 };
		struct dane_records records;

		dane_records_init(&records, &answer);
		assert_row_int(table[i].name, records.n, table[i].n);
		assert_row_int(table[i].name, records.unusable, 1 - table[i].n);
		dane_records_fini(&records);
		guarded_free(data);
	}
}

/* Certificates and keys in full must be all of the data. */
static void trailing_bytes(void **state)
{
	const struct cast *cast = *state;

	for (unsigned int selector = 0; selector < 2; selector++) {
		struct bytes data = record_data(&cast->world->leaf, selector, 0);

		for (size_t n = data.n - 1; n <= data.n + 1; n++) {
			struct dns_record record = { .type = DNS_TLSA,
				.tlsa = { 3, (uint8_t)selector, 0, bytes_of(data.p, n) } };
			struct dns_answer answer = { .records = &record, .count = 1 };
			struct dane_records records;

			dane_records_init(&records, &answer);
			assert_int_equal(records.n, n == data.n);
			dane_records_fini(&records);
		}
		free((void *)(uintptr_t)data.p);
	}
}

/* A key that takes long to verify with, as a stranger may publish, is not verified with. */
static void dear_key(void **state)
{
	EVP_PKEY *key = forge_monstrous_key(2048, 2000);
	struct dns_record record = { .type = DNS_TLSA, .tlsa = { .selector = 1 } };
	struct dns_answer answer = { .records = &record, .count = 1 };
	struct dane_records records;
	unsigned char *spki = NULL;

	(void)state;
	record.tlsa.data.n = (size_t)i2d_PUBKEY(key, &spki);
	record.tlsa.data.p = spki;
	for (uint8_t usage = 2; usage <= 3; usage++) {
		record.tlsa.usage = usage;
		dane_records_init(&records, &answer);
		assert_int_equal(records.n, usage == 3); /* only compared */
		dane_records_fini(&records);
	}
	OPENSSL_free(spki);
	EVP_PKEY_free(key);
}

/* What was cut may hold what matches. */
static void cut(void **state)
{
	const struct cast *cast = *state;
	struct cert_chain *leaf = make_chain(cast, "leaf"), *cut_chain;
	struct bytes der[CERT_CHAIN_MAX + 2];
	struct dns_answer answer;
	struct dane_records records;

	for (size_t i = 0; i < COUNT(der); i++)
		der[i] = i ? cast->world->stranger.der : cast->world->leaf.der;
	cut_chain = cert_chain_get(cast->world->cache, der, COUNT(der));
	assert_true(cut_chain->cut);

	make_answer(cast, "3 1 1 !leaf", &answer);
	answer.cut = true;
	dane_records_init(&records, &answer);
	assert_int_equal(dane_check(cast->dane, &records, leaf, MX, NULL, NOW, NULL), DANE_UNKNOWN);
	dane_records_fini(&records);
	answer.cut = false;
	dane_records_init(&records, &answer);
	/* DANE-EE looks at the leaf alone, and that is there. */
	assert_int_equal(
		dane_check(cast->dane, &records, cut_chain, MX, NULL, NOW, NULL), DANE_MISMATCH);
	dane_records_fini(&records);
	free_answer(&answer);

	make_answer(cast, "2 1 1 intermediate", &answer);
	dane_records_init(&records, &answer);
	assert_int_equal(
		dane_check(cast->dane, &records, cut_chain, MX, NULL, NOW, NULL), DANE_UNKNOWN);
	dane_records_fini(&records);
	free_answer(&answer);
	cert_chain_release(leaf);
	cert_chain_release(cut_chain);
}

/* A leaf that is no certificate matches nothing, and breaks nothing. */
static void unreadable_leaf(void **state)
{
	const struct cast *cast = *state;
	struct bytes der[] = { BYTES("\x30\x03\x02\x01\x01"), cast->world->intermediate.der };
	struct cert_chain *chain = cert_chain_get(cast->world->cache, der, 2);
	struct dns_answer answer;
	struct dane_records records;

	make_answer(cast, "2 1 1 intermediate, 3 1 1 leaf", &answer);
	dane_records_init(&records, &answer);
	assert_int_equal(
		dane_check(cast->dane, &records, chain, MX, NULL, NOW, NULL), DANE_MISMATCH);
	dane_records_fini(&records);
	free_answer(&answer);
	cert_chain_release(chain);
}

static void printed(void **state)
{
	uint8_t data[100] = { 0x5f, 0xec };
	struct dane_record record = { 3, 1, 1, 2, data };
	struct text text = { 0 };

	(void)state;
	dane_record_print(&record, &text);
	assert_string_equal(text.s, "3 1 1 5fec");
	text_reset(&text);
	record.length = sizeof(data);
	dane_record_print(&record, &text);
	assert_int_equal(text.n, strlen("3 1 1 ") + 2 * 64 + strlen("..."));
	text_free(&text);
}

/* The bytes that a chain is asked for are those that were presented. */
static void chain_der(void **state)
{
	const struct cast *cast = *state;
	struct cert_chain *chain = make_chain(cast, "leaf intermediate root");

	assert_true(bytes_equal(cert_chain_der(chain, 0), cast->world->leaf.der));
	assert_true(bytes_equal(cert_chain_der(chain, 1), cast->world->intermediate.der));
	assert_true(bytes_equal(cert_chain_der(chain, 2), cast->world->root.der));
	cert_chain_release(chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains),
		cmocka_unit_test(usable),
		cmocka_unit_test(trailing_bytes),
		cmocka_unit_test(dear_key),
		cmocka_unit_test(cut),
		cmocka_unit_test(unreadable_leaf),
		cmocka_unit_test(printed),
		cmocka_unit_test(chain_der),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
