// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/history.h"

#include "base/text.h"
#include "evidence/history_memory.h"

static const struct endpoint *server_of(const struct record *record)
{
	return &record->flow.endpoint[SERVER];
}

/* What a session is held against is what was known when it ended. */
static int64_t end_of(const struct record *record)
{
	return record->flow.last;
}

/* The client by its address, as known when the session ended. */
static struct client_memory *client_by_address(
	struct history *history, const struct record *record, bool make)
{
	return memory_client(history, server_of(record), &record->flow.endpoint[CLIENT].addr,
		end_of(record), make);
}

/* A client behind changing addresses is known by the name it gives; one that gives none is not. */
static struct client_memory *client_by_name(
	struct history *history, const struct record *record, bool make)
{
	const char *name = record->smtp.helo_name;

	if (!name || !strchr(name, '.'))
		return NULL;
	return memory_namesake(history, server_of(record), name, end_of(record), make);
}

/* The greeting's name as a key; none for a masked or missing greeting. */
static const char *greeting_name(const struct record *record)
{
	const char *host = record->smtp.greeting_host;

	return host && host[0] != '*' ? host : "";
}

/* The server's offer, as far as the whole of it was seen. */
static bool offers(const struct record *record)
{
	return record->smtp.offer == OFFER_OFFERED || record->smtp.starttls_accepted;
}

static bool offers_not(const struct record *record)
{
	return record->smtp.offer == OFFER_ABSENT || record->smtp.offer == OFFER_MANGLED ||
	       (record->smtp.offer == OFFER_NO_EHLO && record->smtp.ehlo_refused);
}

/*
 * The server under the name by which it greets. A masked greeting, or none, is perhaps the work of
 * who took the offer: then the address's other names speak for it, if they all agree. Another name
 * is another host behind the same address.
 */
static const struct server_memory *find_server(struct history *history, const struct record *record)
{
	const char *name = greeting_name(record);
	const struct server_memory *server =
		memory_server(history, server_of(record), name, end_of(record), false);
	const struct address_memory *address;

	if (server || *name)
		return server;
	address = memory_address(history, server_of(record));
	for (uint8_t i = 0; i < address->n; i++) {
		const struct server_memory *other = memory_server(
			history, server_of(record), address->name[i], end_of(record), false);

		if (other && other->offered.count && !other->missed && !other->mixed)
			server = other;
		else if (other)
			return NULL;
	}
	return server;
}

static void ask_leaf(const struct server_memory *server, const struct record *record,
	struct history_facts *facts)
{
	const struct cert *leaf = record_leaf(record);

	if (!server->leaf_time || server->leaf_time > end_of(record))
		return;
	facts->leaf_last = server->leaf_time;
	facts->leaf_not_after = server->leaf_not_after;
	memcpy(facts->leaf_issuer, server->leaf_issuer, sizeof(facts->leaf_issuer));
	if (leaf && leaf->parsed)
		facts->leaf_changed = memcmp(leaf->spki_sha256, server->leaf_key,
					      sizeof(server->leaf_key)) != 0 &&
				      strncmp(leaf->issuer, server->leaf_issuer,
					      sizeof(server->leaf_issuer) - 1) != 0;
}

static void ask_server(
	struct history *history, const struct record *record, struct history_facts *facts)
{
	const struct server_memory *server = find_server(history, record);

	if (!server || server->memory.seen.first > end_of(record))
		return;
	facts->server_first = server->memory.seen.first;
	facts->server_sessions = server->memory.seen.count;
	facts->tls_min = server->tls_min;
	facts->tls_max = server->tls_max;
	facts->server_ttl = server->ttl;
	facts->server_family = server->family;
	if (habit_holds(history, &server->offered, end_of(record))) {
		facts->offered_last = habit_last(&server->offered, end_of(record));
		facts->offered_count = server->offered.count;
	}
	facts->missed_count = server->missed;
	facts->offered_mixed = server->mixed;
	ask_leaf(server, record, facts);
}

static void ask_client_memory(struct history *history, const struct client_memory *client,
	const struct record *record, struct history_facts *facts)
{
	int64_t now = end_of(record), tls_last;

	if (!client)
		return;
	tls_last = habit_holds(history, &client->tls, now) ? habit_last(&client->tls, now) : 0;
	if (tls_last > facts->client_tls_last)
		facts->client_tls_last = tls_last;
	/* Its own failure may have been noted before it ended. */
	if (client->failure_last > facts->failure_last &&
		strcmp(client->failure_session, record->id) != 0) {
		facts->failure_last = client->failure_last;
		facts->failure_tampered = client->failure_tampered;
		memcpy(facts->failure_session, client->failure_session,
			sizeof(facts->failure_session));
	}
}

static void ask_client(
	struct history *history, const struct record *record, struct history_facts *facts)
{
	const struct client_memory *client = client_by_address(history, record, false);

