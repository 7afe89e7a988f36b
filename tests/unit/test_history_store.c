// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "evidence/history.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define SECOND       INT64_C(1000000000)
#define DAY          (86400 * SECOND)
#define HALF_LIFE    30

/* 2024-01-01, from which the rows count their days. */
#define START (INT64_C(1704067200) * SECOND)

struct house {
	char path[64];
	struct store *store;
	struct history *history;
};

static void move_in(struct house *house)
{
	house->store = store_open(house->path);
	assert_non_null(house->store);
	house->history = history_new(house->store);
	history_set_half_life(house->history, HALF_LIFE * 86400);
}

static void move_out(struct house *house)
{
	history_free(house->history);
	store_close(house->store);
}

static void again(struct house *house)
{
	move_out(house);
	move_in(house);
}

static int set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));

	strcpy(house->path, "/tmp/test_history_store.XXXXXX");
	assert_non_null(mkdtemp(house->path));
	strcat(house->path, "/db");
	move_in(house);
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct house *house = *state;
	char file[80];

	move_out(house);
	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(file, sizeof(file), "%s%s", house->path, ends[i]);
		unlink(file);
	}
	*strrchr(house->path, '/') = '\0';
	assert_int_equal(rmdir(house->path), 0);
	free(house);
	return 0;
}

static int64_t number(struct house *house, const char *sql)
{
	sqlite3_stmt *statement = store_prepare(house->store, sql);
	int64_t value;

	assert_non_null(statement);
	assert_int_equal(store_step(house->store, statement), STORE_ROW);
	value = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return value;
}

/* A session between the same two, on a day after the start; what is left out is as usual. */
enum kind { OFFER, NO_OFFER, TLS, FAILURE, LOOK, MAIL };

struct session {
	enum kind kind;
	double day;
	const char *client, *server, *helo, *greeting, *recipients;
	struct cert_chain *chain;
	uint16_t version;
	uint8_t ttl;
};

static char *words(const char *s)
{
	char *copy = s ? malloc(strlen(s) + 1) : NULL;

	return copy ? strcpy(copy, s) : NULL;
}

static struct record record_of(const struct session *session)
{
	static const char *const nobody = "192.0.2.1", *const server = "198.51.100.25";
	struct record record = { 0 };

	assert_true(addr_parse(bytes_str(session->client ? session->client : nobody),
		&record.flow.endpoint[CLIENT].addr));
	assert_true(addr_parse(bytes_str(session->server ? session->server : server),
		&record.flow.endpoint[SERVER].addr));
	record.flow.endpoint[SERVER].port = 25;
	record.flow.first = START + (int64_t)(session->day * (double)DAY);
	record.flow.last = record.flow.first + SECOND;
	record.flow.side[SERVER].ttl_first = session->ttl;
	record.smtp.helo_name = words(session->helo ? session->helo : "out.example.org");
	record.smtp.greeting_host = words(session->greeting ? session->greeting : "mx.example.com");
	record.smtp.greeting_family = FAMILY_POSTFIX;
	record.smtp.offer = session->kind == NO_OFFER ? OFFER_ABSENT : OFFER_OFFERED;
	record.smtp.starttls_requested = session->kind == TLS || session->kind == FAILURE;
	record.tls.established = session->kind == TLS;
	record.tls.version = session->version;
	record.tls.chain = session->chain;
	record.failure_time = session->kind == FAILURE ? record.flow.first : 0;
	if (session->kind == MAIL) {
		record.smtp.cleartext_mail = true;
		record.smtp.transactions = 1;
	}
	snprintf(record.id, sizeof(record.id), "%016llx", (unsigned long long)record.flow.first);
	return record;
}

static void drop(struct record *record)
{
	free(record->smtp.helo_name);
	free(record->smtp.greeting_host);
}

static void learn(struct house *house, const struct session *session)
{
	struct record record = record_of(session);

	if (session->recipients) {
		record.smtp.recipient_domains.block = (char *)(uintptr_t)session->recipients;
		record.smtp.recipient_domains.bytes = (uint16_t)(strlen(session->recipients) + 1);
		record.smtp.recipient_domains.n = 1;
	}
	history_learn(house->history, &record, "mx.example.com", true);
	drop(&record);
}

