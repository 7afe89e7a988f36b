// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "evidence/mx_seen.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1790000000) * SECOND)

static struct addr address(const char *text)
{
	struct addr addr;

	assert_true(addr_parse(bytes_str(text), &addr));
	return addr;
}

/*
 * "MX example.com 300 mx1.example.com mx2.example.com": what @asker is told. Records are hosts or
 * addresses.
 */
static void tell(struct mx_seen *seen, const char *asker, int64_t time, const char *line)
{
	struct dns_record records[DNS_RECORDS_MAX];
	struct dns_answer answer = { .records = records };
	struct addr to = address(asker);
	char copy[2048], type[8];
	unsigned int ttl;
	int used;

	assert_int_equal(sscanf(line, "%7s %255s %u%n", type, answer.name, &ttl, &used), 3);
	answer.type = strcmp(type, "MX") == 0 ? DNS_MX : strcmp(type, "A") == 0 ? DNS_A : DNS_AAAA;
	answer.ttl = ttl;
	snprintf(copy, sizeof(copy), "%s", line + used);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " ")) {
		struct dns_record *record = &records[answer.count++];

		record->type = answer.type;
		if (answer.type == DNS_MX)
			record->mx.host = strcmp(word, ".") == 0 ? "" : word;
		else
			record->addr = address(word);
	}
	mx_seen_learn(seen, &answer, &to, time);
}

/* Names, in alphabetical order. */
static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_names(size_t (*ask)(struct mx_seen *seen, const struct addr *server, int64_t time,
				const char **out, size_t max),
	struct mx_seen *seen, const char *server, int64_t time, const char *want)
{
	struct addr addr = address(server);
	struct text text = { 0 };
	const char *names[16];
	size_t n = ask(seen, &addr, time, names, 16);

	qsort(names, n, sizeof(*names), compare);
	text_puts(&text, "");
	for (size_t i = 0; i < n; i++)
		text_printf(&text, "%s%s", i ? " " : "", names[i]);
	assert_row_string(server, text.s, want);
	text_free(&text);
}

#define check_hosts(...)   check_names(mx_seen_hosts, __VA_ARGS__)
#define check_domains(...) check_names(mx_seen_domains, __VA_ARGS__)

#define GATE  "192.0.2.10"
#define OTHER "192.0.2.11"

static enum answer serves(struct mx_seen *seen, const char *asker, const char *domain,
	const char *server, int64_t time)
{
	struct addr from = address(asker), to = address(server);

	return mx_seen_serves(seen, &from, domain, &to, time);
}

static void names(void **state)
{
	struct mx_seen *seen = mx_seen_new(NULL);

	(void)state;
	tell(seen, GATE, START, "A www.example.com 300 198.51.100.25");
	tell(seen, GATE, START, "MX example.com 300 mx1.example.com mx2.example.com");
	tell(seen, GATE, START, "MX example.net 300 mx1.example.com");
	tell(seen, GATE, START, "A mx1.example.com 300 198.51.100.25 198.51.100.26");
	tell(seen, GATE, START, "AAAA mx1.example.com 300 2001:db8::25");
	tell(seen, GATE, START, "A mx2.example.com 300 198.51.100.25");
	tell(seen, GATE, START, "A www.example.com 300 198.51.100.25");
	check_hosts(seen, "198.51.100.25", START, "mx1.example.com mx2.example.com");
	check_hosts(seen, "198.51.100.26", START, "mx1.example.com");
	check_hosts(seen, "2001:db8::25", START, "mx1.example.com");
	check_hosts(seen, "198.51.100.27", START, "");
	check_domains(seen, "198.51.100.25", START, "example.com example.net");
	check_domains(seen, "198.51.100.27", START, "");
	mx_seen_free(seen);
}

