// SPDX-License-Identifier: BSD-2-Clause
#include "sink/session_text.h"

/* Columns of a block: what stands left of the labels, and how wide a label is. */
#define LABEL_WIDTH 14

/* Sentences are wrapped here; evidence never is: it is looked for, and copied. */
#define LINE_WIDTH 100

static const char *colour_of(enum severity severity)
{
	switch (severity) {
	case SEVERITY_CRITICAL:
	case SEVERITY_HIGH:
		return "\033[1;31m";
	case SEVERITY_MEDIUM:
		return "\033[1;33m";
	default:
		return "\033[1;36m";
	}
}

static void put_coloured(
	const struct session_text *style, struct text *line, const char *colour, const char *words)
{
	if (style->colour)
		text_printf(line, "%s%s\033[0m", colour, words);
	else
		text_puts(line, words);
}

void session_text_when(struct text *line, int64_t ns)
{
	size_t at = line->n;

	text_time_seconds(line, ns / 1000000000);
	line->s[at + 10] = ' ';
	line->n--; /* the Z: the summary says once that all times are UTC */
	line->s[line->n] = '\0';
}

static void put_parties(struct text *line, const struct subject *subject)
{
	const struct record *record = subject->record;
	char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];

	text_printf(line, "%s -> %s", endpoint_format(&record->flow.endpoint[CLIENT], client),
		endpoint_format(&record->flow.endpoint[SERVER], server));
	if (*subject->evidence->mx)
		text_printf(line, " (%s%s)", subject->evidence->mx,
			subject->evidence->mx_source == MX_GREETING ? ", by its greeting" : "");
}

static void put_label(struct text *line, const char *label)
{
	text_printf(line, "  %-*s", LABEL_WIDTH - 2, label);
}

static void put_greeting(struct text *line, const struct record *record)
{
	const struct smtp_facts *smtp = &record->smtp;

	if (!smtp->greeting_code && !smtp->helo_name)
		return;
	put_label(line, "said hello");
	if (smtp->greeting_code)
		text_printf(line, "server %u %s", smtp->greeting_code,
			smtp->greeting_host ? smtp->greeting_host : "");
	if (smtp->helo_name)
		text_printf(line, "%sclient %s %s", smtp->greeting_code ? "; " : "",
			smtp->helo_verb == HELO_EHLO   ? "EHLO"
			: smtp->helo_verb == HELO_LHLO ? "LHLO"
						       : "HELO",
			smtp->helo_name);
	text_putc(line, '\n');
}

static void put_offer(struct text *line, const struct record *record)
{
	static const char *const words[] = {
		[OFFER_UNKNOWN] = "can't be told",
		[OFFER_OFFERED] = "offered",
		[OFFER_ABSENT] = "not in the server's EHLO reply",
		[OFFER_MANGLED] = "overwritten in the server's EHLO reply",
		[OFFER_NO_EHLO] = "never came up: no successful EHLO",
	};
	const struct smtp_facts *smtp = &record->smtp;

	put_label(line, "STARTTLS");
	if (record->implicit_tls) {
		text_puts(line, "not needed: TLS from the first byte\n");
		return;
	}
	text_puts(line, words[smtp->offer]);
	if (smtp->offer == OFFER_UNKNOWN && record->unknown[AXIS_OFFER])
		text_printf(line, " (%s)", unknown_name((enum unknown)record->unknown[AXIS_OFFER]));
	if (!smtp->starttls_requested)
		text_puts(line, record->unknown[AXIS_REQUEST] ? "; not seen to be asked for"
							      : "; not asked for");
	else if (smtp->starttls_reply)
		text_printf(line, "; asked for, answered \"%s\"", smtp->starttls_reply);
	else
		text_puts(line, "; asked for, no answer seen");
	text_putc(line, '\n');
}

static const char *unseen_words(enum tls_unseen unseen)
{
	switch (unseen) {
	case UNSEEN_TLS13:
		return "encrypted by TLS 1.3: it can't be seen from outside";
	case UNSEEN_RESUMED:
		return "none shown: a resumed session";
	case UNSEEN_ANONYMOUS:
		return "none: an anonymous cipher suite";
	case UNSEEN_ONE_SIDED:
		return "not seen: the server's direction is not in the capture";
	case UNSEEN_GAP:
		return "not seen: bytes are missing in the capture";
	case UNSEEN_ABORTED:
		return "none: the handshake ended before it";
	default:
		return "none";
	}
}

