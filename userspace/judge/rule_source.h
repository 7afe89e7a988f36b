/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rules file while it is read: where mistakes go, and how they are worded. Private to the files
 * of judge/ that load rules.
 */
#ifndef JUDGE_RULE_SOURCE_H
#define JUDGE_RULE_SOURCE_H

#include "base/yml.h"

/* After so many mistakes in one file the rest of them tells nobody anything. */
#define RULE_MISTAKES_MAX 50

struct rule_source {
	const char *name;     /* of the file, for its mistakes */
	struct text *errors;
	size_t mistakes;
	struct text quote, hint, list; /* of the mistake that is being told */
};

/* Releases the buffers, not what was told. */
void rule_source_fini(struct rule_source *source);

/* Tell a mistake at the value @at. */
void rule_mistake(struct rule_source *source, const struct yml *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same at its key. */
void rule_key_mistake(struct rule_source *source, const struct yml *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* @s in double quotes, printable and cut; valid until the next call. */
const char *rule_quote(struct rule_source *source, const char *s);

/* ' (did you mean "@word"?)', or "" for NULL; valid until the next call. */
const char *rule_hint(struct rule_source *source, const char *word);

/* "a, b or c" of a list that ends with NULL, "" left out; valid until the next call. */
const char *rule_words(struct rule_source *source, const char *const *words);

/* The text of a scalar; NULL, and told: it is a list, a map or empty. @what: "a name". */
const char *rule_scalar(struct rule_source *source, const struct yml *node, const char *what);

#endif