static struct history_facts ask(struct house *house, const struct session *session)
{
	struct record record = record_of(session);
	struct history_facts facts;

	history_ask(house->history, &record, "mx.example.com", true, &facts);
	drop(&record);
	return facts;
}

static struct cert leaf_of(uint8_t key)
{
	struct cert cert = {
		.issuer = (char *)(uintptr_t) "CN=A", .parsed = true, .not_after = 86400
	};

	memset(cert.spki_sha256, key, sizeof(cert.spki_sha256));
	memset(cert.sha256, key, sizeof(cert.sha256));
	return cert;
}

/* Every fact outlives the program. */
static void outlives_the_program(void **state)
{
	struct house *house = *state;
	struct cert leaf = leaf_of(1), other = leaf_of(2);
	struct cert *list[] = { &leaf }, *others[] = { &other };
	struct cert_chain chain = { .certs = list, .count = 1 };
	struct cert_chain other_chain = { .certs = others, .count = 1 };
	struct history_facts facts;
	char id[17];

	learn(house,
		&(struct session){
			.kind = TLS, .day = 1, .chain = &chain, .version = 0x0303, .ttl = 58 });
	learn(house, &(struct session){ .kind = TLS, .day = 2, .version = 0x0304, .ttl = 58 });
	learn(house, &(struct session){ .kind = FAILURE, .day = 3, .ttl = 57 });
	learn(house, &(struct session){ .kind = NO_OFFER, .day = 4, .ttl = 58 });
	again(house);
	other.issuer = (char *)(uintptr_t) "CN=B";
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 5, .chain = &other_chain });
	assert_int_equal(facts.offered_count, 3);
	assert_true(facts.offered_last == START + 3 * DAY);
	assert_int_equal(facts.missed_count, 1);
	assert_false(facts.offered_mixed);
	assert_true(facts.offered_to_client);
	assert_true(facts.client_tls_last == START + 2 * DAY);
	assert_true(facts.failure_last == START + 3 * DAY);
	snprintf(id, sizeof(id), "%016llx", (unsigned long long)(START + 3 * DAY));
	assert_string_equal(facts.failure_session, id);
	assert_true(facts.leaf_last == START + DAY);
	assert_int_equal(facts.leaf_not_after, 86400);
	assert_string_equal(facts.leaf_issuer, "CN=A");
	assert_true(facts.leaf_changed);
	assert_true(facts.server_first == START + DAY);
	assert_int_equal(facts.server_sessions, 4);
	assert_int_equal(facts.tls_min, 0x0303);
	assert_int_equal(facts.tls_max, 0x0304);
	assert_int_equal(facts.server_ttl, 58);
	assert_int_equal(facts.server_family, FAMILY_POSTFIX);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 5, .chain = &chain });
	assert_int_equal(facts.key_names, 1);
	assert_string_equal(facts.key_example, "example.com");
	/* Misses and a mixture go on counting where they were. */
	learn(house, &(struct session){ .kind = OFFER, .day = 5 });
	again(house);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 6 });
	assert_true(facts.offered_mixed);
	assert_int_equal(facts.missed_count, 0);
}

/* The names of an address come from the store too: a masked greeting is spoken for by them. */
static void other_names_speak_for_a_masked_greeting(void **state)
{
	struct house *house = *state;
	struct history_facts facts;

	learn(house, &(struct session){ .kind = OFFER, .day = 1 });
	learn(house, &(struct session){ .kind = OFFER, .day = 1, .greeting = "mx2.example.com" });
	again(house);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 2, .greeting = "****" });
	assert_int_equal(facts.offered_count, 1);
	learn(house,
		&(struct session){ .kind = NO_OFFER, .day = 2, .greeting = "mx3.example.com" });
	again(house);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 2, .greeting = "****" });
	assert_int_equal(facts.offered_count, 0);
}

