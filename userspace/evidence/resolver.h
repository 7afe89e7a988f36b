/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS look-ups by c-ares, asynchronous, many at once. Answers are cached by their TTL, bounded, so that
 * a question is asked once for as long as its answer holds; failures are told apart from the
 * certainty that there is nothing, and are never cached longer than 30 s.
 */
#ifndef EVIDENCE_RESOLVER_H
#define EVIDENCE_RESOLVER_H

#include "dialogue/dns.h"
#include "evidence/loop.h"

#define DNS_STATUS_LIST(X)                                                             \
	X(DNS_OK, "ok", "at least one record of the type")                             \
	X(DNS_NO_DATA, "no-data", "the name exists, this type does not")               \
	X(DNS_NO_NAME, "no-name", "NXDOMAIN")                                          \
	X(DNS_FAILED, "failed", "SERVFAIL, REFUSED: with DNSSEC perhaps a forgery")    \
	X(DNS_TIMEOUT, "timeout", "no answer in time")                                 \
	X(DNS_BROKEN, "broken", "an answer that can't be read, or to another question")\
	X(DNS_BAD_NAME, "bad-name", "never asked: this is no domain name")

enum dns_status {
#define X(name, text, comment) name,
	DNS_STATUS_LIST(X)
#undef X
};

const char *dns_status_name(enum dns_status status);

struct resolver_params {
	const char *servers;   /* "127.0.0.1:5353,[::1]:53"; NULL: the system's */
	unsigned int timeout;  /* ms a try; 0: 3000 */
	unsigned int tries;    /* 0: 2 */
	size_t max_pending;    /* queries on the wire at once, the rest queues; 0: 128 */
	size_t max_cached;     /* answers; 0: 20000 */
};

struct resolver;

/* NULL when @params can't be used: logged. */
struct resolver *resolver_new(struct loop *loop, const struct resolver_params *params);
/* Pending questions, and what is asked meanwhile, are answered with DNS_TIMEOUT first. */
void resolver_free(struct resolver *resolver);

/*
 * Called once, never from inside resolver_ask(); it may ask, but not free the resolver. @answer is borrowed
 * until return and never NULL: name and type are always there, records where @status is DNS_OK. Its ttl is
 * what is left until the question is asked again. answer->authentic counts only where the operator trusts
 * the path to the resolver (RFC 7672 2.2: a loopback address, or said so).
 */
typedef void resolver_done(void *context, enum dns_status status, const struct dns_answer *answer);

/* Ask for @type of @name (any case, IDN allowed). Each call gets its own answer. */
void resolver_ask(struct resolver *resolver, const char *name, enum dns_type type,
	resolver_done *done, void *context);

/* Whether all servers are on the loopback: the condition for believing the AD bit unasked. */
bool resolver_is_local(const struct resolver *resolver);

#endif
