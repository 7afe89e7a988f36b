// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/ehlo.h"

#include "base/text.h"
#include "dialogue/command.h"

/* Bytes of STARTTLS, which a mask keeps. */
#define STARTTLS_LENGTH 8

/* No keyword worth masking is shorter than DSN; "XA" may be somebody's own extension. */
#define MASK_MIN 3

/* Servers write them in upper case, all but a few. */
static bool is_word(struct bytes word, const char *keyword)
{
	return memcmp(word.p, keyword, word.n) == 0 || text_starts(word, keyword);
}

static enum ehlo_keyword keyword_of(struct bytes word)
{
	static const struct {
		const char *text;
		size_t length;
	} names[] = {
#define X(name, text) [name] = { text, sizeof(text) - 1 },
		EHLO_KEYWORD_LIST(X)
#undef X
	};

	for (unsigned int i = EHLO_OTHER + 1; i < EHLO_KEYWORDS; i++)
		if (word.n == names[i].length && is_word(word, names[i].text))
			return i;
	return EHLO_OTHER;
}

static bool is_mask(struct bytes word)
{
	if (word.n < MASK_MIN)
		return false;
	for (size_t i = 0; i + 1 < word.n; i++)
		if (word.p[i] != 'X')
			return false;
	return word.p[word.n - 1] >= 'A' && word.p[word.n - 1] <= 'Z';
}

void ehlo_begin(struct ehlo *ehlo)
{
	*ehlo = (struct ehlo){
		.candidate = { EHLO_NO_LINE, EHLO_NO_LINE },
		.other = EHLO_NO_LINE,
	};
}

/*
 * Postfix prints PIPELINING SIZE VRFY ETRN STARTTLS AUTH ENHANCEDSTATUSCODES 8BITMIME DSN SMTPUTF8
 * CHUNKING, each only if it is on. Other servers put STARTTLS behind DSN, too, but none of them
 * has 8BITMIME directly before DSN and PIPELINING at the top.
 */
static void note_order(struct ehlo *ehlo, enum ehlo_keyword keyword)
{
	bool postfix = ehlo_has(ehlo, EHLO_PIPELINING);

	if (keyword == EHLO_DSN && postfix && ehlo->last == EHLO_8BITMIME)
		ehlo->postfix_tail = true;
	if (keyword == EHLO_DSN && postfix && ehlo->last == EHLO_OTHER && ehlo->behind_enhanced) {
		/* Between ENHANCEDSTATUSCODES and DSN: that was 8BITMIME. */
		ehlo->not_first = ehlo->candidate[0] + 1 == ehlo->lines;
		ehlo->postfix_tail = true;
	}
	ehlo->behind_enhanced = ehlo->last == EHLO_ENHANCED;
	ehlo->last = (uint8_t)keyword;
}

static void note_mask(struct ehlo *ehlo, size_t length, bool parameters)
{
	bool may_be = length == STARTTLS_LENGTH && !parameters && !ehlo->postfix_tail;

	if (may_be && ehlo->candidate[0] == EHLO_NO_LINE)
		ehlo->candidate[0] = ehlo->lines;
	else if (may_be && ehlo->candidate[1] == EHLO_NO_LINE)
		ehlo->candidate[1] = ehlo->lines;
	else if (!may_be && ehlo->other == EHLO_NO_LINE)
		ehlo->other = ehlo->lines;
}

void ehlo_line(struct ehlo *ehlo, struct bytes line)
{
	struct bytes rest = line, word = command_word(&rest);
	enum ehlo_keyword keyword = keyword_of(word);

	if (is_mask(word))
		note_mask(ehlo, word.n, rest.n > 0);
	ehlo->seen |= 1u << keyword;
	note_order(ehlo, keyword);
	if (ehlo->lines < EHLO_NO_LINE - 1)
		ehlo->lines++;
}

bool ehlo_is_recognised(const struct ehlo *ehlo)
{
	return (ehlo->seen & ~(1u << EHLO_OTHER)) || ehlo->candidate[0] != EHLO_NO_LINE;
}

uint16_t ehlo_mangled(const struct ehlo *ehlo)
{
	if (ehlo_has(ehlo, EHLO_STARTTLS))
		return EHLO_NO_LINE;
	return ehlo->candidate[ehlo->not_first];
}

uint16_t ehlo_masked_other(const struct ehlo *ehlo)
{
	if (ehlo->other != EHLO_NO_LINE)
		return ehlo->other;
	return ehlo_mangled(ehlo) == ehlo->candidate[0] ? EHLO_NO_LINE : ehlo->candidate[0];
}
