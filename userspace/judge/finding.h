/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record and evidence become findings: facts with a name, a weight of their own and the lines that
 * prove them. One row and one function a finding. Whether a fact wakes somebody is for the rules.
 */
#ifndef JUDGE_FINDING_H
#define JUDGE_FINDING_H

#include "evidence/evidence.h"

enum severity {
	SEVERITY_INFO = 10,
	SEVERITY_LOW = 30,
	SEVERITY_MEDIUM = 50,
	SEVERITY_HIGH = 70,
	SEVERITY_CRITICAL = 90,
};

/* "info" … "critical"; severity_parse() is its inverse and false for other words. */
const char *severity_name(enum severity severity);
bool severity_parse(struct bytes word, enum severity *out);

enum confidence { CONFIDENCE_HINT, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };
const char *confidence_name(enum confidence confidence);
bool confidence_parse(struct bytes word, enum confidence *out);

/* Ids as in the event contract, RFC 8460 result type ("" if none), weight as a fact alone. */
#define FINDING_LIST(X)                                                                            \
	X(STARTTLS_ABSENT, "starttls-absent", "starttls-not-supported", INFO)                      \
	X(STARTTLS_LOST, "starttls-lost", "starttls-not-supported", HIGH)                          \
	X(STARTTLS_MANGLED, "starttls-mangled", "starttls-not-supported", HIGH)                    \
	X(STARTTLS_COMMAND_MANGLED, "starttls-command-mangled", "starttls-not-supported", HIGH)    \
	X(STARTTLS_REFUSED, "starttls-refused", "starttls-not-supported", MEDIUM)                  \
	X(STARTTLS_SWALLOWED, "starttls-swallowed", "starttls-not-supported", MEDIUM)              \
	X(STARTTLS_NOT_REQUESTED, "starttls-not-requested", "", INFO)                              \
	X(TLS_NO_LONGER_REQUESTED, "tls-no-longer-requested", "", MEDIUM)                          \
	X(EHLO_REJECTED, "ehlo-rejected", "starttls-not-supported", LOW)                           \
	X(EHLO_MANGLED, "ehlo-mangled", "starttls-not-supported", HIGH)                            \
	X(RESET_AT_STARTTLS, "reset-at-starttls", "validation-failure", LOW)                       \
	X(RESET_INJECTED, "reset-injected", "validation-failure", HIGH)                            \
	X(SEGMENT_CONFLICT, "segment-conflict", "validation-failure", MEDIUM)                      \
	X(TTL_SHIFT, "ttl-shift", "", LOW)                                                         \
	X(PLAINTEXT_AFTER_STARTTLS, "plaintext-after-starttls", "", HIGH)                          \
	X(RESPONSE_AFTER_220, "response-after-220", "", HIGH)                                      \
	X(TLS_REPLACED_BY_TEXT, "tls-replaced-by-text", "validation-failure", HIGH)                \
	X(TEXT_INSIDE_TLS, "text-inside-tls", "validation-failure", HIGH)                          \
	X(NO_TLS_AFTER_220, "no-tls-after-220", "validation-failure", MEDIUM)                      \
	X(TLS_HANDSHAKE_STALLED, "tls-handshake-stalled", "validation-failure", LOW)               \
	X(DOWNGRADE_SENTINEL, "downgrade-sentinel", "", HIGH)                                      \
	X(COMMAND_ECHO_MANGLED, "command-echo-mangled", "starttls-not-supported", HIGH)            \
	X(REPLY_FAMILY_MISMATCH, "reply-family-mismatch", "", LOW)                                 \
	X(TLS_HANDSHAKE_FAILED, "tls-handshake-failed", "validation-failure", LOW)                 \
	X(TLS_VERSION_OLD, "tls-version-old", "", LOW)                                             \
	X(CLEARTEXT_RETRY, "cleartext-retry", "", MEDIUM)                                          \
	X(CLEARTEXT_UNDER_POLICY, "cleartext-under-policy", "starttls-not-supported", CRITICAL)    \
	X(MX_NOT_IN_POLICY, "mx-not-in-policy", "validation-failure", HIGH)                        \
	X(CERTIFICATE_HOST_MISMATCH, "certificate-host-mismatch", "certificate-host-mismatch", LOW)\
	X(CERTIFICATE_EXPIRED, "certificate-expired", "certificate-expired", LOW)                  \
	X(CERTIFICATE_NOT_TRUSTED, "certificate-not-trusted", "certificate-not-trusted", INFO)     \
	X(CERTIFICATE_CHANGED, "certificate-changed", "", LOW)                                     \
	X(CERTIFICATE_SHARED, "certificate-shared", "certificate-not-trusted", MEDIUM)             \
	X(MX_REDIRECTED, "mx-redirected", "validation-failure", MEDIUM)                            \
	X(POLICY_HIDDEN, "policy-hidden", "sts-policy-fetch-error", MEDIUM)                        \
	X(TLSA_MISMATCH, "tlsa-mismatch", "validation-failure", MEDIUM)                            \
	X(POLICY_DOWNGRADED, "policy-downgraded", "", MEDIUM)                                      \
	X(POLICY_FETCH_ERROR, "policy-fetch-error", "sts-policy-fetch-error", LOW)                 \
	X(POLICY_INVALID, "policy-invalid", "sts-policy-invalid", LOW)                             \
	X(POLICY_WEBPKI_INVALID, "policy-webpki-invalid", "sts-webpki-invalid", LOW)

enum finding_id {
#define X(name, id, result_type, severity) FINDING_##name,
	FINDING_LIST(X)
#undef X
	FINDINGS
};

const char *finding_name(enum finding_id id);
const char *finding_result_type(enum finding_id id); /* NULL: none */
bool finding_parse(struct bytes name, enum finding_id *out);

#define FINDING_EVIDENCE_MAX 8

struct finding {
	enum finding_id id;
	enum severity severity;
	enum confidence confidence;
	char *evidence[FINDING_EVIDENCE_MAX]; /* owned, printable */
	size_t evidence_count;
	const char *result_type; /* RFC 8460; NULL: none */
	char *policy_domain;  /* owned; the domain that is concerned, NULL: none */
	int64_t time;         /* of the decisive packet, ns */
};

/* Every finding at most once a session. */
struct findings {
	struct finding list[FINDINGS];
	size_t n;
};

/* All findings of one session; *@out is overwritten. findings_free() releases what it holds. */
void findings_gather(const struct record *record, const struct evidence *evidence,
	struct findings *out);
void findings_free(struct findings *findings);

const struct finding *findings_find(const struct findings *findings, enum finding_id id);

#endif
