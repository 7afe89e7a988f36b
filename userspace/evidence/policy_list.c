// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/table.h"
#include "evidence/pattern_index.h"
#include "evidence/policy_list_date.h"
#include "evidence/policy_list_json.h"

/* A policy as it stands once; several domains may have it by its alias. */
struct listed_policy {
	enum policy_mode mode;
	char **mx;
	size_t mx_count;
};

struct policy_list {
	char *name;
	int64_t expires;
	bool deep; /* a suffix stands for all below it */
	struct listed_policy **policies;
	size_t policy_count, policy_room;
	struct list_entry *entries; /* by domain */
	size_t count, room;
	struct table *by_domain; /* domain → size_t index of its entry */
	struct pattern_index *by_pattern;
};

/* What is being read. */
struct reader {
	struct policy_list *list;
	const char *name;
	struct text *errors;
	struct table *by_alias; /* name → struct listed_policy * */
	bool strict;            /* our own dialect: a key that is not known is a mistake */
	bool good;
};

static void fail(struct reader *reader, const struct yml *at, const char *what)
{
	reader->good = false;
	yml_error(reader->errors, reader->name, at, "%s", what);
}

static void fail_key(struct reader *reader, const struct yml *at, const char *what)
{
	reader->good = false;
	yml_key_error(reader->errors, reader->name, at, "%s", what);
}

/* A host name, or a suffix as "*.suffix". */
static char *read_pattern(struct reader *reader, const struct yml *item)
{
	const char *text = item->kind == YML_SCALAR ? item->scalar : "";
	bool suffix = text[0] == '.' || (text[0] == '*' && text[1] == '.');
	char name[DOMAIN_TEXT];
	struct text pattern = { 0 };

	if (suffix)
		text += text[0] == '.' ? 1 : 2;
	if (!domain_normalise(bytes_str(text), name)) {
		fail(reader, item, "not a host name, nor a suffix as \".example.com\"");
		return NULL;
	}
	text_printf(&pattern, "%s%s", suffix ? "*." : "", name);
	return pattern.s;
}

static void read_mxs(struct reader *reader, const struct yml *list, struct listed_policy *policy)
{
	size_t n = 0;

	if (list->kind != YML_LIST || !list->child) {
		fail(reader, list, "expected a list of MX host names");
		return;
	}
	for (const struct yml *item = list->child; item; item = item->next)
		n++;
	if (n > LIST_PATTERNS_MAX) {
		fail(reader, list, "more MX host names than a policy may have");
		return;
	}
	policy->mx = mem_alloc(n * sizeof(*policy->mx));
	for (const struct yml *item = list->child; item; item = item->next) {
		char *pattern = read_pattern(reader, item);

		if (pattern)
			policy->mx[policy->mx_count++] = pattern;
	}
}

static void read_mode(struct reader *reader, const struct yml *value, struct listed_policy *policy)
{
	const char *word = value->kind == YML_SCALAR ? value->scalar : "";

	if (strcmp(word, "enforce") == 0)
		policy->mode = POLICY_ENFORCE;
	else if (strcmp(word, "testing") == 0)
		policy->mode = POLICY_TESTING;
	else
		fail(reader, value, "expected testing or enforce");
}

/* A map with mode and mxs. Owned by the list, whatever is wrong with it. */
static struct listed_policy *read_policy(struct reader *reader, const struct yml *map)
{
	struct policy_list *list = reader->list;
	struct listed_policy *policy = mem_alloc(sizeof(*policy));

	list->policies = mem_grow(
		list->policies, list->policy_count, &list->policy_room, sizeof(*list->policies));
	list->policies[list->policy_count++] = policy;
	if (map->kind != YML_MAP) {
		fail(reader, map, "expected a policy: mode and mxs");
		return policy;
	}
	for (const struct yml *member = map->child; member; member = member->next) {
		if (strcmp(member->key, "mode") == 0)
			read_mode(reader, member, policy);
		else if (strcmp(member->key, "mxs") == 0)
			read_mxs(reader, member, policy);
		else if (reader->strict)
			fail_key(reader, member, "expected mode, mxs or policy-alias");
	}
	if (!yml_get(map, "mode"))
		fail(reader, map, "the policy has no mode");
	if (!yml_get(map, "mxs"))
		fail(reader, map, "the policy has no mxs");
	return policy;
}

/* The policy of a domain: its own, or that of the alias. */
static struct listed_policy *find_policy(struct reader *reader, const struct yml *value)
{
	const struct yml *alias = yml_get(value, "policy-alias");
	struct listed_policy **slot = NULL;

	if (!alias)
		return read_policy(reader, value);
	if (alias->kind == YML_SCALAR)
		slot = table_get(reader->by_alias, bytes_str(alias->scalar));
	if (!slot) {
		fail(reader, alias, "no policy-alias of this name");
		return NULL;
	}
	if (value->child->next)
		fail(reader, value, "a policy-alias, and something beside it");
	return *slot;
}

