// SPDX-License-Identifier: BSD-2-Clause
/*
 * Look-ups of domains and hosts, against a name server on the same loop and a web server.
 */
#include "harness.h"
#include "nameserver.h"
#include "webserver.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/lookup.h"
#include "forge.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* clang-format off */
#define DATA(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define MX(domain, host) { domain, DNS_MX, ZONE_ANSWER, DATA("\0\12" host), 600, 0, true }
#define A(host, secure) { host, DNS_A, ZONE_ANSWER, DATA("\300\0\2\1"), 600, 0, secure }
#define TLSA(host, secure) \
	{ "_25._tcp." host, DNS_TLSA, ZONE_ANSWER, DATA("\3\1\1" KEY), 600, 0, secure }
#define KEY "0123456789abcdef0123456789abcdef"
#define REPLY(type, body) DATA("HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n\r\n" body)
#define POLICY "version: STSv1\nmode: enforce\nmx: mx.good.example\nmax_age: 86400\n"
/* clang-format on */

static const struct zone_row zone[] = {
	{ "_mta-sts.good.example", DNS_TXT, ZONE_ANSWER, DATA("\17v=STSv1; id=a1;"), 600, 0, true },
	{ "mta-sts.good.example", DNS_A, ZONE_ANSWER, DATA("\177\0\0\1"), 600, 0, true },
	MX("good.example", "\2mx\4good\7example\0"),
	A("mx.good.example", true),
	{ "mx.good.example", DNS_AAAA, ZONE_ANSWER, DATA("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"),
		600, 0, true },
	TLSA("mx.good.example", true),
	/* Its neighbour, by the same host. */
	MX("other.example", "\2mx\4good\7example\0"),
	/* The host's address is not signed, its records are. */
	MX("half.example", "\2mx\4half\7example\0"),
	A("mx.half.example", false),
	TLSA("mx.half.example", true),
	/* Without an MX it is its own host. */
	A("bare.example", true),
	/* Records at the end of an alias. */
	MX("alias.example", "\2mx\5alias\7example\0"),
	{ "mx.alias.example", DNS_CNAME, ZONE_ANSWER, DATA("\2mx\4good\7example\0"), 600, 0, true },
	MX("null.example", "\0"),
	MX("homeless.example", "\2mx\10homeless\7example\0"),
	MX("broken.example", "\2mx\6broken\7example\0"),
	A("mx.broken.example", true),
	{ "_25._tcp.mx.broken.example", DNS_TLSA, ZONE_RCODE, { 0 }, 0, 2, false },
	{ "silent.example", DNS_MX, ZONE_SILENT, { 0 }, 0, 0, false },
	{ "short.example", DNS_MX, ZONE_ANSWER, DATA("\0\12\0"), 1, 0, false },
	{ NULL, 0, ZONE_ANSWER, { 0 }, 0, 0, false },
};

struct world {
	struct loop *loop;
	struct nameserver *names;
	struct resolver *resolver;
	struct fetcher *fetcher;
	struct webserver web;
	struct store *store;
	struct policy_cache *cache;
	struct forged ca, certificate;
	char ca_file[64];
	struct lookup *lookup;
	struct text said; /* a line for each answer */
	size_t told, policies, advances;
	uint64_t wait_for;
	size_t wait_told;
	bool inside; /* of a call of lookup_*() */
};

static int64_t now(void)
{
	return (int64_t)time(NULL);
}

static void told(void *context, const struct lookup_answer *answer)
{
	static const char *const types[] = {
		[DNS_A] = "A", [DNS_MX] = "MX", [DNS_AAAA] = "AAAA", [DNS_TLSA] = "TLSA"
	};
	struct world *world = context;
	struct lookup_answer copy;

	assert_false(world->inside);
	assert_in_range(answer->time, now() - 60, now());
	/* What a copy says is what is printed, after the original is gone or not. */
	lookup_answer_copy(&copy, answer);
	text_printf(&world->said, "%s %s %s%s\n", copy.name, types[copy.answer.type],
		dns_status_name(copy.status), copy.believed ? " believed" : "");
	lookup_answer_fini(&copy);
	world->told++;
	if (world->told == world->wait_told)
		loop_stop(world->loop);
}

