// SPDX-License-Identifier: BSD-2-Clause
/* A survey as a table for a terminal. */
#include "sink/columns.h"
#include "sink/survey.h"

/* One cell at a time. */
struct cells {
	struct columns columns;
	struct text cell;
};

static void end_cell(struct cells *cells)
{
	columns_cell(&cells->columns, cells->cell.n ? cells->cell.s : "");
	text_reset(&cells->cell);
}

static void add_head(struct cells *cells, const struct survey_table *table)
{
	columns_cell(&cells->columns, "DOMAIN");
	columns_cell(&cells->columns, "MTA-STS");
	columns_cell(&cells->columns, "TLS-RPT");
	if (table->with_list)
		columns_cell(&cells->columns, "LIST");
	columns_cell(&cells->columns, "MX");
	columns_cell(&cells->columns, "DANE");
	if (table->with_history)
		columns_cell(&cells->columns, "SEEN");
	columns_end_row(&cells->columns);
}

/* The columns of one MX host. */
static void add_mx(struct cells *cells, const struct survey_table *table,
	const struct survey_row *row, size_t mx)
{
	columns_cell(&cells->columns, row->domain->mx[mx].host);
	survey_say_dane(&cells->cell, row, mx);
	end_cell(cells);
	if (table->with_history)
		survey_say_mx_seen(&cells->cell, row, mx, table->now);
	end_cell(cells);
	columns_end_row(&cells->columns);
}

static void add_first_line(
	struct cells *cells, const struct survey_table *table, const struct survey_row *row)
{
	columns_cell(&cells->columns, row->domain->domain);
	survey_say_sts(&cells->cell, row);
	end_cell(cells);
	survey_say_rpt(&cells->cell, row);
	end_cell(cells);
	if (table->with_list) {
		survey_say_list(&cells->cell, row);
		end_cell(cells);
	}
	if (row->domain->mx_count) {
		add_mx(cells, table, row, 0);
		return;
	}
	survey_say_no_mx(&cells->cell, row);
	end_cell(cells);
	columns_end_row(&cells->columns);
}

static void add_note(void *context, const char *note)
{
	struct cells *cells = context;

	text_printf(&cells->cell, "  %s", note);
	columns_line(&cells->columns, cells->cell.s);
	text_reset(&cells->cell);
}

static void add_row(
	struct cells *cells, const struct survey_table *table, const struct survey_row *row)
{
	size_t before = table->with_list ? 4 : 3;

	add_first_line(cells, table, row);
	for (size_t i = 1; i < row->domain->mx_count; i++) {
		for (size_t j = 0; j < before; j++)
			columns_cell(&cells->columns, "");
		add_mx(cells, table, row, i);
	}
	survey_notes(row, table->now, add_note, cells);
	if (row->seen.sessions) {
		text_puts(&cells->cell, "  seen: ");
		survey_say_seen(&cells->cell, row, table->now);
		columns_line(&cells->columns, cells->cell.s);
		text_reset(&cells->cell);
	}
}

void survey_text(struct text *out, const struct survey_table *table)
{
	struct cells cells = { 0 };

	add_head(&cells, table);
	for (size_t i = 0; i < table->n; i++)
		add_row(&cells, table, &table->rows[i]);
	columns_write(&cells.columns, out);
	text_putc(out, '\n');
	survey_say_summary(out, table);
	text_putc(out, '\n');
	columns_fini(&cells.columns);
	text_free(&cells.cell);
}
