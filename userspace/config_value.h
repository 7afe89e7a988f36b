/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values of the configuration, checked: each function tells what is wrong with @node and returns false
 * if it is not of its kind. Private to config*.c.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include "base/addr.h"
#include "base/mistakes.h"

/* The strings that a configuration keeps, freed all at once. All zero: none. */
struct strings {
	char **list;
	size_t n, room;
};

/* A copy of @s that lives as long as @strings. */
const char *strings_keep(struct strings *strings, const char *s);
void strings_fini(struct strings *strings);

/* What is being read, and where it goes. */
struct reader {
	struct config *config;
	struct strings *strings; /* the config's */
	struct mistakes mistakes;
};

/* Some text; @what: "a name". Borrowed from the tree. */
bool config_value_text(
	struct reader *reader, const struct yml *node, const char *what, const char **out);

/* A path from the root on: a daemon has no folder of its own. Kept. */
bool config_value_path(struct reader *reader, const struct yml *node, const char **out);

/* yes, no, true, false, on, off, without quotes. */
bool config_value_bool(struct reader *reader, const struct yml *node, bool *out);

/* A decimal number from @min to @max. */
bool config_value_number(struct reader *reader, const struct yml *node, uint64_t min, uint64_t max,
	uint64_t *out);

/* The same in bytes, and with K, M, G or T behind it (powers of 1024). */
bool config_value_size(struct reader *reader, const struct yml *node, uint64_t min, uint64_t max,
	uint64_t *out);

/* A number and s, m, h or d, in seconds. */
bool config_value_duration(struct reader *reader, const struct yml *node, uint64_t min,
	uint64_t max, uint64_t *out);

/* An address or ADDRESS/BITS. */
bool config_value_network(struct reader *reader, const struct yml *node, struct network *out);

/* A list; @example: "[25, 587]". Its first item, NULL if it has none, in *@first. */
bool config_value_list(struct reader *reader, const struct yml *node, const char *example,
	const struct yml **first);

#endif
