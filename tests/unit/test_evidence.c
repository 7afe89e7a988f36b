// SPDX-License-Identifier: BSD-2-Clause
/*
 * What all stores together say of one session: which MX, which policies, in which order, and
 * whether they were in force then.
 */
#include "forge_world.h"

#include "base/mem.h"
#include "evidence/dane.h"
#include "evidence/policy_cache.h"

#define NS INT64_C(1000000000)
#define SERVER_ADDR                                                                                \
	{                                                                                          \
		.ip = { 198, 51, 100, 25 }, .length = 4                                            \
	}
#define CLIENT_ADDR                                                                                \
	{                                                                                          \
		.ip = { 192, 0, 2, 10 }, .length = 4                                               \
	}

struct house {
	struct world *world;
	struct evidence_params params;
	struct text paths[16];
	size_t path_count;
};

static int set_up(void **state)
{
	struct house *house = mem_alloc(sizeof(*house));
	void *world;

	world_make(&world);
	house->world = world;
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;
	void *world = house->world;

	for (size_t i = 0; i < house->path_count; i++)
		text_free(&house->paths[i]);
	world_free(&world);
	free(house);
	return 0;
}

/* The path of a file in the world's folder, kept with the house. */
static const char *path_of(struct house *house, const char *name)
{
	struct text *path = &house->paths[house->path_count++];

	text_printf(path, "%s/%s", house->world->folder, name);
	return path->s;
}

