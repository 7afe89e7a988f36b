// SPDX-License-Identifier: BSD-2-Clause
/* What in a survey's row somebody ought to look at. */
#include "sink/survey_row.h"

#define NS INT64_C(1000000000)

/* Of what others wrote, in a note. */
#define SHOWN_MAX 300

/* Who is told, one note after the other. */
struct notes {
	const struct survey_row *row;
	int64_t now;
	struct text note;
	void (*told)(void *context, const char *note);
	void *context;
};

/* The note that was written is whole. */
static void tell(struct notes *notes)
{
	notes->told(notes->context, notes->note.s);
	text_reset(&notes->note);
}

static void note_sts(struct notes *notes)
{
	const struct survey_domain *domain = notes->row->domain;
	const char *type;

	if (!domain->sts_known || domain->sts == STS_POLICY || domain->sts == STS_NO_RECORD)
		return;
	type = sts_outcome_result_type(domain->sts);
	text_puts(&notes->note, "MTA-STS: ");
	if (type)
		text_printf(&notes->note, "a record (id %s) but no policy: ", domain->sts_id);
	text_printable(&notes->note, bytes_str(domain->sts_reason), SHOWN_MAX);
	if (type)
		text_printf(&notes->note, " (%s)", type);
	tell(notes);
}

static void note_policy(struct notes *notes)
{
	static const struct {
		enum sts_oddity oddity;
		const char *text;
	} oddities[] = {
#define X(name, bit, text) { name, text },
		STS_ODDITY_LIST(X)
#undef X
	};
	const struct survey_domain *domain = notes->row->domain;

	for (size_t i = 0; i < sizeof(oddities) / sizeof(*oddities); i++) {
		if (!(domain->policy.oddities & oddities[i].oddity))
			continue;
		text_printf(&notes->note, "MTA-STS: the policy %s", oddities[i].text);
		tell(notes);
	}
	for (size_t i = 0; i < domain->mx_count; i++) {
		if (domain->mx[i].in_policy != ANSWER_NO)
			continue;
		text_printf(&notes->note, "MTA-STS: the policy (%s) does not allow the MX host ",
			policy_mode_name(domain->policy.mode));
		text_printable(&notes->note, bytes_str(domain->mx[i].host), SHOWN_MAX);
		tell(notes);
	}
}

/* What we know of a policy and what is to be seen of it now. */
static void note_cached(struct notes *notes)
{
	const struct survey_domain *domain = notes->row->domain;
	const struct cached_policy *cached = notes->row->cached;

	if (!cached || !domain->sts_known || !cached_policy_in_force(cached, notes->now))
		return;
	if (domain->sts == STS_POLICY && domain->policy.mode >= cached->policy.mode)
		return;
	text_printf(&notes->note, "MTA-STS: a cached policy (%s, id %s) is in force for ",
		policy_mode_name(cached->policy.mode), cached->id ? cached->id : "not known");
	text_duration(&notes->note, (cached->expires - notes->now) * NS);
	if (domain->sts == STS_POLICY)
		text_printf(&notes->note, " more, and the one of now is weaker: %s",
			policy_mode_name(domain->policy.mode));
	else
		text_puts(&notes->note, " more, and can't be seen now");
	tell(notes);
}

static void note_dane(struct notes *notes)
{
	const struct survey_domain *domain = notes->row->domain;

	for (size_t i = 0; i < domain->mx_count; i++) {
		if (domain->mx[i].dane == SURVEY_DANE_BOGUS)
			text_puts(&notes->note, "DANE: bogus TLSA records keep mail away from ");
		else if (domain->mx[i].dane == SURVEY_DANE_UNUSABLE)
			text_puts(&notes->note, "DANE: no TLSA record that SMTP can use at ");
		else
			continue;
		text_printable(&notes->note, bytes_str(domain->mx[i].host), SHOWN_MAX);
		tell(notes);
	}
}

static void note_rpt(struct notes *notes)
{
	const struct survey_domain *domain = notes->row->domain;

	if (domain->rpt_status == TLS_RPT_SEVERAL)
		text_puts(&notes->note, "TLS-RPT: several records, which is as good as none");
	else if (domain->rpt_status == TLS_RPT_INVALID)
		text_puts(&notes->note,
			"TLS-RPT: the record breaks the grammar, or names no address to report to");
	else
		return;
	tell(notes);
}

void survey_notes(const struct survey_row *row, int64_t now,
	void (*told)(void *context, const char *note), void *context)
{
	struct notes notes = { .row = row, .now = now, .told = told, .context = context };

	note_sts(&notes);
	note_policy(&notes);
	note_cached(&notes);
	note_dane(&notes);
	note_rpt(&notes);
	if (row->domain->mx_more) {
		text_printf(
			&notes.note, "MX: %zu more hosts were not looked at", row->domain->mx_more);
		tell(&notes);
	}
	if (row->domain->late) {
		text_puts(&notes.note, "its time was over before all was looked up");
		tell(&notes);
	}
	text_free(&notes.note);
}
