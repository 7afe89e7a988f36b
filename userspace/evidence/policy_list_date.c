// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/policy_list_date.h"

#include <time.h>

#include "base/text.h"

#define DAY 86400

/* 9999-12-31T23:59:59Z: what RFC 3339 can write. */
#define SECONDS_MAX INT64_C(253402300799)

/* @digits digits off the front, a number from @min to @max. */
static bool take_number(struct bytes *rest, size_t digits, int min, int max, int *out)
{
	struct bytes number;
	uint64_t value;

	if (!bytes_take(rest, digits, &number) || !text_parse_uint(number, (uint64_t)max, &value))
		return false;
	*out = (int)value;
	return *out >= min;
}

/* One byte of @which off the front. */
static bool take_mark(struct bytes *rest, const char *which)
{
	if (!rest->n || !*rest->p || !strchr(which, *rest->p))
		return false;
	return bytes_skip(rest, 1);
}

static bool take_day(struct bytes *rest, struct tm *tm)
{
	if (!take_number(rest, 4, 1970, 9999, &tm->tm_year) || !take_mark(rest, "-") ||
		!take_number(rest, 2, 1, 12, &tm->tm_mon) || !take_mark(rest, "-") ||
		!take_number(rest, 2, 1, 31, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	return true;
}

static bool take_fraction(struct bytes *rest)
{
	size_t digits = 0;

	if (!take_mark(rest, "."))
		return true;
	while (take_mark(rest, "0123456789"))
		digits++;
	return digits > 0;
}

/* RFC 3339 5.6; a leap second is the one after it. */
static bool take_time(struct bytes *rest, struct tm *tm)
{
	return take_mark(rest, "Tt ") && take_number(rest, 2, 0, 23, &tm->tm_hour) &&
	       take_mark(rest, ":") && take_number(rest, 2, 0, 59, &tm->tm_min) &&
	       take_mark(rest, ":") && take_number(rest, 2, 0, 60, &tm->tm_sec) &&
	       take_fraction(rest);
}

/* Seconds that local time is ahead. */
static bool take_offset(struct bytes *rest, int64_t *out)
{
	bool behind = rest->n && *rest->p == '-';
	int hours, minutes;

	*out = 0;
	if (take_mark(rest, "Zz"))
		return true;
	if (!take_mark(rest, "+-") || !take_number(rest, 2, 0, 23, &hours) ||
		!take_mark(rest, ":") || !take_number(rest, 2, 0, 59, &minutes))
		return false;
	*out = (behind ? -60 : 60) * (hours * 60 + minutes);
	return true;
}

/* False for the 31st of a month of 30 days: to the library that is the first of the next. */
static bool is_day(struct tm tm)
{
	int day = tm.tm_mday;

	timegm(&tm);
	return tm.tm_mday == day;
}

bool policy_list_date(struct bytes text, int64_t *out)
{
	struct tm tm = { 0 };
	uint64_t seconds;
	int64_t offset;

	if (text_parse_uint(text, SECONDS_MAX, &seconds)) {
		*out = (int64_t)seconds;
		return true;
	}
	if (!take_day(&text, &tm) || !is_day(tm))
		return false;
	if (!text.n) {
		*out = (int64_t)timegm(&tm) + DAY;
		return true;
	}
	if (!take_time(&text, &tm) || !take_offset(&text, &offset) || text.n)
		return false;
	*out = (int64_t)timegm(&tm) - offset;
	return true;
}
