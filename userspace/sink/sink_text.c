// SPDX-License-Identifier: BSD-2-Clause
/*
 * Text for people: a block for each session that raised an alert, a line for each other one, and a
 * summary. Words first, terms of the trade only where they help to look further.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "sink/session_text.h"
#include "sink/sink.h"

struct sink_text {
	struct sink sink;
	FILE *out;
	struct session_text style;
	struct text line;
};

static void write_out(struct sink_text *text)
{
	struct text *line = &text->line;

	if (line->n && fwrite(line->s, 1, line->n, text->out) != line->n && !text->sink.failed) {
		log_err("sink: output: %s", strerror(errno));
		text->sink.failed = true;
	}
	text_reset(line);
}

static void session(struct sink *sink, const struct subject *subject, const struct alerts *alerts)
{
	struct sink_text *text = (struct sink_text *)sink;

	session_text_add(&text->style, &text->line, subject, alerts);
	write_out(text);
}

/* Sessions whose action is one of those from @from to @to. */
static uint64_t count(const struct run_stats *stats, enum action from, enum action to)
{
	uint64_t n = 0;

	for (int i = (int)from; i <= (int)to; i++)
		n += stats->actions[i];
	return n;
}

static void put_actions(struct text *line, const struct run_stats *stats)
{
	for (int i = 0; i < ACTIONS; i++)
		if (stats->actions[i])
			text_printf(line, "  %8llu  %s\n", (unsigned long long)stats->actions[i],
				action_name((enum action)i));
}

static void put_alert_counts(struct text *line, const struct run_stats *stats)
{
	static const char *const words[] = { "info", "low", "medium", "high", "critical" };
	const char *comma = "";

	text_printf(line, "Alerts: %llu", (unsigned long long)stats->alerts);
	for (int i = 4; i >= 0; i--) {
		if (!stats->alerts_by_severity[i])
			continue;
		text_printf(line, "%s%llu %s", *comma ? comma : " (",
			(unsigned long long)stats->alerts_by_severity[i], words[i]);
		comma = ", ";
	}
	text_puts(line, *comma ? ")" : "");
	if (stats->suppressed)
		text_printf(line, ", and %llu repeats not shown",
			(unsigned long long)stats->suppressed);
	text_puts(line, ".\n");
}

/* What the capture itself lacks, as far as it bears on how much to believe. */
static void put_losses(struct text *line, const struct run_stats *stats)
{
	if (stats->flow.gaps)
		text_printf(line, "Missing in the capture: %llu bytes in %llu places.\n",
			(unsigned long long)stats->flow.gap_bytes,
			(unsigned long long)stats->flow.gaps);
	if (stats->flow.attempts)
		text_printf(line, "Connection attempts that came to nothing: %llu.\n",
			(unsigned long long)stats->flow.attempts);
	if (stats->flow.evicted)
		text_printf(line, "Connections given up for lack of room: %llu.\n",
			(unsigned long long)stats->flow.evicted);
	if (stats->capture.failed)
		text_printf(line, "Inputs that could not be read to their end: %u.\n",
			stats->capture.failed);
}

static void finish(struct sink *sink, const struct run_stats *stats, const struct observer *by)
{
	struct sink_text *text = (struct sink_text *)sink;
	struct text *line = &text->line;
	uint64_t tls = stats->actions[ACTION_TLS_ESTABLISHED] + stats->actions[ACTION_IMPLICIT_TLS];

	(void)by;
	text_printf(line, "%s%llu session%s in %llu packets", text->style.after_block ? "" : "\n",
		(unsigned long long)stats->sessions, stats->sessions == 1 ? "" : "s",
		(unsigned long long)stats->capture.packets);
	if (stats->capture.packets) {
		text_puts(line, ", ");
		session_text_when(line, stats->first);
		text_puts(line, " to ");
		session_text_when(line, stats->last);
		text_puts(line, " UTC");
	}
	text_printf(line, ": %llu with TLS, %llu without, %llu can't be told.\n",
		(unsigned long long)tls,
		(unsigned long long)(count(stats, ACTION_TLS_FAILED, ACTION_NO_MAIL)),
		(unsigned long long)count(stats, ACTION_NO_DIALOGUE, ACTION_NOT_SMTP));
	put_actions(line, stats);
	put_alert_counts(line, stats);
	put_losses(line, stats);
	write_out(text);
	if (fflush(text->out) != 0 && !text->sink.failed) {
		log_err("sink: output: %s", strerror(errno));
		text->sink.failed = true;
	}
}

static void sink_text_free(struct sink *sink)
{
	struct sink_text *text = (struct sink_text *)sink;

	text_free(&text->line);
	free(text);
}

struct sink *sink_text_new(FILE *out, bool colour)
{
	static const struct sink_class class = { "text", session, finish, sink_text_free };
	struct sink_text *text = mem_alloc(sizeof(*text));

	text->sink.class = &class;
	text->out = out;
	text->style.colour = colour;
	return &text->sink;
}