	ask_client_memory(history, client, record, facts);
	/* Servers offer by address (F5), so a name alone does not say that the offer was seen. */
	facts->offered_to_client = client && client->offered_last;
	ask_client_memory(history, client_by_name(history, record, false), record, facts);
}

/*
 * C17, one key under names of unrelated owners, at unrelated addresses: what an interception box
 * does. A host that serves many customers' names shows one key at one address; a pool of hosts
 * shows one trusted certificate that covers its names. Neither is a new owner.
 */
static bool is_new_owner(
	const struct key_memory *memory, const struct record *record, const char *mx, bool trusted)
{
	const struct addr *addr = &record->flow.endpoint[SERVER].addr;
	const struct cert *leaf = record_leaf(record);
	const char *owner = domain_owner(mx);

	if (!*mx || memory->n == KEY_OWNERS_MAX)
		return false;
	for (uint8_t i = 0; i < memory->n; i++) {
		if (strncmp(memory->owner[i].name, owner, sizeof(memory->owner[i].name) - 1) == 0 ||
			addr_equal(&memory->owner[i].addr, addr))
			return false;
		if (trusted &&
			memcmp(memory->owner[i].leaf, leaf->sha256, sizeof(leaf->sha256)) == 0)
			return false;
	}
	return true;
}

static void ask_key(struct history *history, const struct record *record, const char *mx,
	bool trusted, struct history_facts *facts)
{
	const struct cert *leaf = record_leaf(record);
	const struct key_memory *memory;
	struct text names = { 0 };

	if (!leaf || !leaf->parsed)
		return;
	memory = memory_key(history, leaf->spki_sha256, end_of(record), false);
	if (!memory)
		return;
	facts->key_names = memory->n;
	for (uint8_t i = 0; i < memory->n; i++)
		text_printf(&names, "%s%s", i ? ", " : "", memory->owner[i].name);
	if (is_new_owner(memory, record, mx, trusted)) {
		facts->key_names++;
		text_printf(&names, ", %s", domain_owner(mx));
	}
	if (names.n)
		memory_text(facts->key_example, sizeof(facts->key_example), names.s);
	text_free(&names);
}

void history_ask(struct history *history, const struct record *record, const char *mx, bool trusted,
	struct history_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	ask_server(history, record, facts);
	ask_client(history, record, facts);
	ask_key(history, record, mx, trusted, facts);
}

static void learn_name(struct history *history, const struct record *record, const char *name)
{
	struct address_memory *address = memory_address(history, server_of(record));

	for (uint8_t i = 0; i < address->n; i++)
		if (strncmp(address->name[i], name, sizeof(address->name[i]) - 1) == 0)
			return;
	if (address->n == ADDRESS_NAMES_MAX) {
		memmove(address->name[0], address->name[1],
			sizeof(address->name) - sizeof(address->name[0]));
		address->n--;
	}
	memory_text(address->name[address->n++], sizeof(address->name[0]), name);
}

/* A session that is told late, after one that began later, is no miss since, and ends none. */
static void learn_offer(
	struct history *history, struct server_memory *server, const struct record *record)
{
	int64_t when = record->flow.first;
	bool late = server->memory.seen.count && when < server->memory.seen.last;

	if (offers(record)) {
		if (!late) {
			server->mixed |= server->missed > 0 && server->offered.count > 0;
			server->missed = 0;
		}
		habit_add(history, &server->offered, when);
	} else if (offers_not(record) && !late) {
		server->missed += server->missed < UINT32_MAX;
	}
}

static void learn_leaf(struct server_memory *server, const struct record *record)
{
	const struct cert *leaf = record_leaf(record);

	if (!leaf || !leaf->parsed || !record->tls.established ||
		record->flow.first < server->leaf_time)
		return;
	server->leaf_time = record->flow.first;
	server->leaf_not_after = leaf->not_after;
	memcpy(server->leaf_key, leaf->spki_sha256, sizeof(server->leaf_key));
	memory_text(server->leaf_issuer, sizeof(server->leaf_issuer), leaf->issuer);
}

/* The usual one of many: each vote for another one takes one from it. */
static void learn_ttl(struct server_memory *server, uint8_t ttl)
{
	if (!ttl)
		return;
	if (!server->ttl_votes)
		server->ttl = ttl;
	if (server->ttl == ttl)
		server->ttl_votes =
			server->ttl_votes < UINT8_MAX ? server->ttl_votes + 1 : UINT8_MAX;
	else
		server->ttl_votes--;
}

static void learn_manner(struct server_memory *server, const struct record *record)
{
	uint16_t version = record->tls.version;

	learn_ttl(server, record->flow.side[SERVER].ttl_first);
	if (record->smtp.greeting_family != FAMILY_UNKNOWN)
		server->family = record->smtp.greeting_family;
	if (!record->tls.established || !version)
		return;
	if (!server->tls_min || version < server->tls_min)
		server->tls_min = version;
	if (version > server->tls_max)
		server->tls_max = version;
}

