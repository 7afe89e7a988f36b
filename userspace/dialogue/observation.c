// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/observation.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

const char *observation_name(enum observation_kind kind)
{
	static const char *const names[] = {
#define X(name, comment) [name] = #name,
		OBSERVATION_LIST(X)
#undef X
	};

	return kind < OBSERVATION_KINDS ? names[kind] : "?";
}

/* Where the local part begins whose '@' stands at @at, not before @from. */
static size_t local_part(struct bytes wire, size_t from, size_t at)
{
	size_t start = at;

	if (start > from && wire.p[start - 1] == '"') {
		/* A quoted string: all of it, blanks and specials included. */
		start--;
		while (start > from && wire.p[start - 1] != '"')
			start--;
		return start > from ? start - 1 : start;
	}
	while (start > from && !memchr(" \t\r\n<>()[]\"',;:", wire.p[start - 1], 15))
		start--;
	return start;
}

/* Where to cut @wire so that it fits @max and no local part is left without its '@'. */
static size_t cut_at(struct bytes wire, size_t max)
{
	const uint8_t *at = memchr(wire.p + max, '@', wire.n - max);
	size_t start = at ? local_part(wire, 0, (size_t)(at - wire.p)) : max;

	return start < max ? start : max;
}

void observation_text(struct text *text, struct bytes wire, size_t max)
{
	bool cut = wire.n > max;
	size_t from = 0;

	if (cut)
		wire.n = cut_at(wire, max);
	text_room(text, wire.n);
	for (;;) {
		const uint8_t *p = wire.n ? memchr(wire.p + from, '@', wire.n - from) : NULL;
		size_t at, start;

		if (!p)
			break;
		at = (size_t)(p - wire.p);
		start = local_part(wire, from, at);
		text_printable(text, bytes_of(wire.p + from, start - from), max);
		text_puts(text, start < at ? "*@" : "@");
		from = at + 1;
	}
	text_printable(text, bytes_of(wire.p + from, wire.n - from), max);
	if (cut)
		text_puts(text, "...");
}

bool observation_is_plain(struct bytes wire)
{
	for (size_t i = 0; i < wire.n; i++)
		if (!text_is_plain(wire.p[i]) || wire.p[i] == '@')
			return false;
	return true;
}

static bool is_kept(const struct observations *all, enum observation_kind kind, enum side from,
	const char *text)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == kind && all->list[i].from == from &&
			strcmp(all->list[i].text, text) == 0)
			return true;
	return false;
}

/* Takes @text. */
static void keep(struct observations *all, enum observation_kind kind, enum side from, int64_t time,
	char *text)
{
	bool kept = is_kept(all, kind, from, text);

	if (!kept && all->n >= OBSERVATIONS_MAX && observations_find(all, kind)) {
		if (all->refused < UINT32_MAX)
			all->refused++;
		kept = true;
	}
	if (kept) {
		free(text);
		return;
	}
	/* Most sessions have none, and few have two. */
	all->list = mem_realloc(all->list, (all->n + 1u) * sizeof(*all->list));
	all->list[all->n++] =
		(struct observation){ .kind = kind, .from = from, .time = time, .text = text };
}

void observe(struct observations *all, enum observation_kind kind, enum side from, int64_t time,
	struct bytes wire)
{
	struct text text = { 0 };

	observation_text(&text, wire, OBSERVATION_TEXT);
	keep(all, kind, from, time, text.s);
}

void observe_text(struct observations *all, enum observation_kind kind, enum side from,
	int64_t time, const char *format, ...)
{
	struct text text = { 0 };
	va_list args;

	va_start(args, format);
	text_vprintf(&text, format, args);
	va_end(args);
	keep(all, kind, from, time, text.s);
}

const struct observation *observations_find(
	const struct observations *all, enum observation_kind kind)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == kind)
			return &all->list[i];
	return NULL;
}

void observations_free(struct observations *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i].text);
	free(all->list);
	*all = (struct observations){ 0 };
}
