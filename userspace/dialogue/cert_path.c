// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/cert_path.h"

#include <stdlib.h>

#include "base/mem.h"
#include "dialogue/cert_parse.h"

/* How often the search goes on where a path runs out of date; see extend(). */
#define PATHS_MAX 4

static void want_anchors(struct cert_trust *trust, X509 *leaf, STACK_OF(X509) * others)
{
	/* The leaf may itself be an anchor. */
	cert_trust_want(trust, X509_get_subject_name(leaf));
	cert_trust_want(trust, X509_get_issuer_name(leaf));
	for (int i = 0; i < sk_X509_num(others); i++)
		cert_trust_want(trust, X509_get_issuer_name(sk_X509_value(others, i)));
}

/*
 * The path that OpenSSL finds, preferring issuers that are in date at @when. NULL: none, and
 * *@error says why. No signature is verified before an anchor is reached, and then from the anchor
 * down, up to the first that fails: strangers can't make this dear.
 */
static STACK_OF(X509) * search(struct cert_trust *trust, X509 *leaf, STACK_OF(X509) * others,
				int64_t when, int *error)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *path = NULL;

	*error = X509_V_ERR_UNSPECIFIED;
	if (ctx && X509_STORE_CTX_init(ctx, cert_trust_store(trust), leaf, others)) {
		X509_STORE_CTX_set_time(ctx, 0, (time_t)when);
		if (X509_verify_cert(ctx) == 1)
			path = X509_STORE_CTX_get1_chain(ctx);
		else
			*error = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	return path;
}

/* When all certificates of @path are in date. */
static void common_time(STACK_OF(X509) * path, int64_t *from, int64_t *until)
{
	*from = INT64_MIN;
	*until = INT64_MAX;
	for (int i = 0; i < sk_X509_num(path); i++) {
		int64_t not_before = INT64_MAX, not_after = INT64_MIN; /* never, if unreadable */

		cert_dates(sk_X509_value(path, i), &not_before, &not_after);
		if (not_before > *from)
			*from = not_before;
		if (not_after < *until)
			*until = not_after;
	}
}

/*
 * A path can end before the leaf does while another one goes on: the old and the new cross-signed
 * certificate of one CA. So ask again for the first second after the path's end.
 */
static void extend(struct cert_trust *trust, X509 *leaf, STACK_OF(X509) * others,
	int64_t leaf_until, struct cert_path *path)
{
	int ignored;

	for (int i = 1; i < PATHS_MAX; i++) {
		STACK_OF(X509) * next;
		int64_t from, until;

		if (path->valid_from > path->valid_until || path->valid_until >= leaf_until)
			return;
		next = search(trust, leaf, others, path->valid_until + 1, &ignored);
		if (!next)
			return;
		common_time(next, &from, &until);
		sk_X509_pop_free(next, X509_free);
		if (from > path->valid_until + 1 || until <= path->valid_until)
			return;
		path->valid_until = until;
	}
}

/* What is wrong with the path at any time. The anchor vouches for itself: its own strength and
 * signature are its operator's choice. */
static unsigned int path_problems(struct cert_trust *trust, STACK_OF(X509) * path)
{
	unsigned int problems = 0;
	int anchor = sk_X509_num(path) - 1;

	for (int i = 0; i < anchor; i++) {
		if (cert_is_weak(sk_X509_value(path, i)))
			problems |= CERT_WEAK;
		if (cert_trust_revoked(trust, sk_X509_value(path, i), sk_X509_value(path, i + 1)))
			problems |= CERT_REVOKED;
	}
	return problems;
}

static bool vouches_for_itself(X509 *leaf)
{
	return X509_self_signed(leaf, cert_key_affordable(X509_get0_pubkey(leaf))) == 1;
}

void cert_path_find(
	struct cert_trust *trust, X509 *leaf, STACK_OF(X509) * others, struct cert_path *path)
{
	int64_t from = 0, until = 0;
	int error;

	*path = (struct cert_path){ 0 };
	cert_dates(leaf, &from, &until);
	want_anchors(trust, leaf, others);
	path->certs = search(trust, leaf, others, from, &error);
	if (path->certs) {
		common_time(path->certs, &path->valid_from, &path->valid_until);
		extend(trust, leaf, others, until, path);
		path->problems = path_problems(trust, path->certs);
	} else {
		path->valid_from = from;
		path->valid_until = until;
		path->problems = CERT_NOT_TRUSTED;
		path->reason = mem_strdup(X509_verify_cert_error_string(error));
	}
	if (cert_is_weak(leaf))
		path->problems |= CERT_WEAK;
	if (vouches_for_itself(leaf))
		path->problems |= CERT_SELF_SIGNED;
}

void cert_path_fini(struct cert_path *path)
{
	sk_X509_pop_free(path->certs, X509_free);
	free(path->reason);
}
