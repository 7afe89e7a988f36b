// SPDX-License-Identifier: BSD-2-Clause
#include "judge/rule_keys.h"

#include <stdlib.h>

#include "base/mem.h"
#include "judge/match.h"
#include "judge/rule_message.h"
#include "base/suggest.h"

#define SECOND            ((int64_t)1000000000)
#define SUPPRESS_MAX_DAYS 365

/* One key of a rule: checks @node, and sets what it says. Mistakes are told. */
typedef void set_key(struct mistakes *mistakes, struct rule *rule, const struct yml *node);

/* A text with each run of blanks and line ends as one blank: how people fold lines is no content.
 */
static char *one_line(const char *text)
{
	char *out = mem_alloc(strlen(text) + 1), *to = out;

	for (; *text; text++) {
		bool blank = *text == ' ' || *text == '\n' || *text == '\t' || *text == '\r';

		if (!blank)
			*to++ = *text;
		else if (to > out && to[-1] != ' ')
			*to++ = ' ';
	}
	if (to > out && to[-1] == ' ')
		to--;
	*to = '\0';
	return out;
}

static void set_text(
	struct mistakes *mistakes, const struct yml *node, const char *what, char **out)
{
	const char *text = mistakes_scalar(mistakes, node, what);

	if (text)
		*out = one_line(text);
}

/* Words of ids and categories: a-z, 0-9 and hyphens. */
static void set_word(
	struct mistakes *mistakes, const struct yml *node, const char *what, char **out)
{
	const char *text = mistakes_scalar(mistakes, node, what);

	if (!text)
		return;
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(text))
		*out = mem_strdup(text);
	else
		mistakes_at(mistakes, node, "bad word %s; expected a-z, 0-9 and hyphens",
			mistakes_quote(mistakes, text));
}

static void set_id(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	set_word(mistakes, node, "an id", &rule->id);
}

static void set_name(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	set_text(mistakes, node, "a name", &rule->name);
}

static void set_category(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	set_word(mistakes, node, "a category", &rule->category);
}

static void set_description(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	set_text(mistakes, node, "a description", &rule->description);
}

static void set_reference(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	const char *text = mistakes_scalar(mistakes, node, "a URL");

	if (!text)
		return;
	if (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0)
		rule->reference = mem_strdup(text);
	else
		mistakes_at(mistakes, node, "bad reference %s; expected https://…",
			mistakes_quote(mistakes, text));
}

/* T1557 or T1557.002. */
static bool is_technique(const char *text)
{
	const char *digits = "0123456789";
	bool sub = strlen(text) == 9;

	return text[0] == 'T' && strspn(text + 1, digits) == 4 &&
	       (sub ? text[5] == '.' && strspn(text + 6, digits) == 3 : strlen(text) == 5);
}

static void set_attack(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	const char *text = mistakes_scalar(mistakes, node, "a technique of MITRE ATT&CK, as T1557");

	if (!text)
		return;
	if (is_technique(text))
		rule->technique = mem_strdup(text);
	else
		mistakes_at(mistakes, node,
			"bad technique %s; expected T and four digits, as T1557 "
			"or T1557.002",
			mistakes_quote(mistakes, text));
}

static void set_severity(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	static const char *const words[] = { "info", "low", "medium", "high", "critical", NULL };
	const char *text = mistakes_scalar(mistakes, node, "a severity");

	if (text && !severity_parse(bytes_str(text), &rule->severity))
		mistakes_at(mistakes, node, "bad severity %s; expected %s", mistakes_quote(mistakes, text),
			mistakes_words(mistakes, words));
}

static void set_confidence(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	static const char *const words[] = { "certain", "likely", "hint", NULL };
	const char *text = mistakes_scalar(mistakes, node, "a confidence");

	if (!text)
		return;
	rule->confidence_set = confidence_parse(bytes_str(text), &rule->confidence);
	if (!rule->confidence_set)
		mistakes_at(mistakes, node, "bad confidence %s; expected %s",
			mistakes_quote(mistakes, text), mistakes_words(mistakes, words));
}