static const char *write_text(struct house *house, const char *name, const char *text)
{
	const char *path = path_of(house, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

static void policies(struct house *house, const char *name, const char *text)
{
	if (!house->params.policies) {
		house->params.policies = path_of(house, "policies");
		assert_int_equal(mkdir(house->params.policies, 0700), 0);
	}
	write_text(house, name, text);
}

static void list(struct house *house, const char *name, const char *text)
{
	house->params.lists[house->params.list_count++] = write_text(house, name, text);
}

static struct evidence_store *opened(const struct house *house)
{
	struct evidence_store *store = evidence_open(&house->params);

	assert_non_null(store);
	return store;
}

/* A clear session at NOW, with mail for a domain or (NULL) without. */
static struct record clear_session(const char *recipient)
{
	struct record record = {
		.flow = { .endpoint = { { CLIENT_ADDR, 49152 }, { SERVER_ADDR, 25 } },
			.first = NOW * NS },
		.smtp = { .offer = OFFER_ABSENT, .cleartext_mail = recipient != NULL },
	};

	if (recipient)
		record.smtp.recipient_domains =
			(struct smtp_strings){ .block = (char *)(uintptr_t)recipient,
				.bytes = (uint16_t)(strlen(recipient) + 1),
				.n = 1 };
	return record;
}

static struct record tls_session(struct cert_chain *chain, const char *sni)
{
	struct record record = clear_session(NULL);

	record.tls.chain = chain;
	record.tls.server_name = (char *)(uintptr_t)sni;
	record.tls.established = true;
	return record;
}

/*
 * Policies as "domain type mode source ...": " R" recipient seen, " X" expired, "m+" / "m-" the MX
 * is (not) one of them, "c+" / "c-" the certificate is (not) right.
 */
static void print_policies(struct text *out, const struct evidence *evidence)
{
	static const char *const mx[] = { "", " m-", " m+" }, *const cert[] = { "", " c-", " c+" };

	text_reset(out);
	text_puts(out, "");
	for (size_t i = 0; i < evidence->policy_count; i++) {
		const struct bound_policy *policy = &evidence->policies[i];

		text_printf(out, "%s%s %s %s %s%s%s%s%s", i ? "; " : "", policy->domain,
			policy_type_name(policy->type), policy_mode_name(policy->mode),
			policy->source, mx[policy->mx_matches], cert[policy->certificate_matches],
			policy->recipient_seen ? " R" : "", policy->expired ? " X" : "");
	}
}

static void check(struct evidence_store *store, const struct record *record, const char *want)
{
	struct evidence evidence;
	struct text text = { 0 };

	evidence_ask(store, record, &evidence);
	print_policies(&text, &evidence);
	assert_row_string(want, text.s, want);
	text_free(&text);
}

#define POLICY(mode, mx) "version: STSv1\nmode: " mode "\nmax_age: 86400\nmx: " mx "\n"
#define MAP              "198.51.100.25:\n  mx.example.com: [example.com]\n"

static void lists_beside_policies(void **state)
{
	struct house *house = *state;
	struct record record = clear_session("example.com");
	struct evidence_store *store;

	policies(house, "policies/example.com.txt", POLICY("testing", "mx.example.com"));
	list(house, "pins.yml",
		"policies:\n  example.com: {mode: enforce, mxs: [mx.example.com]}\n"
		"  example.net: {mode: enforce, mxs: [.example.net]}\n");
	list(house, "old.json",
		"{\"expires\": \"2020-06-03T00:00:00Z\", \"policies\": {\"example.org\": "
		"{\"mode\": \"enforce\", \"mxs\": [\"mx.example.org\"]}}}");
	house->params.mx_map = write_text(house, "map", MAP);
	store = opened(house);
	/* The domain's own word beats the list. */
	check(store, &record, "example.com sts testing example.com.txt m+ R");
	record = clear_session("example.net");
	check(store, &record, "example.net list enforce pins.yml m- R");
	record = clear_session("example.org");
	check(store, &record, "example.org list none old.json m- R X");
	record = clear_session("example.edu");
	check(store, &record, "");
	/* It was in force then. */
	record = clear_session("example.org");
	record.flow.first = INT64_C(1591142399) * NS;
	check(store, &record, "example.org list enforce old.json m- R");
	evidence_close(store);
}

static void cached_policies(void **state)
{
	struct house *house = *state;
	struct record record = clear_session("example.com");
	struct evidence_store *stores;
	struct evidence evidence;
	struct policy_cache *cache;
	struct store *store;

	house->params.db = path_of(house, "db");
	house->params.mx_map = write_text(house, "map", MAP);
	store = store_open(house->params.db);
	cache = policy_cache_open(store);
	assert_true(policy_cache_put(cache, "example.com", "1",
		bytes_str(POLICY("enforce", "mx.example.com")), "fetch", NOW - 3600, NULL));
	assert_true(policy_cache_put(cache, "old.example", "1",
		bytes_str(POLICY("enforce", "mx.example.com")), "fetch", NOW - 86400, NULL));
	assert_true(policy_cache_put(cache, "weak.example", "1",
		bytes_str(POLICY("enforce", "mx.example.com")), "fetch", NOW - 7200, NULL));
	assert_true(policy_cache_put(cache, "weak.example", "2",
		bytes_str(POLICY("none", "mx.example.com")), "fetch", NOW - 3600, NULL));
	assert_true(policy_cache_put(cache, "dark.example", "1",
		bytes_str(POLICY("enforce", "mx.example.com")), "fetch", NOW - 7200, NULL));
	assert_true(policy_cache_fail(cache, "dark.example", POLICY_HIDDEN, "SERVFAIL", NOW - 10));
	policy_cache_close(cache);
	store_close(store);

	stores = opened(house);
	evidence_ask(stores, &record, &evidence);
	assert_int_equal(evidence.policy_count, 1);
	assert_string_equal(evidence.policies[0].id, "1");
	assert_int_equal(evidence.policies[0].fetched, NOW - 3600);
	assert_int_equal(evidence.policies[0].expires, NOW - 3600 + 86400);
	assert_int_equal(evidence.policies[0].change, POLICY_UNCHANGED);
	check(stores, &record, "example.com sts enforce fetch m+ R");
	/* The last second of its life, and the first after it. */
	record.flow.first = (NOW - 3600 + 86400) * NS - 1;
	check(stores, &record, "example.com sts enforce fetch m+ R");
	record.flow.first++;
	check(stores, &record, "example.com sts none fetch m+ R X");

	record = clear_session("old.example");
	check(stores, &record, "old.example sts none fetch m+ R X");
	record = clear_session("weak.example");
	evidence_ask(stores, &record, &evidence);
	check(stores, &record, "weak.example sts none fetch m+ R");
	assert_int_equal(evidence.policies[0].change, POLICY_WEAKENED);
	assert_int_equal(evidence.policies[0].before, POLICY_ENFORCE);
	record = clear_session("dark.example");
	evidence_ask(stores, &record, &evidence);
	assert_int_equal(evidence.policies[0].change, POLICY_HIDDEN);
	assert_string_equal(evidence.policies[0].error, "SERVFAIL");
	/* No recipients: all that name the server. */
	record = clear_session(NULL);
	check(stores, &record,
		"example.com sts enforce fetch m+; dark.example sts enforce fetch m+; "
		"old.example sts none fetch m+ X; weak.example sts none fetch m+");
	evidence_close(stores);
}

/* What stands in the folder comes before what was fetched. */
static void folder_before_cache(void **state)
{
	struct house *house = *state;
	struct record record = clear_session("example.com");
	struct evidence_store *stores;
	struct policy_cache *cache;
	struct store *store;

	house->params.db = path_of(house, "db");
	store = store_open(house->params.db);
	cache = policy_cache_open(store);
	assert_true(policy_cache_put(cache, "example.com", "1",
		bytes_str(POLICY("enforce", "mx.example.com")), "fetch", NOW - 3600, NULL));
	policy_cache_close(cache);
	store_close(store);
	policies(house, "policies/example.com.txt", POLICY("testing", "mx.example.com"));
	stores = opened(house);
	check(stores, &record, "example.com sts testing example.com.txt R");
	evidence_close(stores);
}

static void broken_policy(void **state)
{
	struct house *house = *state;
	struct record record = clear_session("example.com");
	struct evidence_store *store;
	struct evidence evidence;

	policies(house, "policies/example.com.txt", "version: STSv1\nmode: enforced\n");
	policies(house, "policies/example.net.txt", POLICY("enforce", "mx.example.com"));
	store = opened(house);
	evidence_ask(store, &record, &evidence);
	assert_int_equal(evidence.policy_count, 0);
	assert_string_equal(evidence.invalid_domain, "example.com");
	assert_true(bytes_starts(bytes_str(evidence.invalid_why), "example.com.txt:2: "));
	record = clear_session("example.net");
	evidence_ask(store, &record, &evidence);
	assert_int_equal(evidence.policy_count, 1);
	assert_null(evidence.invalid_domain);
	evidence_close(store);
}

/* "mx.example.com: [3 1 1 …]" for the key of a certificate. */
static void write_tlsa(
	struct house *house, const char *usage, const struct forged *who, bool secure)
{
	struct cert_chain *chain = CHAIN(house->world->cache, who);
	struct text text = { 0 };

	text_printf(&text, "mx.example.com:\n  secure: %s\n  records: [%s 1 1 ",
		secure ? "true" : "false", usage);
	text_hex(&text, bytes_of(chain->certs[0]->spki_sha256, 32), false);
	text_puts(&text, "]\n");
	house->params.tlsa = write_text(house, "tlsa.yml", text.s);
	cert_chain_release(chain);
	text_free(&text);
}

static void tlsa(void **state)
{
	struct house *house = *state;
	struct world *world = house->world;
	struct cert_chain *good = CHAIN(world->cache, &world->leaf, &world->intermediate);
	struct cert_chain *bad = CHAIN(world->cache, &world->stranger);
	struct record clear = clear_session("example.com");
	struct record right = tls_session(good, "mx.example.com");
	struct record wrong = tls_session(bad, "mx.example.com");
	struct record other = tls_session(bad, "mx.example.net");
	struct record after = tls_session(good, "mx.example.com");
	struct evidence_store *store;
	struct evidence evidence;

	after.flow.first += 1000 * DAY * NS;
	house->params.mx_map = write_text(house, "map", MAP);
	policies(house, "policies/example.com.txt", POLICY("enforce", "mx.example.com"));

	write_tlsa(house, "3", &world->leaf, true);
	store = opened(house);
	check(store, &clear,
		"mx.example.com tlsa enforce tlsa.yml R; "
		"example.com sts enforce example.com.txt m+ R");
	check(store, &right,
		"mx.example.com tlsa enforce tlsa.yml c+; "
		"example.com sts enforce example.com.txt m+ c+");
	/* DANE-EE has no date. */
	check(store, &after,
		"mx.example.com tlsa enforce tlsa.yml c+; "
		"example.com sts enforce example.com.txt m+ c+");
	check(store, &wrong,
		"mx.example.com tlsa enforce tlsa.yml c-; "
		"example.com sts enforce example.com.txt m+ c-");
	/* The records are the host's, and this is another. */
	check(store, &other, "example.com sts enforce example.com.txt m- c-");
	evidence_ask(store, &wrong, &evidence);
	assert_string_equal(evidence.dane_why, "nothing in the chain matches a TLSA record");
	/* What is known of the name is only the server's own word. */
	clear.flow.endpoint[SERVER].addr.ip[3] = 26;
	clear.smtp.greeting_host = "mx.example.com";
	check(store, &clear, "example.com sts enforce example.com.txt R");
	evidence_close(store);

	/* DANE-TA has dates. */
	write_tlsa(house, "2", &world->intermediate, true);
	store = opened(house);
	check(store, &right,
		"mx.example.com tlsa enforce tlsa.yml c+; "
		"example.com sts enforce example.com.txt m+ c+");
	check(store, &after,
		"mx.example.com tlsa enforce tlsa.yml c-; "
		"example.com sts enforce example.com.txt m+ c+");
	evidence_close(store);

	/* Records that DNSSEC does not vouch for bind nobody; unusable ones bind to TLS. */
	write_tlsa(house, "3", &world->leaf, false);
	store = opened(house);
	check(store, &wrong, "example.com sts enforce example.com.txt m+ c-");
	evidence_close(store);
	write_tlsa(house, "1", &world->leaf, true);
	store = opened(house);
	check(store, &wrong,
		"mx.example.com tlsa enforce tlsa.yml; "
		"example.com sts enforce example.com.txt m+ c-");
	evidence_close(store);
	cert_chain_release(good);
	cert_chain_release(bad);
}

/* What a library shows without its issuers says nothing about them, but all about itself. */
static void shown_alone(void **state)
{
	struct house *house = *state;
	struct world *world = house->world;
	struct cert_chain *chain = CHAIN(world->cache, &world->leaf);
	struct record record = tls_session(chain, "mx.example.com");
	struct evidence_store *store;
	struct evidence evidence;

	write_tlsa(house, "2", &world->intermediate, true);
	store = opened(house);
	evidence_ask(store, &record, &evidence);
	assert_int_equal(evidence.cert_problems, CERT_NOT_TRUSTED);
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml c-");
	record.process.alone = true;
	evidence_ask(store, &record, &evidence);
	assert_int_equal(evidence.cert_problems, 0);
	assert_string_equal(evidence.dane_why,
		"only the server's own certificate was seen, and it matches none");
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml");
	evidence_close(store);

	write_tlsa(house, "3", &world->stranger, true);
	store = opened(house);
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml c-");
	evidence_close(store);
	write_tlsa(house, "3", &world->leaf, true);
	store = opened(house);
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml c+");
	evidence_close(store);
	cert_chain_release(chain);

	chain = CHAIN(world->cache, &world->stranger);
	record = tls_session(chain, "mx.example.com");
	record.process.alone = true;
	store = opened(house);
	evidence_ask(store, &record, &evidence);
	assert_true(evidence.cert_problems & CERT_SELF_SIGNED);
	evidence_close(store);
	cert_chain_release(chain);
}

/* The domain's name will do for DANE-TA where the host's is not in the certificate. */
static void tlsa_by_domain(void **state)
{
	struct house *house = *state;
	struct world *world = house->world;
	struct forged leaf = forge((struct order){ .common_name = "example.com",
		.san = "DNS:example.com",
		.issuer = &world->intermediate });
	struct cert_chain *chain = CHAIN(world->cache, &leaf, &world->intermediate);
	struct record record = tls_session(chain, "mx.example.com");
	struct evidence_store *store;

	write_tlsa(house, "2", &world->intermediate, true);
	store = opened(house);
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml c-");
	evidence_close(store);
	house->params.mx_map = write_text(house, "map", MAP);
	store = opened(house);
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml c+");
	evidence_close(store);
	cert_chain_release(chain);
	forge_free(&leaf);
}

/* A DNS answer with one record, whose owner is the question's name. */
static void see(struct evidence_store *store, const char *name, uint16_t type, struct bytes data)
{
	static const struct addr client = CLIENT_ADDR;
	struct text text = { 0 };

	text_add(&text, BYTES("\x12\x34\x81\x80\0\1\0\1\0\0\0\0"));
	for (const char *at = name; *at;) {
		size_t n = strcspn(at, ".");

		text_putc(&text, (char)n);
		text_add(&text, bytes_of(at, n));
		at += n + (at[n] == '.');
	}
	text_putc(&text, 0);
	text_add(&text, bytes_of((char[]){ 0, (char)type, 0, 1 }, 4));
	text_add(&text, bytes_of((char[]){ (char)0xc0, 12, 0, (char)type, 0, 1, 0, 0, 1, 44 }, 10));
	text_add(&text, bytes_of((char[]){ 0, (char)data.n }, 2));
	text_add(&text, data);
	evidence_note_dns(store, bytes_of(text.s, text.n), &client, NOW * NS - NS);
	text_free(&text);
}

#define MX_DATA "\0\12\2mx\7example\3com"

static void dns_seen(void **state)
{
	struct house *house = *state;
	struct record record = clear_session("example.com");
	struct evidence evidence;
	struct evidence_store *store;

	house->params.mx_map =
		write_text(house, "map", "198.51.100.25:\n  other.example.com: [example.org]\n");
	policies(house, "policies/example.com.txt", POLICY("enforce", "mx.example.com"));
	policies(house, "policies/example.org.txt", POLICY("testing", "x.example.org"));
	store = opened(house);
	evidence_ask(store, &record, &evidence);
	assert_int_equal(evidence.mx_source, MX_CONFIGURED);
	see(store, "example.com", 15, bytes_of(MX_DATA, sizeof(MX_DATA)));
	see(store, "mx.example.com", 1, BYTES("\xc6\x33\x64\x19"));
	evidence_ask(store, &record, &evidence);
	assert_string_equal(evidence.mx, "mx.example.com");
	assert_int_equal(evidence.mx_source, MX_DNS_SEEN);
	assert_string_equal(evidence.redirected_domain, "");
	check(store, &record, "example.com sts enforce example.com.txt m+ R");
	/* Whose MX it is, for a session whose recipients can't be seen: as both say. */
	record = clear_session(NULL);
	check(store, &record,
		"example.com sts enforce example.com.txt m+; example.org sts testing "
		"example.org.txt m-");
	/* The same client goes somewhere else with that domain's mail. */
	record = clear_session("example.com");
	record.flow.endpoint[SERVER].addr.ip[3] = 66;
	evidence_ask(store, &record, &evidence);
	assert_string_equal(evidence.redirected_domain, "example.com");
	assert_int_equal(evidence.redirected_source, MX_DNS_SEEN);
	/* Another client never asked. */
	record.flow.endpoint[CLIENT].addr.ip[3] = 11;
	evidence_ask(store, &record, &evidence);
	assert_string_equal(evidence.redirected_domain, "");
	/* What is no answer is let be. */
	evidence_note_dns(store, BYTES("\x12\x34"), &record.flow.endpoint[CLIENT].addr, NOW * NS);
	evidence_close(store);
}

/* Where the address has two names and nothing tells which, no name is held against anybody. */
static void ambiguous_name(void **state)
{
	struct house *house = *state;
	struct world *world = house->world;
	struct cert_chain *bad = CHAIN(world->cache, &world->stranger);
	struct record record = tls_session(bad, NULL);
	struct evidence evidence;
	struct evidence_store *store;

	house->params.mx_map = write_text(house, "map",
		"198.51.100.25:\n  mx.example.com: [example.com]\n  mx.example.net: "
		"[example.net]\n");
	policies(house, "policies/example.net.txt", POLICY("enforce", "mx.example.net"));
	write_tlsa(house, "3", &world->leaf, true);
	store = opened(house);
	evidence_ask(store, &record, &evidence);
	assert_true(evidence.mx_ambiguous);
	assert_int_equal(evidence.host_matches, ANSWER_UNKNOWN);
	check(store, &record, "mx.example.com tlsa enforce tlsa.yml");
	record.smtp.greeting_host = "mx.example.net";
	evidence_ask(store, &record, &evidence);
	assert_false(evidence.mx_ambiguous);
	assert_int_equal(evidence.host_matches, ANSWER_NO);
	check(store, &record, "example.net sts enforce example.net.txt m+ c-");
	evidence_close(store);
	cert_chain_release(bad);
}

static void faults(void **state)
{
	struct house *house = *state;
	struct evidence_params params = { .tlsa = write_text(house, "tlsa", "x: y\n") };

	log_set_level(LOG_LEVEL_ERROR);
	assert_null(evidence_open(&params));
	params = (struct evidence_params){ .lists = { write_text(house, "list", "[]") },
		.list_count = 1 };
	assert_null(evidence_open(&params));
	params = (struct evidence_params){ .db = house->world->folder };
	assert_null(evidence_open(&params));
	params = (struct evidence_params){ .policies = "/nowhere" };
	assert_null(evidence_open(&params));
}

int main(void)
{
#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		IN_HOUSE(lists_beside_policies),
		IN_HOUSE(cached_policies),
		IN_HOUSE(folder_before_cache),
		IN_HOUSE(broken_policy),
		IN_HOUSE(tlsa),
		IN_HOUSE(shown_alone),
		IN_HOUSE(tlsa_by_domain),
		IN_HOUSE(dns_seen),
		IN_HOUSE(ambiguous_name),
		IN_HOUSE(faults),
	};

	return cmocka_run_group_tests_name("evidence", tests, NULL, NULL);
}
