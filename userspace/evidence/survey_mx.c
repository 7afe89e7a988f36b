// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/survey_mx.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "evidence/dane.h"

/* "_25._tcp." and a name. */
#define TLSA_NAME_ROOM (DOMAIN_TEXT + 16)

struct hosts;

/* One MX host on its way: its addresses of both kinds, then its TLSA records, under one or two
 * names. */
struct host {
	struct hosts *hosts;
	size_t at;              /* in the result */
	unsigned int addresses; /* look-ups that are pending */
	bool found, insecure;   /* some address; some that was not validated */
	enum dns_status worst;  /* of those that found none */
	char base[DOMAIN_TEXT]; /* where TLSA is asked for: first the end of a chain of CNAMEs */
};

struct hosts {
	struct survey_mx_params params;
	size_t pending;
	struct host list[SURVEY_MX_MAX];
};

static struct survey_domain *result_of(const struct hosts *hosts)
{
	return hosts->params.result(hosts->params.context);
}

/* The place of @host in the result; NULL: that is gone. */
static struct survey_mx *mx_of(const struct host *host)
{
	struct survey_domain *result = result_of(host->hosts);

	return result ? &result->mx[host->at] : NULL;
}

static void finish(struct hosts *hosts)
{
	struct survey_mx_params params = hosts->params;

	free(hosts);
	params.done(params.context);
}

static void finish_host(struct host *host)
{
	if (--host->hosts->pending == 0)
		finish(host->hosts);
}

static bool is_none(enum dns_status status)
{
	return status == DNS_NO_DATA || status == DNS_NO_NAME;
}

static void on_tlsa(void *context, enum dns_status status, const struct dns_answer *answer);

static void ask_tlsa(struct host *host)
{
	char name[TLSA_NAME_ROOM];

	snprintf(name, sizeof(name), "_25._tcp.%s", host->base);
	resolver_ask(host->hosts->params.resolver, name, DNS_TLSA, on_tlsa, host);
}

/* What the TLSA answer means. Only what was validated is DANE (RFC 7672 2.2). */
static void judge_tlsa(const struct host *host, struct survey_mx *mx, enum dns_status status,
	const struct dns_answer *answer)
{
	bool secure = host->hosts->params.believes_ad && mx->authentic;
	struct dane_records records;

	if (is_none(status)) {
		mx->dane = SURVEY_DANE_NONE;
	} else if (status != DNS_OK) {
		/* RFC 7672 2.1.2: then mail must not go there. Time-outs are perhaps our own. */
		mx->dane = secure && status == DNS_FAILED ? SURVEY_DANE_BOGUS : SURVEY_DANE_UNKNOWN;
	} else {
		dane_records_init(&records, answer);
		mx->usable = records.n;
		mx->unusable = records.unusable;
		dane_records_fini(&records);
		if (!secure || !answer->authentic)
			mx->dane = SURVEY_DANE_INSECURE;
		else
			mx->dane = mx->usable ? SURVEY_DANE_USABLE : SURVEY_DANE_UNUSABLE;
	}
}

static void on_tlsa(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct host *host = context;
	struct survey_mx *mx = mx_of(host);

	/* RFC 7672 2.2.2: without records at the end of the chain, those of the name itself count.
	 */
	if (mx && is_none(status) && strcmp(host->base, mx->host) != 0) {
		memcpy(host->base, mx->host, sizeof(host->base));
		ask_tlsa(host);
		return;
	}
	if (mx)
		judge_tlsa(host, mx, status, answer);
	finish_host(host);
}

/* All addresses are there, or none is. */
static void addresses_done(struct host *host)
{
	struct survey_mx *mx = mx_of(host);

	if (mx)
		mx->status = host->found ? DNS_OK : host->worst;
	if (!mx || !host->found) {
		finish_host(host);
		return;
	}
	mx->authentic = !host->insecure;
	/* A chain that was not validated may lead to anybody. */
	if (!mx->authentic || !host->hosts->params.believes_ad)
		memcpy(host->base, mx->host, sizeof(host->base));
	ask_tlsa(host);
}

static void on_addresses(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct host *host = context;
	struct survey_mx *mx = mx_of(host);

	if (status == DNS_OK) {
		host->found = true;
		host->insecure |= !answer->authentic;
		memcpy(host->base, answer->canonical, sizeof(host->base));
		if (mx)
			mx->addresses += answer->count;
	} else if (host->worst == DNS_OK || !is_none(status)) {
		host->worst = status;
	}
	if (--host->addresses == 0)
		addresses_done(host);
}

static void ask_host(struct hosts *hosts, const struct survey_domain *result, size_t at)
{
	struct host *host = &hosts->list[at];
	const char *name = result->mx[at].host;

	host->hosts = hosts;
	host->at = at;
	host->addresses = 2;
	resolver_ask(hosts->params.resolver, name, DNS_A, on_addresses, host);
	resolver_ask(hosts->params.resolver, name, DNS_AAAA, on_addresses, host);
}

static int compare_records(const void *a, const void *b)
{
	const struct dns_record *first = a, *second = b;

	if (first->mx.preference != second->mx.preference)
		return first->mx.preference < second->mx.preference ? -1 : 1;
	return strcmp(first->mx.host, second->mx.host);
}

static void set_host(struct survey_mx *mx, const char *host, uint16_t preference)
{
	mx->preference = preference;
	mx->status = DNS_TIMEOUT; /* until its addresses are there */
	snprintf(mx->host, sizeof(mx->host), "%s", host);
}

/* RFC 7505: one record with the root as its host says that there is no mail. */
static void set_hosts(struct survey_domain *result, const struct dns_answer *answer)
{
	struct dns_record sorted[DNS_RECORDS_MAX];

	memcpy(sorted, answer->records, answer->count * sizeof(*sorted));
	qsort(sorted, answer->count, sizeof(*sorted), compare_records);
	result->null_mx = answer->count == 1 && !*sorted[0].mx.host;
	for (size_t i = 0; i < answer->count; i++) {
		if (!*sorted[i].mx.host)
			continue;
		if (result->mx_count < SURVEY_MX_MAX)
			set_host(&result->mx[result->mx_count++], sorted[i].mx.host,
				sorted[i].mx.preference);
		else
			result->mx_more++;
	}
}

static void on_mx(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct hosts *hosts = context;
	struct survey_domain *result = result_of(hosts);

	if (result) {
		result->mx_known = true;
		result->mx_status = status;
		result->mx_authentic = hosts->params.believes_ad && answer->authentic;
		if (status == DNS_OK)
			set_hosts(result, answer);
		else if (status == DNS_NO_DATA)
			set_host(&result->mx[result->mx_count++], result->domain, 0);
		hosts->pending = result->mx_count;
		for (size_t i = 0; i < result->mx_count; i++)
			ask_host(hosts, result, i);
	}
	if (!hosts->pending)
		finish(hosts);
}

void survey_mx_start(const struct survey_mx_params *params)
{
	struct hosts *hosts = mem_alloc(sizeof(*hosts));

	hosts->params = *params;
	resolver_ask(params->resolver, result_of(hosts)->domain, DNS_MX, on_mx, hosts);
}
