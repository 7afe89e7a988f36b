// SPDX-License-Identifier: BSD-2-Clause
/*
 * What does not belong into a TLS stream, and what looks as if it did not.
 */
#include "harness.h"
#include "tls_peers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dialogue/tls_secret.h"
#include "dialogue/tls_state.h"

/* A talk of TLS 1.3 and one of 1.2, made once. */
struct fixture {
	struct tls_params params;
	struct talk talk, old;
};

static int set_up(void **state)
{
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	struct peers peers;

	fixture->params.certs = cert_cache_new(&(const struct cert_params){ .trust = NULL });
	peers_init(&peers, "EC");
	peers_talk(&peers, &fixture->talk);
	SSL_SESSION_free(peers.session);
	peers.session = NULL;
	peers_only_1_2(&peers);
	peers_talk(&peers, &fixture->old);
	peers_fini(&peers);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	talk_fini(&fixture->talk);
	talk_fini(&fixture->old);
	cert_cache_free(fixture->params.certs);
	free(fixture);
	return 0;
}

/* Where in a talk the odd bytes stand. */
enum place { FIRST, AFTER_CLIENT_HELLO, AFTER_SERVER_FLIGHT, AFTER_HANDSHAKE, AFTER_ALL };

static size_t pieces_before(const struct talk *talk, enum place place)
{
	switch (place) {
	case FIRST:
		return 0;
	case AFTER_CLIENT_HELLO:
		return 1;
	case AFTER_SERVER_FLIGHT:
		return 2;
	case AFTER_HANDSHAKE:
		return talk->handshake;
	default:
		return talk->n;
	}
}

struct odd_row {
	const char *name;
	enum place place;
	enum side from;
	struct bytes bytes;
	enum tls_status status;
	int observation; /* -1: none */
	const char *evidence;
	bool established, failed;
};

#define ODD(text)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

