// SPDX-License-Identifier: BSD-2-Clause
#include "base/yml.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/mem.h"

/* Bytes of a key that an error quotes. */
#define QUOTE_MAX 60

struct reader {
	yaml_parser_t parser;
	const char *name;
	struct text *errors;
	size_t nodes;
};

static void write_error(struct text *errors, const char *name, size_t line, size_t column,
	const char *format, va_list args)
{
	text_printf(errors, "%s:%zu:%zu: ", name, line, column);
	text_vprintf(errors, format, args);
	text_putc(errors, '\n');
}

void yml_error(struct text *errors, const char *name, const struct yml *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_error(errors, name, at->line, at->column, format, args);
	va_end(args);
}

void yml_key_error(
	struct text *errors, const char *name, const struct yml *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_error(errors, name, at->key_line, at->key_column, format, args);
	va_end(args);
}

/* The library counts lines and columns from 0. */
__attribute__((format(printf, 3, 4))) static void error_at(
	struct reader *reader, yaml_mark_t mark, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_error(reader->errors, reader->name, mark.line + 1, mark.column + 1, format, args);
	va_end(args);
}

/* False: not YAML, and it is told. */
static bool next_event(struct reader *reader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &reader->parser;

	if (yaml_parser_parse(&reader->parser, event))
		return true;
	/* Bytes that are no UTF-8 are refused before they have a place; where reading is, is close.
	 */
	if (parser->error == YAML_READER_ERROR)
		error_at(reader, parser->mark, "%s", parser->problem);
	else if (parser->context)
		error_at(reader, parser->problem_mark, "%s (%s on line %zu)", parser->problem,
			parser->context, parser->context_mark.line + 1);
	else
		error_at(reader, parser->problem_mark, "%s",
			parser->problem ? parser->problem : "not YAML");
	return false;
}

/* Frees @event. */
static bool expect(struct reader *reader, yaml_event_type_t type)
{
	yaml_event_t event;
	bool good;

	if (!next_event(reader, &event))
		return false;
	good = event.type == type;
	if (!good)
		error_at(reader, event.start_mark,
			type == YAML_DOCUMENT_START_EVENT ? "no document in it"
							  : "a second document; expected one");
	yaml_event_delete(&event);
	return good;
}

/* False for what this dialect leaves out: it hides what a file says from who reads it. */
static bool plain_event(struct reader *reader, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (!anchor && !tag && event->type != YAML_ALIAS_EVENT)
		return true;
	error_at(reader, event->start_mark, "%s are not supported",
		event->type == YAML_ALIAS_EVENT ? "aliases"
		: anchor                        ? "anchors"
						: "tags");
	return false;
}

/* The text of a scalar event; NULL, and told: it holds a NUL. */
static char *scalar_text(struct reader *reader, const yaml_event_t *event)
{
	struct bytes text = bytes_of(event->data.scalar.value, event->data.scalar.length);

	if (text.n && memchr(text.p, '\0', text.n)) {
		error_at(reader, event->start_mark, "a NUL byte in a text");
		return NULL;
	}
	return mem_string(text);
}

static struct yml *read_node(struct reader *reader, const yaml_event_t *event, size_t depth);

/* A list's items. False: a mistake, told; what was read so far hangs on @list. */
static bool read_items(struct reader *reader, struct yml *list, size_t depth)
{
	struct yml **tail = &list->child;
	yaml_event_t event;

	while (next_event(reader, &event)) {
		bool end = event.type == YAML_SEQUENCE_END_EVENT;

		if (!end)
			*tail = read_node(reader, &event, depth + 1);
		yaml_event_delete(&event);
		if (end)
			return true;
		if (!*tail)
			return false;
		tail = &(*tail)->next;
	}
	return false;
}

static struct yml *read_value(struct reader *reader, size_t depth)
{
	struct yml *value;
	yaml_event_t event;

	if (!next_event(reader, &event))
		return NULL;
	value = read_node(reader, &event, depth);
	yaml_event_delete(&event);
	return value;
}

/* One member of a map, whose key is @event. */
static struct yml *read_member(struct reader *reader, const yaml_event_t *event, size_t depth)
{
	struct yml *member;
	char *key;

	if (!plain_event(reader, event))
		return NULL;
	if (event->type != YAML_SCALAR_EVENT) {
		error_at(reader, event->start_mark, "a list or map as a key; expected a word");
		return NULL;
	}
	key = scalar_text(reader, event);
	member = key ? read_value(reader, depth) : NULL;
	if (!member) {
		free(key);
		return NULL;
	}
	member->key = key;
	member->key_line = (unsigned int)event->start_mark.line + 1;
	member->key_column = (unsigned int)event->start_mark.column + 1;
	return member;
}

static int compare_keys(const void *a, const void *b)
{
	const struct yml *one = *(const struct yml *const *)a;
	const struct yml *two = *(const struct yml *const *)b;
	int order = strcmp(one->key, two->key);

	if (order)
		return order;
	if (one->key_line != two->key_line)
		return one->key_line < two->key_line ? -1 : 1;
	return one->key_column < two->key_column ? -1 : 1;
}

