// SPDX-License-Identifier: BSD-2-Clause
/*
 * The resolver against a name server on the same loop. What real servers answer is for
 * tests/check-fetch.
 */
#include "harness.h"
#include "nameserver.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "evidence/resolver.h"
#include "evidence/resolver_outcome.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MANY         200

/* clang-format off */
#define DATA(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
/* clang-format on */

static const struct zone_row zone[] = {
	{ "mx.example.com", DNS_A, ZONE_ANSWER, DATA("\300\0\2\1"), 300, 0, true },
	{ "mx.example.com", DNS_A, ZONE_ANSWER, DATA("\300\0\2\2"), 600, 0, true },
	{ "_mta-sts.example.com", DNS_TXT, ZONE_ANSWER, DATA("\5v=STS\11v1; id=1;"), 60, 0, false },
	{ "xn--bcher-kva.example", DNS_A, ZONE_ANSWER, DATA("\300\0\2\3"), 60, 0, false },
	{ "short.example", DNS_A, ZONE_ANSWER, DATA("\300\0\2\4"), 0, 0, false },
	{ "one.example", DNS_A, ZONE_ANSWER, DATA("\300\0\2\5"), 1, 0, false },
	{ "bogus.example", DNS_TLSA, ZONE_RCODE, { 0 }, 0, 2, false },
	{ "refused.example", DNS_A, ZONE_RCODE, { 0 }, 0, 5, false },
	{ "formerr.example", DNS_A, ZONE_RCODE, { 0 }, 0, 1, false },
	{ "silent.example", DNS_A, ZONE_SILENT, { 0 }, 0, 0, false },
	{ "silent0.example", DNS_A, ZONE_SILENT, { 0 }, 0, 0, false },
	{ "silent1.example", DNS_A, ZONE_SILENT, { 0 }, 0, 0, false },
	{ "silent2.example", DNS_A, ZONE_SILENT, { 0 }, 0, 0, false },
	{ "silent3.example", DNS_A, ZONE_SILENT, { 0 }, 0, 0, false },
	{ "garbage.example", DNS_A, ZONE_GARBAGE, { 0 }, 0, 0, false },
	{ "referral.example", DNS_A, ZONE_REFERRAL, { 0 }, 0, 0, false },
	{ "badrecord.example", DNS_A, ZONE_ANSWER, DATA("\300\0\2"), 60, 0, false },
	{ "long.example", DNS_TXT, ZONE_BY_TCP, DATA("\4long"), 60, 0, false },
	{ "second.example", DNS_A, ZONE_SECOND, DATA("\300\0\2\6"), 60, 0, false },
	{ "old.example", DNS_A, ZONE_NO_EDNS, DATA("\300\0\2\7"), 60, 0, false },
	{ "older.example", DNS_A, ZONE_NO_EDNS, DATA("\300\0\2\10"), 60, 0, false },
	{ NULL, 0, ZONE_ANSWER, { 0 }, 0, 0, false },
};

struct world {
	struct loop *loop;
	struct nameserver *server;
	struct resolver *resolver;
	struct text said; /* "STATUS NAME TTL RECORDS\n" an answer */
	unsigned int outstanding;
	unsigned int told;
	bool inside; /* of resolver_ask() */
};

static void start(struct world *world, struct resolver_params params)
{
	params.servers = nameserver_address(world->server);
	if (!params.timeout)
		params.timeout = 300;
	resolver_free(world->resolver);
	world->resolver = resolver_new(world->loop, &params);
	assert_non_null(world->resolver);
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	world->loop = loop_new();
	world->server = nameserver_new(world->loop, zone);
	start(world, (struct resolver_params){ 0 });
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	resolver_free(world->resolver);
	nameserver_free(world->server);
	loop_free(world->loop);
	text_free(&world->said);
	free(world);
	return 0;
}

static void note(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct world *world = context;
	char addr[ADDR_TEXT];

	assert_false(world->inside);
	assert_non_null(answer);
	text_printf(&world->said, "%s %s %u%s", dns_status_name(status), answer->name, answer->ttl,
		answer->authentic ? " ad" : "");
	for (size_t i = 0; status == DNS_OK && i < answer->count; i++) {
		text_putc(&world->said, ' ');
		if (answer->type == DNS_TXT)
			text_printable(&world->said, answer->records[i].txt, 60);
		else
			text_puts(&world->said, addr_format(&answer->records[i].addr, addr));
	}
	text_putc(&world->said, '\n');
	world->told++;
	if (--world->outstanding == 0)
		loop_stop(world->loop);
}

