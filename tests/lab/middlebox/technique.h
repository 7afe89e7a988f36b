/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of everything that the middlebox can do. A technique works on the two streams of
 * connections that it answers itself (struct rewrite) or on packets that pass through it (struct
 * interference): one of the two.
 */
#ifndef MIDDLEBOX_TECHNIQUE_H
#define MIDDLEBOX_TECHNIQUE_H

#include <stdbool.h>
#include <stdint.h>

struct rewrite;
struct interference;

/* What the command line says; lives as long as the program. */
struct settings {
	uint16_t port;           /* of the servers whose connections are meant */
	const char *certificate; /* PEM files for TLS of its own; NULL: none */
	const char *key;
	unsigned int percent; /* of packets that meet with an accident */
	unsigned int records; /* of the client's application data that pass before TLS is cut */
	unsigned int hops;    /* farther than the real sender, by the TTL of forged packets */
};

/*
 * Findings that must come, by where the sensor is: on the sender's side of the middlebox or on the
 * receiver's, after one honest delivery over the same path. Ids with commas between them; "-":
 * none. A technique with none on either side is honest: no sensor may raise an alert.
 */
struct technique {
	const char *name;
	const char *sender;
	const char *receiver;
	const char *what;
	const struct rewrite *rewrite;
	const struct interference *interference;
	bool needs_key;
};

/* NULL: no such technique. */
const struct technique *technique_named(const char *name);

/* On standard output, one a line: NAME SENDER RECEIVER alert|silent. */
void technique_list(void);

/* The same for people, with what each does. */
void technique_explain(void);

#endif
