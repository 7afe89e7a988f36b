// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whole handshakes between two ends of OpenSSL, told to the parser in every way in which a capture
 * may tell them.
 */
#include "harness.h"
#include "tls_peers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define HANDSHAKES 27

static void assert_same(
	const char *name, size_t size, const struct telling *got, const struct telling *want)
{
	struct tls_facts a = got->facts, b = want->facts;
	char row[80];

	snprintf(row, sizeof(row), "%s, %zu bytes at a time", name, size);
	assert_row_string(row, a.server_name, b.server_name);
	assert_row_string(row, a.next_protocol, b.next_protocol);
	assert_row_int(row, a.chain ? a.chain->count : 0, b.chain ? b.chain->count : 0);
	if (a.chain)
		assert_memory_equal(a.chain->certs[0]->sha256, b.chain->certs[0]->sha256, 32);
	assert_row_int(row, got->observations.n, want->observations.n);
	assert_row_int(row, got->quiet, want->quiet);
	assert_memory_equal(a.alerts, b.alerts, sizeof(a.alerts));
	/* The rest is plain numbers. */
	a.chain = b.chain = NULL;
	a.server_name = b.server_name = a.next_protocol = b.next_protocol = NULL;
	if (memcmp(&a, &b, sizeof(a)) != 0)
		fail_msg("row \"%s\": facts differ", row);
}

static void assert_alert(const struct handshake_row *row, const struct tls_facts *facts)
{
	const struct tls_alert *alert = &facts->alerts[0];
	char got[80], room[16];

	assert_row_int(row->name, facts->alert_count, row->alert ? 1 : 0);
	if (!row->alert)
		return;
	snprintf(got, sizeof(got), "%s %u %s", side_name(alert->from), alert->level,
		tls_alert_name(alert->code, room));
	assert_row_string(row->name, got, row->alert);
}

static void assert_handshake(const struct handshake_row *row, const struct talk *talk,
	const struct telling *telling, bool keyed)
{
	const struct tls_facts *facts = &telling->facts;
	size_t chain = keyed ? row->chain_keyed : row->chain;

	if (talk->up) {
		assert_row_int(row->name, facts->version, talk->version);
		assert_row_int(row->name, facts->cipher, talk->cipher);
	}
	assert_row_int(row->name, facts->client_hello, true);
	assert_row_int(row->name, facts->established, !row->fails);
	assert_row_int(row->name, facts->failed, row->fails);
	assert_row_int(row->name, telling->quiet, true);
	assert_row_int(row->name, facts->resumed, row->resume);
	assert_row_int(row->name, facts->hello_retry, row->retry);
	assert_row_string(row->name, facts->server_name, row->nameless ? NULL : "mx.example.com");
	assert_row_string(row->name, facts->next_protocol,
		keyed ? row->next_protocol_keyed : row->next_protocol);
	assert_row_int(row->name, facts->chain ? facts->chain->count : 0, chain);
	assert_row_int(row->name, facts->unseen, chain ? UNSEEN_NOT : row->unseen);
	assert_row_int(row->name, facts->from_keylog, chain && !row->chain);
	assert_row_int(row->name, telling->observations.n, 0);
	assert_alert(row, facts);
}

struct fixture {
	struct cert_cache *certs;
	struct talk talk[HANDSHAKES];
};

static struct tls_params fixture_params(struct fixture *fixture, const struct talk *keyed)
{
	struct tls_keylog *keylog = NULL;
	size_t bad = 0;

	if (keyed) {
		keylog = tls_keylog_new();
		tls_keylog_add(keylog, bytes_of(keyed->keylog.s, keyed->keylog.n), &bad);
		assert_int_equal(bad, 0);
	}
	return (struct tls_params){ .certs = fixture->certs, .keylog = keylog };
}

/* Every handshake, in parts of many sizes, with and without its key log: the same facts. */
static void every_way(void **state)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 5, 6, 7, 11, 16, 37, 100, 536, 1460, 4096 };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2 * HANDSHAKES; i++) {
		const struct handshake_row *row = &handshakes[i / 2];
		const struct talk *talk = &fixture->talk[i / 2];
		struct tls_params params = fixture_params(fixture, i % 2 ? talk : NULL);
		struct telling whole, parts;

		tell_talk(&whole, &params, talk, ALL, ALL, BOTH);
		assert_handshake(row, talk, &whole, i % 2);
		for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
			tell_talk(&parts, &params, talk, ALL, sizes[k], BOTH);
			assert_same(row->name, sizes[k], &parts, &whole);
			forget(&parts);
		}
		forget(&whole);
		tls_keylog_free((struct tls_keylog *)(uintptr_t)params.keylog);
	}
}

