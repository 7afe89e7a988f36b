/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of a rule in YAML. Private to the files of judge/ that load rules.
 */
#ifndef JUDGE_RULE_KEYS_H
#define JUDGE_RULE_KEYS_H

#include "judge/rule.h"
#include "base/mistakes.h"

/* All that the map @node says is set in @rule, which owns it. Mistakes are told at @mistakes. */
void rule_set_keys(struct mistakes *mistakes, struct rule *rule, const struct yml *node);

#endif
