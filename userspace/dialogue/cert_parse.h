/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One certificate: DER to struct cert. Private to cert*.c and to evidence/dane.c, which checks
 * chains against other anchors; everybody else includes dialogue/cert.h.
 */
#ifndef DIALOGUE_CERT_PARSE_H
#define DIALOGUE_CERT_PARSE_H

#include <openssl/types.h>

#include "dialogue/cert.h"

/*
 * What has to be known of a certificate before OpenSSL decodes it: raw views into its DER. Decoding
 * the key alone takes a hundred times longer than this walk.
 */
struct cert_der {
	struct bytes subject; /* a Name, with tag and length */
	struct bytes spki;    /* the SubjectPublicKeyInfo, the same */
};

/* Take one certificate off @from; false if its front is not shaped like one. */
bool cert_der_take(struct bytes *from, struct cert_der *out);

/* The DER of all of @der decoded, or NULL. X509_free() it. */
X509 *cert_decode(struct bytes der);

/*
 * Fill @cert from @der. NULL, with only the digest filled in, for what is no certificate; else its
 * decoded form, as from cert_decode().
 */
X509 *cert_parse(struct bytes der, struct cert *cert);

/* Release what @cert owns. */
void cert_fini(struct cert *cert);

/* Upper-case hex of an INTEGER, at most CERT_SERIAL_MAX bytes of it. The caller frees it. */
#define CERT_SERIAL_MAX 64 /* RFC 5280 4.1.2.2: honest ones have at most 20 */
char *cert_serial(const ASN1_INTEGER *serial);

/*
 * Whether a signature by @key may be verified: a stranger chooses it, and with it how long that
 * takes. False for NULL, a key that can't be read.
 */
bool cert_key_affordable(const EVP_PKEY *key);

/* Signed with MD5, SHA-1 or older, or a key too short for today. */
bool cert_is_weak(X509 *x);

/* The dates of @x in seconds since 1970; false if they can't be read. */
bool cert_dates(const X509 *x, int64_t *not_before, int64_t *not_after);

#endif
