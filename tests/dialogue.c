// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness.h"

static unsigned int hex_digit(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Bytes of a "C>" step. */
static void unescape(const char *s, size_t n, struct text *out)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] != '\\' || i + 1 == n) {
			text_putc(out, s[i]);
			continue;
		}
		switch (s[++i]) {
		case 'r':
			text_putc(out, '\r');
			break;
		case 'n':
			text_putc(out, '\n');
			break;
		case 't':
			text_putc(out, '\t');
			break;
		case 'x':
			text_putc(out, (char)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2])));
			i += 2;
			break;
		default:
			text_putc(out, s[i]);
		}
	}
}

/* Ranges come in order, do not overlap, and lie in what was fed. */
static void on_private(void *context, enum side from, uint64_t start, uint64_t end)
{
	struct run *run = context;

	assert_true(start < end);
	assert_true(start >= run->told[from]);
	run->told[from] = end;
	assert_true(end <= run->stream[from].n);
	text_add(&run->private[from], bytes_of(run->stream[from].s + start, (size_t)(end - start)));
	text_putc(&run->private[from], '|');
}

/* One run of bytes, in pieces that end at an unreadable page. */
static void feed(struct run *run, enum side side, struct text *bytes, size_t piece)
{
	size_t at = 0;

	while (at < bytes->n && !run->tls[side]) {
		size_t left = bytes->n - at, n = piece && piece < left ? piece : left;
		struct bytes part = guarded(bytes_of(bytes->s + at, n)), data = part;

		text_add(&run->stream[side], data);
		if (smtp_feed(run->smtp, side, &data, 1000) == SMTP_TLS_DUE)
			run->tls[side] = true;
		else
			assert_int_equal(data.n, 0);
		guarded_free(part);
		at += n;
	}
	text_reset(bytes);
}

static void miss(struct run *run, enum side side, size_t n)
{
	if (run->tls[side])
		return;
	for (size_t i = 0; i < n; i++)
		text_putc(&run->stream[side], '\0');
	smtp_gap(run->smtp, side, n);
}

static void leave_out(struct run *run, enum side side, size_t n)
{
	for (size_t i = 0; i < n; i++)
		text_putc(&run->stream[side], '\0');
	if (!smtp_skip(run->smtp, side, n))
		smtp_gap(run->smtp, side, n);
}

struct step {
	enum side side;
	char kind;
	const char *text;
	size_t n;
};

static bool next_step(const char **at, struct step *step)
{
	const char *line = *at, *end = strchrnul(line, '\n');

	if (!*line)
		return false;
	*step = (struct step){ .side = line[0] == 'S' ? SERVER : CLIENT, .kind = line[1] };
	step->text = line + 2;
	if (*step->text == ' ')
		step->text++;
	step->n = end > step->text ? (size_t)(end - step->text) : 0;
	*at = *end ? end + 1 : end;
	return true;
}

int dialogue_steps(const char *dialogue)
{
	struct step step;
	int n = 0;

	while (next_step(&dialogue, &step))
		n++;
	return n;
}

static void step_bytes(const struct step *step, struct text *out)
{
	if (step->kind == '>') {
		unescape(step->text, step->n, out);
	} else {
		text_add(out, bytes_of(step->text, step->n));
		text_puts(out, "\r\n");
	}
}

static void do_step(struct run *run, const struct step *step)
{
	switch (step->kind) {
	case '?':
		miss(run, step->side, strtoul(step->text, NULL, 10));
		break;
	case '-':
		leave_out(run, step->side, strtoul(step->text, NULL, 10));
		break;
	case '.':
		smtp_end(run->smtp, step->side);
		break;
	case '+':
		smtp_resume(run->smtp, step->side);
		run->tls[step->side] = false;
		break;
	default:
		fail_msg("no such step: %.*s", (int)step->n + 2, step->text - 2);
	}
}

