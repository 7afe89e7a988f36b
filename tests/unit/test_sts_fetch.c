// SPDX-License-Identifier: BSD-2-Clause
/*
 * Discovery from the TXT record to the policy, against a name server and a web server.
 */
#include "harness.h"
#include "nameserver.h"
#include "webserver.h"

#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/sts_fetch.h"
#include "forge.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* clang-format off */
#define DATA(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define TXT(domain, data) { "_mta-sts." domain, DNS_TXT, ZONE_ANSWER, DATA(data), 60, 0, false }
#define HERE(domain) { "mta-sts." domain, DNS_A, ZONE_ANSWER, DATA("\177\0\0\1"), 60, 0, false }
#define RECORD "\17v=STSv1; id=a1;"
#define POLICY "version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 86400\n"
#define REPLY(type, body) DATA("HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n\r\n" body)
/* clang-format on */

static const struct zone_row zone[] = {
	TXT("good.example", RECORD),
	HERE("good.example"),
	TXT("xn--bcher-kva.example", RECORD),
	HERE("xn--bcher-kva.example"),
	TXT("joined.example", "\5v=STS\0\11v1; id=b;"),
	HERE("joined.example"),
	TXT("among.example", "\3x=y"),
	TXT("among.example", RECORD),
	HERE("among.example"),
	TXT("other.example", RECORD), /* not in the certificate */
	HERE("other.example"),
	TXT("none.example", "\3x=y"),
	TXT("several.example", RECORD),
	TXT("several.example", "\15v=STSv1; id=b"),
	TXT("invalid.example", "\17v=STSv1; id=a-1"),
	{ "_mta-sts.bogus.example", DNS_TXT, ZONE_RCODE, { 0 }, 0, 2, false },
	{ "_mta-sts.silent.example", DNS_TXT, ZONE_SILENT, { 0 }, 0, 0, false },
	TXT("homeless.example", RECORD),
	TXT("half.example", RECORD),
	HERE("half.example"),
	{ "mta-sts.half.example", DNS_AAAA, ZONE_SILENT, { 0 }, 0, 0, false },
	TXT("lost.example", RECORD),
	{ "mta-sts.lost.example", DNS_A, ZONE_RCODE, { 0 }, 0, 5, false },
	{ "mta-sts.lost.example", DNS_AAAA, ZONE_SILENT, { 0 }, 0, 0, false },
	{ NULL, 0, ZONE_ANSWER, { 0 }, 0, 0, false },
};

struct world {
	struct loop *loop;
	struct nameserver *names;
	struct resolver *resolver;
	struct forged ca, certificate;
	char ca_file[64];
	struct text said; /* "DOMAIN OUTCOME [TYPE] ID reason\n" each */
	unsigned int outstanding;
	bool inside; /* of sts_fetch() */
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	int64_t now = time(NULL);
	struct order order = {
		.common_name = "CA", .ca = true, .from = now - DAY, .until = now + DAY
	};
	struct resolver_params params = { .timeout = 300 };
	FILE *file;

	assert_non_null(world);
	world->ca = forge(order);
	order.ca = false;
	order.common_name = "web server";
	order.issuer = &world->ca;
	order.san = "DNS:mta-sts.good.example,DNS:mta-sts.xn--bcher-kva.example,"
		    "DNS:mta-sts.joined.example,DNS:mta-sts.among.example,DNS:mta-sts.half.example";
	world->certificate = forge(order);
	strcpy(world->ca_file, "/tmp/test-sts-fetch-XXXXXX");
	file = fdopen(mkstemp(world->ca_file), "w");
	assert_non_null(file);
	assert_true(PEM_write_X509(file, world->ca.x));
	fclose(file);
	world->loop = loop_new();
	world->names = nameserver_new(world->loop, zone);
	params.servers = nameserver_address(world->names);
	world->resolver = resolver_new(world->loop, &params);
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	resolver_free(world->resolver);
	nameserver_free(world->names);
	loop_free(world->loop);
	forge_free(&world->ca);
	forge_free(&world->certificate);
	unlink(world->ca_file);
	text_free(&world->said);
	free(world);
	return 0;
}

