// SPDX-License-Identifier: BSD-2-Clause
#include "evidence/tls_rpt.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "evidence/txt_record.h"

const char *tls_rpt_status_name(enum tls_rpt_status status)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		TLS_RPT_STATUS_LIST(X)
#undef X
	};

	return names[status];
}

const char *tls_rpt_scheme_name(enum tls_rpt_scheme scheme)
{
	return scheme == TLS_RPT_MAILTO ? "mailto" : "https";
}

/* Characters of a URI (RFC 3986 2) without "!", which RFC 8460 3 wants encoded as "," and ";". */
static bool is_uri(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] <= ' ' || b.p[i] > '~' || memchr("!\"<>\\^`{|}", b.p[i], 10))
			return false;
	return b.n > 0;
}

/* What stands before the first character of @set, or all. */
static struct bytes before(struct bytes b, const char *set)
{
	size_t n = 0;

	while (n < b.n && !memchr(set, b.p[n], strlen(set)))
		n++;
	return bytes_of(b.p, n);
}

/* The domain of mailto:LOCAL@DOMAIN[?…]; a quoted local part has its "@" encoded. */
static bool mailbox_host(struct bytes uri, char host[DOMAIN_TEXT])
{
	struct bytes mailbox = before(uri, "?");
	struct bytes local = before(mailbox, "@");

	return local.n && bytes_skip(&mailbox, local.n) && bytes_skip(&mailbox, 1) &&
	       domain_normalise(mailbox, host);
}

/* The host of https://HOST[:PORT][/…]; who asks for a user name or an address literal is not asked.
 */
static bool url_host(struct bytes uri, char host[DOMAIN_TEXT])
{
	struct bytes rest = before(uri, "/?#");

	return domain_normalise(before(rest, ":"), host);
}

static bool read_address(struct bytes uri, struct tls_rpt_address *address)
{
	struct bytes rest = uri;

	if (!is_uri(uri))
		return false;
	if (text_starts(uri, "mailto:")) {
		address->scheme = TLS_RPT_MAILTO;
		return bytes_skip(&rest, strlen("mailto:")) && mailbox_host(rest, address->host);
	}
	if (text_starts(uri, "https://")) {
		address->scheme = TLS_RPT_HTTPS;
		return bytes_skip(&rest, strlen("https://")) && url_host(rest, address->host);
	}
	return false;
}

static void add_address(struct tls_rpt *rpt, struct bytes uri)
{
	struct tls_rpt_address address = { 0 };

	if (rpt->n == TLS_RPT_ADDRESSES_MAX || !read_address(uri, &address)) {
		rpt->ignored++;
		return;
	}
	address.uri = mem_string(uri);
	rpt->list[rpt->n++] = address;
}

/* uri *(*WSP "," *WSP uri) */
static void add_addresses(struct tls_rpt *rpt, struct bytes value)
{
	struct bytes item;
	bool more = true;

	while (more) {
		item = before(value, ",");
		bytes_skip(&value, item.n);
		more = bytes_skip(&value, 1);
		while (item.n && (item.p[0] == ' ' || item.p[0] == '\t'))
			bytes_skip(&item, 1);
		while (item.n && (item.p[item.n - 1] == ' ' || item.p[item.n - 1] == '\t'))
			item.n--;
		add_address(rpt, item);
	}
}

/* False: the record is none. rua may stand anywhere, and more than once. */
static bool read_fields(struct tls_rpt *rpt, struct bytes fields)
{
	struct bytes name, value;
	enum txt_record_step step;
	bool seen = false;

	while ((step = txt_record_next(&fields, &name, &value)) == TXT_RECORD_FIELD) {
		if (bytes_equal(name, bytes_str("rua"))) {
			rpt->nonstrict |= seen;
			seen = true;
			add_addresses(rpt, value);
		} else if (!txt_record_is_name(name) || !txt_record_is_value(value)) {
			return false;
		}
	}
	return step == TXT_RECORD_END && rpt->n;
}

enum tls_rpt_status tls_rpt_choose(const struct bytes *records, size_t n, struct tls_rpt *out)
{
	struct bytes fields;
	size_t count;

	*out = (struct tls_rpt){ 0 };
	count = txt_record_choose(records, n, "TLSRPTv1", &fields, &out->nonstrict);
	if (count == 1 && read_fields(out, fields))
		return TLS_RPT_OK;
	tls_rpt_fini(out);
	return count == 0 ? TLS_RPT_NONE : count == 1 ? TLS_RPT_INVALID : TLS_RPT_SEVERAL;
}

void tls_rpt_fini(struct tls_rpt *rpt)
{
	for (size_t i = 0; i < rpt->n; i++)
		free(rpt->list[i].uri);
	*rpt = (struct tls_rpt){ 0 };
}
