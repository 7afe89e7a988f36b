/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the functions that find share: one function a finding, true if the fact is there, with the
 * proof put into look->out. Private to the judge's room.
 */
#ifndef JUDGE_FIND_H
#define JUDGE_FIND_H

#include "judge/finding.h"

/* What a finder looks at, and the finding it fills in: made with its weight alone and certain. */
struct looking {
	const struct record *record;
	const struct evidence *evidence;
	struct finding *out;
};

/* Add a line of evidence; beyond FINDING_EVIDENCE_MAX it is dropped. */
void prove(struct finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for a line that is there already; it is copied. */
void prove_text(struct finding *finding, const char *evidence);

/* The lines that a parser kept for @kind become evidence. False: there are none. */
bool observed(struct looking *look, enum observation_kind kind);

/* Message content went over this connection outside TLS. */
bool mail_in_clear(const struct record *record);

/* How much mail went in clear, as evidence; nothing if none did. */
void prove_clear_mail(struct looking *look);

/* A policy as evidence; the finding's domain becomes its domain, if it has none yet. */
void prove_policy(struct looking *look, const struct bound_policy *policy);

/* Policies that had expired as evidence: they annotate. */
void prove_expired(struct looking *look);

/*
 * The policy by which a fact is weighed, of those for which @applies (NULL: all): the strictest of
 * the domains whose mail was seen; of mere candidates (a host that serves several) the weakest.
 * NULL: none that promises anything.
 */
const struct bound_policy *weighing_policy(const struct evidence *evidence,
	bool (*applies)(const struct bound_policy *policy));

/* The TLSA records that bind the session, or NULL: a server has one name. */
const struct bound_policy *dane_policy(const struct evidence *evidence);

/* @enforced for a policy that is enforced (of a list high at most), medium for one in testing. */
enum severity by_mode(const struct bound_policy *policy, enum severity enforced);

/*
 * Of a fact that is one because of @policy: for mere candidates it is a hint; a policy that was
 * fetched after the session is likely to have been there.
 */
enum confidence how_sure(const struct looking *look, const struct bound_policy *policy);

/*
 * A fact that rests on the server's MX name: by our own look-up an address has it, and its client
 * may have meant another. Likely, at most.
 */
void limit_to_name(struct looking *look);

/* The leaf's names and issuer as evidence. There must be one. */
void prove_leaf(struct looking *look);

bool find_starttls_absent(struct looking *look);
bool find_starttls_lost(struct looking *look);
bool find_starttls_mangled(struct looking *look);
bool find_starttls_command_mangled(struct looking *look);
bool find_starttls_refused(struct looking *look);
bool find_starttls_swallowed(struct looking *look);
bool find_starttls_not_requested(struct looking *look);
bool find_tls_no_longer_requested(struct looking *look);
bool find_ehlo_rejected(struct looking *look);
bool find_ehlo_mangled(struct looking *look);
bool find_command_echo_mangled(struct looking *look);
bool find_reply_family_mismatch(struct looking *look);
bool find_plaintext_after_starttls(struct looking *look);
bool find_response_after_220(struct looking *look);
bool find_no_tls_after_220(struct looking *look);
bool find_cleartext_retry(struct looking *look);
bool find_tls_replaced_by_text(struct looking *look);
bool find_text_inside_tls(struct looking *look);
bool find_tls_handshake_stalled(struct looking *look);
bool find_downgrade_sentinel(struct looking *look);
bool find_tls_handshake_failed(struct looking *look);
bool find_tls_version_old(struct looking *look);
bool find_reset_at_starttls(struct looking *look);
bool find_reset_injected(struct looking *look);
bool find_segment_conflict(struct looking *look);
bool find_ttl_shift(struct looking *look);
bool find_cleartext_under_policy(struct looking *look);
bool find_mx_not_in_policy(struct looking *look);
bool find_mx_redirected(struct looking *look);
bool find_certificate_host_mismatch(struct looking *look);
bool find_certificate_expired(struct looking *look);
bool find_certificate_not_trusted(struct looking *look);
bool find_certificate_changed(struct looking *look);
bool find_certificate_shared(struct looking *look);
bool find_tlsa_mismatch(struct looking *look);
bool find_policy_hidden(struct looking *look);
bool find_policy_downgraded(struct looking *look);
bool find_policy_invalid(struct looking *look);

#endif
