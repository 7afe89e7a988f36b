// SPDX-License-Identifier: BSD-2-Clause
#include "judge/finding.h"

#include <stdlib.h>

#include "judge/find.h"

const char *finding_name(enum finding_id id)
{
	static const char *const names[] = {
#define X(name, word, result_type, severity) [FINDING_##name] = word,
		FINDING_LIST(X)
#undef X
	};

	return names[id];
}

const char *finding_result_type(enum finding_id id)
{
	static const char *const types[] = {
#define X(name, word, result_type, severity) [FINDING_##name] = result_type,
		FINDING_LIST(X)
#undef X
	};

	return *types[id] ? types[id] : NULL;
}

static enum severity weight_alone(enum finding_id id)
{
	static const enum severity weights[] = {
#define X(name, word, result_type, severity) [FINDING_##name] = SEVERITY_##severity,
		FINDING_LIST(X)
#undef X
	};

	return weights[id];
}

bool finding_parse(struct bytes name, enum finding_id *out)
{
	for (int id = 0; id < FINDINGS; id++) {
		if (bytes_equal(name, bytes_str(finding_name((enum finding_id)id)))) {
			*out = (enum finding_id)id;
			return true;
		}
	}
	return false;
}

static const struct {
	const char *name;
	enum severity severity;
} severities[] = {
	{ "info", SEVERITY_INFO }, { "low", SEVERITY_LOW },	      { "medium", SEVERITY_MEDIUM },
	{ "high", SEVERITY_HIGH }, { "critical", SEVERITY_CRITICAL },
};

#define SEVERITIES (sizeof(severities) / sizeof(*severities))

const char *severity_name(enum severity severity)
{
	size_t i = SEVERITIES - 1;

	while (i > 0 && severities[i].severity > severity)
		i--;
	return severities[i].name;
}

bool severity_parse(struct bytes word, enum severity *out)
{
	for (size_t i = 0; i < SEVERITIES; i++) {
		if (bytes_equal(word, bytes_str(severities[i].name))) {
			*out = severities[i].severity;
			return true;
		}
	}
	return false;
}

static const char *const confidences[] = {
	[CONFIDENCE_HINT] = "hint",
	[CONFIDENCE_LIKELY] = "likely",
	[CONFIDENCE_CERTAIN] = "certain",
};

const char *confidence_name(enum confidence confidence)
{
	return confidences[confidence];
}

bool confidence_parse(struct bytes word, enum confidence *out)
{
	for (int i = CONFIDENCE_HINT; i <= CONFIDENCE_CERTAIN; i++) {
		if (bytes_equal(word, bytes_str(confidences[i]))) {
			*out = (enum confidence)i;
			return true;
		}
	}
	return false;
}

/*
 * One function a finding. That a policy can't be fetched is no fact of a session: find_refresh.c.
 */
static bool (*const finders[FINDINGS])(struct looking *look) = {
	[FINDING_STARTTLS_ABSENT] = find_starttls_absent,
	[FINDING_STARTTLS_LOST] = find_starttls_lost,
	[FINDING_STARTTLS_MANGLED] = find_starttls_mangled,
	[FINDING_STARTTLS_COMMAND_MANGLED] = find_starttls_command_mangled,
	[FINDING_STARTTLS_REFUSED] = find_starttls_refused,
	[FINDING_STARTTLS_SWALLOWED] = find_starttls_swallowed,
	[FINDING_STARTTLS_NOT_REQUESTED] = find_starttls_not_requested,
	[FINDING_TLS_NO_LONGER_REQUESTED] = find_tls_no_longer_requested,
	[FINDING_EHLO_REJECTED] = find_ehlo_rejected,
	[FINDING_EHLO_MANGLED] = find_ehlo_mangled,
	[FINDING_RESET_AT_STARTTLS] = find_reset_at_starttls,
	[FINDING_RESET_INJECTED] = find_reset_injected,
	[FINDING_SEGMENT_CONFLICT] = find_segment_conflict,
	[FINDING_TTL_SHIFT] = find_ttl_shift,
	[FINDING_PLAINTEXT_AFTER_STARTTLS] = find_plaintext_after_starttls,
	[FINDING_RESPONSE_AFTER_220] = find_response_after_220,
	[FINDING_TLS_REPLACED_BY_TEXT] = find_tls_replaced_by_text,
	[FINDING_TEXT_INSIDE_TLS] = find_text_inside_tls,
	[FINDING_NO_TLS_AFTER_220] = find_no_tls_after_220,
	[FINDING_TLS_HANDSHAKE_STALLED] = find_tls_handshake_stalled,
	[FINDING_DOWNGRADE_SENTINEL] = find_downgrade_sentinel,
	[FINDING_COMMAND_ECHO_MANGLED] = find_command_echo_mangled,
	[FINDING_REPLY_FAMILY_MISMATCH] = find_reply_family_mismatch,
	[FINDING_TLS_HANDSHAKE_FAILED] = find_tls_handshake_failed,
	[FINDING_TLS_VERSION_OLD] = find_tls_version_old,
	[FINDING_CLEARTEXT_RETRY] = find_cleartext_retry,
	[FINDING_CLEARTEXT_UNDER_POLICY] = find_cleartext_under_policy,
	[FINDING_MX_NOT_IN_POLICY] = find_mx_not_in_policy,
	[FINDING_CERTIFICATE_HOST_MISMATCH] = find_certificate_host_mismatch,
	[FINDING_CERTIFICATE_EXPIRED] = find_certificate_expired,
	[FINDING_CERTIFICATE_NOT_TRUSTED] = find_certificate_not_trusted,
	[FINDING_CERTIFICATE_CHANGED] = find_certificate_changed,
	[FINDING_CERTIFICATE_SHARED] = find_certificate_shared,
	[FINDING_MX_REDIRECTED] = find_mx_redirected,
	[FINDING_POLICY_HIDDEN] = find_policy_hidden,
	[FINDING_TLSA_MISMATCH] = find_tlsa_mismatch,
	[FINDING_POLICY_DOWNGRADED] = find_policy_downgraded,
	[FINDING_POLICY_INVALID] = find_policy_invalid,
};

static void finding_fini(struct finding *finding)
{
	for (size_t i = 0; i < finding->evidence_count; i++)
		free(finding->evidence[i]);
	free(finding->policy_domain);
}

/* Its list of evidence is empty, and need not be cleared: most findings are not made. */
static void begin(struct finding *finding, enum finding_id id, int64_t time)
{
	finding->id = id;
	finding->severity = weight_alone(id);
	finding->confidence = CONFIDENCE_CERTAIN;
	finding->evidence_count = 0;
	finding->result_type = finding_result_type(id);
	finding->policy_domain = NULL;
	finding->time = time;
}

void findings_gather(const struct record *record, const struct evidence *evidence,
	struct findings *out)
{
	out->n = 0;
	for (int id = 0; id < FINDINGS; id++) {
		struct finding *finding = &out->list[out->n];
		struct looking look = { record, evidence, finding };

		if (!finders[id])
			continue;
		begin(finding, (enum finding_id)id, record->flow.first);
		if (finders[id](&look))
			out->n++;
		else
			finding_fini(finding);
	}
}

void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		finding_fini(&findings->list[i]);
	findings->n = 0;
}

const struct finding *findings_find(const struct findings *findings, enum finding_id id)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->list[i].id == id)
			return &findings->list[i];
	return NULL;
}
