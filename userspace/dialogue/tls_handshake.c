// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/tls_handshake.h"

#include <stdlib.h>

#include "base/domain.h"
#include "base/mem.h"
#include "base/text.h"

/* RFC 8446 4 and B.3, RFC 5246 7.4, RFC 6066 8: HandshakeType. */
enum {
	MESSAGE_CLIENT_HELLO = 1,
	MESSAGE_SERVER_HELLO = 2,
	MESSAGE_ENCRYPTED_EXTENSIONS = 8,
	MESSAGE_CERTIFICATE = 11,
	MESSAGE_SERVER_KEY_EXCHANGE = 12,
	MESSAGE_SERVER_HELLO_DONE = 14,
	MESSAGE_FINISHED = 20,
	MESSAGE_CERTIFICATE_STATUS = 22,
};

#define WANTED_OF_CLIENT (1u << MESSAGE_CLIENT_HELLO)
#define WANTED_OF_SERVER                                                                           \
	(1u << MESSAGE_SERVER_HELLO | 1u << MESSAGE_ENCRYPTED_EXTENSIONS |                         \
		1u << MESSAGE_CERTIFICATE | 1u << MESSAGE_CERTIFICATE_STATUS)

#define ALERT_WARNING       1
#define ALERT_FATAL         2
#define ALERT_CLOSE_NOTIFY  0
#define ALERT_USER_CANCELED 90

#define EXT_STATUS_REQUEST 5
#define STATUS_OCSP        1 /* RFC 6066 8: CertificateStatusType */

/* RFC 7301: a protocol name has up to 255 bytes. */
#define PROTOCOL_TEXT 255

struct tls_handshake *tls_handshake_new(
	const struct tls_params *params, struct tls_facts *facts, struct observations *observations)
{
	struct tls_handshake *handshake = mem_alloc(sizeof(*handshake));

	handshake->facts = facts;
	handshake->observations = observations;
	handshake->certs = params->certs;
	handshake->keylog = params->keylog;
	handshake->ja3 = params->ja3;
	return handshake;
}

void tls_handshake_free(struct tls_handshake *handshake)
{
	if (!handshake)
		return;
	for (enum side side = CLIENT; side <= SERVER; side++) {
		tls_messages_fini(&handshake->messages[side]);
		tls_handshake_seal(handshake, side);
	}
	free(handshake);
}

void tls_handshake_seal(struct tls_handshake *handshake, enum side from)
{
	tls_opener_free(handshake->opener[from]);
	handshake->opener[from] = NULL;
	free(handshake->sealed[from].buffer);
	handshake->sealed[from] = (struct tls_sealed){ 0 };
}

/* As the DNS writes it where that can be; else as sent, in lower case. */
static char *host_name(struct bytes name)
{
	char normal[DOMAIN_TEXT];
	char *text;

	if (!name.n)
		return NULL;
	if (domain_normalise(name, normal))
		return mem_strdup(normal);
	text = text_printable_string(name, DOMAIN_TEXT - 1);
	for (char *c = text; *c; c++)
		*c = text_lower(*c);
	return text;
}

static const char *version_text(uint16_t version)
{
	const char *name = tls_version_name(version);

	return name ? name : "of an unknown version";
}

/* Both hellos are needed to tell, and they may come in either order. */
static void check_downgrade(struct tls_handshake *handshake, int64_t time)
{
	const struct tls_facts *facts = handshake->facts;

	if (!facts->client_hello || !facts->server_hello || !handshake->downgrade_mark ||
		facts->version > handshake->downgrade_mark ||
		facts->offered_version <= handshake->downgrade_mark)
		return;
	observe_text(handshake->observations, OBS_DOWNGRADE_SENTINEL, SERVER, time,
		"TLS %s though %s was offered; ServerHello.random ends in 44 4f 57 4e 47 52 44 "
		"%02x",
		version_text(facts->version), version_text(facts->offered_version),
		handshake->downgrade_mark == TLS_1_2 ? 1 : 0);
}

static void malformed(
	struct tls_handshake *handshake, enum side from, int64_t time, const char *message)
{
	handshake->messages[from].lost = true;
	/* What came was no short handshake, whatever else it was. */
	if (from == SERVER)
		handshake->full = true;
	observe_text(handshake->observations, OBS_TLS_BROKEN, from, time, "malformed %s", message);
}

