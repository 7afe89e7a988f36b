/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dialogue file, carried out line by line. The language is described in tools/mkpcap.md. The
 * first mistake ends the run, with file and line.
 */
#ifndef TOOLS_DLG_SCRIPT_H
#define TOOLS_DLG_SCRIPT_H

#include "talk.h"
#include "tlspair.h"
#include "words.h"

struct script {
	const char *name; /* of the file, for errors */
	unsigned int line;
	const char *keys; /* folder of certificates */
	bool ipv6;        /* IPv4 addresses are mapped to IPv6 ones */
	struct frame_style style;
	struct trace_format format;
	struct trace trace;
	struct text keylog_name; /* file to write the key log to; empty: none */
	struct talk talk;
	bool in_session;
	enum side closer;        /* who closes first at the end of the session */
	unsigned int sessions;   /* begun so far */
	unsigned int handshakes; /* of this session */
	unsigned int lookups;    /* in the DNS, so far */
	struct tls_pair *tls;
	struct text error;
};

/* Carry out the whole file @text. False: script->error says what is wrong. */
bool script_run(struct script *script, struct bytes text);
void script_free(struct script *script);

/* For the directives: note a mistake; always false. */
bool script_fail(struct script *script, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A directive "name: words": false after a mistake. Words left unused are one, too. */
bool directive_run(struct script *script, const char *name, struct words *words);

/* The `session` line. */
bool session_begin(struct script *script, struct words *words);
void session_end(struct script *script);

/*
 * ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; without a port @out keeps the one it has. Mapped where
 * the script is for IPv6. False: @word is no such thing.
 */
bool session_endpoint(const struct script *script, const char *word, struct endpoint *out);

/* Before the first session the clock stands still; from now on it goes, from that session's time. */
void session_start_clock(struct script *script);

/* The `dns:` line. */
bool lookup_run(struct script *script, struct words *words);

/* The `tls:` line, and bytes said inside TLS. */
bool handshake_run(struct script *script, struct words *words);
bool handshake_say(struct script *script, enum side from, struct bytes clear);
bool handshake_shut(struct script *script, enum side from);

/* "C" or "S". */
bool parse_side(const char *word, enum side *out);

/* "good", "bad" or "unfilled". */
bool parse_checksum(const char *word, enum frame_checksum *out);

/* "200ms", "2s", "5m", "1h" in ns. */
bool parse_duration(const char *word, int64_t *out);

/* A decimal number, perhaps signed. */
bool parse_number(const char *word, int64_t min, int64_t max, int64_t *out);

#endif
