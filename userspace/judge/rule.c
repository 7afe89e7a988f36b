// SPDX-License-Identifier: BSD-2-Clause
#include "judge/rule.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "judge/match.h"
#include "judge/rule_keys.h"

/* Each session is held against every rule; far more than people write. */
#define RULES_MAX 1000

/* ns. Where a rule says nothing: a fault that lasts wakes somebody once an hour. */
#define SUPPRESS_DEFAULT ((int64_t)3600 * 1000000000)

/* All files together. */
struct loader {
	struct ruleset *rules;
	size_t room;
	struct text *errors;
	bool good;
};

static void rule_fini(struct rule *rule)
{
	free(rule->id);
	free(rule->name);
	free(rule->category);
	free(rule->reference);
	free(rule->description);
	free(rule->ruleset);
	free(rule->technique);
	condition_free(rule->when);
	free(rule->message);
	free(rule->file);
}

/* "starttls" of "/etc/stripwatch/rules/starttls.yml". */
static char *ruleset_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct bytes name = bytes_str(slash ? slash + 1 : path);

	if (name.n > 4 && memcmp(name.p + name.n - 4, ".yml", 4) == 0)
		name.n -= 4;
	return mem_string(name);
}

static const struct rule *rule_find(const struct ruleset *rules, const char *id)
{
	for (size_t i = 0; i < rules->n; i++) {
		if (rules->list[i].id && strcmp(rules->list[i].id, id) == 0)
			return &rules->list[i];
	}
	return NULL;
}

static void check_unique(struct mistakes *mistakes, const struct ruleset *rules,
	const struct rule *rule, const struct yml *node)
{
	const struct rule *other = rule->id ? rule_find(rules, rule->id) : NULL;

	if (other)
		mistakes_at(mistakes, yml_get(node, "id"), "duplicate id %s, first in %s:%u",
			mistakes_quote(mistakes, rule->id), other->file, other->line);
}

/* A rule with mistakes in it is kept until the end, so that duplicates of its id are told. */
static void load_rule(struct loader *loader, struct mistakes *mistakes, const struct yml *node)
{
	struct ruleset *rules = loader->rules;
	struct rule rule = { .suppress = SUPPRESS_DEFAULT, .line = node->line };

	if (node->kind != YML_MAP) {
		mistakes_at(mistakes, node, "not a rule; expected a map with id, name, severity …");
		return;
	}
	if (rules->n == RULES_MAX) {
		mistakes_at(mistakes, node, "more than %d rules", RULES_MAX);
		return;
	}
	rule.file = mem_strdup(mistakes->name);
	rule.ruleset = ruleset_name(mistakes->name);
	rule_set_keys(mistakes, &rule, node);
	check_unique(mistakes, rules, &rule, node);
	rules->list = mem_grow(rules->list, rules->n, &loader->room, sizeof(*rules->list));
	rules->list[rules->n++] = rule;
}

static void load_document(struct loader *loader, const char *name, const struct yml *root)
{
	struct mistakes mistakes = { .name = name, .errors = loader->errors };

	if (root->kind != YML_LIST || !root->child)
		mistakes_at(&mistakes, root, "no rules; expected a list of them");
	else
		for (const struct yml *node = root->child;
			node && mistakes.n <= MISTAKES_MAX; node = node->next)
			load_rule(loader, &mistakes, node);
	loader->good = loader->good && mistakes.n == 0;
	mistakes_fini(&mistakes);
}

static void load_file(struct loader *loader, const char *path)
{
	struct yml *root = yml_load(path, loader->errors);

	if (root)
		load_document(loader, path, root);
	else
		loader->good = false;
	yml_free(root);
}

static int is_rules_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 4 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 4, ".yml") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void load_directory(struct loader *loader, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_rules_file, by_name);
	struct text name = { 0 };

	if (n <= 0) {
		text_printf(loader->errors, "%s: %s\n", path,
			n < 0 ? strerror(errno) : "no *.yml files in it");
		loader->good = false;
	}
	for (int i = 0; i < n; i++) {
		text_reset(&name);
		text_printf(&name, "%s/%s", path, entries[i]->d_name);
		load_file(loader, name.s);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	text_free(&name);
}

static void load_path(struct loader *loader, const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		load_directory(loader, path);
	else
		load_file(loader, path);
}

static struct loader loader_new(struct text *errors)
{
	return (struct loader){
		.rules = mem_alloc(sizeof(struct ruleset)), .errors = errors, .good = true
	};
}

static struct ruleset *loader_end(struct loader *loader)
{
	if (loader->good)
		return loader->rules;
	rules_free(loader->rules);
	return NULL;
}

struct ruleset *rules_load(const char *const *paths, size_t n, struct text *errors)
{
	struct loader loader = loader_new(errors);

	for (size_t i = 0; i < n; i++)
		load_path(&loader, paths[i]);
	return loader_end(&loader);
}

struct ruleset *rules_parse(struct bytes text, const char *name, struct text *errors)
{
	struct loader loader = loader_new(errors);
	struct yml *root = yml_parse(text, name, errors);

	if (root)
		load_document(&loader, name, root);
	else
		loader.good = false;
	yml_free(root);
	return loader_end(&loader);
}

const struct finding *rule_finding(const struct rule *rule, const struct subject *subject)
{
	const struct finding *finding = NULL;

	for (size_t i = 0; !finding && i < rule->finding_count; i++)
		finding = findings_find(subject->findings, rule->findings[i]);
	return finding;
}

bool rule_matches(const struct rule *rule, const struct subject *subject)
{
	if (rule->finding_count && !rule_finding(rule, subject))
		return false;
	return !rule->when || condition_matches(rule->when, subject);
}

void rules_free(struct ruleset *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->n; i++)
		rule_fini(&rules->list[i]);
	free(rules->list);
	free(rules);
}