/* How long a habit is remembered after so many sessions, one a day. */
static void habits_fade(void **state)
{
	static const struct {
		const char *name;
		int sessions;
		int days; /* since the last of them */
		bool held;
	} rows[] = {
		{ "once, the same day", 1, 0, true },
		{ "once, four half-lives ago", 1, 4 * HALF_LIFE, true },
		{ "once, more than five half-lives ago", 1, 5 * HALF_LIFE + 1, false },
		{ "daily for two months, eight half-lives ago", 60, 8 * HALF_LIFE, true },
		{ "daily for two months, eleven half-lives ago", 60, 11 * HALF_LIFE, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct house *house = *state;
		char address[32];
		struct session session = { .kind = TLS, .day = 0, .server = address };
		struct history_facts facts;

		snprintf(address, sizeof(address), "203.0.113.%d", (int)i);
		for (int j = 0; j < rows[i].sessions; j++, session.day++)
			learn(house, &session);
		again(house);
		session.day += rows[i].days - 1;
		facts = ask(house, &session);
		assert_row_int(rows[i].name, facts.offered_count != 0, rows[i].held);
		assert_row_int(rows[i].name, facts.client_tls_last != 0, rows[i].held);
		assert_row_int(rows[i].name, facts.server_first != 0, rows[i].held);
	}
}

/* A server that has really given up TLS is not reported for ever, however often it is met. */
static void an_old_offer_fades_under_new_misses(void **state)
{
	struct house *house = *state;
	struct history_facts facts;

	learn(house, &(struct session){ .kind = OFFER, .day = 0 });
	for (int day = 1; day < 6 * HALF_LIFE; day++)
		learn(house, &(struct session){ .kind = NO_OFFER, .day = day });
	again(house);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 6 * HALF_LIFE });
	assert_int_equal(facts.offered_count, 0);
	assert_int_equal(facts.server_sessions, 6 * HALF_LIFE);
}

/* What has faded goes from the file; what met the server again after that begins anew. */
static void faded_rows_go(void **state)
{
	struct house *house = *state;

	learn(house, &(struct session){ .kind = TLS, .day = 0, .server = "203.0.113.1" });
	learn(house, &(struct session){ .kind = TLS, .day = 0, .server = "203.0.113.2" });
	assert_true(history_flush(house->history));
	assert_int_equal(number(house, "SELECT count(*) FROM history_servers"), 2);
	learn(house,
		&(struct session){ .kind = TLS, .day = 6 * HALF_LIFE, .server = "203.0.113.2" });
	assert_true(history_flush(house->history));
	assert_int_equal(number(house, "SELECT count(*) FROM history_servers"), 1);
	again(house);
	assert_int_equal(ask(house, &(struct session){ .kind = TLS,
					    .day = 6 * HALF_LIFE + 1,
					    .server = "203.0.113.2" })
				 .server_sessions,
		1);
}

/* An old capture, read after a newer one: what came later is not held against it. */
static void what_came_later_is_not_held_against(void **state)
{
	struct house *house = *state;
	struct history_facts facts;

	learn(house, &(struct session){ .kind = TLS, .day = 100 });
	again(house);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 50 });
	assert_int_equal(facts.offered_count, 0);
	assert_true(facts.client_tls_last == 0);
	/* And what it teaches does not count as newer than it is. */
	learn(house, &(struct session){ .kind = NO_OFFER, .day = 50 });
	learn(house, &(struct session){ .kind = OFFER, .day = 40 });
	again(house);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 101 });
	assert_int_equal(facts.missed_count, 0);
	assert_true(facts.offered_last == START + 100 * DAY);
	assert_false(facts.offered_mixed);
	facts = ask(house, &(struct session){ .kind = NO_OFFER, .day = 60 });
	assert_true(facts.offered_last == START + 40 * DAY);
}

/* A capture whose clock was years ahead leaves nothing behind. */
static void times_to_come_are_not_kept(void **state)
{
	struct house *house = *state;
	double today = (double)(time(NULL) - START / SECOND) / 86400, ahead = today + 10;

	learn(house, &(struct session){ .kind = TLS, .day = today, .server = "203.0.113.1" });
	learn(house, &(struct session){ .kind = TLS, .day = ahead, .server = "203.0.113.2" });
	assert_int_equal(
		ask(house, &(struct session){ .kind = TLS, .day = ahead, .server = "203.0.113.2" })
			.offered_count,
		1);
	again(house);
	assert_int_equal(number(house, "SELECT count(*) FROM history_servers"), 1);
	assert_int_equal(
		ask(house, &(struct session){ .kind = TLS, .day = ahead, .server = "203.0.113.2" })
			.offered_count,
		0);
}

