/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Discovery and fetch of one domain's MTA-STS policy (RFC 8461 3.1, 3.2, 3.3): TXT record, policy host's
 * addresses, HTTPS, grammar. Asynchronous; every step bounded in time; says where it ended and why.
 */
#ifndef EVIDENCE_STS_FETCH_H
#define EVIDENCE_STS_FETCH_H

#include "evidence/fetch.h"
#include "evidence/mta_sts.h"
#include "evidence/resolver.h"

#define STS_OUTCOME_LIST(X)                                                                      \
	X(STS_POLICY, "policy", "", "a valid policy")                                            \
	X(STS_SAME_ID, "same-id", "", "the record says the id that was given: not fetched")      \
	X(STS_NO_RECORD, "no-record", "", "the domain does not take part")                       \
	X(STS_BAD_RECORD, "bad-record", "", "several records, or one that breaks the grammar")   \
	X(STS_DNS_FAILED, "dns-failed", "", "the record could not be looked up")                 \
	X(STS_FETCH_ERROR, "fetch-error", "sts-policy-fetch-error", "record, but no policy")     \
	X(STS_WEBPKI_INVALID, "webpki-invalid", "sts-webpki-invalid", "the host's certificate")  \
	X(STS_INVALID, "invalid", "sts-policy-invalid", "a text that is no policy")

enum sts_outcome {
#define X(name, text, result_type, comment) name,
	STS_OUTCOME_LIST(X)
#undef X
};

const char *sts_outcome_name(enum sts_outcome outcome);
const char *sts_outcome_result_type(enum sts_outcome outcome); /* RFC 8460; NULL: none */

struct sts_result {
	const char *domain;         /* normalised; "" where it was no domain name */
	enum sts_outcome outcome;
	const char *id;             /* of the record; NULL: none */
	struct bytes text;          /* the policy, where outcome is STS_POLICY */
	const struct sts_policy *policy; /* the same, parsed */
	const char *reason;         /* for people; "" where all is well */
};

/* Called once, never from inside sts_fetch(); @result is borrowed until return. */
typedef void sts_done(void *context, const struct sts_result *result);

/*
 * Look @domain up. @known_id: not fetched if the record still says it (NULL: always fetched). To end what
 * is under way, free the resolver first and the fetcher then: an address that was found starts a fetch.
 *
 * RFC 8460 4.3: a text of the wrong media type is an answer that is no policy, hence STS_FETCH_ERROR like
 * any status but 200; one that is too large, or breaks the grammar, is STS_INVALID.
 */
void sts_fetch(struct resolver *resolver, struct fetcher *fetcher, const char *domain,
	const char *known_id, sts_done *done, void *context);

#endif
