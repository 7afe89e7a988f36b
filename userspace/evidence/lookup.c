// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/lookup.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/list.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/host_look.h"

#define DEADLINE 20000
#define AT_ONCE  64

/* Names whose answers are remembered to hold; far more than one gateway meets in a day. */
#define NAMES_MAX 50000

/* Names that wait because a session showed them: what is beyond is met again. */
#define WAITING_MAX 10000

/* Domains of the cache that are kept fresh; evidence/mx_seen.h remembers no more. */
#define FRESH_MAX 10000

/* MX hosts of one domain that are looked up; evidence/mx_seen.h remembers no more. */
#define HOSTS_MAX 16

/* Seconds for which answers hold, whatever their TTL: nobody's servers change by the minute. */
#define HOLD_LEAST 300
#define HOLD_MOST  86400

/* The same for domains of the cache that no session shows. */
#define FRESH_LEAST 1800

/* In ms. */
#define MINUTE     60000
#define PER_SECOND 1000

enum kind { DOMAIN, HOST };

/* One name that is looked up. */
struct work {
	struct list node;     /* waiting, fresh or under way */
	struct list numbered; /* in order of number, while somebody waits for it */
	struct list waiters;  /* HOST: struct waiter */
	struct lookup *lookup;
	enum kind kind;
	char *name;
	uint64_t number; /* 0: nobody waits */
	uint64_t due;    /* until when anybody does, ms */
	bool late;       /* nobody waits any more */
	bool queued;     /* among those that wait */
	bool counted;    /* among those that are under way */
	bool with_policy, policy_pending;
	size_t pending; /* 0: it has not begun */
	uint32_t ttl;   /* least of all answers */
};

/* A domain that is not done before its host is. */
struct waiter {
	struct list node;
	struct work *domain;
};

/* What is known of a name. Times in ms. */
struct name {
	struct work *work; /* NULL: not under way */
	uint64_t asked, until;
};

struct lookup {
	struct lookup_params params;
	struct policy_refresh *refresh;
	struct loop_timer *soon, *late, *minute;
	struct table *names;                   /* kind and name → struct name */
	struct list waiting, fresh, under_way; /* of struct work; fresh: wanted by no session */
	struct list numbered;
	size_t waiting_count, under_way_count, left;
	uint64_t last_number;
	bool stopped;
	struct lookup_stats stats;
};

void lookup_answer_copy(struct lookup_answer *out, const struct lookup_answer *answer)
{
	*out = *answer;
	dns_answer_copy(&out->answer, &answer->answer);
}

void lookup_answer_fini(struct lookup_answer *answer)
{
	dns_answer_free(&answer->answer);
}

static uint64_t now_ms(const struct lookup *lookup)
{
	return loop_now(lookup->params.loop);
}

static struct bytes key_of(enum kind kind, const char *name, char out[DOMAIN_TEXT + 1])
{
	size_t n = strnlen(name, DOMAIN_TEXT - 1);

	out[0] = kind == DOMAIN ? 'd' : 'h';
	memcpy(out + 1, name, n);
	return bytes_of(out, n + 1);
}

/* What is known of @name, made where nothing was. */
static struct name *name_of(struct lookup *lookup, enum kind kind, const char *name)
{
	char room[DOMAIN_TEXT + 1];

	return table_put(lookup->names, key_of(kind, name, room), NULL);
}

/* --- Numbers: who waits for what, and how long -------------------------------------------------
 */

static void set_late_timer(struct lookup *lookup)
{
	struct work *first;
	uint64_t now = now_ms(lookup);

	if (list_is_empty(&lookup->numbered)) {
		loop_timer_clear(lookup->late);
		return;
	}
	first = list_entry(lookup->numbered.next, struct work, numbered);
	loop_timer_set(lookup->late, first->due > now ? first->due - now : 0);
}

/* The number of @work, for one who begins to wait for it. */
static uint64_t number_of(struct work *work)
{
	struct lookup *lookup = work->lookup;
	bool first = list_is_empty(&lookup->numbered);

	if (work->number || work->late)
		return work->number;
	work->number = ++lookup->last_number;
	work->due = now_ms(lookup) + lookup->params.deadline;
	list_append(&lookup->numbered, &work->numbered);
	if (first)
		set_late_timer(lookup);
	return work->number;
}

