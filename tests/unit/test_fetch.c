// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fetching from servers that behave, and from all the others. Nothing of it may depend on the
 * environment, so that is hostile, too.
 */
#include "harness.h"
#include "webserver.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/fetch.h"
#include "forge.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define HOST         "mta-sts.example.com"
#define PATH         "/.well-known/mta-sts.txt"
#define MANY         200

/* clang-format off */
#define HTTP_OK(type, body) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n\r\n" body
/* 500 bytes: what is repeated without end begins at a line. */
#define LONG_HEADER "x: 45678901234567890123456789012345678901234567890\r\n" X50 X50 X50 X50 X50 X50 X50 X50 \
	"y: 45678901234567890123456789012345678901234567\r\n"
#define X50         "z: 456789012345678901234567890123456789012345678\r\n"
/* clang-format on */

enum certificate_kind {
	GOOD,
	WILDCARD,
	PARTIAL_WILDCARD, /* mta-*.example.com */
	PARENT_WILDCARD,  /* *.com */
	OTHER_NAME,
	COMMON_NAME_ONLY,
	NAMES_AND_COMMON_NAME, /* the common name would fit */
	EXPIRED,
	FUTURE,
	UNKNOWN_ISSUER,
	SELF_SIGNED,
	FOR_CLIENTS,
	KINDS,
};

struct world {
	struct loop *loop;
	struct forged ca, other_ca;
	struct forged certificates[KINDS];
	char ca_file[64], key_log[80];
	/* The last answer. */
	struct text body, reason;
	enum fetch_status status;
	long http_status;
	unsigned int outstanding, good;
	bool inside; /* of fetch_start() */
};

static struct forged make(const struct world *world, enum certificate_kind kind, int64_t now)
{
	struct order order = {
		.issuer = &world->ca,
		.common_name = "web server",
		.san = "DNS:" HOST,
		.from = now - DAY,
		.until = now + DAY,
	};

	switch (kind) {
	case WILDCARD:
		order.san = "DNS:*.example.com";
		break;
	case PARTIAL_WILDCARD:
		order.san = "DNS:mta-*.example.com";
		break;
	case PARENT_WILDCARD:
		order.san = "DNS:*.com";
		break;
	case OTHER_NAME:
		order.san = "DNS:example.com,DNS:www.example.com";
		break;
	case COMMON_NAME_ONLY:
		order.san = NULL;
		order.common_name = HOST;
		break;
	case NAMES_AND_COMMON_NAME:
		order.san = "email:a@example.com";
		order.common_name = HOST;
		break;
	case EXPIRED:
		order.until = now - 1;
		break;
	case FUTURE:
		order.from = now + DAY / 2;
		break;
	case UNKNOWN_ISSUER:
		order.issuer = &world->other_ca;
		break;
	case SELF_SIGNED:
		order.issuer = NULL;
		break;
	case FOR_CLIENTS:
		order.usage = "clientAuth";
		break;
	case GOOD:
	case KINDS:
		break;
	}
	return forge(order);
}

static void write_anchor(struct world *world)
{
	int fd;
	FILE *file;

	strcpy(world->ca_file, "/tmp/test-fetch-XXXXXX");
	fd = mkstemp(world->ca_file);
	file = fdopen(fd, "w");
	assert_non_null(file);
	assert_true(PEM_write_X509(file, world->ca.x));
	fclose(file);
}

static int set_up(void **state)
{
	static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY" };
	struct world *world = calloc(1, sizeof(*world));
	int64_t now = time(NULL);
	struct order order = {
		.common_name = "CA", .ca = true, .from = now - DAY, .until = now + DAY
	};

	assert_non_null(world);
	for (size_t i = 0; i < COUNT(variables); i++)
		setenv(variables[i], "http://127.0.0.1:1", 1);
	setenv("SSL_CERT_FILE", "/nonexistent", 1);
	setenv("CURL_CA_BUNDLE", "/nonexistent", 1);
	world->ca = forge(order);
	order.common_name = "Another CA";
	world->other_ca = forge(order);
	for (enum certificate_kind kind = 0; kind < KINDS; kind++)
		world->certificates[kind] = make(world, kind, now);
	write_anchor(world);
	snprintf(world->key_log, sizeof(world->key_log), "%s.keys", world->ca_file);
	setenv("SSLKEYLOGFILE", world->key_log, 1);
	world->loop = loop_new();
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;
	struct stat st;

	for (enum certificate_kind kind = 0; kind < KINDS; kind++)
		forge_free(&world->certificates[kind]);
	forge_free(&world->ca);
	forge_free(&world->other_ca);
	unlink(world->ca_file);
	/* libcurl may make it, but nothing was written. */
	if (stat(world->key_log, &st) == 0)
		assert_int_equal(st.st_size, 0);
	unlink(world->key_log);
	loop_free(world->loop);
	text_free(&world->body);
	text_free(&world->reason);
	free(world);
	return 0;
}

