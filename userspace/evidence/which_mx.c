// SPDX-License-Identifier: BSD-2-Clause
/* Which mail server is this, and whose? */
#include "base/domain.h"
#include "base/text.h"
#include "evidence/mx_map.h"
#include "evidence/mx_seen.h"
#include "evidence/stores.h"

#define PORT_SMTP 25

static const struct addr *server_of(const struct record *record)
{
	return &record->flow.endpoint[SERVER].addr;
}

static void copy_name(char out[256], const char *name)
{
	size_t n = strnlen(name, 255);

	memcpy(out, name, n);
	out[n] = '\0';
}

/*
 * One of the names that an address has: that by which the server greets, if it is among them. Else
 * the first, and it is a guess where there are more.
 */
static const char *choose(
	const struct record *record, const char *const *names, size_t n, struct evidence *evidence)
{
	const char *greeting = record->smtp.greeting_host;

	for (size_t i = 0; greeting && i < n; i++)
		if (text_is(bytes_str(greeting), names[i]))
			return names[i];
	evidence->mx_ambiguous = n > 1;
	return names[0];
}

static bool name_by_sni(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	const char *sni = record->tls.server_name;

	(void)store;
	return sni && domain_normalise(bytes_str(sni), evidence->mx);
}

static bool name_by_dns(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	const char *names[CANDIDATES_MAX];
	size_t n = mx_seen_hosts(
		store->seen, server_of(record), record->flow.first, names, CANDIDATES_MAX);

	if (n)
		copy_name(evidence->mx, choose(record, names, n, evidence));
	return n > 0;
}

static bool name_by_look_up(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	const char *names[CANDIDATES_MAX];
	size_t n = 0;

	if (store->resolved)
		n = mx_seen_hosts(store->resolved, server_of(record), record->flow.first, names,
			CANDIDATES_MAX);
	if (!n)
		return false;
	copy_name(evidence->mx, choose(record, names, n, evidence));
	evidence->mx_ambiguous |= resolved_late(store, record);
	return true;
}

static bool name_by_map(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	const struct mx_entry *entries[CANDIDATES_MAX];
	const char *names[CANDIDATES_MAX];
	size_t n = store->files->map ? mx_map_find(store->files->map, server_of(record), entries, CANDIDATES_MAX)
			      : 0;

	if (n > CANDIDATES_MAX)
		n = CANDIDATES_MAX;
	for (size_t i = 0; i < n; i++)
		names[i] = entries[i]->mx;
	if (n)
		copy_name(evidence->mx, choose(record, names, n, evidence));
	return n > 0;
}

static bool name_by_greeting(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	const char *greeting = record->smtp.greeting_host;

	(void)store;
	return greeting && strchr(greeting, '.') &&
	       domain_normalise(bytes_str(greeting), evidence->mx);
}

static void add_candidate(struct candidates *candidates, const char *domain)
{
	for (size_t i = 0; i < candidates->n; i++)
		if (strcmp(candidates->domains[i], domain) == 0)
			return;
	if (candidates->n < CANDIDATES_MAX)
		candidates->domains[candidates->n++] = domain;
}

static void add_seen(
	struct mx_seen *seen, const struct record *record, struct candidates *candidates)
{
	const char *domains[CANDIDATES_MAX];
	size_t n = mx_seen_domains(
		seen, server_of(record), record->flow.first, domains, CANDIDATES_MAX);

	for (size_t i = 0; i < n; i++)
		add_candidate(candidates, domains[i]);
}

/* The map's domains are those of the name that was chosen. */
static void find_candidates(struct evidence_store *store, const struct record *record,
	struct evidence *evidence, struct candidates *candidates)
{
	const struct mx_entry *entries[CANDIDATES_MAX], *entry = NULL;
	size_t n;

	add_seen(store->seen, record, candidates);
	if (store->resolved)
		add_seen(store->resolved, record, candidates);
	n = store->files->map ? mx_map_find(store->files->map, server_of(record), entries, CANDIDATES_MAX) : 0;
	evidence->mx_in_map = n > 0;
	for (size_t i = 0; i < n && i < CANDIDATES_MAX; i++)
		if (!entry || strcmp(entries[i]->mx, evidence->mx) == 0)
			entry = entries[i];
	for (size_t i = 0; entry && i < entry->domain_count; i++)
		add_candidate(candidates, entry->domains[i]);
}

void which_mx(struct evidence_store *store, const struct record *record, struct evidence *evidence,
	struct candidates *candidates)
{
	static const struct {
		enum mx_source source;
		bool (*name)(struct evidence_store *store, const struct record *record,
			struct evidence *evidence);
	} sources[] = {
		{ MX_SNI, name_by_sni },
		{ MX_DNS_SEEN, name_by_dns },
		{ MX_DNS_RESOLVED, name_by_look_up },
		{ MX_CONFIGURED, name_by_map },
		{ MX_GREETING, name_by_greeting },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		if (sources[i].name(store, record, evidence)) {
			evidence->mx_source = sources[i].source;
			break;
		}
	}
	find_candidates(store, record, evidence, candidates);
}

enum answer resolved_serves(
	struct evidence_store *store, const struct record *record, const char *domain)
{
	const struct addr nobody = { 0 };

	if (!store->resolved)
		return ANSWER_UNKNOWN;
	return mx_seen_serves(
		store->resolved, &nobody, domain, server_of(record), record->flow.first);
}

/*
 * Our own look-up was not told what the client was told: providers answer each in another way, and
 * who sends by a relay of its own goes to none of the domain's servers. It says something only of a
 * session between servers, of its time, with an address that is no known mail server's.
 */
static bool resolved_elsewhere(struct evidence_store *store, const struct record *record,
	const struct evidence *evidence, const char *domain)
{
	return evidence->mx_source <= MX_GREETING && !resolved_late(store, record) &&
	       record->flow.endpoint[SERVER].port == PORT_SMTP && !record->smtp.auth_in_clear &&
	       resolved_serves(store, record, domain) == ANSWER_NO;
}

/* DNS says what this client was told; the map, what the operator knows. */
static enum mx_source known_elsewhere(struct evidence_store *store, const struct record *record,
	const struct evidence *evidence, const char *domain)
{
	enum answer answer = mx_seen_serves(store->seen, &record->flow.endpoint[CLIENT].addr,
		domain, server_of(record), record->flow.first);

	if (answer != ANSWER_UNKNOWN)
		return answer == ANSWER_NO ? MX_DNS_SEEN : MX_UNKNOWN;
	if (store->files->map && mx_map_serves(store->files->map, domain, server_of(record)) == ANSWER_NO)
		return MX_CONFIGURED;
	if (resolved_elsewhere(store, record, evidence, domain))
		return MX_DNS_RESOLVED;
	return MX_UNKNOWN;
}

void which_mx_redirected(
	struct evidence_store *store, const struct record *record, struct evidence *evidence)
{
	const struct smtp_strings *recipients = &record->smtp.recipient_domains;

	for (const char *domain = smtp_strings_next(recipients, NULL); domain;
		domain = smtp_strings_next(recipients, domain)) {
		evidence->redirected_source = known_elsewhere(store, record, evidence, domain);
		if (evidence->redirected_source == MX_UNKNOWN)
			continue;
		copy_name(evidence->redirected_domain, domain);
		return;
	}
}
