// SPDX-License-Identifier: BSD-2-Clause
#include "session/process_certs.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"

/* Of local processes at work at one time: more than a gateway's MTAs have (Postfix: 100 smtp(8)). */
#define CONNECTIONS_MAX 4096

/* One more than a chain has, so that a chain is known to be cut. */
#define CERTS_MAX (CERT_CHAIN_MAX + 1)

/* Honest certificates have 1 to 4 KiB. */
#define DER_MAX 16384

/* Of all that wait for their session to end: 4,000 chains of honest length. */
#define BYTES_MAX ((size_t)8 << 20)

/*
 * The last packet brings the end, but an idle session's is one of the handshake, and a library may
 * be asked for its verdict when its application comes to it.
 */
#define AFTER_LAST ((int64_t)1000000000)

/* Of one handshake, a library shows the peer's own certificate again within this. */
#define ONE_HANDSHAKE (10 * (int64_t)1000000000)

/* What was shown at once: a chain. */
struct run {
	struct bytes der[CERTS_MAX]; /* owned */
	size_t count;
	unsigned int next; /* index that is due */
	int64_t time;      /* of the first; 0: there was none */
	bool alone;
	bool broken;       /* one did not come up: the chain is not known */
	bool repeated;     /* what comes now is less than is known already */
};

struct shown {
	struct process_certs *certs;
	struct run run; /* the last */
	int64_t latest; /* time of whatever was added last */
	int64_t verdict_time; /* 0: none */
	struct process_facts facts;
};

struct process_certs {
	struct table *table; /* key → struct shown */
	size_t bytes;
};

/* The local side first: what a client and what a server was shown are two things. */
struct key {
	uint8_t block[2 * (sizeof(struct addr) + 2)];
};

static struct bytes make_key(
	struct key *key, const struct endpoint *local, const struct endpoint *remote)
{
	const struct endpoint *const side[] = { local, remote };
	size_t n = 0;

	for (int i = 0; i < 2; i++) {
		memcpy(key->block + n, &side[i]->addr, sizeof(struct addr));
		n += sizeof(struct addr);
		key->block[n++] = (uint8_t)(side[i]->port >> 8);
		key->block[n++] = (uint8_t)side[i]->port;
	}
	return bytes_of(key->block, n);
}

static void empty(struct process_certs *certs, struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		certs->bytes -= run->der[i].n;
		free((void *)(uintptr_t)run->der[i].p);
	}
	run->count = 0;
}

static void drop(void *value)
{
	struct shown *shown = value;

	empty(shown->certs, &shown->run);
}

struct process_certs *process_certs_new(void)
{
	struct process_certs *certs = mem_alloc(sizeof(*certs));

	certs->table = table_new(CONNECTIONS_MAX, sizeof(struct shown), drop);
	return certs;
}

void process_certs_free(struct process_certs *certs)
{
	if (!certs)
		return;
	table_free(certs->table);
	free(certs);
}

/* For @n more bytes of the one that was used last. */
static void make_room(struct process_certs *certs, size_t n)
{
	struct bytes key;

	while (certs->bytes + n > BYTES_MAX && table_count(certs->table) > 1) {
		table_next(certs->table, NULL, &key);
		table_remove(certs->table, key);
	}
}

static bool holds(const struct run *run, struct bytes der)
{
	for (size_t i = 0; i < run->count; i++)
		if (bytes_equal(run->der[i], der))
			return true;
	return false;
}

static void keep(struct process_certs *certs, struct run *run, struct bytes der)
{
	uint8_t *copy;

	make_room(certs, der.n);
	copy = mem_alloc(der.n);
	memcpy(copy, der.p, der.n);
	run->der[run->count++] = bytes_of(copy, der.n);
	certs->bytes += der.n;
}

