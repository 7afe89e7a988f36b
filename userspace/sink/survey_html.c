// SPDX-License-Identifier: BSD-2-Clause
/*
 * A survey as one HTML page. It loads nothing and runs nothing: its policy forbids both, whatever
 * got into it. Marks are words and colours, so that it can be read without them.
 */
#include "sink/html.h"
#include "sink/survey.h"

static const char head[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head>\n"
	"<meta charset=\"utf-8\">\n"
	"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	"style-src 'unsafe-inline'\">\n"
	"<meta name=\"viewport\" content=\"width=device-width\">\n"
	"<meta name=\"robots\" content=\"noindex\">\n"
	"<title>TLS for mail: a survey</title>\n"
	"<style>\n"
	":root { color-scheme: light dark; }\n"
	"body { font: 15px/1.4 system-ui, sans-serif; margin: 2em; }\n"
	"table { border-collapse: collapse; }\n"
	"th, td { text-align: left; vertical-align: top; padding: .25em .8em .25em 0; }\n"
	"thead th { border-bottom: 2px solid; position: sticky; top: 0; background: Canvas; }\n"
	"tbody { border-bottom: 1px solid #8886; }\n"
	"tbody th { font-weight: 600; }\n"
	"td.note { font-size: 90%; padding-left: 1.5em; }\n"
	".good { color: #1a7f37; }\n"
	".fair { color: #9a6700; }\n"
	".bad { color: #cf222e; font-weight: 600; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	".good { color: #57ab5a; } .fair { color: #c69026; } .bad { color: #f47067; }\n"
	"}\n"
	"</style>\n"
	"</head>\n"
	"<body>\n"
	"<h1>TLS for mail: a survey</h1>\n";

static const char *class_of(enum survey_mark mark)
{
	static const char *const classes[] = {
		[SURVEY_PLAIN] = "",
		[SURVEY_GOOD] = " class=\"good\"",
		[SURVEY_FAIR] = " class=\"fair\"",
		[SURVEY_BAD] = " class=\"bad\"",
	};

	return classes[mark];
}

/* A page that is being written, and the words of its next cell. */
struct page {
	struct text *out;
	const struct survey_table *table;
	struct text words;
	size_t columns;
};

/* Words of others never get onto the page but by this. */
static void end_cell(struct page *page, enum survey_mark mark, size_t lines)
{
	text_printf(page->out, "<td%s", class_of(mark));
	if (lines > 1)
		text_printf(page->out, " rowspan=\"%zu\"", lines);
	text_putc(page->out, '>');
	html_text(page->out, bytes_of(page->words.s, page->words.n));
	text_puts(page->out, "</td>");
	text_reset(&page->words);
}

static void add_heads(struct page *page)
{
	const char *const heads[] = { "Domain", "MTA-STS", "TLS-RPT",
		page->table->with_list ? "List" : NULL,
		page->table->with_history ? "Mail seen" : NULL, "MX", "DANE",
		page->table->with_history ? "Server seen" : NULL };

	text_puts(page->out, "<table>\n<thead><tr>");
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (!heads[i])
			continue;
		text_printf(page->out, "<th scope=\"col\">%s</th>", heads[i]);
		page->columns++;
	}
	text_puts(page->out, "</tr></thead>\n");
}

static void add_mx(struct page *page, const struct survey_row *row, size_t mx)
{
	text_puts(&page->words, row->domain->mx[mx].host);
	end_cell(page, row->domain->mx[mx].in_policy == ANSWER_NO ? SURVEY_BAD : SURVEY_PLAIN, 1);
	end_cell(page, survey_say_dane(&page->words, row, mx), 1);
	if (page->table->with_history)
		end_cell(page, survey_say_mx_seen(&page->words, row, mx, page->table->now), 1);
	text_puts(page->out, "</tr>\n");
}

static void add_no_mx(struct page *page, const struct survey_row *row)
{
	end_cell(page, survey_say_no_mx(&page->words, row), 1);
	text_puts(page->out,
		page->table->with_history ? "<td></td><td></td></tr>\n" : "<td></td></tr>\n");
}

static void add_note(void *context, const char *note)
{
	struct page *page = context;

	text_printf(page->out, "<tr><td class=\"note\" colspan=\"%zu\">", page->columns);
	html_string(page->out, note);
	text_puts(page->out, "</td></tr>\n");
}

/* What is about the domain stands beside all of its MX hosts. */
static void add_row(struct page *page, const struct survey_row *row)
{
	size_t lines = row->domain->mx_count ? row->domain->mx_count : 1;

	text_printf(page->out, "<tbody><tr><th scope=\"row\" rowspan=\"%zu\">", lines);
	html_string(page->out, row->domain->domain);
	text_puts(page->out, "</th>");
	end_cell(page, survey_say_sts(&page->words, row), lines);
	end_cell(page, survey_say_rpt(&page->words, row), lines);
	if (page->table->with_list)
		end_cell(page, survey_say_list(&page->words, row), lines);
	if (page->table->with_history)
		end_cell(page, survey_say_seen(&page->words, row, page->table->now), lines);
	if (!row->domain->mx_count)
		add_no_mx(page, row);
	for (size_t i = 0; i < row->domain->mx_count; i++) {
		if (i)
			text_puts(page->out, "<tr>");
		add_mx(page, row, i);
	}
	survey_notes(row, page->table->now, add_note, page);
	text_puts(page->out, "</tbody>\n");
}

void survey_html(struct text *out, const struct survey_table *table, const char *host)
{
	struct page page = { .out = out, .table = table };

	text_puts(out, head);
	text_puts(out, "<p>");
	survey_say_summary(&page.words, table);
	html_text(out, bytes_of(page.words.s, page.words.n));
	text_reset(&page.words);
	text_puts(out, "</p>\n");
	add_heads(&page);
	for (size_t i = 0; i < table->n; i++)
		add_row(&page, &table->rows[i]);
	text_puts(out, "</table>\n<p>");
	text_time_seconds(out, table->now);
	text_puts(out, ", stripwatch " VERSION);
	if (*host) {
		text_puts(out, " on ");
		html_string(out, host);
	}
	text_puts(out, "</p>\n</body>\n</html>\n");
	text_free(&page.words);
}
