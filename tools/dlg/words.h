/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of one directive's line: bare, key=value, or "quoted with \r\n escapes".
 */
#ifndef TOOLS_DLG_WORDS_H
#define TOOLS_DLG_WORDS_H

#include "base/text.h"

#define WORDS_MAX 40

struct word {
	char *key;         /* NULL: a bare or quoted word */
	struct text value; /* NUL-terminated, may hold more NULs */
	bool used;
};

struct words {
	struct word list[WORDS_MAX];
	size_t n;
};

/* False: a quote is not closed, or there are too many words. */
bool words_parse(struct words *words, const char *line);
void words_free(struct words *words);

/* The value of key=value, or NULL. */
const char *words_get(struct words *words, const char *key);

/* True if the bare word @word is there. */
bool words_has(struct words *words, const char *word);

/* The next bare or quoted word that nobody has asked for yet, or NULL. */
const struct text *words_next(struct words *words);

/* The first word that nobody has asked for, or NULL: a mistake of the author. */
const struct word *words_unused(const struct words *words);

/* Text with \r \n \t \0 \\ \" and \xHH made bytes, appended to @out. */
void words_unescape(struct text *out, const char *s, size_t n);

#endif
