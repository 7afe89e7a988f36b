/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people write in YAML, while it is read: where mistakes go, and how they are worded. All of a file
 * are told at once.
 */
#ifndef BASE_MISTAKES_H
#define BASE_MISTAKES_H

#include "base/yml.h"

/* After so many mistakes in one file the rest of them tells nobody anything. */
#define MISTAKES_MAX 50

struct mistakes {
	const char *name;     /* of the file, for its mistakes */
	struct text *errors;
	size_t n;             /* of them so far */
	struct text quote, hint, list; /* of the mistake that is being told */
};

/* Releases the buffers, not what was told. */
void mistakes_fini(struct mistakes *mistakes);

/* Tell a mistake at the value @at. */
void mistakes_at(struct mistakes *mistakes, const struct yml *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same at its key. */
void mistakes_at_key(struct mistakes *mistakes, const struct yml *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* @s in double quotes, printable and cut; valid until the next call. */
const char *mistakes_quote(struct mistakes *mistakes, const char *s);

/* ' (did you mean "@word"?)', or "" for NULL; valid until the next call. */
const char *mistakes_hint(struct mistakes *mistakes, const char *word);

/* "a, b or c" of a list that ends with NULL, "" left out; valid until the next call. */
const char *mistakes_words(struct mistakes *mistakes, const char *const *words);

/* The text of a scalar; NULL, and told: it is a list, a map or empty. @what: "a name". */
const char *mistakes_scalar(struct mistakes *mistakes, const struct yml *node, const char *what);

#endif
