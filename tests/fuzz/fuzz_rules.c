// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any text is a set of rules or told mistakes, never both; rules can be asked, explained and
 * written out for any session, and the explanation says what the answer is.
 */
#include <stdlib.h>

#include "../subject.h"
#include "judge/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct rule *rule, const struct subject *subject)
{
	struct text out = { 0 };

	if (rule_explain(rule, subject, &out) != rule_matches(rule, subject))
		abort();
	rule_message(rule, subject, &out);
	rule_describe(rule, &out);
	text_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text errors = { 0 };
	struct ruleset *rules = rules_parse(bytes_of(data, size), "fuzz", &errors);
	struct fixture tls, clear;

	if ((rules != NULL) == (errors.n != 0))
		abort();
	fixture_init(&tls);
	fixture_clear(&clear);
	for (size_t i = 0; rules && i < rules->n; i++) {
		use(&rules->list[i], &tls.subject);
		use(&rules->list[i], &clear.subject);
	}
	rules_free(rules);
	text_free(&errors);
	return 0;
}
