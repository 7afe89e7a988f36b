/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The field table as JSON: all of it, fast, for session documents; parts of it for others.
 */
#ifndef SINK_JSON_FIELDS_H
#define SINK_JSON_FIELDS_H

#include "judge/field.h"
#include "sink/nest.h"

/* Fields whose name starts with @prefix, in the table's order. */
void nest_fields(struct nest *nest, const struct subject *subject, const char *prefix);

/* Where each field of the table goes in a document, worked out once. Owned by who made it. */
struct json_form;

struct json_form *json_form_new(void);
void json_form_free(struct json_form *form);

/* The whole session document, one line. The form remembers what certificate chains look like. */
void json_fill(struct json_form *form, const struct subject *subject, struct text *out);

#endif