static void policy_told(void *context, const struct refresh_result *result)
{
	struct world *world = context;

	(void)result;
	world->policies++;
}

static void advanced(void *context)
{
	struct world *world = context;

	world->advances++;
	if (world->wait_for && lookup_answered(world->lookup) >= world->wait_for)
		loop_stop(world->loop);
}

static void start(struct world *world, struct lookup_params params)
{
	params.loop = world->loop;
	params.resolver = world->resolver;
	params.fetcher = world->fetcher;
	params.cache = world->cache;
	params.now = now;
	params.told = told;
	params.policy_told = policy_told;
	params.advanced = advanced;
	params.context = world;
	world->lookup = lookup_new(&params);
}

static void open_network(struct world *world)
{
	const struct resolver_params resolver = {
		.servers = nameserver_address(world->names),
		.timeout = 300,
	};
	const struct fetch_params fetch = {
		.ca = world->ca_file,
		.timeout = 20000,
		.port = world->web.port,
	};

	world->resolver = resolver_new(world->loop, &resolver);
	world->fetcher = fetcher_new(world->loop, &fetch);
	assert_non_null(world->resolver);
	assert_non_null(world->fetcher);
}

static void close_network(struct world *world)
{
	lookup_stop(world->lookup);
	resolver_free(world->resolver);
	fetcher_free(world->fetcher);
	lookup_free(world->lookup);
	world->resolver = NULL;
	world->fetcher = NULL;
	world->lookup = NULL;
}

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	struct order order = {
		.common_name = "CA", .ca = true, .from = now() - DAY, .until = now() + DAY
	};
	FILE *file;

	assert_non_null(world);
	world->ca = forge(order);
	order.ca = false;
	order.common_name = "web server";
	order.issuer = &world->ca;
	order.san = "DNS:mta-sts.good.example";
	world->certificate = forge(order);
	strcpy(world->ca_file, "/tmp/test-lookup-XXXXXX");
	file = fdopen(mkstemp(world->ca_file), "w");
	assert_non_null(file);
	assert_true(PEM_write_X509(file, world->ca.x));
	fclose(file);
	world->web = webserver_start(WEB_REPLY, world->certificate.x, world->certificate.key,
		(struct bytes)REPLY("text/plain", POLICY));
	world->loop = loop_new();
	world->names = nameserver_new(world->loop, zone);
	world->store = store_open(":memory:");
	world->cache = policy_cache_open(world->store);
	assert_non_null(world->cache);
	open_network(world);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	close_network(world);
	nameserver_free(world->names);
	loop_free(world->loop);
	policy_cache_close(world->cache);
	store_close(world->store);
	webserver_stop(world->web);
	forge_free(&world->ca);
	forge_free(&world->certificate);
	unlink(world->ca_file);
	text_free(&world->said);
	free(world);
	return 0;
}

static uint64_t want(struct world *world, bool domain, const char *name)
{
	uint64_t number;

	world->inside = true;
	number = domain ? lookup_domain(world->lookup, name) : lookup_host(world->lookup, name);
	world->inside = false;
	return number;
}

static void wait_for(struct world *world, uint64_t number)
{
	world->wait_for = number;
	while (lookup_answered(world->lookup) < number)
		loop_run(world->loop);
	world->wait_for = 0;
}

/* The lines in alphabetical order: who answers first is chance. */
static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void check_said(struct world *world, const char *name, const char *want_said)
{
	char *lines[64];
	struct text sorted = { 0 };
	size_t n = 0;

	text_puts(&world->said, "");
	for (char *line = strtok(world->said.s, "\n"); line; line = strtok(NULL, "\n"))
		lines[n++] = line;
	qsort(lines, n, sizeof(*lines), compare);
	text_puts(&sorted, "");
	for (size_t i = 0; i < n; i++)
		text_printf(&sorted, "%s%s", i ? "; " : "", lines[i]);
	assert_row_string(name, sorted.s, want_said);
	text_free(&sorted);
	text_reset(&world->said);
}

