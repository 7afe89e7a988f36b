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
	smtp_tell_private(smtp, CLIENT, smtp->offset[CLIENT] - n, smtp->offset[CLIENT]);
	smtp->passed = true;
	if (!smtp->content_is_mail)
		return;
	smtp->facts.bytes_in_clear += n;
	smtp->facts.tls_report_mail |= smtp->content.tls_report;
	/* Nobody sends content without a 354: where that can't be seen, the content says it. */
	if (smtp->confirmed || !smtp->seen[SERVER] || smtp->server_hole)
		smtp->facts.cleartext_mail = true;
}

void smtp_feed_content(struct smtp *smtp, struct bytes *data)
{
	size_t before = data->n;
	bool over = content_feed(&smtp->content, &smtp->line[CLIENT], data);

	smtp_count(smtp, CLIENT, before, data);
	smtp->content_hole = false;
	smtp_content_passes(smtp, before - data->n);
	if (over)
		smtp_content_ends(smtp);
}

void smtp_chunk_begins(struct smtp *smtp)
{
	unsigned int kind = pending_back(&smtp->pending);

	smtp->chunk_begun = true;
	if (!smtp->content_is_mail)
		return;
	if (smtp->chunk_accepted)
		smtp->facts.cleartext_mail = true;
	else if (kind == VERB_BDAT)
		pending_back_become(&smtp->pending, PENDING_CHUNK);
	else if (kind == PENDING_BDAT_LAST)
		pending_back_become(&smtp->pending, PENDING_CHUNK_LAST);
}

void smtp_chunk_ends(struct smtp *smtp)
{
	line_drop(&smtp->line[CLIENT]);
	smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}

void smtp_feed_chunk(struct smtp *smtp, struct bytes *data)
{
	size_t n = smtp->left < data->n ? (size_t)smtp->left : data->n;
	struct bytes chunk;

	bytes_take(data, n, &chunk);
	smtp->offset[CLIENT] += n;
	smtp->left -= n;
	if (!smtp->chunk_begun)
		smtp_chunk_begins(smtp);
	content_chunk(&smtp->content, &smtp->line[CLIENT], chunk);
	smtp_tell_private(smtp, CLIENT, smtp->offset[CLIENT] - n, smtp->offset[CLIENT]);
	if (smtp->content_is_mail) {
		smtp->facts.bytes_in_clear += n;
		smtp->facts.tls_report_mail |= smtp->content.tls_report;
	}
	if (!smtp->left)
		smtp_chunk_ends(smtp);
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
	smtp_count(smtp, CLIENT, before, data);
	if (smtp->prelude == PROXY_SIGNATURE) {
		observe_text(smtp->observations, OBS_PROXY_HEADER, CLIENT, smtp->now, "PROXY v2");
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
			smtp->left = smtp->left << 8 | c;
	n = smtp->left < data->n ? (size_t)smtp->left : data->n;
	bytes_skip(data, n);
	smtp_count(smtp, CLIENT, before, data);
	smtp->left -= n;
	if (smtp->prelude == PROXY_HEADER && !smtp->left)
		smtp_enter(smtp, CLIENT, CLIENT_COMMAND);
}
