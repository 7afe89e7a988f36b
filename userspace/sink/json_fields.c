// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json_fields.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"
#include "sink/json_text.h"

static void put_scalar(struct text *out, const struct value *value)
{
	switch (value->kind) {
	case VALUE_STRING:
		json_text(out, bytes_str(value->string));
		break;
	case VALUE_INTEGER:
		if (value->integer < 0)
			text_putc(out, '-');
		text_uint(out, value->integer < 0 ? 0 - (uint64_t)value->integer :
						    (uint64_t)value->integer);
		break;
	case VALUE_BOOLEAN:
		text_puts(out, value->boolean ? "true" : "false");
		break;
	default:
		text_puts(out, "null");
	}
}

/* The items of a list, of which @value is the first. */
static void put_list(struct text *out, const struct field *field, const struct subject *subject,
	struct value *value)
{
	text_putc(out, '[');
	put_scalar(out, value);
	for (size_t i = 1; field->get(subject, i, value); i++) {
		text_putc(out, ',');
		put_scalar(out, value);
	}
	text_putc(out, ']');
}

static void put_inner(struct text *out, const struct field *field, const struct subject *subject,
	size_t row)
{
	struct value value;

	text_putc(out, '[');
	for (size_t j = 0; field->get_inner(subject, row, j, &value); j++) {
		if (j)
			text_putc(out, ',');
		put_scalar(out, &value);
	}
	text_putc(out, ']');
}

static const char *member_name(const struct field *field)
{
	return strstr(field->name, "[].") + 3;
}

/* One row of an array of objects: the members that it has. False: there is no such row. */
static bool put_row(struct text *out, const struct field *fields, size_t n,
	const struct subject *subject, size_t row)
{
	struct value value;
	bool comma = false;

	for (size_t i = 0; i < n; i++) {
		value.kind = VALUE_ABSENT;
		if (!fields[i].get(subject, row, &value))
			return false;
		if (i == 0)
			text_puts(out, row ? ",{" : "[{");
		if (value.kind == VALUE_ABSENT)
			continue;
		text_puts(out, comma ? ",\"" : "\"");
		comma = true;
		text_puts(out, member_name(&fields[i]));
		text_puts(out, "\":");
		if (value.kind == VALUE_STRINGS)
			put_inner(out, &fields[i], subject, row);
		else
			put_scalar(out, &value);
	}
	text_putc(out, '}');
	return true;
}

static void put_rows(struct text *out, const struct field *fields, size_t n,
	const struct subject *subject)
{
	for (size_t row = 0; put_row(out, fields, n, subject, row); row++)
		;
	text_putc(out, ']');
}

/* The value of @field, or the @n fields of an array of objects; its first item is @value. */
static void put_value(struct text *out, const struct field *field, size_t n,
	const struct subject *subject, struct value *value)
{
	if (field->type == FIELD_ROWS)
		put_rows(out, field, n, subject);
	else if (field->type == FIELD_STRINGS)
		put_list(out, field, subject, value);
	else
		put_scalar(out, value);
}

/* How many neighbours, from @field on, are members of the same array of objects; 1 for plain ones. */
static size_t width_of(const struct field *field)
{
	const char *brackets = strstr(field->name, "[]");
	size_t left = field_count - (size_t)(field - field_table);
	size_t prefix, n = 1;

	if (!brackets)
		return 1;
	prefix = (size_t)(brackets - field->name) + 2;
	while (n < left && strncmp(field[n].name, field->name, prefix) == 0)
		n++;
	return n;
}

/* The dotted name of the field, or of the array whose member it is. */
static struct bytes key_of(const struct field *field)
{
	const char *brackets = strstr(field->name, "[]");

	return brackets ? bytes_of(field->name, (size_t)(brackets - field->name)) :
			  bytes_str(field->name);
}

void nest_fields(struct nest *nest, const struct subject *subject, const char *prefix)
{
	struct value value;

	for (size_t i = 0; i < field_count; i += width_of(&field_table[i])) {
		const struct field *field = &field_table[i];

		if (strncmp(field->name, prefix, strlen(prefix)) != 0 ||
			!field->get(subject, 0, &value))
			continue;
		nest_to(nest, key_of(field));
		put_value(nest->out, field, width_of(field), subject, &value);
	}
}

/* Objects nested deeper than this do not occur in the contract. */
#define DEPTH_MAX 8

/*
 * One blank of the form: what is written before its value when none of its objects is open yet, as
 * "tls":{"server":{"subject": and where in it to begin when the first @d objects are.
 */
struct blank {
	const struct field *field;
	size_t width;           /* fields that it stands for: see width_of() */
	struct text path;
	size_t begin[DEPTH_MAX];
	size_t depth;           /* objects that its key stands in */
	size_t shared;          /* of those, objects that the blank before stands in, too */
	size_t group;           /* blanks from here on that the certificate chain alone fills; 0: none */
};

/* Groups of blanks as they were filled for some chain. */
#define FILLED_MAX 4096

struct json_form {
	struct blank *list;
	size_t n;
	struct table *filled; /* struct filled_key → struct filled */
};

