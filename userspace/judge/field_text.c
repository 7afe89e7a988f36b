// SPDX-License-Identifier: BSD-2-Clause
#include "judge/field_text.h"

#include <inttypes.h>

/* More items than these make a sentence that nobody reads to its end. */
#define ITEMS_MAX 5

/* Items as they come: those told, those only counted. */
struct list {
	struct text *out;
	size_t n;
};

static void add_item(struct list *list, const struct value *value)
{
	if (list->n++ >= ITEMS_MAX)
		return;
	if (list->n > 1)
		text_puts(list->out, ", ");
	if (value->kind == VALUE_STRING)
		text_puts(list->out, value->string);
	else if (value->kind == VALUE_INTEGER)
		text_printf(list->out, "%" PRId64, value->integer);
	else
		text_puts(list->out, value->boolean ? "true" : "false");
}

static void add_inner(
	struct list *list, const struct field *field, const struct subject *subject, size_t i)
{
	struct value inner;

	for (size_t j = 0; field->get_inner(subject, i, j, &inner); j++)
		add_item(list, &inner);
}

bool field_add_text(struct text *out, const struct field *field, const struct subject *subject)
{
	bool array = field->type == FIELD_STRINGS || field->type == FIELD_ROWS;
	struct list list = { .out = out };
	struct value value;

	for (size_t i = 0; (i == 0 || array) && field->get(subject, i, &value); i++) {
		if (value.kind == VALUE_STRINGS)
			add_inner(&list, field, subject, i);
		else if (value.kind != VALUE_ABSENT)
			add_item(&list, &value);
	}
	if (list.n > ITEMS_MAX)
		text_printf(out, " and %zu more", list.n - ITEMS_MAX);
	return list.n > 0;
}