static void ask(struct world *world, const char *name, enum dns_type type)
{
	world->outstanding++;
	world->inside = true;
	resolver_ask(world->resolver, name, type, note, world);
	world->inside = false;
}

/* Run until all is told, and return what: valid until the next time. */
static const char *hear(struct world *world)
{
	text_reset(&world->said);
	loop_run(world->loop);
	assert_int_equal(world->outstanding, 0);
	return world->said.s;
}

static void statuses(void **state)
{
	static const struct {
		const char *name;
		enum dns_type type;
		const char *want;
	} rows[] = {
		{ "mx.example.com", DNS_A, "ok mx.example.com 300 ad 192.0.2.1 192.0.2.2\n" },
		{ "MX.Example.com.", DNS_A, "ok mx.example.com 300 ad 192.0.2.1 192.0.2.2\n" },
		{ "_mta-sts.example.com", DNS_TXT, "ok _mta-sts.example.com 60 v=STSv1; id=1;\n" },
		{ "B\303\234cher.example", DNS_A, "ok xn--bcher-kva.example 60 192.0.2.3\n" },
		{ "mx.example.com", DNS_AAAA, "no-data mx.example.com 30\n" },
		{ "none.example.com", DNS_A, "no-name none.example.com 30\n" },
		{ "bogus.example", DNS_TLSA, "failed bogus.example 10\n" },
		{ "refused.example", DNS_A, "failed refused.example 10\n" },
		{ "referral.example", DNS_A, "failed referral.example 10\n" },
		{ "garbage.example", DNS_A, "broken garbage.example 10\n" },
		{ "badrecord.example", DNS_A, "broken badrecord.example 10\n" },
		{ "silent.example", DNS_A, "timeout silent.example 10\n" },
		{ "second.example", DNS_A, "ok second.example 60 192.0.2.6\n" },
		{ "long.example", DNS_TXT, "ok long.example 60 long\n" },
		{ "no name", DNS_A, "bad-name  10\n" },
		{ "", DNS_A, "bad-name  10\n" },
		{ "192.0.2.1", DNS_A, "bad-name  10\n" },
		{ "hidden.onion", DNS_A, "no-name hidden.onion 0\n" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		ask(world, rows[i].name, rows[i].type);
		assert_row_string(rows[i].name, hear(world), rows[i].want);
	}
}

/* Every question asks for the AD bit, and says how much fits into a datagram. */
static void questions(void **state)
{
	struct world *world = *state;
	struct nameserver_count count;

	ask(world, "mx.example.com", DNS_A);
	ask(world, "long.example", DNS_TXT);
	hear(world);
	count = nameserver_count(world->server);
	assert_int_equal(count.all, 3);
	assert_int_equal(count.tcp, 1);
	assert_int_equal(count.ad, 3);
	assert_int_equal(count.edns, 3);
}

/* A server from before EDNS: the first question is asked twice, the next ones without OPT. */
static void without_edns(void **state)
{
	struct world *world = *state;

	ask(world, "old.example", DNS_A);
	ask(world, "older.example", DNS_A);
	assert_non_null(strstr(hear(world), "ok older.example 60 192.0.2.8\n"));
	assert_non_null(strstr(world->said.s, "ok old.example 60 192.0.2.7\n"));
	ask(world, "mx.example.com", DNS_A);
	assert_string_equal(hear(world), "ok mx.example.com 300 ad 192.0.2.1 192.0.2.2\n");
	/* FORMERR that has nothing to do with it stays one. */
	ask(world, "formerr.example", DNS_A);
	assert_string_equal(hear(world), "failed formerr.example 10\n");
}

static void asked_once(void **state)
{
	struct world *world = *state;

	for (int i = 0; i < 5; i++)
		ask(world, i % 2 ? "mx.example.com" : "MX.example.com", DNS_A);
	ask(world, "silent.example", DNS_A);
	ask(world, "silent.example", DNS_A);
	hear(world);
	assert_int_equal(world->told, 7);
	/* Once, and the silent one in two tries. */
	assert_int_equal(nameserver_count(world->server).all, 3);
	ask(world, "mx.example.com", DNS_A);
	ask(world, "silent.example", DNS_A);
	ask(world, "none.example", DNS_A);
	hear(world);
	ask(world, "none.example", DNS_A);
	assert_string_equal(hear(world), "no-name none.example 30\n");
	assert_int_equal(nameserver_count(world->server).all, 4);
	/* Another type is another question. */
	ask(world, "none.example", DNS_MX);
	hear(world);
	assert_int_equal(nameserver_count(world->server).all, 5);
}

static void until_the_ttl(void **state)
{
	struct world *world = *state;
	struct loop_timer *timer =
		loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);

	ask(world, "short.example", DNS_A);
	assert_string_equal(hear(world), "ok short.example 0 192.0.2.4\n");
	ask(world, "short.example", DNS_A);
	hear(world);
	assert_int_equal(nameserver_count(world->server).all, 2);
	ask(world, "one.example", DNS_A);
	assert_string_equal(hear(world), "ok one.example 1 192.0.2.5\n");
	ask(world, "one.example", DNS_A);
	hear(world);
	assert_int_equal(nameserver_count(world->server).all, 3);
	loop_timer_set(timer, 1010);
	loop_run(world->loop);
	ask(world, "one.example", DNS_A);
	hear(world);
	assert_int_equal(nameserver_count(world->server).all, 4);
	loop_timer_free(timer);
}