static const struct odd_row odd_rows[] = {
	{ "454 for a ServerHello (C9)", AFTER_CLIENT_HELLO, SERVER,
		ODD("454 TLS not available\r\n"), TLS_TEXT, OBS_TLS_REPLACED_BY_TEXT,
		"454 TLS not available", false, true },
	{ "continued reply", AFTER_CLIENT_HELLO, SERVER, ODD("220-mx\r\n220 mx\r\n"), TLS_TEXT,
		OBS_TLS_REPLACED_BY_TEXT, "220-mx", false, true },
	{ "reply without text", AFTER_CLIENT_HELLO, SERVER, ODD("421\r\n"), TLS_TEXT,
		OBS_TLS_REPLACED_BY_TEXT, "421", false, true },
	{ "454 before the client has finished", AFTER_SERVER_FLIGHT, SERVER, ODD("454 no\r\n"),
		TLS_TEXT, OBS_TLS_REPLACED_BY_TEXT, "454 no", false, true },
	{ "454 in established TLS (C10)", AFTER_HANDSHAKE, SERVER, ODD("454 no\r\n"), TLS_TEXT,
		OBS_TEXT_INSIDE_TLS, "454 no", true, false },
	{ "the same at its end", AFTER_ALL, SERVER, ODD("454 no\r\n"), TLS_TEXT,
		OBS_TEXT_INSIDE_TLS, "454 no", true, false },
	{ "command in established TLS", AFTER_HANDSHAKE, CLIENT, ODD("MAIL FROM:<a@b>\r\n"),
		TLS_TEXT, OBS_TEXT_INSIDE_TLS, "MAIL FROM:<*@b>", true, false },
	{ "reply before any TLS", FIRST, SERVER, ODD("220 mx\r\n"), TLS_TEXT, -1, NULL, false,
		true },
	{ "command for a ClientHello (C11)", FIRST, CLIENT, ODD("ehlo there\r\n"), TLS_TEXT, -1,
		NULL, false, true },
	{ "command for a Finished", AFTER_SERVER_FLIGHT, CLIENT, ODD("QUIT\r\n"), TLS_TEXT, -1,
		NULL, false, true },
	{ "reply of the client", AFTER_HANDSHAKE, CLIENT, ODD("454 no\r\n"), TLS_MORE,
		OBS_TLS_BROKEN, "34 35 34 20 6e where a record is due", true, false },
	{ "code out of range", AFTER_CLIENT_HELLO, SERVER, ODD("654 no\r\n"), TLS_MORE,
		OBS_TLS_BROKEN, "36 35 34 20 6e where a record is due", false, true },
	{ "HTTP", FIRST, CLIENT, ODD("GET / HTTP/1.0\r\n\r\n"), TLS_MORE, OBS_TLS_BROKEN,
		"47 45 54 20 2f where a record is due", false, true },
	{ "nothing but zeros", AFTER_CLIENT_HELLO, SERVER, ODD("\0\0\0\0\0\0\0\0"), TLS_MORE,
		OBS_TLS_BROKEN, "00 00 00 00 00 where a record is due", false, true },
	{ "record too long", AFTER_CLIENT_HELLO, SERVER, ODD("\x16\x03\x03\x48\x01\x02"), TLS_MORE,
		OBS_TLS_BROKEN, "16 03 03 48 01 where a record is due", false, true },
	{ "too short to tell", AFTER_CLIENT_HELLO, SERVER, ODD("454"), TLS_MORE, -1, NULL, false,
		false },
	{ "fatal alert", AFTER_CLIENT_HELLO, SERVER, ODD("\x15\x03\x01\0\x02\x02\x28"), TLS_MORE,
		-1, NULL, false, true },
	{ "text behind a fatal alert", AFTER_CLIENT_HELLO, SERVER,
		ODD("\x15\x03\x01\0\x02\x02\x28"
		    "454 TLS negotiation failed\r\n"),
		TLS_TEXT, -1, NULL, false, true },
	{ "empty records", AFTER_HANDSHAKE, SERVER, ODD("\x17\x03\x03\0\0\x17\x03\x03\0\0"),
		TLS_MORE, -1, NULL, true, false },
	{ "handshake message without end", AFTER_CLIENT_HELLO, SERVER,
		ODD("\x16\x03\x03\0\x05\x0b\xff\xff\xff\0"), TLS_MORE, OBS_TLS_BROKEN,
		"malformed handshake message", false, false },
	{ "ServerHello cut short", AFTER_CLIENT_HELLO, SERVER,
		ODD("\x16\x03\x03\0\x06\x02\0\0\x02\x03\x03"), TLS_MORE, OBS_TLS_BROKEN,
		"malformed ServerHello", false, false },
	{ "heartbeat", AFTER_HANDSHAKE, CLIENT, ODD("\x18\x03\x03\0\x03\x01\x40\0"), TLS_MORE, -1,
		NULL, true, false },
};

/* Tell the odd bytes in parts of @size; *@left is what the parser did not take. */
static enum tls_status tell_odd(
	struct tls *tls, const struct odd_row *row, size_t size, size_t *taken)
{
	struct bytes rest = row->bytes, part, fed;
	enum tls_status status = TLS_MORE;

	*taken = 0;
	while (rest.n && status == TLS_MORE) {
		bytes_take(&rest, rest.n < size ? rest.n : size, &part);
		part = guarded(part);
		fed = part;
		status = tls_feed(tls, row->from, &fed, 7);
		*taken += part.n - fed.n;
		guarded_free(part);
	}
	return status;
}

static void assert_odd(const struct odd_row *row, const struct telling *got, bool whole)
{
	const struct observations *all = &got->observations;

	assert_row_int(row->name, got->facts.established, row->established);
	assert_row_int(row->name, got->facts.failed, row->failed);
	assert_row_int(row->name, all->n, row->observation >= 0);
	if (row->observation < 0)
		return;
	assert_row_int(row->name, all->list[0].kind, row->observation);
	assert_row_int(row->name, all->list[0].from, row->from);
	assert_row_int(row->name, all->list[0].time, 7);
	if (whole || row->observation == OBS_TLS_BROKEN)
		assert_row_string(row->name, all->list[0].text, row->evidence);
	else
		assert_memory_equal(all->list[0].text, row->evidence, 3);
}

