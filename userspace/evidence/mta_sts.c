// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/mta_sts.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "evidence/txt_record.h"

#define MAX_AGE_DIGITS 10

/* Of a line or value that is shown in an error. */
#define SHOWN_MAX 60

static bool is_alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_wsp(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static void skip_wsp(struct bytes *b)
{
	while (b->n && is_wsp(b->p[0]))
		bytes_skip(b, 1);
}

static void trim_wsp(struct bytes *b)
{
	while (b->n && is_wsp(b->p[b->n - 1]))
		b->n--;
}

/* Take what is in front of @c, and @c itself. False if there is none. */
static bool take_until(struct bytes *from, char c, struct bytes *out)
{
	const uint8_t *at = from->n ? memchr(from->p, c, from->n) : NULL;

	return at && bytes_take(from, (size_t)(at - from->p), out) && bytes_skip(from, 1);
}

/* One character of UTF-8 (RFC 3629 4) off the front. */
static bool take_utf8(struct bytes *from)
{
	uint8_t first, next, low = 0x80, high = 0xbf;
	size_t more;
	struct bytes rest = *from;

	if (!bytes_u8(&rest, &first))
		return false;
	if (first < 0x80)
		more = 0;
	else if (first >= 0xc2 && first <= 0xdf)
		more = 1;
	else if (first >= 0xe0 && first <= 0xef)
		more = 2;
	else if (first >= 0xf0 && first <= 0xf4)
		more = 3;
	else
		return false;
	/* No overlong forms, no surrogates, nothing beyond U+10FFFF. */
	if (first == 0xe0 || first == 0xf0)
		low = first == 0xe0 ? 0xa0 : 0x90;
	if (first == 0xed || first == 0xf4)
		high = first == 0xed ? 0x9f : 0x8f;
	for (; more; more--, low = 0x80, high = 0xbf)
		if (!bytes_u8(&rest, &next) || next < low || next > high)
			return false;
	*from = rest;
	return true;
}

/* Value of an extension in the file: UTF-8 without controls; blanks inside only. */
static bool is_file_value(struct bytes b)
{
	if (!b.n)
		return false;
	while (b.n)
		if (b.p[0] < ' ' || b.p[0] == 0x7f || !take_utf8(&b))
			return false;
	return true;
}

/* Domain of RFC 5321 4.1.2: letters, digits, and hyphens inside. */
static bool is_domain(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		bool edge = i == 0 || i == b.n - 1 || b.p[i - 1] == '.' || b.p[i + 1] == '.';

		if (!is_alnum(b.p[i]) && (edge || (b.p[i] != '-' && b.p[i] != '.')))
			return false;
	}
	return true;
}

static bool add_mx(struct sts_policy *policy, size_t *room, struct bytes value)
{
	struct bytes name = value;
	struct text pattern = { 0 };
	char normal[DOMAIN_TEXT];

	if (bytes_starts(name, "*."))
		bytes_skip(&name, 2);
	if (!is_domain(name) || !domain_normalise(name, normal))
		return false;
	text_puts(&pattern, name.n < value.n ? "*." : "");
	text_puts(&pattern, normal);
	policy->mx = mem_grow(policy->mx, policy->mx_count, room, sizeof(*policy->mx));
	policy->mx[policy->mx_count++] = pattern.s;
	return true;
}

static bool parse_max_age(struct bytes value, struct sts_policy *policy)
{
	uint64_t age;

	if (value.n > MAX_AGE_DIGITS || !text_parse_uint(value, UINT64_MAX, &age))
		return false;
	if (age > STS_MAX_AGE_MAX) {
		age = STS_MAX_AGE_MAX;
		policy->oddities |= STS_MAX_AGE_CLAMPED;
	}
	policy->max_age = (uint32_t)age;
	return true;
}

static bool parse_mode(struct bytes value, struct sts_policy *policy)
{
	static const char *const names[] = {
		[POLICY_NONE] = "none",
		[POLICY_TESTING] = "testing",
		[POLICY_ENFORCE] = "enforce",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (bytes_equal(value, bytes_str(names[i]))) {
			policy->mode = (enum policy_mode)i;
			return true;
		}
	}
	return false;
}

static bool parse_version(struct bytes value, struct sts_policy *policy)
{
	(void)policy;
	return bytes_equal(value, bytes_str("STSv1"));
}

/* The keys that every policy has once. */
static const struct key {
	const char *name;
	bool (*parse)(struct bytes value, struct sts_policy *policy);
	const char *wanted;
} keys[] = {
	{ "version", parse_version, "must be STSv1" },
	{ "mode", parse_mode, "must be enforce, testing or none" },
	{ "max_age", parse_max_age, "must be a number of seconds, of at most 10 digits" },
};

#define KEYS (sizeof(keys) / sizeof(*keys))

/* A policy that is being read. */
struct reader {
	struct sts_policy *policy;
	struct text *why;
	unsigned int line;
	size_t mx_room;
	bool seen[KEYS];
};