/* As long as the TTL, and the grace. */
static void time_passes(void **state)
{
	struct mx_seen *seen = mx_seen_new(NULL);
	int64_t end = START + 60 * SECOND + MX_SEEN_GRACE;

	(void)state;
	tell(seen, GATE, START, "MX example.com 3600 mx1.example.com");
	tell(seen, GATE, START, "A mx1.example.com 60 198.51.100.25");
	check_hosts(seen, "198.51.100.25", START - 1, "");
	check_hosts(seen, "198.51.100.25", START, "mx1.example.com");
	check_hosts(seen, "198.51.100.25", end, "mx1.example.com");
	check_hosts(seen, "198.51.100.25", end + 1, "");
	assert_int_equal(serves(seen, GATE, "example.com", "198.51.100.25", end), ANSWER_YES);
	assert_int_equal(
		serves(seen, GATE, "example.com", "198.51.100.25", end + 1), ANSWER_UNKNOWN);
	assert_int_equal(
		serves(seen, GATE, "example.com", "198.51.100.66", end + 1), ANSWER_UNKNOWN);
	/* Asked again: known from the first time on. */
	tell(seen, GATE, end - SECOND, "A mx1.example.com 60 198.51.100.25");
	check_hosts(seen, "198.51.100.25", START, "mx1.example.com");
	check_hosts(seen, "198.51.100.25", end + 1, "mx1.example.com");
	/* A TTL of decades does not bind for decades. */
	tell(seen, GATE, START, "A mx1.example.com 2147483647 198.51.100.26");
	check_hosts(seen, "198.51.100.26", START + 8 * 86400 * SECOND, "");
	mx_seen_free(seen);
}

static void redirections(void **state)
{
	static const struct {
		const char *name, *asker, *domain, *server;
		enum answer want;
	} rows[] = {
		{ "its MX", GATE, "example.com", "198.51.100.25", ANSWER_YES },
		{ "its other MX", GATE, "example.com", "198.51.100.26", ANSWER_YES },
		{ "none of them", GATE, "example.com", "198.51.100.66", ANSWER_NO },
		{ "another domain's", GATE, "example.com", "198.51.100.27", ANSWER_NO },
		/* Somebody who gives all mail to that gateway never asked. */
		{ "another client", OTHER, "example.com", "198.51.100.66", ANSWER_UNKNOWN },
		{ "nobody asked", GATE, "example.org", "198.51.100.25", ANSWER_UNKNOWN },
		{ "not all addresses known", GATE, "half.example", "198.51.100.66",
			ANSWER_UNKNOWN },
		{ "not all known, but this one", GATE, "half.example", "198.51.100.25",
			ANSWER_YES },
		{ "IPv6 was not asked for", GATE, "example.com", "2001:db8::66", ANSWER_UNKNOWN },
		{ "IPv6 was asked for", GATE, "six.example", "2001:db8::66", ANSWER_NO },
		{ "IPv6, an empty answer", GATE, "four.example", "2001:db8::66", ANSWER_NO },
		{ "no MX: the domain itself", GATE, "bare.example", "198.51.100.30", ANSWER_YES },
		{ "no MX: another one", GATE, "bare.example", "198.51.100.66", ANSWER_NO },
		{ "null MX", GATE, "null.example", "198.51.100.66", ANSWER_UNKNOWN },
	};
	struct mx_seen *seen = mx_seen_new(NULL);

	(void)state;
	tell(seen, GATE, START, "MX example.com 300 mx1.example.com mx2.example.com");
	tell(seen, GATE, START, "MX half.example 300 mx1.example.com mx3.example.com");
	tell(seen, GATE, START, "MX six.example 300 mx6.example.com");
	tell(seen, GATE, START, "MX four.example 300 mx4.example.com");
	tell(seen, GATE, START, "MX bare.example 300");
	tell(seen, GATE, START, "MX null.example 300 .");
	tell(seen, GATE, START, "A mx1.example.com 300 198.51.100.25");
	tell(seen, GATE, START, "A mx2.example.com 300 198.51.100.26");
	tell(seen, GATE, START, "A mx4.example.com 300 198.51.100.27");
	tell(seen, GATE, START, "AAAA mx4.example.com 300");
	tell(seen, GATE, START, "AAAA mx6.example.com 300 2001:db8::6");
	tell(seen, GATE, START, "A bare.example 300 198.51.100.30");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_row_int(rows[i].name,
			serves(seen, rows[i].asker, rows[i].domain, rows[i].server, START),
			rows[i].want);
	mx_seen_free(seen);
}

/* Addresses that take turns add up; an MX set is what was told last. */
static void changes(void **state)
{
	struct mx_seen *seen = mx_seen_new(NULL);

	(void)state;
	tell(seen, GATE, START, "MX example.com 300 mx1.example.com");
	tell(seen, GATE, START, "A mx1.example.com 300 198.51.100.25");
	tell(seen, OTHER, START + SECOND, "A mx1.example.com 300 198.51.100.26");
	assert_int_equal(
		serves(seen, GATE, "example.com", "198.51.100.25", START + SECOND), ANSWER_YES);
	assert_int_equal(
		serves(seen, GATE, "example.com", "198.51.100.26", START + SECOND), ANSWER_YES);
	tell(seen, GATE, START + 2 * SECOND, "MX example.com 300 mx2.example.com");
	tell(seen, GATE, START + 2 * SECOND, "A mx2.example.com 300 198.51.100.27");
	assert_int_equal(
		serves(seen, GATE, "example.com", "198.51.100.25", START + 2 * SECOND), ANSWER_NO);
	/* A session that began before is not held against it. */
	assert_int_equal(
		serves(seen, GATE, "example.com", "198.51.100.25", START + SECOND), ANSWER_UNKNOWN);
	mx_seen_free(seen);
}

