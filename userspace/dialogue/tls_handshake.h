/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the messages of a handshake mean: they become facts. Lives in a block of its own that is
 * freed when the handshake is over, so that an established connection costs next to nothing. Knows
 * messages, alerts and secrets, but not where records begin.
 */
#ifndef DIALOGUE_TLS_HANDSHAKE_H
#define DIALOGUE_TLS_HANDSHAKE_H

#include "base/side.h"
#include "dialogue/tls.h"
#include "dialogue/tls_hello.h"
#include "dialogue/tls_record.h"
#include "dialogue/tls_secret.h"

/* A TLS 1.3 record that came in pieces and waits for its end to be decrypted. */
struct tls_sealed {
	uint8_t *buffer; /* NULL: none */
	size_t n;
};

struct tls_handshake {
	struct tls_facts *facts;
	struct observations *observations;
	struct cert_cache *certs;
	const struct tls_keylog *keylog;
	struct ja3_cache *ja3;
	struct tls_messages messages[2]; /* by enum side, as the rest */
	struct tls_sealed sealed[2];
	struct tls_opener *opener[2]; /* NULL: this side can't be read */
	uint8_t client_random[TLS_RANDOM];
	uint16_t downgrade_mark; /* tls_downgrade_mark() of the ServerHello */
	uint8_t alert_level[2];  /* first half of an alert whose second is still to come */
	bool finished[2];        /* its Finished was decrypted */
	bool sslv2;              /* the next message of the client is a hello of SSLv2 */
	bool early_data;         /* the client may send 0-RTT data */
	bool full;               /* a message was seen that only a full handshake has */
	bool raw_public_key;
	bool keyed; /* there was a secret for the server's side */
	bool lost;  /* bytes of the server's messages are missing */
};

struct tls_handshake *tls_handshake_new(const struct tls_params *params, struct tls_facts *facts,
	struct observations *observations);
void tls_handshake_free(struct tls_handshake *handshake);

/* The payload of handshake records in clear, in any pieces. */
void tls_handshake_messages(
	struct tls_handshake *handshake, enum side from, struct bytes payload, int64_t time);

/*
 * The payload of alert records in clear, in any pieces. False: there is neither of the two levels, so
 * that the record is not in clear after all.
 */
bool tls_handshake_alerts(struct tls_handshake *handshake, enum side from, struct bytes payload);

/* This side said ChangeCipherSpec, up to TLS 1.2. */
void tls_handshake_change_cipher(struct tls_handshake *handshake, enum side from);

/*
 * A piece of the payload of an encrypted TLS 1.3 record, @left bytes of which are still to come.
 * Only while opener[from] is there; it goes when this side has finished, or when the secret does
 * not fit.
 */
void tls_handshake_sealed(struct tls_handshake *handshake, enum side from, struct bytes piece,
	size_t left, int64_t time);

/* @length bytes of the payload of this side's records, in clear or not, are missing. */
void tls_handshake_gap(struct tls_handshake *handshake, enum side from, uint64_t length);

/* This side's encrypted records can't be followed any longer. */
void tls_handshake_seal(struct tls_handshake *handshake, enum side from);

/* Why there is no certificate, as far as the messages tell; UNSEEN_ABORTED if they don't. */
enum tls_unseen tls_handshake_unseen(const struct tls_handshake *handshake);

#endif
