// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "dialogue/smtp_private.h"

const char *smtp_strings_next(const struct smtp_strings *strings, const char *previous)
{
	const char *next = previous ? previous + strlen(previous) + 1 : strings->block;

	return next && next < strings->block + strings->bytes ? next : NULL;
}

const char *smtp_strings_get(const struct smtp_strings *strings, uint16_t index)
{
	const char *s = smtp_strings_next(strings, NULL);

	while (s && index--)
		s = smtp_strings_next(strings, s);
	return s;
}

static bool has_room(struct smtp_strings *strings, uint16_t max)
{
	if (strings->n < max)
		return true;
	if (strings->refused < UINT16_MAX)
		strings->refused++;
	return false;
}

/* First room of a list: a few domains, or half of a capability list. */
#define STRINGS_ROOM 64

/* A byte takes at most four when it is printable: "\xHH". */
_Static_assert(SMTP_EXTENSIONS_MAX * (4 * SMTP_EXTENSION_TEXT + sizeof("...")) < UINT16_MAX &&
		       SMTP_DOMAINS_MAX * DOMAIN_TEXT < UINT16_MAX,
	"the bytes of a list fit");

static void append(struct smtp_strings *strings, struct bytes s)
{
	size_t want = strings->bytes + s.n + 1, room = strings->room ? strings->room : STRINGS_ROOM;

	while (room < want)
		room *= 2;
	if (room > strings->room)
		strings->block = mem_realloc(strings->block, room);
	strings->room = (uint16_t)(room < UINT16_MAX ? room : UINT16_MAX);
	if (s.n)
		memcpy(strings->block + strings->bytes, s.p, s.n);
	strings->block[want - 1] = '\0';
	strings->bytes = (uint16_t)want;
	strings->n++;
}

bool smtp_strings_add(
	struct smtp_strings *strings, struct bytes text, uint16_t max, size_t max_text)
{
	struct text printable = { 0 };

	if (!has_room(strings, max))
		return false;
	if (text.n <= max_text && observation_is_plain(text)) {
		append(strings, text);
		return true;
	}
	observation_text(&printable, text, max_text);
	append(strings, bytes_str(printable.s));
	text_free(&printable);
	return true;
}

void smtp_strings_trim(struct smtp_strings *strings)
{
	if (strings->bytes == strings->room)
		return;
	strings->block = mem_realloc(strings->block, strings->bytes);
	strings->room = strings->bytes;
}

uint16_t smtp_strings_once(struct smtp_strings *strings, const char *text, uint16_t max)
{
	uint16_t index = 0;

	for (const char *s = NULL; (s = smtp_strings_next(strings, s)); index++)
		if (strcmp(s, text) == 0)
			return index;
	if (!has_room(strings, max))
		return max;
	append(strings, bytes_str(text));
	return index;
}

void smtp_strings_free(struct smtp_strings *strings)
{
	free(strings->block);
	*strings = (struct smtp_strings){ 0 };
}

void smtp_set_text(char **to, struct bytes text, size_t max)
{
	struct text printable = { 0 };

	free(*to);
	if (text.n <= max && observation_is_plain(text)) {
		*to = mem_string(text);
		return;
	}
	observation_text(&printable, text, max);
	*to = mem_strdup(printable.s);
	text_free(&printable);
}

const char *smtp_offer_name(enum smtp_offer offer)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		SMTP_OFFER_LIST(X)
#undef X
	};

	return offer < sizeof(names) / sizeof(*names) ? names[offer] : "?";
}

const char *smtp_family_name(enum smtp_family family)
{
	static const char *const names[] = {
#define X(name, text) [name] = text,
		SMTP_FAMILY_LIST(X)
#undef X
	};

	return family < sizeof(names) / sizeof(*names) ? names[family] : "?";
}

void smtp_facts_free(struct smtp_facts *facts)
{
	free(facts->greeting_host);
	free(facts->helo_name);
	free(facts->starttls_reply);
	free(facts->ehlo_refusal);
	smtp_strings_free(&facts->extensions);
	smtp_strings_free(&facts->sender_domains);
	smtp_strings_free(&facts->recipient_domains);
	*facts = (struct smtp_facts){ 0 };
}