/* What the text of a group depends on: the chain, the group, and what is open where it begins. */
struct filled_key {
	uint64_t chain, blank, depth, stay;
};

struct filled {
	struct text text;
	size_t depth, stay; /* behind it */
};

static void filled_drop(void *value)
{
	text_free(&((struct filled *)value)->text);
}

/* The same for each session that shows the same chain; whatever depends on its time is not. */
static bool is_of_chain(const struct field *field)
{
	static const char *const prefixes[] = { "tls.server.subject", "tls.server.issuer",
		"tls.server.not_", "tls.server.hash.", "tls.server.x509.",
		"stripwatch.certificate.chain[]" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (strncmp(field->name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static void find_groups(struct json_form *form)
{
	for (size_t i = 0; i < form->n; i += form->list[i].group ? form->list[i].group : 1)
		while (i + form->list[i].group < form->n &&
			is_of_chain(form->list[i + form->list[i].group].field))
			form->list[i].group++;
}

static void add_part(struct blank *blank, const char *part, size_t n, bool object)
{
	assert(blank->depth < DEPTH_MAX);
	blank->begin[blank->depth] = blank->path.n;
	text_putc(&blank->path, '"');
	text_add(&blank->path, bytes_of(part, n));
	text_puts(&blank->path, object ? "\":{" : "\":");
	blank->depth += object;
}

static void blank_init(struct blank *blank, const struct field *field, const char *before)
{
	size_t end = key_of(field).n, start = 0;
	bool same = true;

	blank->field = field;
	blank->width = width_of(field);
	for (size_t i = 0; i < end; i++) {
		same = same && before[i] == field->name[i];
		if (field->name[i] != '.')
			continue;
		add_part(blank, field->name + start, i - start, true);
		blank->shared += same;
		start = i + 1;
	}
	add_part(blank, field->name + start, end - start, false);
}

struct json_form *json_form_new(void)
{
	struct json_form *form = mem_alloc(sizeof(*form));
	const char *before = "";

	form->list = mem_alloc(field_count * sizeof(*form->list));
	for (size_t i = 0; i < field_count; i += width_of(&field_table[i])) {
		blank_init(&form->list[form->n++], &field_table[i], before);
		before = field_table[i].name;
	}
	find_groups(form);
	form->filled = table_new(FILLED_MAX, sizeof(struct filled), filled_drop);
	return form;
}

void json_form_free(struct json_form *form)
{
	if (!form)
		return;
	for (size_t i = 0; i < form->n; i++)
		text_free(&form->list[i].path);
	table_free(form->filled);
	free(form->list);
	free(form);
}

/*
 * Where the writing stands. No name is compared: of the objects that are open, those stay that every
 * blank since the last one filled shares with the blank before it.
 */
struct pen {
	struct text *out;
	size_t depth; /* objects that are open */
	size_t stay;  /* of those, objects that stay open for the next blank */
};

static void close_objects(struct pen *pen, size_t depth)
{
	for (; pen->depth > depth; pen->depth--)
		text_putc(pen->out, '}');
}

static void fill_blank(struct pen *pen, const struct blank *blank, const struct subject *subject)
{
	struct text *out = pen->out;
	struct value value;

	if (blank->shared < pen->stay)
		pen->stay = blank->shared;
	if (!blank->field->get(subject, 0, &value))
		return;
	close_objects(pen, pen->stay);
	if (out->s[out->n - 1] != '{')
		text_putc(out, ',');
	text_add(out, bytes_of(blank->path.s + blank->begin[pen->stay],
			      blank->path.n - blank->begin[pen->stay]));
	put_value(out, blank->field, blank->width, subject, &value);
	pen->depth = pen->stay = blank->depth;
}

/* The group that begins with blank @first: a third of a document, and known from the last session. */
static void fill_group(struct json_form *form, struct pen *pen, size_t first,
	const struct subject *subject)
{
	const struct cert_chain *chain = subject->record->tls.chain;
	struct filled_key key = { chain ? chain->number : 0, first, pen->depth, pen->stay };
	size_t start = pen->out->n;
	struct filled *filled;
	bool made;

	filled = table_put(form->filled, bytes_of(&key, sizeof(key)), &made);
	if (!made) {
		text_add(pen->out, bytes_of(filled->text.s, filled->text.n));
		pen->depth = filled->depth;
		pen->stay = filled->stay;
		return;
	}
	for (size_t i = first; i < first + form->list[first].group; i++)
		fill_blank(pen, &form->list[i], subject);
	text_add(&filled->text, bytes_of(pen->out->s + start, pen->out->n - start));
	filled->depth = pen->depth;
	filled->stay = pen->stay;
}

void json_fill(struct json_form *form, const struct subject *subject, struct text *out)
{
	struct pen pen = { .out = out };
	size_t i = 0;

	text_putc(out, '{');
	while (i < form->n) {
		size_t group = form->list[i].group;

		if (group)
			fill_group(form, &pen, i, subject);
		else
			fill_blank(&pen, &form->list[i], subject);
		i += group ? group : 1;
	}
	close_objects(&pen, 0);
	text_puts(out, "}\n");
}
