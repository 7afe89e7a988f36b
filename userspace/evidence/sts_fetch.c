// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/sts_fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/text.h"

#define PATH       "/.well-known/mta-sts.txt"
#define MEDIA_TYPE "text/plain"

/* Of one policy host: more are not tried within a minute anyway. */
#define ADDRESSES_MAX 16

/* RFC 1035 4.1.1, of those that are told apart in words */
#define RCODE_SERVFAIL 2
#define RCODE_REFUSED  5

/* Room for "_mta-sts." or "mta-sts.": what is too long with it is no name, and the resolver says
 * so. */
#define NAME_ROOM (DOMAIN_TEXT + 16)

/* A look-up under way. */
struct discovery {
	struct resolver *resolver;
	struct fetcher *fetcher;
	char domain[DOMAIN_TEXT];
	char *known_id;
	struct sts_record record;
	struct addr addresses[ADDRESSES_MAX];
	size_t count;
	unsigned int outstanding; /* of the two questions for addresses */
	struct text reason;       /* why there are none */
	sts_done *done;
	void *context;
};

static const struct {
	const char *name, *result_type;
} outcomes[] = {
#define X(name, text, type, comment) [name] = { text, type },
	STS_OUTCOME_LIST(X)
#undef X
};

const char *sts_outcome_name(enum sts_outcome outcome)
{
	return outcomes[outcome].name;
}

const char *sts_outcome_result_type(enum sts_outcome outcome)
{
	return outcomes[outcome].result_type[0] ? outcomes[outcome].result_type : NULL;
}

/* What a DNS status means to people. */
static void add_dns_reason(
	struct text *out, enum dns_status status, const struct dns_answer *answer)
{
	switch (status) {
	case DNS_OK:
		break;
	case DNS_NO_DATA:
		text_puts(out, "no such record");
		break;
	case DNS_NO_NAME:
		text_puts(out, "NXDOMAIN");
		break;
	case DNS_FAILED:
		if (answer->rcode == RCODE_SERVFAIL)
			text_puts(out, "SERVFAIL");
		else if (answer->rcode == RCODE_REFUSED)
			text_puts(out, "REFUSED");
		else if (answer->referral)
			text_puts(out, "the server does not resolve");
		else
			text_printf(out, "rcode %u", answer->rcode);
		break;
	case DNS_TIMEOUT:
		text_puts(out, "no answer in time");
		break;
	case DNS_BROKEN:
		text_puts(out, "an answer that can't be read");
		break;
	case DNS_BAD_NAME:
		text_puts(out, "no domain name");
		break;
	}
}

/* The end. @policy and its @text where there is one. */
static void finish(struct discovery *discovery, enum sts_outcome outcome,
	const struct sts_policy *policy, struct bytes text, const char *reason)
{
	struct sts_result result = {
		.domain = discovery->domain,
		.outcome = outcome,
		.id = discovery->record.id[0] ? discovery->record.id : NULL,
		.text = text,
		.policy = policy,
		.reason = reason ? reason : "",
	};

	discovery->done(discovery->context, &result);
	text_free(&discovery->reason);
	free(discovery->known_id);
	free(discovery);
}

static void finish_without(
	struct discovery *discovery, enum sts_outcome outcome, const char *reason)
{
	finish(discovery, outcome, NULL, (struct bytes){ 0 }, reason);
}

static enum sts_outcome failure(enum fetch_status status)
{
	switch (status) {
	case FETCH_CERTIFICATE:
		return STS_WEBPKI_INVALID;
	case FETCH_TOO_LARGE:
		return STS_INVALID;
	default:
		return STS_FETCH_ERROR;
	}
}

static void on_fetched(void *context, const struct fetch_result *fetched)
{
	struct discovery *discovery = context;
	struct sts_policy policy;
	struct text why = { 0 };

	if (fetched->status != FETCH_OK) {
		finish_without(discovery, failure(fetched->status), fetched->reason);
		return;
	}
	text_puts(&why, "line ");
	if (sts_policy_parse(fetched->body, &policy, &why)) {
		finish(discovery, STS_POLICY, &policy, fetched->body, "");
		sts_policy_fini(&policy);
	} else {
		finish_without(discovery, STS_INVALID, why.s);
	}
	text_free(&why);
}

