// SPDX-License-Identifier: BSD-2-Clause
/* Which names of a session are worth a look-up. */
#include "base/domain.h"
#include "evidence/mx_seen.h"
#include "evidence/stores.h"

/* Mail that people hand in (RFC 6409, 8314): no policy of the recipients' speaks of it. */
static bool is_submission(const struct record *record)
{
	uint16_t port = record->flow.endpoint[SERVER].port;

	return port == 465 || port == 587 || record->smtp.auth_in_clear;
}

static void want(struct evidence_store *store, enum wanted kind, const char *name, uint64_t *number)
{
	uint64_t wanted = store->want(store->want_context, kind, name);

	if (wanted > *number)
		*number = wanted;
}

static void want_recipients(
	struct evidence_store *store, const struct record *record, uint64_t *number)
{
	const struct smtp_strings *recipients = &record->smtp.recipient_domains;
	char name[DOMAIN_TEXT];

	for (const char *domain = smtp_strings_next(recipients, NULL); domain;
		domain = smtp_strings_next(recipients, domain))
		if (strchr(domain, '.') && domain_normalise(bytes_str(domain), name))
			want(store, WANTED_DOMAIN, name, number);
}

/* What the wire told of the server: its MX names, the domains that it takes mail for. */
static void want_seen(struct evidence_store *store, const struct record *record, uint64_t *number)
{
	const struct addr *server = &record->flow.endpoint[SERVER].addr;
	const char *names[CANDIDATES_MAX];
	size_t n;

	if (!record->smtp.recipient_domains.n) {
		n = mx_seen_domains(store->seen, server, record->flow.first, names, CANDIDATES_MAX);
		for (size_t i = 0; i < n; i++)
			want(store, WANTED_DOMAIN, names[i], number);
	}
	n = mx_seen_hosts(store->seen, server, record->flow.first, names, CANDIDATES_MAX);
	for (size_t i = 0; i < n; i++)
		want(store, WANTED_HOST, names[i], number);
}

uint64_t evidence_want(struct evidence_store *store, const struct record *record)
{
	const char *sni = record->tls.server_name;
	char name[DOMAIN_TEXT];
	uint64_t number = 0;

	if (!store->want || is_submission(record) || record->action == ACTION_NOT_SMTP)
		return 0;
	want_recipients(store, record, &number);
	want_seen(store, record, &number);
	if (sni && strchr(sni, '.') && domain_normalise(bytes_str(sni), name))
		want(store, WANTED_HOST, name, &number);
	return number;
}
