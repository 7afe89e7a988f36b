// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/cert_ocsp.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "dialogue/cert_parse.h"

/* Answers looked through in one response; a staple is about one certificate. */
#define ANSWERS_MAX 16

static bool same_serial(const ASN1_INTEGER *number, const char *serial)
{
	char *text = cert_serial(number);
	bool same = strcmp(text, serial) == 0;

	free(text);
	return same;
}

/* The id names the issuer by hashes of its name and key, with a digest of the responder's choice.
 */
static bool is_about(const OCSP_CERTID *id, X509 *issuer, const char *serial)
{
	ASN1_OBJECT *digest;
	ASN1_INTEGER *number;
	const EVP_MD *md;
	OCSP_CERTID *ours;
	bool same;

	/* OpenSSL wants it not const, and changes nothing. */
	OCSP_id_get0_info(NULL, &digest, NULL, &number, (OCSP_CERTID *)(uintptr_t)id);
	md = EVP_get_digestbyobj(digest);
	if (!md || !same_serial(number, serial))
		return false;
	ours = OCSP_cert_id_new(
		md, X509_get_subject_name(issuer), X509_get0_pubkey_bitstr(issuer), number);
	same = ours && OCSP_id_cmp(ours, id) == 0;
	OCSP_CERTID_free(ours);
	return same;
}

/*
 * Signed by the issuer, or by somebody whom it appointed (RFC 6960 4.2.2.2). The issuer is the only
 * anchor here: that the issuer itself is trusted, the path to it has shown.
 */
static bool is_signed(OCSP_BASICRESP *basic, X509 *issuer)
{
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *known = sk_X509_new_null();
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509 *signer = NULL;
	bool good = false;

	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
	X509_VERIFY_PARAM_set_auth_level(param, 0);
	if (X509_STORE_add_cert(store, issuer) && sk_X509_push(known, issuer) &&
		OCSP_resp_get0_signer(basic, &signer, known) && cert_key_affordable(X509_get0_pubkey(signer)))
		good = OCSP_basic_verify(basic, known, store, 0) == 1;
	sk_X509_free(known);
	X509_STORE_free(store);
	return good;
}

static enum cert_status status_of(OCSP_BASICRESP *basic, X509 *issuer, const char *serial)
{
	int count = OCSP_resp_count(basic);

	for (int i = 0; i < count && i < ANSWERS_MAX; i++) {
		OCSP_SINGLERESP *answer = OCSP_resp_get0(basic, i);

		if (!is_about(OCSP_SINGLERESP_get0_id(answer), issuer, serial))
			continue;
		if (!is_signed(basic, issuer))
			return CERT_STATUS_UNKNOWN;
		switch (OCSP_single_get0_status(answer, NULL, NULL, NULL, NULL)) {
		case V_OCSP_CERTSTATUS_GOOD:
			return CERT_STATUS_GOOD;
		case V_OCSP_CERTSTATUS_REVOKED:
			return CERT_STATUS_REVOKED;
		default:
			return CERT_STATUS_UNKNOWN;
		}
	}
	return CERT_STATUS_UNKNOWN;
}

enum cert_status cert_ocsp_read(X509 *issuer, const char *serial, struct bytes response)
{
	const unsigned char *p = response.p;
	OCSP_RESPONSE *decoded = d2i_OCSP_RESPONSE(NULL, &p, (long)response.n);
	OCSP_BASICRESP *basic = NULL;
	enum cert_status status = CERT_STATUS_UNKNOWN;

	if (decoded && OCSP_response_status(decoded) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(decoded);
	if (basic)
		status = status_of(basic, issuer, serial);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(decoded);
	return status;
}
