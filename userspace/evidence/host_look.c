// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/host_look.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* "_25._tcp." and a name. */
#define TLSA_NAME_ROOM (DOMAIN_TEXT + 16)

struct look {
	struct host_look_params params;
	char host[DOMAIN_TEXT];
	char base[DOMAIN_TEXT]; /* where TLSA is asked for: first the end of a chain of aliases */
	unsigned int pending;   /* look-ups of addresses */
	bool found, insecure;   /* some address; some that was not validated */
};

static void finish(struct look *look)
{
	look->params.done(look->params.context);
	free(look);
}

static void on_tlsa(void *context, enum dns_status status, const struct dns_answer *answer);

static void ask_tlsa(struct look *look)
{
	char name[TLSA_NAME_ROOM];

	snprintf(name, sizeof(name), "_25._tcp.%s", look->base);
	resolver_ask(look->params.resolver, name, DNS_TLSA, on_tlsa, look);
}

static bool is_none(enum dns_status status)
{
	return status == DNS_NO_DATA || status == DNS_NO_NAME;
}

static void on_tlsa(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct look *look = context;

	/* RFC 7672 2.2.2: without records at the end of the chain, those of the name itself count.
	 */
	if (is_none(status) && strcmp(look->base, look->host) != 0) {
		memcpy(look->base, look->host, sizeof(look->base));
		ask_tlsa(look);
		return;
	}
	/* Records beside addresses that were not validated bind nobody (RFC 7672 2.2.2). */
	look->params.told(look->params.context, status, answer,
		!look->insecure && answer->authentic && look->params.believes_ad);
	finish(look);
}

/*
 * All addresses are there, or none is. Without DNSSEC there is no DANE, and nothing to ask; where
 * only this host's answers are not validated, records that were known before are missed.
 */
static void addresses_done(struct look *look)
{
	if (!look->found || !look->params.believes_ad) {
		finish(look);
		return;
	}
	/* A chain that was not validated may lead to anybody. */
	if (look->insecure)
		memcpy(look->base, look->host, sizeof(look->base));
	ask_tlsa(look);
}

static void on_addresses(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct look *look = context;

	if (status == DNS_OK) {
		look->found = true;
		look->insecure |= !answer->authentic;
		memcpy(look->base, answer->canonical, sizeof(look->base));
	}
	look->params.told(look->params.context, status, answer,
		answer->authentic && look->params.believes_ad);
	if (--look->pending == 0)
		addresses_done(look);
}

void host_look_start(const struct host_look_params *params, const char *host)
{
	struct look *look = mem_alloc(sizeof(*look));

	look->params = *params;
	snprintf(look->host, sizeof(look->host), "%s", host);
	look->pending = 2;
	resolver_ask(params->resolver, host, DNS_A, on_addresses, look);
	resolver_ask(params->resolver, host, DNS_AAAA, on_addresses, look);
}
