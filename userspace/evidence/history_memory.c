// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/history_memory.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/table.h"
#include "evidence/history_rows.h"

/* Bounds: some 100 MiB in all when every table is full, which takes a very large relay. */
#define SERVERS_MAX 100000
#define CLIENTS_MAX 200000
#define KEYS_MAX    50000
#define DOMAINS_MAX 50000

/* So many changes are written in some tens of milliseconds, and lost at most by kill -9. */
#define CHANGES_MAX 2000

#define SECOND    INT64_C(1000000000)
#define DAY       (86400 * SECOND)
#define HALF_LIFE (30 * DAY)

static const struct kind {
	size_t size, max;
} kinds[MEMORY_KINDS] = {
	[MEMORY_SERVER] = { sizeof(struct server_memory), SERVERS_MAX },
	[MEMORY_CLIENT] = { sizeof(struct client_memory), CLIENTS_MAX },
	[MEMORY_KEY] = { sizeof(struct key_memory), KEYS_MAX },
	[MEMORY_DOMAIN] = { sizeof(struct domain_memory), DOMAINS_MAX },
};

void memory_text(char *to, size_t size, const char *from)
{
	size_t n = strlen(from);

	if (n >= size)
		n = size - 1;
	memset(to, 0, size);
	memcpy(to, from, n);
}

static double weight_at(const struct history *history, const struct habit *habit, int64_t now)
{
	/* Sessions end in another order than they begin. */
	if (now <= habit->last)
		return habit->weight;
	return habit->weight * exp2(-(double)(now - habit->last) / (double)history->half_life);
}

bool habit_holds(const struct history *history, const struct habit *habit, int64_t now)
{
	return habit->count && habit->first <= now &&
	       weight_at(history, habit, now) >= MEMORY_FORGOTTEN;
}

int64_t habit_last(const struct habit *habit, int64_t now)
{
	return habit->last <= now ? habit->last : habit->first;
}

void habit_add(const struct history *history, struct habit *habit, int64_t when)
{
	habit->weight = weight_at(history, habit, when) + 1;
	if (!habit->count || when < habit->first)
		habit->first = when;
	if (!habit->count || when > habit->last)
		habit->last = when;
	habit->count += habit->count < UINT32_MAX;
}

int64_t memory_fades(const struct history *history, const struct memory *memory)
{
	const struct habit *seen = &memory->seen;
	double lives = seen->weight > MEMORY_FORGOTTEN ? log2(seen->weight / MEMORY_FORGOTTEN) : 0;

	return seen->last / SECOND + (int64_t)(lives * (double)(history->half_life / SECOND));
}

/*
 * A capture whose clock was wrong must not leave memories that never fade. This and what has faded
 * are the only questions here for the time of day.
 */
static bool is_to_come(const struct memory *memory)
{
	return memory->seen.last / SECOND > (int64_t)time(NULL) + DAY / SECOND;
}

static bool save(const struct memory *memory)
{
	return is_to_come(memory) || history_rows_save(memory->history->store, memory);
}

static void unlist(struct memory *memory)
{
	if (!list_is_empty(&memory->changed))
		memory->history->changes--;
	list_remove(&memory->changed);
}

/* Makes room for another one; what the store has not got yet goes there first. */
static void drop_memory(void *value)
{
	struct memory *memory = value;

	if (memory->history->store && !list_is_empty(&memory->changed))
		save(memory);
	unlist(memory);
}

static void make_tables(struct history *history)
{
	for (int kind = 0; kind < MEMORY_KINDS; kind++)
		history->memories[kind] = table_new(kinds[kind].max, kinds[kind].size, drop_memory);
	history->addresses = table_new(SERVERS_MAX, sizeof(struct address_memory), NULL);
}

static void free_tables(struct history *history)
{
	for (int kind = 0; kind < MEMORY_KINDS; kind++)
		table_free(history->memories[kind]);
	table_free(history->addresses);
}

struct history *history_new(struct store *store)
{
	struct history *history = mem_alloc(sizeof(*history));

	history->store = store;
	history->half_life = HALF_LIFE;
	history->flush_at = CHANGES_MAX;
	history->data_version = store ? store_data_version(store) : 0;
	list_init(&history->changed);
	make_tables(history);
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	history_flush(history);
	/* What could not be written now can't be one by one either. */
	history->store = NULL;
	free_tables(history);
	free(history);
}

void history_set_half_life(struct history *history, int64_t seconds)
{
	history->half_life = seconds * SECOND;
}

