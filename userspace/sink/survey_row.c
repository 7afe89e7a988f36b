// SPDX-License-Identifier: BSD-2-Clause
#include "sink/survey_row.h"

#include <stdio.h>

#define NS INT64_C(1000000000)

/* Of what others wrote, in a note. */
#define SHOWN_MAX 300

static bool no_answer(enum dns_status status)
{
	return status != DNS_OK && status != DNS_NO_DATA && status != DNS_NO_NAME;
}

static bool has_policy(const struct survey_domain *domain)
{
	return domain->sts_known && domain->sts == STS_POLICY;
}

/* A record says that there is a policy, and none can be had. */
static bool lacks_policy(const struct survey_domain *domain)
{
	return domain->sts_known &&
	       (domain->sts == STS_FETCH_ERROR || domain->sts == STS_WEBPKI_INVALID ||
		       domain->sts == STS_INVALID);
}

static void say_span(struct text *out, int64_t seconds)
{
	text_duration(out, (seconds > 0 ? seconds : 1) * NS);
}

enum survey_mark survey_say_sts(struct text *out, const struct survey_row *row)
{
	const struct survey_domain *domain = row->domain;

	if (!domain->sts_known || domain->sts == STS_DNS_FAILED) {
		text_puts(out, "not known");
		return SURVEY_FAIR;
	}
	if (domain->sts == STS_BAD_RECORD) {
		text_puts(out, "bad record");
		return SURVEY_BAD;
	}
	if (lacks_policy(domain)) {
		text_puts(out, "record, no policy");
		return SURVEY_BAD;
	}
	if (!has_policy(domain)) {
		text_puts(out, "-");
		return SURVEY_PLAIN;
	}
	text_printf(out, "%s, ", policy_mode_name(domain->policy.mode));
	say_span(out, domain->policy.max_age);
	if (domain->sts_id)
		text_printf(out, ", id %s", domain->sts_id);
	return domain->policy.mode == POLICY_ENFORCE   ? SURVEY_GOOD
	       : domain->policy.mode == POLICY_TESTING ? SURVEY_FAIR
						       : SURVEY_PLAIN;
}

enum survey_mark survey_say_rpt(struct text *out, const struct survey_row *row)
{
	const struct survey_domain *domain = row->domain;
	bool said[2] = { false };

	if (!domain->rpt_known || no_answer(domain->rpt_dns)) {
		text_puts(out, "not known");
		return SURVEY_FAIR;
	}
	if (domain->rpt_status != TLS_RPT_OK) {
		text_puts(out, domain->rpt_status == TLS_RPT_NONE ? "-" : "bad record");
		return domain->rpt_status == TLS_RPT_NONE ? SURVEY_PLAIN : SURVEY_BAD;
	}
	for (size_t i = 0; i < domain->rpt.n; i++) {
		enum tls_rpt_scheme scheme = domain->rpt.list[i].scheme;

		if (!said[scheme])
			text_printf(out, "%s%s", i ? ", " : "", tls_rpt_scheme_name(scheme));
		said[scheme] = true;
	}
	return SURVEY_GOOD;
}

enum survey_mark survey_say_list(struct text *out, const struct survey_row *row)
{
	text_puts(out, row->listed ? policy_mode_name(row->listed->mode) : "-");
	if (row->listed && !row->list_current)
		text_puts(out, " (expired)");
	return row->listed && row->list_current ? SURVEY_GOOD : SURVEY_PLAIN;
}

enum survey_mark survey_say_seen(struct text *out, const struct survey_row *row, int64_t now)
{
	const struct survey_seen *seen = &row->seen;

	if (!seen->sessions) {
		text_puts(out, "-");
		return SURVEY_PLAIN;
	}
	text_printf(out, "%u sessions", seen->sessions);
	if (seen->clear)
		text_printf(out, ", %u in clear", seen->clear);
	text_puts(out, ", last ");
	say_span(out, now - seen->last);
	text_puts(out, " ago");
	return seen->clear ? SURVEY_FAIR : SURVEY_GOOD;
}

enum survey_mark survey_say_no_mx(struct text *out, const struct survey_row *row)
{
	const struct survey_domain *domain = row->domain;

	if (domain->mx_count)
		return SURVEY_PLAIN;
	if (!domain->mx_known || no_answer(domain->mx_status)) {
		text_puts(out, "not known");
		return SURVEY_FAIR;
	}
	text_puts(out, domain->null_mx                    ? "takes no mail"
		       : domain->mx_status == DNS_NO_NAME ? "does not exist"
							  : "-");
	return SURVEY_PLAIN;
}

