// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/mx_seen.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"

/*
 * Far above what one gateway asks for in an hour. A full house takes some 20 MB.
 */
#define SETS_MAX  10000
#define HOSTS_MAX 10000
#define ADDRS_MAX 20000

/* Of one set, host or address; large hosters have a dozen. What is beyond makes room or is cut. */
#define SET_HOSTS_MAX    16
#define HOST_ADDRS_MAX   32
#define HOST_DOMAINS_MAX 32
#define ADDR_HOSTS_MAX   8

/* An answer that claims to hold longer than a week is not believed so long. */
#define TTL_MAX INT64_C(604800)

#define SECOND INT64_C(1000000000)

/* When something is known. */
struct span {
	int64_t since, until;
};

/* Names that are known for a while; when there is no room the one goes that ends first. */
struct timed_name {
	char *name;
	struct span span;
};

/* The MX hosts of a domain, as one asker was told. */
struct set {
	struct span span;
	bool cut;
	size_t n;
	char *hosts[SET_HOSTS_MAX];
};

enum family { IPV4, IPV6 };

/* An MX host, and the domains of which it is one. */
struct host {
	struct span
		asked[2]; /* by enum family: when an answer for it was seen, even an empty one */
	bool cut;         /* an address had to make room */
	size_t addr_count, domain_count;
	struct {
		struct addr addr;
		int64_t until;
	} addrs[HOST_ADDRS_MAX];
	struct timed_name domains[HOST_DOMAINS_MAX];
};

/* The MX hosts that an address has. */
struct names {
	size_t n;
	struct timed_name list[ADDR_HOSTS_MAX];
};

struct mx_seen {
	struct mx_seen_params params;
	struct table *sets;  /* asker and domain → struct set */
	struct table *hosts; /* host → struct host */
	struct table *addrs; /* struct addr → struct names */
};

static void set_fini(void *value)
{
	struct set *set = value;

	for (size_t i = 0; i < set->n; i++)
		free(set->hosts[i]);
	set->n = 0;
}

static void free_names(struct timed_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i].name);
}

static void host_fini(void *value)
{
	struct host *host = value;

	free_names(host->domains, host->domain_count);
}

static void names_fini(void *value)
{
	struct names *names = value;

	free_names(names->list, names->n);
}

struct mx_seen *mx_seen_new(const struct mx_seen_params *params)
{
	struct mx_seen *seen = mem_alloc(sizeof(*seen));

	if (params)
		seen->params = *params;
	if (!seen->params.grace)
		seen->params.grace = MX_SEEN_GRACE;
	seen->sets = table_new(SETS_MAX, sizeof(struct set), set_fini);
	seen->hosts = table_new(HOSTS_MAX, sizeof(struct host), host_fini);
	seen->addrs = table_new(ADDRS_MAX, sizeof(struct names), names_fini);
	return seen;
}

void mx_seen_free(struct mx_seen *seen)
{
	if (!seen)
		return;
	table_free(seen->sets);
	table_free(seen->hosts);
	table_free(seen->addrs);
	free(seen);
}

static bool holds(struct span span, int64_t time)
{
	return span.since <= time && time <= span.until;
}

/* What is known already stays known from when it was first. */
static void renew(struct span *span, struct span now)
{
	if (!holds(*span, now.since))
		span->since = now.since;
	if (now.until > span->until)
		span->until = now.until;
}

static void learn_name(
	struct timed_name *names, size_t *n, size_t max, const char *name, struct span span)
{
	size_t at = 0;

	for (size_t i = 0; i < *n; i++) {
		if (strcmp(names[i].name, name) == 0) {
			renew(&names[i].span, span);
			return;
		}
		if (names[i].span.until < names[at].span.until)
			at = i;
	}
	if (*n < max)
		at = (*n)++;
	else
		free(names[at].name);
	names[at] = (struct timed_name){ mem_strdup(name), span };
}

/* Longest key of a set. */
#define SET_KEY (sizeof(struct addr) + DOMAIN_TEXT)

static struct bytes set_key(const struct addr *asker, const char *domain, uint8_t out[SET_KEY])
{
	size_t n = strnlen(domain, DOMAIN_TEXT);

	memcpy(out, asker, sizeof(*asker));
	memcpy(out + sizeof(*asker), domain, n);
	return bytes_of(out, sizeof(*asker) + n);
}

static void learn_host(struct mx_seen *seen, struct set *set, const char *name, const char *domain,
	struct span span)
{
	struct host *host;

	if (set->n == SET_HOSTS_MAX) {
		set->cut = true;
		return;
	}
	set->hosts[set->n++] = mem_strdup(name);
	host = table_put(seen->hosts, bytes_str(name), NULL);
	learn_name(host->domains, &host->domain_count, HOST_DOMAINS_MAX, domain, span);
}

static void learn_set(struct mx_seen *seen, const struct dns_answer *answer,
	const struct addr *asker, struct span span)
{
	uint8_t room[SET_KEY];
	struct set *set = table_put(seen->sets, set_key(asker, answer->name, room), NULL);

	set_fini(set);
	set->span = span;
	set->cut = answer->cut || answer->odd;
	for (size_t i = 0; i < answer->count; i++)
		if (*answer->records[i].mx.host)
			learn_host(seen, set, answer->records[i].mx.host, answer->name, span);
	/* RFC 5321 5.1: without an MX the domain itself is its only one. */
	if (!answer->count && !set->cut)
		learn_host(seen, set, answer->name, answer->name, span);
}

