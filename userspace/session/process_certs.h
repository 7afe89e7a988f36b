/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Certificates that local mail programs were given by their TLS libraries, kept until the session on
 * whose connection they came ends. Under TLS 1.3 this is the only way to see them. Bounded in
 * connections, certificates of one, and bytes; what is oldest goes first. Time is the caller's.
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
	int64_t time;      /* ns since 1970 */
	struct endpoint local, remote;
	uint32_t pid;
	const char *name;  /* of the process; hostile */
	struct bytes der;  /* empty: a verdict only, or too long */
	bool verdict;
	int64_t result;    /* of a verdict; 0: good */
};

void process_certs_add(struct process_certs *certs, const struct process_cert *cert);

/* Who it was, and what it was shown. */
struct process_facts {
	uint32_t pid;             /* 0: nothing is known */
	char name[16];            /* printable */
	bool verdict;             /* its library gave an opinion of the chain */
	int64_t result;           /* 0: good */
};

/*
 * What was shown on the connection between @a and @b from @first to @last (ns, with a little
 * tolerance): takes it out of the table. The chain is made in @cache and is the caller's reference;
 * NULL: no certificate. *@facts is always filled in.
 */
struct cert_chain *process_certs_take(struct process_certs *certs, const struct endpoint *a,
	const struct endpoint *b, int64_t first, int64_t last, struct cert_cache *cache,
	struct process_facts *facts);

#endif
