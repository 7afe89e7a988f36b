// SPDX-License-Identifier: BSD-2-Clause
/* Which policies bind a session, and whether server and certificate keep them. */
#include "base/text.h"
#include "evidence/dane.h"
#include "evidence/policy_cache.h"
#include "evidence/policy_files.h"
#include "evidence/policy_list.h"
#include "evidence/stores.h"
#include "evidence/tlsa_file.h"
#include "evidence/tlsa_known.h"

/* Domains whose names a certificate may have instead of the host's (RFC 7672 3.2.3) are few. */
#define DANE_DOMAINS_MAX 4

/* What binding goes by. */
struct binding {
	struct evidence_store *store;
	const struct record *record;
	struct evidence *evidence;
	int64_t now; /* the session's time, in seconds */
};

static struct bound_policy *find_bound(
	struct evidence *evidence, enum policy_type type, const char *domain)
{
	for (size_t i = 0; i < evidence->policy_count; i++)
		if (evidence->policies[i].type == type &&
			strcmp(evidence->policies[i].domain, domain) == 0)
			return &evidence->policies[i];
	return NULL;
}

/* NULL: there is no room, or a policy of this type for the domain binds already. */
static struct bound_policy *add(const struct binding *to, enum policy_type type, const char *domain)
{
	struct evidence *evidence = to->evidence;
	struct bound_policy *policy;

	if (evidence->policy_count == BOUND_POLICIES_MAX || find_bound(evidence, type, domain))
		return NULL;
	policy = &evidence->policies[evidence->policy_count++];
	*policy = (struct bound_policy){ .domain = domain, .type = type };
	return policy;
}

static void set_mode(struct bound_policy *policy, enum policy_mode mode, bool expired)
{
	policy->stated = mode;
	policy->expired = expired;
	policy->mode = expired ? POLICY_NONE : mode;
}

/* The greeting is the attacker's to write: it neither fits nor breaks a policy. */
static bool mx_is_known(const struct evidence *evidence)
{
	return evidence->mx_source > MX_GREETING;
}

/* Where the name is but one of several that the address has, it is no proof against anybody. */
static enum answer mx_answer(const struct evidence *evidence, bool matches)
{
	if (matches)
		return ANSWER_YES;
	return evidence->mx_ambiguous ? ANSWER_UNKNOWN : ANSWER_NO;
}

static void set_sts(const struct binding *to, struct bound_policy *policy,
	const struct sts_policy *sts, bool recipient_seen)
{
	policy->patterns = sts->mx;
	policy->pattern_count = sts->mx_count;
	policy->certificate_matches = to->evidence->host_matches;
	policy->recipient_seen = recipient_seen;
	if (mx_is_known(to->evidence))
		policy->mx_matches =
			mx_answer(to->evidence, sts_policy_matches(sts, to->evidence->mx));
}

static void bind_file(const struct binding *to, const struct policy_file *file, bool recipient_seen)
{
	struct bound_policy *policy = file ? add(to, POLICY_STS, file->domain) : NULL;

	if (!policy)
		return;
	set_mode(policy, file->policy.mode, false);
	set_sts(to, policy, &file->policy, recipient_seen);
	policy->source = file->name;
}

static void bind_cached(
	const struct binding *to, const struct cached_policy *cached, bool recipient_seen)
{
	struct bound_policy *policy = cached ? add(to, POLICY_STS, cached->domain) : NULL;

	if (!policy)
		return;
	set_mode(policy, cached->policy.mode, to->now >= cached->expires);
	set_sts(to, policy, &cached->policy, recipient_seen);
	policy->source = cached->source;
	policy->id = cached->id;
	policy->since = cached->since;
	policy->fetched = cached->fetched;
	policy->expires = cached->expires;
	policy->change = cached_policy_change(cached, to->now);
	policy->before = cached->before;
	policy->before_expires = cached->before_expires;
	policy->failures = cached->failures;
	policy->error = cached->error;
}

/* A policy of MTA-STS, even one of mode none, says more than a list; one that has expired doesn't.
 */
static bool outranks_lists(const struct bound_policy *sts)
{
	return sts && !sts->expired;
}

static void bind_entry(const struct binding *to, const struct policy_list *list,
	const struct list_entry *entry, bool recipient_seen)
{
	struct bound_policy *policy;

	if (!entry || outranks_lists(find_bound(to->evidence, POLICY_STS, entry->domain)))
		return;
	policy = add(to, POLICY_LIST, entry->domain);
	if (!policy)
		return;
	set_mode(policy, entry->mode, !policy_list_is_current(list, to->now));
	policy->source = policy_list_name(list);
	if (policy_list_expires(list) != INT64_MAX)
		policy->expires = policy_list_expires(list);
	policy->patterns = entry->mx;
	policy->pattern_count = entry->mx_count;
	policy->certificate_matches = to->evidence->host_matches;
	policy->recipient_seen = recipient_seen;
	if (mx_is_known(to->evidence))
		policy->mx_matches =
			mx_answer(to->evidence, policy_list_matches(list, entry, to->evidence->mx));
}

