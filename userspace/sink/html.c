// SPDX-License-Identifier: BSD-2-Clause
#include "sink/html.h"

static const char *entity(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct text *out, struct bytes b)
{
	while (b.n) {
		const char *name = entity(b.p[0]);
		size_t plain = 0;

		if (name) {
			text_puts(out, name);
			bytes_skip(&b, 1);
			continue;
		}
		while (plain < b.n && !entity(b.p[plain]))
			plain++;
		text_printable(out, bytes_of(b.p, plain), plain);
		bytes_skip(&b, plain);
	}
}

void html_string(struct text *out, const char *s)
{
	html_text(out, bytes_str(s));
}