static void note(void *context, const struct fetch_result *result)
{
	struct world *world = context;

	assert_false(world->inside);
	assert_int_equal(result->status == FETCH_OK, *result->reason == '\0');
	text_reset(&world->body);
	text_reset(&world->reason);
	text_add(&world->body, result->body);
	text_puts(&world->reason, result->reason);
	world->status = result->status;
	world->http_status = result->http_status;
	world->good += result->status == FETCH_OK;
	if (--world->outstanding == 0)
		loop_stop(world->loop);
}

static struct addr address(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(bytes_str(text), &addr));
	return addr;
}

static void get(struct world *world, struct fetcher *fetcher, const char *media)
{
	const struct addr here = address("127.0.0.1");

	world->outstanding++;
	world->inside = true;
	fetch_start(fetcher, HOST, PATH, &here, 1, media, note, world);
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
	const char *name;
	enum web_manner manner;
	enum certificate_kind certificate;
	struct bytes reply;
	enum fetch_status want;
	long http_status;
	const char *said; /* the body, or the reason; with "..." at its end: how it begins */
};

static void assert_said(const char *name, const char *got, const char *want)
{
	size_t n = strlen(want);

	if (n > 3 && strcmp(want + n - 3, "...") == 0)
		assert_row(got, got && strncmp(got, want, n - 3) == 0);
	else
		assert_row_string(name, got ? got : "", want);
}

static void check(struct world *world, const struct row *row)
{
	struct forged *certificate = &world->certificates[row->certificate];
	struct webserver server =
		webserver_start(row->manner, certificate->x, certificate->key, row->reply);
	struct fetcher *fetcher =
		fetcher_for(world, server, row->want == FETCH_TIMEOUT ? 600 : 20000);

	get(world, fetcher, "text/plain");
	loop_run(world->loop);
	fetcher_free(fetcher);
	webserver_stop(server);
	assert_row_string(
		row->name, fetch_status_name(world->status), fetch_status_name(row->want));
	assert_row_int(row->name, world->http_status, row->http_status);
	assert_said(row->name, row->want == FETCH_OK ? world->body.s : world->reason.s, row->said);
}

/* clang-format off */
#define IN(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
/* clang-format on */

