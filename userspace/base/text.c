// SPDX-License-Identifier: BSD-2-Clause
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void text_free(struct text *text)
{
	free(text->s);
	*text = (struct text){ 0 };
}

void text_reset(struct text *text)
{
	text->n = 0;
	if (text->s)
		text->s[0] = '\0';
}

void text_grow(struct text *text, size_t n)
{
	size_t room = text->room ? text->room : 64;

	while (room <= text->n + n)
		room *= 2;
	text->s = mem_realloc(text->s, room);
	text->room = room;
}

void text_vprintf(struct text *text, const char *format, va_list args)
{
	/* Tried in the room that there is: to measure first costs as much as to write. */
	char *to = text_room(text, 0);
	size_t room = text->room - text->n;
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(to, room, format, again);
	va_end(again);
	if (n < 0) {
		*to = '\0';
		return;
	}
	if ((size_t)n >= room)
		vsnprintf(text_room(text, (size_t)n), (size_t)n + 1, format, args);
	text->n += (size_t)n;
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vprintf(text, format, args);
	va_end(args);
}

void text_uint(struct text *text, uint64_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	for (; value >= 100; value /= 100)
		memcpy(digits + (at -= 2), pairs + value % 100 * 2, 2);
	if (value >= 10)
		memcpy(digits + (at -= 2), pairs + value * 2, 2);
	else
		digits[--at] = (char)('0' + value);
	text_add(text, bytes_of(digits + at, sizeof(digits) - at));
}

static void put_escaped(struct text *text, uint8_t c)
{
	if (c == '\r')
		text_puts(text, "\\r");
	else if (c == '\n')
		text_puts(text, "\\n");
	else if (c == '\t')
		text_puts(text, "\\t");
	else
		text_printf(text, "\\x%02x", c);
}

void text_printable(struct text *text, struct bytes b, size_t max)
{
	size_t n = b.n < max ? b.n : max;

	text_room(text, n);
	for (size_t i = 0; i < n;) {
		size_t start = i;

		/* Nearly all of it may stand as it is. */
		while (i < n && text_is_plain(b.p[i]))
			i++;
		text_add(text, bytes_of(b.p + start, i - start));
		if (i < n)
			put_escaped(text, b.p[i++]);
	}
	text->s[text->n] = '\0';
	if (n < b.n)
		text_puts(text, "...");
}

char *text_printable_string(struct bytes b, size_t max)
{
	struct text text = { 0 };

	text_printable(&text, b, max);
	return text.s;
}

void text_hex(struct text *text, struct bytes b, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *to = text_room(text, 2 * b.n);

	for (size_t i = 0; i < b.n; i++) {
		*to++ = digits[b.p[i] >> 4];
		*to++ = digits[b.p[i] & 15];
	}
	*to = '\0';
	text->n += 2 * b.n;
}

/*
 * Days since 1970 to a date of the Gregorian calendar, counted in years that start in March so
 * that the leap day comes last. gmtime(3) would do the same slower: this runs several times for
 * each document.
 */
static void date_of(int64_t days, int *year, int *month, int *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t m = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * m + 2) / 5 + 1);
	*month = (int)(m < 10 ? m + 3 : m - 9);
	*year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static void put_digits(char *to, int width, int64_t value)
{
	while (width-- > 0) {
		to[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* "YYYY-MM-DDTHH:MM:SS": 19 characters; years outside 0 to 9999 are clamped. */
static void put_date_time(char *to, int64_t seconds)
{
	int64_t days = seconds / 86400, rest = seconds % 86400;
	int year, month, day;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	date_of(days, &year, &month, &day);
	memcpy(to, "0000-00-00T00:00:00", 19);
	put_digits(to, 4, year < 0 ? 0 : year > 9999 ? 9999 : year);
	put_digits(to + 5, 2, month);
	put_digits(to + 8, 2, day);
	put_digits(to + 11, 2, rest / 3600);
	put_digits(to + 14, 2, rest / 60 % 60);
	put_digits(to + 17, 2, rest % 60);
}

void text_time(struct text *text, int64_t ns)
{
	int64_t seconds = ns / 1000000000, fraction = ns % 1000000000;
	char s[30];

	if (fraction < 0) {
		fraction += 1000000000;
		seconds--;
	}
	put_date_time(s, seconds);
	s[19] = '.';
	put_digits(s + 20, 9, fraction);
	s[29] = 'Z';
	text_add(text, bytes_of(s, sizeof(s)));
}

void text_time_seconds(struct text *text, int64_t seconds)
{
	char s[20];

	put_date_time(s, seconds);
	s[19] = 'Z';
	text_add(text, bytes_of(s, sizeof(s)));
}

void text_duration(struct text *text, int64_t ns)
{
	int64_t s = ns / 1000000000;

	if (s < 1)
		text_printf(text, "%lld ms", (long long)(ns / 1000000));
	else if (s < 120)
		text_printf(text, "%lld s", (long long)s);
	else if (s < 2 * 3600)
		text_printf(text, "%lld min", (long long)(s / 60));
	else if (s < 2 * 86400)
		text_printf(text, "%lld h", (long long)(s / 3600));
	else
		text_printf(text, "%lld days", (long long)(s / 86400));
}

bool text_parse_uint(struct bytes b, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (!b.n)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		uint64_t digit;

		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
		digit = (uint64_t)(b.p[i] - '0');
		if (digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

bool text_starts(struct bytes b, const char *word)
{
	for (size_t i = 0; word[i]; i++)
		if (i >= b.n || text_lower((char)b.p[i]) != text_lower(word[i]))
			return false;
	return true;
}

bool text_contains(struct bytes b, const char *word)
{
	char first = text_lower(word[0]);

	for (; b.n; bytes_skip(&b, 1))
		if (text_lower((char)b.p[0]) == first && text_starts(b, word))
			return true;
	return false;
}

bool text_is(struct bytes b, const char *word)
{
	return b.n == strlen(word) && text_starts(b, word);
}