/* Nobody waits for @work any more. */
static void release_number(struct work *work)
{
	struct lookup *lookup = work->lookup;
	bool first = lookup->numbered.next == &work->numbered;

	if (!work->number)
		return;
	work->number = 0;
	list_remove(&work->numbered);
	if (!first)
		return;
	set_late_timer(lookup);
	if (lookup->params.advanced && !lookup->stopped)
		lookup->params.advanced(lookup->params.context);
}

static void on_late(void *context)
{
	struct lookup *lookup = context;

	while (!list_is_empty(&lookup->numbered)) {
		struct work *work = list_entry(lookup->numbered.next, struct work, numbered);

		if (work->due > now_ms(lookup))
			break;
		lookup->stats.late++;
		work->late = true;
		release_number(work);
	}
	set_late_timer(lookup);
}

uint64_t lookup_answered(const struct lookup *lookup)
{
	const struct list *first = lookup->numbered.next;

	if (list_is_empty(&lookup->numbered))
		return lookup->last_number;
	return list_entry(first, struct work, numbered)->number - 1;
}

/* --- The life of a look-up ---------------------------------------------------------------------
 */

static struct work *work_new(struct lookup *lookup, enum kind kind, const char *name)
{
	struct work *work = mem_alloc(sizeof(*work));

	work->lookup = lookup;
	work->kind = kind;
	work->name = mem_strdup(name);
	work->ttl = HOLD_MOST;
	list_init(&work->node);
	list_init(&work->numbered);
	list_init(&work->waiters);
	lookup->left++;
	return work;
}

static void work_free(struct work *work)
{
	work->lookup->left--;
	list_remove(&work->node);
	list_remove(&work->numbered);
	free(work->name);
	free(work);
}

static void remember(struct work *work)
{
	struct lookup *lookup = work->lookup;
	struct name *name = name_of(lookup, work->kind, work->name);
	uint64_t hold = work->ttl < HOLD_LEAST ? HOLD_LEAST : work->ttl;

	/* The name may have made room meanwhile, and be under way anew. */
	if (name->work && name->work != work)
		return;
	*name = (struct name){
		.asked = now_ms(lookup),
		.until = now_ms(lookup) + hold * PER_SECOND,
	};
}

static void note_ttl(struct work *work, uint32_t ttl)
{
	if (ttl < work->ttl)
		work->ttl = ttl;
}

/* One of the things that @work waits for is there; freed with the last. */
static void finish_part(struct work *work)
{
	struct lookup *lookup = work->lookup;

	if (--work->pending)
		return;
	while (!list_is_empty(&work->waiters)) {
		struct waiter *waiter = list_entry(work->waiters.next, struct waiter, node);

		list_remove(&waiter->node);
		note_ttl(waiter->domain, work->ttl);
		finish_part(waiter->domain);
		free(waiter);
	}
	if (work->counted)
		lookup->under_way_count--;
	if (!lookup->stopped) {
		remember(work);
		loop_timer_set(lookup->soon, 0);
	}
	release_number(work);
	work_free(work);
}

static void tell(
	struct work *work, enum dns_status status, const struct dns_answer *answer, bool believed)
{
	struct lookup *lookup = work->lookup;
	struct lookup_answer told = {
		.status = status,
		.answer = *answer,
		.believed = believed,
	};

	if (lookup->stopped)
		return;
	note_ttl(work, answer->ttl);
	told.time = lookup->params.now();
	snprintf(told.name, sizeof(told.name), "%s", work->name);
	lookup->params.told(lookup->params.context, &told);
}

static void on_host_told(
	void *context, enum dns_status status, const struct dns_answer *answer, bool believed)
{
	tell(context, status, answer, believed);
}

static void on_host_done(void *context)
{
	finish_part(context);
}

static void start_host(struct work *work)
{
	const struct host_look_params params = {
		.resolver = work->lookup->params.resolver,
		.believes_ad = work->lookup->params.believes_ad,
		.told = on_host_told,
		.done = on_host_done,
		.context = work,
	};

	work->lookup->stats.hosts++;
	work->pending = 1;
	host_look_start(&params, work->name);
}