static void bounded_cache(void **state)
{
	struct world *world = *state;

	start(world, (struct resolver_params){ .max_cached = 2 });
	ask(world, "a.example", DNS_A);
	hear(world);
	ask(world, "b.example", DNS_A);
	hear(world);
	ask(world, "c.example", DNS_A);
	hear(world);
	ask(world, "b.example", DNS_A);
	hear(world);
	assert_int_equal(nameserver_count(world->server).all, 3);
	ask(world, "a.example", DNS_A);
	hear(world);
	assert_int_equal(nameserver_count(world->server).all, 4);
}

/* 200 names, every fiftieth silent: these hold up nobody, and the queue works off. */
static void many_at_once(void **state)
{
	struct world *world = *state;
	char name[64];

	start(world, (struct resolver_params){ .max_pending = 30, .timeout = 300 });
	for (unsigned int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), i % 50 ? "n%u.example" : "silent%u.example",
			i % 50 ? i : i / 50);
		ask(world, name, DNS_A);
	}
	/* Until only those are outstanding that never come. */
	while (world->told < MANY - MANY / 50) {
		struct loop_timer *timer =
			loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);

		loop_timer_set(timer, 5);
		loop_run(world->loop);
		loop_timer_free(timer);
	}
	assert_null(strstr(world->said.s, "timeout"));
	assert_int_equal(world->outstanding, MANY / 50);
	hear(world);
	assert_int_equal(world->told, MANY);
}

/* Nobody listens at all: told apart from an answer. */
static void nobody_there(void **state)
{
	struct world *world = *state;
	const struct resolver_params params = { .servers = "127.0.0.1:1", .timeout = 150 };

	resolver_free(world->resolver);
	world->resolver = resolver_new(world->loop, &params);
	ask(world, "mx.example.com", DNS_A);
	assert_string_equal(hear(world), "timeout mx.example.com 10\n");
}

static void ask_again(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct world *world = context;

	assert_int_equal(status, DNS_TIMEOUT);
	assert_string_equal(answer->name, "silent.example");
	assert_int_equal(answer->count, 0);
	ask(world, "silent.example", DNS_AAAA);
	world->outstanding--;
	world->told++;
}

/* On the wire, in the queue, told already but not yet heard, and asked during it. */
static void freed_under_way(void **state)
{
	struct world *world = *state;

	start(world, (struct resolver_params){ .max_pending = 2 });
	ask(world, "mx.example.com", DNS_A);
	hear(world);
	text_reset(&world->said);
	world->told = 0;
	ask(world, "mx.example.com", DNS_A);
	ask(world, "bad name", DNS_A);
	world->outstanding++;
	resolver_ask(world->resolver, "silent.example", DNS_A, ask_again, world);
	ask(world, "second.example", DNS_A);
	ask(world, "queued.example", DNS_A);
	resolver_free(world->resolver);
	world->resolver = NULL;
	assert_int_equal(world->told, 6);
	assert_int_equal(world->outstanding, 0);
	assert_non_null(strstr(world->said.s, "ok mx.example.com 300 ad"));
	assert_non_null(strstr(world->said.s, "timeout queued.example 10\n"));
}

