/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JSON document as the tree that YAML makes too, every node with its line and column. Private to
 * policy_list*.c.
 */
#ifndef EVIDENCE_POLICY_LIST_JSON_H
#define EVIDENCE_POLICY_LIST_JSON_H

#include "base/yml.h"

/*
 * NULL on a mistake, with "NAME:LINE:COLUMN: …" appended to @errors. Strings are quoted scalars,
 * numbers, true, false and null unquoted ones. Free with yml_free().
 */
struct yml *policy_list_json(struct bytes text, const char *name, struct text *errors);

#endif
