/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a leaf to a trust anchor (RFC 5280 6). Private to cert*.c.
 */
#ifndef DIALOGUE_CERT_PATH_H
#define DIALOGUE_CERT_PATH_H

#include <openssl/x509.h>

#include "dialogue/cert_trust.h"

struct cert_path {
	STACK_OF(X509) * certs;          /* leaf first, anchor last; NULL: no path */
	char *reason;                    /* why there is none; NULL where there is one */
	int64_t valid_from, valid_until; /* as in struct cert_chain */
	unsigned int problems;           /* enum cert_problem, without the dates */
};

/* @others may be in any order, and strangers. Release *@path with cert_path_fini(). */
void cert_path_find(
	struct cert_trust *trust, X509 *leaf, STACK_OF(X509) * others, struct cert_path *path);
void cert_path_fini(struct cert_path *path);

#endif
