// SPDX-License-Identifier: BSD-2-Clause
/*
 * The input as a DNS message: whatever is accepted keeps the promises of the header.
 */
#include <stdlib.h>

#include "dialogue/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

static void is_name(const char *name)
{
	char normal[DOMAIN_TEXT];

	must(domain_normalise(bytes_str(name), normal) && strcmp(name, normal) == 0);
}

/* Reads each byte of a view, so that a sanitizer sees what lies outside. */
static void is_readable(struct bytes b)
{
	volatile uint8_t sum = 0;

	must(b.p && b.n <= DNS_DATA_MAX);
	for (size_t i = 0; i < b.n; i++)
		sum = (uint8_t)(sum + b.p[i]);
}

static void is_record(const struct dns_record *record)
{
	switch (record->type) {
	case DNS_A:
	case DNS_AAAA:
		must(record->addr.length == (record->type == DNS_A ? 4 : 16));
		break;
	case DNS_MX:
		if (record->mx.host[0])
			is_name(record->mx.host);
		break;
	case DNS_CNAME:
		is_name(record->host);
		break;
	case DNS_TXT:
		is_readable(record->txt);
		break;
	case DNS_TLSA:
		is_readable(record->tlsa.data);
		break;
	default:
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_answer answer;

	if (!dns_parse(bytes_of(data, size), &answer))
		return 0;
	is_name(answer.name);
	is_name(answer.canonical);
	must(answer.count <= DNS_RECORDS_MAX && (answer.count == 0) == (answer.records == NULL));
	must(answer.ttl <= INT32_MAX);
	must(!answer.referral || !answer.count);
	for (size_t i = 0; i < answer.count; i++) {
		must(answer.records[i].type == answer.type);
		must(answer.records[i].ttl >= answer.ttl);
		is_record(&answer.records[i]);
	}
	dns_answer_free(&answer);
	return 0;
}