static void server_lists(void **state)
{
	static const struct {
		const char *servers;
		bool good, local;
	} rows[] = {
		{ "127.0.0.1:5353", true, true },
		{ "127.0.0.1,[::1]:53", true, true },
		{ "127.0.0.53", true, true },
		{ "192.0.2.1", true, false },
		{ "127.0.0.1,192.0.2.1:5353", true, false },
		{ "[2001:db8::1]:53", true, false },
		{ "", false, false },
		{ "ns.example.com", false, false },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct resolver_params params = { .servers = rows[i].servers };
		struct resolver *resolver = resolver_new(world->loop, &params);

		assert_row_int(rows[i].servers, resolver != NULL, rows[i].good);
		if (resolver)
			assert_row_int(rows[i].servers, resolver_is_local(resolver), rows[i].local);
		resolver_free(resolver);
	}
}

/* How long what may be believed, and that another question's answer is none. */
static void outcomes(void **state)
{
#define REPLY(rcode, an, ns)    "\0\1\x81" rcode "\0\1\0" an "\0" ns "\0\0\1a\0\0\1\0\1"
#define TTL_RR(type, ttl, data) "\xc0\14\0" type "\0\1" ttl data
#define SOA_DATA                "\0\26\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\1\0\0"
	static const struct {
		const char *name;
		struct bytes reply;
		const char *asked;
		enum dns_status want;
		uint32_t ttl;
	} rows[] = {
		{ "a day at most",
			DATA(REPLY("\x80", "\1", "\0") TTL_RR("\1", "\0\xff\0\0", "\0\4\1\2\3\4")),
			"a", DNS_OK, 86400 },
		{ "as it says",
			DATA(REPLY("\x80", "\1", "\0") TTL_RR("\1", "\0\0\1\0", "\0\4\1\2\3\4")),
			"a", DNS_OK, 256 },
		{ "nothing: three hours at most",
			DATA(REPLY("\x80", "\0", "\1") TTL_RR("\6", "\0\1\0\0", SOA_DATA)), "a",
			DNS_NO_DATA, 10800 },
		{ "no name", DATA(REPLY("\x83", "\0", "\1") TTL_RR("\6", "\0\0\0\7", SOA_DATA)),
			"a", DNS_NO_NAME, 7 },
		{ "no name, and yet a record",
			DATA(REPLY("\x83", "\1", "\0") TTL_RR("\1", "\0\0\1\0", "\0\4\1\2\3\4")),
			"a", DNS_NO_NAME, 0 },
		{ "failed", DATA(REPLY("\x82", "\0", "\0")), "a", DNS_FAILED, 10 },
		{ "of another name", DATA(REPLY("\x80", "\0", "\0")), "b", DNS_BROKEN, 10 },
		{ "nothing at all", DATA(""), "a", DNS_BROKEN, 10 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome *outcome = outcome_read(rows[i].reply, rows[i].asked, DNS_A, 5000);

		assert_row_string(rows[i].name, dns_status_name(outcome->status),
			dns_status_name(rows[i].want));
		assert_row_int(rows[i].name, outcome_ttl(outcome, 5000), rows[i].ttl);
		assert_row_int(rows[i].name, outcome->answer.count, rows[i].want == DNS_OK);
		assert_row_string(rows[i].name, outcome->answer.name, rows[i].asked);
		assert_row_int(rows[i].name, outcome_ttl(outcome, 5001), rows[i].ttl);
		assert_row_int(rows[i].name, outcome_ttl(outcome, UINT64_MAX), 0);
		outcome_release(outcome);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		TEST(statuses),
		TEST(questions),
		TEST(without_edns),
		TEST(asked_once),
		TEST(until_the_ttl),
		TEST(bounded_cache),
		TEST(many_at_once),
		TEST(nobody_there),
		TEST(freed_under_way),
		TEST(server_lists),
	};

	return cmocka_run_group_tests_name("resolver", tests, NULL, NULL);
}
