// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_refresh.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/policy_plan.h"

#define AT_ONCE 64

/* Domains without a cached policy whose fetch failed lately. Who fails oftener may be asked again.
 */
#define FAILED_MAX 10000

/* One domain, from policy_refresh_add() until it is told. */
struct look {
	struct list node; /* in waiting */
	struct policy_refresh *refresh;
	char *domain;
	enum refresh_how how;
	char *known_id; /* for which nothing is fetched; NULL: none */
	bool barred;    /* known_id is that of a fetch that failed lately */
	bool was_in_force;
	enum policy_change change_before;
	int64_t changed_before;
	enum sts_outcome outcome; /* kept while is_reachable() is found out */
	char *id, *reason;
};

/* The last fetch of a domain that failed. */
struct failed {
	char id[STS_ID_MAX + 1];
	int64_t when;
};

struct policy_refresh {
	struct refresh_params params;
	struct loop_timer *soon; /* so that nothing is told from inside policy_refresh_add() */
	struct list waiting;
	struct table *known;  /* domain: those that wait or are under way */
	struct table *failed; /* domain → struct failed */
	size_t under_way;
	bool stopped;
};

const char *refresh_status_name(enum refresh_status status)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		REFRESH_STATUS_LIST(X)
#undef X
	};

	return names[status];
}

static void start_waiting(void *context);

struct policy_refresh *policy_refresh_new(struct loop *loop, const struct refresh_params *params)
{
	struct policy_refresh *refresh = mem_alloc(sizeof(*refresh));

	refresh->params = *params;
	if (!refresh->params.max_at_once)
		refresh->params.max_at_once = AT_ONCE;
	refresh->soon = loop_timer_new(loop, start_waiting, refresh);
	refresh->known = table_new(SIZE_MAX, sizeof(bool), NULL);
	refresh->failed = table_new(FAILED_MAX, sizeof(struct failed), NULL);
	list_init(&refresh->waiting);
	return refresh;
}

static void free_look(struct look *look)
{
	free(look->domain);
	free(look->known_id);
	free(look->id);
	free(look->reason);
	free(look);
}

void policy_refresh_stop(struct policy_refresh *refresh)
{
	if (!refresh)
		return;
	refresh->stopped = true;
	loop_timer_clear(refresh->soon);
	while (!list_is_empty(&refresh->waiting)) {
		struct look *look = list_entry(refresh->waiting.next, struct look, node);

		list_remove(&look->node);
		free_look(look);
	}
}

void policy_refresh_free(struct policy_refresh *refresh)
{
	if (!refresh)
		return;
	policy_refresh_stop(refresh);
	assert(!refresh->under_way);
	loop_timer_free(refresh->soon);
	table_free(refresh->known);
	table_free(refresh->failed);
	free(refresh);
}

size_t policy_refresh_left(const struct policy_refresh *refresh)
{
	return table_count(refresh->known);
}

bool policy_refresh_add(struct policy_refresh *refresh, const char *domain, enum refresh_how how)
{
	struct look *look;
	bool made = false;

	if (!refresh->stopped)
		table_put(refresh->known, bytes_str(domain), &made);
	if (!made)
		return false;
	look = mem_alloc(sizeof(*look));
	look->refresh = refresh;
	look->domain = mem_strdup(domain);
	look->how = how;
	list_append(&refresh->waiting, &look->node);
	loop_timer_set(refresh->soon, 0);
	return true;
}

void policy_refresh_add_due(struct policy_refresh *refresh)
{
	struct policy_cache *cache = refresh->params.cache;
	const struct cached_policy *due;
	int64_t now = refresh->params.now();

	while ((due = policy_cache_due(cache)) && due->refresh_at <= now) {
		policy_refresh_add(refresh, due->domain, REFRESH_BY_ID);
		policy_cache_begun(cache, due->domain, now);
	}
}

/* The end of @look, which is freed: tell it, and let the next one begin. */
static void finish(struct look *look, enum refresh_status status)
{
	struct policy_refresh *refresh = look->refresh;
	const struct cached_policy *policy = policy_cache_get(refresh->params.cache, look->domain);
	struct refresh_result result = {
		.domain = look->domain,
		.status = status,
		.outcome = look->outcome,
		.id = look->id,
		.reason = look->reason ? look->reason : "",
		.policy = policy,
		.was_in_force = look->was_in_force,
	};

	if (policy)
		result.change = cached_policy_change(policy, refresh->params.now());
	result.change_is_new =
		result.change != POLICY_UNCHANGED &&
		(result.change != look->change_before || policy->changed != look->changed_before);
	table_remove(refresh->known, bytes_str(look->domain));
	refresh->under_way--;
	refresh->params.told(refresh->params.context, &result);
	free_look(look);
	if (list_is_empty(&refresh->waiting) && !refresh->under_way) {
		if (refresh->params.idle)
			refresh->params.idle(refresh->params.context);
	} else {
		loop_timer_set(refresh->soon, 0);
	}
}

/* RFC 8461 3.3: remember that @look's fetch failed, so that the next one waits. */
static void remember_failure(struct look *look)
{
	struct failed *failed = table_put(look->refresh->failed, bytes_str(look->domain), NULL);

	failed->when = look->refresh->params.now();
	snprintf(failed->id, sizeof(failed->id), "%s", look->id ? look->id : "");
}