/* The server's side alone tells all that it says; the client's alone, what was asked. */
static void one_side(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);

	for (size_t i = 0; i < HANDSHAKES; i++) {
		const struct handshake_row *row = &handshakes[i];
		const struct talk *talk = &fixture->talk[i];
		struct telling got;

		tell_talk(&got, &params, talk, ALL, 100, ONLY(SERVER));
		assert_row_int(row->name, got.facts.client_hello, false);
		assert_row_int(row->name, got.facts.chain ? got.facts.chain->count : 0, row->chain);
		assert_row_int(row->name, got.facts.unseen, row->chain ? UNSEEN_NOT : row->unseen);
		if (talk->up) {
			assert_row_int(row->name, got.facts.version, talk->version);
			assert_row_int(row->name, got.facts.resumed, row->resume);
			assert_row_int(row->name, got.facts.failed, false);
			/* Whether a TLS 1.3 client finished is its own secret. */
			assert_row_int(
				row->name, got.facts.established, got.facts.version < 0x0304);
		}
		assert_row_int(row->name, got.observations.n, 0);
		forget(&got);

		tell_talk(&got, &params, talk, ALL, 100, ONLY(CLIENT));
		assert_row_int(row->name, got.facts.client_hello, true);
		assert_row_int(row->name, got.facts.server_hello, false);
		assert_row_int(row->name, got.facts.version, 0);
		assert_row_int(row->name, got.facts.unseen, UNSEEN_ONE_SIDED);
		assert_row_int(row->name, got.facts.established, false);
		assert_row_int(row->name, got.observations.n, 0);
		forget(&got);
	}
}

/* However early it ends, nothing is said that is not so. */
static void every_end(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);

	for (size_t i = 0; i < HANDSHAKES; i++) {
		const struct handshake_row *row = &handshakes[i];
		const struct talk *talk = &fixture->talk[i];

		for (size_t pieces = 0; pieces < talk->handshake; pieces++) {
			struct telling got;

			tell_talk(&got, &params, talk, pieces, ALL, BOTH);
			assert_row_int(row->name, got.facts.failed + got.facts.established, 1);
			if (row->fails || pieces < 3)
				assert_row_int(row->name, got.facts.established, false);
			assert_row_int(row->name, got.observations.n, 0);
			forget(&got);
		}
	}
}

/* Every handshake, one part of it after the other against an unreadable page. */
static void guard_pages(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);
	struct telling got;

	for (size_t i = 0; i < HANDSHAKES; i++) {
		const struct talk *talk = &fixture->talk[i];

		tell_begin(&got, &params);
		for (size_t k = 0; k < talk->n; k++) {
			struct bytes rest = talk->piece[k].bytes, part, fed;

			while (rest.n) {
				bytes_take(&rest, rest.n < 61 ? rest.n : 61, &part);
				part = guarded(part);
				fed = part;
				tls_feed(got.tls, talk->piece[k].from, &fed, 1);
				guarded_free(part);
			}
		}
		tell_end(&got);
		forget(&got);
	}
}

/* Bytes @start to @start + @length of one side are missing, all else is told. */
static void tell_with_hole(struct telling *telling, const struct tls_params *params,
	const struct talk *talk, enum side side, size_t start, size_t length)
{
	size_t at = 0;

	tell_begin(telling, params);
	for (size_t i = 0; i < talk->n; i++) {
		struct bytes rest = talk->piece[i].bytes, piece;
		enum side from = talk->piece[i].from;
		size_t n;

		if (from != side) {
			tell(telling, from, rest, 1460);
			continue;
		}
		n = start > at ? start - at : 0;
		bytes_take(&rest, n < rest.n ? n : rest.n, &piece);
		tell(telling, from, piece, 1460);
		at += piece.n;
		n = start + length > at ? start + length - at : 0;
		bytes_take(&rest, n < rest.n ? n : rest.n, &piece);
		tls_gap(telling->tls, from, piece.n);
		at += piece.n;
		tell(telling, from, rest, 1460);
		at += rest.n;
	}
	tls_end(telling->tls, CLIENT);
	tls_end(telling->tls, SERVER);
	tell_end(telling);
}

