// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/tls_hello.h"


/* IANA TLS ExtensionType Values. */
enum {
	EXT_SERVER_NAME = 0,
	EXT_SUPPORTED_GROUPS = 10,
	EXT_EC_POINT_FORMATS = 11,
	EXT_ALPN = 16,
	EXT_SERVER_CERTIFICATE_TYPE = 20,
	EXT_PRE_SHARED_KEY = 41,
	EXT_EARLY_DATA = 42,
	EXT_SUPPORTED_VERSIONS = 43,
};

#define CIPHER_FALLBACK_SCSV 0x5600
#define NAME_HOST            0 /* RFC 6066 3: NameType host_name */
#define CERTIFICATE_RAW      2 /* RFC 7250: RawPublicKey */
#define SSLV2_CLIENT_HELLO   1
#define SSLV2_CIPHER         3    /* bytes of one; a TLS suite is 0 and its number */
#define DRAFT_1_3            0x7f /* upper byte of the versions that drafts of TLS 1.3 had */

static bool is_draft(uint16_t version)
{
	return version >> 8 == DRAFT_1_3;
}

static uint16_t without_draft(uint16_t version)
{
	return is_draft(version) ? TLS_1_3 : version;
}

bool tls_next_extension(struct bytes *list, uint16_t *type, struct bytes *body)
{
	struct bytes rest = *list;

	if (!bytes_u16(&rest, type) || !bytes_prefixed(&rest, 2, body))
		return false;
	*list = rest;
	return true;
}

static struct bytes parse_server_name(struct bytes body)
{
	struct bytes list, name;
	uint8_t type;

	if (!bytes_prefixed(&body, 2, &list))
		return bytes_of(NULL, 0);
	while (bytes_u8(&list, &type) && bytes_prefixed(&list, 2, &name)) {
		if (type == NAME_HOST)
			return name;
	}
	return bytes_of(NULL, 0);
}

/* The first protocol of an ALPN list; a server names exactly one. */
static struct bytes parse_alpn(struct bytes body)
{
	struct bytes list, name;

	if (bytes_prefixed(&body, 2, &list) && bytes_prefixed(&list, 1, &name))
		return name;
	return bytes_of(NULL, 0);
}

static uint16_t highest_version(struct bytes body)
{
	uint16_t version, highest = 0;
	struct bytes list;

	if (!bytes_prefixed(&body, 1, &list))
		return 0;
	while (bytes_u16(&list, &version)) {
		version = without_draft(version);
		if (!tls_is_grease(version) && version > highest)
			highest = version;
	}
	return highest;
}

static bool holds_u16(struct bytes list, uint16_t wanted)
{
	uint16_t value;

	while (bytes_u16(&list, &value)) {
		if (value == wanted)
			return true;
	}
	return false;
}

static void client_extension(
	uint16_t type, struct bytes body, struct tls_client_hello *out, struct ja3_client *ja3)
{
	uint16_t version;

	switch (type) {
	case EXT_SERVER_NAME:
		out->server_name = parse_server_name(body);
		break;
	case EXT_SUPPORTED_GROUPS:
		bytes_prefixed(&body, 2, &ja3->groups);
		break;
	case EXT_EC_POINT_FORMATS:
		bytes_prefixed(&body, 1, &ja3->formats);
		break;
	case EXT_SUPPORTED_VERSIONS:
		version = highest_version(body);
		if (version)
			out->offered_version = version;
		break;
	case EXT_EARLY_DATA:
		out->early_data = true;
		break;
	default:
		break;
	}
}

bool tls_client_hello_parse(
	struct bytes body, struct ja3_cache *cache, struct tls_client_hello *out)
{
	struct tls_client_hello hello = { 0 };
	struct ja3_client ja3 = { 0 };
	struct bytes random, session, compression, extensions = { 0 }, extension;
	uint16_t type;

	if (!bytes_u16(&body, &hello.offered_version) || !bytes_take(&body, TLS_RANDOM, &random) ||
		!bytes_prefixed(&body, 1, &session) || !bytes_prefixed(&body, 2, &ja3.ciphers) ||
		!bytes_prefixed(&body, 1, &compression) || ja3.ciphers.n % 2 != 0)
		return false;
	memcpy(hello.random, random.p, TLS_RANDOM);
	hello.fallback_scsv = holds_u16(ja3.ciphers, CIPHER_FALLBACK_SCSV);
	ja3.version = hello.offered_version;
	/* RFC 5246 7.4.1.2: something else may stand there, before extensions were known. */
	bytes_prefixed(&body, 2, &extensions);
	ja3.extensions = extensions;
	while (tls_next_extension(&extensions, &type, &extension))
		client_extension(type, extension, &hello, &ja3);
	ja3_of_client(cache, &ja3, hello.ja3);
	*out = hello;
	return true;
}

