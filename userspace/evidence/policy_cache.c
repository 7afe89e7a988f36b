// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_cache.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/due.h"
#include "evidence/pattern_index.h"
#include "evidence/policy_plan.h"
#include "evidence/policy_rows.h"

/* How long a try may take before the domain is due again, were it never to end: far above
 * time-outs. */
#define TRY_MOST 900

struct entry {
	struct cached_policy policy;
	struct due due;
	int64_t planned; /* refresh_at in the store, where no try in the air is known */
	bool met;        /* while the store is read: it is still there */
};

struct policy_cache {
	struct store *store;
	struct table *by_domain;          /* domain → struct entry * */
	struct pattern_index *by_pattern; /* of struct entry */
	struct entry **sorted;            /* by domain */
	size_t count, room;
	size_t text_bytes; /* of all policies */
	struct due_heap due;
	int64_t data_version; /* of the store, when it was read */
};

bool cached_policy_in_force(const struct cached_policy *policy, int64_t now)
{
	return policy->policy.mode != POLICY_NONE && now < policy->expires;
}

enum policy_change cached_policy_change(const struct cached_policy *policy, int64_t now)
{
	bool lasting = policy->change == POLICY_WEAKENED || policy->change == POLICY_MX_REPLACED;
	bool stands = lasting ? now < policy->before_expires : cached_policy_in_force(policy, now);

	return stands ? policy->change : POLICY_UNCHANGED;
}

/* A change that a later good look does not undo. */
static bool has_lasting_change(const struct cached_policy *policy, int64_t now)
{
	enum policy_change change = cached_policy_change(policy, now);

	return change == POLICY_WEAKENED || change == POLICY_MX_REPLACED;
}

static void fini_policy(struct cached_policy *policy)
{
	free(policy->domain);
	free(policy->id);
	free(policy->text);
	free(policy->source);
	free(policy->error);
	sts_policy_fini(&policy->policy);
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *first = a, *second = b;

	return strcmp(first->policy.domain, second->policy.domain);
}

