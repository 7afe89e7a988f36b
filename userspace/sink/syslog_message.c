// SPDX-License-Identifier: BSD-2-Clause
#include "sink/syslog_message.h"

#include <time.h>

#include "sink/json_cut.h"

/* Longest fields of a header (RFC 5424 6). */
#define HOSTNAME_MAX 255
#define APP_NAME_MAX 48

static const char *const facilities[] = { "kern", "user", "mail", "daemon", "auth", "syslog", "lpr",
	"news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert", "clock", "local0",
	"local1", "local2", "local3", "local4", "local5", "local6", "local7" };

#define FACILITIES (sizeof(facilities) / sizeof(*facilities))

bool syslog_facility_parse(struct bytes word, unsigned int *out)
{
	uint64_t number;

	for (unsigned int i = 0; i < FACILITIES; i++) {
		if (text_is(word, facilities[i])) {
			*out = i;
			return true;
		}
	}
	if (!text_parse_uint(word, FACILITIES - 1, &number))
		return false;
	*out = (unsigned int)number;
	return true;
}

static unsigned int severity_of(const struct document *document)
{
	if (document->dataset != DATASET_ALERT || document->severity < SEVERITY_LOW)
		return 6;
	if (document->severity < SEVERITY_MEDIUM)
		return 5;
	if (document->severity < SEVERITY_HIGH)
		return 4;
	return document->severity < SEVERITY_CRITICAL ? 3 : 2;
}

/* A field of PRINTUSASCII, and a blank behind it: other bytes become '_'. */
static void put_field(struct text *out, const char *s, size_t max)
{
	size_t n = s ? strnlen(s, max) : 0;

	for (size_t i = 0; i < n; i++)
		text_putc(out, s[i] > ' ' && s[i] < 0x7f ? s[i] : '_');
	text_puts(out, n ? " " : "- ");
}

static void put_time(struct text *out, int64_t ns)
{
	text_time(out, ns);
	out->n -= 4; /* three digits too many, and the Z */
	text_puts(out, "Z ");
}

static void put_header(
	struct text *out, const struct syslog_origin *from, const struct document *document)
{
	put_time(out, document->time);
	put_field(out, from->host, HOSTNAME_MAX);
	put_field(out, from->app, APP_NAME_MAX);
	text_printf(out, "%ld %s - %s", from->pid, dataset_word(document->dataset),
		from->no_bom ? "" : "\xef\xbb\xbf");
}

static void put_legacy_header(
	struct text *out, const struct syslog_origin *from, const struct document *document)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t seconds = document->time / 1000000000;
	struct tm tm = { 0 };

	localtime_r(&seconds, &tm);
	text_add(out, bytes_of(months + 3 * tm.tm_mon, 3));
	text_printf(out, " %2d %02d:%02d:%02d ", tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	put_field(out, from->app, APP_NAME_MAX);
	out->n--; /* its blank */
	text_printf(out, "[%ld]: ", from->pid);
}

bool syslog_message(struct text *out, const struct syslog_origin *from,
	const struct document *document, size_t max)
{
	size_t start = out->n, header;

	text_printf(out, "<%u>%s", from->facility * 8 + severity_of(document),
		from->legacy ? "" : "1 ");
	if (from->legacy)
		put_legacy_header(out, from, document);
	else
		put_header(out, from, document);
	header = out->n - start;
	if (header < max && json_cut(bytes_of(document->json, document->length), max - header, out))
		return true;
	out->n = start;
	return false;
}
