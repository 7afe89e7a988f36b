/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A TLS connection seen from outside, SSL 3.0 to TLS 1.3 (RFC 8446, 5246): records to messages to
 * facts. Certificates are read where they pass in clear (up to TLS 1.2), or with a key log. After the
 * handshake nothing is looked at but record headers.
 */
#ifndef DIALOGUE_TLS_H
#define DIALOGUE_TLS_H

#include "dialogue/cert.h"
#include "dialogue/ja3.h"
#include "dialogue/observation.h"

#define TLS_UNSEEN_LIST(X)                                                                \
	X(UNSEEN_NOT, "", "it was seen")                                                  \
	X(UNSEEN_NO_TLS, "no-tls", "there was no TLS")                                    \
	X(UNSEEN_TLS13, "tls13", "encrypted, as TLS 1.3 does")                            \
	X(UNSEEN_RESUMED, "resumed", "a resumed session shows none")                      \
	X(UNSEEN_ANONYMOUS, "anonymous", "an anonymous cipher suite has none")            \
	X(UNSEEN_ONE_SIDED, "one-sided", "the server's direction was not captured")       \
	X(UNSEEN_GAP, "gap", "bytes are missing")                                         \
	X(UNSEEN_ABORTED, "aborted", "the handshake ended before it")

enum tls_unseen {
#define X(name, text, comment) name,
	TLS_UNSEEN_LIST(X)
#undef X
};

const char *tls_unseen_name(enum tls_unseen unseen);

struct tls_alert {
	uint8_t from;   /* enum side */
	uint8_t level;  /* 1 warning, 2 fatal */
	uint8_t code;
};

#define TLS_ALERTS_MAX 4

struct tls_facts {
	struct cert_chain *chain;   /* a reference; NULL: not seen */
	char *server_name;          /* SNI, a lower-case A-label; NULL: none */
	char *next_protocol;        /* ALPN that the server chose, in clear */
	uint8_t ja3[16];            /* MD5; all zero without a ClientHello, and for one of SSLv2 */
	uint8_t ja3s[16];           /* MD5; valid if server_hello */
	struct tls_alert alerts[TLS_ALERTS_MAX];
	uint8_t alert_count;
	uint16_t version;           /* that was chosen: 0x0301…0x0304; 0x0300 SSL 3; 0: not known */
	uint16_t offered_version;   /* the client's highest */
	uint16_t cipher;            /* that was chosen, IANA number; valid if server_hello */
	uint8_t unseen;             /* enum tls_unseen: why chain is NULL */
	uint8_t cert_status;        /* enum cert_status: a stapled OCSP answer in clear, or with keys */
	bool client_hello, server_hello;
	bool hello_retry;
	bool resumed;
	bool established;           /* both sides finished; 1.3: application data records both ways */
	bool from_keylog;           /* the chain was decrypted */
	bool failed;                /* a fatal alert, or broken before it was established */
};

struct tls;
struct tls_keylog;

struct tls_params {
	struct cert_cache *certs;          /* lives longer than every tls */
	const struct tls_keylog *keylog;   /* the same; may be NULL */
	struct ja3_cache *ja3;             /* the same; NULL: each is computed anew */
};

/* TLS_TEXT: SMTP text stands where a record is due, at the front of what is left of *@data. */
enum tls_status { TLS_MORE, TLS_TEXT };

struct tls *tls_new(const struct tls_params *params, struct observations *observations);
void tls_free(struct tls *tls);

/* tls_feed() will be called soon: ask for the memory it needs. */
void tls_ahead(const struct tls *tls);

/*
 * True if @first can be the start of TLS records of @from, or of a hello of SSLv2. A single byte
 * tells them from SMTP; 5 bytes leave no doubt.
 */
bool tls_recognise(enum side from, struct bytes first);

/*
 * Take in-order bytes of one side off *@data. The work after the handshake is one step a record.
 *
 * Text where a server's record is due is OBS_TLS_REPLACED_BY_TEXT before the handshake is over, if
 * the client spoke TLS, and OBS_TEXT_INSIDE_TLS of either side after it; neither once the client has
 * ended. A client that begins in clear, or goes on so before that, is not judged here. A side that
 * turned to text is not read again.
 */
enum tls_status tls_feed(struct tls *tls, enum side from, struct bytes *data, int64_t time);

/*
 * After TLS_TEXT: the bytes of the text, at most 4, that came too early to be told from a record and
 * were taken then. They stand before what is left of *@data. Mostly empty.
 */
struct bytes tls_held(const struct tls *tls, enum side from);

/*
 * @length bytes of one side are missing. Inside one record they cost nothing but its content; over
 * the boundary of records nothing more is concluded from this side but that data flows.
 */
void tls_gap(struct tls *tls, enum side from, uint64_t length);

/*
 * @length bytes of one side were left out on purpose, now that TLS is up: nothing is missed by it but
 * record boundaries. From here on a piece that is nothing but lines of SMTP counts as text where a
 * record is due.
 */
void tls_skip(struct tls *tls, enum side from, uint64_t length);

/*
 * No more from this side: its FIN or RST was seen. A handshake that can't be completed any more has
 * failed then, if both sides were heard.
 */
void tls_end(struct tls *tls, enum side from);

/* The handshake is over (or given up): nobody need keep this stream's bytes any more. */
bool tls_is_quiet(const struct tls *tls);

const struct tls_facts *tls_get_facts(const struct tls *tls);

/* Hand the facts over; tls_facts_free() releases what they hold. unseen is settled here. */
void tls_take_facts(struct tls *tls, struct tls_facts *out);
void tls_facts_free(struct tls_facts *facts);

/* "1.3" and so on; NULL where the version is not known. */
const char *tls_version_name(uint16_t version);

/* IANA name (TLS_AES_128_GCM_SHA256); NULL where it is not in the table. */
const char *tls_cipher_name(uint16_t cipher);

/* RFC 8446 name of an alert (handshake_failure), or "alert_NNN" written to @room. */
const char *tls_alert_name(uint8_t code, char room[16]);

/* A key log (SSLKEYLOGFILE, RFC 9850). */

/*
 * Read key log text: may be called for several files. Lines that are not understood are skipped and
 * counted in *@bad. At most 1,000,000 secrets are kept.
 */
struct tls_keylog *tls_keylog_new(void);
void tls_keylog_add(struct tls_keylog *keylog, struct bytes text, size_t *bad);
size_t tls_keylog_count(const struct tls_keylog *keylog);
void tls_keylog_free(struct tls_keylog *keylog);

#endif