static void read_domain(struct reader *reader, const struct yml *member)
{
	struct policy_list *list = reader->list;
	char domain[DOMAIN_TEXT];
	struct listed_policy *policy;
	bool made;

	if (!domain_normalise(bytes_str(member->key), domain)) {
		fail_key(reader, member, "not a domain name");
		return;
	}
	table_put(list->by_domain, bytes_str(domain), &made);
	if (!made) {
		fail_key(reader, member, "the same domain stands above");
		return;
	}
	policy = find_policy(reader, member);
	if (!policy)
		return;
	list->entries = mem_grow(list->entries, list->count, &list->room, sizeof(*list->entries));
	list->entries[list->count++] = (struct list_entry){
		.domain = mem_strdup(domain),
		.mode = policy->mode,
		.mx = policy->mx,
		.mx_count = policy->mx_count,
	};
}

static size_t count_children(const struct yml *map)
{
	size_t n = 0;

	for (const struct yml *member = map->child; member; member = member->next)
		n++;
	return n;
}

static void read_aliases(struct reader *reader, const struct yml *map)
{
	bool is_map = map && map->kind == YML_MAP;

	reader->by_alias =
		table_new(is_map ? count_children(map) : 0, sizeof(struct listed_policy *), NULL);
	if (map && !is_map)
		fail(reader, map, "expected a map of names to policies");
	for (const struct yml *member = is_map ? map->child : NULL; member; member = member->next) {
		struct listed_policy **slot =
			table_put(reader->by_alias, bytes_str(member->key), NULL);

		*slot = read_policy(reader, member);
	}
}

static void read_policies(struct reader *reader, const struct yml *root)
{
	const struct yml *map = yml_get(root, "policies");
	bool is_map = map && map->kind == YML_MAP;

	reader->list->by_domain = table_new(is_map ? count_children(map) : 0, sizeof(size_t), NULL);
	if (!is_map)
		fail(reader, map ? map : root, "expected policies: a map of domains to policies");
	for (const struct yml *member = is_map ? map->child : NULL; member; member = member->next)
		read_domain(reader, member);
}

static void read_expires(struct reader *reader, const struct yml *value)
{
	const char *word = value->kind == YML_SCALAR ? value->scalar : "";

	if (!policy_list_date(bytes_str(word), &reader->list->expires))
		fail(reader, value,
			"expected a time as 2026-12-31T00:00:00Z, a date, or seconds since 1970");
}

static void read_suffix_labels(struct reader *reader, const struct yml *value)
{
	const char *word = value->kind == YML_SCALAR ? value->scalar : "";

	reader->list->deep = strcmp(word, "any") == 0;
	if (!reader->list->deep && strcmp(word, "one") != 0)
		fail(reader, value, "expected one or any");
}

/* Keys of the format that say nothing here, and those that are read elsewhere. */
static bool is_known(const char *key)
{
	static const char *const known[] = { "timestamp", "version", "author", "pinsets",
		"policy-aliases", "policies" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(known[i], key) == 0)
			return true;
	return false;
}

static void read_head(struct reader *reader, const struct yml *root)
{
	for (const struct yml *member = root->child; member; member = member->next) {
		if (strcmp(member->key, "expires") == 0)
			read_expires(reader, member);
		else if (strcmp(member->key, "suffix-labels") == 0)
			read_suffix_labels(reader, member);
		else if (reader->strict && !is_known(member->key))
			fail_key(reader, member,
				"expected expires, suffix-labels, policy-aliases or policies");
	}
}

static int compare_domains(const void *a, const void *b)
{
	const struct list_entry *first = a, *second = b;

	return strcmp(first->domain, second->domain);
}

static void index_all(struct policy_list *list)
{
	if (list->count)
		qsort(list->entries, list->count, sizeof(*list->entries), compare_domains);
	list->by_pattern = pattern_index_new(compare_domains);
	for (size_t i = 0; i < list->count; i++) {
		const struct list_entry *entry = &list->entries[i];
		size_t *at = table_get(list->by_domain, bytes_str(entry->domain));

		*at = i;
		for (size_t j = 0; j < entry->mx_count; j++)
			pattern_index_add(list->by_pattern, entry->mx[j], entry);
	}
}

static struct policy_list *build(
	const struct yml *root, const char *name, bool strict, struct text *errors)
{
	struct policy_list *list = mem_alloc(sizeof(*list));
	struct reader reader = { list, name, errors, NULL, strict, true };
	const char *slash = strrchr(name, '/');

	list->name = mem_strdup(slash ? slash + 1 : name);
	list->expires = INT64_MAX;
	if (root->kind == YML_MAP) {
		read_head(&reader, root);
		read_aliases(&reader, yml_get(root, "policy-aliases"));
		read_policies(&reader, root);
	} else {
		fail(&reader, root, "must be a map with \"policies\"");
	}
	table_free(reader.by_alias);
	if (reader.good) {
		index_all(list);
		return list;
	}
	policy_list_free(list);
	return NULL;
}

