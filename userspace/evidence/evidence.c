// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/evidence.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/log.h"
#include "base/mem.h"
#include "evidence/dane.h"
#include "evidence/history.h"
#include "evidence/lookup.h"
#include "evidence/mx_map.h"
#include "evidence/mx_seen.h"
#include "evidence/policy_cache.h"
#include "evidence/policy_files.h"
#include "evidence/policy_list.h"
#include "evidence/store.h"
#include "evidence/stores.h"
#include "evidence/tlsa_file.h"
#include "evidence/tlsa_known.h"

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

const char *policy_change_name(enum policy_change change)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		POLICY_CHANGE_LIST(X)
#undef X
	};

	return names[change];
}

/* Line by line. */
static void tell(const struct text *lines, void (*say)(const char *format, ...))
{
	const char *line = lines->s ? lines->s : "";

	while (*line) {
		size_t n = strcspn(line, "\n");

		say("evidence: %.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static bool open_policies(struct evidence_files *files, const char *folder, struct text *errors)
{
	struct text told = { 0 };

	if (!folder)
		return true;
	files->policies = policy_files_open(folder, &told);
	if (files->policies)
		tell(&told, log_warn);
	else
		text_add(errors, bytes_of(told.s, told.n));
	text_free(&told);
	return files->policies != NULL;
}

static bool open_tlsa(struct evidence_files *files, const char *path, struct text *errors)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	if (!path)
		return true;
	files->tlsa = tlsa_file_load(path, errors);
	files->tlsa_name = mem_strdup(slash ? slash + 1 : path);
	return files->tlsa != NULL;
}

static bool open_lists(
	struct evidence_files *files, const struct evidence_params *params, struct text *errors)
{
	for (size_t i = 0; i < params->list_count; i++) {
		files->lists[i] = policy_list_load(params->lists[i], errors);
		if (!files->lists[i])
			return false;
		files->list_count++;
	}
	return true;
}

static bool open_db(struct evidence_store *store, const struct evidence_params *params)
{
	if (params->db) {
		store->db = store_open(params->db);
		store->cache = store->db ? policy_cache_open(store->db) : NULL;
		if (!store->cache)
			return false;
	}
	store->history = history_new(store->db);
	if (store->history && params->half_life)
		history_set_half_life(store->history, params->half_life);
	return store->history != NULL;
}

static bool open_files(
	struct evidence_files *files, const struct evidence_params *params, struct text *errors)
{
	bool good = open_policies(files, params->policies, errors);

	if (params->mx_map) {
		files->map = mx_map_load(params->mx_map, errors);
		good &= files->map != NULL;
	}
	good &= open_tlsa(files, params->tlsa, errors);
	good &= open_lists(files, params, errors);
	return good;
}

struct evidence_files *evidence_files_open(const struct evidence_params *params)
{
	struct evidence_files *files = mem_alloc(sizeof(*files));
	struct text errors = { 0 };

	if (!open_files(files, params, &errors)) {
		tell(&errors, log_err);
		evidence_files_free(files);
		files = NULL;
	}
	text_free(&errors);
	return files;
}

void evidence_files_free(struct evidence_files *files)
{
	if (!files)
		return;
	policy_files_close(files->policies);
	mx_map_free(files->map);
	tlsa_file_free(files->tlsa);
	free(files->tlsa_name);
	for (size_t i = 0; i < files->list_count; i++)
		policy_list_free(files->lists[i]);
	free(files);
}

void evidence_take_files(struct evidence_store *store, struct evidence_files *files)
{
	evidence_files_free(store->files);
	store->files = files;
}

struct evidence_store *evidence_open(const struct evidence_params *params)
{
	struct evidence_store *store = mem_alloc(sizeof(*store));

	store->files = evidence_files_open(params);
	store->seen = mx_seen_new(NULL);
	store->want = params->want;
	store->want_context = params->want_context;
	if (store->files && open_db(store, params))
		return store;
	evidence_close(store);
	return NULL;
}

void evidence_close(struct evidence_store *store)
{
	if (!store)
		return;
	evidence_files_free(store->files);
	mx_seen_free(store->seen);
	mx_seen_free(store->resolved);
	tlsa_known_free(store->tlsa_known);
	dane_free(store->dane);
	history_free(store->history);
	policy_cache_close(store->cache);
	store_close(store->db);
	free(store);
}

/* What makes a chain worth nothing, whichever names it has. */
#define DISTRUST (CERT_NOT_TRUSTED | CERT_SELF_SIGNED | CERT_REVOKED)

/*
 * That an address has a name, by our own look-up, does not say that this client meant that name: a
 * hoster's server has many, and shows without SNI a certificate for its own. A trusted one for the
 * name by which it greets is good.
 */
static bool is_other_name(const struct evidence *evidence, const struct record *record)
{
	const char *greeting = record->smtp.greeting_host;
	char name[DOMAIN_TEXT];

	return evidence->mx_source == MX_DNS_RESOLVED && !(evidence->cert_problems & DISTRUST) &&
	       greeting && domain_normalise(bytes_str(greeting), name) &&
	       cert_matches_host(record_leaf(record), name);
}

/*
 * Where a library showed nothing but the server's own certificate, that no path leads from it to an
 * anchor says nothing: what was sent along is not known.
 */
static unsigned int problems_of(const struct record *record)
{
	unsigned int problems =
		cert_chain_problems(record->tls.chain, record->flow.first / 1000000000);

	if (record->process.alone && !(problems & (CERT_SELF_SIGNED | CERT_UNREADABLE)))
		problems &= ~(unsigned int)CERT_NOT_TRUSTED;
	return problems;
}

static void judge_certificate(struct evidence *evidence, const struct record *record)
{
	const struct cert *leaf = record_leaf(record);

	if (!leaf)
		return;
	evidence->cert_problems = problems_of(record);
	if (record->tls.cert_status == CERT_STATUS_REVOKED)
		evidence->cert_problems |= CERT_REVOKED;
	if (!leaf->parsed || evidence->mx_source <= MX_GREETING)
		return;
	if (cert_matches_host(leaf, evidence->mx))
		evidence->host_matches = ANSWER_YES;
	else if (!leaf->names_cut && !evidence->mx_ambiguous && !is_other_name(evidence, record))
		evidence->host_matches = ANSWER_NO;
}

/* The chain leads to a trust anchor, and the leaf is not for another host. */
static bool is_trusted(const struct record *record, const struct evidence *evidence)
{
	/* With the chain's own reason, which one that was shown alone keeps. */
	return !(evidence->cert_problems & DISTRUST) && evidence->host_matches != ANSWER_NO &&
	       !(record->process.alone && record->tls.chain->problems & CERT_NOT_TRUSTED);
}

void evidence_ask(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	struct candidates candidates;

	/* The policies are the larger part, and count only up to policy_count. */
	memset(evidence, 0, offsetof(struct evidence, policies));
	candidates.n = 0;
	which_mx(store, record, evidence, &candidates);
	judge_certificate(evidence, record);
	bind_policies(store, record, &candidates, evidence);
	which_mx_redirected(store, record, evidence);
	history_ask(store->history, record, evidence->mx, is_trusted(record, evidence),
		&evidence->history);
}

void evidence_note_dns(
	struct evidence_store *store, struct bytes message, const struct addr *asker, int64_t time)
{
	struct dns_answer answer;

	if (!dns_parse(message, &answer))
		return;
	mx_seen_learn(store->seen, &answer, asker, time);
	dns_answer_free(&answer);
}

/* Names of the policy cache are looked up again after half an hour (evidence/lookup.c). */
#define RESOLVED_GRACE (2700 * INT64_C(1000000000))

static void open_resolved(struct evidence_store *store, int64_t now)
{
	const struct mx_seen_params params = { .grace = RESOLVED_GRACE, .backwards = true };

	store->resolved = mx_seen_new(&params);
	store->tlsa_known = tlsa_known_new();
	store->resolved_since = now;
}

void evidence_note_answer(
	struct evidence_store *store, const struct lookup_answer *answer, int64_t now)
{
	/* Ours are the same whoever asks. */
	const struct addr nobody = { 0 };

	if (!store->resolved)
		open_resolved(store, now);
	if (answer->answer.type == DNS_TLSA)
		tlsa_known_learn(store->tlsa_known, answer);
	else if (answer->status == DNS_OK || answer->status == DNS_NO_DATA)
		mx_seen_learn(store->resolved, &answer->answer, &nobody, now);
}

bool evidence_sync(struct evidence_store *store)
{
	bool synced = !store->cache || policy_cache_sync(store->cache);

	return history_flush(store->history) && synced;
}

struct policy_cache *evidence_policy_cache(struct evidence_store *store)
{
	return store->cache;
}

void evidence_learn(
	struct evidence_store *store, const struct record *record, const struct evidence *evidence)
{
	history_learn(store->history, record, evidence->mx, is_trusted(record, evidence));
}

void evidence_note_failure(struct evidence_store *store, const struct record *record)
{
	history_note_failure(store->history, record);
}
