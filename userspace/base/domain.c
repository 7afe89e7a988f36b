// SPDX-License-Identifier: BSD-2-Clause
#include "base/domain.h"

#include <stdlib.h>

#include <idn2.h>

#include "base/addr.h"
#include "base/text.h"

/* RFC 1035 2.3.4: 255 bytes on the wire are 253 characters without the final dot. */
#define NAME_MAX_LENGTH  253
#define LABEL_MAX_LENGTH 63

/* UTF-8 input longer than this has no A-label form that fits: it is not worth mapping. */
#define UTF8_MAX_LENGTH 1024

static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/*
 * The whole of an ASCII name; A-labels are taken as they stand, because that is how the DNS
 * compares them. @out may be left half-written on false.
 */
static bool normalise_ascii(struct bytes name, char out[DOMAIN_TEXT])
{
	size_t label = 0;
	struct addr addr;

	if (name.n && name.p[name.n - 1] == '.')
		name.n--;
	if (!name.n || name.n > NAME_MAX_LENGTH)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		char c = text_lower((char)name.p[i]);

		if (c == '.' ? label == 0 : !is_name_byte(c) || label == LABEL_MAX_LENGTH)
			return false;
		label = c == '.' ? 0 : label + 1;
		out[i] = c;
	}
	out[name.n] = '\0';
	return label > 0 && !addr_parse(name, &addr);
}

static bool is_ascii(struct bytes name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] >= 0x80)
			return false;
	return true;
}

/*
 * Mapping (upper case, full-width letters and dots, soft hyphens) by UTS 46, non-transitional, as
 * browsers and mail servers of today do it. It can yield any ASCII character, so what comes out is
 * checked like a name that came as ASCII.
 */
static bool normalise_utf8(struct bytes name, char out[DOMAIN_TEXT])
{
	char utf8[UTF8_MAX_LENGTH + 1];
	char *ascii = NULL;
	bool good;

	if (name.n > UTF8_MAX_LENGTH || memchr(name.p, '\0', name.n))
		return false;
	memcpy(utf8, name.p, name.n);
	utf8[name.n] = '\0';
	if (idn2_to_ascii_8z(utf8, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	good = normalise_ascii(bytes_str(ascii), out);
	idn2_free(ascii);
	return good;
}

bool domain_normalise(struct bytes name, char out[DOMAIN_TEXT])
{
	bool good = is_ascii(name) ? normalise_ascii(name, out) : normalise_utf8(name, out);

	if (!good)
		out[0] = '\0';
	return good;
}

bool domain_matches(const char *name, const char *pattern)
{
	const char *dot = strchr(name, '.');

	if (strncmp(pattern, "*.", 2) != 0)
		return *name && strcmp(name, pattern) == 0;
	return dot && dot > name && pattern[2] && strcmp(dot, pattern + 1) == 0;
}

const char *domain_owner(const char *name)
{
	const char *last = strrchr(name, '.');
	const char *start = last;

	while (start && start > name && start[-1] != '.')
		start--;
	return start ? start : name;
}
