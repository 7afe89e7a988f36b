// SPDX-License-Identifier: BSD-2-Clause
#include "judge/rule_message.h"

#include "judge/field_text.h"
#include "base/suggest.h"

/* Alternatives in each other: {a|{b|{c|text}}}. */
#define DEPTH_MAX 4

/* Stands for a field that is absent and has no alternative. */
#define ABSENT "unknown"

/* One walk over a template: to check it (mistakes is set) or to fill it in (subject is set). */
struct walk {
	const struct rule *rule;
	const struct subject *subject;
	struct text *out;
	struct mistakes *mistakes;
	const struct yml *node;
	struct bytes rest;
};

/* An end point with its name, if it has one. A greeting's is only what a server calls itself. */
static bool add_server(struct text *out, const struct walk *walk)
{
	const struct evidence *evidence = walk->subject->evidence;
	char text[ENDPOINT_TEXT];

	endpoint_format(&walk->subject->record->flow.endpoint[SERVER], text);
	if (!evidence->mx[0])
		text_puts(out, text);
	else if (evidence->mx_source == MX_GREETING)
		text_printf(out, "%s (\"%s\" in its own words)", text, evidence->mx);
	else
		text_printf(out, "%s (%s)", evidence->mx, text);
	return true;
}

static bool add_client(struct text *out, const struct walk *walk)
{
	const char *name = walk->subject->record->smtp.helo_name;
	char ip[ADDR_TEXT];

	text_puts(out, addr_format(&walk->subject->record->flow.endpoint[CLIENT].addr, ip));
	if (name && *name)
		text_printf(out, " (\"%s\" in its own words)", name);
	return true;
}

static bool add_policy_domain(struct text *out, const struct walk *walk)
{
	const struct finding *finding = rule_finding(walk->rule, walk->subject);

	if (!finding || !finding->policy_domain)
		return false;
	text_puts(out, finding->policy_domain);
	return true;
}

/* The first line of the evidence is the decisive one. */
static bool add_evidence(struct text *out, const struct walk *walk)
{
	const struct finding *finding = rule_finding(walk->rule, walk->subject);

	if (!finding || !finding->evidence_count)
		return false;
	text_puts(out, finding->evidence[0]);
	return true;
}

static const struct special {
	const char *name;
	bool needs_finding;
	bool (*add)(struct text *out, const struct walk *walk);
} specials[] = {
	{ "server", false, add_server },
	{ "client", false, add_client },
	{ "policy_domain", true, add_policy_domain },
	{ "finding.evidence", true, add_evidence },
};

#define SPECIALS (sizeof(specials) / sizeof(*specials))

static const struct special *special_find(struct bytes name)
{
	for (size_t i = 0; i < SPECIALS; i++) {
		if (bytes_equal(name, bytes_str(specials[i].name)))
			return &specials[i];
	}
	return NULL;
}

static bool tell_unknown(struct walk *walk, struct bytes name)
{
	struct suggestion near = suggestion_for(name);
	struct text text = { 0 };

	for (size_t i = 0; i < field_count; i++)
		suggestion_offer(&near, field_table[i].name);
	for (size_t i = 0; i < SPECIALS; i++)
		suggestion_offer(&near, specials[i].name);
	text_add(&text, name);
	mistakes_at(walk->mistakes, walk->node,
		"unknown field %s in the message; expected a field of the session document, "
		"server, "
		"client, policy_domain or finding.evidence%s",
		mistakes_quote(walk->mistakes, text.s), mistakes_hint(walk->mistakes, near.best));
	text_free(&text);
	return false;
}

static bool check_name(struct walk *walk, struct bytes name)
{
	const struct special *special = special_find(name);

	if (special && special->needs_finding && walk->rule->finding_count == 0) {
		mistakes_at(walk->mistakes, walk->node,
			"{%s} in the message of a rule that names no finding", special->name);
		return false;
	}
	return special || field_find(name) || tell_unknown(walk, name);
}

/* Append what @name stands for. False, and nothing appended: it is absent. */
static bool add_named(struct walk *walk, struct bytes name)
{
	const struct special *special = special_find(name);
	const struct field *field = special ? NULL : field_find(name);

	if (special)
		return special->add(walk->out, walk);
	return field && field_add_text(walk->out, field, walk->subject);
}

/* Everything before the first of the two bytes, which stays; all if there is neither. */
static struct bytes take_until(struct bytes *from, char a, char b)
{
	struct bytes out;
	size_t n = 0;

	while (n < from->n && from->p[n] != (uint8_t)a && from->p[n] != (uint8_t)b)
		n++;
	bytes_take(from, n, &out);
	return out;
}

static bool take(struct walk *walk, const char *text)
{
	return bytes_starts(walk->rest, text) && bytes_skip(&walk->rest, strlen(text));
}

static bool walk_text(struct walk *walk, size_t depth, bool heard);

/*
 * What stands behind a "{". @heard: its place in the message counts, for it is not in an
 * alternative that is not needed.
 */
static bool walk_field(struct walk *walk, size_t depth, bool heard)
{
	struct bytes name = take_until(&walk->rest, '|', '}');
	bool fill = heard && walk->subject, said;

	if (walk->mistakes && !check_name(walk, name))
		return false;
	said = fill && add_named(walk, name);
	if (take(walk, "|")) {
		if (depth >= DEPTH_MAX || !walk_text(walk, depth + 1, heard && !said))
			return false;
	} else if (fill && !said) {
		text_puts(walk->out, ABSENT);
	}
	return take(walk, "}");
}

static void add_plain(struct walk *walk, struct bytes plain, bool heard)
{
	if (heard && walk->subject)
		text_add(walk->out, plain);
}

/* Text up to its end, or in an alternative (@depth > 0) up to the "}" that ends it, which stays. */
static bool walk_text(struct walk *walk, size_t depth, bool heard)
{
	while (walk->rest.n) {
		add_plain(walk, take_until(&walk->rest, '{', '}'), heard);
		if (depth > 0 && bytes_starts(walk->rest, "}"))
			return true;
		if (take(walk, "{{"))
			add_plain(walk, bytes_str("{"), heard);
		else if (take(walk, "}}") || take(walk, "}"))
			add_plain(walk, bytes_str("}"), heard);
		else if (take(walk, "{") && !walk_field(walk, depth, heard))
			return false;
	}
	return depth == 0;
}

bool rule_message_check(struct mistakes *mistakes, const struct yml *node, const struct rule *rule)
{
	struct walk walk = {
		.rule = rule, .mistakes = mistakes, .node = node, .rest = bytes_str(rule->message)
	};
	size_t told = mistakes->n;

	if (walk_text(&walk, 0, true))
		return true;
	if (mistakes->n == told)
		mistakes_at(mistakes, node,
			"a { without its } in the message, or too many in each other");
	return false;
}

void rule_message(const struct rule *rule, const struct subject *subject, struct text *out)
{
	struct walk walk = {
		.rule = rule, .subject = subject, .out = out, .rest = bytes_str(rule->message)
	};

	text_puts(out, "");
	walk_text(&walk, 0, true);
}