/* Of one domain. Policies that the operator has put there come before those that were fetched. */
static void bind_domain(const struct binding *to, const char *domain, bool recipient_seen)
{
	const struct evidence_store *store = to->store;

	if (store->files->policies)
		bind_file(to, policy_files_get(store->files->policies, domain), recipient_seen);
	if (store->cache)
		bind_cached(to, policy_cache_get(store->cache, domain), recipient_seen);
	for (size_t i = 0; i < store->files->list_count; i++)
		bind_entry(to, store->files->lists[i], policy_list_get(store->files->lists[i], domain),
			recipient_seen);
}

/* Those whose mx patterns the server's name matches. */
static void bind_matching(const struct binding *to)
{
	const struct evidence_store *store = to->store;
	const struct policy_file *files[CANDIDATES_MAX];
	const struct cached_policy *cached[CANDIDATES_MAX];
	const struct list_entry *entries[CANDIDATES_MAX];
	const char *mx = to->evidence->mx;
	size_t n;

	n = store->files->policies ? policy_files_matching(store->files->policies, mx, files, CANDIDATES_MAX) : 0;
	for (size_t i = 0; i < n && i < CANDIDATES_MAX; i++)
		bind_file(to, files[i], false);
	n = store->cache ? policy_cache_matching(store->cache, mx, cached, CANDIDATES_MAX) : 0;
	for (size_t i = 0; i < n && i < CANDIDATES_MAX; i++)
		bind_cached(to, cached[i], false);
	for (size_t i = 0; i < store->files->list_count; i++) {
		n = policy_list_matching(store->files->lists[i], mx, entries, CANDIDATES_MAX);
		for (size_t j = 0; j < n; j++)
			bind_entry(to, store->files->lists[i], entries[j], false);
	}
}

/* A recipient's domain has a policy in the folder, but it can't be read. */
static void note_invalid(const struct binding *to, const char *domain)
{
	struct evidence *evidence = to->evidence;

	if (!to->store->files->policies || evidence->invalid_domain)
		return;
	evidence->invalid_why = policy_files_broken(to->store->files->policies, domain);
	if (evidence->invalid_why)
		evidence->invalid_domain = domain;
}

/* TLSA records of one MX host, out of a file or of our own look-ups. */
struct tlsa {
	const char *host;
	const struct dane_records *records;
	char *const *texts;
	size_t text_count;
};

/*
 * With the host's name; and where nothing but that is amiss, with the names of the domains whose
 * mail the host takes. Whether their MX records were secure can't be seen; the doubt is the
 * server's.
 */
static enum dane_match check_chain(const struct binding *to, const struct tlsa *tlsa,
	const struct candidates *candidates, struct text *why)
{
	const struct cert_chain *chain = to->record->tls.chain;
	struct evidence_store *store = to->store;
	enum dane_match match;

	if (!store->dane)
		store->dane = dane_new();
	match = dane_check(store->dane, tlsa->records, chain, tlsa->host, NULL, to->now, why);
	for (size_t i = 0; i < candidates->n && i < DANE_DOMAINS_MAX && match == DANE_MISMATCH; i++)
		match = dane_check(store->dane, tlsa->records, chain, tlsa->host,
			candidates->domains[i], to->now, NULL);
	/* An authority's record may be about what a library did not show. */
	if (match == DANE_MISMATCH && to->record->process.alone && dane_asks_chain(tlsa->records)) {
		text_reset(why);
		text_puts(why, "only the server's own certificate was seen, and it matches none");
		return DANE_UNKNOWN;
	}
	return match;
}

static enum answer chain_matches(
	const struct binding *to, const struct tlsa *tlsa, const struct candidates *candidates)
{
	char *out = to->evidence->dane_why;
	struct text why = { 0 };
	enum dane_match match;
	size_t n;

	if (!to->record->tls.chain)
		return ANSWER_UNKNOWN;
	match = check_chain(to, tlsa, candidates, &why);
	n = why.n < sizeof(to->evidence->dane_why) ? why.n : sizeof(to->evidence->dane_why) - 1;
	memcpy(out, why.s, n);
	out[n] = '\0';
	text_free(&why);
	if (match == DANE_MATCH || match == DANE_MISMATCH)
		return mx_answer(to->evidence, match == DANE_MATCH);
	return ANSWER_UNKNOWN;
}

