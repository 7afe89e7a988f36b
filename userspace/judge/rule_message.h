/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Message templates: text with {field} in it, or {field|text if the field is absent}, where that
 * text may have fields of its own; {{ and }} are braces. Beside the document's fields there are
 * {server} and {client} (as people call them), {policy_domain} and {finding.evidence} (of the finding
 * that the rule is about). Private to the files of judge/ that load rules; rule_message() is in
 * judge/rule.h.
 */
#ifndef JUDGE_RULE_MESSAGE_H
#define JUDGE_RULE_MESSAGE_H

#include "judge/rule.h"
#include "base/mistakes.h"

/* False: a mistake in @rule's message, told at @node. */
bool rule_message_check(struct mistakes *mistakes, const struct yml *node, const struct rule *rule);

#endif