static void put_tls(struct text *line, const struct record *record)
{
	const struct tls_facts *tls = &record->tls;
	const char *version = tls->server_hello ? tls_version_name(tls->version) : NULL;
	const char *cipher = tls->server_hello ? tls_cipher_name(tls->cipher) : NULL;

	put_label(line, "TLS");
	if (!record->tls_tried) {
		text_puts(line, "none\n");
		return;
	}
	text_puts(line, tls->established            ? "established"
			: record->unknown[AXIS_TLS] ? "begun; how it went can't be told"
						    : "failed");
	if (version)
		text_printf(line, ", TLS %s", version);
	if (cipher)
		text_printf(line, ", %s", cipher);
	for (uint8_t i = 0; i < tls->alert_count; i++) {
		char room[16];

		text_printf(line, "; %s sent alert %s", side_name((enum side)tls->alerts[i].from),
			tls_alert_name(tls->alerts[i].code, room));
	}
	text_putc(line, '\n');
}

static void put_certificate(struct text *line, const struct subject *subject)
{
	const struct record *record = subject->record;
	const struct cert *leaf = record_leaf(record);
	unsigned int problems = subject->evidence->cert_problems;

	if (!record->tls_tried)
		return;
	put_label(line, "certificate");
	if (!leaf) {
		text_printf(line, "%s\n", unseen_words((enum tls_unseen)record->tls.unseen));
		return;
	}
	text_printf(line, "%s, issued by %s", leaf->subject ? leaf->subject : "(unreadable)",
		leaf->issuer ? leaf->issuer : "(unreadable)");
	if (record->tls.from_keylog)
		text_puts(line, " (from the key log)");
	if (record->process.chain)
		text_printf(line, " (as %s, pid %u, received it)", record->process.name,
			record->process.pid);
#define X(name, bit, words, comment)                                                               \
	if (problems & (bit))                                                                      \
		text_printf(line, ", %s", words);
	CERT_PROBLEM_LIST(X)
#undef X
	if (subject->evidence->host_matches == ANSWER_NO)
		text_printf(line, ", not for %s", subject->evidence->mx);
	text_putc(line, '\n');
}

static void put_domains(struct text *line, const char *word, const struct smtp_strings *domains)
{
	if (!domains->n)
		return;
	text_printf(line, ", %s ", word);
	for (const char *domain = smtp_strings_next(domains, NULL), *first = domain; domain;
		domain = smtp_strings_next(domains, domain))
		text_printf(line, "%s%s", domain == first ? "" : " ", domain);
}

static void put_mail(struct text *line, const struct record *record)
{
	const struct smtp_facts *smtp = &record->smtp;

	put_label(line, "mail");
	if (smtp->cleartext_mail)
		text_printf(line, "in clear: %llu bytes", (unsigned long long)smtp->bytes_in_clear);
	else if (smtp->mail_attempted)
		text_puts(line, "none in clear, though addresses were");
	else
		text_puts(
			line, record->unknown[AXIS_MAIL] ? "none seen in clear" : "none in clear");
	put_domains(line, "from", &smtp->sender_domains);
	put_domains(line, "for", &smtp->recipient_domains);
	if (smtp->auth_in_clear)
		text_puts(line, "; a password went in clear");
	text_putc(line, '\n');
}

/* What is missing in the capture: without it, nobody can judge how sure the rest is. */
static void put_missing(struct text *line, const struct record *record)
{
	uint64_t missing =
		record->flow.side[CLIENT].missing_bytes + record->flow.side[SERVER].missing_bytes;

	if (record->complete)
		return;
	put_label(line, "seen");
	if (record->flow.midstream)
		text_puts(line, "from the middle on; ");
	if (record->flow.one_sided)
		text_puts(line, "one direction only; ");
	if (missing)
		text_printf(line, "%llu bytes are missing; ", (unsigned long long)missing);
	text_puts(line, record->end == FLOW_END_CAPTURE   ? "the capture ended first; "
			: record->end == FLOW_END_EVICTED ? "given up for lack of room; "
			: record->end == FLOW_END_IDLE    ? "it fell silent; "
							  : "");
	if (line->s[line->n - 2] == ';')
		line->n -= 2;
	else
		text_puts(line, "to its end");
	text_putc(line, '\n');
}

/* Words wrapped at LINE_WIDTH, each line behind the labels' column; the first one is begun. */
static void put_wrapped(struct text *line, const char *words)
{
	size_t column = LABEL_WIDTH;

	while (*words) {
		size_t n = strcspn(words, " ");

		if (column > LABEL_WIDTH && column + 1 + n > LINE_WIDTH) {
			text_printf(line, "\n%*s", LABEL_WIDTH, "");
			column = LABEL_WIDTH;
		} else if (column > LABEL_WIDTH) {
			text_putc(line, ' ');
			column++;
		}
		text_add(line, bytes_of(words, n));
		column += n;
		words += n + strspn(words + n, " ");
	}
}