/* The later of two, with the counts of the one that has more: both began with what was there. */
static void merge_habit(struct habit *mine, const struct habit *theirs)
{
	if (!theirs->count)
		return;
	if (!mine->count || theirs->first < mine->first)
		mine->first = theirs->first;
	if (theirs->last > mine->last) {
		mine->last = theirs->last;
		mine->weight = theirs->weight;
	}
	if (theirs->count > mine->count)
		mine->count = theirs->count;
}

static void merge_server(struct server_memory *mine, const struct server_memory *theirs)
{
	if (theirs->memory.seen.last > mine->memory.seen.last)
		mine->missed = theirs->missed;
	merge_habit(&mine->offered, &theirs->offered);
	mine->mixed |= theirs->mixed;
	if (theirs->tls_min && (!mine->tls_min || theirs->tls_min < mine->tls_min))
		mine->tls_min = theirs->tls_min;
	if (theirs->tls_max > mine->tls_max)
		mine->tls_max = theirs->tls_max;
	if (theirs->leaf_time <= mine->leaf_time)
		return;
	mine->leaf_time = theirs->leaf_time;
	mine->leaf_not_after = theirs->leaf_not_after;
	memcpy(mine->leaf_key, theirs->leaf_key, sizeof(mine->leaf_key));
	memcpy(mine->leaf_issuer, theirs->leaf_issuer, sizeof(mine->leaf_issuer));
}

static void merge_client(struct client_memory *mine, const struct client_memory *theirs)
{
	merge_habit(&mine->tls, &theirs->tls);
	if (theirs->offered_last > mine->offered_last)
		mine->offered_last = theirs->offered_last;
	if (theirs->failure_last <= mine->failure_last || theirs->failure_last <= mine->tls.last)
		return;
	mine->failure_last = theirs->failure_last;
	mine->failure_tampered = theirs->failure_tampered;
	memcpy(mine->failure_session, theirs->failure_session, sizeof(mine->failure_session));
}

static void merge_domain(struct domain_memory *mine, const struct domain_memory *theirs)
{
	if (theirs->clear > mine->clear)
		mine->clear = theirs->clear;
	if (theirs->tls > mine->tls)
		mine->tls = theirs->tls;
}

/* Another program has written the row since it was read: nothing of either may be lost. */
static void merge(struct history *history, struct memory *memory)
{
	union any_memory theirs;

	memcpy(&theirs, memory, kinds[memory->kind].size);
	if (!history_rows_load(history->store, &theirs.memory))
		return;
	switch (memory->kind) {
	case MEMORY_SERVER:
		merge_server((struct server_memory *)memory, &theirs.server);
		break;
	case MEMORY_CLIENT:
		merge_client((struct client_memory *)memory, &theirs.client);
		break;
	case MEMORY_DOMAIN:
		merge_domain((struct domain_memory *)memory, &theirs.domain);
		break;
	default:
		/* A row for each owner of a key: those of others stay. */
		break;
	}
	merge_habit(&memory->seen, &theirs.memory.seen);
}

/*
 * What has faded at the time of the newest session: whoever reads old captures, one after the
 * other, has use for what they taught.
 */
static bool prune(struct history *history)
{
	int64_t today = (int64_t)time(NULL), newest = history->newest / SECOND;

	return history_rows_prune(history->store, newest < today ? newest : today);
}

static bool write_changes(struct history *history, bool by_others)
{
	for (struct list *at = history->changed.next; at != &history->changed; at = at->next) {
		struct memory *memory = list_entry(at, struct memory, changed);

		if (by_others)
			merge(history, memory);
		if (!save(memory))
			return false;
	}
	return prune(history);
}

bool history_flush(struct history *history)
{
	int64_t version;

	if (!history->store || !history->changes)
		return true;
	/* A store that can't be written is tried again only when as much again has come. */
	history->flush_at = history->changes + CHANGES_MAX;
	if (!store_begin(history->store))
		return false;
	version = store_data_version(history->store);
	if (!write_changes(history, version != history->data_version)) {
		store_rollback(history->store);
		return false;
	}
	if (!store_commit(history->store))
		return false;
	while (!list_is_empty(&history->changed))
		unlist(list_entry(history->changed.next, struct memory, changed));
	history->flush_at = CHANGES_MAX;
	/* What is in memory may be older than what others have written: it is loaded again. */
	if (version != history->data_version) {
		free_tables(history);
		make_tables(history);
	}
	history->data_version = version;
	return true;
}

void memory_taught(struct memory *memory, int64_t when)
{
	struct history *history = memory->history;

	habit_add(history, &memory->seen, when);
	if (when > history->newest)
		history->newest = when;
	if (!history->store || !list_is_empty(&memory->changed))
		return;
	list_append(&history->changed, &memory->changed);
	history->changes++;
}

