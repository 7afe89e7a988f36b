// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/resolver_outcome.h"

#include <stdlib.h>

#include "base/mem.h"

/* RFC 1035 4.1.1 */
#define RCODE_NO_ERROR 0
#define RCODE_NO_NAME  3

#define MS_PER_SECOND 1000

const char *dns_status_name(enum dns_status status)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		DNS_STATUS_LIST(X)
#undef X
	};

	return names[status];
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t lifetime(enum dns_status status, uint32_t ttl)
{
	switch (status) {
	case DNS_OK:
		return smaller(ttl, OUTCOME_POSITIVE_MAX);
	case DNS_NO_DATA:
	case DNS_NO_NAME:
		return smaller(ttl, OUTCOME_NEGATIVE_MAX);
	default:
		return OUTCOME_FAILURE;
	}
}

/* @answer, which may be all zero, is taken. */
static struct outcome *outcome_new(enum dns_status status, const struct dns_answer *answer,
	const char *name, enum dns_type type, uint64_t now)
{
	struct outcome *outcome = mem_alloc(sizeof(*outcome));

	outcome->references = 1;
	outcome->status = status;
	outcome->expires = now + (uint64_t)lifetime(status, answer->ttl) * MS_PER_SECOND;
	outcome->answer = *answer;
	outcome->answer.type = type;
	strcpy(outcome->answer.name, name);
	if (!outcome->answer.canonical[0])
		strcpy(outcome->answer.canonical, name);
	return outcome;
}

static enum dns_status judge(const struct dns_answer *answer, const char *name, enum dns_type type)
{
	/* To another question: somebody's mistake, or a guess that hit. */
	if (answer->type != type || strcmp(answer->name, name) != 0)
		return DNS_BROKEN;
	if (answer->rcode == RCODE_NO_NAME)
		return DNS_NO_NAME;
	if (answer->rcode != RCODE_NO_ERROR)
		return DNS_FAILED;
	if (answer->count)
		return DNS_OK;
	if (answer->odd || answer->cut || answer->truncated)
		return DNS_BROKEN;
	/* A server that doesn't resolve for us: it has not said that there is nothing. */
	return answer->referral ? DNS_FAILED : DNS_NO_DATA;
}

struct outcome *outcome_read(struct bytes reply, const char *name, enum dns_type type, uint64_t now)
{
	struct dns_answer answer;
	enum dns_status status = DNS_BROKEN;

	if (dns_parse(reply, &answer))
		status = judge(&answer, name, type);
	/* What another question's answer says, or a record beside "no such name", is not to be
	 * told. */
	if (status == DNS_BROKEN || (status != DNS_OK && answer.count))
		dns_answer_free(&answer);
	return outcome_new(status, &answer, name, type, now);
}

struct outcome *outcome_without(
	enum dns_status status, const char *name, enum dns_type type, uint64_t now)
{
	struct dns_answer nothing = { 0 };

	return outcome_new(status, &nothing, name, type, now);
}

struct outcome *outcome_hold(struct outcome *outcome)
{
	outcome->references++;
	return outcome;
}

void outcome_release(struct outcome *outcome)
{
	if (--outcome->references)
		return;
	dns_answer_free(&outcome->answer);
	free(outcome);
}

uint32_t outcome_ttl(const struct outcome *outcome, uint64_t now)
{
	uint64_t left = outcome->expires > now ? outcome->expires - now : 0;

	return (uint32_t)((left + MS_PER_SECOND - 1) / MS_PER_SECOND);
}
