// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fields that the dialogue in clear fills, what became of it, and what can't be told.
 */
#include "judge/field_get.h"

static const struct smtp_facts *smtp_of(const struct subject *subject)
{
	return &subject->record->smtp;
}

static bool known(const struct subject *subject, enum axis axis)
{
	return subject->record->unknown[axis] == UNKNOWN_NOT;
}

static bool is_mail(const struct subject *subject)
{
	return subject->record->action != ACTION_NOT_SMTP;
}

/* Without a dialogue in clear there is nothing to say of EHLO and STARTTLS. */
static bool has_dialogue(const struct subject *subject)
{
	return is_mail(subject) && !subject->record->implicit_tls;
}

FIELD_GETTER(action)
{
	return give_string(value, action_name(subject->record->action));
}

FIELD_GETTER(outcome)
{
	switch (subject->record->outcome) {
	case OUTCOME_SUCCESS:
		return give_string(value, "success");
	case OUTCOME_FAILURE:
		return give_string(value, "failure");
	default:
		return give_string(value, "unknown");
	}
}

FIELD_GETTER(protocol)
{
	if (!is_mail(subject))
		return give_absent(value);
	return give_string(value, subject->record->implicit_tls ? "smtps" : "smtp");
}

FIELD_GETTER(greeting_code)
{
	return give_positive(value, smtp_of(subject)->greeting_code);
}

FIELD_GETTER(greeting_host)
{
	return give_string(value, smtp_of(subject)->greeting_host);
}

FIELD_GETTER(helo_verb)
{
	switch (smtp_of(subject)->helo_verb) {
	case HELO_EHLO:
		return give_string(value, "EHLO");
	case HELO_HELO:
		return give_string(value, "HELO");
	case HELO_LHLO:
		return give_string(value, "LHLO");
	default:
		return give_absent(value);
	}
}

FIELD_GETTER(helo_name)
{
	return give_string(value, smtp_of(subject)->helo_name);
}

/* String @i of a list that is walked from its start: lists are short. */
static bool give_item(struct value *value, const struct smtp_strings *strings, size_t i)
{
	const char *s = NULL;

	if (i >= strings->n)
		return give_absent(value);
	do
		s = smtp_strings_next(strings, s);
	while (s && i--);
	return give_string(value, s);
}

FIELD_GETTER(extensions)
{
	return give_item(value, &smtp_of(subject)->extensions, i);
}

FIELD_GETTER(offer)
{
	if (!has_dialogue(subject))
		return give_absent(value);
	return give_string(value, smtp_offer_name(smtp_of(subject)->offer));
}

FIELD_GETTER(requested)
{
	if (!has_dialogue(subject))
		return give_absent(value);
	return give_seen(value, smtp_of(subject)->starttls_requested, known(subject, AXIS_REQUEST));
}

FIELD_GETTER(reply_code)
{
	return give_positive(value, smtp_of(subject)->starttls_reply_code);
}

FIELD_GETTER(transactions)
{
	uint32_t n = smtp_of(subject)->transactions;

	if (n == 0 && !(has_dialogue(subject) && known(subject, AXIS_MAIL)))
		return give_absent(value);
	return give_integer(value, n);
}

FIELD_GETTER(cleartext_mail)
{
	if (!is_mail(subject))
		return give_absent(value);
	return give_seen(value, smtp_of(subject)->cleartext_mail, known(subject, AXIS_MAIL));
}

FIELD_GETTER(sender_domains)
{
	return give_item(value, &smtp_of(subject)->sender_domains, i);
}

FIELD_GETTER(recipient_domains)
{
	return give_item(value, &smtp_of(subject)->recipient_domains, i);
}

FIELD_GETTER(bytes_in_clear)
{
	return give_positive(value, smtp_of(subject)->bytes_in_clear);
}

FIELD_GETTER(tls_report_mail)
{
	return smtp_of(subject)->tls_report_mail ? give_boolean(value, true) : give_absent(value);
}

static bool give_unknown(struct value *value, const struct subject *subject, enum axis axis)
{
	if (known(subject, axis))
		return give_absent(value);
	return give_string(value, unknown_name(subject->record->unknown[axis]));
}

FIELD_GETTER(unknown_offer)
{
	return give_unknown(value, subject, AXIS_OFFER);
}

FIELD_GETTER(unknown_request)
{
	return give_unknown(value, subject, AXIS_REQUEST);
}

FIELD_GETTER(unknown_reply)
{
	return give_unknown(value, subject, AXIS_REPLY);
}

FIELD_GETTER(unknown_tls)
{
	return give_unknown(value, subject, AXIS_TLS);
}

FIELD_GETTER(unknown_mail)
{
	return give_unknown(value, subject, AXIS_MAIL);
}