static void note(void *context, const struct sts_result *result)
{
	struct world *world = context;
	const char *type = sts_outcome_result_type(result->outcome);

	assert_false(world->inside);
	assert_int_equal(result->outcome == STS_POLICY, result->policy != NULL);
	assert_int_equal(result->text.n != 0, result->policy != NULL);
	text_printf(&world->said, "%s %s %s %s", result->domain, sts_outcome_name(result->outcome),
		type ? type : "-", result->id ? result->id : "-");
	if (result->policy)
		text_printf(
			&world->said, " mode %d, %s", result->policy->mode, result->policy->mx[0]);
	if (result->reason[0])
		text_printf(&world->said, " %s", result->reason);
	if (--world->outstanding == 0)
		loop_stop(world->loop);
}

static void look_up(
	struct world *world, struct fetcher *fetcher, const char *domain, const char *id)
{
	world->outstanding++;
	world->inside = true;
	sts_fetch(world->resolver, fetcher, domain, id, note, world);
	world->inside = false;
}

static struct fetcher *fetcher_for(
	const struct world *world, struct webserver server, unsigned int timeout)
{
	const struct fetch_params params = {
		.ca = world->ca_file, .timeout = timeout, .port = server.port
	};
	struct fetcher *fetcher = fetcher_new(world->loop, &params);

	assert_non_null(fetcher);
	return fetcher;
}

struct row {
	const char *domain, *known_id;
	enum web_manner manner;
	struct bytes reply;
	const char *want; /* with "..." at its end: how it begins */
};

static void check(struct world *world, const struct row *row)
{
	struct webserver server = webserver_start(
		row->manner, world->certificate.x, world->certificate.key, row->reply);
	struct fetcher *fetcher = fetcher_for(world, server, row->manner == WEB_DRIP ? 600 : 20000);
	size_t n = strlen(row->want);

	text_reset(&world->said);
	look_up(world, fetcher, row->domain, row->known_id);
	loop_run(world->loop);
	fetcher_free(fetcher);
	webserver_stop(server);
	if (n > 3 && strcmp(row->want + n - 3, "...") == 0)
		assert_row(world->said.s, strncmp(world->said.s, row->want, n - 3) == 0);
	else
		assert_row_string(row->domain, world->said.s, row->want);
}