void dialogue_run(struct run *run, const char *dialogue, const struct telling *telling)
{
	const struct smtp_params params = {
		.midstream = telling->midstream, .private_range = on_private, .context = run
	};
	struct text bytes = { 0 };
	enum side side = CLIENT;
	struct step step;

	*run = (struct run){ 0 };
	run->smtp = smtp_new(&params, &run->observations);
	for (int i = 0; next_step(&dialogue, &step); i++) {
		bool is_bytes = step.kind == ':' || step.kind == '>';

		if (telling->without[step.side])
			continue;
		if (!is_bytes || step.side != side || i == telling->gap_at)
			feed(run, side, &bytes, telling->piece);
		side = step.side;
		if (!is_bytes) {
			do_step(run, &step);
			continue;
		}
		step_bytes(&step, &bytes);
		if (i == telling->gap_at) {
			miss(run, side, bytes.n);
			text_reset(&bytes);
		}
	}
	feed(run, side, &bytes, telling->piece);
	smtp_end(run->smtp, CLIENT);
	smtp_end(run->smtp, SERVER);
	smtp_take_facts(run->smtp, &run->facts);
	text_free(&bytes);
}

static void print_list(struct text *out, const char *name, const struct smtp_strings *strings)
{
	char before = '=';

	if (!strings->n)
		return;
	text_printf(out, " %s", name);
	for (const char *s = NULL; (s = smtp_strings_next(strings, s)); before = ',')
		text_printf(out, "%c%s", before, s);
	if (strings->refused)
		text_printf(out, "+%u", strings->refused);
}

static void print_word(struct text *out, bool said, const char *word)
{
	if (said)
		text_printf(out, " %s", word);
}

static void print_starttls(const struct smtp_facts *facts, struct text *out)
{
	print_word(out, facts->starttls_requested, "requested");
	if (facts->starttls_reply_code)
		text_printf(out, " reply=%u", facts->starttls_reply_code);
	print_word(out, facts->starttls_accepted, "accepted");
	print_word(out, facts->ehlo_refused, "ehlo-refused");
}

static void print_mail(const struct smtp_facts *facts, struct text *out)
{
	print_word(out, facts->mail_attempted && !facts->transactions, "mail-tried");
	if (facts->transactions)
		text_printf(out, " mails=%u", facts->transactions);
	print_list(out, "from", &facts->sender_domains);
	print_list(out, "to", &facts->recipient_domains);
	print_word(out, facts->cleartext_mail, "clear");
	if (facts->bytes_in_clear)
		text_printf(out, " bytes=%llu", (unsigned long long)facts->bytes_in_clear);
	print_word(out, facts->tls_report_mail, "tls-report");
	print_word(out, facts->auth_in_clear, "auth");
	print_word(out, facts->quit, "quit");
}

void dialogue_print(const struct run *run, struct text *out)
{
	static const char *const verbs[] = { "", " EHLO", " HELO", " LHLO" };
	const struct smtp_facts *facts = &run->facts;

	text_puts(out, smtp_offer_name(facts->offer));
	if (facts->greeting_code)
		text_printf(out, " %u:%s", facts->greeting_code,
			facts->greeting_host ? facts->greeting_host : "");
	text_puts(out, verbs[facts->helo_verb]);
	if (facts->helo_name)
		text_printf(out, "=%s", facts->helo_name);
	print_starttls(facts, out);
	print_mail(facts, out);
	print_word(out, run->tls[CLIENT], "C-tls");
	print_word(out, run->tls[SERVER], "S-tls");
	print_word(out, !facts->is_smtp, "unrecognised");
	print_word(out, facts->not_smtp, "not-smtp");
	for (size_t i = 0; i < run->observations.n; i++)
		text_printf(out, " [%s %s]",
			observation_name(run->observations.list[i].kind) + strlen("OBS_"),
			run->observations.list[i].text);
}

void dialogue_free(struct run *run)
{
	smtp_free(run->smtp);
	smtp_facts_free(&run->facts);
	observations_free(&run->observations);
	for (int side = 0; side < 2; side++) {
		text_free(&run->private[side]);
		text_free(&run->stream[side]);
	}
}