/* @fresh becomes the contents of @memory, which is in a table. */
static void set_memory(struct history *history, struct memory *memory, enum memory_kind kind,
	const struct memory *fresh)
{
	memcpy(memory, fresh, kinds[kind].size);
	memory->history = history;
	memory->kind = (uint8_t)kind;
	list_init(&memory->changed);
}

/* From the store into the table. NULL: it is not there either. */
static struct memory *load(struct history *history, enum memory_kind kind, struct bytes key,
	const struct memory *fresh)
{
	struct memory *memory;
	union any_memory loaded;

	memcpy(&loaded, fresh, kinds[kind].size);
	loaded.memory.kind = (uint8_t)kind;
	if (!history_rows_load(history->store, &loaded.memory))
		return NULL;
	memory = table_put(history->memories[kind], key, NULL);
	set_memory(history, memory, kind, &loaded.memory);
	return memory;
}

/*
 * The memory by @key, from the table or the store; @fresh is what it would be if it were new, and
 * what it becomes where it has faded.
 */
static void *recall(struct history *history, enum memory_kind kind, struct bytes key,
	const struct memory *fresh, int64_t now, bool make)
{
	struct memory *memory = table_get(history->memories[kind], key);

	if (!memory && history->store)
		memory = load(history, kind, key, fresh);
	if (memory && weight_at(history, &memory->seen, now) >= MEMORY_FORGOTTEN)
		return memory;
	if (!make)
		return NULL;
	if (memory)
		unlist(memory);
	else
		memory = table_put(history->memories[kind], key, NULL);
	set_memory(history, memory, kind, fresh);
	return memory;
}

/* Keys of the tables: an address, a port, and a name or another address. */
struct key {
	uint8_t bytes[sizeof(struct addr) + sizeof(uint16_t) + MEMORY_NAME];
	size_t n;
};

static void key_add(struct key *key, const void *p, size_t n)
{
	memcpy(key->bytes + key->n, p, n);
	key->n += n;
}

static struct bytes key_server(struct key *key, const struct endpoint *server)
{
	key->n = 0;
	key_add(key, &server->addr, sizeof(server->addr));
	key_add(key, &server->port, sizeof(server->port));
	return bytes_of(key->bytes, key->n);
}

static struct bytes key_name(struct key *key, const struct endpoint *server, const char *name)
{
	key_server(key, server);
	key_add(key, name, strnlen(name, MEMORY_NAME));
	return bytes_of(key->bytes, key->n);
}

struct server_memory *memory_server(struct history *history, const struct endpoint *server,
	const char *name, int64_t now, bool make)
{
	struct server_memory fresh = { .server = *server };
	struct key key;

	memory_text(fresh.name, sizeof(fresh.name), name);
	return recall(history, MEMORY_SERVER, key_name(&key, server, fresh.name), &fresh.memory,
		now, make);
}

struct client_memory *memory_client(struct history *history, const struct endpoint *server,
	const struct addr *client, int64_t now, bool make)
{
	struct client_memory fresh = { .server = *server, .client = *client };
	struct key key;

	key_server(&key, server);
	key_add(&key, client, sizeof(*client));
	return recall(history, MEMORY_CLIENT, bytes_of(key.bytes, key.n), &fresh.memory, now, make);
}

struct client_memory *memory_namesake(struct history *history, const struct endpoint *server,
	const char *name, int64_t now, bool make)
{
	struct client_memory fresh = { .server = *server };
	struct key key;

	memory_text(fresh.name, sizeof(fresh.name), name);
	return recall(history, MEMORY_CLIENT, key_name(&key, server, fresh.name), &fresh.memory,
		now, make);
}

struct key_memory *memory_key(
	struct history *history, const uint8_t key[32], int64_t now, bool make)
{
	struct key_memory fresh = { .n = 0 };

	memcpy(fresh.key, key, sizeof(fresh.key));
	return recall(history, MEMORY_KEY, bytes_of(fresh.key, sizeof(fresh.key)), &fresh.memory,
		now, make);
}

struct domain_memory *memory_domain(
	struct history *history, const char *domain, int64_t now, bool make)
{
	struct domain_memory fresh = { .clear = 0 };

	memory_text(fresh.domain, sizeof(fresh.domain), domain);
	return recall(history, MEMORY_DOMAIN, bytes_str(fresh.domain), &fresh.memory, now, make);
}

struct address_memory *memory_address(struct history *history, const struct endpoint *server)
{
	struct key key;
	bool made;
	struct address_memory *address =
		table_put(history->addresses, key_server(&key, server), &made);

	if (made && history->store)
		history_rows_names(history->store, server, address);
	return address;
}
