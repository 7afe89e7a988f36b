/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stapled OCSP response (RFC 6960, RFC 6066 8). Private to cert*.c.
 */
#ifndef DIALOGUE_CERT_OCSP_H
#define DIALOGUE_CERT_OCSP_H

#include <openssl/types.h>

#include "dialogue/cert.h"

/*
 * What @response says of the certificate with @serial (as cert_serial() writes it) that @issuer
 * issued: CERT_STATUS_UNKNOWN where it says nothing, or nobody who may say it has signed it.
 */
enum cert_status cert_ocsp_read(X509 *issuer, const char *serial, struct bytes response);

#endif
