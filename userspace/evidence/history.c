// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/history.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

/* Bounds: some 100 MiB in all when every table is full, which takes a very large relay. */
#define SERVERS_MAX 100000
#define CLIENTS_MAX 200000
#define KEYS_MAX    50000

/* Host names by which one address greeted. A pool behind one address has a handful. */
#define NAMES_MAX 8

/* One server: an address and a port, and one name by which it greets. */
struct server_memory {
	int64_t offered_last;
	uint32_t offered, missed;  /* missed: consecutive, since offered_last */
	bool mixed;
	int64_t leaf_time;
	int64_t leaf_not_after;
	uint8_t leaf_key[32];
	char leaf_issuer[128];
};

/* The names of one address, most recent last. */
struct address_memory {
	char name[NAMES_MAX][64];
	uint8_t n;
};

/* One client (address or HELO name) with one server. */
struct client_memory {
	int64_t tls_last, offered_last, failure_last;
	char failure_session[17];
	bool failure_tampered; /* with traces of a third party */
};

/* One key: the unrelated owners of MX names that showed it, each with where and in which leaf. */
#define KEY_OWNERS_MAX 4
struct key_memory {
	struct {
		char name[64];
		struct addr addr;
		uint8_t leaf[32]; /* SHA-256 */
	} owner[KEY_OWNERS_MAX];
	uint8_t n;
};

struct history {
	struct table *servers, *addresses, *clients, *keys;
};

struct history *history_new(void)
{
	struct history *history = mem_alloc(sizeof(*history));

	history->servers = table_new(SERVERS_MAX, sizeof(struct server_memory), NULL);
	history->addresses = table_new(SERVERS_MAX, sizeof(struct address_memory), NULL);
	history->clients = table_new(CLIENTS_MAX, sizeof(struct client_memory), NULL);
	history->keys = table_new(KEYS_MAX, sizeof(struct key_memory), NULL);
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	table_free(history->servers);
	table_free(history->addresses);
	table_free(history->clients);
	table_free(history->keys);
	free(history);
}

/* @from, cut to the room at @to, which is zero behind it. */
static void put_text(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memset(to, 0, size);
	memcpy(to, from, n);
}

/* Keys of the tables: an address, a port, and up to 64 bytes of a name. */
struct memory_key {
	uint8_t bytes[2 * sizeof(struct endpoint) + 64];
	size_t n;
};

static void key_add(struct memory_key *key, const void *p, size_t n)
{
	memcpy(key->bytes + key->n, p, n);
	key->n += n;
}

static void key_add_server(struct memory_key *key, const struct record *record)
{
	const struct endpoint *server = &record->flow.endpoint[SERVER];

	key_add(key, &server->addr, sizeof(server->addr));
	key_add(key, &server->port, sizeof(server->port));
}

static void key_add_name(struct memory_key *key, const char *name)
{
	size_t n = name ? strlen(name) : 0;

	key_add(key, name ? name : "", n < 64 ? n : 64);
}

static struct bytes view(const struct memory_key *key)
{
	return bytes_of(key->bytes, key->n);
}

static struct bytes server_key(struct memory_key *key, const struct record *record,
	const char *greeting)
{
	key->n = 0;
	key_add_server(key, record);
	key_add_name(key, greeting);
	return view(key);
}

static struct bytes address_key(struct memory_key *key, const struct record *record)
{
	key->n = 0;
	key_add_server(key, record);
	return view(key);
}

static struct bytes client_key(struct memory_key *key, const struct record *record)
{
	key->n = 0;
	key_add_server(key, record);
	key_add(key, &record->flow.endpoint[CLIENT].addr, sizeof(struct addr));
	return view(key);
}