static void what_is_told(void **state)
{
	static const struct {
		const char *name;
		bool domain, believes_ad;
		const char *want;
	} rows[] = {
		{ "good.example", true, true,
			"good.example MX ok believed; mx.good.example A ok believed; "
			"mx.good.example AAAA ok believed; mx.good.example TLSA ok believed" },
		/* Somebody else's word on DNSSEC: no DANE, and nothing to ask. */
		{ "good.example", true, false,
			"good.example MX ok; mx.good.example A ok; mx.good.example AAAA ok" },
		{ "half.example", true, true,
			"half.example MX ok believed; mx.half.example A ok; "
			"mx.half.example AAAA no-data; mx.half.example TLSA ok" },
		{ "bare.example", true, true,
			"bare.example A ok believed; bare.example AAAA no-data; "
			"bare.example MX no-data; bare.example TLSA no-name" },
		{ "null.example", true, true, "null.example MX ok believed" },
		{ "homeless.example", true, true,
			"homeless.example MX ok believed; mx.homeless.example A no-name; "
			"mx.homeless.example AAAA no-name" },
		{ "broken.example", true, true,
			"broken.example MX ok believed; mx.broken.example A ok believed; "
			"mx.broken.example AAAA no-data; mx.broken.example TLSA failed" },
		{ "nothing.example", true, true, "nothing.example MX no-name" },
		{ "silent.example", true, true, "silent.example MX timeout" },
		{ "mx.good.example", false, true,
			"mx.good.example A ok believed; mx.good.example AAAA ok believed; "
			"mx.good.example TLSA ok believed" },
	};
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		start(world, (struct lookup_params){ .believes_ad = rows[i].believes_ad });
		assert_row_int(rows[i].name, want(world, rows[i].domain, rows[i].name), 1);
		wait_for(world, 1);
		assert_row_int(rows[i].name, lookup_left(world->lookup), 0);
		check_said(world, rows[i].name, rows[i].want);
		close_network(world);
		open_network(world);
	}
	start(world, (struct lookup_params){ 0 });
}

static void policies(void **state)
{
	struct world *world = *state;
	const struct cached_policy *policy;

	start(world, (struct lookup_params){ 0 });
	want(world, true, "other.example");
	wait_for(world, want(world, true, "good.example"));
	assert_int_equal(world->policies, 2);
	policy = policy_cache_get(world->cache, "good.example");
	assert_non_null(policy);
	assert_string_equal(policy->id, "a1");
	assert_null(policy_cache_get(world->cache, "other.example"));
}

/* Each name once while its answers hold, whoever asks for it. */
static void once(void **state)
{
	struct world *world = *state;
	struct lookup_stats stats;
	uint64_t number;

	start(world, (struct lookup_params){ .believes_ad = true });
	number = want(world, true, "good.example");
	assert_int_equal(want(world, true, "good.example"), number);
	assert_int_equal(want(world, true, "other.example"), number + 1);
	wait_for(world, number + 1);
	/* Its host's answers hold from the domain's look-up. */
	assert_int_equal(want(world, false, "mx.good.example"), 0);
	assert_int_equal(want(world, true, "good.example"), 0);
	check_said(world, "two domains, one host",
		"good.example MX ok believed; mx.good.example A ok believed; "
		"mx.good.example AAAA ok believed; mx.good.example TLSA ok believed; "
		"other.example MX ok believed");
	lookup_get_stats(world->lookup, &stats);
	assert_int_equal(stats.domains, 2);
	assert_int_equal(stats.hosts, 1);
	/* A TTL of a second is no reason to ask each second. */
	wait_for(world, want(world, true, "short.example"));
	assert_int_equal(want(world, true, "short.example"), 0);
	assert_int_equal(lookup_answered(world->lookup), number + 2);
}

/* A host that waits for its turn behind the domain that needs it: neither waits for ever. */
static void one_at_a_time(void **state)
{
	struct world *world = *state;
	uint64_t last;

	start(world, (struct lookup_params){ .max_at_once = 1 });
	want(world, true, "good.example");
	last = want(world, false, "mx.good.example");
	assert_int_equal(last, 2);
	wait_for(world, last);
	assert_int_equal(lookup_left(world->lookup), 0);
	assert_int_equal(world->told, 3);
}

