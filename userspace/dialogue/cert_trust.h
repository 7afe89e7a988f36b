/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom we trust, and whom they revoked: trust anchors and CRLs as read from files. What the operator
 * named is read at start, so that a fault is told there; the system's own anchors, which take longer
 * than a small capture, with the first chain. An anchor is decoded when a certificate first names it
 * as its issuer: a system has some 150 and a capture needs three. Private to cert*.c.
 */
#ifndef DIALOGUE_CERT_TRUST_H
#define DIALOGUE_CERT_TRUST_H

#include <openssl/types.h>

#include "base/bytes.h"

struct cert_trust;

/* As in struct cert_params. NULL on a fault, which is logged. */
struct cert_trust *cert_trust_new(const char *anchors, const char *crls);
void cert_trust_free(struct cert_trust *trust);

/* The store, in which the anchors called @name, if any, are to be found from now on. */
X509_STORE *cert_trust_store(const struct cert_trust *trust);
void cert_trust_want(struct cert_trust *trust, const X509_NAME *name);

/* True if a CRL that holds @issuer's signature lists @x. */
bool cert_trust_revoked(struct cert_trust *trust, X509 *x, X509 *issuer);

#endif