/* A mistaken id counts too, so that the message may speak of a finding. */
static void set_finding(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	const struct yml *item = node->kind == YML_LIST ? node->child : node;

	if (!item)
		mistakes_at(mistakes, node, "an empty list; expected a finding's id, or several");
	for (; item; item = node->kind == YML_LIST ? item->next : NULL) {
		if (rule->finding_count == RULE_FINDINGS_MAX) {
			mistakes_at(mistakes, item, "more than %d findings", RULE_FINDINGS_MAX);
			break;
		}
		(void)finding_compile(mistakes, item, &rule->findings[rule->finding_count++]);
	}
}

static void set_when(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	rule->when = condition_compile(mistakes, node);
}

static void set_message(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	set_text(mistakes, node, "a message", &rule->message);
}

/* 30s, 5m, 1h, 1d; 0s: never. */
static bool parse_duration(struct bytes text, int64_t *out)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	uint64_t n;

	for (size_t i = 0; text.n && i < sizeof(units) / sizeof(*units); i++) {
		uint64_t max = (uint64_t)(SUPPRESS_MAX_DAYS * 86400 / units[i].seconds);

		if (text.p[text.n - 1] != (uint8_t)units[i].unit)
			continue;
		if (!text_parse_uint(bytes_of(text.p, text.n - 1), max, &n))
			return false;
		*out = (int64_t)n * units[i].seconds * SECOND;
		return true;
	}
	return false;
}

static void set_suppress(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	const char *text = mistakes_scalar(mistakes, node, "a length of time");

	if (text && !parse_duration(bytes_str(text), &rule->suppress))
		mistakes_at(mistakes, node,
			"bad length of time %s; expected a number and s, m, h or "
			"d, a year at most",
			mistakes_quote(mistakes, text));
}

static const struct key {
	const char *name;
	bool required;
	set_key *set;
} keys[] = {
	{ "id", true, set_id },
	{ "name", true, set_name },
	{ "category", true, set_category },
	{ "description", false, set_description },
	{ "reference", false, set_reference },
	{ "attack", false, set_attack },
	{ "severity", true, set_severity },
	{ "confidence", false, set_confidence },
	{ "finding", false, set_finding },
	{ "when", false, set_when },
	{ "message", true, set_message },
	{ "suppress", false, set_suppress },
};

#define KEYS (sizeof(keys) / sizeof(*keys))

static void tell_unknown_key(struct mistakes *mistakes, const struct yml *member)
{
	struct suggestion near = suggestion_for(bytes_str(member->key));
	const char *words[KEYS + 1] = { NULL };

	for (size_t i = 0; i < KEYS; i++) {
		words[i] = keys[i].name;
		suggestion_offer(&near, keys[i].name);
	}
	mistakes_at_key(mistakes, member, "unknown key %s; expected %s%s",
		mistakes_quote(mistakes, member->key), mistakes_words(mistakes, words),
		mistakes_hint(mistakes, near.best));
}

void rule_set_keys(struct mistakes *mistakes, struct rule *rule, const struct yml *node)
{
	for (const struct yml *member = node->child; member; member = member->next) {
		size_t i = 0;

		while (i < KEYS && strcmp(keys[i].name, member->key) != 0)
			i++;
		if (i < KEYS)
			keys[i].set(mistakes, rule, member);
		else
			tell_unknown_key(mistakes, member);
	}
	for (size_t i = 0; i < KEYS; i++) {
		if (keys[i].required && !yml_get(node, keys[i].name))
			mistakes_at(mistakes, node, "a rule without %s", keys[i].name);
	}
	if (!yml_get(node, "when") && !yml_get(node, "finding"))
		mistakes_at(mistakes, node, "a rule without when and finding would always fire");
	if (rule->message)
		rule_message_check(mistakes, yml_get(node, "message"), rule);
}