enum survey_mark survey_say_dane(struct text *out, const struct survey_row *row, size_t mx)
{
	static const enum survey_mark marks[] = {
		[SURVEY_DANE_UNKNOWN] = SURVEY_FAIR,
		[SURVEY_DANE_NONE] = SURVEY_PLAIN,
		[SURVEY_DANE_USABLE] = SURVEY_GOOD,
		[SURVEY_DANE_UNUSABLE] = SURVEY_FAIR,
		[SURVEY_DANE_INSECURE] = SURVEY_FAIR,
		[SURVEY_DANE_BOGUS] = SURVEY_BAD,
	};
	const struct survey_mx *host = &row->domain->mx[mx];

	if (host->status != DNS_OK) {
		text_puts(out, no_answer(host->status) ? "not known" : "no address");
		return SURVEY_FAIR;
	}
	if (host->dane == SURVEY_DANE_NONE) {
		text_puts(out, "-");
		return SURVEY_PLAIN;
	}
	text_puts(out,
		host->dane == SURVEY_DANE_UNKNOWN ? "not known" : survey_dane_name(host->dane));
	/* What protects the host still leaves it to an attacker which host that is. */
	if (host->dane == SURVEY_DANE_USABLE && !row->domain->mx_authentic) {
		text_puts(out, ", MX unsigned");
		return SURVEY_FAIR;
	}
	return marks[host->dane];
}

enum survey_mark survey_say_mx_seen(
	struct text *out, const struct survey_row *row, size_t mx, int64_t now)
{
	const struct survey_seen *seen = &row->seen_mx[mx];

	if (!seen->sessions) {
		text_puts(out, "-");
		return SURVEY_PLAIN;
	}
	text_printf(out, "offered TLS %u of %u times", seen->tls, seen->sessions);
	if (seen->clear && seen->tls)
		text_printf(out, ", not in the last %u", seen->clear);
	text_puts(out, ", last ");
	say_span(out, now - seen->last);
	text_puts(out, " ago");
	return seen->clear && seen->tls ? SURVEY_BAD : seen->tls ? SURVEY_GOOD : SURVEY_FAIR;
}

bool survey_row_incomplete(const struct survey_row *row)
{
	const struct survey_domain *domain = row->domain;

	if (domain->late || !domain->sts_known || domain->sts == STS_DNS_FAILED ||
		!domain->mx_known || no_answer(domain->mx_status) || !domain->rpt_known ||
		no_answer(domain->rpt_dns))
		return true;
	for (size_t i = 0; i < domain->mx_count; i++)
		if (no_answer(domain->mx[i].status) ||
			(domain->mx[i].status == DNS_OK &&
				domain->mx[i].dane == SURVEY_DANE_UNKNOWN))
			return true;
	return false;
}

static bool any_dane(const struct survey_domain *domain, enum survey_dane dane)
{
	for (size_t i = 0; i < domain->mx_count; i++)
		if (domain->mx[i].dane == dane)
			return true;
	return false;
}

void survey_sum_up(const struct survey_table *table, struct survey_summary *summary)
{
	*summary = (struct survey_summary){ 0 };
	for (size_t i = 0; i < table->n; i++) {
		const struct survey_domain *domain = table->rows[i].domain;

		if (has_policy(domain))
			*(domain->policy.mode == POLICY_ENFORCE         ? &summary->enforce
				: domain->policy.mode == POLICY_TESTING ? &summary->testing
									: &summary->none) += 1;
		summary->no_policy += lacks_policy(domain);
		summary->rpt += domain->rpt_known && domain->rpt_status == TLS_RPT_OK;
		summary->dane += any_dane(domain, SURVEY_DANE_USABLE) ||
				 any_dane(domain, SURVEY_DANE_UNUSABLE);
		summary->dane_bogus += any_dane(domain, SURVEY_DANE_BOGUS);
		summary->incomplete += survey_row_incomplete(&table->rows[i]);
	}
}

void survey_say_summary(struct text *out, const struct survey_table *table)
{
	struct survey_summary sum;

	survey_sum_up(table, &sum);
	text_printf(out,
		"%zu domain%s: MTA-STS %zu enforce, %zu testing, %zu none, %zu with a record "
		"but no policy; TLS-RPT %zu; DANE %zu",
		table->n, table->n == 1 ? "" : "s", sum.enforce, sum.testing, sum.none,
		sum.no_policy, sum.rpt, sum.dane);
	if (sum.dane_bogus)
		text_printf(out, ", %zu bogus", sum.dane_bogus);
	text_putc(out, '.');
	if (sum.incomplete)
		text_printf(out, " Of %zu not all could be found out.", sum.incomplete);
	if (table->asked > table->n)
		text_printf(out, " Interrupted: %zu more were not asked.", table->asked - table->n);
	if (!table->believes_ad)
		text_puts(out, " The DNS server is not on this machine, so DANE counts as not "
			       "validated (see --trust-ad).");
}
