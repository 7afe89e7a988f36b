// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "evidence/history.h"

#define SECOND 1000000000LL
#define DAY    (86400 * SECOND)

/* A session in a line: who, when, and what the history may learn of it. */
struct told {
	const char *client, *server; /* addresses */
	const char *helo, *greeting;
	enum smtp_offer offer;
	bool established, failed, trusted;
	struct cert_chain *chain;
};

static char *words(const char *s)
{
	char *copy = s ? malloc(strlen(s) + 1) : NULL;

	return copy ? strcpy(copy, s) : NULL;
}

static void record_make(struct record *record, const struct told *told, int64_t when)
{
	memset(record, 0, sizeof(*record));
	assert_true(addr_parse(bytes_str(told->client), &record->flow.endpoint[CLIENT].addr));
	assert_true(addr_parse(bytes_str(told->server), &record->flow.endpoint[SERVER].addr));
	record->flow.endpoint[SERVER].port = 25;
	record->flow.first = when;
	record->flow.last = when + SECOND;
	record->smtp.offer = (uint8_t)told->offer;
	record->smtp.helo_name = words(told->helo);
	record->smtp.greeting_host = words(told->greeting);
	record->tls.established = told->established;
	record->tls.chain = told->chain;
	record->smtp.starttls_requested = told->established || told->failed;
	record->failure_time = told->failed ? when : 0;
	snprintf(record->id, sizeof(record->id), "%016llx", (unsigned long long)when);
}

static void record_drop(struct record *record)
{
	free(record->smtp.helo_name);
	free(record->smtp.greeting_host);
}

static void learn(struct history *history, const struct told *told, int64_t when, const char *mx)
{
	struct record record;

	record_make(&record, told, when);
	history_learn(history, &record, mx, told->trusted);
	record_drop(&record);
}

static struct history_facts ask_mx(struct history *history, const struct told *told, int64_t when,
	const char *mx)
{
	struct history_facts facts;
	struct record record;

	record_make(&record, told, when);
	history_ask(history, &record, mx, told->trusted, &facts);
	record_drop(&record);
	return facts;
}

static struct history_facts ask(struct history *history, const struct told *told, int64_t when)
{
	return ask_mx(history, told, when, "");
}

static const struct told offered = { "192.0.2.1", "198.51.100.25", "out.example.org",
	"mx.example.com", OFFER_OFFERED, false, false, false, NULL };
static const struct told absent = { "192.0.2.1", "198.51.100.25", "out.example.org", "mx.example.com",
	OFFER_ABSENT, false, false, false, NULL };

static void offers_are_remembered(void **state)
{
	struct history *history = history_new(NULL);
	struct history_facts facts;

	(void)state;
	facts = ask(history, &absent, DAY);
	assert_int_equal(facts.offered_count, 0);
	learn(history, &offered, DAY, "");
	learn(history, &offered, 2 * DAY, "");
	facts = ask(history, &absent, 3 * DAY);
	assert_int_equal(facts.offered_count, 2);
	assert_true(facts.offered_last == 2 * DAY);
	assert_true(facts.offered_to_client);
	assert_false(facts.offered_mixed);
	history_free(history);
}

static void what_was_not_seen_teaches_nothing(void **state)
{
	struct history *history = history_new(NULL);
	struct told unknown = offered;
	struct history_facts facts;

	(void)state;
	unknown.offer = OFFER_UNKNOWN;
	learn(history, &unknown, DAY, "");
	learn(history, &offered, 2 * DAY, "");
	learn(history, &unknown, 3 * DAY, "");
	facts = ask(history, &absent, 4 * DAY);
	assert_int_equal(facts.offered_count, 1);
	assert_int_equal(facts.missed_count, 0);
	history_free(history);
}

/* F4: a pool behind one address, whose hosts differ, known by their greetings or by the mixture. */
static void uneven_pools(void **state)
{
	struct history *history = history_new(NULL);
	struct told other = absent;
	struct history_facts facts;

	(void)state;
	other.greeting = "mx2.example.com";
	learn(history, &offered, DAY, "");
	learn(history, &other, 2 * DAY, "");
	/* mx2 never offered: what mx offered is no promise of mx2's. */
	facts = ask(history, &other, 3 * DAY);
	assert_int_equal(facts.offered_count, 0);
	learn(history, &absent, 4 * DAY, "");
	learn(history, &offered, 5 * DAY, "");
	facts = ask(history, &absent, 6 * DAY);
	assert_true(facts.offered_mixed);
	history_free(history);
}

/* A greeting that this address never gave, as a box in the middle writes it. */
static void an_unheard_greeting(void **state)
{
	struct history *history = history_new(NULL);
	struct told masked = absent;
	struct history_facts facts;

	(void)state;
	learn(history, &offered, DAY, "");
	masked.greeting = "****************";
	facts = ask(history, &masked, 2 * DAY);
	assert_int_equal(facts.offered_count, 1);
	history_free(history);
}

static void clients_are_known_by_address_or_name(void **state)
{
	static const struct {
		const char *name, *client, *helo;
		bool want;
	} rows[] = {
		{ "same address, same name", "192.0.2.1", "out.example.org", true },
		{ "other address, same name", "192.0.2.2", "out.example.org", true },
		{ "same address, other name", "192.0.2.1", "x.example.org", true },
		{ "a stranger", "192.0.2.3", "y.example.org", false },
		{ "a name without a dot is nobody's", "192.0.2.3", "localhost", false },
	};
	struct history *history = history_new(NULL);
	struct told tls = offered;

	(void)state;
	tls.established = true;
	learn(history, &tls, DAY, "");
	tls.helo = "localhost";
	learn(history, &tls, DAY, "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct told now = offered;
		struct history_facts facts;

		now.client = rows[i].client;
		now.helo = rows[i].helo;
		facts = ask(history, &now, 2 * DAY);
		assert_row_int(rows[i].name, facts.client_tls_last != 0, rows[i].want);
	}
	history_free(history);
}