static void client_hello(struct tls_handshake *handshake, struct bytes body, int64_t time)
{
	struct tls_facts *facts = handshake->facts;
	struct tls_client_hello hello;
	bool sslv2 = handshake->sslv2;

	handshake->sslv2 = false;
	/* The second one, after a HelloRetryRequest, tells nothing new (RFC 8446 4.1.2). */
	if (facts->client_hello)
		return;
	if (!(sslv2 ? tls_sslv2_hello_parse(body, &hello)
		    : tls_client_hello_parse(body, handshake->ja3, &hello))) {
		malformed(handshake, CLIENT, time, "ClientHello");
		return;
	}
	facts->client_hello = true;
	facts->offered_version = hello.offered_version;
	facts->server_name = host_name(hello.server_name);
	memcpy(facts->ja3, hello.ja3, sizeof(facts->ja3));
	memcpy(handshake->client_random, hello.random, TLS_RANDOM);
	handshake->early_data = hello.early_data;
	if (hello.fallback_scsv)
		observe_text(handshake->observations, OBS_TLS_FALLBACK_SCSV, CLIENT, time,
			"TLS_FALLBACK_SCSV, highest version %s",
			version_text(hello.offered_version));
	check_downgrade(handshake, time);
}

static void set_next_protocol(struct tls_facts *facts, struct bytes name)
{
	if (name.n && !facts->next_protocol)
		facts->next_protocol = text_printable_string(name, PROTOCOL_TEXT);
}

/* From here on TLS 1.3 is encrypted; with a key log it can be read on. */
static void find_secrets(struct tls_handshake *handshake)
{
	const struct tls_facts *facts = handshake->facts;
	struct bytes secret;

	if (!handshake->keylog || !facts->client_hello)
		return;
	for (enum side side = CLIENT; side <= SERVER; side++) {
		if (tls_keylog_find(handshake->keylog, handshake->client_random, side, &secret))
			handshake->opener[side] = tls_opener_new(facts->cipher, secret);
	}
	handshake->keyed = handshake->opener[SERVER] != NULL;
}

static void server_hello(struct tls_handshake *handshake, struct bytes body, int64_t time)
{
	struct tls_facts *facts = handshake->facts;
	struct tls_server_hello hello;

	if (facts->server_hello)
		return;
	if (!tls_server_hello_parse(body, handshake->ja3, &hello)) {
		malformed(handshake, SERVER, time, "ServerHello");
		return;
	}
	if (hello.retry) {
		facts->hello_retry = true;
		return;
	}
	facts->server_hello = true;
	facts->version = hello.version;
	facts->cipher = hello.cipher;
	memcpy(facts->ja3s, hello.ja3s, sizeof(facts->ja3s));
	handshake->raw_public_key = hello.raw_public_key;
	if (hello.version >= TLS_1_3) {
		facts->resumed = hello.pre_shared_key;
		find_secrets(handshake);
		return;
	}
	set_next_protocol(facts, hello.next_protocol);
	handshake->downgrade_mark = tls_downgrade_mark(hello.random);
	check_downgrade(handshake, time);
}

/* RFC 6066 8: CertificateStatus, a message up to TLS 1.2, an extension of the leaf in 1.3. */
static void stapled_status(struct tls_handshake *handshake, struct bytes body)
{
	struct tls_facts *facts = handshake->facts;
	struct bytes response;
	uint8_t type;

	if (facts->chain && bytes_u8(&body, &type) && type == STATUS_OCSP &&
		bytes_prefixed(&body, 3, &response))
		facts->cert_status =
			(uint8_t)cert_ocsp_status(handshake->certs, facts->chain, response);
}

/* The extensions of a TLS 1.3 certificate entry: the body of its status, if it has one. */
static struct bytes entry_status(struct bytes extensions)
{
	struct bytes body;
	uint16_t type;

	while (bytes_u16(&extensions, &type) && bytes_prefixed(&extensions, 2, &body)) {
		if (type == EXT_STATUS_REQUEST)
			return body;
	}
	return bytes_of(NULL, 0);
}

/*
 * RFC 5246 7.4.2, RFC 8446 4.4.2. The list is read as far as it goes: a leaf counts whatever
 * follows it. One more than a chain holds is handed on, so that it is known to be cut.
 */
