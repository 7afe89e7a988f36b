// SPDX-License-Identifier: BSD-2-Clause
#include "judge/match.h"

#include "base/text.h"

bool glob_matches(const char *glob, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*glob == '*') {
			star = glob++;
			from = text;
		} else if (*glob == '?' || text_lower(*glob) == text_lower(*text)) {
			glob++;
			text++;
		} else if (star) {
			/* Let the last asterisk take one byte more; earlier ones need not change.
			 */
			glob = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

static bool number_in(const struct condition *test, int64_t number)
{
	for (size_t i = 0; i < test->n; i++) {
		if (number >= test->ranges[i].from && number <= test->ranges[i].to)
			return true;
	}
	return false;
}

static bool text_like(const struct condition *test, const char *text)
{
	for (size_t i = 0; i < test->n; i++) {
		if (glob_matches(test->globs[i], text))
			return true;
	}
	return false;
}

static bool address_in(const struct condition *test, const char *text)
{
	struct addr addr;

	if (!addr_parse(bytes_str(text), &addr))
		return false;
	for (size_t i = 0; i < test->n; i++) {
		if (network_contains(&test->networks[i], &addr))
			return true;
	}
	return false;
}

/* Whether a single value is as the test wants it. */
static bool value_holds(const struct condition *test, const struct value *value)
{
	switch (test->test) {
	case TEST_PRESENT:
		return value->kind != VALUE_ABSENT;
	case TEST_BOOLEAN:
		return value->kind == VALUE_BOOLEAN && value->boolean == test->wanted;
	case TEST_NUMBER:
		return value->kind == VALUE_INTEGER && number_in(test, value->integer);
	case TEST_TEXT:
		return value->kind == VALUE_STRING && text_like(test, value->string);
	case TEST_NETWORK:
		return value->kind == VALUE_STRING && address_in(test, value->string);
	}
	return false;
}

/* Item @i of the field, of which an inner array holds if one of its strings does. */
static bool item_holds(const struct condition *test, const struct subject *subject, size_t i,
	const struct value *item)
{
	struct value inner;

	if (item->kind != VALUE_STRINGS || test->test == TEST_PRESENT)
		return value_holds(test, item);
	for (size_t j = 0; test->field->get_inner(subject, i, j, &inner); j++) {
		if (value_holds(test, &inner))
			return true;
	}
	return false;
}

static bool is_array(const struct field *field)
{
	return field->type == FIELD_STRINGS || field->type == FIELD_ROWS;
}

static bool some_item_holds(const struct condition *test, const struct subject *subject)
{
	struct value value;

	for (size_t i = 0; test->field->get(subject, i, &value); i++) {
		if (item_holds(test, subject, i, &value))
			return true;
		if (!is_array(test->field))
			break;
	}
	return false;
}

static bool test_holds(const struct condition *test, const struct subject *subject)
{
	bool some = some_item_holds(test, subject);

	return test->test == TEST_PRESENT ? some == test->wanted : some;
}

/* Every child of @condition, on row @i. */
static bool row_holds(const struct condition *condition, const struct subject *subject, size_t i)
{
	for (const struct condition *test = condition->child; test; test = test->next) {
		struct value value;
		bool holds = test->field->get(subject, i, &value) &&
			     item_holds(test, subject, i, &value);

		if (holds != (test->test == TEST_PRESENT ? test->wanted : true))
			return false;
	}
	return true;
}

static bool some_row_holds(const struct condition *condition, const struct subject *subject)
{
	struct value value;

	for (size_t i = 0; condition->field->get(subject, i, &value); i++) {
		if (row_holds(condition, subject, i))
			return true;
	}
	return false;
}

static bool some_finding(const struct condition *condition, const struct subject *subject)
{
	for (size_t i = 0; i < condition->n; i++) {
		if (findings_find(subject->findings, condition->findings[i]))
			return true;
	}
	return false;
}

/* Recurses as deep as the tree is, which has a bound. */
bool condition_matches(const struct condition *condition, const struct subject *subject)
{
	const struct condition *child = condition->child;

	switch (condition->kind) {
	case CONDITION_ALL:
		while (child && condition_matches(child, subject))
			child = child->next;
		return child == NULL;
	case CONDITION_ANY:
		while (child && !condition_matches(child, subject))
			child = child->next;
		return child != NULL;
	case CONDITION_NOT:
		return !condition_matches(child, subject);
	case CONDITION_ROW:
		return some_row_holds(condition, subject);
	case CONDITION_FINDING:
		return some_finding(condition, subject);
	case CONDITION_TEST:
		return test_holds(condition, subject);
	}
	return false;
}
