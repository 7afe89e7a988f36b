// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/txt_record.h"

#define NAME_MAX_LENGTH 32

static bool is_wsp(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void trim(struct bytes *b)
{
	while (b->n && is_wsp(b->p[0]))
		bytes_skip(b, 1);
	while (b->n && is_wsp(b->p[b->n - 1]))
		b->n--;
}

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool txt_record_is_name(struct bytes b)
{
	if (!b.n || b.n > NAME_MAX_LENGTH || !is_alnum(b.p[0]))
		return false;
	for (size_t i = 1; i < b.n; i++)
		if (!is_alnum(b.p[i]) && b.p[i] != '_' && b.p[i] != '-' && b.p[i] != '.')
			return false;
	return true;
}

/* Printable ASCII but blank, semicolon and equals sign. */
bool txt_record_is_value(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] <= ' ' || b.p[i] > '~' || b.p[i] == ';' || b.p[i] == '=')
			return false;
	return b.n > 0;
}

/* Take the version and the first semicolon: what makes a record a candidate. */
static bool take_version(struct bytes *record, const char *version, bool *strict)
{
	struct bytes rest = *record;

	if (!bytes_starts(rest, "v=") || !bytes_skip(&rest, 2) || !bytes_starts(rest, version))
		return false;
	bytes_skip(&rest, strlen(version));
	*strict = rest.n && rest.p[0] == ';';
	while (rest.n && is_wsp(rest.p[0]))
		bytes_skip(&rest, 1);
	if (!rest.n || rest.p[0] != ';')
		return false;
	bytes_skip(&rest, 1);
	*record = rest;
	return true;
}

size_t txt_record_choose(const struct bytes *records, size_t n, const char *version,
	struct bytes *fields, bool *nonstrict)
{
	struct bytes found[2] = { { 0 } }; /* loose, strict */
	size_t count[2] = { 0 };
	bool strict;

	for (size_t i = 0; i < n; i++) {
		struct bytes rest = records[i];

		if (!take_version(&rest, version, &strict))
			continue;
		found[strict] = rest;
		count[strict]++;
	}
	strict = count[true] > 0;
	*nonstrict = !strict && count[false];
	if (count[strict] == 1)
		*fields = found[strict];
	return count[strict];
}

enum txt_record_step txt_record_next(struct bytes *fields, struct bytes *name, struct bytes *value)
{
	const uint8_t *semicolon = fields->n ? memchr(fields->p, ';', fields->n) : NULL;
	const uint8_t *equals;
	struct bytes field;

	bytes_take(fields, semicolon ? (size_t)(semicolon - fields->p) : fields->n, &field);
	if (semicolon)
		bytes_skip(fields, 1);
	trim(&field);
	/* One semicolon may end the record. */
	if (!field.n && !semicolon)
		return TXT_RECORD_END;
	equals = field.n ? memchr(field.p, '=', field.n) : NULL;
	if (!equals)
		return TXT_RECORD_BROKEN;
	bytes_take(&field, (size_t)(equals - field.p), name);
	bytes_skip(&field, 1);
	*value = field;
	return TXT_RECORD_FIELD;
}
