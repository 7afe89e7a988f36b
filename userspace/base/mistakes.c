// SPDX-License-Identifier: BSD-2-Clause
#include "base/mistakes.h"

/* Bytes of what somebody wrote that a mistake quotes. */
#define QUOTE_MAX 60

void mistakes_fini(struct mistakes *mistakes)
{
	text_free(&mistakes->quote);
	text_free(&mistakes->hint);
	text_free(&mistakes->list);
}

static void tell(struct mistakes *mistakes, unsigned int line, unsigned int column,
	const char *format, va_list args)
{
	mistakes->n++;
	if (mistakes->n == MISTAKES_MAX + 1)
		text_printf(mistakes->errors, "%s: more than %d mistakes, the others are not told\n",
			mistakes->name, MISTAKES_MAX);
	if (mistakes->n > MISTAKES_MAX)
		return;
	text_printf(mistakes->errors, "%s:%u:%u: ", mistakes->name, line, column);
	text_vprintf(mistakes->errors, format, args);
	text_putc(mistakes->errors, '\n');
}

void mistakes_at(struct mistakes *mistakes, const struct yml *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(mistakes, at->line, at->column, format, args);
	va_end(args);
}

void mistakes_at_key(struct mistakes *mistakes, const struct yml *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(mistakes, at->key_line, at->key_column, format, args);
	va_end(args);
}

const char *mistakes_quote(struct mistakes *mistakes, const char *s)
{
	text_reset(&mistakes->quote);
	text_putc(&mistakes->quote, '"');
	text_printable(&mistakes->quote, bytes_str(s), QUOTE_MAX);
	text_putc(&mistakes->quote, '"');
	return mistakes->quote.s;
}

const char *mistakes_hint(struct mistakes *mistakes, const char *word)
{
	text_reset(&mistakes->hint);
	if (!word)
		return "";
	text_printf(&mistakes->hint, " (did you mean \"%s\"?)", word);
	return mistakes->hint.s;
}

const char *mistakes_words(struct mistakes *mistakes, const char *const *words)
{
	text_reset(&mistakes->list);
	text_puts(&mistakes->list, "");
	for (size_t i = 0; words[i]; i++) {
		if (!*words[i])
			continue;
		if (mistakes->list.n)
			text_puts(&mistakes->list, words[i + 1] ? ", " : " or ");
		text_puts(&mistakes->list, words[i]);
	}
	return mistakes->list.s;
}

static const char *kind_name(const struct yml *node)
{
	switch (node->kind) {
	case YML_LIST:
		return "a list";
	case YML_MAP:
		return "a map";
	default:
		return "nothing";
	}
}

const char *mistakes_scalar(struct mistakes *mistakes, const struct yml *node, const char *what)
{
	if (node->kind == YML_SCALAR && *node->scalar)
		return node->scalar;
	mistakes_at(mistakes, node, "%s; expected %s", kind_name(node), what);
	return NULL;
}
