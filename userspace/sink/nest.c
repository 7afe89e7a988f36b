// SPDX-License-Identifier: BSD-2-Clause
#include "sink/nest.h"

#include <assert.h>

#include "sink/json_text.h"

static void put_name(struct nest *nest, struct bytes name)
{
	if (nest->comma)
		text_putc(nest->out, ',');
	nest->comma = true;
	text_putc(nest->out, '"');
	text_add(nest->out, name);
	text_puts(nest->out, "\":");
}

static void close_to(struct nest *nest, size_t depth)
{
	for (; nest->depth > depth; nest->depth--) {
		text_putc(nest->out, '}');
		nest->comma = true;
	}
}

void nest_to(struct nest *nest, struct bytes name)
{
	size_t depth = 0;
	const uint8_t *dot;

	while ((dot = memchr(name.p, '.', name.n))) {
		struct bytes part = bytes_of(name.p, (size_t)(dot - name.p));

		if (depth >= nest->depth || !bytes_equal(nest->open[depth], part)) {
			close_to(nest, depth);
			put_name(nest, part);
			text_putc(nest->out, '{');
			nest->comma = false;
			assert(nest->depth < NEST_DEPTH_MAX);
			nest->open[nest->depth++] = part;
		}
		depth++;
		bytes_skip(&name, part.n + 1);
	}
	close_to(nest, depth);
	put_name(nest, name);
}

void nest_begin(struct nest *nest, struct text *out)
{
	*nest = (struct nest){ .out = out };
	text_putc(out, '{');
}

void nest_end(struct nest *nest)
{
	close_to(nest, 0);
	text_putc(nest->out, '}');
}

void nest_end_line(struct nest *nest)
{
	nest_end(nest);
	text_putc(nest->out, '\n');
}

void nest_string(struct nest *nest, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	nest_to(nest, bytes_str(name));
	json_text(nest->out, bytes_str(value));
}

void nest_uint(struct nest *nest, const char *name, uint64_t value)
{
	nest_to(nest, bytes_str(name));
	text_uint(nest->out, value);
}

void nest_time(struct nest *nest, const char *name, int64_t ns)
{
	nest_to(nest, bytes_str(name));
	text_putc(nest->out, '"');
	text_time(nest->out, ns);
	text_putc(nest->out, '"');
}

void nest_words(struct nest *nest, const char *name, const char *a, const char *b)
{
	nest_to(nest, bytes_str(name));
	text_printf(nest->out, "[\"%s\",\"%s\"]", a, b);
}

void nest_bool(struct nest *nest, const char *name, bool value)
{
	nest_to(nest, bytes_str(name));
	text_puts(nest->out, value ? "true" : "false");
}

void nest_seconds(struct nest *nest, const char *name, int64_t seconds)
{
	if (seconds)
		nest_time(nest, name, seconds * 1000000000);
}

void nest_strings(struct nest *nest, const char *name, const char *const *values, size_t n)
{
	if (!n)
		return;
	nest_to(nest, bytes_str(name));
	for (size_t i = 0; i < n; i++) {
		text_putc(nest->out, i ? ',' : '[');
		json_text(nest->out, bytes_str(values[i]));
	}
	text_putc(nest->out, ']');
}