static bool fault(struct reader *reader, const char *what, struct bytes shown, const char *wanted)
{
	if (!reader->why)
		return false;
	/* An empty file has no line. */
	text_printf(reader->why, "%u: %s", reader->line ? reader->line : 1, what);
	if (shown.p) {
		text_puts(reader->why, " \"");
		text_printable(reader->why, shown, SHOWN_MAX);
		text_putc(reader->why, '"');
	}
	text_printf(reader->why, " %s", wanted);
	return false;
}

static bool read_field(struct reader *reader, struct bytes key, struct bytes value)
{
	for (size_t i = 0; i < KEYS; i++) {
		if (!bytes_equal(key, bytes_str(keys[i].name)))
			continue;
		/* RFC 8461 3.2: all but the first are ignored, so they may be any text. */
		if (reader->seen[i]) {
			reader->policy->oddities |= STS_DUPLICATE_KEYS;
			return !value.n || is_file_value(value) ||
			       fault(reader, "value", value, "is no UTF-8 text");
		}
		reader->seen[i] = true;
		return keys[i].parse(value, reader->policy) ||
		       fault(reader, keys[i].name, value, keys[i].wanted);
	}
	if (bytes_equal(key, bytes_str("mx")))
		return add_mx(reader->policy, &reader->mx_room, value) ||
		       fault(reader, "mx", value,
			       "must be a host name of letters, digits and hyphens, or \"*.\" and "
			       "one");
	if (!txt_record_is_name(key))
		return fault(reader, "key", key, "is no name");
	return is_file_value(value) || fault(reader, "value", value, "is empty or no UTF-8 text");
}

static bool read_line(struct reader *reader, struct bytes line)
{
	struct bytes key, value = line;

	trim_wsp(&value);
	if (!value.n) {
		reader->policy->oddities |= STS_BLANK_LINES;
		return true;
	}
	if (!take_until(&value, ':', &key))
		return fault(reader, "line", line, "has no colon");
	skip_wsp(&value);
	return read_field(reader, key, value);
}

static bool read_lines(struct reader *reader, struct bytes file)
{
	struct bytes line;

	while (file.n) {
		reader->line++;
		/* LF and CRLF may be mixed (erratum 6253), and the last line may have none. */
		if (!take_until(&file, '\n', &line))
			bytes_take(&file, file.n, &line);
		else if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		if (!read_line(reader, line))
			return false;
	}
	return true;
}

static bool is_complete(struct reader *reader)
{
	const struct bytes nothing = { 0 };

	for (size_t i = 0; i < KEYS; i++)
		if (!reader->seen[i])
			return fault(reader, keys[i].name, nothing, "is missing");
	if (!reader->policy->mx_count && reader->policy->mode != POLICY_NONE)
		return fault(reader, "mx", nothing, "is missing");
	return true;
}

bool sts_policy_parse(struct bytes file, struct sts_policy *out, struct text *why)
{
	struct reader reader = { .policy = out, .why = why };
	const struct bytes nothing = { 0 };
	bool good;

	*out = (struct sts_policy){ 0 };
	if (file.n > STS_POLICY_BYTES_MAX)
		return fault(&reader, "policy", nothing, "is longer than 65536 bytes");
	good = read_lines(&reader, file) && is_complete(&reader);
	if (!good)
		sts_policy_fini(out);
	return good;
}

void sts_policy_fini(struct sts_policy *policy)
{
	for (size_t i = 0; i < policy->mx_count; i++)
		free(policy->mx[i]);
	free(policy->mx);
	*policy = (struct sts_policy){ 0 };
}

bool sts_policy_matches(const struct sts_policy *policy, const char *mx)
{
	for (size_t i = 0; i < policy->mx_count; i++)
		if (domain_matches(mx, policy->mx[i]))
			return true;
	return false;
}

static bool is_id(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!is_alnum(b.p[i]))
			return false;
	return b.n > 0 && b.n <= STS_ID_MAX;
}

static bool take_field(struct bytes name, struct bytes value, struct sts_record *record)
{
	if (!bytes_equal(name, bytes_str("id")))
		return txt_record_is_name(name) && txt_record_is_value(value);
	if (record->id[0]) {
		record->nonstrict = true;
		return true;
	}
	if (!is_id(value))
		return false;
	memcpy(record->id, value.p, value.n);
	return true;
}

enum sts_record_status sts_record_choose(
	const struct bytes *records, size_t n, struct sts_record *out)
{
	struct sts_record record = { 0 };
	struct bytes fields, name, value;
	enum txt_record_step step;

	switch (txt_record_choose(records, n, "STSv1", &fields, &record.nonstrict)) {
	case 0:
		return STS_RECORD_NONE;
	case 1:
		break;
	default:
		return STS_RECORD_SEVERAL;
	}
	while ((step = txt_record_next(&fields, &name, &value)) == TXT_RECORD_FIELD)
		if (!take_field(name, value, &record))
			return STS_RECORD_INVALID;
	if (step == TXT_RECORD_BROKEN || !record.id[0])
		return STS_RECORD_INVALID;
	*out = record;
	return STS_RECORD_OK;
}