/* Sorted, so that a map of many members costs no more than its size. */
static bool keys_unique(struct reader *reader, const struct yml *map, size_t n)
{
	const struct yml **sorted;
	bool good = true;
	size_t i = 0;

	if (n < 2)
		return true;
	sorted = mem_alloc(n * sizeof(*sorted));
	for (const struct yml *member = map->child; member; member = member->next)
		sorted[i++] = member;
	qsort(sorted, n, sizeof(*sorted), compare_keys);
	for (i = 1; i < n; i++) {
		char *key;

		if (strcmp(sorted[i - 1]->key, sorted[i]->key) != 0)
			continue;
		key = text_printable_string(bytes_str(sorted[i]->key), QUOTE_MAX);
		yml_key_error(reader->errors, reader->name, sorted[i],
			"duplicate key \"%s\", first on line %u", key, sorted[i - 1]->key_line);
		free(key);
		good = false;
	}
	free(sorted);
	return good;
}

static bool read_members(struct reader *reader, struct yml *map, size_t depth)
{
	struct yml **tail = &map->child;
	yaml_event_t event;
	size_t n = 0;

	while (next_event(reader, &event)) {
		bool end = event.type == YAML_MAPPING_END_EVENT;

		if (!end)
			*tail = read_member(reader, &event, depth + 1);
		yaml_event_delete(&event);
		if (end)
			return keys_unique(reader, map, n);
		if (!*tail)
			return false;
		tail = &(*tail)->next;
		n++;
	}
	return false;
}

static bool read_scalar(struct reader *reader, const yaml_event_t *event, struct yml *node)
{
	node->scalar = scalar_text(reader, event);
	node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return node->scalar != NULL;
}

/* The node that begins with @event, and all that is in it. NULL: a mistake, told. */
static struct yml *read_node(struct reader *reader, const yaml_event_t *event, size_t depth)
{
	struct yml *node;
	bool good;

	if (!plain_event(reader, event))
		return NULL;
	if (depth > YML_DEPTH_MAX || ++reader->nodes > YML_NODES_MAX) {
		error_at(reader, event->start_mark, "%s",
			depth > YML_DEPTH_MAX ? "nested too deeply" : "too many values");
		return NULL;
	}
	node = mem_alloc(sizeof(*node));
	node->line = (unsigned int)event->start_mark.line + 1;
	node->column = (unsigned int)event->start_mark.column + 1;
	if (event->type == YAML_SEQUENCE_START_EVENT) {
		node->kind = YML_LIST;
		good = read_items(reader, node, depth);
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		node->kind = YML_MAP;
		good = read_members(reader, node, depth);
	} else {
		node->kind = YML_SCALAR;
		good = read_scalar(reader, event, node);
	}
	if (good)
		return node;
	yml_free(node);
	return NULL;
}

struct yml *yml_parse(struct bytes text, const char *name, struct text *errors)
{
	struct reader reader = { .name = name, .errors = errors };
	struct yml *root = NULL;

	if (text.n > YML_BYTES_MAX) {
		text_printf(errors, "%s: larger than %d bytes\n", name, YML_BYTES_MAX);
		return NULL;
	}
	if (!yaml_parser_initialize(&reader.parser)) {
		text_printf(errors, "%s: no memory to read it\n", name);
		return NULL;
	}
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	/* The library asserts that there is a text, even where it is empty. */
	yaml_parser_set_input_string(
		&reader.parser, text.n ? text.p : (const unsigned char *)"", text.n);
	if (expect(&reader, YAML_STREAM_START_EVENT) && expect(&reader, YAML_DOCUMENT_START_EVENT))
		root = read_value(&reader, 0);
	if (root && !(expect(&reader, YAML_DOCUMENT_END_EVENT) &&
			    expect(&reader, YAML_STREAM_END_EVENT))) {
		yml_free(root);
		root = NULL;
	}
	yaml_parser_delete(&reader.parser);
	return root;
}

bool yml_slurp(const char *path, struct text *out, struct text *errors)
{
	FILE *file = fopen(path, "rbe");
	bool good;

	if (!file) {
		text_printf(errors, "%s: %s\n", path, strerror(errno));
		return false;
	}
	/* One byte more than is allowed, so that too large shows. */
	out->n += fread(text_room(out, YML_BYTES_MAX + 1), 1, YML_BYTES_MAX + 1, file);
	good = !ferror(file);
	if (!good)
		text_printf(errors, "%s: %s\n", path, strerror(errno));
	fclose(file);
	return good;
}

struct yml *yml_load(const char *path, struct text *errors)
{
	struct yml *root = NULL;
	struct text text = { 0 };

	if (yml_slurp(path, &text, errors))
		root = yml_parse(bytes_of(text.s, text.n), path, errors);
	text_free(&text);
	return root;
}

/* Recurses as deep as the tree is, which has a bound. */
void yml_free(struct yml *yaml)
{
	while (yaml) {
		struct yml *next = yaml->next;

		yml_free(yaml->child);
		free(yaml->key);
		free(yaml->scalar);
		free(yaml);
		yaml = next;
	}
}

const struct yml *yml_get(const struct yml *map, const char *key)
{
	if (map->kind != YML_MAP)
		return NULL;
	for (const struct yml *member = map->child; member; member = member->next) {
		if (strcmp(member->key, key) == 0)
			return member;
	}
	return NULL;
}