static void learn_server(struct history *history, const struct record *record)
{
	const char *name = greeting_name(record);
	struct server_memory *server;

	if (!offers(record) && !offers_not(record) && !record_leaf(record))
		return;
	server = memory_server(history, server_of(record), name, record->flow.first, true);
	learn_offer(history, server, record);
	learn_leaf(server, record);
	learn_manner(server, record);
	memory_taught(&server->memory, record->flow.first);
	learn_name(history, record, name);
}

/* Somebody between the two had a hand in this session. */
static bool is_tampered(const struct record *record)
{
	static const enum observation_kind traces[] = { OBS_RESET_INJECTED, OBS_SEGMENT_CONFLICT,
		OBS_TLS_REPLACED_BY_TEXT, OBS_COMMAND_ECHO, OBS_COMMAND_MASKED, OBS_TTL_SHIFT };

	for (size_t i = 0; i < sizeof(traces) / sizeof(*traces); i++)
		if (observations_find(&record->observations, traces[i]))
			return true;
	return false;
}

/* Unless TLS has worked since: sessions end in another order than they fail. */
static void remember_failure(struct client_memory *client, const struct record *record)
{
	if (record->failure_time <= client->tls.last)
		return;
	client->failure_last = record->failure_time;
	client->failure_tampered = is_tampered(record);
	memcpy(client->failure_session, record->id, sizeof(client->failure_session));
}

void history_note_failure(struct history *history, const struct record *record)
{
	struct client_memory *client[] = { client_by_address(history, record, true),
		client_by_name(history, record, true) };

	for (int i = 0; i < 2 && client[i]; i++) {
		remember_failure(client[i], record);
		memory_taught(&client[i]->memory, record->failure_time);
	}
}

static void learn_client_memory(
	struct history *history, struct client_memory *client, const struct record *record)
{
	if (offers(record) && record->flow.first > client->offered_last)
		client->offered_last = record->flow.first;
	if (record->tls.established) {
		habit_add(history, &client->tls, record->flow.first);
		client->failure_last = 0;
	} else if (record->failure_time &&
		   (record->smtp.starttls_requested || record->implicit_tls)) {
		remember_failure(client, record);
	}
	memory_taught(&client->memory, record->flow.first);
}

static void learn_client(struct history *history, const struct record *record)
{
	struct client_memory *namesake;

	if (!offers(record) && !record->tls.established && !record->failure_time)
		return;
	learn_client_memory(history, client_by_address(history, record, true), record);
	namesake = client_by_name(history, record, true);
	if (namesake)
		learn_client_memory(history, namesake, record);
}

static void learn_key(
	struct history *history, const struct record *record, const char *mx, bool trusted)
{
	const struct cert *leaf = record_leaf(record);
	struct key_memory *memory;

	if (!leaf || !leaf->parsed || !*mx)
		return;
	memory = memory_key(history, leaf->spki_sha256, record->flow.first, true);
	memory_taught(&memory->memory, record->flow.first);
	if (!is_new_owner(memory, record, mx, trusted))
		return;
	memory_text(memory->owner[memory->n].name, sizeof(memory->owner[0].name), domain_owner(mx));
	memory->owner[memory->n].addr = record->flow.endpoint[SERVER].addr;
	memcpy(memory->owner[memory->n].leaf, leaf->sha256, sizeof(leaf->sha256));
	memory->n++;
}

static void learn_domain(struct history *history, const char *name, int64_t when, bool tls)
{
	struct domain_memory *domain = memory_domain(history, name, when, true);

	if (tls)
		domain->tls += domain->tls < UINT32_MAX;
	else
		domain->clear += domain->clear < UINT32_MAX;
	memory_taught(&domain->memory, when);
}

void history_learn_domain(struct history *history, const char *domain, int64_t time)
{
	learn_domain(history, domain, time, true);
}

/* Of mail that the server took: what it refused may be any name that a stranger likes. */
static void learn_recipients(struct history *history, const struct record *record)
{
	const struct smtp_strings *recipients = &record->smtp.recipient_domains;
	char domain[DOMAIN_TEXT];

	if (!record->smtp.transactions || !record->smtp.cleartext_mail)
		return;
	for (const char *name = smtp_strings_next(recipients, NULL); name;
		name = smtp_strings_next(recipients, name))
		if (domain_normalise(bytes_str(name), domain))
			learn_domain(history, domain, record->flow.first, false);
}

void history_learn(
	struct history *history, const struct record *record, const char *mx, bool trusted)
{
	learn_server(history, record);
	learn_client(history, record);
	learn_key(history, record, mx, trusted);
	learn_recipients(history, record);
	if (history->changes >= history->flush_at)
		history_flush(history);
}
