// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fields that TLS and its certificates fill.
 */
#include "judge/field_get.h"

#include <stdio.h>

#include "dialogue/cert_verdict.h"

/* Up to here it was called SSL. */
#define VERSION_SSL3 0x0300

static const struct tls_facts *tls_of(const struct subject *subject)
{
	return &subject->record->tls;
}

FIELD_GETTER(established)
{
	const struct record *record = subject->record;
	bool told = record->unknown[AXIS_TLS] == UNKNOWN_NOT;

	/* That other traffic has no TLS is nothing to say. */
	if (record->action == ACTION_NOT_SMTP && !record->tls_tried)
		told = false;
	return give_seen(value, tls_of(subject)->established, told);
}

FIELD_GETTER(tls_version)
{
	return give_string(value, tls_version_name(tls_of(subject)->version));
}

FIELD_GETTER(version_protocol)
{
	uint16_t version = tls_of(subject)->version;

	if (!tls_version_name(version))
		return give_absent(value);
	return give_string(value, version <= VERSION_SSL3 ? "ssl" : "tls");
}

FIELD_GETTER(cipher)
{
	const struct tls_facts *tls = tls_of(subject);

	return give_string(value, tls->server_hello ? tls_cipher_name(tls->cipher) : NULL);
}

FIELD_GETTER(resumed)
{
	return give_seen(value, tls_of(subject)->resumed, tls_of(subject)->server_hello);
}

FIELD_GETTER(next_protocol)
{
	return give_string(value, tls_of(subject)->next_protocol);
}

FIELD_GETTER(server_name)
{
	return give_string(value, tls_of(subject)->server_name);
}

FIELD_GETTER(ja3)
{
	const struct tls_facts *tls = tls_of(subject);

	if (!tls->client_hello)
		return give_absent(value);
	return give_hex(value, bytes_of(tls->ja3, sizeof(tls->ja3)), false);
}

FIELD_GETTER(ja3s)
{
	const struct tls_facts *tls = tls_of(subject);

	if (!tls->server_hello)
		return give_absent(value);
	return give_hex(value, bytes_of(tls->ja3s, sizeof(tls->ja3s)), false);
}

/* The server's certificate, where it was seen and could be read. */
static const struct cert *leaf_of(const struct subject *subject)
{
	const struct cert *leaf = record_leaf(subject->record);

	return leaf && leaf->parsed ? leaf : NULL;
}

FIELD_GETTER(leaf_subject)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->subject : NULL);
}

FIELD_GETTER(leaf_issuer)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->issuer : NULL);
}

FIELD_GETTER(leaf_not_before)
{
	const struct cert *leaf = leaf_of(subject);

	return leaf ? give_time_seconds(value, leaf->not_before) : give_absent(value);
}

FIELD_GETTER(leaf_not_after)
{
	const struct cert *leaf = leaf_of(subject);

	return leaf ? give_time_seconds(value, leaf->not_after) : give_absent(value);
}

FIELD_GETTER(leaf_sha256)
{
	const struct cert *leaf = record_leaf(subject->record);

	if (!leaf)
		return give_absent(value);
	return give_hex(value, bytes_of(leaf->sha256, sizeof(leaf->sha256)), true);
}

FIELD_GETTER(alternative_names)
{
	const struct cert *leaf = leaf_of(subject);

	if (!leaf)
		return give_absent(value);
	if (i < leaf->dns_count)
		return give_string(value, leaf->dns_names[i]);
	i -= leaf->dns_count;
	return i < leaf->ip_count ? give_string(value, leaf->ip_names[i]) : give_absent(value);
}

FIELD_GETTER(issuer_common_name)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->issuer_common_name : NULL);
}

FIELD_GETTER(issuer_organization)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->issuer_organization : NULL);
}

FIELD_GETTER(subject_common_name)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->subject_common_name : NULL);
}

FIELD_GETTER(key_algorithm)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->key_algorithm : NULL);
}

FIELD_GETTER(key_bits)
{
	const struct cert *leaf = leaf_of(subject);

	return give_positive(value, leaf ? leaf->key_bits : 0);
}

