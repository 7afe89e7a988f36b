// SPDX-License-Identifier: BSD-2-Clause
#include "sink/policy_text.h"

#define NS INT64_C(1000000000)

/* Of a reason or a line of a policy that is shown; what is longer was made to be. */
#define SHOWN_MAX 400

/* Columns of `show`: how wide a label is. */
#define LABEL_WIDTH 12

static void add_span(struct text *out, int64_t seconds)
{
	text_duration(out, (seconds > 0 ? seconds : 1) * NS);
}

static void add_shown(struct text *out, const char *s)
{
	text_printable(out, bytes_str(s ? s : ""), SHOWN_MAX);
}

/* "enforce became testing 3 h ago"; nothing where nothing is of note. */
static void add_change(struct text *out, const struct cached_policy *policy, int64_t now)
{
	switch (cached_policy_change(policy, now)) {
	case POLICY_UNCHANGED:
		return;
	case POLICY_WEAKENED:
		text_printf(out, "weakened: %s became %s ", policy_mode_name(policy->before),
			policy_mode_name(policy->policy.mode));
		break;
	case POLICY_MX_REPLACED:
		text_puts(out, "mx-replaced: none of the old MX patterns is left since ");
		break;
	case POLICY_RECORD_GONE:
		text_puts(out, "record-gone: the record vanished ");
		break;
	case POLICY_HIDDEN:
		text_puts(out, "hidden: look-ups fail since ");
		break;
	}
	add_span(out, now - policy->changed);
	if (policy->change != POLICY_HIDDEN && policy->change != POLICY_MX_REPLACED)
		text_puts(out, " ago");
}

static void add_expiry(struct text *out, const struct cached_policy *policy, int64_t now)
{
	if (now < policy->expires) {
		add_span(out, policy->expires - now);
	} else {
		text_puts(out, "expired ");
		add_span(out, now - policy->expires);
		text_puts(out, " ago");
	}
}

void policy_text_head(struct columns *columns)
{
	static const char *const heads[] = { "DOMAIN", "MODE", "ID", "AGE", "EXPIRES IN", "NOTE" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++)
		columns_cell(columns, heads[i]);
	columns_end_row(columns);
}

static void add_note(struct text *out, const struct cached_policy *policy, int64_t now)
{
	add_change(out, policy, now);
	if (policy->error) {
		text_printf(out, "%slast try failed", out->n ? "; " : "");
		if (policy->failures > 1)
			text_printf(out, " (%u in a row)", policy->failures);
		text_puts(out, ": ");
		add_shown(out, policy->error);
	}
}

void policy_text_row(struct columns *columns, const struct cached_policy *policy, int64_t now)
{
	struct text text = { 0 };

	columns_cell(columns, policy->domain);
	columns_cell(columns, policy_mode_name(policy->policy.mode));
	columns_cell(columns, policy->id ? policy->id : "-");
	add_span(&text, now - policy->fetched);
	columns_cell(columns, text.s);
	text_reset(&text);
	add_expiry(&text, policy, now);
	columns_cell(columns, text.s);
	text_reset(&text);
	add_note(&text, policy, now);
	columns_cell(columns, text.n ? text.s : "");
	columns_end_row(columns);
	text_free(&text);
}

static void label(struct text *out, const char *word)
{
	text_printf(out, "  %-*s", LABEL_WIDTH, word);
}

/* "2026-01-02T03:04:05Z (3 h ago)" */
static void add_time(struct text *out, int64_t at, int64_t now)
{
	text_time_seconds(out, at);
	text_puts(out, at > now ? " (in " : " (");
	add_span(out, at > now ? at - now : now - at);
	text_puts(out, at > now ? ")\n" : " ago)\n");
}

/* The lines of a policy, or of what calls itself one. */
static void add_lines(struct text *out, const char *text)
{
	struct bytes rest = bytes_str(text);

	while (rest.n) {
		const uint8_t *end = memchr(rest.p, '\n', rest.n);
		struct bytes line = bytes_of(rest.p, end ? (size_t)(end - rest.p) : rest.n);

		bytes_skip(&rest, line.n + (end ? 1 : 0));
		if (line.n && line.p[line.n - 1] == '\r')
			line.n--;
		text_puts(out, line.n ? "    " : "");
		text_printable(out, line, SHOWN_MAX);
		text_putc(out, '\n');
	}
}

static void add_oddities(struct text *out, unsigned int oddities)
{
	static const struct {
		enum sts_oddity oddity;
		const char *text;
	} all[] = {
#define X(name, bit, text) { name, text },
		STS_ODDITY_LIST(X)
#undef X
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (!(oddities & all[i].oddity))
			continue;
		label(out, "odd");
		text_printf(out, "%s\n", all[i].text);
	}
}