/* It waits for its turn no longer. */
static void begin(struct work *work)
{
	work->lookup->waiting_count -= work->queued;
	work->queued = false;
	list_remove(&work->node);
	list_append(&work->lookup->under_way, &work->node);
}

/* @domain is done only after its MX host @host, which is looked up unless its answers hold. */
static void add_host(struct work *domain, const char *host)
{
	struct lookup *lookup = domain->lookup;
	struct name *name = name_of(lookup, HOST, host);
	struct waiter *waiter;

	if (!name->work && name->until > now_ms(lookup)) {
		note_ttl(domain, (uint32_t)((name->until - now_ms(lookup)) / PER_SECOND));
		return;
	}
	if (!name->work)
		name->work = work_new(lookup, HOST, host);
	/* One that waits for its turn might wait for this domain's end. */
	if (!name->work->pending) {
		begin(name->work);
		start_host(name->work);
	}
	waiter = mem_alloc(sizeof(*waiter));
	waiter->domain = domain;
	list_append(&name->work->waiters, &waiter->node);
	domain->pending++;
}

static void on_mx(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct work *work = context;
	struct lookup *lookup = work->lookup;

	tell(work, status, answer, answer->authentic && lookup->params.believes_ad);
	for (size_t i = 0; i < answer->count && i < HOSTS_MAX && !lookup->stopped; i++)
		if (*answer->records[i].mx.host)
			add_host(work, answer->records[i].mx.host);
	/* RFC 5321 5.1: without an MX the domain itself is its only one. */
	if (status == DNS_NO_DATA && !lookup->stopped)
		add_host(work, work->name);
	finish_part(work);
}

static void on_policy(void *context, const struct refresh_result *result)
{
	struct lookup *lookup = context;
	struct work *work = name_of(lookup, DOMAIN, result->domain)->work;

	if (lookup->params.policy_told)
		lookup->params.policy_told(lookup->params.context, result);
	if (!work || !work->policy_pending)
		return;
	work->policy_pending = false;
	finish_part(work);
}

static void start_domain(struct work *work)
{
	struct lookup *lookup = work->lookup;

	lookup->stats.domains++;
	work->pending = 1;
	if (work->with_policy) {
		work->pending++;
		work->policy_pending = true;
		/* If it is under way already, it will be told all the same. */
		policy_refresh_add(lookup->refresh, work->name, REFRESH_BY_ID);
	}
	resolver_ask(lookup->params.resolver, work->name, DNS_MX, on_mx, work);
}

static struct work *take_waiting(struct lookup *lookup)
{
	struct list *list = list_is_empty(&lookup->waiting) ? &lookup->fresh : &lookup->waiting;

	return list_is_empty(list) ? NULL : list_entry(list->next, struct work, node);
}

static void start_waiting(void *context)
{
	struct lookup *lookup = context;
	struct work *work;

	while (lookup->under_way_count < lookup->params.max_at_once &&
		(work = take_waiting(lookup))) {
		work->counted = true;
		lookup->under_way_count++;
		begin(work);
		if (work->kind == DOMAIN)
			start_domain(work);
		else
			start_host(work);
	}
}

/* --- What callers want -------------------------------------------------------------------------
 */

static void enqueue(struct lookup *lookup, struct work *work)
{
	list_remove(&work->node);
	list_append(&lookup->waiting, &work->node);
	lookup->waiting_count++;
	work->queued = true;
	work->with_policy = work->kind == DOMAIN;
	loop_timer_set(lookup->soon, 0);
}

static uint64_t want(struct lookup *lookup, enum kind kind, const char *text)
{
	struct name *name;

	if (lookup->stopped)
		return 0;
	name = name_of(lookup, kind, text);
	if (name->work && (name->work->pending || name->work->queued))
		return number_of(name->work);
	if (!name->work && name->until > now_ms(lookup))
		return 0;
	if (lookup->waiting_count >= WAITING_MAX) {
		lookup->stats.refused++;
		return 0;
	}
	if (!name->work)
		name->work = work_new(lookup, kind, text);
	enqueue(lookup, name->work);
	return number_of(name->work);
}