static void assert_honest(const char *name, const struct telling *got, const struct telling *whole)
{
	const struct tls_facts *facts = &got->facts, *truth = &whole->facts;

	/* What is said is true, or it is not said. */
	assert_row_int(name, got->observations.n, 0);
	assert_row_int(name, facts->failed && truth->established, false);
	assert_row_int(name, facts->established && truth->failed, false);
	assert_row_int(name, facts->resumed && !truth->resumed, false);
	if (facts->version)
		assert_row_int(name, facts->version, truth->version);
	if (facts->server_name)
		assert_row_string(name, facts->server_name, truth->server_name);
	if (facts->chain) {
		assert_row_int(name, facts->chain->count, truth->chain->count);
		assert_memory_equal(
			facts->chain->certs[0]->sha256, truth->chain->certs[0]->sha256, 32);
	} else if (facts->unseen != UNSEEN_GAP && truth->chain) {
		/* Without the ClientHello, no key is found. */
		assert_row_int(name, truth->from_keylog && facts->unseen == UNSEEN_TLS13, true);
		assert_row_int(name, facts->client_hello, false);
	} else if (facts->unseen != UNSEEN_GAP) {
		assert_row_int(name, facts->unseen, truth->unseen);
	}
}

/* A hole of @length anywhere, step by step. */
static void holes_in(const struct handshake_row *row, const struct talk *talk,
	const struct tls_params *params, size_t length)
{
	struct telling whole, got;

	tell_talk(&whole, params, talk, ALL, ALL, BOTH);
	for (enum side side = CLIENT; side <= SERVER; side++) {
		size_t n = talk_bytes(talk, side);

		for (size_t start = 0; start<n; start += length> 5 ? 17 : 5) {
			tell_with_hole(&got, params, talk, side, start, length);
			assert_honest(row->name, &got, &whole);
			forget(&got);
		}
	}
	forget(&whole);
}

/* Of one byte or of a segment or two, with and without keys. */
static void holes(void **state)
{
	static const size_t lengths[] = { 1, 5, 60, 536, 1460, 2920 };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2 * HANDSHAKES; i++) {
		const struct talk *talk = &fixture->talk[i / 2];
		struct tls_params params = fixture_params(fixture, i % 2 ? talk : NULL);

		for (size_t k = 0; k < sizeof(lengths) / sizeof(*lengths); k++) {
			if (i % 2 == 0 || talk->version == 0x0304)
				holes_in(&handshakes[i / 2], talk, &params, lengths[k]);
		}
		tls_keylog_free((struct tls_keylog *)(uintptr_t)params.keylog);
	}
}

/* After a hole in the handshake, the data that flows proves that it went well. */
static void data_behind_a_hole(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);

	for (size_t i = 0; i < HANDSHAKES; i++) {
		struct telling got;

		if (handshakes[i].fails)
			continue;
		tell_begin(&got, &params);
		tls_gap(got.tls, CLIENT, 400);
		tls_gap(got.tls, SERVER, 2000);
		for (size_t k = fixture->talk[i].handshake; k < fixture->talk[i].n; k++)
			tell(&got, fixture->talk[i].piece[k].from, fixture->talk[i].piece[k].bytes,
				ALL);
		tell_end(&got);
		assert_row_int(handshakes[i].name, got.facts.established, true);
		assert_row_int(handshakes[i].name, got.facts.unseen, UNSEEN_GAP);
		assert_row_int(handshakes[i].name, got.facts.version, 0);
		forget(&got);
	}
}

/* A key log of another connection opens nothing, and spoils nothing. */
static void wrong_secret(void **state)
{
	struct fixture *fixture = *state;
	struct tls_keylog *keylog;

	for (size_t i = 0; i < HANDSHAKES; i++) {
		struct text *text = &fixture->talk[i].keylog;
		struct tls_params params;
		struct telling plain, got;
		struct text wrong = { 0 };

		if (fixture->talk[i].version != 0x0304)
			continue;
		/* The same lines, with the last digit of each secret changed. */
		text_add(&wrong, bytes_of(text->s, text->n));
		for (size_t k = 1; k < wrong.n; k++) {
			if (wrong.s[k] == '\n')
				wrong.s[k - 1] = wrong.s[k - 1] == '0' ? '1' : '0';
		}
		keylog = tls_keylog_new();
		tls_keylog_add(keylog, bytes_of(wrong.s, wrong.n), NULL);
		assert_int_equal(tls_keylog_count(keylog), 2);
		params = (struct tls_params){ .certs = fixture->certs, .keylog = keylog };
		/* All of it; and just what it takes, where every record counts. */
		for (int all = 0; all < 2; all++) {
			size_t pieces = all ? ALL : fixture->talk[i].handshake;

			params.keylog = keylog;
			tell_talk(&got, &params, &fixture->talk[i], pieces, 100, BOTH);
			params.keylog = NULL;
			tell_talk(&plain, &params, &fixture->talk[i], pieces, 100, BOTH);
			assert_same(handshakes[i].name, 100, &got, &plain);
			forget(&got);
			forget(&plain);
		}
		tls_keylog_free(keylog);
		text_free(&wrong);
	}
}

