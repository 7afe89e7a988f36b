// SPDX-License-Identifier: BSD-2-Clause
#include "judge/rule_source.h"

/* Bytes of what somebody wrote that a mistake quotes. */
#define QUOTE_MAX 60

void rule_source_fini(struct rule_source *source)
{
	text_free(&source->quote);
	text_free(&source->hint);
	text_free(&source->list);
}

static void tell(struct rule_source *source, unsigned int line, unsigned int column,
	const char *format, va_list args)
{
	source->mistakes++;
	if (source->mistakes == RULE_MISTAKES_MAX + 1)
		text_printf(source->errors, "%s: more than %d mistakes, the others are not told\n",
			source->name, RULE_MISTAKES_MAX);
	if (source->mistakes > RULE_MISTAKES_MAX)
		return;
	text_printf(source->errors, "%s:%u:%u: ", source->name, line, column);
	text_vprintf(source->errors, format, args);
	text_putc(source->errors, '\n');
}

void rule_mistake(struct rule_source *source, const struct yml *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(source, at->line, at->column, format, args);
	va_end(args);
}

void rule_key_mistake(struct rule_source *source, const struct yml *at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(source, at->key_line, at->key_column, format, args);
	va_end(args);
}

const char *rule_quote(struct rule_source *source, const char *s)
{
	text_reset(&source->quote);
	text_putc(&source->quote, '"');
	text_printable(&source->quote, bytes_str(s), QUOTE_MAX);
	text_putc(&source->quote, '"');
	return source->quote.s;
}

const char *rule_hint(struct rule_source *source, const char *word)
{
	text_reset(&source->hint);
	if (!word)
		return "";
	text_printf(&source->hint, " (did you mean \"%s\"?)", word);
	return source->hint.s;
}

const char *rule_words(struct rule_source *source, const char *const *words)
{
	text_reset(&source->list);
	text_puts(&source->list, "");
	for (size_t i = 0; words[i]; i++) {
		if (!*words[i])
			continue;
		if (source->list.n)
			text_puts(&source->list, words[i + 1] ? ", " : " or ");
		text_puts(&source->list, words[i]);
	}
	return source->list.s;
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

const char *rule_scalar(struct rule_source *source, const struct yml *node, const char *what)
{
	if (node->kind == YML_SCALAR && *node->scalar)
		return node->scalar;
	rule_mistake(source, node, "%s; expected %s", kind_name(node), what);
	return NULL;
}