/* Who connects, looks and leaves has no row; nor does what a stranger writes behind RCPT TO. */
static void scanners_teach_nothing_of_themselves(void **state)
{
	struct house *house = *state;

	for (int i = 0; i < 50; i++) {
		char client[32], domain[32];

		snprintf(client, sizeof(client), "203.0.113.%d", i);
		snprintf(domain, sizeof(domain), "d%d.example", i);
		learn(house,
			&(struct session){
				.kind = LOOK, .day = i, .client = client, .recipients = domain });
	}
	assert_true(history_flush(house->history));
	assert_int_equal(number(house, "SELECT count(*) FROM history_clients"), 0);
	assert_int_equal(number(house, "SELECT count(*) FROM history_domains"), 0);
	assert_int_equal(number(house, "SELECT count(*) FROM history_servers"), 1);
	/* A client by its address, and by its name. */
	learn(house, &(struct session){ .kind = TLS, .day = 50 });
	learn(house, &(struct session){ .kind = TLS, .day = 51, .helo = "localhost" });
	assert_true(history_flush(house->history));
	assert_int_equal(number(house, "SELECT count(*) FROM history_clients"), 2);
}

static bool list_domain(void *context, const struct history_domain *domain)
{
	struct text *text = context;

	text_printf(
		text, "%s:%u/%u/%u ", domain->domain, domain->sessions, domain->clear, domain->tls);
	return true;
}

/* By traffic of these days, not by that of long ago. */
static void domains_by_traffic(void **state)
{
	struct house *house = *state;
	struct history_domain domain;
	struct text text = { 0 };

	for (int i = 0; i < 20; i++)
		learn(house,
			&(struct session){
				.kind = MAIL, .day = i * 0.1, .recipients = "Long.Ago.example" });
	for (int i = 0; i < 5; i++)
		learn(house, &(struct session){
				     .kind = MAIL, .day = 120 + i, .recipients = "often.example" });
	learn(house, &(struct session){ .kind = MAIL, .day = 124, .recipients = "once.example" });
	history_learn_domain(house->history, "once.example", START + 124 * DAY);
	history_domains(house->history, 10, list_domain, &text);
	assert_string_equal(
		text.s, "often.example:5/5/0 once.example:2/1/1 long.ago.example:20/20/0 ");
	text_reset(&text);
	again(house);
	history_domains(house->history, 1, list_domain, &text);
	assert_string_equal(text.s, "often.example:5/5/0 ");
	assert_true(history_domain(house->history, "once.example", &domain));
	assert_int_equal(domain.tls, 1);
	assert_true(domain.last == START + 124 * DAY);
	assert_false(history_domain(house->history, "never.example", &domain));
	text_free(&text);
}

static bool list_server(void *context, const struct history_server *server)
{
	struct text *text = context;

	text_printf(text, "%s:%u %s %u/%u/%u %s; ", server->address, server->port, server->name,
		server->sessions, server->offered, server->missed,
		smtp_family_name((enum smtp_family)server->family));
	return text->n < 50;
}

static void servers_by_name(void **state)
{
	struct house *house = *state;
	struct text text = { 0 };

	learn(house, &(struct session){ .kind = OFFER, .day = 1 });
	learn(house, &(struct session){ .kind = NO_OFFER, .day = 2 });
	learn(house, &(struct session){ .kind = OFFER,
			     .day = 3,
			     .greeting = "b.example",
			     .server = "2001:db8::1" });
	history_servers(house->history, "mx.example.com", 10, list_server, &text);
	assert_string_equal(text.s, "198.51.100.25:25 mx.example.com 2/1/1 Postfix; ");
	text_reset(&text);
	history_servers(house->history, NULL, 10, list_server, &text);
	assert_string_equal(text.s, "2001:db8::1:25 b.example 1/1/0 Postfix; "
				    "198.51.100.25:25 mx.example.com 2/1/1 Postfix; ");
	text_free(&text);
}

