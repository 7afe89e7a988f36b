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

struct rule {
	char *id, *name, *category, *reference, *description;
	char *ruleset;              /* base name of its file without ".yml" */
	char *technique;            /* MITRE ATT&CK id; NULL: none */
	enum severity severity;
	bool confidence_set;
	enum confidence confidence; /* valid if confidence_set; else the finding's */
	bool finding_set;
	enum finding_id finding;    /* that the alert is about: its evidence, result type, domain */
	struct condition *when;
	char *message;              /* template: {field.name} is replaced by the field's value */
	int64_t suppress;           /* ns in which the same alert is only counted; 0: never */
	char *file;
	unsigned int line;
};

struct ruleset {
	struct rule *list;
	size_t n;
};

/*
 * Load @n paths (files, or directories whose *.yml are taken in order of name). NULL on any mistake:
 * each is written to @errors as "FILE:LINE:COLUMN: what; expected …". Rule ids are unique.
 */
struct ruleset *rules_load(const char *const *paths, size_t n, struct text *errors);
void rules_free(struct ruleset *rules);

/* True if @rule's condition holds for @subject. */
bool rule_matches(const struct rule *rule, const struct subject *subject);

/* The same, written out part by part for people: which test held, on which value, and which did not. */
bool rule_explain(const struct rule *rule, const struct subject *subject, struct text *out);

/* @rule's message for @subject. */
void rule_message(const struct rule *rule, const struct subject *subject, struct text *out);

#endif
