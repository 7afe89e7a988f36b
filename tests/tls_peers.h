/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two ends of TLS in one process, a record of what passed between them, and a teller of it to the
 * parser: the tests' wire.
 */
#ifndef TESTS_TLS_PEERS_H
#define TESTS_TLS_PEERS_H

#include "harness.h"

#include <openssl/ssl.h>

#include "base/side.h"
#include "base/text.h"
#include "dialogue/tls.h"

#define TALK_PIECES 64

/* What passed: each piece is what one end sent before the other was heard. */
struct talk {
	struct {
		enum side from;
		struct bytes bytes; /* .p is malloc'ed */
	} piece[TALK_PIECES];
	size_t n;
	size_t handshake; /* pieces before application data */
	struct text keylog;
	bool up;         /* OpenSSL says that both have finished */
	uint16_t cipher; /* what OpenSSL says was chosen */
	uint16_t version;
};

struct peers {
	SSL_CTX *ctx[2];
	SSL_SESSION *session; /* to resume; owned */
	const char *server_name;
};

/* Both ends take everything OpenSSL has; the server has a key of "RSA", "EC", or none. */
void peers_init(struct peers *peers, const char *key_type);
void peers_fini(struct peers *peers);

/* A handshake, and if it succeeds a short dialogue. peers->session becomes the new one. */
void peers_talk(struct peers *peers, struct talk *talk);
void talk_fini(struct talk *talk);

/* All bytes of one side. */
size_t talk_bytes(const struct talk *talk, enum side side);

/* What must be found, beside what OpenSSL itself says of version, cipher and success. */
struct handshake_row {
	const char *name;
	const char *key; /* of the server */
	void (*set_up)(struct peers *peers);
	bool resume;        /* the second of two talks */
	size_t chain;       /* certificates that can be seen */
	size_t chain_keyed; /* the same with a key log */
	enum tls_unseen unseen;
	const char *next_protocol, *next_protocol_keyed;
	const char *alert; /* from level name */
	bool nameless;     /* no SNI */
	bool retry;
	bool fails;
};

extern const struct handshake_row handshakes[];
extern const size_t handshake_count;

void handshake_talk(const struct handshake_row *row, struct talk *talk);

/* Set-ups of the rows that are of use by themselves. */
void peers_only_1_2(struct peers *peers);
void peers_server_1_2(struct peers *peers);
void peers_fallback(struct peers *peers);

/* One telling of a talk to the parser. */
struct telling {
	struct tls *tls;
	struct observations observations;
	struct tls_facts facts; /* after tell_end() */
	bool quiet;             /* tls_is_quiet() before the facts were taken */
};

#define ALL        SIZE_MAX
#define BOTH       3u
#define ONLY(side) (1u << (side))

void tell_begin(struct telling *telling, const struct tls_params *params);

/* @piece is told in parts of @size bytes, each of them in a block of its own. */
void tell(struct telling *telling, enum side from, struct bytes piece, size_t size);
void tell_end(struct telling *telling);

/* The first @pieces of a talk as far as they are of @sides, then the end of these sides. */
void tell_talk(struct telling *telling, const struct tls_params *params, const struct talk *talk,
	size_t pieces, size_t size, unsigned int sides);
void forget(struct telling *telling);

#endif
