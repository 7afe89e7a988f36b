/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates that local mail programs were given by their TLS libraries, kept until the session on
 * whose connection they came ends. Under TLS 1.3 this is the only way to see them. Bounded in
 * connections, certificates of one, and bytes; what is oldest goes first. Time is the caller's.
 *
 * A chain is given only if every certificate of it came up: where the first of them was lost, the
 * next would be taken for the server's own.
 */
#ifndef SESSION_PROCESS_CERTS_H
#define SESSION_PROCESS_CERTS_H

#include "base/addr.h"
#include "dialogue/cert.h"

struct process_certs;

struct process_certs *process_certs_new(void);
void process_certs_free(struct process_certs *certs);

/* What one call of a library showed; borrowed. */
struct process_cert {
	int64_t time;       /* ns since 1970 */
	struct endpoint local, remote;
	uint32_t pid;
	const char *name;   /* of the process; hostile */
	struct bytes der;   /* empty: a verdict only, or too long */
	unsigned int index; /* among those that were shown at once, from 0: the peer's own */
	bool alone;         /* whatever came with the peer's own is not shown at this place */
	bool gnutls;        /* whose codes @result is made of; else OpenSSL's */
	bool verdict;
	int64_t result;     /* of a verdict; 0: good */
};

void process_certs_add(struct process_certs *certs, const struct process_cert *cert);

/* Of a process: 15 bytes in the kernel, each of which may become \xHH. */
#define PROCESS_NAME 64

/* Who it was, and what it was shown. */
struct process_facts {
	uint32_t pid;            /* 0: nothing is known */
	char name[PROCESS_NAME]; /* printable */
	bool chain;              /* the record's chain is what it was shown */
	bool alone;              /* and that is the server's own certificate only: the path can't be judged */
	bool verdict;            /* its library gave an opinion of the chain */
	bool gnutls;
	int64_t result;          /* 0: good */
};

/*
 * What the process at @client was shown by @server from @first to a little after @last (ns): takes it
 * out of the table, and with it what a process at @server was shown, which is a client's certificate
 * and nothing here. What came later belongs to the next connection between the two, and stays. The
 * chain is made in @cache and is the caller's reference; NULL: no certificate. *@facts is always
 * filled in.
 */
struct cert_chain *process_certs_take(struct process_certs *certs, const struct endpoint *client,
	const struct endpoint *server, int64_t first, int64_t last, struct cert_cache *cache,
	struct process_facts *facts);

#endif