static bool looks_like_json(struct bytes text)
{
	size_t i = 0;

	while (i < text.n && memchr(" \t\r\n", text.p[i], 4))
		i++;
	return i < text.n && text.p[i] == '{';
}

struct policy_list *policy_list_parse(struct bytes text, const char *name, struct text *errors)
{
	bool json = looks_like_json(text);
	struct yml *root =
		json ? policy_list_json(text, name, errors) : yml_parse(text, name, errors);
	struct policy_list *list = root ? build(root, name, !json, errors) : NULL;

	yml_free(root);
	return list;
}

struct policy_list *policy_list_load(const char *path, struct text *errors)
{
	FILE *file = fopen(path, "rbe");
	struct policy_list *list = NULL;
	struct text text = { 0 };
	size_t n;

	if (!file) {
		text_printf(errors, "%s: %s\n", path, strerror(errno));
		return NULL;
	}
	while (text.n <= LIST_BYTES_MAX && (n = fread(text_room(&text, 65536), 1, 65536, file)) > 0)
		text.n += n;
	if (ferror(file))
		text_printf(errors, "%s: %s\n", path, strerror(errno));
	else if (text.n > LIST_BYTES_MAX)
		text_printf(errors, "%s: larger than %d bytes\n", path, LIST_BYTES_MAX);
	else
		list = policy_list_parse(bytes_of(text.s, text.n), path, errors);
	fclose(file);
	text_free(&text);
	return list;
}

void policy_list_free(struct policy_list *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->policy_count; i++) {
		for (size_t j = 0; j < list->policies[i]->mx_count; j++)
			free(list->policies[i]->mx[j]);
		free(list->policies[i]->mx);
		free(list->policies[i]);
	}
	for (size_t i = 0; i < list->count; i++)
		free((char *)(uintptr_t)list->entries[i].domain);
	free(list->policies);
	free(list->entries);
	free(list->name);
	table_free(list->by_domain);
	pattern_index_free(list->by_pattern);
	free(list);
}

const char *policy_list_name(const struct policy_list *list)
{
	return list->name;
}

size_t policy_list_count(const struct policy_list *list)
{
	return list->count;
}

int64_t policy_list_expires(const struct policy_list *list)
{
	return list->expires;
}

bool policy_list_is_current(const struct policy_list *list, int64_t now)
{
	return now < list->expires;
}

const struct list_entry *policy_list_get(const struct policy_list *list, const char *domain)
{
	const size_t *at = table_get(list->by_domain, bytes_str(domain));

	return at ? &list->entries[*at] : NULL;
}

/* @mx is somewhere below the suffix of "*.suffix". */
static bool is_below(const char *mx, const char *pattern)
{
	size_t n = strlen(mx), suffix = strlen(pattern) - 1;

	return pattern[0] == '*' && n > suffix && strcmp(mx + n - suffix, pattern + 1) == 0;
}

bool policy_list_matches(
	const struct policy_list *list, const struct list_entry *entry, const char *mx)
{
	for (size_t i = 0; i < entry->mx_count; i++)
		if (domain_matches(mx, entry->mx[i]) || (list->deep && is_below(mx, entry->mx[i])))
			return true;
	return false;
}

static bool is_among(const struct list_entry *entry, const struct list_entry **some, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (some[i] == entry)
			return true;
	return false;
}

/* Add those that @mx leads to in the index. */
static size_t collect(const struct policy_list *list, const char *mx, const struct list_entry **out,
	size_t n, size_t max)
{
	struct pattern_walk walk = pattern_index_walk(list->by_pattern, mx);
	const struct list_entry *entry;

	while (n < max && (entry = pattern_walk_next(&walk)))
		if (!is_among(entry, out, n))
			out[n++] = entry;
	return n;
}

size_t policy_list_matching(
	const struct policy_list *list, const char *mx, const struct list_entry **out, size_t max)
{
	size_t n = collect(list, mx, out, 0, max);
	const char *dot = strchr(mx, '.');

	/* "*.b.example" leads to what has just that pattern, for names of any depth. */
	while (list->deep && dot && n < max) {
		char pattern[DOMAIN_TEXT + 1];

		dot = strchr(dot + 1, '.');
		if (!dot || strlen(dot) >= DOMAIN_TEXT)
			break;
		snprintf(pattern, sizeof(pattern), "*%s", dot);
		n = collect(list, pattern, out, n, max);
	}
	return n;
}
