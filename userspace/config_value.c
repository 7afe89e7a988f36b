// SPDX-License-Identifier: BSD-2-Clause
#include "config_value.h"

#include <stdlib.h>

#include "base/mem.h"

const char *strings_keep(struct strings *strings, const char *s)
{
	strings->list = mem_grow(strings->list, strings->n, &strings->room, sizeof(*strings->list));
	strings->list[strings->n] = mem_strdup(s);
	return strings->list[strings->n++];
}

void strings_fini(struct strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		free(strings->list[i]);
	free(strings->list);
}

static void refuse(struct reader *reader, const struct yml *node, const char *expected)
{
	struct mistakes *mistakes = &reader->mistakes;

	mistakes_at(mistakes, node, "%s; expected %s", mistakes_quote(mistakes, node->scalar),
		expected);
}

bool config_value_text(
	struct reader *reader, const struct yml *node, const char *what, const char **out)
{
	*out = mistakes_scalar(&reader->mistakes, node, what);
	return *out != NULL;
}

bool config_value_path(struct reader *reader, const struct yml *node, const char **out)
{
	const char *text;

	if (!config_value_text(reader, node, "a path", &text))
		return false;
	if (*text != '/') {
		refuse(reader, node, "a path that begins with /");
		return false;
	}
	*out = strings_keep(reader->strings, text);
	return true;
}

bool config_value_bool(struct reader *reader, const struct yml *node, bool *out)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };
	const char *text;

	if (!config_value_text(reader, node, "yes or no", &text))
		return false;
	for (size_t i = 0; !node->quoted && i < sizeof(words) / sizeof(*words); i++) {
		if (text_is(bytes_str(text), words[i])) {
			*out = i % 2 == 1;
			return true;
		}
	}
	refuse(reader, node, node->quoted ? "yes or no, without quotes" : "yes or no");
	return false;
}

bool config_value_number(
	struct reader *reader, const struct yml *node, uint64_t min, uint64_t max, uint64_t *out)
{
	const char *text;
	uint64_t number;

	if (!config_value_text(reader, node, "a number", &text))
		return false;
	if (!node->quoted && text_parse_uint(bytes_str(text), max, &number) && number >= min) {
		*out = number;
		return true;
	}
	mistakes_at(&reader->mistakes, node, "%s; expected a number from %llu to %llu",
		mistakes_quote(&reader->mistakes, text), (unsigned long long)min,
		(unsigned long long)max);
	return false;
}

struct unit {
	char letter;
	uint64_t value;
};

static const struct unit sizes[] = { { 'T', (uint64_t)1 << 40 }, { 'G', 1 << 30 }, { 'M', 1 << 20 },
	{ 'K', 1 << 10 }, { 0 } };
static const struct unit times[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 },
	{ 0 } };

/* A number and a unit's letter; of @units, in either case. A number alone is bare, and so many
 * ones. */
static bool parse_unit(
	struct bytes text, const struct unit *units, bool bare, uint64_t max, uint64_t *out)
{
	char last = text.n ? text_lower((char)text.p[text.n - 1]) : '\0';
	uint64_t number;

	for (; units->letter; units++) {
		if (text_lower(units->letter) != last)
			continue;
		if (!text_parse_uint(bytes_of(text.p, text.n - 1), max / units->value, &number))
			return false;
		*out = number * units->value;
		return true;
	}
	return bare && text_parse_uint(text, max, out);
}

/* @value in the largest unit that divides it. */
static void put_unit(struct text *out, uint64_t value, const struct unit *units)
{
	while (units->letter && (value % units->value != 0 || value == 0))
		units++;
	text_uint(out, units->letter ? value / units->value : value);
	if (units->letter)
		text_putc(out, units->letter);
}

static bool value_in_units(struct reader *reader, const struct yml *node, const struct unit *units,
	bool bare, const char *what, uint64_t min, uint64_t max, uint64_t *out)
{
	struct text expected = { 0 };
	const char *text;
	uint64_t number;

	if (!config_value_text(reader, node, what, &text))
		return false;
	if (!node->quoted && parse_unit(bytes_str(text), units, bare, max, &number) &&
		number >= min) {
		*out = number;
		return true;
	}
	text_printf(&expected, "%s from ", what);
	put_unit(&expected, min, units);
	text_puts(&expected, " to ");
	put_unit(&expected, max, units);
	refuse(reader, node, expected.s);
	text_free(&expected);
	return false;
}

bool config_value_size(
	struct reader *reader, const struct yml *node, uint64_t min, uint64_t max, uint64_t *out)
{
	return value_in_units(reader, node, sizes, true, "a size", min, max, out);
}

bool config_value_duration(
	struct reader *reader, const struct yml *node, uint64_t min, uint64_t max, uint64_t *out)
{
	return value_in_units(reader, node, times, false, "a length of time", min, max, out);
}

bool config_value_network(struct reader *reader, const struct yml *node, struct network *out)
{
	const char *text;

	if (!config_value_text(reader, node, "a network", &text))
		return false;
	if (network_parse(bytes_str(text), out))
		return true;
	refuse(reader, node, "an address or a network, as 192.0.2.0/24");
	return false;
}

bool config_value_list(struct reader *reader, const struct yml *node, const char *example,
	const struct yml **first)
{
	if (node->kind == YML_LIST) {
		*first = node->child;
		return true;
	}
	mistakes_at(&reader->mistakes, node, "expected a list: %s", example);
	return false;
}
