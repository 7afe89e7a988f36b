// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "base/mem.h"
#include "judge/match.h"
#include "base/suggest.h"

/* More values in one list make a rule that nobody can check by reading. */
#define VALUES_MAX 1000

/* A longer vocabulary is not written out in a mistake. */
#define WORDS_TOLD_MAX 16

#define EXPECTED_NUMBER "expected a number, { from: N, to: N } or a list of those"

/* Reads one value of a list into entry @i. False: a mistake, told. */
typedef bool read_entry(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition, size_t i);

/* @node is a value or a list of values. */
static size_t entries_of(const struct yml *node)
{
	size_t n = 0;

	if (node->kind != YML_LIST)
		return 1;
	for (const struct yml *item = node->child; item; item = item->next)
		n++;
	return n;
}

static bool read_entries(struct mistakes *mistakes, const struct yml *node,
	struct condition *condition, read_entry *read)
{
	const struct yml *item = node->kind == YML_LIST ? node->child : node;
	size_t n = entries_of(node);
	bool good = true;

	if (n == 0 || n > VALUES_MAX) {
		mistakes_at(mistakes, node, "%s; expected at least one value and at most %d",
			n ? "too many values" : "an empty list", VALUES_MAX);
		return false;
	}
	for (size_t i = 0; i < n; i++, item = item->next)
		good = read(mistakes, item, condition, i) && good;
	condition->n = n;
	return good;
}

static bool parse_number(const struct yml *node, int64_t *out)
{
	uint64_t number;

	if (node->kind != YML_SCALAR || node->quoted ||
		!text_parse_uint(bytes_str(node->scalar), INT64_MAX, &number))
		return false;
	*out = (int64_t)number;
	return true;
}

static bool read_range(struct mistakes *mistakes, const struct yml *node, struct range *range)
{
	bool good = node->child != NULL;

	*range = (struct range){ .from = INT64_MIN, .to = INT64_MAX };
	for (const struct yml *end = node->child; end; end = end->next) {
		bool from = strcmp(end->key, "from") == 0;

		if (!from && strcmp(end->key, "to") != 0) {
			mistakes_at_key(mistakes, end, "unknown key %s; expected from or to",
				mistakes_quote(mistakes, end->key));
			return false;
		}
		good = parse_number(end, from ? &range->from : &range->to) && good;
	}
	if (!good)
		mistakes_at(mistakes, node, "not a range; expected { from: N, to: N }");
	else if (range->from > range->to)
		mistakes_at(mistakes, node, "an empty range: from is greater than to");
	return good && range->from <= range->to;
}

static bool read_number(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition, size_t i)
{
	struct range *range = &condition->ranges[i];

	if (node->kind == YML_MAP)
		return read_range(mistakes, node, range);
	if (!parse_number(node, &range->from)) {
		mistakes_at(mistakes, node, "%s for %s; %s",
			node->kind == YML_LIST ? "a list in a list"
					       : mistakes_quote(mistakes, node->scalar),
			condition->field->name, EXPECTED_NUMBER);
		return false;
	}
	range->to = range->from;
	return true;
}