static void fail(struct look *look, enum policy_change what)
{
	struct policy_cache *cache = look->refresh->params.cache;

	if (policy_cache_get(cache, look->domain))
		policy_cache_fail(
			cache, look->domain, what, look->reason, look->refresh->params.now());
	finish(look, REFRESH_FAILED);
}

/* The answer to whether anything of the domain can be looked up. */
static void reachable(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct look *look = context;
	bool answered = status == DNS_OK || status == DNS_NO_DATA || status == DNS_NO_NAME;

	(void)answer;
	if (look->refresh->stopped) {
		look->refresh->under_way--;
		free_look(look);
		return;
	}
	fail(look, answered ? POLICY_HIDDEN : POLICY_UNCHANGED);
}

/*
 * The record could not be looked up. If the domain's MX can be, somebody hides the record, or its
 * servers are broken in a strange way; if not, it may well be our own network, and no mail goes
 * there either.
 */
static void find_reachable(struct look *look)
{
	if (look->was_in_force)
		resolver_ask(look->refresh->params.resolver, look->domain, DNS_MX, reachable, look);
	else
		fail(look, POLICY_UNCHANGED);
}

static void fetched(struct look *look, const struct sts_result *result)
{
	struct policy_refresh *refresh = look->refresh;
	struct text why = { 0 };

	if (policy_cache_put(refresh->params.cache, look->domain, result->id, result->text, "fetch",
		    refresh->params.now(), &why)) {
		table_remove(refresh->failed, bytes_str(look->domain));
		finish(look, REFRESH_FETCHED);
	} else {
		free(look->reason);
		look->reason = mem_strdup(why.n ? why.s : "the cache could not be written");
		finish(look, REFRESH_FAILED);
	}
	text_free(&why);
}

static void look_up(struct look *look);

/* The record says what the look knew. */
static void same_id(struct look *look)
{
	struct policy_refresh *refresh = look->refresh;

	if (look->barred) {
		finish(look, REFRESH_WAITING);
		return;
	}
	if (policy_cache_confirm(refresh->params.cache, look->domain, refresh->params.now())) {
		finish(look, REFRESH_CONFIRMED);
		return;
	}
	/* It expired meanwhile (RFC 8461 5.1): it must be fetched. */
	free(look->known_id);
	look->known_id = NULL;
	look_up(look);
}

static void no_record(struct look *look)
{
	if (policy_cache_get(look->refresh->params.cache, look->domain))
		fail(look, POLICY_RECORD_GONE);
	else
		finish(look, look->outcome == STS_NO_RECORD ? REFRESH_NONE : REFRESH_FAILED);
}

static void looked_up(void *context, const struct sts_result *result)
{
	struct look *look = context;

	if (look->refresh->stopped) {
		look->refresh->under_way--;
		free_look(look);
		return;
	}
	free(look->id);
	free(look->reason);
	look->outcome = result->outcome;
	look->id = mem_strdup(result->id);
	look->reason = mem_strdup(result->reason);
	switch (result->outcome) {
	case STS_POLICY:
		fetched(look, result);
		break;
	case STS_SAME_ID:
		same_id(look);
		break;
	case STS_NO_RECORD:
	case STS_BAD_RECORD:
		no_record(look);
		break;
	case STS_DNS_FAILED:
		find_reachable(look);
		break;
	case STS_FETCH_ERROR:
	case STS_WEBPKI_INVALID:
	case STS_INVALID:
		remember_failure(look);
		fail(look, POLICY_HIDDEN);
		break;
	}
}

static void look_up(struct look *look)
{
	sts_fetch(look->refresh->params.resolver, look->refresh->params.fetcher, look->domain,
		look->known_id, looked_up, look);
}

/*
 * Whether a try failed so lately that the next one has to wait. Of a domain that isn't cached the id is
 * known that could not be fetched: another one may be.
 */
static bool has_to_wait(struct look *look, const struct cached_policy *policy, int64_t now)
{
	const struct failed *failed = table_get(look->refresh->failed, bytes_str(look->domain));

	if (policy && policy->failures && now >= policy->checked &&
		now - policy->checked < PLAN_LEAST) {
		look->reason = mem_strdup(policy->error);
		return true;
	}
	if (failed && *failed->id && now >= failed->when && now - failed->when < PLAN_LEAST) {
		free(look->known_id);
		look->known_id = mem_strdup(failed->id);
		look->barred = true;
	}
	return false;
}

/* What the look knows before it starts. False: it has to wait, and is not started. */
static bool prepare(struct look *look)
{
	struct policy_refresh *refresh = look->refresh;
	const struct cached_policy *policy = policy_cache_get(refresh->params.cache, look->domain);
	int64_t now = refresh->params.now();

	if (policy) {
		look->was_in_force = cached_policy_in_force(policy, now);
		look->change_before = policy->change;
		look->changed_before = policy->changed;
	}
	if (policy && now < policy->expires && look->how != REFRESH_ALWAYS)
		look->known_id = mem_strdup(policy->id);
	return look->how != REFRESH_BY_ID || !has_to_wait(look, policy, now);
}

static void start_waiting(void *context)
{
	struct policy_refresh *refresh = context;

	while (!list_is_empty(&refresh->waiting) &&
		refresh->under_way < refresh->params.max_at_once) {
		struct look *look = list_entry(refresh->waiting.next, struct look, node);

		list_remove(&look->node);
		refresh->under_way++;
		if (prepare(look))
			look_up(look);
		else
			finish(look, REFRESH_WAITING);
	}
}
