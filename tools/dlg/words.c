// SPDX-License-Identifier: BSD-2-Clause
#include "words.h"

#include <stdlib.h>

#include "base/mem.h"

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, text_lower(c)) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* The byte that an escape stands for; @used counts the characters behind the backslash. */
static char escape(const char *s, size_t n, size_t *used)
{
	*used = 1;
	switch (s[0]) {
	case 'r':
		return '\r';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case '0':
		return '\0';
	case 'x':
		if (n < 3 || hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
			return 'x';
		*used = 3;
		return (char)(hex_digit(s[1]) << 4 | hex_digit(s[2]));
	default:
		return s[0];
	}
}

void words_unescape(struct text *out, const char *s, size_t n)
{
	size_t used;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\\' && i + 1 < n) {
			text_putc(out, escape(s + i + 1, n - i - 1, &used));
			i += used;
		} else {
			text_putc(out, s[i]);
		}
	}
}

static size_t quoted_length(const char *s)
{
	size_t n = 0;

	while (s[n] && s[n] != '"')
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return n;
}

/* One word off @s; NULL: a quote stays open. */
static const char *parse_word(struct word *word, const char *s)
{
	size_t n = strcspn(s, " \t=\"");

	if (s[n] == '=') {
		word->key = mem_string(bytes_of(s, n));
		s += n + 1;
	}
	if (*s == '"') {
		n = quoted_length(s + 1);
		if (s[1 + n] != '"')
			return NULL;
		words_unescape(&word->value, s + 1, n);
		s += n + 2;
	} else {
		n = strcspn(s, " \t");
		text_add(&word->value, bytes_of(s, n));
		s += n;
	}
	/* Empty words are strings too. */
	text_room(&word->value, 1);
	word->value.s[word->value.n] = '\0';
	return s;
}

bool words_parse(struct words *words, const char *line)
{
	*words = (struct words){ 0 };
	for (line += strspn(line, " \t"); *line; line += strspn(line, " \t")) {
		if (words->n == WORDS_MAX)
			return false;
		line = parse_word(&words->list[words->n++], line);
		if (!line)
			return false;
	}
	return true;
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		free(words->list[i].key);
		text_free(&words->list[i].value);
	}
	words->n = 0;
}

const char *words_get(struct words *words, const char *key)
{
	for (size_t i = 0; i < words->n; i++) {
		struct word *word = &words->list[i];

		if (word->key && strcmp(word->key, key) == 0) {
			word->used = true;
			return word->value.s;
		}
	}
	return NULL;
}

bool words_has(struct words *words, const char *bare)
{
	for (size_t i = 0; i < words->n; i++) {
		struct word *word = &words->list[i];

		if (!word->key && strcmp(word->value.s, bare) == 0) {
			word->used = true;
			return true;
		}
	}
	return false;
}

const struct text *words_next(struct words *words)
{
	for (size_t i = 0; i < words->n; i++) {
		struct word *word = &words->list[i];

		if (!word->key && !word->used) {
			word->used = true;
			return &word->value;
		}
	}
	return NULL;
}

const struct word *words_unused(const struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		if (!words->list[i].used)
			return &words->list[i];
	return NULL;
}