/* GnuTLS shows the peer's own certificate alone, and all of them when they are verified. */
static bool is_known(const struct run *run, const struct process_cert *cert)
{
	return cert->alone && run->count && !run->broken && cert->time - run->time < ONE_HANDSHAKE &&
	       bytes_equal(run->der[0], cert->der);
}

/*
 * The last chain is the one: what precedes it was parsed before the handshake (a certificate of a
 * TLSA record, say). GnuTLS shows the first certificate twice under TLS 1.2.
 */
static void add_cert(struct shown *shown, const struct process_cert *cert)
{
	struct run *run = &shown->run;

	if (cert->index == 0) {
		run->repeated = is_known(run, cert);
		if (!run->repeated) {
			empty(shown->certs, run);
			run->time = cert->time;
			run->alone = cert->alone;
			run->broken = false;
		}
		run->next = 0;
	}
	if (run->repeated)
		return;
	if (cert->index != run->next || !cert->der.n || cert->der.n > DER_MAX)
		run->broken = true;
	run->next = cert->index + 1;
	if (run->broken) {
		empty(shown->certs, run);
		run->time = cert->time;
	} else if (run->count < CERTS_MAX && !holds(run, cert->der)) {
		keep(shown->certs, run, cert->der);
	}
}

static void note_process(struct process_facts *facts, const struct process_cert *cert)
{
	struct text name = { .s = facts->name, .room = sizeof(facts->name) };
	size_t n = cert->name ? strnlen(cert->name, (PROCESS_NAME - 1) / 4) : 0;

	text_printable(&name, bytes_of(cert->name, n), n);
	facts->pid = cert->pid;
}

void process_certs_add(struct process_certs *certs, const struct process_cert *cert)
{
	struct key key;
	struct shown *shown =
		table_put(certs->table, make_key(&key, &cert->local, &cert->remote), NULL);

	shown->certs = certs;
	shown->latest = cert->time;
	note_process(&shown->facts, cert);
	if (cert->verdict) {
		shown->verdict_time = cert->time;
		shown->facts.result = cert->result;
		shown->facts.gnutls = cert->gnutls;
	} else {
		add_cert(shown, cert);
	}
}

/* Out of the table, but for what is of a later connection. */
static void settle(struct process_certs *certs, struct bytes key, int64_t until)
{
	const struct shown *shown = table_get(certs->table, key);

	if (shown && shown->latest <= until)
		table_remove(certs->table, key);
}

static struct cert_chain *take(const struct shown *shown, int64_t first, int64_t until,
	struct cert_cache *cache, struct process_facts *facts)
{
	const struct run *run = &shown->run;
	bool run_fits = run->time && run->time >= first && run->time <= until;

	facts->verdict = shown->verdict_time >= first && shown->verdict_time <= until &&
			 shown->verdict_time;
	if (!run_fits && !facts->verdict)
		return NULL;
	facts->pid = shown->facts.pid;
	memcpy(facts->name, shown->facts.name, sizeof(facts->name));
	if (facts->verdict) {
		facts->gnutls = shown->facts.gnutls;
		facts->result = shown->facts.result;
	}
	if (!run_fits || !run->count)
		return NULL;
	facts->chain = true;
	/* Where others were shown beside it, it was not alone after all. */
	facts->alone = run->alone && run->count == 1;
	return cert_chain_get(cache, run->der, run->count);
}

struct cert_chain *process_certs_take(struct process_certs *certs, const struct endpoint *client,
	const struct endpoint *server, int64_t first, int64_t last, struct cert_cache *cache,
	struct process_facts *facts)
{
	struct cert_chain *chain = NULL;
	const struct shown *shown;
	int64_t until = last + AFTER_LAST;
	struct key key, reverse;
	struct bytes name = make_key(&key, client, server);

	*facts = (struct process_facts){ 0 };
	shown = table_get(certs->table, name);
	if (shown)
		chain = take(shown, first, until, cache, facts);
	settle(certs, name, until);
	settle(certs, make_key(&reverse, server, client), until);
	return chain;
}
