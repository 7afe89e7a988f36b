// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/echo.h"

#include "base/text.h"

/* Shorter quotes are too easily something else. */
#define ECHO_MIN 4

/* The wording says that the quoted thing is what was received, not what should be sent. */
static bool is_about_received(struct bytes text)
{
	static const char *const words[] = {
		"unrecogni",
		"not recogni",
		"unknown",
		"not implemented",
		"unimplemented",
		"invalid command",
		"bad command",
		"not understood",
		"illegal command",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_contains(text, words[i]))
			return true;
	return false;
}

static bool is_masked(struct bytes word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] != 'X' && word.p[i] != 'x' && word.p[i] != '*')
			return false;
	return word.n > 0;
}

/* One is the other, or its front: quotes are cut, never lengthened, but what was sent may be. */
static bool agrees(struct bytes word, const char *sent)
{
	size_t n = strlen(sent);

	for (size_t i = 0; i < word.n && i < n; i++)
		if (text_lower((char)word.p[i]) != text_lower(sent[i]))
			return false;
	return true;
}

static bool differs(struct bytes word, enum command_verb sent, bool quoted)
{
	const char *name = command_name(sent);

	if (word.n < ECHO_MIN || agrees(word, name))
		return false;
	if (is_masked(word) || command_verb(word) != VERB_UNKNOWN)
		return true;
	/* Overwritten in place, by whatever. */
	return quoted && word.n == strlen(name);
}

/* The first word between two equal quotation marks. */
static bool quoted_word(struct bytes text, struct bytes *word)
{
	for (; text.n; bytes_skip(&text, 1)) {
		struct bytes inside = text;
		const uint8_t *end;

		if (text.p[0] != '"' && text.p[0] != '\'')
			continue;
		bytes_skip(&inside, 1);
		end = inside.n ? memchr(inside.p, text.p[0], inside.n) : NULL;
		if (!end)
			return false;
		inside.n = (size_t)(end - inside.p);
		*word = command_word(&inside);
		return true;
	}
	return false;
}

/* The word behind "command ", as in "Command XXXXXXXX not recognized". */
static bool named_word(struct bytes text, struct bytes *word)
{
	for (; text.n; bytes_skip(&text, 1)) {
		if (!text_starts(text, "command "))
			continue;
		bytes_skip(&text, strlen("command "));
		*word = command_word(&text);
		while (word->n && memchr(".,:;", word->p[word->n - 1], 4))
			word->n--;
		return true;
	}
	return false;
}

bool echo_differs(unsigned int code, struct bytes text, enum command_verb sent)
{
	struct bytes word;

	if ((code != 500 && code != 502) || sent == VERB_UNKNOWN || sent >= COMMAND_VERBS)
		return false;
	if (!is_about_received(text))
		return false;
	if (quoted_word(text, &word))
		return differs(word, sent, true);
	return named_word(text, &word) && differs(word, sent, false);
}
