// SPDX-License-Identifier: BSD-2-Clause
#include "script.h"

#include <stdlib.h>

#include "base/mem.h"
#include "put.h"

bool script_fail(struct script *script, const char *format, ...)
{
	va_list args;

	if (script->error.n)
		return false;
	text_printf(&script->error, "%s:%u: ", script->name, script->line);
	va_start(args, format);
	text_vprintf(&script->error, format, args);
	va_end(args);
	return false;
}

bool parse_side(const char *word, enum side *out)
{
	if (strcmp(word, "C") == 0)
		*out = CLIENT;
	else if (strcmp(word, "S") == 0)
		*out = SERVER;
	else
		return false;
	return true;
}

bool parse_checksum(const char *word, enum frame_checksum *out)
{
	if (strcmp(word, "good") == 0)
		*out = CHECKSUM_RIGHT;
	else if (strcmp(word, "bad") == 0)
		*out = CHECKSUM_WRONG;
	else if (strcmp(word, "unfilled") == 0)
		*out = CHECKSUM_OFFLOADED;
	else
		return false;
	return true;
}

bool parse_number(const char *word, int64_t min, int64_t max, int64_t *out)
{
	char *end;
	long long value = strtoll(word, &end, 10);

	if (end == word || *end || value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool parse_duration(const char *word, int64_t *out)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{ "ms", TALK_SECOND / 1000 },
		{ "s", TALK_SECOND },
		{ "m", 60 * TALK_SECOND },
		{ "h", 3600 * TALK_SECOND },
	};
	char *end;
	long long value = strtoll(word, &end, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].unit) == 0 && value >= 0) {
			*out = value * units[i].ns;
			return true;
		}
	}
	return false;
}

static bool unhex_line(const char *s, struct text *out)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int value = 0, have = 0;

	for (; *s; s++) {
		const char *digit = strchr(digits, text_lower(*s));

		if (*s == ' ')
			continue;
		if (!digit)
			return false;
		value = value << 4 | (unsigned int)(digit - digits);
		if (++have % 2 == 0)
			text_putc(out, (char)value);
	}
	return have % 2 == 0;
}

/*
 * What a side says: "C: line", "C> bytes", "C= hex", "C~ line inside TLS"; after the mark one
 * blank.
 */
static bool say(struct script *script, const char *line)
{
	enum side from = line[0] == 'C' ? CLIENT : SERVER;
	char mark = line[1];
	const char *rest = line + (line[2] == ' ' ? 3 : 2);
	struct text bytes = { 0 };
	bool good = true;

	if (mark == '=')
		good = unhex_line(rest, &bytes) || script_fail(script, "not hexadecimal");
	else
		words_unescape(&bytes, rest, strlen(rest));
	if (mark == ':' || mark == '~')
		text_puts(&bytes, "\r\n");
	if (good && mark == '~')
		good = handshake_say(script, from, text_bytes(&bytes));
	else if (good)
		talk_say(&script->talk, from, text_bytes(&bytes));
	text_free(&bytes);
	return good;
}

static bool is_speech(const char *line)
{
	return (line[0] == 'C' || line[0] == 'S') && line[1] && strchr(":>=~", line[1]);
}

static bool run_words(struct script *script, const char *name, const char *rest)
{
	struct words words;
	const struct word *unused;
	bool good;

	if (!words_parse(&words, rest)) {
		words_free(&words);
		return script_fail(script, "a quote is not closed, or there are too many words");
	}
	good = strcmp(name, "session") == 0 ? session_begin(script, &words)
					    : directive_run(script, name, &words);
	unused = words_unused(&words);
	if (good && unused)
		good = script_fail(script, "\"%s\" is not understood here",
			unused->key ? unused->key : unused->value.s);
	words_free(&words);
	return good;
}

/* "name: words # comment", and "session words". */
static bool run_line(struct script *script, char *line)
{
	size_t n = strcspn(line, ": \t");
	char *comment = strstr(line, " #"), *rest;

	if (is_speech(line)) {
		if (!script->in_session)
			return script_fail(script, "there is no session yet");
		return say(script, line);
	}
	if (comment)
		*comment = '\0';
	rest = line + n + (line[n] ? 1 : 0);
	line[n] = '\0';
	return run_words(script, line, rest);
}

bool script_run(struct script *script, struct bytes text)
{
	bool good = true;

	while (good && text.n) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		char *line = mem_string(bytes_of(text.p, n));

		script->line++;
		if (line[0] && line[0] != '#')
			good = run_line(script, line);
		free(line);
		bytes_skip(&text, end ? n + 1 : n);
	}
	session_end(script);
	return good;
}

void script_free(struct script *script)
{
	session_end(script);
	trace_free(&script->trace);
	text_free(&script->keylog_name);
	text_free(&script->error);
}