static void certificates(void **state)
{
	static const struct {
		const char *name;
		enum certificate_kind kind;
		const char *reason; /* NULL: it is good */
	} rows[] = {
		{ "good", GOOD, NULL },
		{ "wildcard", WILDCARD, NULL },
		{ "part of a label wild", PARTIAL_WILDCARD, "certificate is for another name" },
		{ "wild over two labels", PARENT_WILDCARD, "certificate is for another name" },
		{ "other names", OTHER_NAME, "certificate is for another name" },
		{ "common name only", COMMON_NAME_ONLY, "certificate is for another name" },
		{ "common name beside a mail address", NAMES_AND_COMMON_NAME,
			"certificate is for another name" },
		{ "expired", EXPIRED, "certificate has expired" },
		{ "not yet valid", FUTURE, "certificate is not yet valid" },
		{ "unknown issuer", UNKNOWN_ISSUER, "unknown issuer" },
		{ "self-signed", SELF_SIGNED, "certificate is self-signed" },
		{ "for clients", FOR_CLIENTS, "certificate: unsuitable certificate purpose" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool good = !rows[i].reason;
		const struct row row = { rows[i].name, WEB_REPLY, rows[i].kind,
			IN(HTTP_OK("text/plain", "policy")), good ? FETCH_OK : FETCH_CERTIFICATE,
			good ? 200 : 0, good ? "policy" : rows[i].reason };

		check(*state, &row);
	}
}

static void replies(void **state)
{
	static const struct row rows[] = {
		{ "with its length", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\ncontent-type: TEXT/Plain;charset=utf-8; x=y\r\n"
			   "Content-Length: 4\r\n\r\ntext"),
			FETCH_OK, 200, "text" },
		{ "in chunks", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain \t;\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n2\r\nte\r\n2\r\nxt\r\n0\r\n\r\n"),
			FETCH_OK, 200, "text" },
		{ "after an early hint", WEB_REPLY, GOOD,
			IN("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" HTTP_OK(
				"text/plain", "t")),
			FETCH_OK, 200, "t" },
		{ "empty", WEB_REPLY, GOOD, IN(HTTP_OK("text/plain", "")), FETCH_OK, 200, "" },
		{ "404", WEB_REPLY, GOOD,
			IN("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno"),
			FETCH_HTTP, 404, "HTTP 404" },
		{ "404 announced to be large", WEB_REPLY, GOOD,
			IN("HTTP/1.1 404 Not Found\r\nContent-Length: 9999999\r\n\r\nno"),
			FETCH_HTTP, 404, "HTTP 404" },
		{ "404 without end", WEB_ENDLESS, GOOD,
			IN("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno"),
			FETCH_HTTP, 404, "HTTP 404" },
		{ "204", WEB_REPLY, GOOD, IN("HTTP/1.1 204 No Content\r\n\r\n"), FETCH_HTTP, 204,
			"HTTP 204" },
		{ "206", WEB_REPLY, GOOD,
			IN("HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain\r\n\r\nx"),
			FETCH_HTTP, 206, "HTTP 206" },
		{ "redirect", WEB_REPLY, GOOD,
			IN("HTTP/1.1 302 Found\r\nLocation: https://www.example.com/p.txt\r\n"
			   "Content-Type: text/plain\r\n\r\n"),
			FETCH_HTTP, 302, "HTTP 302, redirect to https://www.example.com/p.txt" },
		{ "redirect to http", WEB_REPLY, GOOD,
			IN("HTTP/1.1 301 x\r\nLocation: http://" HOST PATH "\r\n\r\n"), FETCH_HTTP,
			301, "HTTP 301, redirect to http://" HOST PATH },
		{ "HTML", WEB_REPLY, GOOD, IN(HTTP_OK("text/html", "<p>")), FETCH_MEDIA_TYPE, 200,
			"media type text/html" },
		{ "almost text/plain", WEB_REPLY, GOOD, IN(HTTP_OK("text/plainer", "x")),
			FETCH_MEDIA_TYPE, 200, "media type text/plainer" },
		{ "no media type", WEB_REPLY, GOOD, IN("HTTP/1.1 200 OK\r\n\r\ntext"),
			FETCH_MEDIA_TYPE, 200, "no media type" },
		{ "HTML without a body", WEB_REPLY, GOOD, IN(HTTP_OK("text/html", "")),
			FETCH_MEDIA_TYPE, 200, "media type text/html" },
		{ "announced to be large", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Content-Length: 65537\r\n\r\nx"),
			FETCH_TOO_LARGE, 200, "larger than 64 KiB" },
		{ "without end", WEB_ENDLESS, GOOD, IN(HTTP_OK("text/plain", "x")), FETCH_TOO_LARGE,
			200, "larger than 64 KiB" },
		{ "headers without end", WEB_ENDLESS, GOOD,
			IN("HTTP/1.1 200 OK\r\n" LONG_HEADER LONG_HEADER), FETCH_BROKEN, 200,
			"headers are larger than 64 KiB" },
		{ "a header without a colon", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n"), FETCH_BROKEN, 200,
			"no whole HTTP answer: ..." },
		{ "early hints without end", WEB_ENDLESS, GOOD,
			IN("HTTP/1.1 103 Early Hints\r\nx: y\r\n\r\n"), FETCH_BROKEN, 103,
			"headers are larger than 64 KiB" },
		{ "shorter than announced", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Content-Length: 5\r\n\r\ntext"),
			FETCH_BROKEN, 200, "text is shorter than announced" },
		{ "cut off by somebody", WEB_CUT, GOOD, IN(HTTP_OK("text/plain", "text")),
			FETCH_BROKEN, 200, "cut off: neither a length nor a farewell" },
		{ "no farewell, but a length", WEB_CUT, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Content-Length: 4\r\n\r\ntext"),
			FETCH_OK, 200, "text" },
		{ "no farewell, but a last chunk", WEB_CUT, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n2\r\nte\r\n0\r\n\r\n"),
			FETCH_OK, 200, "te" },
		{ "no last chunk", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n2\r\nte\r\n"),
			FETCH_BROKEN, 200, "text is shorter than announced" },
		{ "another encoding", WEB_REPLY, GOOD,
			IN("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			   "Transfer-Encoding: gzip\r\n\r\ntext"),
			FETCH_BROKEN, 200, "no whole HTTP answer: ..." },
		{ "not HTTP", WEB_REPLY, GOOD, IN("220 mx.example.com ESMTP\r\n"), FETCH_BROKEN, 0,
			"no whole HTTP answer: ..." },
		{ "closed at once", WEB_CLOSE, GOOD, IN(""), FETCH_BROKEN, 0,
			"closed without an answer" },
		{ "status 000", WEB_REPLY, GOOD, IN("HTTP/1.1 000 x\r\n\r\n"), FETCH_BROKEN, 0,
			"no whole HTTP answer: ..." },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(*state, &rows[i]);
}

static void connections(void **state)
{
	static const struct row rows[] = {
		{ "a byte now and then", WEB_DRIP, GOOD, IN(HTTP_OK("text/plain", "")),
			FETCH_TIMEOUT, 200, "slower than 600 ms" },
		{ "no answer", WEB_SILENT, GOOD, IN(""), FETCH_TIMEOUT, 0, "slower than 600 ms" },
		{ "no TLS", WEB_STALL, GOOD, IN(""), FETCH_TIMEOUT, 0, "slower than 600 ms" },
		{ "reset", WEB_RESET, GOOD, IN(""), FETCH_TLS, 0, "TLS: ..." },
		{ "HTTP in clear", WEB_PLAIN, GOOD, IN(HTTP_OK("text/plain", "x")), FETCH_TLS, 0,
			"TLS: ..." },
		{ "TLS 1.1", WEB_OLD_TLS, GOOD, IN(HTTP_OK("text/plain", "x")), FETCH_TLS, 0,
			"TLS: ..." },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		check(*state, &rows[i]);
}

/* To the last byte, and not one further: announced and in chunks. */
static void bounds(void **state)
{
	struct world *world = *state;
	struct forged *certificate = &world->certificates[GOOD];

	for (unsigned int i = 0; i < 4; i++) {
		size_t n = i % 2 ? 65537 : 65536;
		struct text reply = { 0 };
		struct webserver server;
		struct fetcher *fetcher;

		text_puts(&reply, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n");
		if (i / 2)
			text_printf(&reply, "Transfer-Encoding: chunked\r\n\r\n%zx\r\n", n);
		else
			text_puts(&reply, "\r\n");
		memset(text_room(&reply, n), 'x', n);
		reply.n += n;
		text_puts(&reply, i / 2 ? "\r\n0\r\n\r\n" : "");
		server = webserver_start(
			WEB_REPLY, certificate->x, certificate->key, bytes_of(reply.s, reply.n));
		fetcher = fetcher_for(world, server, 5000);
		get(world, fetcher, NULL);
		loop_run(world->loop);
		assert_int_equal(world->status, i % 2 ? FETCH_TOO_LARGE : FETCH_OK);
		assert_int_equal(world->body.n, i % 2 ? 0 : n);
		fetcher_free(fetcher);
		webserver_stop(server);
		text_free(&reply);
	}
}

/* Those that don't answer come first, and at other addresses. */
static void addresses(void **state)
{
	struct world *world = *state;
	struct forged *certificate = &world->certificates[GOOD];
	const struct bytes reply = BYTES(HTTP_OK("text/html", "x"));
	struct webserver server =
		webserver_start(WEB_REPLY, certificate->x, certificate->key, reply);
	struct fetcher *fetcher = fetcher_for(world, server, 5000);
	const struct addr list[] = { address("::1"), address("127.0.0.2"), address("127.0.0.1") };

	world->outstanding = 4;
	fetch_start(fetcher, HOST, PATH, list, 2, NULL, note, world);
	fetch_start(fetcher, HOST, PATH, NULL, 0, NULL, note, world);
	fetch_start(fetcher, "no name", PATH, list, 3, NULL, note, world);
	while (world->outstanding > 1) {
		struct loop_timer *timer =
			loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);

		loop_timer_set(timer, 5);
		loop_run(world->loop);
		loop_timer_free(timer);
		assert_int_not_equal(world->status, FETCH_OK);
	}
	assert_int_equal(world->status, FETCH_CONNECT);
	fetch_start(fetcher, HOST, PATH, list, 3, NULL, note, world);
	loop_run(world->loop);
	assert_int_equal(world->status, FETCH_OK);
	assert_string_equal(world->body.s, "x");
	fetcher_free(fetcher);
	webserver_stop(server);
}

static void refused(void **state)
{
	struct world *world = *state;
	struct fetcher *fetcher = fetcher_for(world, (struct webserver){ .port = 1 }, 5000);

	get(world, fetcher, NULL);
	loop_run(world->loop);
	assert_int_equal(world->status, FETCH_CONNECT);
	assert_string_equal(world->reason.s, "no connection: Connection refused");
	fetcher_free(fetcher);
}

/* A proxy of the parameters is used: there is none at that place. */
static void proxy(void **state)
{
	struct world *world = *state;
	struct forged *certificate = &world->certificates[GOOD];
	struct webserver server = webserver_start(
		WEB_REPLY, certificate->x, certificate->key, BYTES(HTTP_OK("text/plain", "x")));
	const struct fetch_params params = {
		.ca = world->ca_file, .proxy = "http://127.0.0.1:1", .port = server.port
	};
	struct fetcher *fetcher = fetcher_new(world->loop, &params);

	get(world, fetcher, NULL);
	loop_run(world->loop);
	assert_int_equal(world->status, FETCH_CONNECT);
	fetcher_free(fetcher);
	webserver_stop(server);
}

/* Each tenth server is silent: the others are all done before any of these is given up. */
static void many_at_once(void **state)
{
	struct world *world = *state;
	struct forged *certificate = &world->certificates[GOOD];
	struct webserver server = webserver_start(WEB_TENTH_SILENT, certificate->x,
		certificate->key, BYTES(HTTP_OK("text/plain", "x")));
	struct fetcher *fetcher = fetcher_for(world, server, 60000);

	for (unsigned int i = 0; i < MANY; i++)
		get(world, fetcher, "text/plain");
	while (world->outstanding > MANY / 10) {
		struct loop_timer *timer =
			loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);

		loop_timer_set(timer, 20);
		loop_run(world->loop);
		loop_timer_free(timer);
	}
	assert_int_equal(world->good, MANY - MANY / 10);
	/* These end now. */
	fetcher_free(fetcher);
	assert_int_equal(world->outstanding, 0);
	assert_int_equal(world->status, FETCH_TIMEOUT);
	webserver_stop(server);
}

static void freed_under_way(void **state)
{
	struct world *world = *state;
	struct forged *certificate = &world->certificates[GOOD];
	struct webserver server = webserver_start(
		WEB_DRIP, certificate->x, certificate->key, BYTES(HTTP_OK("text/plain", "x")));
	const struct fetch_params params = {
		.ca = world->ca_file, .max_at_once = 2, .port = server.port
	};
	struct fetcher *fetcher = fetcher_new(world->loop, &params);
	struct loop_timer *timer =
		loop_timer_new(world->loop, (void (*)(void *))loop_stop, world->loop);

	for (unsigned int i = 0; i < 4; i++)
		get(world, fetcher, NULL);
	loop_timer_set(timer, 60);
	loop_run(world->loop);
	assert_int_equal(world->outstanding, 4);
	get(world, fetcher, NULL);
	fetcher_free(fetcher);
	assert_int_equal(world->outstanding, 0);
	assert_int_equal(world->status, FETCH_TIMEOUT);
	assert_string_equal(world->reason.s, "given up");
	loop_timer_free(timer);
	webserver_stop(server);
}

static void bad_anchors(void **state)
{
	struct world *world = *state;
	const struct fetch_params params = { .ca = "/nonexistent/ca.pem" }, system = { 0 };
	struct fetcher *fetcher = fetcher_new(world->loop, &params);

	assert_null(fetcher);
	fetcher = fetcher_new(world->loop, &system);
	assert_non_null(fetcher);
	fetcher_free(fetcher);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(certificates),
		TEST(replies),
		TEST(connections),
		TEST(bounds),
		TEST(addresses),
		TEST(refused),
		TEST(proxy),
		TEST(many_at_once),
		TEST(freed_under_way),
		TEST(bad_anchors),
	};

	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