/* NULL: TLSA records of the host bind already. */
static struct bound_policy *add_tlsa(
	const struct binding *to, const struct tlsa *tlsa, bool expired)
{
	struct bound_policy *policy = add(to, POLICY_TLSA, tlsa->host);

	if (!policy)
		return NULL;
	set_mode(policy, POLICY_ENFORCE, expired);
	policy->patterns = tlsa->texts;
	policy->pattern_count = tlsa->text_count;
	return policy;
}

static void bind_tlsa_file(const struct binding *to, const struct candidates *candidates)
{
	const struct tlsa_host *host = tlsa_file_get(to->store->files->tlsa, to->evidence->mx);
	struct bound_policy *policy;
	struct tlsa tlsa;

	if (!host || !host->secure || !host->text_count)
		return;
	tlsa = (struct tlsa){ host->host, &host->records, host->texts, host->text_count };
	policy = add_tlsa(to, &tlsa, false);
	if (!policy)
		return;
	policy->source = to->store->files->tlsa_name;
	policy->certificate_matches = chain_matches(to, &tlsa, candidates);
	/* All mail of the session is for this host, if the name is no guess. */
	policy->recipient_seen = to->record->smtp.cleartext_mail && !to->evidence->mx_ambiguous;
}

/*
 * Whether the mail of the session is for the host. That an address has its name, by our own
 * look-up, does not say that the client meant this name: a recipient does.
 */
static bool is_for_host(const struct binding *to)
{
	const struct smtp_strings *recipients = &to->record->smtp.recipient_domains;

	if (!to->record->smtp.cleartext_mail || to->evidence->mx_ambiguous)
		return false;
	if (to->evidence->mx_source != MX_DNS_RESOLVED)
		return true;
	for (const char *domain = smtp_strings_next(recipients, NULL); domain;
		domain = smtp_strings_next(recipients, domain))
		if (resolved_serves(to->store, to->record, domain) == ANSWER_YES)
			return true;
	return false;
}

static void bind_known_tlsa(const struct binding *to, const struct candidates *candidates)
{
	const struct known_tlsa *host =
		tlsa_known_get(to->store->tlsa_known, to->evidence->mx, to->now);
	struct bound_policy *policy;
	struct tlsa tlsa;

	if (!host)
		return;
	tlsa = (struct tlsa){ host->host, &host->records, host->texts, host->text_count };
	policy = add_tlsa(to, &tlsa, to->now > host->until);
	if (!policy)
		return;
	policy->source = "dns";
	policy->since = host->since;
	policy->fetched = host->answered;
	policy->expires = host->until;
	policy->recipient_seen = is_for_host(to);
	policy->failures = host->failures;
	policy->error = host->error;
	if (host->failures)
		policy->change = POLICY_HIDDEN;
	if (!policy->expired)
		policy->certificate_matches = chain_matches(to, &tlsa, candidates);
	/* The key of today is no proof against that of a while ago. */
	if (policy->certificate_matches == ANSWER_NO && resolved_late(to->store, to->record))
		policy->certificate_matches = ANSWER_UNKNOWN;
}

/*
 * RFC 7672 2.2: secure TLSA records bind whoever delivers to the host, for whichever domain; even
 * where all are unusable TLS is due. What the operator says about a host comes first.
 */
static void bind_tlsa(const struct binding *to, const struct candidates *candidates)
{
	if (!mx_is_known(to->evidence))
		return;
	if (to->store->files->tlsa)
		bind_tlsa_file(to, candidates);
	if (to->store->tlsa_known)
		bind_known_tlsa(to, candidates);
}

/*
 * TLSA records first: they outrank the others (RFC 8461 2). Then the policies of the recipients
 * that were seen. Where none was (the mail went under TLS, or there was none), those of every
 * domain that the server may have been chosen for: what map and DNS say, and whose mx patterns its
 * name matches.
 */
void bind_policies(struct evidence_store *store, const struct record *record,
	const struct candidates *candidates, struct evidence *evidence)
{
	const struct smtp_strings *recipients = &record->smtp.recipient_domains;
	const struct binding to = { store, record, evidence, record->flow.first / 1000000000 };

	bind_tlsa(&to, candidates);
	for (const char *domain = smtp_strings_next(recipients, NULL); domain;
		domain = smtp_strings_next(recipients, domain)) {
		bind_domain(&to, domain, true);
		note_invalid(&to, domain);
	}
	if (recipients->n)
		return;
	for (size_t i = 0; i < candidates->n; i++)
		bind_domain(&to, candidates->domains[i], false);
	if (mx_is_known(evidence))
		bind_matching(&to);
}