/* What a server says in clear to a client that has left is told as text, and is no observation. */
static void text_to_nobody(void **state)
{
	static const enum place places[] = { AFTER_CLIENT_HELLO, AFTER_HANDSHAKE };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2 * sizeof(places) / sizeof(*places); i++) {
		struct bytes text = BYTES("421 lost input connection\r\n");
		const struct talk *talk = &fixture->talk;
		struct telling got;

		tell_begin(&got, &fixture->params);
		for (size_t k = 0; k < pieces_before(talk, places[i / 2]); k++)
			tell(&got, talk->piece[k].from, talk->piece[k].bytes, ALL);
		if (i % 2)
			tls_end(got.tls, CLIENT);
		assert_int_equal(tls_feed(got.tls, SERVER, &text, 7), TLS_TEXT);
		tell_end(&got);
		assert_int_equal(got.observations.n, i % 2 ? 0 : 1);
		assert_int_equal(got.facts.established, places[i / 2] == AFTER_HANDSHAKE);
		forget(&got);
	}
}

static void odd_bytes(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2 * sizeof(odd_rows) / sizeof(*odd_rows); i++) {
		const struct odd_row *row = &odd_rows[i / 2];
		const struct talk *talk = i % 2 ? &fixture->old : &fixture->talk;

		for (size_t size = 1; size <= row->bytes.n; size++) {
			struct telling got;
			struct bytes held;
			size_t taken;

			tell_begin(&got, &fixture->params);
			for (size_t k = 0; k < pieces_before(talk, row->place); k++)
				tell(&got, talk->piece[k].from, talk->piece[k].bytes, ALL);
			assert_row_int(
				row->name, tell_odd(got.tls, row, size, &taken), row->status);
			held = tls_held(got.tls, row->from);
			if (row->status == TLS_TEXT) {
				/* What was taken of the text is at hand, and starts it. */
				assert_true(held.n <= taken);
				assert_memory_equal(held.p, row->bytes.p + taken - held.n, held.n);
				assert_true(row->bytes.p[taken - held.n] >= '2');
			} else {
				assert_row_int(row->name, taken, row->bytes.n);
			}
			tell_end(&got);
			assert_odd(row, &got, size == row->bytes.n);
			forget(&got);
		}
	}
}

/* A side that turned to text is not read again, and never holds up the other parser. */
static void text_goes_on(void **state)
{
	struct fixture *fixture = *state;
	struct bytes text = BYTES("4 no\r\n"), more = BYTES("250 fine\r\n");
	struct bytes record = fixture->talk.piece[1].bytes;
	struct telling got;

	tell_begin(&got, &fixture->params);
	tell(&got, CLIENT, fixture->talk.piece[0].bytes, ALL);
	tell(&got, SERVER, BYTES("45"), ALL);
	assert_int_equal(tls_feed(got.tls, SERVER, &text, 1), TLS_TEXT);
	assert_int_equal(text.n, 6);
	assert_true(bytes_equal(tls_held(got.tls, SERVER), BYTES("45")));
	assert_int_equal(tls_feed(got.tls, SERVER, &more, 1), TLS_TEXT);
	assert_int_equal(more.n, 10);
	assert_int_equal(tls_held(got.tls, SERVER).n, 0);
	tell(&got, SERVER, record, ALL);
	tls_gap(got.tls, SERVER, 5);
	tell_end(&got);
	assert_int_equal(got.observations.n, 1);
	assert_false(got.facts.server_hello);
	assert_int_equal(got.facts.unseen, UNSEEN_ABORTED);
	forget(&got);
}

/*
 * The live capture leaves established TLS out and hands up what is short: there a piece that is all
 * lines is text, and nothing else is.
 */