static void add_reason(
	struct discovery *discovery, enum dns_status status, const struct dns_answer *answer)
{
	struct text *reason = &discovery->reason;

	/* Both types say that the name does not exist: once is enough. */
	if (reason->n && status == DNS_NO_NAME)
		return;
	text_printf(reason, reason->n ? "; %s " : "no address of the policy host: %s ",
		answer->type == DNS_A ? "A" : "AAAA");
	add_dns_reason(reason, status, answer);
}

static void on_addresses(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct discovery *discovery = context;
	char host[NAME_ROOM];

	for (size_t i = 0; status == DNS_OK && i < answer->count; i++)
		if (discovery->count < ADDRESSES_MAX)
			discovery->addresses[discovery->count++] = answer->records[i].addr;
	if (status != DNS_OK)
		add_reason(discovery, status, answer);
	if (--discovery->outstanding)
		return;
	if (!discovery->count) {
		finish_without(discovery, STS_FETCH_ERROR, discovery->reason.s);
		return;
	}
	snprintf(host, sizeof(host), "mta-sts.%s", discovery->domain);
	fetch_start(discovery->fetcher, host, PATH, discovery->addresses, discovery->count,
		MEDIA_TYPE, on_fetched, discovery);
}

static void find_host(struct discovery *discovery)
{
	char host[NAME_ROOM];

	snprintf(host, sizeof(host), "mta-sts.%s", discovery->domain);
	discovery->outstanding = 2;
	resolver_ask(discovery->resolver, host, DNS_A, on_addresses, discovery);
	resolver_ask(discovery->resolver, host, DNS_AAAA, on_addresses, discovery);
}

/* RFC 8461 3.1: which of the TXT records counts. */
static void choose_record(struct discovery *discovery, const struct dns_answer *answer)
{
	struct bytes records[DNS_RECORDS_MAX];

	for (size_t i = 0; i < answer->count; i++)
		records[i] = answer->records[i].txt;
	switch (sts_record_choose(records, answer->count, &discovery->record)) {
	case STS_RECORD_NONE:
		finish_without(discovery, STS_NO_RECORD, "no TXT record is one of MTA-STS");
		return;
	case STS_RECORD_SEVERAL:
		finish_without(discovery, STS_BAD_RECORD, "more than one TXT record of MTA-STS");
		return;
	case STS_RECORD_INVALID:
		finish_without(discovery, STS_BAD_RECORD, "the TXT record breaks the grammar");
		return;
	case STS_RECORD_OK:
		break;
	}
	if (discovery->known_id && strcmp(discovery->known_id, discovery->record.id) == 0)
		finish_without(discovery, STS_SAME_ID, "");
	else
		find_host(discovery);
}

static void on_record(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct discovery *discovery = context;
	bool nothing = status == DNS_NO_DATA || status == DNS_NO_NAME;
	struct text reason = { 0 };

	if (status == DNS_OK) {
		choose_record(discovery, answer);
		return;
	}
	text_puts(&reason, "TXT: ");
	add_dns_reason(&reason, status, answer);
	finish_without(discovery, nothing ? STS_NO_RECORD : STS_DNS_FAILED, reason.s);
	text_free(&reason);
}

void sts_fetch(struct resolver *resolver, struct fetcher *fetcher, const char *domain,
	const char *known_id, sts_done *done, void *context)
{
	struct discovery *discovery = mem_alloc(sizeof(*discovery));
	char name[NAME_ROOM];

	discovery->resolver = resolver;
	discovery->fetcher = fetcher;
	discovery->known_id = mem_strdup(known_id);
	discovery->done = done;
	discovery->context = context;
	/* "" for what is no name, and then the resolver says so. */
	domain_normalise(bytes_str(domain), discovery->domain);
	snprintf(name, sizeof(name), "_mta-sts.%s", discovery->domain);
	resolver_ask(resolver, discovery->domain[0] ? name : "", DNS_TXT, on_record, discovery);
}
