// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "base/text.h"
#include "dialogue/dns.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* clang-format off */
#define IN(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }

/* Two bytes of flags as literals, then how many answers, authorities and additional records. */
#define HEAD(flags, an, ns, ar) "\x12\x34" flags "\0\1" "\0" an "\0" ns "\0" ar
#define OK     "\x81\x80"
#define OK_AD  "\x81\xa0"
#define TC     "\x83\x80"
#define ASK_A    "\7Example\3com\0" "\0\1"  "\0\1" /* the name is at 12, "com" at 20 */
#define ASK_CNAME "\7example\3com\0" "\0\5" "\0\1"
#define ASK_MX   "\7example\3com\0" "\0\17" "\0\1"
#define ASK_TXT  "\7example\3com\0" "\0\20" "\0\1"
#define ASK_AAAA "\7example\3com\0" "\0\34" "\0\1"
#define ASK_TLSA "\7example\3com\0" "\0\64" "\0\1"
#define NAME   "\xc0\14" /* the question's */
#define RR(type, ttl, length) "\0" type "\0\1" "\0\0\0" ttl "\0" length
#define SOA    NAME "\0\6\0\1\0\0\0\x90" "\0\26" "\0" "\0" "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x50"
#define NS     NAME RR("\2", "\x90", "\2") NAME
/* A reply with one record of the name asked for, but for its data. */
#define ONE(ask, type, ttl, length) HEAD(OK, "\1", "\0", "\0") ask NAME RR(type, ttl, length)
#define OPT(upper) "\0" "\0\51" "\4\320" upper "\0\0\0" "\0\0"
/* clang-format on */

static void tell_record(struct text *out, const struct dns_record *record)
{
	char addr[ADDR_TEXT];

	switch (record->type) {
	case DNS_A:
	case DNS_AAAA:
		text_puts(out, addr_format(&record->addr, addr));
		break;
	case DNS_MX:
		text_printf(out, "%u \"%s\"", record->mx.preference, record->mx.host);
		break;
	case DNS_CNAME:
		text_puts(out, record->host);
		break;
	case DNS_TXT:
		text_putc(out, '"');
		text_printable(out, record->txt, 60);
		text_putc(out, '"');
		break;
	case DNS_TLSA:
		text_printf(out, "%u %u %u ", record->tlsa.usage, record->tlsa.selector,
			record->tlsa.matching);
		text_hex(out, record->tlsa.data, false);
		break;
	default:
		text_puts(out, "?");
	}
	text_printf(out, " %u", record->ttl);
}

/* An answer as one line: what a row wants. */
static void tell(struct text *out, const struct dns_answer *answer)
{
	text_printf(out, "%s %u%s%s%s%s%s rcode %u ttl %u", answer->name, answer->type,
		answer->authentic ? " ad" : "", answer->truncated ? " tc" : "",
		answer->cut ? " cut" : "", answer->odd ? " odd" : "",
		answer->referral ? " referral" : "", answer->rcode, answer->ttl);
	if (strcmp(answer->canonical, answer->name) != 0)
		text_printf(out, " -> %s", answer->canonical);
	for (size_t i = 0; i < answer->count; i++) {
		text_puts(out, i ? ", " : ": ");
		tell_record(out, &answer->records[i]);
	}
}

struct row {
	const char *name;
	struct bytes in;
	const char *want; /* NULL: refused */
};

static void check(const struct row *row)
{
	struct bytes in = guarded(row->in);
	struct dns_answer answer;
	struct text got = { 0 };
	bool good = dns_parse(in, &answer);

	if (good)
		tell(&got, &answer);
	assert_row_string(row->name, got.s, row->want);
	if (good)
		dns_answer_free(&answer);
	text_free(&got);
	guarded_free(in);
}