static void put_alert(
	const struct session_text *style, struct text *line, const struct alert *alert, bool first)
{
	const struct finding *finding = alert->finding;
	char word[16];
	size_t n = 0;

	for (const char *s = severity_name(alert->severity); *s && n < sizeof(word) - 1; s++)
		word[n++] = text_upper(*s);
	word[n] = '\0';
	put_coloured(style, line, colour_of(alert->severity), word);
	text_printf(line, "%*s", (int)(LABEL_WIDTH > n ? LABEL_WIDTH - n : 1), "");
	put_wrapped(line, alert->message);
	if (alert->suppressed)
		text_printf(
			line, " (%llu more like it since)", (unsigned long long)alert->suppressed);
	text_putc(line, '\n');
	for (size_t i = 0; finding && i < finding->evidence_count; i++) {
		put_label(line, i == 0 ? "proof" : "");
		text_printf(line, "%s\n", finding->evidence[i]);
	}
	if (first || finding) {
		put_label(line, "rule");
		text_printf(line, "%s, %s\n", alert->rule->id, confidence_name(alert->confidence));
	}
}

/* The blank lines around a block stand between it and single lines, and once between two blocks. */
static void put_block(const struct session_text *style, struct text *line,
	const struct subject *subject, const struct alerts *alerts)
{
	const struct record *record = subject->record;

	if (!style->after_block)
		text_putc(line, '\n');
	for (size_t i = 0; i < alerts->n; i++)
		put_alert(style, line, &alerts->list[i], i == 0);
	put_label(line, "session");
	session_text_when(line, record->flow.first);
	text_puts(line, "  ");
	put_parties(line, subject);
	text_putc(line, '\n');
	put_label(line, "id");
	text_printf(line, "%s\n", record->id);
	put_greeting(line, record);
	put_offer(line, record);
	put_tls(line, record);
	put_certificate(line, subject);
	put_mail(line, record);
	put_missing(line, record);
	text_putc(line, '\n');
}

/* What became of a session, in a few words. */
static const char *action_words(const struct record *record)
{
	switch (record->action) {
	case ACTION_TLS_ESTABLISHED:
		return "TLS";
	case ACTION_IMPLICIT_TLS:
		return record->tls.established ? "TLS from the first byte"
					       : "TLS from the first byte, not established";
	case ACTION_TLS_FAILED:
		return "STARTTLS accepted, TLS did not come up";
	case ACTION_STARTTLS_REFUSED:
		return "STARTTLS refused";
	case ACTION_STARTTLS_UNANSWERED:
		return "STARTTLS never answered";
	case ACTION_STARTTLS_ABSENT:
		return "server does not offer STARTTLS";
	case ACTION_STARTTLS_MANGLED:
		return "STARTTLS overwritten";
	case ACTION_NOT_REQUESTED:
		return "STARTTLS offered, client did not ask";
	case ACTION_EHLO_REJECTED:
		return "EHLO refused, went on with HELO";
	case ACTION_HELO_ONLY:
		return "client only said HELO";
	case ACTION_NO_MAIL:
		return "STARTTLS offered, client left";
	case ACTION_NO_DIALOGUE:
		return "closed before a dialogue";
	case ACTION_NOT_SMTP:
		return "not SMTP";
	default:
		return "can't be told: the capture is incomplete";
	}
}

static void put_line(
	const struct session_text *style, struct text *line, const struct subject *subject)
{
	const struct record *record = subject->record;
	const struct tls_facts *tls = &record->tls;

	if (record->tls.established)
		put_coloured(style, line, "\033[32m", "ok  ");
	else
		text_puts(line, record->smtp.cleartext_mail ? "open" : "-   ");
	text_puts(line, "  ");
	session_text_when(line, record->flow.first);
	text_puts(line, "  ");
	put_parties(line, subject);
	text_printf(line, "  %s", action_words(record));
	if (tls->established && tls_version_name(tls->version))
		text_printf(line, " %s", tls_version_name(tls->version));
	if (record_leaf(record) && record_leaf(record)->subject_common_name)
		text_printf(line, ", certificate of %s", record_leaf(record)->subject_common_name);
	if (record->smtp.cleartext_mail)
		text_printf(line, ", mail in clear");
	text_putc(line, '\n');
}

void session_text_add(struct session_text *style, struct text *out, const struct subject *subject,
	const struct alerts *alerts)
{
	if (alerts->n)
		put_block(style, out, subject, alerts);
	else
		put_line(style, out, subject);
	style->after_block = alerts->n > 0;
}
