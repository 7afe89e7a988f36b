// SPDX-License-Identifier: BSD-2-Clause
/* A survey as documents of the event contract. */
#include "sink/json_policy.h"
#include "sink/json_text.h"
#include "sink/survey.h"

static void put_seen(struct nest *nest, const char *const names[4], const struct survey_seen *seen)
{
	if (!seen->sessions)
		return;
	nest_uint(nest, names[0], seen->sessions);
	nest_uint(nest, names[1], seen->tls);
	nest_uint(nest, names[2], seen->clear);
	nest_seconds(nest, names[3], seen->last);
}

static void put_host(struct text *out, const struct survey_mx *mx, const struct survey_seen *seen)
{
	static const char *const names[] = { "seen.sessions", "seen.offered", "seen.missed",
		"seen.last" };
	struct nest nest;

	nest_begin(&nest, out);
	nest_string(&nest, "host", mx->host);
	nest_uint(&nest, "preference", mx->preference);
	nest_string(&nest, "status", dns_status_name(mx->status));
	nest_uint(&nest, "addresses", mx->addresses);
	nest_string(&nest, "dane.state", survey_dane_name(mx->dane));
	if (mx->usable || mx->unusable) {
		nest_uint(&nest, "dane.usable", mx->usable);
		nest_uint(&nest, "dane.unusable", mx->unusable);
	}
	if (mx->in_policy != ANSWER_UNKNOWN)
		nest_bool(&nest, "in_policy", mx->in_policy == ANSWER_YES);
	put_seen(&nest, names, seen);
	nest_end(&nest);
}

static void put_mx(struct nest *nest, const struct survey_row *row)
{
	const struct survey_domain *domain = row->domain;

	if (domain->mx_known) {
		nest_string(
			nest, "stripwatch.survey.mx.status", dns_status_name(domain->mx_status));
		nest_bool(nest, "stripwatch.survey.mx.authentic", domain->mx_authentic);
		nest_bool(nest, "stripwatch.survey.mx.null", domain->null_mx);
	}
	if (!domain->mx_count)
		return;
	nest_to(nest, bytes_str("stripwatch.survey.mx.hosts"));
	for (size_t i = 0; i < domain->mx_count; i++) {
		text_putc(nest->out, i ? ',' : '[');
		put_host(nest->out, &domain->mx[i], &row->seen_mx[i]);
	}
	text_putc(nest->out, ']');
}

static void put_sts(struct nest *nest, const struct survey_domain *domain)
{
	if (!domain->sts_known)
		return;
	nest_string(nest, "stripwatch.survey.sts.outcome", sts_outcome_name(domain->sts));
	nest_string(nest, "stripwatch.survey.sts.id", domain->sts_id);
	nest_string(
		nest, "stripwatch.survey.sts.result_type", sts_outcome_result_type(domain->sts));
	nest_string(nest, "stripwatch.survey.sts.reason", domain->sts_reason);
	if (domain->sts != STS_POLICY)
		return;
	nest_string(nest, "stripwatch.survey.sts.mode", policy_mode_name(domain->policy.mode));
	nest_uint(nest, "stripwatch.survey.sts.max_age", domain->policy.max_age);
	nest_strings(nest, "stripwatch.survey.sts.mx", (const char *const *)domain->policy.mx,
		domain->policy.mx_count);
}

/* Of addresses only the domain is kept, says the contract. */
static void put_rpt(struct nest *nest, const struct survey_domain *domain)
{
	if (!domain->rpt_known)
		return;
	nest_string(nest, "stripwatch.survey.tls_rpt.dns", dns_status_name(domain->rpt_dns));
	nest_string(
		nest, "stripwatch.survey.tls_rpt.status", tls_rpt_status_name(domain->rpt_status));
	if (!domain->rpt.n)
		return;
	nest_to(nest, bytes_str("stripwatch.survey.tls_rpt.addresses"));
	for (size_t i = 0; i < domain->rpt.n; i++) {
		struct nest address;

		text_putc(nest->out, i ? ',' : '[');
		nest_begin(&address, nest->out);
		nest_string(&address, "scheme", tls_rpt_scheme_name(domain->rpt.list[i].scheme));
		nest_string(&address, "host", domain->rpt.list[i].host);
		nest_end(&address);
	}
	text_putc(nest->out, ']');
}

static void put_known(struct nest *nest, const struct survey_row *row, int64_t now)
{
	static const char *const names[] = { "stripwatch.survey.history.sessions",
		"stripwatch.survey.history.tls", "stripwatch.survey.history.clear",
		"stripwatch.survey.history.last" };

	if (row->cached) {
		nest_string(nest, "stripwatch.survey.cached.mode",
			policy_mode_name(row->cached->policy.mode));
		nest_string(nest, "stripwatch.survey.cached.id", row->cached->id);
		nest_seconds(nest, "stripwatch.survey.cached.expires", row->cached->expires);
		nest_bool(nest, "stripwatch.survey.cached.in_force",
			cached_policy_in_force(row->cached, now));
		nest_string(nest, "stripwatch.survey.cached.change",
			policy_change_name(cached_policy_change(row->cached, now)));
	}
	if (row->listed) {
		nest_string(
			nest, "stripwatch.survey.list.mode", policy_mode_name(row->listed->mode));
		nest_bool(nest, "stripwatch.survey.list.current", row->list_current);
	}
	put_seen(nest, names, &row->seen);
}

struct notes {
	struct nest *nest;
	size_t n;
};

static void put_note(void *context, const char *note)
{
	struct notes *notes = context;

	if (!notes->n)
		nest_to(notes->nest, bytes_str("stripwatch.survey.notes"));
	text_putc(notes->nest->out, notes->n++ ? ',' : '[');
	json_text(notes->nest->out, bytes_str(note));
}

static void put_row(struct text *out, const struct survey_row *row, int64_t now, const char *host)
{
	struct nest nest;
	struct notes notes = { .nest = &nest };

	json_policy_begin(&nest, out, "stripwatch.survey", now, host);
	nest_string(&nest, "stripwatch.policy_domain", row->domain->domain);
	put_mx(&nest, row);
	put_sts(&nest, row->domain);
	put_rpt(&nest, row->domain);
	put_known(&nest, row, now);
	nest_bool(&nest, "stripwatch.survey.complete", !survey_row_incomplete(row));
	survey_notes(row, now, put_note, &notes);
	if (notes.n)
		text_putc(out, ']');
	nest_end_line(&nest);
}

void survey_json(struct text *out, const struct survey_table *table, const char *host)
{
	for (size_t i = 0; i < table->n; i++)
		put_row(out, &table->rows[i], table->now, host);
}