static void text_behind_a_skip(void **state)
{
	static const struct {
		const char *name;
		struct bytes in;
		enum side from;
		bool text;
	} rows[] = {
		{ "a reply", { (const uint8_t *)"454 no\r\n", 8 }, SERVER, true },
		{ "a command", { (const uint8_t *)"QUIT\r\n", 6 }, CLIENT, true },
		{ "a reply of the client", { (const uint8_t *)"454 no\r\n", 8 }, CLIENT, false },
		{ "no whole line", { (const uint8_t *)"454 no", 6 }, SERVER, false },
		{ "text by chance", { (const uint8_t *)"454 \x80o\r\n", 8 }, SERVER, false },
		{ "a record", { (const uint8_t *)"\x17\x03\x03\0\x01\n", 6 }, SERVER, false },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes data = rows[i].in;
		struct telling got;

		tell_begin(&got, &fixture->params);
		for (size_t k = 0; k < fixture->talk.n; k++)
			tell(&got, fixture->talk.piece[k].from, fixture->talk.piece[k].bytes, ALL);
		tls_skip(got.tls, rows[i].from, 100000);
		tls_skip(got.tls, rows[i].from, 100000);
		assert_row_int(rows[i].name, tls_feed(got.tls, rows[i].from, &data, 7),
			rows[i].text ? TLS_TEXT : TLS_MORE);
		assert_row_int(rows[i].name, data.n, rows[i].text ? rows[i].in.n : 0);
		tell_end(&got);
		assert_row(rows[i].name, got.facts.established);
		assert_row_int(rows[i].name, got.observations.n, rows[i].text);
		if (rows[i].text)
			assert_row_int(rows[i].name, got.observations.list[0].kind,
				OBS_TEXT_INSIDE_TLS);
		forget(&got);
	}
}

/* Before TLS is up what was left out is a gap like others. */
static void skip_in_a_handshake(void **state)
{
	struct fixture *fixture = *state;
	struct telling got;

	tell_begin(&got, &fixture->params);
	tell(&got, CLIENT, fixture->talk.piece[0].bytes, ALL);
	tls_skip(got.tls, SERVER, 1460);
	tell(&got, SERVER, BYTES("454 no\r\n"), ALL);
	tell_end(&got);
	assert_int_equal(got.observations.n, 0);
	assert_int_equal(got.facts.unseen, UNSEEN_GAP);
	forget(&got);
}

/* Behind a gap, text is part of a record for all we know. */
static void text_behind_a_gap(void **state)
{
	struct fixture *fixture = *state;
	struct telling got;

	tell_begin(&got, &fixture->params);
	tell(&got, CLIENT, fixture->talk.piece[0].bytes, ALL);
	tls_gap(got.tls, SERVER, 1460);
	tell(&got, SERVER, BYTES("454 no\r\n"), ALL);
	/* The same behind something that looks like a record at first. */
	tell(&got, SERVER,
		BYTES("\x17\x03\x03\0\x03"
		      "abc"
		      "454 no\r\n"),
		ALL);
	tell(&got, SERVER, BYTES("454 no\r\n"), ALL);
	/* And behind two that confirm each other, but no third. */
	tell(&got, SERVER,
		BYTES("\x17\x03\x03\0\x03"
		      "abc"
		      "\x17\x03\x03\0\x03"
		      "abc"
		      "454 no"),
		ALL);
	tls_end(got.tls, SERVER);
	tls_end(got.tls, CLIENT);
	tell_end(&got);
	assert_int_equal(got.observations.n, 0);
	assert_false(got.facts.failed);
	assert_false(got.facts.established);
	assert_int_equal(got.facts.unseen, UNSEEN_GAP);
	forget(&got);
}

/* A single look-alike behind a gap proves nothing; two in a row, that data flows. */
static void rejoin(void **state)
{
	struct fixture *fixture = *state;
	struct bytes one = BYTES("\x17\x03\x03\0\x20"
				 "0123456789abcdef0123456789abcdef");
	struct telling got;

	for (int records = 1; records <= 2; records++) {
		for (size_t size = 1; size <= one.n; size++) {
			tell_begin(&got, &fixture->params);
			/* A part of a header before the gap has nothing to do with what is behind.
			 */
			tell(&got, CLIENT, BYTES("\x17\x03"), ALL);
			tls_gap(got.tls, CLIENT, 1);
			tls_gap(got.tls, SERVER, 1);
			for (int i = 0; i < records; i++) {
				struct bytes head = bytes_of(one.p, 6);
				struct bytes tail = bytes_of(one.p + 6, one.n - 6);

				/* A header in two parts is not looked for. */
				tell(&got, CLIENT, head, i ? size : ALL);
				tell(&got, CLIENT, tail, size);
				tell(&got, SERVER, head, i ? size : ALL);
				tell(&got, SERVER, tail, size);
			}
			tell_end(&got);
			assert_int_equal(got.facts.established, records == 2);
			assert_int_equal(got.quiet, records == 2);
			forget(&got);
		}
	}
}