static void server_certificate(struct tls_handshake *handshake, struct bytes body, bool tls13)
{
	struct tls_facts *facts = handshake->facts;
	struct bytes der[CERT_CHAIN_MAX + 1], list, context, extensions, status = { 0 };
	size_t n = 0;

	if (facts->chain || handshake->raw_public_key ||
		(tls13 && !bytes_prefixed(&body, 1, &context)) || !bytes_prefixed(&body, 3, &list))
		return;
	while (n <= CERT_CHAIN_MAX && bytes_prefixed(&list, 3, &der[n])) {
		if (tls13 && !bytes_prefixed(&list, 2, &extensions))
			break;
		if (tls13 && n == 0)
			status = entry_status(extensions);
		n += der[n].n > 0;
	}
	if (!n)
		return;
	facts->chain = cert_chain_get(handshake->certs, der, n);
	facts->from_keylog = tls13;
	if (status.n)
		stapled_status(handshake, status);
}

static void encrypted_extensions(struct tls_handshake *handshake, struct bytes body)
{
	struct tls_encrypted_extensions found;

	if (!tls_encrypted_extensions_parse(body, &found))
		return;
	set_next_protocol(handshake->facts, found.next_protocol);
	handshake->raw_public_key = found.raw_public_key;
}

static void server_message(struct tls_handshake *handshake, const struct tls_message *message,
	bool tls13, int64_t time)
{
	switch (message->type) {
	case MESSAGE_SERVER_HELLO:
		if (message->whole && !tls13)
			server_hello(handshake, message->body, time);
		break;
	case MESSAGE_ENCRYPTED_EXTENSIONS:
		if (message->whole && tls13)
			encrypted_extensions(handshake, message->body);
		break;
	case MESSAGE_CERTIFICATE:
		handshake->full = true;
		if (message->whole)
			server_certificate(handshake, message->body, tls13);
		break;
	case MESSAGE_CERTIFICATE_STATUS:
		if (message->whole && !tls13)
			stapled_status(handshake, message->body);
		break;
	case MESSAGE_SERVER_KEY_EXCHANGE:
	case MESSAGE_SERVER_HELLO_DONE:
		handshake->full = true;
		break;
	default:
		break;
	}
}

/* True once nothing more can be read under the keys in force. */
static bool is_read(const struct tls_handshake *handshake, enum side from, bool tls13)
{
	const struct tls_facts *facts = handshake->facts;

	if (tls13)
		return handshake->finished[from];
	return facts->server_hello && facts->version >= TLS_1_3;
}

static void read_messages(struct tls_handshake *handshake, enum side from, struct bytes payload,
	bool tls13, int64_t time)
{
	struct tls_messages *messages = &handshake->messages[from];
	uint32_t wanted = from == SERVER ? WANTED_OF_SERVER : WANTED_OF_CLIENT;
	enum tls_message_status status;
	struct tls_message message;

	while ((status = tls_messages_next(messages, &payload, wanted, &message)) !=
		TLS_MESSAGE_MORE) {
		if (status == TLS_MESSAGE_TOO_LONG) {
			malformed(handshake, from, time, "handshake message");
			return;
		}
		if (message.type == MESSAGE_FINISHED && tls13)
			handshake->finished[from] = true;
		else if (from == SERVER)
			server_message(handshake, &message, tls13, time);
		else if (message.type == MESSAGE_CLIENT_HELLO && message.whole && !tls13)
			client_hello(handshake, message.body, time);
		if (is_read(handshake, from, tls13)) {
			/* RFC 8446 5.1: keys change at the end of a record, nothing may follow. */
			tls_messages_fini(messages);
			return;
		}
	}
}

void tls_handshake_messages(
	struct tls_handshake *handshake, enum side from, struct bytes payload, int64_t time)
{
	read_messages(handshake, from, payload, false, time);
}

static void add_alert(
	struct tls_handshake *handshake, enum side from, uint8_t level, uint8_t code, bool fatal)
{
	struct tls_facts *facts = handshake->facts;

	if (facts->alert_count < TLS_ALERTS_MAX)
		facts->alerts[facts->alert_count++] =
			(struct tls_alert){ .from = (uint8_t)from, .level = level, .code = code };
	if (fatal)
		facts->failed = true;
}