static bool add_version(void *context, const struct policy_version *version)
{
	struct text *out = context;
	struct sts_policy policy;
	struct text why = { 0 };

	label(out, "before");
	if (sts_policy_parse(bytes_str(version->text), &policy, &why))
		text_puts(out, policy_mode_name(policy.mode));
	text_printf(out, ", id %s, from ", version->id ? version->id : "not known");
	text_time_seconds(out, version->fetched);
	text_puts(out, " to ");
	text_time_seconds(out, version->replaced);
	text_puts(out, ", ");
	add_shown(out, version->source);
	text_putc(out, '\n');
	add_lines(out, version->text);
	sts_policy_fini(&policy);
	text_free(&why);
	return true;
}

static void add_state(struct text *out, const struct cached_policy *policy, int64_t now)
{
	struct text note = { 0 };

	label(out, "mode");
	text_printf(out, "%s%s\n", policy_mode_name(policy->policy.mode),
		policy->policy.mode == POLICY_NONE    ? ": no promise"
		: cached_policy_in_force(policy, now) ? ""
						      : ", not in force any more");
	label(out, "id");
	text_printf(out, "%s\n", policy->id ? policy->id : "not known");
	label(out, "source");
	add_shown(out, policy->source);
	text_putc(out, '\n');
	label(out, "fetched");
	add_time(out, policy->fetched, now);
	label(out, "expires");
	add_time(out, policy->expires, now);
	label(out, "looked at");
	add_time(out, policy->checked, now);
	label(out, "next look");
	add_time(out, policy->refresh_at, now);
	add_note(&note, policy, now);
	if (note.n) {
		label(out, "note");
		text_printf(out, "%s\n", note.s);
	}
	text_free(&note);
}

void policy_text_show(struct text *out, struct policy_cache *cache,
	const struct cached_policy *policy, int64_t now)
{
	text_printf(out, "%s\n", policy->domain);
	add_state(out, policy, now);
	add_oddities(out, policy->policy.oddities);
	text_puts(out, "  policy\n");
	add_lines(out, policy->text);
	policy_cache_history(cache, policy->domain, add_version, out);
	text_putc(out, '\n');
}

/* What the cached policy is worth now, behind a failure. */
static void add_kept(struct text *out, const struct cached_policy *policy, int64_t now)
{
	if (!policy)
		return;
	if (cached_policy_in_force(policy, now)) {
		text_printf(out, "; what is cached (%s) stays in force for ",
			policy_mode_name(policy->policy.mode));
		add_span(out, policy->expires - now);
	} else if (policy->policy.mode != POLICY_NONE) {
		text_puts(out, "; what is cached is not in force any more");
	}
}

static void add_failure(struct text *out, const struct refresh_result *result)
{
	static const char *const words[] = {
		[STS_NO_RECORD] = "no MTA-STS record",
		[STS_BAD_RECORD] = "its MTA-STS record is not valid",
		[STS_DNS_FAILED] = "its MTA-STS record can't be looked up",
		[STS_FETCH_ERROR] = "it announces a policy that can't be fetched",
		[STS_WEBPKI_INVALID] = "its policy host shows a bad certificate",
		[STS_INVALID] = "what its policy host serves is no policy",
		[STS_POLICY] = "its policy can't be kept",
		[STS_SAME_ID] = "its policy can't be kept",
	};
	const char *type = sts_outcome_result_type(result->outcome);

	text_puts(out, words[result->outcome]);
	if (*result->reason) {
		text_puts(out, ": ");
		add_shown(out, result->reason);
	}
	if (type)
		text_printf(out, " (%s)", type);
}

static void add_policy(struct text *out, const struct refresh_result *result, int64_t now)
{
	const struct sts_policy *policy = &result->policy->policy;

	text_printf(out, "%s, %zu MX pattern%s, %s, for ", policy_mode_name(policy->mode),
		policy->mx_count, policy->mx_count == 1 ? "" : "s",
		result->status == REFRESH_CONFIRMED ? "unchanged" : "fetched");
	add_span(out, result->policy->expires - now);
	if (result->id)
		text_printf(out, ", id %s", result->id);
}

void policy_text_look(struct text *out, const struct refresh_result *result,
	const struct alerts *alerts, int64_t now)
{
	text_printf(out, "%s: ", result->domain);
	switch (result->status) {
	case REFRESH_FETCHED:
	case REFRESH_CONFIRMED:
		add_policy(out, result, now);
		break;
	case REFRESH_NONE:
	case REFRESH_FAILED:
		add_failure(out, result);
		add_kept(out, result->policy, now);
		break;
	case REFRESH_WAITING:
		text_puts(out, "not asked: the last try failed less than five minutes ago");
		if (*result->reason) {
			text_puts(out, ": ");
			add_shown(out, result->reason);
		}
		add_kept(out, result->policy, now);
		break;
	}
	text_putc(out, '\n');
	for (size_t i = 0; i < alerts->n; i++)
		text_printf(out, "  %s: %s\n", severity_name(alerts->list[i].severity),
			alerts->list[i].message);
}