/* A client behind changing addresses is known by the name it gives; one that gives none is not. */
static bool helo_key(struct memory_key *key, const struct record *record)
{
	if (!record->smtp.helo_name || !strchr(record->smtp.helo_name, '.'))
		return false;
	key->n = 0;
	key_add_server(key, record);
	key_add_name(key, record->smtp.helo_name);
	return true;
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
 * What is known of the server under the name by which it greets. A masked greeting, or none, is
 * perhaps the work of who took the offer: then the address's other names speak for it, if they all
 * agree. Another name is another host behind the same address.
 */
static void ask_server(struct history *history, const struct record *record,
	struct history_facts *facts)
{
	const char *name = greeting_name(record);
	struct memory_key key;
	const struct server_memory *server =
		table_get(history->servers, server_key(&key, record, name));
	const struct address_memory *address =
		table_get(history->addresses, address_key(&key, record));

	for (uint8_t i = 0; !*name && !server && address && i < address->n; i++) {
		const struct server_memory *other = table_get(history->servers,
			server_key(&key, record, address->name[i]));

		if (other && other->offered && !other->missed && !other->mixed)
			server = other;
		else if (other)
			return;
	}
	if (!server)
		return;
	facts->offered_last = server->offered_last;
	facts->offered_count = server->offered;
	facts->missed_count = server->missed;
	facts->offered_mixed = server->mixed;
	if (!server->leaf_time)
		return;
	facts->leaf_last = server->leaf_time;
	facts->leaf_not_after = server->leaf_not_after;
	memcpy(facts->leaf_issuer, server->leaf_issuer, sizeof(facts->leaf_issuer));
	if (record_leaf(record) && record_leaf(record)->parsed)
		facts->leaf_changed =
			memcmp(record_leaf(record)->spki_sha256, server->leaf_key, 32) != 0 &&
			strncmp(record_leaf(record)->issuer, server->leaf_issuer,
				sizeof(server->leaf_issuer) - 1) != 0;
}

static void ask_client_memory(const struct client_memory *client, const struct record *record,
	struct history_facts *facts)
{
	if (!client)
		return;
	if (client->tls_last > facts->client_tls_last)
		facts->client_tls_last = client->tls_last;
	/* Its own failure may have been noted before it ended. */
	if (client->failure_last > facts->failure_last &&
		strcmp(client->failure_session, record->id) != 0) {
		facts->failure_last = client->failure_last;
		facts->failure_tampered = client->failure_tampered;
		memcpy(facts->failure_session, client->failure_session,
			sizeof(facts->failure_session));
	}
}

static void ask_client(struct history *history, const struct record *record,
	struct history_facts *facts)
{
	struct memory_key key;
	const struct client_memory *client = table_get(history->clients, client_key(&key, record));

	ask_client_memory(client, record, facts);
	/* Servers offer by address (F5), so a name alone does not say that the offer was seen. */
	facts->offered_to_client = client && client->offered_last;
	if (helo_key(&key, record))
		ask_client_memory(table_get(history->clients, view(&key)), record, facts);
}

/*
 * C17, one key under names of unrelated owners, at unrelated addresses: what an interception box does.
 * A host that serves many customers' names shows one key at one address; a pool of hosts shows one
 * trusted certificate that covers its names. Neither is a new owner.
 */
static bool is_new_owner(const struct key_memory *memory, const struct record *record,
	const char *mx, bool trusted)
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
		if (trusted && memcmp(memory->owner[i].leaf, leaf->sha256, sizeof(leaf->sha256)) == 0)
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
	memory = table_get(history->keys, bytes_of(leaf->spki_sha256, sizeof(leaf->spki_sha256)));
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
		put_text(facts->key_example, sizeof(facts->key_example), names.s);
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
	struct memory_key key;
	struct address_memory *address =
		table_put(history->addresses, address_key(&key, record), NULL);

	for (uint8_t i = 0; i < address->n; i++)
		if (strncmp(address->name[i], name, sizeof(address->name[i]) - 1) == 0)
			return;
	if (address->n == NAMES_MAX) {
		memmove(address->name[0], address->name[1],
			sizeof(address->name) - sizeof(address->name[0]));
		address->n--;
	}
	put_text(address->name[address->n++], sizeof(address->name[0]), name);
}

static void learn_server(struct history *history, const struct record *record)
{
	const struct cert *leaf = record_leaf(record);
	struct server_memory *server;
	struct memory_key key;

	if (!offers(record) && !offers_not(record) && !leaf)
		return;
	server = table_put(history->servers, server_key(&key, record, greeting_name(record)), NULL);
	if (offers(record)) {
		server->mixed |= server->missed > 0 && server->offered > 0;
		server->offered_last = record->flow.first;
		server->offered++;
		server->missed = 0;
	} else if (offers_not(record)) {
		server->missed++;
	}
	if (leaf && leaf->parsed && record->tls.established) {
		server->leaf_time = record->flow.first;
		server->leaf_not_after = leaf->not_after;
		memcpy(server->leaf_key, leaf->spki_sha256, sizeof(server->leaf_key));
		put_text(server->leaf_issuer, sizeof(server->leaf_issuer), leaf->issuer);
	}
	learn_name(history, record, greeting_name(record));
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
	if (record->failure_time <= client->tls_last)
		return;
	client->failure_last = record->failure_time;
	client->failure_tampered = is_tampered(record);
	memcpy(client->failure_session, record->id, sizeof(client->failure_session));
}

void history_note_failure(struct history *history, const struct record *record)
{
	struct memory_key key;

	remember_failure(table_put(history->clients, client_key(&key, record), NULL), record);
	if (helo_key(&key, record))
		remember_failure(table_put(history->clients, view(&key), NULL), record);
}

static void learn_client_memory(struct client_memory *client, const struct record *record)
{
	if (offers(record))
		client->offered_last = record->flow.first;
	if (record->tls.established) {
		client->tls_last = record->flow.first;
		client->failure_last = 0;
	} else if (record->failure_time && (record->smtp.starttls_requested || record->implicit_tls)) {
		remember_failure(client, record);
	}
}

static void learn_client(struct history *history, const struct record *record)
{
	struct memory_key key;

	if (!offers(record) && !record->tls.established && !record->failure_time)
		return;
	learn_client_memory(table_put(history->clients, client_key(&key, record), NULL), record);
	if (helo_key(&key, record))
		learn_client_memory(table_put(history->clients, view(&key), NULL), record);
}

static void learn_key(struct history *history, const struct record *record, const char *mx,
	bool trusted)
{
	const struct cert *leaf = record_leaf(record);
	struct key_memory *memory;

	if (!leaf || !leaf->parsed || !*mx)
		return;
	memory = table_put(history->keys, bytes_of(leaf->spki_sha256, sizeof(leaf->spki_sha256)),
		NULL);
	if (!is_new_owner(memory, record, mx, trusted))
		return;
	put_text(memory->owner[memory->n].name, sizeof(memory->owner[0].name), domain_owner(mx));
	memory->owner[memory->n].addr = record->flow.endpoint[SERVER].addr;
	memcpy(memory->owner[memory->n].leaf, leaf->sha256, sizeof(leaf->sha256));
	memory->n++;
}

void history_learn(struct history *history, const struct record *record, const char *mx,
	bool trusted)
{
	learn_server(history, record);
	learn_client(history, record);
	learn_key(history, record, mx, trusted);
}