/* Answers that say nothing, or not all. */
static void incomplete(void **state)
{
	struct dns_record record = { .type = DNS_MX, .mx = { 10, "mx1.example.com" } };
	struct addr gate = address(GATE);
	static const struct {
		const char *name;
		struct dns_answer answer;
		enum answer want;
	} rows[] = {
		{ "whole", { .rcode = 0 }, ANSWER_NO },
		{ "NXDOMAIN", { .rcode = 3 }, ANSWER_UNKNOWN },
		{ "truncated", { .truncated = true }, ANSWER_UNKNOWN },
		{ "more than was kept", { .cut = true }, ANSWER_UNKNOWN },
		{ "with odd records", { .odd = true }, ANSWER_UNKNOWN },
		{ "a referral", { .referral = true }, ANSWER_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dns_answer answer = rows[i].answer;
		struct mx_seen *seen = mx_seen_new(NULL);

		strcpy(answer.name, "example.com");
		answer.type = DNS_MX;
		answer.records = &record;
		answer.count = 1;
		mx_seen_learn(seen, &answer, &gate, START);
		tell(seen, GATE, START, "A mx1.example.com 300 198.51.100.25");
		assert_row_int(rows[i].name,
			serves(seen, GATE, "example.com", "198.51.100.66", START), rows[i].want);
		mx_seen_free(seen);
	}
}

/* A flood of answers costs what the bounds allow, and what is in use stays true. */
static void bounds(void **state)
{
	struct mx_seen *seen = mx_seen_new(NULL);
	char line[2048];

	(void)state;
	for (int i = 0; i < 30000; i++) {
		snprintf(line, sizeof(line), "MX d%d.example 300 mx%d.example", i, i);
		tell(seen, GATE, START + i, line);
		snprintf(line, sizeof(line), "A mx%d.example 300 10.0.%d.%d", i, i >> 8, i & 255);
		tell(seen, GATE, START + i, line);
	}
	assert_int_equal(
		serves(seen, GATE, "d29999.example", "10.0.117.47", START + 30000), ANSWER_YES);
	assert_int_equal(
		serves(seen, GATE, "d1.example", "10.0.0.1", START + 30000), ANSWER_UNKNOWN);
	/* One host with more addresses than are kept, one set with more hosts. */
	tell(seen, GATE, START, "MX many.example 300 big.example");
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "A big.example 300 10.1.0.%d", i);
		tell(seen, GATE, START + i, line);
	}
	assert_int_equal(
		serves(seen, GATE, "many.example", "10.9.9.9", START + 100), ANSWER_UNKNOWN);
	strcpy(line, "MX wide.example 300");
	for (int i = 0; i < 40; i++)
		sprintf(line + strlen(line), " w%d.example", i);
	tell(seen, GATE, START, line);
	for (int i = 0; i < 40; i++) {
		snprintf(line, sizeof(line), "A w%d.example 300 10.2.0.%d", i, i);
		tell(seen, GATE, START, line);
	}
	assert_int_equal(serves(seen, GATE, "wide.example", "10.9.9.9", START), ANSWER_UNKNOWN);
	/* One address that many hosts claim, one host of many domains. */
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "MX e%d.example 300 f%d.example shared.example", i, i);
		tell(seen, GATE, START + i, line);
		snprintf(line, sizeof(line), "A f%d.example 300 10.3.0.1", i);
		tell(seen, GATE, START + i, line);
		tell(seen, GATE, START + i, "A shared.example 300 10.3.0.2");
	}
	{
		const char *names[64];
		struct addr addr = address("10.3.0.1");

		assert_int_equal(mx_seen_hosts(seen, &addr, START + 100, names, 64), 8);
		assert_int_equal(mx_seen_hosts(seen, &addr, START + 100, names, 2), 2);
		addr = address("10.3.0.2");
		assert_int_equal(mx_seen_domains(seen, &addr, START + 100, names, 64), 32);
	}
	mx_seen_free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(time_passes),
		cmocka_unit_test(redirections),
		cmocka_unit_test(changes),
		cmocka_unit_test(incomplete),
		cmocka_unit_test(bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