/* Joined in the middle: there was a handshake, but of it nothing is known. */
static void midstream(void **state)
{
	static const struct {
		const char *name;
		struct bytes first;
	} rows[] = {
		{ "data", ODD("\x17\x03\x03\0\x13"
			      "0123456789abcdef012") },
		{ "ChangeCipherSpec", ODD("\x14\x03\x03\0\x01\x01") },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct telling got;

		tell_begin(&got, &fixture->params);
		tell(&got, SERVER, rows[i].first, ALL);
		tell(&got, CLIENT, rows[i].first, ALL);
		tls_end(got.tls, SERVER);
		tls_end(got.tls, CLIENT);
		tell_end(&got);
		assert_row_int(rows[i].name, got.facts.failed, false);
		assert_row_int(rows[i].name, got.facts.unseen, UNSEEN_GAP);
		assert_row_int(rows[i].name, got.observations.n, 0);
		forget(&got);
	}
}

/* A Certificate beyond all bounds: the handshake goes on, and was no resumption. */
static void message_too_long(void **state)
{
	struct fixture *fixture = *state;
	struct telling got;

	tell_begin(&got, &fixture->params);
	tell(&got, CLIENT, fixture->old.piece[0].bytes, ALL);
	/* The ServerHello's record alone. */
	tell(&got, SERVER,
		bytes_of(fixture->old.piece[1].bytes.p,
			5 + (size_t)(fixture->old.piece[1].bytes.p[3] << 8 |
				     fixture->old.piece[1].bytes.p[4])),
		ALL);
	tell(&got, SERVER, BYTES("\x16\x03\x03\0\x06\x0b\x04\0\x01\x03\xff"), ALL);
	tell(&got, SERVER, BYTES("\x14\x03\x03\0\x01\x01"), ALL);
	tell_end(&got);
	assert_true(got.facts.server_hello);
	assert_false(got.facts.resumed);
	assert_int_equal(got.facts.unseen, UNSEEN_ABORTED);
	assert_int_equal(got.observations.n, 1);
	assert_int_equal(got.observations.list[0].kind, OBS_TLS_BROKEN);
	forget(&got);
}

/* A client that has finished may close its side before the server has. */
static void half_closed(void **state)
{
	struct fixture *fixture = *state;
	struct telling got;

	for (int early = 0; early < 2; early++) {
		tell_begin(&got, &fixture->params);
		for (size_t i = 0; i < fixture->old.handshake; i++) {
			if (i == (early ? 2 : 3))
				tls_end(got.tls, CLIENT);
			tell(&got, fixture->old.piece[i].from, fixture->old.piece[i].bytes, ALL);
		}
		tell_end(&got);
		assert_int_equal(got.facts.established, !early);
		assert_int_equal(got.facts.failed, early);
		forget(&got);
	}
}

/* Alerts in clear: in pieces, several in a record, over records; and what only looks like one. */
static void alerts(void **state)
{
	static const struct {
		const char *name;
		struct bytes before;
		uint64_t hole;
		struct bytes after;
		int count, last;
		bool failed;
	} rows[] = {
		{ "two in one record", ODD("\x15\x03\x03\0\x04\x01\x70\x01\x5a"), 0, ODD(""), 2, 90,
			false },
		{ "one over two records", ODD("\x15\x03\x03\0\x01\x02"), 0,
			ODD("\x15\x03\x03\0\x01\x28"), 1, 40, true },
		{ "a half that went missing", ODD("\x15\x03\x03\0\x02\x01"), 1,
			ODD("\x15\x03\x03\0\x02\x02\x28"), 1, 40, true },
		{ "no such level", ODD("\x15\x03\x03\0\x04\x03\x28\x02\x28"), 0, ODD(""), 0, 0,
			false },
		{ "more than are kept",
			ODD("\x15\x03\x03\0\x0c\x01\1\x01\2\x01\3\x01\4\x01\5\x02\6"), 0, ODD(""),
			4, 4, true },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t size = 1; size < 20; size++) {
			struct telling got;

			tell_begin(&got, &fixture->params);
			tell(&got, CLIENT, fixture->old.piece[0].bytes, ALL);
			tell(&got, SERVER, rows[i].before, size);
			tls_gap(got.tls, SERVER, rows[i].hole);
			tell(&got, SERVER, rows[i].after, size);
			tell_end(&got);
			assert_row_int(rows[i].name, got.facts.alert_count, rows[i].count);
			assert_row_int(rows[i].name, got.facts.failed, rows[i].failed);
			if (rows[i].count)
				assert_row_int(rows[i].name,
					got.facts.alerts[rows[i].count - 1].code, rows[i].last);
			forget(&got);
		}
	}
}

