// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/evidence.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/log.h"
#include "base/mem.h"
#include "evidence/history.h"
#include "evidence/mx_map.h"
#include "evidence/policy_files.h"

const char *mx_source_name(enum mx_source source)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		MX_SOURCE_LIST(X)
#undef X
	};

	return names[source];
}

const char *policy_type_name(enum policy_type type)
{
	static const char *const names[] = { "sts", "tlsa", "list" };

	return names[type];
}

const char *policy_mode_name(enum policy_mode mode)
{
	static const char *const names[] = { "none", "testing", "enforce" };

	return names[mode];
}

/* MX names and policies of one server that are looked at; beyond them nobody has any. */
#define CANDIDATES_MAX 32

struct evidence_store {
	struct policy_files *policies; /* NULL: none */
	struct mx_map *map;            /* NULL: none */
	struct history *history;
};

struct evidence_store *evidence_open(const struct evidence_params *params)
{
	struct evidence_store *store = mem_alloc(sizeof(*store));
	struct text errors = { 0 };
	bool good = true;

	store->history = history_new(NULL);
	if (params->policies) {
		store->policies = policy_files_open(params->policies, &errors);
		good &= store->policies != NULL;
	}
	if (params->mx_map) {
		store->map = mx_map_load(params->mx_map, &errors);
		good &= store->map != NULL;
	}
	if (!good) {
		log_err("evidence: %s", errors.s ? errors.s : "");
		evidence_close(store);
		store = NULL;
	}
	text_free(&errors);
	return store;
}

void evidence_close(struct evidence_store *store)
{
	if (!store)
		return;
	policy_files_close(store->policies);
	mx_map_free(store->map);
	history_free(store->history);
	free(store);
}

/* The entry of the map for this server; where there are several, the one by which it greets. */
static const struct mx_entry *map_entry(struct evidence_store *store, const struct record *record)
{
	const struct mx_entry *entries[CANDIDATES_MAX];
	const char *greeting = record->smtp.greeting_host;
	size_t n;

	if (!store->map)
		return NULL;
	n = mx_map_find(store->map, &record->flow.endpoint[SERVER].addr, entries, CANDIDATES_MAX);
	if (n > CANDIDATES_MAX)
		n = CANDIDATES_MAX;
	for (size_t i = 0; greeting && i < n; i++)
		if (text_is(bytes_str(greeting), entries[i]->mx))
			return entries[i];
	return n ? entries[0] : NULL;
}

/* The server's MX name, from the strongest source that has one. */
static void name_mx(struct evidence *evidence, const struct record *record,
	const struct mx_entry *entry)
{
	const char *greeting = record->smtp.greeting_host;

	evidence->mx_in_map = entry != NULL;
	if (record->tls.server_name &&
		domain_normalise(bytes_str(record->tls.server_name), evidence->mx)) {
		evidence->mx_source = MX_SNI;
		return;
	}
	if (entry && domain_normalise(bytes_str(entry->mx), evidence->mx)) {
		evidence->mx_source = MX_CONFIGURED;
		return;
	}
	if (greeting && strchr(greeting, '.') && domain_normalise(bytes_str(greeting), evidence->mx))
		evidence->mx_source = MX_GREETING;
}

static bool is_bound(const struct evidence *evidence, const char *domain)
{
	for (size_t i = 0; i < evidence->policy_count; i++)
		if (strcmp(evidence->policies[i].domain, domain) == 0)
			return true;
	return false;
}

static void bind(struct evidence *evidence, const struct policy_file *file, bool recipient_seen)
{
	struct bound_policy *policy;

	if (!file || evidence->policy_count == BOUND_POLICIES_MAX || is_bound(evidence, file->domain))
		return;
	policy = &evidence->policies[evidence->policy_count++];
	*policy = (struct bound_policy){
		.domain = file->domain,
		.type = POLICY_STS,
		.mode = file->policy.mode,
		.source = file->name,
		.certificate_matches = evidence->host_matches,
		.patterns = file->policy.mx,
		.pattern_count = file->policy.mx_count,
		.recipient_seen = recipient_seen,
	};
	/* The greeting is the attacker's to write: it neither fits nor breaks a policy. */
	if (evidence->mx_source > MX_GREETING)
		policy->mx_matches =
			sts_policy_matches(&file->policy, evidence->mx) ? ANSWER_YES : ANSWER_NO;
}

