/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JSON string of any bytes (RFC 8259 7).
 */
#ifndef SINK_JSON_TEXT_H
#define SINK_JSON_TEXT_H

#include "base/text.h"

/* @s with its quotes appended to @out; bytes that are no UTF-8 become U+FFFD. */
void json_text(struct text *out, struct bytes s);

#endif
