// SPDX-License-Identifier: BSD-2-Clause
/*
 * SMTP dialogues. The first byte: bit 0, the beginning was not seen. Then records: a byte that says
 * what (bit 0 the side; bits 1 and 2: bytes, bytes, gap, other), a byte that says how many, and the
 * bytes. Each dialogue is told twice, whole records and byte by byte: what comes out is the same.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "dialogue/smtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	struct smtp *smtp;
	struct observations observations;
	struct smtp_facts facts;
	bool tls[2];
	uint64_t fed[2], private[2];
	uint32_t private_sum[2]; /* of the offsets that were called private */
};

static void check(bool condition)
{
	if (!condition)
		abort();
}

static void on_private(void *context, enum side from, uint64_t start, uint64_t end)
{
	struct told *told = context;

	check(start < end && start >= told->private[from] && end <= told->fed[from]);
	told->private[from] = end;
	for (uint64_t at = start; at < end; at++)
		told->private_sum[from] = told->private_sum[from] * 31 + (uint32_t)at;
}

static void feed(struct told *told, enum side side, struct bytes bytes, size_t piece)
{
	struct bytes part;

	while (bytes.n && !told->tls[side]) {
		bytes_take(&bytes, piece < bytes.n ? piece : bytes.n, &part);
		told->fed[side] += part.n;
		if (smtp_feed(told->smtp, side, &part, 1) == SMTP_TLS_DUE) {
			told->tls[side] = true;
			told->fed[side] -= part.n;
		} else {
			check(part.n == 0);
		}
	}
}

static void other(struct told *told, enum side side, uint8_t what)
{
	if (what & 1) {
		smtp_resume(told->smtp, side);
		told->tls[side] = false;
	} else if (what & 2) {
		check(smtp_get_facts(told->smtp) != NULL);
		smtp_in_content(told->smtp, side);
	} else {
		smtp_end(told->smtp, side);
	}
}

static void tell(struct told *told, struct bytes script, bool midstream, size_t piece)
{
	const struct smtp_params params = {
		.midstream = midstream, .private_range = on_private, .context = told
	};
	uint8_t kind, n;

	*told = (struct told){ 0 };
	told->smtp = smtp_new(&params, &told->observations);
	while (bytes_u8(&script, &kind) && bytes_u8(&script, &n)) {
		enum side side = kind & 1 ? SERVER : CLIENT;
		struct bytes bytes;

		switch (kind >> 1 & 3) {
		case 0:
		case 1:
			bytes_take(&script, n < script.n ? n : script.n, &bytes);
			feed(told, side, bytes, piece);
			break;
		case 2:
			if (told->tls[side])
				break;
			told->fed[side] += n;
			smtp_gap(told->smtp, side, n);
			break;
		default:
			other(told, side, n);
		}
	}
	smtp_take_facts(told->smtp, &told->facts);
}

/* Strings are what the header says, and bounded. */
static void check_strings(const struct smtp_strings *strings, size_t max)
{
	size_t n = 0;

	for (const char *s = NULL; (s = smtp_strings_next(strings, s)); n++)
		for (const char *c = s; *c; c++)
			check(*c >= 0x20 && *c < 0x7f);
	check(n == strings->n && n <= max);
}

static void check_facts(const struct smtp_facts *facts)
{
	check_strings(&facts->extensions, SMTP_EXTENSIONS_MAX);
	check_strings(&facts->sender_domains, SMTP_DOMAINS_MAX);
	check_strings(&facts->recipient_domains, SMTP_DOMAINS_MAX);
	/* Nothing of the offer is said without a list, or a dialogue that went on without. */
	check(facts->offer != OFFER_ABSENT || facts->ehlo_complete);
	check(facts->offer != OFFER_MANGLED || facts->ehlo_complete);
	check(!facts->starttls_accepted || facts->starttls_reply_code == 220);
	check(!(facts->is_smtp && facts->not_smtp));
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_strings(const struct smtp_strings *a, const struct smtp_strings *b)
{
	return bytes_equal(bytes_of(a->block, a->bytes), bytes_of(b->block, b->bytes));
}

static void check_same(const struct told *a, const struct told *b)
{
	const struct smtp_facts *f = &a->facts, *g = &b->facts;

	check(same_text(f->greeting_host, g->greeting_host));
	check(same_text(f->helo_name, g->helo_name));
	check(same_text(f->starttls_reply, g->starttls_reply));
	check(same_text(f->ehlo_refusal, g->ehlo_refusal));
	check(same_strings(&f->extensions, &g->extensions));
	check(same_strings(&f->sender_domains, &g->sender_domains));
	check(same_strings(&f->recipient_domains, &g->recipient_domains));
	/* All that is no pointer stands behind the lists. */
	check(memcmp(&f->bytes_in_clear, &g->bytes_in_clear,
		      sizeof(*f) - offsetof(struct smtp_facts, bytes_in_clear)) == 0);
	check(a->observations.n == b->observations.n);
	for (size_t i = 0; i < a->observations.n; i++)
		check(a->observations.list[i].kind == b->observations.list[i].kind &&
			same_text(a->observations.list[i].text, b->observations.list[i].text));
	for (int side = 0; side < 2; side++)
		check(a->private_sum[side] == b->private_sum[side] &&
			a->tls[side] == b->tls[side] && a->fed[side] == b->fed[side]);
}

static void release(struct told *told)
{
	smtp_free(told->smtp);
	smtp_facts_free(&told->facts);
	observations_free(&told->observations);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes script = bytes_of(data, size);
	struct told whole, bytewise;
	uint8_t flags = 0;

	bytes_u8(&script, &flags);
	tell(&whole, script, flags & 1, SIZE_MAX);
	tell(&bytewise, script, flags & 1, 1);
	check_facts(&whole.facts);
	check_same(&whole, &bytewise);
	release(&whole);
	release(&bytewise);
	return 0;
}
