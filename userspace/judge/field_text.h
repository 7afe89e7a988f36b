/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A field's value as people read it: messages and explanations.
 */
#ifndef JUDGE_FIELD_TEXT_H
#define JUDGE_FIELD_TEXT_H

#include "base/text.h"
#include "judge/field.h"

/*
 * Append the value of @field: the items of an array joined by commas, "and N more" beyond the first
 * few. False, and nothing appended: it is absent.
 */
bool field_add_text(struct text *out, const struct field *field, const struct subject *subject);

#endif
