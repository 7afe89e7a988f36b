/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TLS library says of a chain that it has checked, in words.
 */
#ifndef DIALOGUE_CERT_VERDICT_H
#define DIALOGUE_CERT_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

/* Longest text, with its NUL. */
#define CERT_VERDICT_TEXT 96

/*
 * "good" for 0. Else of @gnutls its status bits, as many of them as there is room for, most weighty
 * first; of OpenSSL its X509_V_ERR code in OpenSSL's own words. What has no words is told as a number.
 * Returns @out.
 */
const char *cert_verdict(bool gnutls, int64_t result, char out[CERT_VERDICT_TEXT]);

#endif