/* Whoever never answers is given up by those who wait, and holds up nobody else. */
static void deadline(void **state)
{
	struct world *world = *state;
	struct lookup_stats stats;
	uint64_t silent, good;

	start(world, (struct lookup_params){ .deadline = 100, .believes_ad = true });
	silent = want(world, true, "silent.example");
	good = want(world, true, "null.example");
	wait_for(world, good);
	assert_int_equal(silent, 1);
	lookup_get_stats(world->lookup, &stats);
	assert_int_equal(stats.late, 1);
	assert_int_equal(lookup_left(world->lookup), 1);
	/* Nobody waits again. */
	assert_int_equal(want(world, true, "silent.example"), 0);
	assert_int_equal(lookup_answered(world->lookup), good);
	world->wait_told = 2;
	loop_run(world->loop);
	check_said(
		world, "told in the end", "null.example MX ok believed; silent.example MX timeout");
}

static void bounded(void **state)
{
	struct world *world = *state;
	struct lookup_stats stats;
	uint64_t number = 0;
	char name[32];

	start(world, (struct lookup_params){ 0 });
	for (int i = 0; i < 12000; i++) {
		snprintf(name, sizeof(name), "n%d.example", i);
		number = want(world, true, name);
	}
	assert_int_equal(number, 0);
	lookup_get_stats(world->lookup, &stats);
	assert_int_equal(stats.refused, 2000);
	assert_int_equal(lookup_left(world->lookup), 10000);
}

/* The domains of the cache are looked up without anybody asking. */
static void kept_fresh(void **state)
{
	struct world *world = *state;
	struct bytes text = bytes_str(POLICY), off = bytes_str("version: STSv1\nmode: none\n"
							       "max_age: 86400\n");

	assert_true(
		policy_cache_put(world->cache, "good.example", "a1", text, "fetch", now(), NULL));
	assert_true(
		policy_cache_put(world->cache, "other.example", "a1", text, "fetch", now(), NULL));
	assert_true(
		policy_cache_put(world->cache, "half.example", "a1", off, "fetch", now(), NULL));
	assert_true(policy_cache_put(
		world->cache, "null.example", "a1", text, "fetch", now() - 90000, NULL));
	start(world, (struct lookup_params){ .believes_ad = true });
	world->wait_told = 5;
	lookup_keep_fresh(world->lookup);
	loop_run(world->loop);
	check_said(world, "those in force",
		"good.example MX ok believed; mx.good.example A ok believed; "
		"mx.good.example AAAA ok believed; mx.good.example TLSA ok believed; "
		"other.example MX ok believed");
	assert_int_equal(lookup_answered(world->lookup), 0);
	/* Met by a session after all: its policy is seen to. */
	wait_for(world, want(world, true, "half.example"));
	assert_int_equal(lookup_answered(world->lookup), 1);
}

/* In each of its steps. */
static void stopped_under_way(void **state)
{
	static const unsigned int pauses[] = { 0, 1, 2, 5, 20, 60 };
	struct world *world = *state;

	for (size_t i = 0; i < COUNT(pauses); i++) {
		struct loop_timer *timer =
			loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);
		size_t before;

		start(world, (struct lookup_params){ .believes_ad = true, .max_at_once = 3 });
		want(world, true, "silent.example");
		want(world, true, "good.example");
		want(world, true, "other.example");
		want(world, true, "alias.example");
		want(world, false, "mx.half.example");
		lookup_keep_fresh(world->lookup);
		loop_timer_set(timer, pauses[i]);
		loop_run(world->loop);
		loop_timer_free(timer);
		lookup_stop(world->lookup);
		before = world->told;
		assert_int_equal(want(world, true, "bare.example"), 0);
		close_network(world);
		assert_int_equal(world->told, before);
		open_network(world);
	}
	start(world, (struct lookup_params){ 0 });
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_is_told),
		TEST(policies),
		TEST(once),
		TEST(one_at_a_time),
		TEST(deadline),
		TEST(bounded),
		TEST(kept_fresh),
		TEST(stopped_under_way),
	};

	return cmocka_run_group_tests_name("lookup", tests, NULL, NULL);
}