static void record_types(void **state)
{
	static const struct row rows[] = {
		{ "A", IN(ONE(ASK_A, "\1", "\74", "\4") "\300\0\2\1"),
			"example.com 1 rcode 0 ttl 60: 192.0.2.1 60" },
		{ "A, two, least TTL",
			IN(HEAD(OK, "\2", "\0", "\0") ASK_A NAME RR("\1", "\74",
				"\4") "\300\0\2\1" NAME RR("\1", "\36", "\4") "\300\0\2\2"),
			"example.com 1 rcode 0 ttl 30: 192.0.2.1 60, 192.0.2.2 30" },
		{ "A with 5 bytes", IN(ONE(ASK_A, "\1", "\74", "\5") "\300\0\2\1\1"),
			"example.com 1 odd rcode 0 ttl 0" },
		{ "A, bad one left out",
			IN(HEAD(OK, "\2", "\0", "\0") ASK_A NAME RR("\1", "\74",
				"\3") "\300\0\2" NAME RR("\1", "\36", "\4") "\300\0\2\2"),
			"example.com 1 odd rcode 0 ttl 30: 192.0.2.2 30" },
		{ "AAAA",
			IN(HEAD(OK_AD, "\1", "\0", "\0") ASK_AAAA NAME RR(
				"\34", "\74", "\20") "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\x25"),
			"example.com 28 ad rcode 0 ttl 60: 2001:db8::25 60" },
		{ "MX, compressed, mixed case",
			IN(ONE(ASK_MX, "\17", "\74", "\7") "\0\12\2mX" NAME),
			"example.com 15 rcode 0 ttl 60: 10 \"mx.example.com\" 60" },
		{ "MX, pointer into a name", IN(ONE(ASK_MX, "\17", "\74", "\7") "\0\12\2mx\xc0\24"),
			"example.com 15 rcode 0 ttl 60: 10 \"mx.com\" 60" },
		{ "null MX", IN(ONE(ASK_MX, "\17", "\74", "\3") "\0\0\0"),
			"example.com 15 rcode 0 ttl 60: 0 \"\" 60" },
		{ "MX that is an address",
			IN(ONE(ASK_MX, "\17", "\74", "\13") "\0\0\1"
							    "1\1"
							    "2\1"
							    "3\1"
							    "4\0"),
			"example.com 15 odd rcode 0 ttl 0" },
		{ "MX, dot in a label", IN(ONE(ASK_MX, "\17", "\74", "\7") "\0\0\3a.b\0"),
			"example.com 15 odd rcode 0 ttl 0" },
		{ "MX, UTF-8 in a label", IN(ONE(ASK_MX, "\17", "\74", "\6") "\0\0\2\303\274\0"),
			"example.com 15 odd rcode 0 ttl 0" },
		{ "MX, bytes behind the name", IN(ONE(ASK_MX, "\17", "\74", "\6") "\0\0\1a\0\0"),
			"example.com 15 odd rcode 0 ttl 0" },
		{ "TXT, strings joined",
			IN(ONE(ASK_TXT, "\20", "\74", "\21") "\5v=STS\0\11v1; id=1;"),
			"example.com 16 rcode 0 ttl 60: \"v=STSv1; id=1;\" 60" },
		{ "TXT, several, one empty, one with a NUL",
			IN(HEAD(OK, "\3", "\0", "\0") ASK_TXT NAME RR(
				"\20", "\74", "\2") "\1a" NAME RR("\20", "\74",
				"\1") "\0" NAME RR("\20", "\74", "\4") "\3b\0c"),
			"example.com 16 rcode 0 ttl 60: \"a\" 60, \"\" 60, \"b\\x00c\" 60" },
		{ "TXT, only an empty one", IN(ONE(ASK_TXT, "\20", "\74", "\1") "\0"),
			"example.com 16 rcode 0 ttl 60: \"\" 60" },
		{ "TXT without a string", IN(ONE(ASK_TXT, "\20", "\74", "\0")),
			"example.com 16 odd rcode 0 ttl 0" },
		{ "TXT, string longer than the record", IN(ONE(ASK_TXT, "\20", "\74", "\3") "\3ab"),
			"example.com 16 odd rcode 0 ttl 0" },
		{ "TLSA",
			IN(HEAD(OK_AD, "\1", "\0", "\0") ASK_TLSA NAME RR(
				"\64", "\74", "\7") "\3\1\1\xde\xad\xbe\xef"),
			"example.com 52 ad rcode 0 ttl 60: 3 1 1 deadbeef 60" },
		{ "TLSA without data", IN(ONE(ASK_TLSA, "\64", "\74", "\3") "\3\1\1"),
			"example.com 52 rcode 0 ttl 60: 3 1 1  60" },
		{ "TLSA, 2 bytes", IN(ONE(ASK_TLSA, "\64", "\74", "\2") "\3\1"),
			"example.com 52 odd rcode 0 ttl 0" },
		{ "CNAME, asked for",
			IN(ONE(ASK_CNAME, "\5", "\74", "\4") "\1a"
							     "\xc0\24"),
			"example.com 5 rcode 0 ttl 60: a.com 60" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

static void chains(void **state)
{
	static const struct row rows[] = {
		{ "one link",
			IN(HEAD(OK, "\2", "\0", "\0") ASK_A NAME RR(
				"\5", "\36", "\4") "\1a\xc0\24"
						   "\1A\xc0\24" RR("\1", "\74", "\4") "\300\0\2\1"),
			"example.com 1 rcode 0 ttl 30 -> a.com: 192.0.2.1 60" },
		{ "two links, in any order",
			IN(HEAD(OK, "\3", "\0", "\0") ASK_A "\1b\xc0\24" RR("\1", "\74",
				"\4") "\300\0\2\1"
				      "\1a\xc0\24" RR("\5", "\36", "\4") "\1b\xc0\24" NAME RR(
					      "\5", "\74", "\4") "\1a\xc0\24"),
			"example.com 1 rcode 0 ttl 30 -> b.com: 192.0.2.1 60" },
		{ "leads to nothing", IN(ONE(ASK_A, "\5", "\36", "\4") "\1a\xc0\24"),
			"example.com 1 rcode 0 ttl 0 -> a.com" },
		{ "leads to nothing, says so",
			IN(HEAD("\x81\x83", "\1", "\1", "\0")
					ASK_A NAME RR("\5", "\36", "\4") "\1a\xc0\24" SOA),
			"example.com 1 rcode 3 ttl 30 -> a.com" },
		{ "records beside the chain are not the answer",
			IN(HEAD(OK, "\2", "\0", "\0") ASK_A NAME RR("\5", "\36",
				"\4") "\1a\xc0\24" NAME RR("\1", "\74", "\4") "\300\0\2\1"),
			"example.com 1 rcode 0 ttl 0 -> a.com" },
		{ "to itself", IN(ONE(ASK_A, "\5", "\36", "\2") NAME), NULL },
		{ "a ring of two",
			IN(HEAD(OK, "\2", "\0", "\0") ASK_A NAME RR(
				"\5", "\36", "\4") "\1a\xc0\24"
						   "\1a\xc0\24" RR("\5", "\36", "\2") NAME),
			NULL },
		{ "to the root", IN(ONE(ASK_A, "\5", "\36", "\1") "\0"), NULL },
		{ "bytes behind the target", IN(ONE(ASK_A, "\5", "\36", "\5") "\1a\xc0\24\0"),
			NULL },
		{ "of another name",
			IN(HEAD(OK, "\1", "\0", "\0") ASK_A
				"\xc0\24" RR("\5", "\36", "\4") "\1a\xc0\24"),
			"example.com 1 rcode 0 ttl 0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

static void nothing(void **state)
{
	static const struct row rows[] = {
		{ "no name, SOA", IN(HEAD("\x81\x83", "\0", "\1", "\0") ASK_A SOA),
			"example.com 1 rcode 3 ttl 80" },
		{ "no data, SOA with a smaller TTL",
			IN(HEAD(OK, "\0", "\1", "\0") ASK_A NAME
				"\0\6\0\1\0\0\0\5"
				"\0\26"
				"\0"
				"\0"
				"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x50"),
			"example.com 1 rcode 0 ttl 5" },
		{ "no data, no SOA", IN(HEAD(OK, "\0", "\0", "\0") ASK_A),
			"example.com 1 rcode 0 ttl 0" },
		{ "SOA with bytes behind",
			IN(HEAD(OK, "\0", "\1", "\0") ASK_A NAME
				"\0\6\0\1\0\0\0\5"
				"\0\27"
				"\0"
				"\0"
				"\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\x50\0"),
			"example.com 1 rcode 0 ttl 0" },
		{ "a referral", IN(HEAD(OK, "\0", "\1", "\0") ASK_A NS),
			"example.com 1 referral rcode 0 ttl 0" },
		{ "NS and SOA: no referral", IN(HEAD(OK, "\0", "\2", "\0") ASK_A NS SOA),
			"example.com 1 rcode 0 ttl 80" },
		{ "records of another type and class",
			IN(HEAD(OK, "\2", "\0", "\0") ASK_A NAME RR(
				"\20", "\74", "\2") "\1a" NAME "\0\1\0\3\0\0\0\74\0\4\300\0\2\1"),
			"example.com 1 rcode 0 ttl 0" },
		{ "SERVFAIL", IN(HEAD("\x81\x82", "\0", "\0", "\0") ASK_A),
			"example.com 1 rcode 2 ttl 0" },
		{ "refused, with OPT", IN(HEAD("\x81\x85", "\0", "\0", "\1") ASK_A OPT("\0")),
			"example.com 1 rcode 5 ttl 0" },
		{ "BADVERS looks like success without OPT",
			IN(HEAD(OK, "\0", "\0", "\1") ASK_A OPT("\1")),
			"example.com 1 rcode 16 ttl 0" },
		{ "a rcode beyond all", IN(HEAD(OK, "\0", "\0", "\1") ASK_A OPT("\xff")),
			"example.com 1 rcode 255 ttl 0" },
		{ "TTL with the upper bit",
			IN(HEAD(OK, "\1", "\0", "\0") ASK_A NAME
				"\0\1\0\1\x80\0\0\1\0\4\300\0\2\1"),
			"example.com 1 rcode 0 ttl 0: 192.0.2.1 0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

static void refused(void **state)
{
	static const struct row rows[] = {
		{ "empty", IN(""), NULL },
		{ "a query", IN(HEAD("\1\0", "\0", "\0", "\0") ASK_A), NULL },
		{ "another opcode", IN(HEAD("\xa9\x80", "\0", "\0", "\0") ASK_A), NULL },
		{ "no question", IN("\x12\x34" OK "\0\0\0\0\0\0\0\0"), NULL },
		{ "two questions", IN("\x12\x34" OK "\0\2\0\0\0\0\0\0" ASK_A ASK_A), NULL },
		{ "class CH", IN(HEAD(OK, "\0", "\0", "\0") "\1a\0\0\1\0\3"), NULL },
		{ "type ANY", IN(HEAD(OK, "\0", "\0", "\0") "\1a\0\0\xff\0\1"), NULL },
		{ "type SOA", IN(HEAD(OK, "\0", "\0", "\0") "\1a\0\0\6\0\1"), NULL },
		{ "the root", IN(HEAD(OK, "\0", "\0", "\0") "\0\0\1\0\1"), NULL },
		{ "no host name", IN(HEAD(OK, "\0", "\0", "\0") "\1 \0\0\1\0\1"), NULL },
		{ "bytes behind the end", IN(HEAD(OK, "\0", "\0", "\0") ASK_A "\0"), NULL },
		{ "question points to itself", IN(HEAD(OK, "\0", "\0", "\0") "\xc0\14\0\1\0\1"),
			NULL },
		{ "question points forward", IN(HEAD(OK, "\0", "\0", "\0") "\xc0\22\0\1\0\1\1a\0"),
			NULL },
		{ "question points into the header",
			IN(HEAD(OK, "\0", "\0", "\0") "\1a\xc0\2\0\1\0\1"), NULL },
		{ "label type 01", IN(HEAD(OK, "\0", "\0", "\0") "\x41\1a\0\0\1\0\1"), NULL },
		{ "label type 10", IN(HEAD(OK, "\0", "\0", "\0") "\x81\1a\0\0\1\0\1"), NULL },
		{ "more answers than there are",
			IN(HEAD(OK, "\2", "\0", "\0")
					ASK_A NAME RR("\1", "\74", "\4") "\300\0\2\1"),
			NULL },
		{ "the same, truncated",
			IN(HEAD(TC, "\2", "\0", "\0")
					ASK_A NAME RR("\1", "\74", "\4") "\300\0\2\1"),
			"example.com 1 tc rcode 0 ttl 60: 192.0.2.1 60" },
		{ "truncated in a record",
			IN(HEAD(TC, "\1", "\0", "\0") ASK_A NAME RR("\1", "\74", "\4") "\300\0\2"),
			"example.com 1 tc rcode 0 ttl 0" },
		{ "record points at a part that runs into it",
			IN(ONE(ASK_MX, "\17", "\74", "\7") "\0\12\2mx\xc0\53"),
			"example.com 15 odd rcode 0 ttl 0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		check(&rows[i]);
}

/* With the upper bit of the count set there would be 65535 of them: none is there. */
static void truncated(struct bytes prefix, void *context)
{
	struct dns_answer answer;

	(void)context;
	assert_false(dns_parse(prefix, &answer));
}

static void truncations(void **state)
{
	static const struct bytes whole = IN(HEAD(OK_AD, "\2", "\1", "\1") ASK_MX NAME RR("\5",
		"\36", "\4") "\1a\xc0\24"
			     "\1a\xc0\24" RR("\17", "\74", "\7") "\0\12\2mx" NAME SOA OPT("\0"));
	struct row row = { "whole", whole,
		"example.com 15 ad rcode 0 ttl 30 -> a.com: 10 \"mx.example.com\" 60" };

	(void)state;
	check(&row);
	every_truncation(whole, truncated, NULL);
}

/* A name of 253 characters is the longest; with a pointer at it every other one is too long. */
static void long_names(void **state)
{
	struct text message = { 0 };
	struct dns_answer answer;
	struct bytes in;

	(void)state;
	text_add(&message, BYTES(HEAD(OK, "\2", "\0", "\0")));
	for (size_t i = 0; i < 127; i++)
		text_puts(&message, "\1a");
	text_add(&message, BYTES("\0\0\17\0\1"));
	text_add(&message, BYTES(NAME RR("\17", "\74", "\4") "\0\1" NAME));
	text_add(&message, BYTES(NAME RR("\17", "\74", "\6") "\0\1\1a" NAME));
	in = guarded(bytes_of(message.s, message.n));
	assert_true(dns_parse(in, &answer));
	assert_int_equal(strlen(answer.name), 253);
	assert_int_equal(answer.count, 1);
	assert_string_equal(answer.records[0].mx.host, answer.name);
	assert_true(answer.odd);
	dns_answer_free(&answer);
	guarded_free(in);
	text_free(&message);
}

/* @n records of @data each, of type TXT. */
static struct bytes many(struct text *message, uint16_t n, struct bytes data)
{
	char counts[] = { '\0', '\1', (char)(n >> 8), (char)n, '\0', '\0', '\0', '\0' };
	char length[] = { (char)(data.n >> 8), (char)data.n };

	text_add(message, BYTES("\x12\x34" OK));
	text_add(message, bytes_of(counts, sizeof(counts)));
	text_add(message, BYTES(ASK_TXT));
	for (unsigned int i = 0; i < n; i++) {
		text_add(message, BYTES(NAME "\0\20\0\1\0\0\0\74"));
		text_add(message, bytes_of(length, 2));
		text_add(message, data);
	}
	return guarded(bytes_of(message->s, message->n));
}

static void bounds(void **state)
{
	static const struct {
		const char *name;
		uint16_t n;
		size_t want;
		bool cut;
	} rows[] = {
		{ "as many as fit", DNS_RECORDS_MAX, DNS_RECORDS_MAX, false },
		{ "one more", DNS_RECORDS_MAX + 1, DNS_RECORDS_MAX, true },
		{ "as many as a message can hold", 4600, DNS_RECORDS_MAX, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text message = { 0 };
		struct bytes in = many(&message, rows[i].n, BYTES("\1x"));
		struct dns_answer answer;

		assert_row(rows[i].name, dns_parse(in, &answer));
		assert_row_int(rows[i].name, answer.count, rows[i].want);
		assert_row_int(rows[i].name, answer.cut, rows[i].cut);
		for (size_t k = 0; k < answer.count; k++)
			assert_row(rows[i].name, bytes_equal(answer.records[k].txt, BYTES("x")));
		dns_answer_free(&answer);
		guarded_free(in);
		text_free(&message);
	}
}

static void long_data(void **state)
{
	struct text data = { 0 };

	(void)state;
	/* 16 strings of 255 and one of 16 are 4096 bytes. */
	for (int i = 0; i < 16; i++)
		text_printf(&data, "\xff%255s", "x");
	text_printf(&data, "\x10%16s", "y");
	for (int extra = 0; extra < 2; extra++) {
		struct text message = { 0 };
		struct bytes in = many(&message, 1, bytes_of(data.s, data.n));
		struct dns_answer answer;

		assert_true(dns_parse(in, &answer));
		assert_int_equal(answer.count, extra ? 0 : 1);
		assert_int_equal(answer.odd, extra);
		assert_int_equal(extra ? 0 : answer.records[0].txt.n, extra ? 0 : DNS_DATA_MAX);
		dns_answer_free(&answer);
		guarded_free(in);
		text_free(&message);
		text_puts(&data, "\1z");
	}
	text_free(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_types),
		cmocka_unit_test(chains),
		cmocka_unit_test(nothing),
		cmocka_unit_test(refused),
		cmocka_unit_test(truncations),
		cmocka_unit_test(long_names),
		cmocka_unit_test(bounds),
		cmocka_unit_test(long_data),
	};

	return cmocka_run_group_tests_name("dns", tests, NULL, NULL);
}