bool tls_sslv2_hello_parse(struct bytes message, struct tls_client_hello *out)
{
	struct tls_client_hello hello = { 0 };
	uint16_t cipher_bytes, session_bytes, challenge_bytes, cipher;
	struct bytes ciphers, challenge;
	uint8_t type, kind;

	if (!bytes_u8(&message, &type) || type != SSLV2_CLIENT_HELLO ||
		!bytes_u16(&message, &hello.offered_version) ||
		!bytes_u16(&message, &cipher_bytes) || !bytes_u16(&message, &session_bytes) ||
		!bytes_u16(&message, &challenge_bytes) || cipher_bytes % SSLV2_CIPHER != 0 ||
		challenge_bytes < 1 || challenge_bytes > TLS_RANDOM ||
		!bytes_take(&message, cipher_bytes, &ciphers) ||
		!bytes_skip(&message, session_bytes) ||
		!bytes_take(&message, challenge_bytes, &challenge))
		return false;
	while (bytes_u8(&ciphers, &kind) && bytes_u16(&ciphers, &cipher)) {
		if (kind == 0 && cipher == CIPHER_FALLBACK_SCSV)
			hello.fallback_scsv = true;
	}
	/* RFC 5246 E.2: the challenge is the random's end, zeros stand before it. */
	memcpy(hello.random + TLS_RANDOM - challenge.n, challenge.p, challenge.n);
	*out = hello;
	return true;
}

static void server_extension(uint16_t type, struct bytes body, struct tls_server_hello *out)
{
	uint16_t version;
	uint8_t kind;

	switch (type) {
	case EXT_SUPPORTED_VERSIONS:
		if (bytes_u16(&body, &version))
			out->version = without_draft(version);
		break;
	case EXT_PRE_SHARED_KEY:
		out->pre_shared_key = true;
		break;
	case EXT_ALPN:
		out->next_protocol = parse_alpn(body);
		break;
	case EXT_SERVER_CERTIFICATE_TYPE:
		if (bytes_u8(&body, &kind))
			out->raw_public_key = kind == CERTIFICATE_RAW;
		break;
	default:
		break;
	}
}

/* RFC 8446 4.1.3: the random of every HelloRetryRequest, SHA-256 of that word. */
static const uint8_t retry_random[TLS_RANDOM] = {
	0xcf,
	0x21,
	0xad,
	0x74,
	0xe5,
	0x9a,
	0x61,
	0x11,
	0xbe,
	0x1d,
	0x8c,
	0x02,
	0x1e,
	0x65,
	0xb8,
	0x91,
	0xc2,
	0xa2,
	0x11,
	0x16,
	0x7a,
	0xbb,
	0x8c,
	0x5e,
	0x07,
	0x9e,
	0x09,
	0xe2,
	0xc8,
	0xa8,
	0x33,
	0x9c,
};

/* Up to the extensions. Drafts of TLS 1.3 before the 22nd had neither session nor compression. */
static bool server_hello_head(struct bytes *body, struct tls_server_hello *out)
{
	struct bytes random, session;
	uint8_t compression;

	if (!bytes_u16(body, &out->version) || !bytes_take(body, TLS_RANDOM, &random) ||
		(!is_draft(out->version) &&
			(!bytes_prefixed(body, 1, &session) || session.n > TLS_RANDOM)) ||
		!bytes_u16(body, &out->cipher) ||
		(!is_draft(out->version) && !bytes_u8(body, &compression)))
		return false;
	memcpy(out->random, random.p, TLS_RANDOM);
	return true;
}

bool tls_server_hello_parse(
	struct bytes body, struct ja3_cache *cache, struct tls_server_hello *out)
{
	struct tls_server_hello hello = { 0 };
	struct bytes extensions = { 0 }, extension;
	struct ja3_server ja3;
	uint16_t type;

	if (!server_hello_head(&body, &hello))
		return false;
	hello.retry = memcmp(hello.random, retry_random, TLS_RANDOM) == 0;
	bytes_prefixed(&body, 2, &extensions);
	ja3 = (struct ja3_server){ hello.version, hello.cipher, extensions };
	ja3_of_server(cache, &ja3, hello.ja3s);
	hello.version = without_draft(hello.version);
	while (tls_next_extension(&extensions, &type, &extension))
		server_extension(type, extension, &hello);
	*out = hello;
	return true;
}

bool tls_encrypted_extensions_parse(struct bytes body, struct tls_encrypted_extensions *out)
{
	struct tls_server_hello found = { 0 };
	struct bytes extensions, extension;
	uint16_t type;

	if (!bytes_prefixed(&body, 2, &extensions))
		return false;
	while (tls_next_extension(&extensions, &type, &extension))
		server_extension(type, extension, &found);
	out->next_protocol = found.next_protocol;
	out->raw_public_key = found.raw_public_key;
	return true;
}

uint16_t tls_downgrade_mark(const uint8_t random[TLS_RANDOM])
{
	static const uint8_t mark[] = { 'D', 'O', 'W', 'N', 'G', 'R', 'D' };
	const uint8_t *end = random + TLS_RANDOM - sizeof(mark) - 1;

	if (memcmp(end, mark, sizeof(mark)) != 0 || end[sizeof(mark)] > 1)
		return 0;
	return end[sizeof(mark)] == 1 ? TLS_1_2 : TLS_1_1;
}