bool tls_handshake_alerts(struct tls_handshake *handshake, enum side from, struct bytes payload)
{
	uint8_t *level = &handshake->alert_level[from], code;

	while (payload.n) {
		if (!*level) {
			bytes_u8(&payload, level);
			if (*level != ALERT_WARNING && *level != ALERT_FATAL) {
				*level = 0;
				return false;
			}
		} else {
			bytes_u8(&payload, &code);
			add_alert(handshake, from, *level, code, *level == ALERT_FATAL);
			*level = 0;
		}
	}
	return true;
}

void tls_handshake_change_cipher(struct tls_handshake *handshake, enum side from)
{
	struct tls_facts *facts = handshake->facts;

	/* RFC 5246 7.3: straight from hello to ChangeCipherSpec. */
	if (from == SERVER && facts->server_hello && !handshake->full && !handshake->lost)
		facts->resumed = true;
}

/* A decrypted alert; RFC 8446 6: its level means nothing, two codes are no errors. */
static void sealed_alert(struct tls_handshake *handshake, enum side from, struct bytes content)
{
	uint8_t level, code;

	if (bytes_u8(&content, &level) && bytes_u8(&content, &code))
		add_alert(handshake, from, level, code,
			code != ALERT_CLOSE_NOTIFY && code != ALERT_USER_CANCELED);
}

static void open_record(
	struct tls_handshake *handshake, enum side from, struct bytes sealed, int64_t time)
{
	uint8_t room[TLS_RECORD_MAX], type;
	struct bytes content;

	if (!tls_opener_open(handshake->opener[from], sealed, room, &content, &type)) {
		tls_handshake_seal(handshake, from);
		return;
	}
	if (type == TLS_HANDSHAKE)
		read_messages(handshake, from, content, true, time);
	else if (type == TLS_ALERT)
		sealed_alert(handshake, from, content);
	if (handshake->finished[from])
		tls_handshake_seal(handshake, from);
}

void tls_handshake_sealed(struct tls_handshake *handshake, enum side from, struct bytes piece,
	size_t left, int64_t time)
{
	struct tls_sealed *sealed = &handshake->sealed[from];

	if (!sealed->buffer && !left) {
		open_record(handshake, from, piece, time);
		return;
	}
	/* A record has a bound, and a half of one that never ends goes with the handshake. */
	sealed->buffer = mem_realloc(sealed->buffer, sealed->n + piece.n + left);
	if (piece.n)
		memcpy(sealed->buffer + sealed->n, piece.p, piece.n);
	sealed->n += piece.n;
	if (left)
		return;
	piece = bytes_of(sealed->buffer, sealed->n);
	*sealed = (struct tls_sealed){ 0 };
	open_record(handshake, from, piece, time);
	free((void *)(uintptr_t)piece.p);
}

void tls_handshake_gap(struct tls_handshake *handshake, enum side from, uint64_t length)
{
	tls_handshake_seal(handshake, from);
	handshake->alert_level[from] = 0;
	tls_messages_gap(&handshake->messages[from], length);
	/* Which message it was is not asked: one that matters may have been it. */
	if (from == SERVER)
		handshake->lost = true;
}

/* Suites whose servers show no certificate, by the words of their names (RFC 4279, 5054, 8492). */
static bool is_without_certificate(uint16_t cipher)
{
	static const char *const words[] = { "_anon_", "TLS_PSK_", "TLS_DHE_PSK_", "TLS_ECDHE_PSK_",
		"TLS_KRB5_", "TLS_SRP_SHA_WITH_", "TLS_ECCPWD_" };
	const char *name = tls_cipher_name(cipher);

	for (size_t i = 0; name && i < sizeof(words) / sizeof(*words); i++) {
		if (strstr(name, words[i]))
			return true;
	}
	return false;
}

enum tls_unseen tls_handshake_unseen(const struct tls_handshake *handshake)
{
	const struct tls_facts *facts = handshake->facts;

	if (facts->chain)
		return UNSEEN_NOT;
	if (facts->resumed)
		return UNSEEN_RESUMED;
	if (facts->server_hello &&
		(is_without_certificate(facts->cipher) || handshake->raw_public_key))
		return UNSEEN_ANONYMOUS;
	if (facts->version >= TLS_1_3 && !(handshake->keyed && handshake->lost))
		return UNSEEN_TLS13;
	return handshake->lost ? UNSEEN_GAP : UNSEEN_ABORTED;
}
