// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/tlsa_known.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"

/* As many as hosts in evidence/mx_seen.c; few of them have records. */
#define HOSTS_MAX 10000

/* An answer that claims to hold longer than a week is not believed so long. */
#define TTL_MAX INT64_C(604800)

struct tlsa_known {
	struct table *hosts; /* host → struct known_tlsa */
};

static void fini(void *value)
{
	struct known_tlsa *host = value;

	for (size_t i = 0; i < host->text_count; i++)
		free(host->texts[i]);
	free(host->texts);
	free(host->host);
	free(host->error);
	dane_records_fini(&host->records);
}

struct tlsa_known *tlsa_known_new(void)
{
	struct tlsa_known *known = mem_alloc(sizeof(*known));

	known->hosts = table_new(HOSTS_MAX, sizeof(struct known_tlsa), fini);
	return known;
}

void tlsa_known_free(struct tlsa_known *known)
{
	if (!known)
		return;
	table_free(known->hosts);
	free(known);
}

static char *text_of(const struct dns_tlsa *tlsa)
{
	const struct dane_record record = {
		.usage = tlsa->usage,
		.selector = tlsa->selector,
		.matching = tlsa->matching,
		.length = (uint16_t)tlsa->data.n,
		.data = (uint8_t *)(uintptr_t)tlsa->data.p,
	};
	struct text text = { 0 };

	dane_record_print(&record, &text);
	return text.s;
}

/* The same records, in the same order or another. */
static bool is_same(const struct known_tlsa *host, const struct dns_answer *dns)
{
	size_t found = 0;

	if (host->text_count != dns->count)
		return false;
	for (size_t i = 0; i < dns->count; i++) {
		char *text = text_of(&dns->records[i].tlsa);

		for (size_t j = 0; j < host->text_count; j++)
			found += strcmp(host->texts[j], text) == 0;
		free(text);
	}
	return found == dns->count;
}

static void replace(struct tlsa_known *known, const struct lookup_answer *answer)
{
	const struct dns_answer *dns = &answer->answer;
	int64_t ttl = dns->ttl < TTL_MAX ? dns->ttl : TTL_MAX;
	struct known_tlsa *host = table_put(known->hosts, bytes_str(answer->name), NULL);
	int64_t since = is_same(host, dns) ? host->since : answer->time;

	fini(host);
	*host = (struct known_tlsa){
		.host = mem_strdup(answer->name),
		.texts = mem_alloc(dns->count * sizeof(*host->texts)),
		.text_count = dns->count,
		.since = since,
		.answered = answer->time,
		.until = answer->time + ttl + TLSA_KNOWN_GRACE,
	};
	dane_records_init(&host->records, dns);
	for (size_t i = 0; i < dns->count; i++)
		host->texts[i] = text_of(&dns->records[i].tlsa);
}

/*
 * What keeps records that were known from being seen; NULL: nothing that says something. A time-out
 * may be our own network's.
 */
static const char *why_missed(const struct lookup_answer *answer)
{
	switch (answer->status) {
	case DNS_OK:
		return "the TLSA records are not validated by DNSSEC any more";
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		return "the TLSA records are gone, and DNSSEC does not prove it";
	case DNS_FAILED:
		return "the look-up of the TLSA records fails (SERVFAIL, REFUSED)";
	case DNS_BROKEN:
		return "the look-up of the TLSA records gives an answer that can't be read";
	default:
		return NULL;
	}
}

static void miss(struct tlsa_known *known, const struct lookup_answer *answer)
{
	struct known_tlsa *host = table_get(known->hosts, bytes_str(answer->name));
	const char *why = why_missed(answer);

	if (!host || !why)
		return;
	host->failures++;
	free(host->error);
	host->error = mem_strdup(why);
}

void tlsa_known_learn(struct tlsa_known *known, const struct lookup_answer *answer)
{
	bool none = answer->status == DNS_NO_DATA || answer->status == DNS_NO_NAME;

	if (answer->believed && answer->status == DNS_OK && answer->answer.count)
		replace(known, answer);
	else if (answer->believed && none)
		table_remove(known->hosts, bytes_str(answer->name));
	else
		miss(known, answer);
}

const struct known_tlsa *tlsa_known_get(struct tlsa_known *known, const char *host, int64_t time)
{
	const struct known_tlsa *found = table_get(known->hosts, bytes_str(host));

	if (!found)
		return NULL;
	if (time > found->until + (found->failures ? TLSA_KNOWN_MISSED : 0))
		return NULL;
	return found;
}