/* Where @addr stands, or is to stand: a new place, or that of the one that ends first. */
static size_t place_of(struct host *host, const struct addr *addr)
{
	size_t at = 0;

	for (size_t i = 0; i < host->addr_count; i++) {
		if (addr_equal(&host->addrs[i].addr, addr))
			return i;
		if (host->addrs[i].until < host->addrs[at].until)
			at = i;
	}
	if (host->addr_count < HOST_ADDRS_MAX)
		return host->addr_count++;
	host->cut = true;
	return at;
}

static void learn_addr(struct host *host, const struct addr *addr, int64_t until)
{
	size_t at = place_of(host, addr);

	if (!addr_equal(&host->addrs[at].addr, addr) || until > host->addrs[at].until) {
		host->addrs[at].addr = *addr;
		host->addrs[at].until = until;
	}
}

/* Answers for one name may take turns: addresses are added to those that are known. */
static void learn_addrs(struct mx_seen *seen, const struct dns_answer *answer, struct span span)
{
	struct host *host = table_get(seen->hosts, bytes_str(answer->name));

	if (!host)
		return;
	host->cut |= answer->cut || answer->odd;
	renew(&host->asked[answer->type == DNS_A ? IPV4 : IPV6], span);
	for (size_t i = 0; i < answer->count; i++) {
		const struct addr *addr = &answer->records[i].addr;
		struct names *names = table_put(seen->addrs, bytes_of(addr, sizeof(*addr)), NULL);

		learn_addr(host, addr, span.until);
		learn_name(names->list, &names->n, ADDR_HOSTS_MAX, answer->name, span);
	}
}

void mx_seen_learn(struct mx_seen *seen, const struct dns_answer *answer, const struct addr *asker,
	int64_t time)
{
	int64_t ttl = answer->ttl < TTL_MAX ? answer->ttl : TTL_MAX;
	struct span span = {
		.since = seen->params.backwards ? INT64_MIN : time,
		.until = time + ttl * SECOND + seen->params.grace,
	};

	/* Truncated ones are asked for again, by TCP. */
	if (answer->rcode != 0 || answer->truncated || answer->referral)
		return;
	if (answer->type == DNS_MX)
		learn_set(seen, answer, asker, span);
	else if (answer->type == DNS_A || answer->type == DNS_AAAA)
		learn_addrs(seen, answer, span);
}

size_t mx_seen_hosts(
	struct mx_seen *seen, const struct addr *server, int64_t time, const char **out, size_t max)
{
	const struct names *names = table_get(seen->addrs, bytes_of(server, sizeof(*server)));
	size_t n = 0;

	for (size_t i = 0; names && i < names->n && n < max; i++)
		if (holds(names->list[i].span, time))
			out[n++] = names->list[i].name;
	return n;
}

static bool stands_in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

size_t mx_seen_domains(
	struct mx_seen *seen, const struct addr *server, int64_t time, const char **out, size_t max)
{
	const char *hosts[ADDR_HOSTS_MAX];
	size_t host_count = mx_seen_hosts(seen, server, time, hosts, ADDR_HOSTS_MAX);
	size_t n = 0;

	for (size_t i = 0; i < host_count; i++) {
		const struct host *host = table_get(seen->hosts, bytes_str(hosts[i]));

		for (size_t j = 0; host && j < host->domain_count && n < max; j++) {
			const struct timed_name *domain = &host->domains[j];

			if (holds(domain->span, time) && !stands_in(domain->name, out, n))
				out[n++] = domain->name;
		}
	}
	return n;
}

/* ANSWER_UNKNOWN: an answer for this family is not known, or not all of it. */
static enum answer host_has(const struct host *host, const struct addr *server, int64_t time)
{
	enum family family = server->length == 4 ? IPV4 : IPV6;

	for (size_t i = 0; i < host->addr_count; i++)
		if (addr_equal(&host->addrs[i].addr, server) && time <= host->addrs[i].until)
			return ANSWER_YES;
	return holds(host->asked[family], time) && !host->cut ? ANSWER_NO : ANSWER_UNKNOWN;
}

enum answer mx_seen_serves(struct mx_seen *seen, const struct addr *asker, const char *domain,
	const struct addr *server, int64_t time)
{
	uint8_t room[SET_KEY];
	const struct set *set = table_get(seen->sets, set_key(asker, domain, room));
	enum answer answer = ANSWER_NO;

	if (!set || !set->n || !holds(set->span, time))
		return ANSWER_UNKNOWN;
	for (size_t i = 0; i < set->n; i++) {
		const struct host *host = table_get(seen->hosts, bytes_str(set->hosts[i]));
		enum answer has = host ? host_has(host, server, time) : ANSWER_UNKNOWN;

		if (has == ANSWER_YES)
			return ANSWER_YES;
		if (has == ANSWER_UNKNOWN)
			answer = ANSWER_UNKNOWN;
	}
	return set->cut ? ANSWER_UNKNOWN : answer;
}
