/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail servers' addresses, as DNS answers told them that were seen on the wire, or that our own
 * look-ups got (one instance each): which MX name an address has, which domains it takes mail for,
 * and whether a client goes where its own look-up led it. Kept as long as the answers' TTLs say, and
 * a little longer, because who has looked a name up connects later. Bounded; what was told longest
 * ago is forgotten first.
 *
 * Times are ns since 1970, the packets' own. What was seen counts for sessions that begin later.
 */
#ifndef EVIDENCE_MX_SEEN_H
#define EVIDENCE_MX_SEEN_H

#include "dialogue/dns.h"
#include "evidence/evidence.h"

/* Mail queues wait, and programs hold addresses: beyond the TTL an answer counts for so long. */
#define MX_SEEN_GRACE (600 * INT64_C(1000000000))

struct mx_seen_params {
	int64_t grace;   /* ns that an answer counts for beyond its TTL; 0: MX_SEEN_GRACE */
	bool backwards;  /* it counts for what was before it, too: our own look-ups come last */
};

struct mx_seen;

/* NULL: as for answers seen on the wire. */
struct mx_seen *mx_seen_new(const struct mx_seen_params *params);
void mx_seen_free(struct mx_seen *seen);

/*
 * @answer reached @asker at @time. Looked at are MX sets, and the addresses of hosts that stand in
 * one: of all other names that are asked for on a network nothing is kept.
 */
void mx_seen_learn(struct mx_seen *seen, const struct dns_answer *answer, const struct addr *asker,
	int64_t time);

/*
 * MX host names that have the address @server at @time. The first @max into @out, borrowed until
 * something is learnt; returns how many.
 */
size_t mx_seen_hosts(struct mx_seen *seen, const struct addr *server, int64_t time,
	const char **out, size_t max);

/* The same for domains with one of these hosts among their MXs. */
size_t mx_seen_domains(struct mx_seen *seen, const struct addr *server, int64_t time,
	const char **out, size_t max);

/*
 * Whether @server is an address of the MX hosts that @asker was told for @domain: ANSWER_UNKNOWN if
 * it was told none, or not all their addresses.
 */
enum answer mx_seen_serves(struct mx_seen *seen, const struct addr *asker, const char *domain,
	const struct addr *server, int64_t time);

#endif
