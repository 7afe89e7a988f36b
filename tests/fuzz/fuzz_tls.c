// SPDX-License-Identifier: BSD-2-Clause
/*
 * Both directions of a TLS connection, with holes and ends, told twice: as the input cuts them and
 * in other pieces. Without holes the facts must be the same.
 *
 * Input: operations, each a byte (enum operation), a length of two bytes, and as many bytes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "dialogue/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum operation { FEED_CLIENT, FEED_SERVER, GAP_CLIENT, GAP_SERVER, END_CLIENT, END_SERVER, KEYLOG };
#define OPERATIONS (KEYLOG + 1)

static void check(bool good)
{
	if (!good)
		abort();
}

static bool next_operation(struct bytes *input, enum operation *operation, struct bytes *body)
{
	uint8_t kind;
	uint16_t length;

	if (!bytes_u8(input, &kind) || !bytes_u16(input, &length))
		return false;
	*operation = kind % OPERATIONS;
	return bytes_take(input, length < input->n ? length : input->n, body);
}

/* In pieces of @size bytes, each in a block of its own; stops where TLS does. */
static void feed(struct tls *tls, enum side from, struct bytes body, size_t size)
{
	struct bytes piece, rest, held;
	enum tls_status status;
	uint8_t *block;

	while (body.n) {
		bytes_take(&body, body.n < size ? body.n : size, &piece);
		block = malloc(piece.n);
		check(block != NULL);
		memcpy(block, piece.p, piece.n);
		rest = bytes_of(block, piece.n);
		status = tls_feed(tls, from, &rest, 1);
		held = tls_held(tls, from);
		check(status == TLS_TEXT ? rest.n > 0 : rest.n == 0);
		check(held.n <= 4);
		free(block);
	}
}

static struct tls_facts run(struct bytes input, const struct tls_params *params, size_t piece,
	struct observations *observations, bool *holes)
{
	struct tls *tls = tls_new(params, observations);
	enum operation operation;
	struct tls_facts facts;
	struct bytes body;

	while (next_operation(&input, &operation, &body)) {
		switch (operation) {
		case FEED_CLIENT:
		case FEED_SERVER:
			feed(tls, operation == FEED_SERVER, body, piece);
			break;
		case GAP_CLIENT:
		case GAP_SERVER:
			*holes = true;
			tls_gap(tls, operation == GAP_SERVER, body.n);
			break;
		case END_CLIENT:
		case END_SERVER:
			tls_end(tls, operation == END_SERVER);
			break;
		default:
			break;
		}
	}
	tls_take_facts(tls, &facts);
	check(!(facts.established && facts.failed));
	check((facts.chain != NULL) == (facts.unseen == UNSEEN_NOT));
	check(facts.alert_count <= TLS_ALERTS_MAX);
	check(facts.server_hello || facts.version == 0);
	tls_free(tls);
	return facts;
}

static void read_keylog(struct bytes input, struct tls_keylog *keylog)
{
	enum operation operation;
	struct bytes body;

	while (next_operation(&input, &operation, &body)) {
		if (operation == KEYLOG)
			tls_keylog_add(keylog, body, NULL);
	}
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void compare(struct tls_facts a, struct tls_facts b)
{
	check(same_text(a.server_name, b.server_name));
	check(same_text(a.next_protocol, b.next_protocol));
	check((a.chain ? a.chain->count : 0) == (b.chain ? b.chain->count : 0));
	a.server_name = b.server_name = a.next_protocol = b.next_protocol = NULL;
	a.chain = b.chain = NULL;
	check(memcmp(&a, &b, sizeof(a)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cert_cache *certs;
	struct tls_keylog *keylog = tls_keylog_new();
	struct observations first = { 0 }, second = { 0 };
	struct bytes input = bytes_of(data, size);
	struct tls_facts a, b;
	bool holes = false;

	if (!certs) {
		const struct cert_params params = { .max_chains = 64 };

		certs = cert_cache_new(&params);
	}
	read_keylog(input, keylog);
	const struct tls_params params = { .certs = certs, .keylog = keylog };

	a = run(input, &params, SIZE_MAX, &first, &holes);
	b = run(input, &params, 1 + size % 7, &second, &holes);
	if (!holes) {
		compare(a, b);
		check(first.n + first.refused == second.n + second.refused);
	}
	tls_facts_free(&a);
	tls_facts_free(&b);
	observations_free(&first);
	observations_free(&second);
	tls_keylog_free(keylog);
	return 0;
}