/*
 * The policies of the recipients that were seen. Where none was (the mail went under TLS, or there
 * was none), those of every domain that the server may have been chosen for: what the map says, and
 * whose mx patterns its name matches.
 */
static void bind_policies(struct evidence_store *store, const struct record *record,
	const struct mx_entry *entry, struct evidence *evidence)
{
	const struct smtp_strings *recipients = &record->smtp.recipient_domains;
	const struct policy_file *matching[CANDIDATES_MAX];
	size_t n;

	if (!store->policies)
		return;
	for (const char *domain = smtp_strings_next(recipients, NULL); domain;
		domain = smtp_strings_next(recipients, domain))
		bind(evidence, policy_files_get(store->policies, domain), true);
	if (recipients->n)
		return;
	for (size_t i = 0; entry && i < entry->domain_count; i++)
		bind(evidence, policy_files_get(store->policies, entry->domains[i]), false);
	if (evidence->mx_source <= MX_GREETING)
		return;
	n = policy_files_matching(store->policies, evidence->mx, matching, CANDIDATES_MAX);
	for (size_t i = 0; i < n && i < CANDIDATES_MAX; i++)
		bind(evidence, matching[i], false);
}

/* A recipient's domain whose mail servers are known, and this one is none of them. */
static void find_redirection(struct evidence_store *store, const struct record *record,
	struct evidence *evidence)
{
	const struct smtp_strings *recipients = &record->smtp.recipient_domains;

	if (!store->map)
		return;
	for (const char *domain = smtp_strings_next(recipients, NULL); domain;
		domain = smtp_strings_next(recipients, domain)) {
		if (mx_map_serves(store->map, domain, &record->flow.endpoint[SERVER].addr) != ANSWER_NO)
			continue;
		memcpy(evidence->redirected_domain, domain,
			strnlen(domain, sizeof(evidence->redirected_domain) - 1));
		return;
	}
}

static void judge_certificate(struct evidence *evidence, const struct record *record)
{
	const struct cert *leaf = record_leaf(record);

	if (!leaf)
		return;
	evidence->cert_problems =
		cert_chain_problems(record->tls.chain, record->flow.first / 1000000000);
	if (record->tls.cert_status == CERT_STATUS_REVOKED)
		evidence->cert_problems |= CERT_REVOKED;
	if (!leaf->parsed || evidence->mx_source <= MX_GREETING)
		return;
	if (cert_matches_host(leaf, evidence->mx))
		evidence->host_matches = ANSWER_YES;
	else if (!leaf->names_cut)
		evidence->host_matches = ANSWER_NO;
}

/* The chain leads to a trust anchor, and the leaf is not for another host. */
static bool is_trusted(const struct evidence *evidence)
{
	const unsigned int distrust = CERT_NOT_TRUSTED | CERT_SELF_SIGNED | CERT_REVOKED;

	return !(evidence->cert_problems & distrust) && evidence->host_matches != ANSWER_NO;
}

void evidence_ask(struct evidence_store *store, const struct record *record,
	struct evidence *evidence)
{
	const struct mx_entry *entry = map_entry(store, record);

	/* The policies are the larger part, and count only up to policy_count. */
	memset(evidence, 0, offsetof(struct evidence, policies));
	name_mx(evidence, record, entry);
	judge_certificate(evidence, record);
	bind_policies(store, record, entry, evidence);
	find_redirection(store, record, evidence);
	history_ask(store->history, record, evidence->mx, is_trusted(evidence), &evidence->history);
}

void evidence_learn(struct evidence_store *store, const struct record *record,
	const struct evidence *evidence)
{
	history_learn(store->history, record, evidence->mx, is_trusted(evidence));
}

void evidence_note_failure(struct evidence_store *store, const struct record *record)
{
	history_note_failure(store->history, record);
}
