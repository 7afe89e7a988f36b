// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch rules: checks rules, lists them, and tells in words what one of them does.
 */
#include "command/command.h"

#include <stdio.h>
#include <string.h>

#include "judge/rule.h"

static const char usage[] =
	"usage: stripwatch rules check [PATH...]\n"
	"       stripwatch rules list [PATH...]\n"
	"       stripwatch rules explain RULE-ID [PATH...]\n"
	"\n"
	"PATH is a rules file, or a directory whose *.yml are read. Without one:\n"
	"$STRIPWATCH_RULES, else those of the program's own tree, else the installed ones.\n";

/* "FILE: N rules" for each file; rules of one file stand together. */
static int check(char *const *paths, int n)
{
	struct ruleset *rules = rules_load_named((const char *const *)paths, (size_t)n);
	size_t first = 0;

	if (!rules)
		return EXIT_USAGE;
	for (size_t i = 1; i <= rules->n; i++) {
		const char *file = rules->list[first].file;

		if (i < rules->n && strcmp(rules->list[i].file, file) == 0)
			continue;
		printf("%s: %zu rule%s\n", file, i - first, i - first == 1 ? "" : "s");
		first = i;
	}
	rules_free(rules);
	return EXIT_DONE;
}

/* What a rule is about: "a", or "a +2" where any of three will do. */
static const char *about(const struct rule *rule, struct text *out)
{
	text_reset(out);
	text_puts(out, rule->finding_count ? finding_name(rule->findings[0]) : "-");
	if (rule->finding_count > 1)
		text_printf(out, " +%zu", rule->finding_count - 1);
	return out->s;
}

/* Wide enough for the longest entry, so that columns stand under each other. */
static int wider(int width, const char *text)
{
	int n = (int)strlen(text);

	return n > width ? n : width;
}

static int list(char *const *paths, int n)
{
	struct ruleset *rules = rules_load_named((const char *const *)paths, (size_t)n);
	int id = (int)strlen("ID"), finding = (int)strlen("FINDING");
	struct text text = { 0 };

	if (!rules)
		return EXIT_USAGE;
	for (size_t i = 0; i < rules->n; i++) {
		id = wider(id, rules->list[i].id);
		finding = wider(finding, about(&rules->list[i], &text));
	}
	printf("%-*s  %-8s  %-*s  %s\n", id, "ID", "SEVERITY", finding, "FINDING", "NAME");
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->list[i];

		printf("%-*s  %-8s  %-*s  %s\n", id, rule->id, severity_name(rule->severity),
			finding, about(rule, &text), rule->name);
	}
	text_free(&text);
	rules_free(rules);
	return EXIT_DONE;
}

static int explain(const char *id, char *const *paths, int n)
{
	struct ruleset *rules = rules_load_named((const char *const *)paths, (size_t)n);
	struct text out = { 0 };

	if (!rules)
		return EXIT_USAGE;
	for (size_t i = 0; i < rules->n; i++) {
		if (strcmp(rules->list[i].id, id) == 0)
			rule_describe(&rules->list[i], &out);
	}
	if (out.n)
		fputs(out.s, stdout);
	else
		fprintf(stderr,
			"stripwatch: no rule has the id \"%s\"; see stripwatch rules list\n", id);
	n = out.n ? EXIT_DONE : EXIT_USAGE;
	text_free(&out);
	rules_free(rules);
	return n;
}

int command_rules(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	if (strcmp(verb, "check") == 0)
		return check(argv + 2, argc - 2);
	if (strcmp(verb, "list") == 0)
		return list(argv + 2, argc - 2);
	if (strcmp(verb, "explain") == 0 && argc > 2)
		return explain(argv[2], argv + 3, argc - 3);
	fputs(usage, stderr);
	return EXIT_USAGE;
}
