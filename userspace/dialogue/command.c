// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/command.h"

#include "base/text.h"

static const struct {
	const char *text;
	size_t length;
} names[] = {
#define X(name, text) [name] = { text, sizeof(text) - 1 },
	COMMAND_LIST(X)
#undef X
};

const char *command_name(enum command_verb verb)
{
	return verb < COMMAND_VERBS ? names[verb].text : "";
}

enum command_verb command_verb(struct bytes name)
{
	for (unsigned int i = VERB_UNKNOWN + 1; i < COMMAND_VERBS; i++)
		if (name.n == names[i].length && text_starts(name, names[i].text))
			return i;
	return VERB_UNKNOWN;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void skip_blanks(struct bytes *b)
{
	while (b->n && is_blank(b->p[0]))
		bytes_skip(b, 1);
}

struct bytes command_word(struct bytes *b)
{
	struct bytes word;
	size_t n = 0;

	while (n < b->n && !is_blank(b->p[n]))
		n++;
	bytes_take(b, n, &word);
	skip_blanks(b);
	return word;
}

bool command_parse(struct bytes line, struct command *out)
{
	while (line.n && is_blank(line.p[line.n - 1]))
		line.n--;
	skip_blanks(&line);
	if (!line.n)
		return false;
	out->name = command_word(&line);
	out->argument = line;
	out->verb = command_verb(out->name);
	return true;
}

/* "FROM:" or "TO:" and whatever blanks people put around the colon. */
static bool skip_keyword(struct bytes *argument)
{
	struct bytes rest = *argument;
	size_t n = text_starts(rest, "FROM") ? 4 : text_starts(rest, "TO") ? 2 : 0;

	if (!n)
		return false;
	bytes_skip(&rest, n);
	skip_blanks(&rest);
	if (!rest.n || rest.p[0] != ':')
		return false;
	bytes_skip(&rest, 1);
	skip_blanks(&rest);
	*argument = rest;
	return true;
}

/* How a path is walked: past quoted strings and quoted pairs, RFC 5321 4.1.2. */
struct walk {
	bool quoted, escaped;
};

/* True if @c stands for itself, outside of every quotation. */
static bool is_bare(struct walk *walk, uint8_t c)
{
	if (walk->escaped) {
		walk->escaped = false;
		return false;
	}
	if (c == '\\') {
		walk->escaped = true;
		return false;
	}
	if (c == '"') {
		walk->quoted = !walk->quoted;
		return false;
	}
	return !walk->quoted;
}

/* The length of a path up to @end, which is '>' or a blank; all of it where that is missing. */
static bool path_length(struct bytes b, bool brackets, size_t *n)
{
	struct walk walk = { 0 };

	for (size_t i = 0; i < b.n; i++) {
		if (is_bare(&walk, b.p[i]) && (brackets ? b.p[i] == '>' : is_blank(b.p[i]))) {
			*n = i;
			return true;
		}
	}
	*n = b.n;
	return !walk.quoted;
}

/* Off a source route, "@a,@b:" (RFC 5321 appendix C). */
static void skip_route(struct bytes *path)
{
	const uint8_t *colon = path->n && path->p[0] == '@' ? memchr(path->p, ':', path->n) : NULL;

	if (colon)
		bytes_skip(path, (size_t)(colon - path->p) + 1);
}

static struct bytes mailbox_domain(struct bytes path)
{
	struct walk walk = { 0 };
	size_t at = path.n;

	for (size_t i = 0; i < path.n; i++)
		if (is_bare(&walk, path.p[i]) && path.p[i] == '@')
			at = i;
	if (at == path.n)
		return bytes_of(NULL, 0);
	bytes_skip(&path, at + 1);
	while (path.n && is_blank(path.p[path.n - 1]))
		path.n--;
	return path;
}

bool command_path(struct bytes argument, struct bytes *domain)
{
	struct bytes path = argument, closed = { 0 };
	bool brackets;
	size_t n;

	if (!skip_keyword(&path))
		return false;
	brackets = path.n && path.p[0] == '<';
	while (path.n && path.p[0] == '<')
		bytes_skip(&path, 1);
	*domain = bytes_of(NULL, 0);
	if (!path_length(path, brackets, &n))
		return true;
	/* An opening bracket without its twin: the path ends at a blank. */
	if (brackets && n == path.n && !path_length(path, false, &n))
		return true;
	bytes_take(&path, n, &closed);
	skip_route(&closed);
	*domain = mailbox_domain(closed);
	return true;
}

bool command_bdat(struct bytes argument, uint64_t *octets, bool *last)
{
	struct bytes number = command_word(&argument);
	uint64_t n;

	if (argument.n && !text_is(argument, "LAST"))
		return false;
	if (!text_parse_uint(number, INT64_MAX, &n))
		return false;
	*octets = n;
	*last = argument.n > 0;
	return true;
}

bool command_xexch50(struct bytes argument, uint64_t *octets)
{
	struct bytes first = command_word(&argument);

	return text_parse_uint(first, INT64_MAX, octets);
}

/* A SASL mechanism's name, RFC 4422 3.1. */
static bool is_mechanism(struct bytes word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!((word.p[i] >= 'A' && word.p[i] <= 'Z') ||
			    (word.p[i] >= '0' && word.p[i] <= '9') || word.p[i] == '-' ||
			    word.p[i] == '_'))
			return false;
	return word.n >= 3 && word.n <= 20;
}

static bool is_one_word(struct bytes argument)
{
	command_word(&argument);
	return argument.n == 0;
}

bool command_is_certain(struct bytes line)
{
	struct command command;
	struct bytes domain;
	uint64_t octets;
	bool last;

	if (!command_parse(line, &command))
		return false;
	switch (command.verb) {
	case VERB_EHLO:
	case VERB_HELO:
	case VERB_LHLO:
		return command.argument.n && is_one_word(command.argument);
	case VERB_MAIL:
	case VERB_RCPT:
		return command_path(command.argument, &domain);
	case VERB_BDAT:
		return command_bdat(command.argument, &octets, &last);
	case VERB_XEXCH50:
		return command_xexch50(command.argument, &octets);
	case VERB_AUTH:
		return is_mechanism(command_word(&command.argument));
	case VERB_DATA:
	case VERB_RSET:
	case VERB_NOOP:
	case VERB_QUIT:
	case VERB_STARTTLS:
	case VERB_ANONYMOUSTLS:
		return command.argument.n == 0;
	default:
		return false;
	}
}