static void failures_are_kept_until_tls_works(void **state)
{
	struct history *history = history_new(NULL);
	struct told failed = offered, works = offered;
	struct history_facts facts;

	(void)state;
	failed.failed = true;
	works.established = true;
	learn(history, &failed, DAY, "");
	facts = ask(history, &offered, DAY + SECOND);
	assert_true(facts.failure_last == DAY);
	assert_string_equal(facts.failure_session, "00004e94914f0000");
	learn(history, &works, 2 * DAY, "");
	facts = ask(history, &offered, 3 * DAY);
	assert_true(facts.failure_last == 0);
	history_free(history);
}

static struct cert leaf_of(uint8_t key, const char *issuer)
{
	struct cert cert = { .issuer = (char *)(uintptr_t)issuer, .parsed = true, .not_after = 86400 * 400 };

	memset(cert.spki_sha256, key, sizeof(cert.spki_sha256));
	return cert;
}

static void changed_certificates(void **state)
{
	static const struct {
		const char *name;
		uint8_t key;
		const char *issuer;
		bool want;
	} rows[] = {
		{ "the same", 1, "CN=A", false },
		{ "renewed by the same issuer", 2, "CN=A", false },
		{ "same key, other issuer", 1, "CN=B", false },
		{ "other key, other issuer", 2, "CN=B", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct history *history = history_new(NULL);
		struct cert before = leaf_of(1, "CN=A"), now = leaf_of(rows[i].key, rows[i].issuer);
		struct cert *list[] = { &before }, *list2[] = { &now };
		struct cert_chain chain = { .certs = list, .count = 1 };
		struct cert_chain chain2 = { .certs = list2, .count = 1 };
		struct told told = offered;

		told.established = true;
		told.chain = &chain;
		learn(history, &told, DAY, "");
		told.chain = &chain2;
		assert_row_int(rows[i].name, ask(history, &told, 2 * DAY).leaf_changed, rows[i].want);
		history_free(history);
	}
}

/* C17: one key for unrelated names at unrelated addresses, in different certificates. */
static void shared_keys(void **state)
{
	static const struct {
		const char *name;
		bool many_addresses, many_leaves, trusted;
		unsigned int want;
	} rows[] = {
		{ "an interception box", true, true, true, 3 },
		{ "one that nobody trusts, one leaf for all", true, false, false, 3 },
		{ "a pool with one trusted certificate", true, false, true, 1 },
		{ "one host with many names", false, true, false, 1 },
	};
	static const char *const names[] = { "mx.example.com", "mail.example.net", "in.example.org" };

	(void)state;
	for (size_t row = 0; row < sizeof(rows) / sizeof(*rows); row++) {
		struct cert leaf = leaf_of(7, "CN=box");
		struct cert *list[] = { &leaf };
		struct cert_chain chain = { .certs = list, .count = 1 };
		struct history *history = history_new(NULL);
		struct told told = offered;
		char address[32];

		told.established = true;
		told.trusted = rows[row].trusted;
		told.chain = &chain;
		for (int i = 0; i < 3; i++) {
			snprintf(address, sizeof(address), "198.51.100.%d",
				rows[row].many_addresses ? i : 1);
			told.server = address;
			leaf.sha256[0] = (uint8_t)(rows[row].many_leaves ? i : 0);
			/* The third is known for the third while it is judged. */
			if (i == 2)
				assert_row_int(rows[row].name,
					ask_mx(history, &told, DAY + i, names[i]).key_names,
					rows[row].want);
			learn(history, &told, DAY + i, names[i]);
		}
		history_free(history);
	}
}

/* F5: servers offer by address; a client of the same name saw nothing of it. */
static void offers_are_per_address(void **state)
{
	struct history *history = history_new(NULL);
	struct told namesake = absent;

	(void)state;
	learn(history, &offered, DAY, "");
	namesake.client = "192.0.2.77";
	assert_false(ask(history, &namesake, 2 * DAY).offered_to_client);
	assert_true(ask(history, &absent, 2 * DAY).offered_to_client);
	history_free(history);
}

/* A retry that is over before the session whose failure it follows. */
static void failures_are_noted_early(void **state)
{
	struct history *history = history_new(NULL);
	struct told failed = offered, works = offered;
	struct record record;

	(void)state;
	failed.failed = true;
	works.established = true;
	record_make(&record, &failed, DAY);
	history_note_failure(history, &record);
	assert_true(ask(history, &offered, DAY + 1).failure_last == DAY);
	/* Not a failure before itself. */
	assert_true(ask(history, &failed, DAY).failure_last == 0);
	/* TLS worked, and only then the failed session ends. */
	learn(history, &works, DAY + 2, "");
	history_learn(history, &record, "", false);
	assert_true(ask(history, &offered, DAY + 3).failure_last == 0);
	record_drop(&record);
	history_free(history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_are_remembered),
		cmocka_unit_test(what_was_not_seen_teaches_nothing),
		cmocka_unit_test(uneven_pools),
		cmocka_unit_test(an_unheard_greeting),
		cmocka_unit_test(clients_are_known_by_address_or_name),
		cmocka_unit_test(failures_are_kept_until_tls_works),
		cmocka_unit_test(changed_certificates),
		cmocka_unit_test(shared_keys),
		cmocka_unit_test(offers_are_per_address),
		cmocka_unit_test(failures_are_noted_early),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
