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
};

/* One key: the distinct owners of MX names that showed it without a trusted chain. */
#define KEY_OWNERS_MAX 4
struct key_memory {
	char owner[KEY_OWNERS_MAX][64];
	struct addr addr[KEY_OWNERS_MAX];
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
 * What is known of the server under the name by which it greets. A name never heard from this
 * address, or none, may be the attacker's work: then the address's other names speak for it, if
 * they all agree.
 */
static void ask_server(struct history *history, const struct record *record,
	struct history_facts *facts)
{
	struct memory_key key;
	const struct server_memory *server =
		table_get(history->servers, server_key(&key, record, greeting_name(record)));
	const struct address_memory *address =
		table_get(history->addresses, address_key(&key, record));

	for (uint8_t i = 0; !server && address && i < address->n; i++) {
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

static void ask_client_memory(const struct client_memory *client, struct history_facts *facts)
{
	if (!client)
		return;
	if (client->tls_last > facts->client_tls_last)
		facts->client_tls_last = client->tls_last;
	if (client->offered_last)
		facts->offered_to_client = true;
	if (client->failure_last > facts->failure_last) {
		facts->failure_last = client->failure_last;
		memcpy(facts->failure_session, client->failure_session,
			sizeof(facts->failure_session));
	}
}

static void ask_key(struct history *history, const struct record *record,
	struct history_facts *facts)
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
		text_printf(&names, "%s%s", i ? ", " : "", memory->owner[i]);
	if (names.n)
		memcpy(facts->key_example, names.s,
			names.n < sizeof(facts->key_example) ? names.n :
							       sizeof(facts->key_example) - 1);
	text_free(&names);
}

void history_ask(struct history *history, const struct record *record, const char *mx,
	struct history_facts *facts)
{
	struct memory_key key;

	(void)mx;
	memset(facts, 0, sizeof(*facts));
	ask_server(history, record, facts);
	ask_client_memory(table_get(history->clients, client_key(&key, record)), facts);
	if (helo_key(&key, record))
		ask_client_memory(table_get(history->clients, view(&key)), facts);
	ask_key(history, record, facts);
}

static void put_text(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memset(to, 0, size);
	memcpy(to, from, n);
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

static void learn_client_memory(struct client_memory *client, const struct record *record)
{
	if (offers(record))
		client->offered_last = record->flow.first;
	if (record->tls.established) {
		client->tls_last = record->flow.first;
		client->failure_last = 0;
	} else if (record->failure_time && (record->smtp.starttls_requested || record->implicit_tls)) {
		client->failure_last = record->failure_time;
		memcpy(client->failure_session, record->id, sizeof(client->failure_session));
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

/*
 * One key under names of unrelated owners, at unrelated addresses, without a trusted chain: what an
 * interception box does. A host that serves many customers' names shows one key at one address, or
 * has a chain that covers them.
 */
static void learn_key(struct history *history, const struct record *record, const char *mx)
{
	const struct cert *leaf = record_leaf(record);
	const struct addr *addr = &record->flow.endpoint[SERVER].addr;
	const char *owner = domain_owner(mx);
	struct key_memory *memory;

	if (!leaf || !leaf->parsed || !*mx)
		return;
	memory = table_put(history->keys, bytes_of(leaf->spki_sha256, sizeof(leaf->spki_sha256)),
		NULL);
	for (uint8_t i = 0; i < memory->n; i++)
		if (strncmp(memory->owner[i], owner, sizeof(memory->owner[i]) - 1) == 0 ||
			addr_equal(&memory->addr[i], addr))
			return;
	if (memory->n == KEY_OWNERS_MAX)
		return;
	put_text(memory->owner[memory->n], sizeof(memory->owner[0]), owner);
	memory->addr[memory->n++] = *addr;
}

void history_learn(struct history *history, const struct record *record, const char *mx,
	bool trusted)
{
	learn_server(history, record);
	learn_client(history, record);
	if (!trusted)
		learn_key(history, record, mx);
}