static size_t count_words(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

/* A text that none of the field's words can be like is a slip of the pen. */
static bool check_word(
	struct mistakes *mistakes, const struct yml *node, const struct field *field)
{
	struct suggestion near = suggestion_for(bytes_str(node->scalar));

	if (!field->words)
		return true;
	for (size_t i = 0; field->words[i]; i++) {
		if (*field->words[i] && glob_matches(node->scalar, field->words[i]))
			return true;
	}
	suggestion_offer_all(&near, field->words);
	if (count_words(field->words) > WORDS_TOLD_MAX)
		mistakes_at(mistakes, node, "%s is never %s%s", field->name,
			mistakes_quote(mistakes, node->scalar), mistakes_hint(mistakes, near.best));
	else
		mistakes_at(mistakes, node, "%s is never %s; expected %s%s", field->name,
			mistakes_quote(mistakes, node->scalar), mistakes_words(mistakes, field->words),
			mistakes_hint(mistakes, near.best));
	return false;
}

static bool read_glob(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition, size_t i)
{
	const char *glob = mistakes_scalar(mistakes, node, "a text, or a list of texts");

	if (!glob || !check_word(mistakes, node, condition->field))
		return false;
	condition->globs[i] = mem_strdup(glob);
	return true;
}

static bool read_network(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition, size_t i)
{
	const char *text = mistakes_scalar(mistakes, node, "an address or a network, or a list of them");

	if (!text)
		return false;
	if (network_parse(bytes_str(text), &condition->networks[i]))
		return true;
	mistakes_at(mistakes, node, "bad network %s; expected ADDRESS or ADDRESS/BITS",
		mistakes_quote(mistakes, text));
	return false;
}

bool finding_compile(struct mistakes *mistakes, const struct yml *node, enum finding_id *out)
{
	const char *id = mistakes_scalar(mistakes, node, "a finding's id");
	struct suggestion near;

	if (!id)
		return false;
	if (finding_parse(bytes_str(id), out))
		return true;
	near = suggestion_for(bytes_str(id));
	for (int known = 0; known < FINDINGS; known++)
		suggestion_offer(&near, finding_name((enum finding_id)known));
	mistakes_at(mistakes, node, "unknown finding %s%s", mistakes_quote(mistakes, id),
		mistakes_hint(mistakes, near.best));
	return false;
}

static bool read_finding(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition, size_t i)
{
	return finding_compile(mistakes, node, &condition->findings[i]);
}

static bool parse_boolean(const struct yml *node, bool *out)
{
	if (node->kind != YML_SCALAR || node->quoted)
		return false;
	*out = strcmp(node->scalar, "true") == 0;
	return *out || strcmp(node->scalar, "false") == 0;
}

static bool read_boolean(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition)
{
	if (parse_boolean(node, &condition->wanted))
		return true;
	mistakes_at(mistakes, node, "%s for %s; expected true or false",
		node->kind == YML_SCALAR ? mistakes_quote(mistakes, node->scalar) : "a list or map",
		condition->field->name);
	return false;
}

/* { present: BOOL }; a field of numbers may also have a range here. */
static bool read_present(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition)
{
	const struct yml *member = node->child;

	if (!member || member->next || strcmp(member->key, "present") != 0) {
		mistakes_at(mistakes, node, "a map for %s; expected %s{ present: true }",
			condition->field->name,
			condition->field->item == FIELD_INTEGER
				? "a number, { from: N, to: N }, a list or "
				: "a value, a list or ");
		return false;
	}
	if (parse_boolean(member, &condition->wanted))
		return true;
	mistakes_at(mistakes, member, "expected true or false");
	return false;
}

static bool read_values(
	struct mistakes *mistakes, const struct yml *node, struct condition *condition)
{
	size_t n = entries_of(node);

	if (condition->test == TEST_BOOLEAN)
		return read_boolean(mistakes, node, condition);
	/* One more than none, so that an empty list is found by read_entries(). */
	n = n && n <= VALUES_MAX ? n : 1;
	switch (condition->test) {
	case TEST_NUMBER:
		condition->ranges = mem_alloc(n * sizeof(*condition->ranges));
		return read_entries(mistakes, node, condition, read_number);
	case TEST_NETWORK:
		condition->networks = mem_alloc(n * sizeof(*condition->networks));
		return read_entries(mistakes, node, condition, read_network);
	default:
		condition->globs = mem_alloc(n * sizeof(*condition->globs));
		condition->n = n;
		return read_entries(mistakes, node, condition, read_glob);
	}
}

static enum test_kind test_of(const struct field *field)
{
	if (field_is_address(field))
		return TEST_NETWORK;
	if (field->item == FIELD_BOOLEAN)
		return TEST_BOOLEAN;
	return field->item == FIELD_INTEGER ? TEST_NUMBER : TEST_TEXT;
}

static struct condition *condition_new(enum condition_kind kind)
{
	struct condition *condition = mem_alloc(sizeof(*condition));

	condition->kind = kind;
	return condition;
}

/* @condition if @good; else it is released. */
static struct condition *condition_if(bool good, struct condition *condition)
{
	if (good)
		return condition;
	condition_free(condition);
	return NULL;
}

static struct condition *compile_test(
	struct mistakes *mistakes, const struct yml *node, const struct field *field)
{
	struct condition *condition = condition_new(CONDITION_TEST);
	bool range =
		field->item == FIELD_INTEGER && node->kind == YML_MAP && !yml_get(node, "present");

	condition->field = field;
	condition->test = test_of(field);
	if (node->kind == YML_MAP && !range) {
		condition->test = TEST_PRESENT;
		return condition_if(read_present(mistakes, node, condition), condition);
	}
	return condition_if(read_values(mistakes, node, condition), condition);
}

static struct condition *compile_finding(struct mistakes *mistakes, const struct yml *node)
{
	struct condition *condition = condition_new(CONDITION_FINDING);
	size_t n = entries_of(node);

	condition->findings = mem_alloc((n && n <= VALUES_MAX ? n : 1) * sizeof(enum finding_id));
	return condition_if(read_entries(mistakes, node, condition, read_finding), condition);
}

/* A field of the array of objects @name: "stripwatch.policies". NULL: there is no such array. */
static const struct field *first_member(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < field_count; i++) {
		if (strncmp(field_table[i].name, name, n) == 0 &&
			strncmp(field_table[i].name + n, "[].", 3) == 0)
			return &field_table[i];
	}
	return NULL;
}

/* What @name may have been meant for. */
static const char *near_field(const char *name, const struct field *array)
{
	struct suggestion near = suggestion_for(bytes_str(name));
	const char *brackets = array ? strstr(array->name, "[].") : NULL;

	for (size_t i = 0; i < field_count; i++) {
		const char *candidate = field_table[i].name;

		if (brackets &&
			strncmp(candidate, array->name, (size_t)(brackets - array->name)) == 0)
			suggestion_offer(&near, strstr(candidate, "[].") + 3);
		else if (!brackets)
			suggestion_offer(&near, candidate);
	}
	return near.best;
}

