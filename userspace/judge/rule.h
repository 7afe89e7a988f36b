/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules: YAML files that turn findings, with all else that the session document says, into alerts.
 * Loaded and checked once, with file, line and column for people's mistakes; then immutable.
 */
#ifndef JUDGE_RULE_H
#define JUDGE_RULE_H

#include "base/text.h"
#include "judge/field.h"

struct condition; /* a tree of all/any/not and tests: judge/match.h */

/* Findings that one rule may be about. */
#define RULE_FINDINGS_MAX 8

struct rule {
	char *id, *name, *category;
	char *reference, *description; /* NULL: none */
	char *ruleset;              /* base name of its file without ".yml" */
	char *technique;            /* MITRE ATT&CK id; NULL: none */
	enum severity severity;
	bool confidence_set;
	enum confidence confidence; /* valid if confidence_set; else the finding's */
	/* What the alert is about: the first of these that is there. */
	enum finding_id findings[RULE_FINDINGS_MAX];
	size_t finding_count;       /* 0: the rule is about none */
	struct condition *when;     /* NULL: the finding suffices */
	char *message;              /* template, see judge/rule_message.h */
	int64_t suppress;           /* ns in which the same alert is only counted; 0: never */
	char *file;
	unsigned int line;
};

struct ruleset {
	struct rule *list;
	size_t n;
};

/*
 * Load @n paths (files, or directories whose *.yml are taken in order of name). NULL on any
 * mistake: each is written to @errors as "FILE:LINE:COLUMN: what; expected …". Rule ids are unique.
 */
struct ruleset *rules_load(const char *const *paths, size_t n, struct text *errors);

/* The same for a file's text, called @name in mistakes. */
struct ruleset *rules_parse(struct bytes text, const char *name, struct text *errors);
void rules_free(struct ruleset *rules);

/* The finding of @subject that @rule is about; NULL: none of them is there, or it names none. */
const struct finding *rule_finding(const struct rule *rule, const struct subject *subject);

/* True if @rule's condition holds for @subject, and a finding that it is about is there. */
bool rule_matches(const struct rule *rule, const struct subject *subject);

/* @rule in words: what it is, what makes it fire, and what the fields and findings in it mean. */
void rule_describe(const struct rule *rule, struct text *out);

/*
 * As rule_matches(), written out part by part for people: which test held, on which value, and which
 * did not.
 */
bool rule_explain(const struct rule *rule, const struct subject *subject, struct text *out);

/* @rule's message for @subject, appended. */
void rule_message(const struct rule *rule, const struct subject *subject, struct text *out);

#endif