/* Two programs learn from the same server at once: nothing that one wrote is lost by the other. */
static void two_programs_share_it(void **state)
{
	struct house *house = *state, other = *house;
	struct history_facts facts;

	learn(house, &(struct session){ .kind = OFFER, .day = 1 });
	assert_true(history_flush(house->history));
	move_in(&other);
	/* Both have it in memory. */
	assert_int_equal(
		ask(&other, &(struct session){ .kind = OFFER, .day = 2 }).offered_count, 1);
	learn(&other, &(struct session){ .kind = TLS, .day = 3, .version = 0x0302 });
	assert_true(history_flush(other.history));
	learn(house, &(struct session){ .kind = NO_OFFER, .day = 2 });
	assert_true(history_flush(house->history));
	/* The other one looks again once it has something to write. */
	learn(&other, &(struct session){ .kind = LOOK, .day = 1, .server = "203.0.113.1" });
	assert_true(history_flush(other.history));
	for (int i = 0; i < 2; i++) {
		facts = ask(i ? &other : house, &(struct session){ .kind = NO_OFFER, .day = 4 });
		assert_int_equal(facts.offered_count, 2);
		assert_true(facts.offered_last == START + 3 * DAY);
		assert_int_equal(facts.missed_count, 0);
		assert_int_equal(facts.tls_min, 0x0302);
		assert_true(facts.client_tls_last == START + 3 * DAY);
	}
	move_out(&other);
}

/* Much is written by itself, and everything that was written is there. */
static void much_is_written_by_itself(void **state)
{
	struct house *house = *state;
	char address[32];

	for (int i = 0; i < 3000; i++) {
		snprintf(address, sizeof(address), "10.0.%d.%d", i / 250, i % 250);
		learn(house, &(struct session){ .kind = OFFER, .day = 1, .server = address });
	}
	assert_in_range(number(house, "SELECT count(*) FROM history_servers"), 600, 3000);
	again(house);
	assert_int_equal(number(house, "SELECT count(*) FROM history_servers"), 3000);
}

/* Rows that somebody has edited are in range when they are read, or are nothing. */
static void spoiled_rows(void **state)
{
	struct house *house = *state;
	struct cert leaf = leaf_of(1);
	struct cert *list[] = { &leaf };
	struct cert_chain chain = { .certs = list, .count = 1 };
	struct history_facts facts;

	learn(house, &(struct session){ .kind = TLS, .day = 1, .chain = &chain });
	assert_true(history_flush(house->history));
	assert_true(store_execute(house->store,
		"UPDATE history_servers SET first = -1, weight = 9e999, missed = -7, mixed = 9,"
		" family = 77, leaf_key = x'00', tls_min = 99999999, offered_weight = -1;"
		"UPDATE history_clients SET failure_session = hex(randomblob(99)), tls_last = -5;"
		"UPDATE history_keys SET server = 'nowhere'"));
	again(house);
	facts = ask(house, &(struct session){ .kind = TLS, .day = 2, .chain = &chain });
	assert_int_equal(facts.offered_count, 0);
	assert_int_equal(facts.server_family, 0);
	assert_int_equal(facts.key_names, 0);
	assert_true(strlen(facts.failure_session) < sizeof(facts.failure_session));
	learn(house, &(struct session){ .kind = TLS, .day = 3, .chain = &chain });
	again(house);
	facts = ask(house, &(struct session){ .kind = TLS, .day = 4, .chain = &chain });
	assert_int_equal(facts.key_names, 1);
	assert_true(facts.offered_last == START + 3 * DAY);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(outlives_the_program),
		TEST(other_names_speak_for_a_masked_greeting),
		TEST(habits_fade),
		TEST(an_old_offer_fades_under_new_misses),
		TEST(faded_rows_go),
		TEST(what_came_later_is_not_held_against),
		TEST(times_to_come_are_not_kept),
		TEST(scanners_teach_nothing_of_themselves),
		TEST(domains_by_traffic),
		TEST(servers_by_name),
		TEST(two_programs_share_it),
		TEST(much_is_written_by_itself),
		TEST(spoiled_rows),
	};

	return cmocka_run_group_tests_name("history_store", tests, NULL, NULL);
}
