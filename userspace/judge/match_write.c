// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>

#include "judge/field_text.h"
#include "judge/finding_comment.h"
#include "judge/match.h"

static void begin_line(const struct subject *subject, bool holds, size_t depth, struct text *out)
{
	if (subject)
		text_puts(out, holds ? "yes  " : "no   ");
	text_printf(out, "%*s- ", (int)(2 * depth), "");
}

/* Between entry @i - 1 and entry @i of @n. */
static void add_or(struct text *out, size_t i, size_t n)
{
	if (i)
		text_puts(out, i + 1 < n ? ", " : " or ");
}

static void write_range(struct text *out, const struct range *range)
{
	if (range->from == range->to)
		text_printf(out, "%" PRId64, range->from);
	else if (range->from == INT64_MIN)
		text_printf(out, "at most %" PRId64, range->to);
	else if (range->to == INT64_MAX)
		text_printf(out, "at least %" PRId64, range->from);
	else
		text_printf(out, "%" PRId64 " to %" PRId64, range->from, range->to);
}

static void write_network(struct text *out, const struct network *network)
{
	char ip[ADDR_TEXT];

	text_puts(out, addr_format(&network->addr, ip));
	if (network->prefix < 8 * network->addr.length)
		text_printf(out, "/%u", network->prefix);
}

static void write_wanted(struct text *out, const struct condition *test)
{
	if (test->test == TEST_PRESENT)
		text_puts(out, test->wanted ? "there" : "not there");
	if (test->test == TEST_BOOLEAN)
		text_puts(out, test->wanted ? "true" : "false");
	for (size_t i = 0; i < test->n; i++) {
		add_or(out, i, test->n);
		if (test->test == TEST_NUMBER)
			write_range(out, &test->ranges[i]);
		else if (test->test == TEST_NETWORK)
			write_network(out, &test->networks[i]);
		else
			text_puts(out, test->globs[i]);
	}
}

static void write_test(
	const struct condition *test, const struct subject *subject, struct text *out)
{
	text_printf(out, "%s is ", test->field->name);
	write_wanted(out, test);
	if (!subject) {
		text_printf(out, "  (%s)\n", test->field->comment);
		return;
	}
	text_puts(out, "; here: ");
	if (!field_add_text(out, test->field, subject))
		text_puts(out, "nothing");
	text_putc(out, '\n');
}

static void write_finding(
	const struct condition *condition, const struct subject *subject, struct text *out)
{
	text_puts(out, "finding ");
	for (size_t i = 0; i < condition->n; i++) {
		add_or(out, i, condition->n);
		text_puts(out, finding_name(condition->findings[i]));
		if (!subject)
			text_printf(out, " (%s)", finding_comment(condition->findings[i]));
	}
	text_putc(out, '\n');
}

static void write_head(
	const struct condition *condition, const struct subject *subject, struct text *out)
{
	switch (condition->kind) {
	case CONDITION_ALL:
		text_puts(out, "all of these:\n");
		break;
	case CONDITION_ANY:
		text_puts(out, "one of these at least:\n");
		break;
	case CONDITION_NOT:
		text_puts(out, "not:\n");
		break;
	case CONDITION_ROW:
		text_puts(out, "one row of which all is true:\n");
		break;
	case CONDITION_FINDING:
		write_finding(condition, subject, out);
		break;
	case CONDITION_TEST:
		write_test(condition, subject, out);
		break;
	}
}

/* Recurses as deep as the tree is, which has a bound. */
void condition_write(const struct condition *condition, const struct subject *subject, size_t depth,
	struct text *out)
{
	begin_line(subject, subject && condition_matches(condition, subject), depth, out);
	write_head(condition, subject, out);
	for (const struct condition *child = condition->child; child; child = child->next)
		condition_write(child, subject, depth + 1, out);
}