/* Where @domain stands in the sorted list, or would. */
static size_t place_of(const struct policy_cache *cache, const char *domain)
{
	size_t low = 0, high = cache->count;

	if (high && strcmp(cache->sorted[high - 1]->policy.domain, domain) < 0)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(cache->sorted[middle]->policy.domain, domain) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct entry *find(struct policy_cache *cache, const char *domain)
{
	struct entry **entry = table_get(cache->by_domain, bytes_str(domain));

	return entry ? *entry : NULL;
}

static size_t indexed_patterns(const struct entry *entry)
{
	size_t n = entry->policy.policy.mx_count;

	return n < POLICY_PATTERNS_MAX ? n : POLICY_PATTERNS_MAX;
}

static void unindex(struct policy_cache *cache, struct entry *entry)
{
	for (size_t i = 0; i < indexed_patterns(entry); i++)
		pattern_index_remove(cache->by_pattern, entry->policy.policy.mx[i], entry);
	cache->text_bytes -= strlen(entry->policy.text);
}

/* Due when its policy says. */
static void plan(struct policy_cache *cache, struct entry *entry)
{
	entry->planned = entry->policy.refresh_at;
	due_put(&cache->due, &entry->due, entry->planned);
}

static void index_entry(struct policy_cache *cache, struct entry *entry)
{
	for (size_t i = 0; i < indexed_patterns(entry); i++)
		pattern_index_add(cache->by_pattern, entry->policy.policy.mx[i], entry);
	cache->text_bytes += strlen(entry->policy.text);
	plan(cache, entry);
}

static struct entry *add_entry(struct policy_cache *cache, const char *domain)
{
	struct entry *entry = mem_alloc(sizeof(*entry));
	size_t at = place_of(cache, domain);

	cache->sorted = mem_grow(cache->sorted, cache->count, &cache->room, sizeof(*cache->sorted));
	memmove(cache->sorted + at + 1, cache->sorted + at,
		(cache->count - at) * sizeof(*cache->sorted));
	cache->sorted[at] = entry;
	cache->count++;
	*(struct entry **)table_put(cache->by_domain, bytes_str(domain), NULL) = entry;
	return entry;
}

/* @policy takes the place of what is known of its domain, and is the cache's from now on. */
static struct entry *set_take(struct policy_cache *cache, struct cached_policy *policy)
{
	struct entry *entry = find(cache, policy->domain);

	if (entry) {
		unindex(cache, entry);
		fini_policy(&entry->policy);
	} else {
		entry = add_entry(cache, policy->domain);
	}
	entry->policy = *policy;
	index_entry(cache, entry);
	return entry;
}

static void forget(struct policy_cache *cache, struct entry *entry)
{
	size_t at = place_of(cache, entry->policy.domain);

	unindex(cache, entry);
	due_remove(&cache->due, &entry->due);
	cache->count--;
	memmove(cache->sorted + at, cache->sorted + at + 1,
		(cache->count - at) * sizeof(*cache->sorted));
	table_remove(cache->by_domain, bytes_str(entry->policy.domain));
	fini_policy(&entry->policy);
	free(entry);
}

static bool same_string(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Nothing that another program may have changed is otherwise than in @row. */
static bool is_same(const struct entry *entry, const struct cached_policy *row)
{
	const struct cached_policy *known = &entry->policy;

	return known->fetched == row->fetched && known->checked == row->checked &&
	       entry->planned == row->refresh_at && known->failures == row->failures &&
	       known->change == row->change && same_string(known->id, row->id) &&
	       same_string(known->source, row->source) && same_string(known->text, row->text);
}

static void load_row(void *context, const struct cached_policy *row)
{
	struct policy_cache *cache = context;
	struct entry *entry = find(cache, row->domain);
	struct cached_policy policy = *row;
	struct text why = { 0 };

	if (!entry || !is_same(entry, row)) {
		if (!sts_policy_parse(bytes_str(row->text), &policy.policy, &why)) {
			log_warn("store: %s: policy of %s is left out: %s",
				store_path(cache->store), row->domain, why.s);
			text_free(&why);
			return;
		}
		policy.domain = mem_strdup(row->domain);
		policy.id = mem_strdup(row->id);
		policy.text = mem_strdup(row->text);
		policy.source = mem_strdup(row->source);
		policy.error = mem_strdup(row->error);
		policy.expires = policy.fetched + policy.policy.max_age;
		entry = set_take(cache, &policy);
	}
	entry->met = true;
}

/* The version is asked first: what changes while the rows are read is read again next time. */
bool policy_cache_reload(struct policy_cache *cache)
{
	int64_t version = store_data_version(cache->store);

	for (size_t i = 0; i < cache->count; i++)
		cache->sorted[i]->met = false;
	if (!policy_rows_read(cache->store, load_row, cache))
		return false;
	for (size_t i = cache->count; i-- > 0;)
		if (!cache->sorted[i]->met)
			forget(cache, cache->sorted[i]);
	cache->data_version = version;
	return true;
}

struct policy_cache *policy_cache_open(struct store *store)
{
	struct policy_cache *cache = mem_alloc(sizeof(*cache));

	cache->store = store;
	/* The bounds are kept by policy_cache_put(): nothing makes room. */
	cache->by_domain = table_new(SIZE_MAX, sizeof(struct entry *), NULL);
	cache->by_pattern = pattern_index_new(compare_entries);
	if (policy_cache_reload(cache))
		return cache;
	policy_cache_close(cache);
	return NULL;
}

void policy_cache_close(struct policy_cache *cache)
{
	if (!cache)
		return;
	for (size_t i = 0; i < cache->count; i++) {
		fini_policy(&cache->sorted[i]->policy);
		free(cache->sorted[i]);
	}
	free(cache->sorted);
	due_fini(&cache->due);
	pattern_index_free(cache->by_pattern);
	table_free(cache->by_domain);
	free(cache);
}

bool policy_cache_sync(struct policy_cache *cache)
{
	return store_data_version(cache->store) == cache->data_version ||
	       policy_cache_reload(cache);
}

size_t policy_cache_count(const struct policy_cache *cache)
{
	return cache->count;
}

const struct cached_policy *policy_cache_get(struct policy_cache *cache, const char *domain)
{
	struct entry *entry = find(cache, domain);

	return entry ? &entry->policy : NULL;
}

size_t policy_cache_matching(
	struct policy_cache *cache, const char *mx, const struct cached_policy **out, size_t max)
{
	struct pattern_walk walk = pattern_index_walk(cache->by_pattern, mx);
	const struct entry *entry;

	for (size_t n = 0; n < max && (entry = pattern_walk_next(&walk)); n++)
		out[n] = &entry->policy;
	return pattern_index_count(cache->by_pattern, mx);
}

const struct cached_policy *policy_cache_next(
	struct policy_cache *cache, const struct cached_policy *after)
{
	size_t at = after ? place_of(cache, after->domain) + 1 : 0;

	return at < cache->count ? &cache->sorted[at]->policy : NULL;
}

static uint64_t chance(void)
{
	return hash_key_new().k[0];
}

/*
 * What is of note about the change from @old, which may be NULL, to @next. What was taken away once
 * stays of note until it is given back, or would have ended by itself; further steps down don't
 * make it forgotten.
 */
static void note_change(struct cached_policy *next, const struct cached_policy *old, int64_t now)
{
	enum policy_change change = POLICY_UNCHANGED;
	bool lasting = old && has_lasting_change(old, now);

	if (old && cached_policy_in_force(old, now))
		change = plan_compare(&old->policy, &next->policy);
	if (lasting && old->change == POLICY_WEAKENED) {
		lasting = next->policy.mode < old->before;
		change = lasting ? POLICY_UNCHANGED : change;
	}
	if (change != POLICY_UNCHANGED) {
		next->change = change;
		next->before = old->policy.mode;
		next->before_expires = old->expires;
		next->changed = now;
	} else if (lasting) {
		next->change = old->change;
		next->before = old->before;
		next->before_expires = old->before_expires;
		next->changed = old->changed;
	}
}

static bool has_room(
	const struct policy_cache *cache, const struct entry *old, size_t bytes, struct text *why)
{
	size_t freed = old ? strlen(old->policy.text) : 0;

	if ((old || cache->count < POLICIES_MAX) &&
		cache->text_bytes - freed + bytes <= POLICIES_BYTES_MAX)
		return true;
	if (why)
		text_printf(why, "the cache is full (%zu policies)", cache->count);
	return false;
}

/* The due time of what was fetched at @fetched; what is late already comes one after the other. */
static int64_t refresh_time(uint32_t max_age, int64_t fetched, int64_t now)
{
	int64_t at = fetched + plan_refresh(max_age, chance());

	return at >= now ? at : now + (int64_t)(chance() % PLAN_LEAST);
}

bool policy_cache_import(struct policy_cache *cache, const char *domain, const char *id,
	struct bytes text, const char *source, int64_t fetched, int64_t now, struct text *why)
{
	struct entry *old = find(cache, domain);
	struct cached_policy next = { .fetched = fetched, .checked = fetched };

	if (old && fetched < old->policy.fetched)
		return true;
	if (!sts_policy_parse(text, &next.policy, why))
		return false;
	if (!has_room(cache, old, text.n, why)) {
		sts_policy_fini(&next.policy);
		return false;
	}
	next.domain = mem_strdup(domain);
	next.text = mem_string(text);
	next.source = mem_strdup(source);
	/* Who does not know the id of a text that we have does not take it away. */
	if (!id && old && strcmp(old->policy.text, next.text) == 0)
		id = old->policy.id;
	next.id = mem_strdup(id);
	next.since = old && strcmp(old->policy.text, next.text) == 0 ? old->policy.since : fetched;
	next.expires = fetched + next.policy.max_age;
	next.refresh_at = refresh_time(next.policy.max_age, fetched, now);
	note_change(&next, old ? &old->policy : NULL, now);
	if (!policy_rows_put(cache->store, &next, now)) {
		fini_policy(&next);
		return false;
	}
	set_take(cache, &next);
	return true;
}

bool policy_cache_put(struct policy_cache *cache, const char *domain, const char *id,
	struct bytes text, const char *source, int64_t now, struct text *why)
{
	struct entry *old = find(cache, domain);

	/* A clock that was set back: what was just fetched is not older for it. */
	if (old && old->policy.fetched > now)
		old->policy.fetched = now;
	return policy_cache_import(cache, domain, id, text, source, now, now, why);
}

/* @next is @entry's policy with other times and notes, and perhaps an error of its own. */
static bool update(struct policy_cache *cache, struct entry *entry, struct cached_policy *next)
{
	if (!policy_rows_update(cache->store, next)) {
		if (next->error != entry->policy.error)
			free(next->error);
		return false;
	}
	if (next->error != entry->policy.error)
		free(entry->policy.error);
	entry->policy = *next;
	plan(cache, entry);
	return true;
}

bool policy_cache_confirm(struct policy_cache *cache, const char *domain, int64_t now)
{
	struct entry *entry = find(cache, domain);
	struct cached_policy next;

	if (!entry || now >= entry->policy.expires)
		return false;
	next = entry->policy;
	if (!has_lasting_change(&next, now))
		next.change = POLICY_UNCHANGED;
	next.fetched = next.checked = now;
	next.expires = now + next.policy.max_age;
	next.refresh_at = refresh_time(next.policy.max_age, now, now);
	next.failures = 0;
	next.error = NULL;
	return update(cache, entry, &next);
}

bool policy_cache_fail(struct policy_cache *cache, const char *domain, enum policy_change what,
	const char *error, int64_t now)
{
	struct entry *entry = find(cache, domain);
	struct cached_policy next;

	if (!entry)
		return false;
	if (now - POLICY_FORGOTTEN_AFTER >= entry->policy.expires)
		return policy_cache_remove(cache, domain);
	next = entry->policy;
	if (what != POLICY_UNCHANGED && what != next.change && cached_policy_in_force(&next, now) &&
		!has_lasting_change(&next, now)) {
		next.change = what;
		next.changed = now;
	}
	next.checked = now;
	next.failures += next.failures < UINT32_MAX;
	next.refresh_at = now + plan_retry(next.failures, chance());
	next.error = mem_strdup(error ? error : "");
	return update(cache, entry, &next);
}

bool policy_cache_remove(struct policy_cache *cache, const char *domain)
{
	struct entry *entry = find(cache, domain);

	if (!entry || !policy_rows_remove(cache->store, domain))
		return false;
	forget(cache, entry);
	return true;
}

const struct cached_policy *policy_cache_due(struct policy_cache *cache)
{
	struct due *first = due_first(&cache->due);

	return first ? &list_entry(first, struct entry, due)->policy : NULL;
}

void policy_cache_begun(struct policy_cache *cache, const char *domain, int64_t now)
{
	struct entry *entry = find(cache, domain);

	if (!entry)
		return;
	entry->policy.refresh_at = now + TRY_MOST;
	due_put(&cache->due, &entry->due, entry->policy.refresh_at);
}

bool policy_cache_hurry(struct policy_cache *cache, const char *domain, int64_t now)
{
	if (!policy_rows_hurry(cache->store, domain, now))
		return false;
	for (size_t i = 0; i < cache->count; i++) {
		struct entry *entry = cache->sorted[i];

		if (domain && strcmp(entry->policy.domain, domain) != 0)
			continue;
		entry->policy.refresh_at = now;
		plan(cache, entry);
	}
	return true;
}

void policy_cache_history(struct policy_cache *cache, const char *domain,
	bool (*told)(void *context, const struct policy_version *version), void *context)
{
	policy_rows_versions(cache->store, domain, told, context);
}