/* The mark of RFC 8446 4.1.3, which OpenSSL's servers leave by themselves. */
static void downgrade(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);
	struct peers peers;
	struct telling got;
	struct talk talk;

	/* An honest server of 1.2 at most leaves none. */
	peers_init(&peers, "EC");
	peers_server_1_2(&peers);
	peers_talk(&peers, &talk);
	tell_talk(&got, &params, &talk, ALL, ALL, BOTH);
	assert_int_equal(got.facts.version, 0x0303);
	assert_int_equal(got.facts.offered_version, 0x0304);
	assert_int_equal(got.observations.n, 0);
	forget(&got);
	peers_fini(&peers);

	/* One that knows 1.3 leaves it to a client of 1.2: no news for that client. */
	struct talk marked;

	peers_init(&peers, "EC");
	peers_only_1_2(&peers);
	peers_talk(&peers, &marked);
	tell_talk(&got, &params, &marked, ALL, ALL, BOTH);
	assert_int_equal(got.observations.n, 0);
	forget(&got);
	peers_fini(&peers);

	/* The first client's hello and the second server's answer: 1.3 was taken away on the path.
	 */
	for (size_t order = 0; order < 2; order++) {
		tell_begin(&got, &params);
		if (!order)
			tell(&got, CLIENT, talk.piece[0].bytes, 7);
		tell(&got, SERVER, marked.piece[1].bytes, 7);
		if (order)
			tell(&got, CLIENT, talk.piece[0].bytes, 7);
		tell_end(&got);
		assert_int_equal(got.observations.n, 1);
		assert_int_equal(got.observations.list[0].kind, OBS_DOWNGRADE_SENTINEL);
		assert_int_equal(got.observations.list[0].from, SERVER);
		assert_string_equal(got.observations.list[0].text,
			"TLS 1.2 though 1.3 was offered; "
			"ServerHello.random ends in 44 4f 57 4e 47 52 44 01");
		forget(&got);
	}
	talk_fini(&talk);
	talk_fini(&marked);
}

/* A tap may tell the server's flight before the hello that asked for it. */
static void out_of_order(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);

	for (size_t i = 0; i < HANDSHAKES; i++) {
		const struct talk *talk = &fixture->talk[i];
		struct telling whole, got;

		if (talk->n < 3 || handshakes[i].retry)
			continue;
		tell_talk(&whole, &params, talk, ALL, ALL, BOTH);
		for (size_t size = 1; size < 400; size += 17) {
			tell_begin(&got, &params);
			tell(&got, SERVER, talk->piece[1].bytes, size);
			tell(&got, CLIENT, talk->piece[0].bytes, size);
			for (size_t k = 2; k < talk->n; k++)
				tell(&got, talk->piece[k].from, talk->piece[k].bytes, size);
			tell_end(&got);
			assert_same(handshakes[i].name, size, &got, &whole);
			forget(&got);
		}
		forget(&whole);
	}
}

static void fallback_scsv(void **state)
{
	struct fixture *fixture = *state;
	struct tls_params params = fixture_params(fixture, NULL);
	struct peers peers;
	struct telling got;
	struct talk talk;
	char room[16];

	peers_init(&peers, "EC");
	peers_fallback(&peers);
	peers_talk(&peers, &talk);
	tell_talk(&got, &params, &talk, ALL, 3, BOTH);
	assert_non_null(observations_find(&got.observations, OBS_TLS_FALLBACK_SCSV));
	assert_true(got.facts.failed);
	assert_int_equal(got.facts.alert_count, 1);
	assert_string_equal(
		tls_alert_name(got.facts.alerts[0].code, room), "inappropriate_fallback");
	forget(&got);
	talk_fini(&talk);
	peers_fini(&peers);
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_alloc(sizeof(*fixture));
	const struct cert_params params = { .trust = NULL };

	assert_int_equal(handshake_count, HANDSHAKES);
	fixture->certs = cert_cache_new(&params);
	for (size_t i = 0; i < HANDSHAKES; i++)
		handshake_talk(&handshakes[i], &fixture->talk[i]);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < HANDSHAKES; i++)
		talk_fini(&fixture->talk[i]);
	cert_cache_free(fixture->certs);
	free(fixture);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way),
		cmocka_unit_test(one_side),
		cmocka_unit_test(every_end),
		cmocka_unit_test(guard_pages),
		cmocka_unit_test(holes),
		cmocka_unit_test(data_behind_a_hole),
		cmocka_unit_test(wrong_secret),
		cmocka_unit_test(downgrade),
		cmocka_unit_test(out_of_order),
		cmocka_unit_test(fallback_scsv),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
