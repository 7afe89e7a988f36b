// SPDX-License-Identifier: BSD-2-Clause
/* The client's bytes that are no lines: content, counted chunks, a PROXY header. */
#include "dialogue/smtp_private.h"

/* The PROXY v2 header: a signature, version and family, and the length of what follows. */
static const char proxy_signature[] = "\r\n\r\n\0\r\nQUIT\n";
#define PROXY_SIGNATURE (sizeof(proxy_signature) - 1)
#define PROXY_HEADER    (PROXY_SIGNATURE + 4)

/* Content. */

void smtp_content_ends(struct smtp *smtp)
{
	smtp->transaction = TRANSACTION_NONE;
	smtp->chunked = false;
	smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}

void smtp_content_passes(struct smtp *smtp, uint64_t n)
{
	smtp_tell_private(smtp, CLIENT, n);
	smtp->passed = true;
	if (!smtp->content_is_mail)
		return;
	smtp->facts.bytes_in_clear += n;
	smtp->facts.tls_report_mail |= smtp->talk->content.tls_report;
	/* Nobody sends content without a 354: where that can't be seen, the content says it. */
	if (smtp->confirmed || !smtp->seen[SERVER] || smtp->server_hole)
		smtp->facts.cleartext_mail = true;
}

void smtp_feed_content(struct smtp *smtp, struct bytes *data)
{
	size_t before = data->n;
	bool over = content_feed(&smtp->talk->content, &smtp->talk->line[CLIENT], data);

	smtp_count_taken(smtp, CLIENT, before, data);
	smtp->content_hole = false;
	smtp_content_passes(smtp, before - data->n);
	if (over)
		smtp_content_ends(smtp);
}

void smtp_chunk_begins(struct smtp *smtp)
{
	unsigned int kind = pending_back(&smtp->talk->pending);

	smtp->chunk_begun = true;
	if (!smtp->content_is_mail)
		return;
	if (smtp->chunk_accepted)
		smtp->facts.cleartext_mail = true;
	else if (kind == VERB_BDAT)
		pending_back_become(&smtp->talk->pending, PENDING_CHUNK);
	else if (kind == PENDING_BDAT_LAST)
		pending_back_become(&smtp->talk->pending, PENDING_CHUNK_LAST);
}

void smtp_chunk_ends(struct smtp *smtp)
{
	line_drop(&smtp->talk->line[CLIENT]);
	smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}

void smtp_feed_chunk(struct smtp *smtp, struct bytes *data)
{
	size_t n = smtp->talk->left < data->n ? (size_t)smtp->talk->left : data->n;
	struct bytes chunk;

	bytes_take(data, n, &chunk);
	smtp_count(smtp, CLIENT, n);
	smtp->talk->left -= n;
	if (!smtp->chunk_begun)
		smtp_chunk_begins(smtp);
	content_chunk(&smtp->talk->content, &smtp->talk->line[CLIENT], chunk);
	smtp_tell_private(smtp, CLIENT, n);
	if (smtp->content_is_mail) {
		smtp->facts.bytes_in_clear += n;
		smtp->facts.tls_report_mail |= smtp->talk->content.tls_report;
	}
	if (!smtp->talk->left)
		smtp_chunk_ends(smtp);
}

bool smtp_skip_chunk(struct smtp *smtp, uint64_t length)
{
	if (length > smtp->talk->left)
		return false;
	if (!smtp->chunk_begun)
		smtp_chunk_begins(smtp);
	smtp_count(smtp, CLIENT, length);
	smtp->talk->left -= length;
	smtp->talk->content.header = false;
	smtp_tell_private(smtp, CLIENT, length);
	if (smtp->content_is_mail)
		smtp->facts.bytes_in_clear += length;
	if (!smtp->talk->left)
		smtp_chunk_ends(smtp);
	return true;
}

/* The very beginning of the client's stream. */

/*
 * What matches a front of the signature and no more of it is empty lines, at most: dropping it
 * changes nothing.
 */
void smtp_feed_start(struct smtp *smtp, struct bytes *data)
{
	size_t before = data->n;

	while (data->n && smtp->prelude < PROXY_SIGNATURE &&
		data->p[0] == (uint8_t)proxy_signature[smtp->prelude]) {
		bytes_skip(data, 1);
		smtp->prelude++;
	}
	smtp_count_taken(smtp, CLIENT, before, data);
	if (smtp->prelude == PROXY_SIGNATURE) {
		observe_text(
			smtp->observations, OBS_PROXY_HEADER, CLIENT, smtp->talk->now, "PROXY v2");
		smtp_enter(smtp, CLIENT, CLIENT_PROXY);
	} else if (data->n && smtp_is_binary(data->p[0]) && !smtp->facts.is_smtp) {
		smtp_give_up(smtp, true);
	} else if (data->n) {
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
	}
}

void smtp_feed_proxy(struct smtp *smtp, struct bytes *data)
{
	size_t before = data->n, n;
	uint8_t c;

	/* The last two of the four bytes are the length. */
	while (smtp->prelude < PROXY_HEADER && bytes_u8(data, &c))
		if (smtp->prelude++ >= PROXY_HEADER - 2)
			smtp->talk->left = smtp->talk->left << 8 | c;
	n = smtp->talk->left < data->n ? (size_t)smtp->talk->left : data->n;
	bytes_skip(data, n);
	smtp_count_taken(smtp, CLIENT, before, data);
	smtp->talk->left -= n;
	if (smtp->prelude == PROXY_HEADER && !smtp->talk->left)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}
