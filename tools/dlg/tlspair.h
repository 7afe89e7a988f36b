/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two real TLS ends (OpenSSL) that talk through memory, so that captures hold true handshakes. All
 * that OpenSSL draws at random comes from a seeded generator, and its clock is the dialogue's: the
 * same wishes give the same bytes, with the same release of OpenSSL.
 */
#ifndef TOOLS_DLG_TLSPAIR_H
#define TOOLS_DLG_TLSPAIR_H

#include "base/side.h"
#include "base/text.h"

/* What a `tls:` line asks for. Strings are borrowed; NULL: not asked for. */
struct tls_wish {
	const char *cert;        /* NAME: keys/NAME.pem and keys/NAME.key; NULL: anonymous */
	const char *client_cert; /* the server asks for one, and gets this */
	const char *version;     /* of both ends: "1.0" to "1.3" */
	const char *client_version, *server_version; /* a highest or MIN-MAX of one end */
	const char *cipher;                          /* OpenSSL cipher list, TLS 1.2 and below */
	const char *groups, *server_groups;
	const char *sni, *alpn;
	const char *verify; /* the client checks against keys/VERIFY.pem, and the SNI */
	bool resume;        /* the client offers the last session that it got */
	bool no_ticket;
	bool hide_versions; /* on the way to the server, the client's TLS 1.3 offer is lost */
	size_t record_size; /* bytes a record; 0: OpenSSL's own */
};

struct tls_pair;

/*
 * The clock and the seed of what comes next: @now in ns since 1970. Before any pair; no other part of
 * the program may use OpenSSL.
 */
void tls_world_set(int64_t now, uint64_t seed);

/* @keys: the folder of certificates. NULL: *@error says why; the caller frees it. */
struct tls_pair *tls_pair_new(const char *keys, const struct tls_wish *wish, char **error);
void tls_pair_free(struct tls_pair *pair);

/* Let @side work on what it has received. What it wants to send is appended to @out. */
void tls_pair_step(struct tls_pair *pair, enum side side, struct text *out);

/* Give @side what the other has sent. */
void tls_pair_feed(struct tls_pair *pair, enum side side, struct bytes bytes);

/* @clear encrypted by @side, appended to @out; false: there is no session. */
bool tls_pair_write(struct tls_pair *pair, enum side side, struct bytes clear, struct text *out);

/* The close_notify of @side. */
bool tls_pair_shut(struct tls_pair *pair, enum side side, struct text *out);

/* Release what the handshakes left. */
void tls_world_fini(void);

/* "3.0.22" and so on: the release of OpenSSL at run time. */
const char *tls_world_version(void);

/* NSS key log lines of everything since the start. */
struct bytes tls_world_keylog(void);

#endif