uint64_t lookup_domain(struct lookup *lookup, const char *domain)
{
	return want(lookup, DOMAIN, domain);
}

uint64_t lookup_host(struct lookup *lookup, const char *host)
{
	return want(lookup, HOST, host);
}

/* The domains of the cache whose answers don't hold any more. */
static void add_fresh(struct lookup *lookup)
{
	const struct cached_policy *policy = NULL;
	uint64_t now = now_ms(lookup);

	for (size_t i = 0; i < FRESH_MAX; i++) {
		struct name *name;

		policy = policy_cache_next(lookup->params.cache, policy);
		if (!policy)
			break;
		if (!cached_policy_in_force(policy, lookup->params.now()))
			continue;
		name = name_of(lookup, DOMAIN, policy->domain);
		if (name->work || name->until > now ||
			(name->asked && now - name->asked < FRESH_LEAST * PER_SECOND))
			continue;
		name->work = work_new(lookup, DOMAIN, policy->domain);
		list_append(&lookup->fresh, &name->work->node);
	}
	loop_timer_set(lookup->soon, 0);
}

static void on_minute(void *context)
{
	struct lookup *lookup = context;

	policy_cache_sync(lookup->params.cache);
	policy_refresh_add_due(lookup->refresh);
	add_fresh(lookup);
	loop_timer_set(lookup->minute, MINUTE);
}

void lookup_keep_fresh(struct lookup *lookup)
{
	if (!lookup->stopped)
		loop_timer_set(lookup->minute, 0);
}

size_t lookup_left(const struct lookup *lookup)
{
	return lookup->left;
}

void lookup_get_stats(const struct lookup *lookup, struct lookup_stats *out)
{
	*out = lookup->stats;
}

/* --- Beginning and end -------------------------------------------------------------------------
 */

struct lookup *lookup_new(const struct lookup_params *params)
{
	struct lookup *lookup = mem_alloc(sizeof(*lookup));
	const struct refresh_params refresh = {
		.resolver = params->resolver,
		.fetcher = params->fetcher,
		.cache = params->cache,
		.now = params->now,
		.told = on_policy,
		.context = lookup,
	};

	lookup->params = *params;
	if (!lookup->params.deadline)
		lookup->params.deadline = DEADLINE;
	if (!lookup->params.max_at_once)
		lookup->params.max_at_once = AT_ONCE;
	lookup->refresh = policy_refresh_new(params->loop, &refresh);
	lookup->soon = loop_timer_new(params->loop, start_waiting, lookup);
	lookup->late = loop_timer_new(params->loop, on_late, lookup);
	lookup->minute = loop_timer_new(params->loop, on_minute, lookup);
	lookup->names = table_new(NAMES_MAX, sizeof(struct name), NULL);
	list_init(&lookup->waiting);
	list_init(&lookup->fresh);
	list_init(&lookup->under_way);
	list_init(&lookup->numbered);
	return lookup;
}

static void drop_waiting(struct list *list)
{
	while (!list_is_empty(list))
		work_free(list_entry(list->next, struct work, node));
}

/* Policies are not told any more: nobody waits for them. */
static void drop_policies(struct lookup *lookup)
{
	struct list *next;

	for (struct list *node = lookup->under_way.next; node != &lookup->under_way; node = next) {
		struct work *work = list_entry(node, struct work, node);

		next = node->next;
		if (!work->policy_pending)
			continue;
		work->policy_pending = false;
		finish_part(work);
	}
}

void lookup_stop(struct lookup *lookup)
{
	if (!lookup || lookup->stopped)
		return;
	lookup->stopped = true;
	policy_refresh_stop(lookup->refresh);
	loop_timer_clear(lookup->soon);
	loop_timer_clear(lookup->minute);
	drop_waiting(&lookup->waiting);
	drop_waiting(&lookup->fresh);
	drop_policies(lookup);
}

void lookup_free(struct lookup *lookup)
{
	if (!lookup)
		return;
	lookup_stop(lookup);
	assert(list_is_empty(&lookup->under_way));
	policy_refresh_free(lookup->refresh);
	loop_timer_free(lookup->soon);
	loop_timer_free(lookup->late);
	loop_timer_free(lookup->minute);
	table_free(lookup->names);
	free(lookup);
}