/* Behind a ServerHello of TLS 1.3 only a record of an alert's size can be an alert in clear. */
static void sealed_under_an_alerts_type(void **state)
{
	struct fixture *fixture = *state;
	struct telling got;

	tell_begin(&got, &fixture->params);
	tell(&got, CLIENT, fixture->talk.piece[0].bytes, ALL);
	tell(&got, SERVER, fixture->talk.piece[1].bytes, ALL);
	tell(&got, CLIENT, BYTES("\x15\x03\x03\0\x04\x02\x28\x02\x28"), ALL);
	tell_end(&got);
	assert_int_equal(got.facts.alert_count, 0);
	assert_false(got.facts.failed);
	forget(&got);
}

/* Where the other side was not captured, its Finished is not waited for without end. */
static void patience(void **state)
{
	struct fixture *fixture = *state;
	struct telling got;
	int records = 0;

	tell_begin(&got, &fixture->params);
	for (size_t i = 0; i < fixture->talk.n; i++) {
		if (fixture->talk.piece[i].from == SERVER)
			tell(&got, SERVER, fixture->talk.piece[i].bytes, ALL);
	}
	while (!tls_is_quiet(got.tls) && records < 1000) {
		tell(&got, SERVER,
			BYTES("\x17\x03\x03\0\x14"
			      "0123456789abcdefghij"),
			ALL);
		records++;
	}
	assert_true(records > 100 && records < 1000);
	/* And text is still told. */
	struct bytes text = BYTES("454 no\r\n");

	assert_int_equal(tls_feed(got.tls, SERVER, &text, 1), TLS_TEXT);
	tell_end(&got);
	assert_false(got.facts.failed);
	assert_int_equal(got.facts.unseen, UNSEEN_TLS13);
	assert_int_equal(got.observations.list[0].kind, OBS_TEXT_INSIDE_TLS);
	forget(&got);
}

/* A lone record of an alert's size is no Finished (STANDARDS: RFC 8446 5.2 and 6). */
static void sealed_alert_by_its_size(void **state)
{
	struct fixture *fixture = *state;
	struct bytes alert = BYTES("\x14\x03\x03\0\x01\x01\x17\x03\x03\0\x13"
				   "0123456789abcdef012");
	struct telling got;

	for (size_t size = 1; size <= alert.n; size++) {
		tell_begin(&got, &fixture->params);
		tell(&got, CLIENT, fixture->talk.piece[0].bytes, ALL);
		tell(&got, SERVER, fixture->talk.piece[1].bytes, ALL);
		tell(&got, CLIENT, alert, size);
		assert_false(tls_get_facts(got.tls)->failed);
		tls_end(got.tls, CLIENT);
		tell_end(&got);
		assert_true(got.facts.failed);
		assert_false(got.facts.established);
		assert_int_equal(got.facts.unseen, UNSEEN_TLS13);
		forget(&got);
	}
}

/* The secret of @side out of a talk's key log. */
static struct bytes secret_of(const struct talk *talk, struct tls_keylog *keylog, enum side side)
{
	/* Record header, message header, version, then the random. */
	const uint8_t *random = talk->piece[0].bytes.p + 5 + 4 + 2;
	struct bytes secret = { 0 };