FIELD_GETTER(serial)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->serial : NULL);
}

FIELD_GETTER(signature_algorithm)
{
	const struct cert *leaf = leaf_of(subject);

	return give_string(value, leaf ? leaf->signature_algorithm : NULL);
}

static const struct tls_alert *alert_of(const struct subject *subject, size_t i)
{
	const struct tls_facts *tls = tls_of(subject);

	return i < tls->alert_count ? &tls->alerts[i] : NULL;
}

FIELD_GETTER(alert_from)
{
	const struct tls_alert *alert = alert_of(subject, i);

	return alert && row(give_string(value, side_name(alert->from)));
}

/* RFC 8446 6: there is no third level; what a broken peer made up is left out. */
static const char *level_name(uint8_t level)
{
	switch (level) {
	case 1:
		return "warning";
	case 2:
		return "fatal";
	default:
		return NULL;
	}
}

FIELD_GETTER(alert_level)
{
	const struct tls_alert *alert = alert_of(subject, i);

	return alert && row(give_string(value, level_name(alert->level)));
}

FIELD_GETTER(alert_description)
{
	const struct tls_alert *alert = alert_of(subject, i);

	return alert && row(give_string(value, tls_alert_name(alert->code, value->room)));
}

/* That other traffic shows no certificate is nothing to say. */
static bool has_certificate_state(const struct record *record)
{
	return record->tls.chain || record->tls_tried || record->action != ACTION_NOT_SMTP;
}

FIELD_GETTER(certificate_source)
{
	const struct tls_facts *tls = tls_of(subject);

	if (!has_certificate_state(subject->record))
		return give_absent(value);
	return give_string(value, !tls->chain ? "none" :
		subject->record->process.chain	      ? "process" :
		tls->from_keylog		      ? "keylog" :
							"wire");
}

FIELD_GETTER(certificate_unseen)
{
	const struct record *record = subject->record;

	if (record->tls.chain || !has_certificate_state(record))
		return give_absent(value);
	if (!record->tls_tried)
		return give_string(value, tls_unseen_name(UNSEEN_NO_TLS));
	return give_string(value, tls_unseen_name(record->tls.unseen));
}

/* OpenSSL says "good" where there was nothing to look at. */
FIELD_GETTER(certificate_verdict)
{
	const struct record *record = subject->record;
	const struct process_facts *process = &record->process;

	if (!process->verdict || (!record->tls.chain && !record->tls.resumed))
		return give_absent(value);
	return give_string(value, cert_verdict(process->gnutls, process->result, value->room));
}

FIELD_GETTER(process_name)
{
	return give_string(value, subject->record->process.name);
}

FIELD_GETTER(process_pid)
{
	return give_positive(value, subject->record->process.pid);
}

static const struct cert *chain_of(const struct subject *subject, size_t i)
{
	const struct cert_chain *chain = tls_of(subject)->chain;

	return chain && i < chain->count ? chain->certs[i] : NULL;
}

FIELD_GETTER(chain_subject)
{
	const struct cert *cert = chain_of(subject, i);

	return cert && row(give_string(value, cert->parsed ? cert->subject : NULL));
}

FIELD_GETTER(chain_issuer)
{
	const struct cert *cert = chain_of(subject, i);

	return cert && row(give_string(value, cert->parsed ? cert->issuer : NULL));
}

FIELD_GETTER(chain_not_after)
{
	const struct cert *cert = chain_of(subject, i);

	if (!cert)
		return give_absent(value);
	return row(cert->parsed ? give_time_seconds(value, cert->not_after) : give_absent(value));
}

FIELD_GETTER(chain_sha256)
{
	const struct cert *cert = chain_of(subject, i);

	return cert && row(give_hex(value, bytes_of(cert->sha256, sizeof(cert->sha256)), true));
}

FIELD_GETTER(chain_spki)
{
	const struct cert *cert = chain_of(subject, i);

	if (!cert)
		return give_absent(value);
	if (!cert->parsed)
		return row(give_absent(value));
	return row(give_hex(value, bytes_of(cert->spki_sha256, sizeof(cert->spki_sha256)), true));
}
