// SPDX-License-Identifier: BSD-2-Clause
/*
 * flatten: JSON Lines on standard input become "LINE<TAB>dotted.name<TAB>value" lines, one a value,
 * so that sh and awk can ask for them. Items of an array share the array's name; a string keeps its
 * escapes. Exit status 1: a line is not JSON.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Deeper documents are no event of ours. */
#define DEPTH_MAX 32

struct flatten {
	const char *at; /* rest of the line, NUL-terminated */
	unsigned long line;
	struct text name; /* of the value at hand */
};

static void blanks(struct flatten *flatten)
{
	flatten->at += strspn(flatten->at, " \t\r\n");
}

static bool skip(struct flatten *flatten, char c)
{
	blanks(flatten);
	if (*flatten->at != c)
		return false;
	flatten->at++;
	return true;
}

/* The inside of a string, quotes off. */
static bool string(struct flatten *flatten, struct bytes *out)
{
	const char *start;

	if (!skip(flatten, '"'))
		return false;
	for (start = flatten->at; *flatten->at && *flatten->at != '"'; flatten->at++)
		if (*flatten->at == '\\' && flatten->at[1])
			flatten->at++;
	*out = bytes_of(start, (size_t)(flatten->at - start));
	return skip(flatten, '"');
}

static void say(const struct flatten *flatten, struct bytes value)
{
	printf("%lu\t%.*s\t%.*s\n", flatten->line, (int)flatten->name.n,
		flatten->name.s ? flatten->name.s : "", (int)value.n, (const char *)value.p);
}

static bool value(struct flatten *flatten, int depth);

static bool member(struct flatten *flatten, int depth)
{
	size_t outer = flatten->name.n;
	struct bytes key;
	bool good;

	if (!string(flatten, &key) || !skip(flatten, ':'))
		return false;
	if (outer)
		text_putc(&flatten->name, '.');
	text_add(&flatten->name, key);
	good = value(flatten, depth + 1);
	flatten->name.n = outer;
	return good;
}

/* Members or items up to @close. */
static bool container(struct flatten *flatten, char close, int depth)
{
	if (skip(flatten, close))
		return true;
	do {
		bool good = close == '}' ? member(flatten, depth) : value(flatten, depth + 1);

		if (!good)
			return false;
	} while (skip(flatten, ','));
	return skip(flatten, close);
}

static bool value(struct flatten *flatten, int depth)
{
	struct bytes text;
	size_t n;

	if (depth > DEPTH_MAX)
		return false;
	if (skip(flatten, '{'))
		return container(flatten, '}', depth);
	if (skip(flatten, '['))
		return container(flatten, ']', depth);
	if (*flatten->at == '"') {
		if (!string(flatten, &text))
			return false;
		say(flatten, text);
		return true;
	}
	n = strspn(flatten->at, "+-.0123456789eEtrufalsn");
	say(flatten, bytes_of(flatten->at, n));
	flatten->at += n;
	return n > 0;
}

int main(void)
{
	struct flatten flatten = { 0 };
	char *line = NULL;
	size_t room = 0;
	int status = 0;

	while (getline(&line, &room, stdin) > 0) {
		flatten.at = line;
		flatten.line++;
		flatten.name.n = 0;
		if (!value(&flatten, 0) || (blanks(&flatten), *flatten.at)) {
			fprintf(stderr, "flatten: line %lu is not JSON\n", flatten.line);
			status = 1;
		}
	}
	text_free(&flatten.name);
	free(line);
	return status;
}
