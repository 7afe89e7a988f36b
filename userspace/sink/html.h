/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that others wrote, as text of an HTML page: it can't become markup.
 */
#ifndef SINK_HTML_H
#define SINK_HTML_H

#include "base/text.h"

/*
 * @b for an element's content or a quoted attribute's value. Control bytes, and what is no ASCII,
 * are written as text_printable() does.
 */
void html_text(struct text *out, struct bytes b);
void html_string(struct text *out, const char *s);

#endif
