// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/cert_verdict.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509_vfy.h>

/* gnutls_certificate_status_t. "Not verified" alone says nothing that the others don't. */
static const struct {
	int bit;
	const char *words;
} gnutls_status[] = {
	{ 5, "revoked" },
	{ 11, "wrong signature" },
	{ 6, "issuer not known" },
	{ 7, "issuer is no CA" },
	{ 16, "issuer's constraints violated" },
	{ 10, "expired" },
	{ 9, "not yet valid" },
	{ 14, "other host name" },
	{ 17, "not the expected certificate" },
	{ 18, "not for this purpose" },
	{ 8, "insecure algorithm" },
	{ 19, "OCSP status missing" },
	{ 20, "invalid OCSP status" },
	{ 21, "unknown critical extension" },
	{ 12, "revocation data superseded" },
	{ 15, "revocation data of the future" },
};

static void add(char out[CERT_VERDICT_TEXT], const char *words)
{
	size_t n = strlen(out);
	const char *comma = n ? ", " : "";

	if (n + strlen(comma) + strlen(words) < CERT_VERDICT_TEXT)
		stpcpy(stpcpy(out + n, comma), words);
}

static void of_gnutls(int64_t result, char out[CERT_VERDICT_TEXT])
{
	for (size_t i = 0; i < sizeof(gnutls_status) / sizeof(*gnutls_status); i++)
		if (result & INT64_C(1) << gnutls_status[i].bit)
			add(out, gnutls_status[i].words);
}

static void of_openssl(int64_t result, char out[CERT_VERDICT_TEXT])
{
	if (result > 0)
		add(out, X509_verify_cert_error_string((long)result));
}

const char *cert_verdict(bool gnutls, int64_t result, char out[CERT_VERDICT_TEXT])
{
	out[0] = '\0';
	if (result == 0)
		add(out, "good");
	else if (gnutls)
		of_gnutls(result, out);
	else
		of_openssl(result, out);
	if (!*out)
		snprintf(out, CERT_VERDICT_TEXT, "code %lld", (long long)result);
	return out;
}
