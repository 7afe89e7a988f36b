// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_list_json.h"

#include <jansson.h>

#include "base/mem.h"

/*
 * The library gives the values, but not where they stand. So its tree and the text are walked side
 * by side: the text is known to be valid by then, and members are in its order.
 */
struct walk {
	struct bytes rest;
	unsigned int line, column; /* of the first byte of rest; columns count bytes */
	const char *name;
	struct text *errors;
};

static void skip(struct walk *walk, size_t n)
{
	for (size_t i = 0; i < n && walk->rest.n; i++) {
		walk->column++;
		if (*walk->rest.p == '\n') {
			walk->line++;
			walk->column = 1;
		}
		bytes_skip(&walk->rest, 1);
	}
}

/* Blanks, and what stands between members and values. */
static void skip_between(struct walk *walk)
{
	while (walk->rest.n && memchr(" \t\r\n,:", *walk->rest.p, 7))
		skip(walk, 1);
}

static void skip_string(struct walk *walk)
{
	size_t n = 1;

	while (n < walk->rest.n && walk->rest.p[n] != '"')
		n += walk->rest.p[n] == '\\' ? 2 : 1;
	skip(walk, n + 1);
}

/* A number, true, false or null. */
static struct bytes skip_word(struct walk *walk)
{
	struct bytes word = walk->rest;
	size_t n = 0;

	while (n < word.n && !memchr(" \t\r\n,]}", word.p[n], 7))
		n++;
	skip(walk, n);
	return bytes_of(word.p, n);
}

static struct yml *convert(struct walk *walk, const json_t *value, unsigned int depth);

static bool convert_list(
	struct walk *walk, const json_t *array, struct yml *list, unsigned int depth)
{
	struct yml **tail = &list->child;
	const json_t *item;
	size_t i;

	skip(walk, 1);
	json_array_foreach(array, i, item)
	{
		*tail = convert(walk, item, depth + 1);
		if (!*tail)
			return false;
		tail = &(*tail)->next;
	}
	skip_between(walk);
	skip(walk, 1);
	return true;
}

static bool convert_map(struct walk *walk, json_t *object, struct yml *map, unsigned int depth)
{
	struct yml **tail = &map->child;
	json_t *member;
	const char *key;

	skip(walk, 1);
	json_object_foreach(object, key, member)
	{
		unsigned int line, column;

		skip_between(walk);
		line = walk->line;
		column = walk->column;
		skip_string(walk);
		*tail = convert(walk, member, depth + 1);
		if (!*tail)
			return false;
		(*tail)->key = mem_strdup(key);
		(*tail)->key_line = line;
		(*tail)->key_column = column;
		tail = &(*tail)->next;
	}
	skip_between(walk);
	skip(walk, 1);
	return true;
}

static struct yml *convert(struct walk *walk, const json_t *value, unsigned int depth)
{
	struct yml *node = mem_alloc(sizeof(*node));
	bool good = depth <= YML_DEPTH_MAX;

	skip_between(walk);
	node->line = walk->line;
	node->column = walk->column;
	if (!good) {
		yml_error(walk->errors, walk->name, node, "nested too deeply");
	} else if (json_is_object(value)) {
		node->kind = YML_MAP;
		good = convert_map(walk, (json_t *)(uintptr_t)value, node, depth);
	} else if (json_is_array(value)) {
		node->kind = YML_LIST;
		good = convert_list(walk, value, node, depth);
	} else if (json_is_string(value)) {
		node->scalar = mem_strdup(json_string_value(value));
		node->quoted = true;
		skip_string(walk);
	} else {
		node->scalar = mem_string(skip_word(walk));
	}
	if (good)
		return node;
	yml_free(node);
	return NULL;
}

struct yml *policy_list_json(struct bytes text, const char *name, struct text *errors)
{
	struct walk walk = { text, 1, 1, name, errors };
	struct yml *tree = NULL;
	json_error_t error;
	json_t *root = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &error);

	if (root)
		tree = convert(&walk, root, 0);
	else
		text_printf(errors, "%s:%d:%d: %s\n", name, error.line,
			error.column > 0 ? error.column : 1, error.text);
	json_decref(root);
	return tree;
}