	tls_keylog_add(keylog, bytes_of(talk->keylog.s, talk->keylog.n), NULL);
	assert_true(tls_keylog_find(keylog, random, side, &secret));
	return secret;
}

/* A TLS 1.3 record of the client, sealed under its first sequence number. */
static size_t seal(struct bytes secret, struct bytes content, uint8_t type, uint8_t out[64])
{
	EVP_CIPHER_CTX *evp = EVP_CIPHER_CTX_new();
	uint8_t key[32], iv[12];
	int n, rest;

	assert_true(tls_expand_label(true, secret, "key", key, sizeof(key)));
	assert_true(tls_expand_label(true, secret, "iv", iv, sizeof(iv)));
	memcpy(out, "\x17\x03\x03\0", 4);
	out[4] = (uint8_t)(content.n + 1 + 16);
	EVP_EncryptInit_ex(evp, EVP_aes_256_gcm(), NULL, key, iv);
	EVP_EncryptUpdate(evp, NULL, &n, out, 5);
	EVP_EncryptUpdate(evp, out + 5, &n, content.p, (int)content.n);
	EVP_EncryptUpdate(evp, out + 5 + n, &rest, &type, 1);
	EVP_EncryptFinal_ex(evp, out + 5 + n + rest, &rest);
	EVP_CIPHER_CTX_ctrl(evp, EVP_CTRL_AEAD_GET_TAG, 16, out + 5 + content.n + 1);
	EVP_CIPHER_CTX_free(evp);
	return 5 + content.n + 1 + 16;
}

/* With keys, an alert is read; and what only looks like a Finished is none. */
static void sealed_content(void **state)
{
	static const struct {
		const char *name;
		struct bytes content;
		uint8_t type;
		int alerts;
		bool failed, established;
	} rows[] = {
		{ "alert", ODD("\x02\x30"), 21, 1, true, false },
		{ "warning that means it", ODD("\x01\x2a"), 21, 1, true, false },
		{ "close_notify", ODD("\x01\x00"), 21, 1, false, false },
		{ "Finished",
			ODD("\x14\0\0\x04"
			    "abcd"),
			22, 0, false, true },
		{ "another message",
			ODD("\x0b\0\0\x04"
			    "abcd"),
			22, 0, false, false },
		{ "alert, padded", ODD("\x02\x30\x15\0\0\0\0\0\0\0\0\0\0\0"), 0, 1, true, false },
	};
	struct fixture *fixture = *state;
	struct tls_params params = fixture->params;
	struct tls_keylog *keylog = tls_keylog_new();
	struct bytes secret = secret_of(&fixture->talk, keylog, CLIENT);

	params.keylog = keylog;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t record[64];
		size_t n = seal(secret, rows[i].content, rows[i].type, record);

		for (size_t size = 1; size <= n; size++) {
			struct telling got;

			tell_begin(&got, &params);
			tell(&got, CLIENT, fixture->talk.piece[0].bytes, ALL);
			tell(&got, SERVER, fixture->talk.piece[1].bytes, ALL);
			tell(&got, CLIENT, bytes_of(record, n), size);
			tell_end(&got);
			assert_row_int(rows[i].name, got.facts.alert_count, rows[i].alerts);
			assert_row_int(rows[i].name, got.facts.failed, rows[i].failed);
			assert_row_int(rows[i].name, got.facts.established, rows[i].established);
			assert_row_int(rows[i].name, got.facts.chain->count, 2);
			forget(&got);
		}
	}
	tls_keylog_free(keylog);
}