static void outcomes(void **state)
{
	static const struct row rows[] = {
		{ "Good.Example.", NULL, WEB_REPLY, REPLY("text/plain", POLICY),
			"good.example policy - a1 mode 2, mx.example" },
		{ "b\303\274cher.example", "a2", WEB_REPLY, REPLY("text/plain", POLICY),
			"xn--bcher-kva.example policy - a1 mode 2, mx.example" },
		{ "joined.example", NULL, WEB_REPLY, REPLY("text/plain", POLICY),
			"joined.example policy - b mode 2, mx.example" },
		{ "among.example", NULL, WEB_REPLY, REPLY("text/plain", POLICY),
			"among.example policy - a1 mode 2, mx.example" },
		{ "half.example", NULL, WEB_REPLY, REPLY("text/plain", POLICY),
			"half.example policy - a1 mode 2, mx.example" },
		{ "good.example", "a1", WEB_RESET, DATA(""), "good.example same-id - a1" },
		{ "none.example", NULL, WEB_REPLY, DATA(""),
			"none.example no-record - - no TXT record is one of MTA-STS" },
		{ "nothing.example", NULL, WEB_REPLY, DATA(""),
			"nothing.example no-record - - TXT: NXDOMAIN" },
		{ "several.example", NULL, WEB_REPLY, DATA(""),
			"several.example bad-record - - more than one TXT record of MTA-STS" },
		{ "invalid.example", NULL, WEB_REPLY, DATA(""),
			"invalid.example bad-record - - the TXT record breaks the grammar" },
		{ "bogus.example", NULL, WEB_REPLY, DATA(""),
			"bogus.example dns-failed - - TXT: SERVFAIL" },
		{ "silent.example", NULL, WEB_REPLY, DATA(""),
			"silent.example dns-failed - - TXT: no answer in time" },
		{ "no domain", NULL, WEB_REPLY, DATA(""), " dns-failed - - TXT: no domain name" },
		{ "homeless.example", NULL, WEB_REPLY, DATA(""),
			"homeless.example fetch-error sts-policy-fetch-error a1 "
			"no address of the policy host: A NXDOMAIN" },
		{ "lost.example", NULL, WEB_REPLY, DATA(""),
			"lost.example fetch-error sts-policy-fetch-error a1 "
			"no address of the policy host: A REFUSED; AAAA no answer in time" },
		{ "other.example", NULL, WEB_REPLY, REPLY("text/plain", POLICY),
			"other.example webpki-invalid sts-webpki-invalid a1 "
			"certificate is for another name" },
		{ "good.example", NULL, WEB_REPLY,
			DATA("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
			"good.example fetch-error sts-policy-fetch-error a1 HTTP 404" },
		{ "good.example", NULL, WEB_RESET, DATA(""),
			"good.example fetch-error sts-policy-fetch-error a1 ..." },
		{ "good.example", NULL, WEB_DRIP, REPLY("text/plain", POLICY),
			"good.example fetch-error sts-policy-fetch-error a1 slower than 600 ms" },
		{ "good.example", NULL, WEB_REPLY, REPLY("text/html", POLICY),
			"good.example fetch-error sts-policy-fetch-error a1 media type text/html" },
		{ "good.example", NULL, WEB_ENDLESS, REPLY("text/plain", POLICY),
			"good.example invalid sts-policy-invalid a1 larger than 64 KiB" },
		{ "good.example", NULL, WEB_REPLY,
			REPLY("text/plain", "version: STSv1\nmode: no\n"),
			"good.example invalid sts-policy-invalid a1 "
			"line 2: mode \"no\" must be enforce, testing or none" },
		{ "good.example", NULL, WEB_REPLY, REPLY("text/plain", ""),
			"good.example invalid sts-policy-invalid a1 line 1: version is missing" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(*state, &rows[i]);
}

/* In each of its steps: the record, the addresses, the policy. The resolver first, then the
 * fetcher. */
static void freed_under_way(void **state)
{
	static const unsigned int pauses[] = { 0, 1, 2, 5, 20, 60 };
	struct world *world = *state;
	struct webserver server = webserver_start(
		WEB_SILENT, world->certificate.x, world->certificate.key, (struct bytes){ 0 });

	for (size_t i = 0; i < COUNT(pauses); i++) {
		struct fetcher *fetcher = fetcher_for(world, server, 20000);
		struct resolver_params params = { .servers = nameserver_address(world->names) };
		struct loop_timer *timer =
			loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);

		resolver_free(world->resolver);
		world->resolver = resolver_new(world->loop, &params);
		look_up(world, fetcher, "half.example", NULL);
		look_up(world, fetcher, "good.example", NULL);
		look_up(world, fetcher, "silent.example", NULL);
		loop_timer_set(timer, pauses[i]);
		loop_run(world->loop);
		loop_timer_free(timer);
		assert_int_equal(world->outstanding, 3);
		resolver_free(world->resolver);
		world->resolver = NULL;
		fetcher_free(fetcher);
		assert_int_equal(world->outstanding, 0);
	}
	webserver_stop(server);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(outcomes),
		TEST(freed_under_way),
	};

	return cmocka_run_group_tests_name("sts_fetch", tests, NULL, NULL);
}
