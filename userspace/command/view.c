// SPDX-License-Identifier: BSD-2-Clause
#include "command/view.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/mem.h"

/* Where a terminal does not say how wide it is. */
#define COLUMNS 80

struct view {
	FILE *out;
	bool terminal;
	bool shown;           /* the line of rates stands there */
	struct health before; /* when it was last shown; .now 0: never */
};

struct view *view_new(FILE *out)
{
	struct view *view = mem_alloc(sizeof(*view));

	view->out = out;
	view->terminal = isatty(fileno(out));
	return view;
}

static void wipe(struct view *view)
{
	if (view->shown)
		fputs("\r\033[K", view->out);
	view->shown = false;
}

void view_free(struct view *view)
{
	if (!view)
		return;
	wipe(view);
	fflush(view->out);
	free(view);
}

bool view_is_terminal(const struct view *view)
{
	return view->terminal;
}

void view_tell(struct view *view, const char *text)
{
	wipe(view);
	fputs(text, view->out);
}

void view_flush(struct view *view)
{
	fflush(view->out);
}

static size_t columns(const struct view *view)
{
	struct winsize size;

	if (ioctl(fileno(view->out), TIOCGWINSZ, &size) != 0 || !size.ws_col)
		return COLUMNS;
	return size.ws_col;
}

static double per_second(uint64_t now, uint64_t before, int64_t ns)
{
	return (double)(now - before) * 1e9 / (double)ns;
}

static void compose(const struct view *view, const struct health *health, struct text *line)
{
	const struct health *before = &view->before;
	int64_t ns = health->now - before->now;

	text_printf(line, "[%s] %.0f packets/s, %.0f kB/s; %llu connections, %llu sessions, %llu alerts",
		health->interface_count == 1 ? health->interfaces[0].name : "all",
		per_second(health->run.capture.packets, before->run.capture.packets, ns),
		per_second(health->run.capture.bytes, before->run.capture.bytes, ns) / 1000,
		(unsigned long long)health->run.flow.flows,
		(unsigned long long)health->run.sessions, (unsigned long long)health->run.alerts);
	if (health->lost)
		text_printf(line, "; %llu frames lost", (unsigned long long)health->lost);
}

void view_show(struct view *view, const struct health *health)
{
	struct text line = { 0 };
	size_t width = columns(view) - 1;

	if (view->terminal && view->before.now && health->now > view->before.now) {
		compose(view, health, &line);
		wipe(view);
		fprintf(view->out, "%.*s", (int)(line.n < width ? line.n : width), line.s);
		fflush(view->out);
		view->shown = true;
	}
	view->before = *health;
	text_free(&line);
}
