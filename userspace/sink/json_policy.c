// SPDX-License-Identifier: BSD-2-Clause
#include "sink/json_policy.h"

#include "sink/json_fields.h"
#include "sink/json_parts.h"

void json_policy_begin(
	struct nest *nest, struct text *out, const char *dataset, int64_t now, const char *host)
{
	nest_begin(nest, out);
	nest_seconds(nest, "@timestamp", now);
	nest_string(nest, "ecs.version", "8.11");
	nest_string(nest, "event.kind", "state");
	nest_words(nest, "event.category", "configuration", "email");
	nest_to(nest, bytes_str("event.type"));
	text_puts(out, "[\"info\"]");
	nest_string(nest, "event.module", "stripwatch");
	nest_string(nest, "event.dataset", dataset);
	nest_string(nest, "observer.product", "stripwatch");
	nest_string(nest, "observer.type", "sensor");
	nest_string(nest, "observer.version", VERSION);
	nest_string(nest, "observer.hostname", host);
}

static void put_alert_event(
	struct nest *nest, const struct subject *subject, const struct alert *alert)
{
	const char *domain = alert->finding->policy_domain;
	struct text id = { 0 };

	nest_string(nest, "event.kind", "alert");
	nest_words(nest, "event.category", "network", "intrusion_detection");
	nest_words(nest, "event.type", "info", "protocol");
	nest_string(nest, "event.module", "stripwatch");
	nest_string(nest, "event.dataset", "stripwatch.alert");
	nest_string(nest, "event.action", finding_name(alert->finding->id));
	nest_uint(nest, "event.severity", alert->severity);
	text_printf(&id, "%s-%s-%lld", domain ? domain : "", alert->rule->id,
		(long long)(subject->record->flow.first / 1000000000));
	nest_string(nest, "event.id", id.s);
	text_free(&id);
}

void json_policy_alert(struct text *out, const struct subject *subject, const struct alert *alert)
{
	struct nest nest;

	nest_begin(&nest, out);
	nest_time(&nest, "@timestamp", alert->time);
	nest_fields(&nest, subject, "ecs.");
	put_alert_event(&nest, subject, alert);
	nest_string(&nest, "log.level", severity_name(alert->severity));
	nest_string(&nest, "message", alert->message);
	json_alert_rule(&nest, alert->rule);
	nest_fields(&nest, subject, "observer.");
	nest_fields(&nest, subject, "stripwatch.policies");
	json_alert_finding(&nest, subject, alert);
	nest_end_line(&nest);
}

static void put_oddities(struct nest *nest, unsigned int oddities)
{
	static const struct {
		enum sts_oddity oddity;
		const char *text;
	} all[] = {
#define X(name, bit, text) { name, text },
		STS_ODDITY_LIST(X)
#undef X
	};
	const char *found[sizeof(all) / sizeof(*all)];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (oddities & all[i].oddity)
			found[n++] = all[i].text;
	nest_strings(nest, "stripwatch.policy.oddities", found, n);
}

static void put_change(struct nest *nest, const struct cached_policy *policy, int64_t now)
{
	enum policy_change change = cached_policy_change(policy, now);

	if (change == POLICY_UNCHANGED)
		return;
	nest_string(nest, "stripwatch.policy.change.what", policy_change_name(change));
	nest_seconds(nest, "stripwatch.policy.change.at", policy->changed);
	if (change == POLICY_WEAKENED || change == POLICY_MX_REPLACED) {
		nest_string(nest, "stripwatch.policy.change.mode_before",
			policy_mode_name(policy->before));
		nest_seconds(
			nest, "stripwatch.policy.change.expiry_before", policy->before_expires);
	}
}

static void put_policy(struct nest *nest, const struct cached_policy *policy, int64_t now)
{
	const struct sts_policy *sts = &policy->policy;

	nest_string(nest, "stripwatch.policy.type", policy_type_name(POLICY_STS));
	nest_string(nest, "stripwatch.policy.mode", policy_mode_name(sts->mode));
	nest_bool(nest, "stripwatch.policy.in_force", cached_policy_in_force(policy, now));
	nest_string(nest, "stripwatch.policy.id", policy->id);
	nest_uint(nest, "stripwatch.policy.max_age", sts->max_age);
	nest_strings(nest, "stripwatch.policy.mx", (const char *const *)sts->mx, sts->mx_count);
	put_oddities(nest, sts->oddities);
	nest_string(nest, "stripwatch.policy.source", policy->source);
	nest_seconds(nest, "stripwatch.policy.fetched", policy->fetched);
	nest_seconds(nest, "stripwatch.policy.expires", policy->expires);
	nest_seconds(nest, "stripwatch.policy.checked", policy->checked);
	nest_seconds(nest, "stripwatch.policy.refresh_at", policy->refresh_at);
	nest_uint(nest, "stripwatch.policy.failures", policy->failures);
	nest_string(nest, "stripwatch.policy.error", policy->error);
	put_change(nest, policy, now);
}

struct versions {
	struct nest *nest;
	size_t n;
};

static bool put_version(void *context, const struct policy_version *version)
{
	struct versions *versions = context;
	struct nest nest;

	if (versions->n == 0)
		nest_to(versions->nest, bytes_str("stripwatch.policy.versions"));
	text_putc(versions->nest->out, versions->n++ ? ',' : '[');
	nest_begin(&nest, versions->nest->out);
	nest_string(&nest, "id", version->id);
	nest_string(&nest, "source", version->source);
	nest_seconds(&nest, "fetched", version->fetched);
	nest_seconds(&nest, "replaced", version->replaced);
	nest_string(&nest, "text", version->text);
	nest_end(&nest);
	return true;
}

static void put_versions(
	struct nest *nest, struct policy_cache *cache, const struct cached_policy *policy)
{
	struct versions versions = { .nest = nest };

	nest_string(nest, "stripwatch.policy.text", policy->text);
	policy_cache_history(cache, policy->domain, put_version, &versions);
	if (versions.n)
		text_putc(nest->out, ']');
}

void json_policy(struct text *out, const struct cached_policy *policy, int64_t now,
	const char *host, struct policy_cache *versions_of)
{
	struct nest nest;

	json_policy_begin(&nest, out, "stripwatch.policy", now, host);
	nest_string(&nest, "stripwatch.policy_domain", policy->domain);
	put_policy(&nest, policy, now);
	if (versions_of)
		put_versions(&nest, versions_of, policy);
	nest_end_line(&nest);
}

void json_policy_look(
	struct text *out, const struct refresh_result *result, int64_t now, const char *host)
{
	bool good = result->status == REFRESH_FETCHED || result->status == REFRESH_CONFIRMED;
	bool looked = result->status != REFRESH_WAITING;
	struct nest nest;

	json_policy_begin(&nest, out, "stripwatch.policy", now, host);
	nest_string(&nest, "stripwatch.policy_domain", result->domain);
	if (looked && !good)
		nest_string(&nest, "stripwatch.tlsrpt.result_type",
			sts_outcome_result_type(result->outcome));
	nest_string(&nest, "stripwatch.look.status", refresh_status_name(result->status));
	if (looked)
		nest_string(&nest, "stripwatch.look.outcome", sts_outcome_name(result->outcome));
	nest_string(&nest, "stripwatch.look.id", result->id);
	nest_string(&nest, "stripwatch.look.reason", result->reason);
	if (result->policy)
		put_policy(&nest, result->policy, now);
	nest_end_line(&nest);
}
