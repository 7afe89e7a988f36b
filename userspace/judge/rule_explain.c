// SPDX-License-Identifier: BSD-2-Clause
#include "judge/finding_comment.h"
#include "judge/match.h"
#include "judge/rule.h"

static void write_line(struct text *out, const char *label, const char *text)
{
	if (text)
		text_printf(out, "  %-12s %s\n", label, text);
}

static void write_suppress(struct text *out, int64_t suppress)
{
	text_printf(out, "  %-12s ", "suppress");
	if (suppress) {
		text_puts(out, "for ");
		text_duration(out, suppress);
		text_puts(out, " the same about one server and domain is only counted\n");
	} else {
		text_puts(out, "never: each session is told\n");
	}
}

static void write_head(struct text *out, const struct rule *rule)
{
	text_printf(out, "%s: %s\n", rule->id, rule->name);
	text_printf(out, "  %-12s %s:%u\n", "in", rule->file, rule->line);
	write_line(out, "severity", severity_name(rule->severity));
	if (rule->confidence_set)
		write_line(out, "confidence", confidence_name(rule->confidence));
	write_line(out, "category", rule->category);
	write_line(out, "attack", rule->technique);
	write_line(out, "reference", rule->reference);
	write_suppress(out, rule->suppress);
	write_line(out, "says", rule->message);
	if (rule->description)
		text_printf(out, "\n%s\n", rule->description);
}

/* As conditions are written: the findings that the rule is about. */
static void write_findings(const struct rule *rule, const struct subject *subject, struct text *out)
{
	struct condition condition = {
		.kind = CONDITION_FINDING,
		.n = rule->finding_count,
		/* Not written to. */
		.findings = (enum finding_id *)rule->findings,
	};

	if (rule->finding_count)
		condition_write(&condition, subject, 0, out);
}

void rule_describe(const struct rule *rule, struct text *out)
{
	write_head(out, rule);
	text_puts(out, "\nIt fires when the session shows\n");
	write_findings(rule, NULL, out);
	if (rule->when)
		condition_write(rule->when, NULL, 0, out);
}

bool rule_explain(const struct rule *rule, const struct subject *subject, struct text *out)
{
	bool holds = rule_matches(rule, subject);

	text_printf(out, "%s %s\n", rule->id, holds ? "fires:" : "does not fire:");
	write_findings(rule, subject, out);
	if (rule->when)
		condition_write(rule->when, subject, 0, out);
	return holds;
}
