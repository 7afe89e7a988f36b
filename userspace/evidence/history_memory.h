/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the history is made of: memories in bounded tables, which stand in front of the store's
 * tables if there is a store. A memory is loaded when it is first asked for, and written with all
 * others that have changed by history_flush(). Private to history*.c.
 *
 * Everything fades: a habit's weight is halved every half-life, each session adds one, and what
 * weighs less than MEMORY_FORGOTTEN is no habit any more. So a server that was met once is forgotten
 * after five half-lives, one that was met daily for months after ten or so.
 */
#ifndef EVIDENCE_HISTORY_MEMORY_H
#define EVIDENCE_HISTORY_MEMORY_H

#include "base/addr.h"
#include "base/domain.h"
#include "base/list.h"
#include "evidence/history.h"

#define MEMORY_FORGOTTEN (1.0 / 32)

/* Bytes of a host's name that are kept, with the NUL. */
#define MEMORY_NAME 64

enum memory_kind { MEMORY_SERVER, MEMORY_CLIENT, MEMORY_KEY, MEMORY_DOMAIN, MEMORY_KINDS };

/* Something that happens again and again; times in ns since 1970. count 0: never. */
struct habit {
	int64_t first, last;
	double weight; /* at last */
	uint32_t count;
};

/* What every memory begins with. */
struct memory {
	struct history *history;
	struct list changed; /* in history->changed; alone: the store has it */
	struct habit seen;   /* sessions that taught it something */
	uint8_t kind;        /* enum memory_kind */
};

/* One server: an address and a port, and one name by which it greets ("": none, or masked). */
struct server_memory {
	struct memory memory;
	struct endpoint server;
	char name[MEMORY_NAME];
	struct habit offered;
	uint32_t missed; /* consecutive, since offered.last */
	bool mixed;      /* it offered again after misses */
	uint8_t ttl;     /* of its packets, the usual one; 0: not known */
	uint8_t ttl_votes;
	uint8_t family;          /* enum smtp_family of its greeting */
	uint16_t tls_min, tls_max; /* versions it has chosen; 0: none yet */
	int64_t leaf_time;       /* 0: none was shown */
	int64_t leaf_not_after;  /* s */
	uint8_t leaf_key[32];
	char leaf_issuer[128];
};

/* One client (address, or HELO name) with one server. */
struct client_memory {
	struct memory memory;
	struct endpoint server;
	struct addr client;     /* length 0: it is known by its name */
	char name[MEMORY_NAME]; /* "": by its address */
	struct habit tls;
	int64_t offered_last;
	int64_t failure_last;
	char failure_session[17];
	bool failure_tampered; /* with traces of a third party */
};

/* One key: the unrelated owners of MX names that showed it, each with where and in which leaf. */
#define KEY_OWNERS_MAX 4
struct key_memory {
	struct memory memory;
	uint8_t key[32];
	struct key_owner {
		char name[MEMORY_NAME];
		struct addr addr;
		uint8_t leaf[32]; /* SHA-256 */
	} owner[KEY_OWNERS_MAX];
	uint8_t n;
};

/* One recipient domain. */
struct domain_memory {
	struct memory memory;
	char domain[DOMAIN_TEXT];
	uint32_t clear, tls; /* sessions */
};

/* The names by which one address greets, most recent last. A pool behind one has a handful. */
#define ADDRESS_NAMES_MAX 8
struct address_memory {
	char name[ADDRESS_NAMES_MAX][MEMORY_NAME];
	uint8_t n;
};

/* Room for any. */
union any_memory {
	struct memory memory;
	struct server_memory server;
	struct client_memory client;
	struct key_memory key;
	struct domain_memory domain;
};

struct history {
	struct store *store; /* NULL: all is forgotten with the program */
	struct table *memories[MEMORY_KINDS];
	struct table *addresses;
	struct list changed; /* of struct memory */
	size_t changes;      /* on the list */
	size_t flush_at;     /* so many that they are written without being asked */
	int64_t half_life;   /* ns */
	int64_t newest;      /* of the sessions that taught something */
	int64_t data_version; /* of the store, when nothing in memory was older */
};

/* True if it happened before @now, and often or recently enough to be held against anybody. */
bool habit_holds(const struct history *history, const struct habit *habit, int64_t now);

/* When it last happened as far as is known at @now. */
int64_t habit_last(const struct habit *habit, int64_t now);

void habit_add(const struct history *history, struct habit *habit, int64_t when);

/* When @memory is forgotten, in seconds since 1970. */
int64_t memory_fades(const struct history *history, const struct memory *memory);

/*
 * The memory of something; NULL if there is none, or (@make) a new one. Stays until the next call of
 * one of these with @make for as many others as a table holds.
 */
struct server_memory *memory_server(struct history *history, const struct endpoint *server,
	const char *name, int64_t now, bool make);
struct client_memory *memory_client(struct history *history, const struct endpoint *server,
	const struct addr *client, int64_t now, bool make);
struct client_memory *memory_namesake(struct history *history, const struct endpoint *server,
	const char *name, int64_t now, bool make);
struct key_memory *memory_key(
	struct history *history, const uint8_t key[32], int64_t now, bool make);
struct domain_memory *memory_domain(
	struct history *history, const char *domain, int64_t now, bool make);
struct address_memory *memory_address(struct history *history, const struct endpoint *server);

/* A session that began at @when taught it something: it is to be written. */
void memory_taught(struct memory *memory, int64_t when);

/* @from, cut to the room at @to, which is zero behind it. */
void memory_text(char *to, size_t size, const char *from);

#endif
