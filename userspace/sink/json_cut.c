// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json_cut.h"

#include <stdio.h>

/*
 * In the order in which they go: what repeats other parts, or can be looked up by what stays, comes
 * first. What is left has a bounded length.
 */
static const char *const dispensable[] = {
	"stripwatch.certificate.chain",
	"tls.server.x509",
	"stripwatch.policy.versions",
	"stripwatch.policy.text",
	"smtp.extensions",
	"stripwatch.tls",
	"stripwatch.policy.mx",
	"stripwatch.tlsrpt.policy",
	"stripwatch.policies",
	"smtp.sender_domains",
	"smtp.recipient_domains",
	"tls.server",
	"stripwatch.findings",
	"stripwatch.evidence",
};

#define DISPENSABLE (sizeof(dispensable) / sizeof(*dispensable))

/* Longer names of members, with those around them, do not occur. */
#define PATH_MAX_BYTES 128

struct cut {
	struct text *out;
	size_t goes;               /* the first so many of the list are left out */
	bool gone[DISPENSABLE];    /* those that were there */
	char path[PATH_MAX_BYTES]; /* of the member at hand, dotted */
	size_t depth;
	bool noted;
};

/* No document nests deeper; beyond, parts are copied as they are. */
#define DEPTH_MAX 8

static bool take_string(struct bytes *in, struct bytes *out)
{
	size_t i = 1;

	if (in->n == 0 || in->p[0] != '"')
		return false;
	while (i < in->n && in->p[i] != '"')
		i += in->p[i] == '\\' ? 2 : 1;
	return i < in->n && bytes_take(in, i + 1, out);
}

/* An object, an array, a string, or a word that ends where its holder goes on. */
static bool take_value(struct bytes *in, struct bytes *out)
{
	struct bytes rest = *in, string;
	size_t depth = 0;

	while (rest.n) {
		if (rest.p[0] == '"') {
			if (!take_string(&rest, &string))
				return false;
		} else if (depth == 0 && strchr(",}]", rest.p[0])) {
			break;
		} else {
			depth += rest.p[0] == '{' || rest.p[0] == '[';
			depth -= rest.p[0] == '}' || rest.p[0] == ']';
			bytes_skip(&rest, 1);
		}
	}
	return rest.n < in->n && depth == 0 && bytes_take(in, in->n - rest.n, out);
}

static bool goes(struct cut *cut)
{
	for (size_t i = 0; i < cut->goes; i++)
		if (strcmp(cut->path, dispensable[i]) == 0)
			return cut->gone[i] = true;
	return false;
}

/* Something in the member at hand may have to go, or be put. */
static bool goes_inside(const struct cut *cut)
{
	size_t n = strlen(cut->path);

	if (strcmp(cut->path, "stripwatch") == 0)
		return true;
	for (size_t i = 0; i < cut->goes; i++)
		if (strncmp(dispensable[i], cut->path, n) == 0 && dispensable[i][n] == '.')
			return true;
	return false;
}

static void put_list(struct cut *cut)
{
	const char *comma = "[";

	text_puts(cut->out, "\"left_out\":");
	for (size_t i = 0; i < DISPENSABLE; i++) {
		if (!cut->gone[i])
			continue;
		text_printf(cut->out, "%s\"%s\"", comma, dispensable[i]);
		comma = ",";
	}
	text_puts(cut->out, "]");
	cut->noted = true;
}

static bool put_object(struct cut *cut, struct bytes object);

/* The member "@key":@value, unless it goes; @first: nothing stands before it. */
static bool put_member(struct cut *cut, struct bytes key, struct bytes value, bool first)
{
	size_t before = strlen(cut->path), start = cut->out->n, body;
	bool good = true;

	if (before + key.n + 2 > sizeof(cut->path) || key.n < 2)
		return false;
	snprintf(cut->path + before, sizeof(cut->path) - before, "%s%.*s", before ? "." : "",
		(int)key.n - 2, (const char *)key.p + 1);
	if (!goes(cut)) {
		text_puts(cut->out, first ? "" : ",");
		text_add(cut->out, key);
		text_putc(cut->out, ':');
		body = cut->out->n;
		if (value.p[0] == '{' && cut->depth < DEPTH_MAX && goes_inside(cut))
			good = put_object(cut, value);
		else
			text_add(cut->out, value);
		/* The contract knows no empty objects. */
		if (cut->out->n == body + 2 && memcmp(cut->out->s + body, "{}", 2) == 0)
			cut->out->n = start;
	}
	cut->path[before] = '\0';
	return good;
}

static bool put_object(struct cut *cut, struct bytes in)
{
	struct bytes key, value;
	size_t start;

	if (!bytes_skip(&in, 1))
		return false;
	cut->depth++;
	text_putc(cut->out, '{');
	start = cut->out->n;
	while (in.n && in.p[0] != '}') {
		if (in.p[0] == ',')
			bytes_skip(&in, 1);
		if (!take_string(&in, &key) || in.n == 0 || in.p[0] != ':' || !bytes_skip(&in, 1) ||
			!take_value(&in, &value) ||
			!put_member(cut, key, value, cut->out->n == start))
			return false;
	}
	if (!bytes_skip(&in, 1))
		return false;
	if (strcmp(cut->path, "stripwatch") == 0) {
		text_puts(cut->out, cut->out->n == start ? "" : ",");
		put_list(cut);
	}
	text_putc(cut->out, '}');
	cut->depth--;
	return true;
}

static bool put_without(struct bytes json, size_t goes_first, struct text *out)
{
	struct cut cut = { .out = out, .goes = goes_first };

	return put_object(&cut, json) && cut.noted;
}

bool json_cut(struct bytes json, size_t max, struct text *out)
{
	size_t start = out->n;

	if (json.n && json.p[json.n - 1] == '\n')
		json.n--;
	if (json.n == 0 || json.p[0] != '{')
		return false;
	if (json.n <= max) {
		text_add(out, json);
		return true;
	}
	for (size_t n = 1; n <= DISPENSABLE; n++) {
		if (put_without(json, n, out) && out->n - start <= max)
			return true;
		out->n = start;
	}
	return false;
}