/* One member of { mode: enforce, mx_matches: false }. */
static struct condition *compile_member(
	struct mistakes *mistakes, const struct yml *node, const struct field *array)
{
	int head = (int)(strstr(array->name, "[].") - array->name);
	const struct field *field;
	struct text name = { 0 };

	text_printf(&name, "%.*s[].%s", head, array->name, node->key);
	field = field_find(bytes_str(name.s));
	text_free(&name);
	if (field)
		return compile_test(mistakes, node, field);
	mistakes_at_key(mistakes, node, "%.*s has no %s%s", head, array->name,
		mistakes_quote(mistakes, node->key), mistakes_hint(mistakes, near_field(node->key, array)));
	return NULL;
}

static struct condition *compile_row(
	struct mistakes *mistakes, const struct yml *node, const struct field *array)
{
	struct condition *condition = condition_new(CONDITION_ROW), **tail = &condition->child;
	bool good = node->kind == YML_MAP && node->child;

	condition->field = array;
	if (!good)
		mistakes_at(mistakes, node, "not a row; expected { MEMBER: VALUE, … }");
	for (const struct yml *member = good ? node->child : NULL; member; member = member->next) {
		*tail = compile_member(mistakes, member, array);
		good = *tail && good;
		tail = *tail ? &(*tail)->next : tail;
	}
	return condition_if(good, condition);
}

static struct condition *compile_map(
	struct mistakes *mistakes, const struct yml *node, size_t depth);

static struct condition *compile_list(
	struct mistakes *mistakes, const struct yml *node, enum condition_kind kind, size_t depth)
{
	struct condition *condition = condition_new(kind), **tail = &condition->child;
	bool good = node->kind == YML_LIST && node->child;

	if (!good)
		mistakes_at(
			mistakes, node, "%s has no conditions; expected a list of them", node->key);
	for (const struct yml *item = good ? node->child : NULL; item; item = item->next) {
		*tail = compile_map(mistakes, item, depth);
		good = *tail && good;
		tail = *tail ? &(*tail)->next : tail;
	}
	return condition_if(good, condition);
}

static struct condition *compile_not(
	struct mistakes *mistakes, const struct yml *node, size_t depth)
{
	struct condition *condition = condition_new(CONDITION_NOT);

	condition->child = compile_map(mistakes, node, depth);
	return condition_if(condition->child != NULL, condition);
}

/* One member of a condition's map. */
static struct condition *compile_part(
	struct mistakes *mistakes, const struct yml *node, size_t depth)
{
	const struct field *field;

	if (strcmp(node->key, "all") == 0)
		return compile_list(mistakes, node, CONDITION_ALL, depth + 1);
	if (strcmp(node->key, "any") == 0)
		return compile_list(mistakes, node, CONDITION_ANY, depth + 1);
	if (strcmp(node->key, "not") == 0)
		return compile_not(mistakes, node, depth + 1);
	if (strcmp(node->key, "finding") == 0)
		return compile_finding(mistakes, node);
	field = field_find(bytes_str(node->key));
	if (field)
		return compile_test(mistakes, node, field);
	field = first_member(node->key);
	if (field)
		return compile_row(mistakes, node, field);
	mistakes_at_key(mistakes, node,
		"unknown field %s; expected a field of the session document, all, any, not or "
		"finding%s",
		mistakes_quote(mistakes, node->key), mistakes_hint(mistakes, near_field(node->key, NULL)));
	return NULL;
}

/* A map of one part is that part; of several, all of them. */
static struct condition *compile_map(
	struct mistakes *mistakes, const struct yml *node, size_t depth)
{
	struct condition *condition, **tail;
	bool good = true;

	if (depth > CONDITION_DEPTH_MAX) {
		mistakes_at(mistakes, node, "conditions nested too deeply");
		return NULL;
	}
	if (node->kind != YML_MAP || !node->child) {
		mistakes_at(mistakes, node,
			"not a condition; expected FIELD: VALUE, all, any, not or "
			"finding");
		return NULL;
	}
	if (!node->child->next)
		return compile_part(mistakes, node->child, depth);
	condition = condition_new(CONDITION_ALL);
	tail = &condition->child;
	for (const struct yml *part = node->child; part; part = part->next) {
		*tail = compile_part(mistakes, part, depth);
		good = *tail && good;
		tail = *tail ? &(*tail)->next : tail;
	}
	return condition_if(good, condition);
}

struct condition *condition_compile(struct mistakes *mistakes, const struct yml *node)
{
	return compile_map(mistakes, node, 0);
}

/* Recurses as deep as the tree is, which has a bound. */
void condition_free(struct condition *condition)
{
	while (condition) {
		struct condition *next = condition->next;

		condition_free(condition->child);
		for (size_t i = 0; condition->globs && i < condition->n; i++)
			free(condition->globs[i]);
		free(condition->globs);
		free(condition->ranges);
		free(condition->networks);
		free(condition->findings);
		free(condition);
		condition = next;
	}
}
