/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a sender's TLS report (RFC 8460) would say of a session, for each policy that binds it.
 *
 * Counted is an attempt at delivery of which enough was seen: STARTTLS was tried, or could not be
 * tried because the server's whole reply did not offer it. A client that never asked although it
 * could has nothing to report; neither have submission, mail that carries a report, and sessions that
 * are beyond our scope. An attempt counts for a domain whose recipients were seen ("likely" where
 * nothing but its own greeting tells that the server is the domain's MX and no relay), or which is the
 * only one that the server is bound for ("likely" too); TLSA records count for the MX host.
 *
 * Success needs what the policy asks for: under MTA-STS a certificate that was seen, is trusted, in
 * date and for an MX host that the policy names; under DANE one that its records name. A certificate
 * that nobody saw (TLS 1.3 from outside) proves neither. "no-policy-found" is said of a domain whose
 * policy has mode none, which is to be treated so (RFC 8461 5); that nobody here knows a policy does
 * not mean that there is none. Lists are no policies that a report knows.
 */
#ifndef JUDGE_TLSRPT_H
#define JUDGE_TLSRPT_H

#include "judge/field.h"

#define TLSRPT_TYPE_LIST(X)            \
	X(TLSRPT_TLSA, "tlsa")         \
	X(TLSRPT_STS, "sts")           \
	X(TLSRPT_NO_POLICY, "no-policy-found")

enum tlsrpt_type {
#define X(name, text) name,
	TLSRPT_TYPE_LIST(X)
#undef X
};

const char *tlsrpt_type_name(enum tlsrpt_type type);

/* Longest failure-reason-code, with its NUL. */
#define TLSRPT_REASON_MAX 160

struct tlsrpt_event {
	const struct bound_policy *policy; /* its domain is the policy-domain; the evidence's */
	enum tlsrpt_type type;
	enum confidence confidence;        /* that it is this domain's */
	const char *result_type;           /* a constant; NULL: success */
	char reason[TLSRPT_REASON_MAX];    /* of a failure; "": the type says it all */
};

/* Each bound policy gives one at most. */
#define TLSRPT_EVENTS_MAX BOUND_POLICIES_MAX

/* How many were written to @out, TLSA first. */
size_t tlsrpt_judge(const struct subject *subject, struct tlsrpt_event out[TLSRPT_EVENTS_MAX]);

#endif
