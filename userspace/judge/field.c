// SPDX-License-Identifier: BSD-2-Clause
#include "judge/field.h"

#include "judge/field_list.h"

/* The closed vocabularies. Lists made of an X-macro have "" where there is nothing to say. */
#define TEXT_OF(name, text, comment) text,

static const char *const actions[] = { ACTION_LIST(TEXT_OF) NULL };
static const char *const outcomes[] = { "success", "failure", "unknown", NULL };
static const char *const network_types[] = { "ipv4", "ipv6", NULL };
static const char *const protocols[] = { "smtp", "smtps", NULL };
static const char *const directions[] = { DIRECTION_LIST(TEXT_OF) NULL };
static const char *const helo_verbs[] = { "EHLO", "HELO", "LHLO", NULL };
static const char *const offers[] = { SMTP_OFFER_LIST(TEXT_OF) NULL };
static const char *const tls_versions[] = { "3.0", "1.0", "1.1", "1.2", "1.3", NULL };
static const char *const tls_protocols[] = { "tls", "ssl", NULL };
static const char *const reasons[] = { UNKNOWN_LIST(TEXT_OF) NULL };
static const char *const sides[] = { "client", "server", NULL };
static const char *const alert_levels[] = { "warning", "fatal", NULL };
static const char *const certificate_sources[] = { "wire", "process", "keylog", "none", NULL };
static const char *const certificate_unseen[] = { TLS_UNSEEN_LIST(TEXT_OF) NULL };
static const char *const certificate_errors[] = { "host-mismatch", "expired", "not-yet-valid",
	"self-signed", "not-trusted", "revoked", "weak", NULL };
static const char *const mx_sources[] = { MX_SOURCE_LIST(TEXT_OF) NULL };
static const char *const policy_types[] = { "sts", "tlsa", "list", NULL };
static const char *const policy_modes[] = { "none", "testing", "enforce", NULL };
static const char *const severities[] = { "info", "low", "medium", "high", "critical", NULL };

#define ID_OF(name, id, result_type, severity) id,
static const char *const findings[] = { FINDING_LIST(ID_OF) NULL };

/* Any text. */
#define any NULL

const struct field field_table[] = {
#define F(getter, dotted, kind, vocabulary, says)                                                  \
	{ .name = dotted,                                                                          \
		.type = FIELD_##kind,                                                              \
		.item = FIELD_##kind,                                                              \
		.words = vocabulary,                                                               \
		.get = field_get_##getter,                                                         \
		.comment = says },
#define R(getter, dotted, kind, vocabulary, says)                                                  \
	{ .name = dotted,                                                                          \
		.type = FIELD_ROWS,                                                                \
		.item = FIELD_##kind,                                                              \
		.words = vocabulary,                                                               \
		.get = field_get_##getter,                                                         \
		.comment = says },
#define N(getter, dotted, says)                                                                    \
	{ .name = dotted,                                                                          \
		.type = FIELD_ROWS,                                                                \
		.item = FIELD_STRINGS,                                                             \
		.get = field_get_##getter,                                                         \
		.get_inner = field_get_inner_##getter,                                             \
		.comment = says },
	FIELD_LIST(F, R, N)
#undef F
#undef R
#undef N
};

const size_t field_count = sizeof(field_table) / sizeof(*field_table);

/* @name against a name of the table, whose "[]" may be left out. */
static bool same_name(struct bytes name, const char *field)
{
	const char *brackets = strstr(field, "[]");
	size_t head;

	if (bytes_equal(name, bytes_str(field)))
		return true;
	if (!brackets)
		return false;
	head = (size_t)(brackets - field);
	return name.n == strlen(field) - 2 && memcmp(name.p, field, head) == 0 &&
	       memcmp(name.p + head, brackets + 2, name.n - head) == 0;
}

const struct field *field_find(struct bytes name)
{
	for (size_t i = 0; i < field_count; i++) {
		if (same_name(name, field_table[i].name))
			return &field_table[i];
	}
	return NULL;
}

bool field_is_address(const struct field *field)
{
	size_t n = strlen(field->name);

	return field->type == FIELD_STRING && n > 3 && strcmp(field->name + n - 3, ".ip") == 0;
}
