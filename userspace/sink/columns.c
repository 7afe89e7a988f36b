// SPDX-License-Identifier: BSD-2-Clause
#include "sink/columns.h"

#include <assert.h>

/* Blanks between columns. */
#define GAP 2

static void add_cell(struct columns *columns, struct bytes cell)
{
	assert(columns->at < COLUMNS_MAX);
	text_add(&columns->cells, cell);
	text_putc(&columns->cells, '\0');
	columns->at++;
}

void columns_cell(struct columns *columns, const char *text)
{
	struct bytes cell = bytes_str(text ? text : "");
	size_t *width = &columns->width[columns->at];

	*width = cell.n > *width ? cell.n : *width;
	add_cell(columns, cell);
}

void columns_cellf(struct columns *columns, const char *format, ...)
{
	struct text cell = { 0 };
	va_list args;

	va_start(args, format);
	text_vprintf(&cell, format, args);
	va_end(args);
	columns_cell(columns, cell.s);
	text_free(&cell);
}

void columns_end_row(struct columns *columns)
{
	add_cell(columns, bytes_str("\n"));
	columns->at = 0;
}

void columns_line(struct columns *columns, const char *text)
{
	text_putc(&columns->cells, '\t');
	add_cell(columns, bytes_str(text));
	columns_end_row(columns);
}

void columns_write(const struct columns *columns, struct text *out)
{
	struct bytes rest = bytes_of(columns->cells.s, columns->cells.n);
	size_t at = 0, blanks = 0;

	while (rest.n) {
		struct bytes cell = bytes_str((const char *)rest.p);

		bytes_skip(&rest, cell.n + 1);
		if (bytes_equal(cell, bytes_str("\n"))) {
			text_putc(out, '\n');
			at = blanks = 0;
			continue;
		}
		if (cell.n && cell.p[0] == '\t') {
			text_add(out, bytes_of(cell.p + 1, cell.n - 1));
			continue;
		}
		/* Blanks are owed until something follows them. */
		if (cell.n) {
			text_printf(out, "%*s", (int)blanks, "");
			text_add(out, cell);
			blanks = 0;
		}
		blanks += columns->width[at] - cell.n + GAP;
		at++;
	}
}

void columns_fini(struct columns *columns)
{
	text_free(&columns->cells);
	*columns = (struct columns){ 0 };
}
