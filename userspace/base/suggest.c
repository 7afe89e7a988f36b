// SPDX-License-Identifier: BSD-2-Clause
#include "base/suggest.h"

#include "base/text.h"

/* Words longer than this are not compared: no known one is. */
#define WORD_MAX 64

/* Distances of words that are the same but for what stands before a dot. */
#define DISTANCE_TAIL      1 /* "starttls.offer" for "smtp.starttls.offer" */
#define DISTANCE_LAST_PART 2 /* "smtp.offer" for it */

struct suggestion suggestion_for(struct bytes word)
{
	/* A third of the letters may be wrong. */
	return (struct suggestion){ .word = word, .distance = DISTANCE_LAST_PART + 1 + word.n / 3 };
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Letters to insert, delete or replace (Levenshtein), case aside. Both at most WORD_MAX. */
static size_t edit_distance(struct bytes a, struct bytes b)
{
	size_t row[WORD_MAX + 1];

	for (size_t j = 0; j <= b.n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t above = row[j];
			bool same = text_lower((char)a.p[i - 1]) == text_lower((char)b.p[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[b.n];
}

static struct bytes last_part(struct bytes name)
{
	size_t start = name.n;

	while (start > 0 && name.p[start - 1] != '.')
		start--;
	return bytes_of(name.p + start, name.n - start);
}

static size_t distance(struct bytes word, struct bytes candidate)
{
	struct bytes tail = candidate;

	if (candidate.n > word.n && word.n && candidate.p[candidate.n - word.n - 1] == '.' &&
		bytes_skip(&tail, candidate.n - word.n) && bytes_equal(tail, word))
		return DISTANCE_TAIL;
	tail = last_part(candidate);
	if (tail.n && tail.n < candidate.n && bytes_equal(tail, last_part(word)))
		return DISTANCE_LAST_PART;
	return edit_distance(word, candidate);
}

void suggestion_offer(struct suggestion *suggestion, const char *candidate)
{
	struct bytes b = bytes_str(candidate);
	size_t d;

	if (suggestion->word.n > WORD_MAX || b.n > WORD_MAX || b.n == 0)
		return;
	d = distance(suggestion->word, b);
	if (d >= suggestion->distance || d >= b.n)
		return;
	suggestion->distance = d;
	suggestion->best = candidate;
}

void suggestion_offer_all(struct suggestion *suggestion, const char *const *candidates)
{
	for (; *candidates; candidates++)
		suggestion_offer(suggestion, *candidates);
}
