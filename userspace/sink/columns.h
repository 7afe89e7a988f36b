/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table for a terminal: cells row by row, columns as wide as their widest cell. The last column
 * of a row is as long as it likes.
 */
#ifndef SINK_COLUMNS_H
#define SINK_COLUMNS_H

#include "base/text.h"

/* More columns than any table here has. */
#define COLUMNS_MAX 16

/* All zero: empty. Released by columns_fini(). */
struct columns {
	struct text cells; /* each with a NUL behind it; "\n" ends a row, "\t" begins a line of its
			      own */
	size_t width[COLUMNS_MAX];
	size_t at; /* the column of the next cell */
};

/* The next cell of the row; ASCII. NULL is an empty one. */
void columns_cell(struct columns *columns, const char *text);
void columns_cellf(struct columns *columns, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void columns_end_row(struct columns *columns);

/* A line between rows that keeps to no columns. */
void columns_line(struct columns *columns, const char *text);

/* All rows, a line each, without blanks at their ends. */
void columns_write(const struct columns *columns, struct text *out);
void columns_fini(struct columns *columns);

#endif