/* RFC 5246 E.2: an old client's first words; the server answers as ever. */
static void sslv2_hello(void **state)
{
	static const uint8_t hello[] = { 0x80, 0x2e, 1, 3, 1, 0, 21, 0, 0, 0, 16, 0, 0, 0x2f, 0, 0,
		0x35, 0, 0x56, 0, 7, 0, 0xc0, 3, 0, 0x80, 0, 0, 5, 0, 0, 4, 'c', 'h', 'a', 'l', 'l',
		'e', 'n', 'g', 'e', '0', '1', '2', '3', '4', '5', '6' };
	struct fixture *fixture = *state;
	struct bytes whole = bytes_of(hello, sizeof(hello));
	struct telling got;

	assert_true(tls_recognise(CLIENT, whole));
	assert_false(tls_recognise(SERVER, whole));
	for (size_t size = 1; size <= whole.n; size++) {
		tell_begin(&got, &fixture->params);
		tell(&got, CLIENT, whole, size);
		for (size_t i = 1; i < fixture->old.n; i++)
			tell(&got, fixture->old.piece[i].from, fixture->old.piece[i].bytes, ALL);
		tell_end(&got);
		assert_true(got.facts.client_hello);
		assert_int_equal(got.facts.offered_version, 0x0301);
		assert_null(got.facts.server_name);
		assert_true(got.facts.established);
		assert_int_equal(got.facts.chain->count, 2);
		assert_int_equal(got.observations.n, 1);
		assert_int_equal(got.observations.list[0].kind, OBS_TLS_FALLBACK_SCSV);
		forget(&got);
	}
}

static void recognise(void **state)
{
	static const struct {
		const char *name;
		enum side from;
		struct bytes first;
		bool want;
	} rows[] = {
		{ "nothing yet", CLIENT, ODD(""), true },
		{ "one byte", CLIENT, ODD("\x16"), true },
		{ "ClientHello", CLIENT, ODD("\x16\x03\x01"), true },
		{ "alert", SERVER, ODD("\x15\x03\x03\0\x02"), true },
		{ "data, mid-stream", SERVER, ODD("\x17\x03\x03\x40\0"), true },
		{ "SSLv2", CLIENT, ODD("\x80\x2e\x01\x03\x01"), true },
		{ "SSLv2, three bytes", CLIENT, ODD("\x80\x2e\x01"), true },
		{ "SSLv2 of a server", SERVER, ODD("\x80\x2e\x04"), false },
		{ "reply", SERVER, ODD("2"), false },
		{ "command", CLIENT, ODD("E"), false },
		{ "other type", CLIENT, ODD("\x13\x03"), false },
		{ "other version", CLIENT, ODD("\x16\x02"), false },
		{ "version from the future", CLIENT, ODD("\x16\x03\x05"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes first = guarded(rows[i].first);

		assert_row_int(rows[i].name, tls_recognise(rows[i].from, first), rows[i].want);
		guarded_free(first);
	}
}

/* Each state but the two final ones can be left, and each but the first be reached. */
static void states(void **state)
{
	(void)state;
	for (enum tls_state to = 0; to < TLS_STATES; to++) {
		int ways = 0;

		assert_false(tls_state_may_follow(TLS_BROKEN, to));
		assert_false(tls_state_may_follow(TLS_TALKING, to));
		for (enum tls_state from = 0; from < TLS_STATES; from++)
			ways += tls_state_may_follow(from, to);
		assert_int_equal(ways > 0, to != TLS_START);
	}
	/* Behind a gap there is neither text nor handshake. */
	for (enum tls_state from = TLS_GAP; from <= TLS_REJOINED; from++) {
		assert_false(tls_state_may_follow(from, TLS_TALKING));
		assert_false(tls_state_may_follow(from, TLS_BROKEN));
		assert_false(tls_state_may_follow(from, TLS_CLEAR));
		assert_false(tls_state_may_follow(from, TLS_OPAQUE));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_bytes),
		cmocka_unit_test(text_to_nobody),
		cmocka_unit_test(text_goes_on),
		cmocka_unit_test(text_behind_a_gap),
		cmocka_unit_test(text_behind_a_skip),
		cmocka_unit_test(skip_in_a_handshake),
		cmocka_unit_test(rejoin),
		cmocka_unit_test(midstream),
		cmocka_unit_test(message_too_long),
		cmocka_unit_test(half_closed),
		cmocka_unit_test(alerts),
		cmocka_unit_test(sealed_under_an_alerts_type),
		cmocka_unit_test(patience),
		cmocka_unit_test(sealed_alert_by_its_size),
		cmocka_unit_test(sealed_content),
		cmocka_unit_test(sslv2_hello),
		cmocka_unit_test(recognise),
		cmocka_unit_test(states),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
