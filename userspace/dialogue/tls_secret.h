/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Key logs (SSLKEYLOGFILE, RFC 9850) and what they open: the encrypted half of a TLS 1.3 handshake,
 * where the certificate is (RFC 8446 5.2, 7.1, 7.3). For laboratories; a sensor has no such keys.
 */
#ifndef DIALOGUE_TLS_SECRET_H
#define DIALOGUE_TLS_SECRET_H

#include "base/side.h"
#include "dialogue/tls.h"
#include "dialogue/tls_hello.h"
#include "dialogue/tls_record.h"

/* A secret is as long as the suite's hash: SHA-256 or SHA-384. */
#define TLS_SECRET_MAX 48

/* The handshake traffic secret of @side; a view into the key log. False: it has none. */
bool tls_keylog_find(const struct tls_keylog *keylog, const uint8_t client_random[TLS_RANDOM],
	enum side side, struct bytes *secret);

/* RFC 8446 7.1, with an empty context: at most a hash's length of @out is written. */
bool tls_expand_label(bool sha384, struct bytes secret, const char *label, uint8_t *out, size_t n);

/* Opens the records of one side, in order, under one traffic secret. */
struct tls_opener;

/* NULL for a suite that is not TLS 1.3's or not known, and for a secret of another length. */
struct tls_opener *tls_opener_new(uint16_t cipher, struct bytes secret);
void tls_opener_free(struct tls_opener *opener);

/*
 * Decrypt the next record, whose payload is @sealed (at most TLS_RECORD_MAX bytes). On success
 * *@content is the plaintext in @room and *@type its real type; false: the secret is not of this
 * record, and the opener is of no more use.
 */
bool tls_opener_open(struct tls_opener *opener, struct bytes sealed, uint8_t room[TLS_RECORD_MAX],
	struct bytes *content, uint8_t *type);

#endif
