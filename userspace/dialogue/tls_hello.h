/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the hellos say (RFC 8446 4.1, 4.2; RFC 5246 7.4.1, E.2): parsed as a whole, without state.
 * Views point into the message.
 */
#ifndef DIALOGUE_TLS_HELLO_H
#define DIALOGUE_TLS_HELLO_H

#include "dialogue/ja3.h"

#define TLS_RANDOM 32

#define TLS_1_0 0x0301
#define TLS_1_1 0x0302
#define TLS_1_2 0x0303
#define TLS_1_3 0x0304

struct tls_client_hello {
	uint16_t offered_version; /* the highest, GREASE and drafts apart */
	uint8_t random[TLS_RANDOM];
	struct bytes server_name; /* host_name of SNI (RFC 6066 3), as sent; n == 0: none */
	bool fallback_scsv;       /* TLS_FALLBACK_SCSV (RFC 7507) */
	bool early_data;          /* records of 0-RTT data may follow (RFC 8446 4.2.10) */
	uint8_t ja3[JA3_DIGEST];          /* all zero for a hello of SSLv2, which JA3 doesn't know */
};

/*
 * False for what is no ClientHello; what follows the compression methods is read with leniency.
 * @cache may be NULL.
 */
bool tls_client_hello_parse(
	struct bytes body, struct ja3_cache *cache, struct tls_client_hello *out);

/* The same for one in the manner of SSLv2, from its message type on. */
bool tls_sslv2_hello_parse(struct bytes message, struct tls_client_hello *out);

struct tls_server_hello {
	uint16_t version; /* that was chosen */
	uint16_t cipher;
	uint8_t random[TLS_RANDOM];
	struct bytes next_protocol; /* ALPN (RFC 7301), in clear up to TLS 1.2; n == 0: none */
	bool retry;                 /* it is a HelloRetryRequest */
	bool pre_shared_key;        /* TLS 1.3: resumed, or a key agreed beforehand */
	bool raw_public_key;        /* RFC 7250: no certificate will come, but a key */
	uint8_t ja3s[JA3_DIGEST];
};

bool tls_server_hello_parse(
	struct bytes body, struct ja3_cache *cache, struct tls_server_hello *out);

/* The next extension off @list; false at its end, and at one that doesn't fit. */
bool tls_next_extension(struct bytes *list, uint16_t *type, struct bytes *body);

/* RFC 8701: 0x0a0a, 0x1a1a and so on, which mean nothing. */
static inline bool tls_is_grease(uint16_t value)
{
	return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* What a TLS 1.3 server says under encryption. */
struct tls_encrypted_extensions {
	struct bytes next_protocol;
	bool raw_public_key;
};

bool tls_encrypted_extensions_parse(struct bytes body, struct tls_encrypted_extensions *out);

/* RFC 8446 4.1.3, the end of ServerHello.random: the highest version the mark allows, 0: no mark.
 */
uint16_t tls_downgrade_mark(const uint8_t random[TLS_RANDOM]);

#endif
