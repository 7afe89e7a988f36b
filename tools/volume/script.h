/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets of one TCP connection, laid down once and played many times: by connections that
 * differ in addresses, sequence numbers and a few bytes.
 */
#ifndef TOOLS_VOLUME_SCRIPT_H
#define TOOLS_VOLUME_SCRIPT_H

#include "base/bytes.h"
#include "base/side.h"
#include "base/text.h"

/* Payload of a full segment. */
#define SCRIPT_MSS 1460

/* Where a text holds this, each connection writes its number, so that no two say the same. */
#define SCRIPT_NUMBER        "##########"
#define SCRIPT_NUMBER_DIGITS 10

/* Bytes of a hello's random that each connection draws for itself. */
#define SCRIPT_RANDOM_BYTES 32

enum script_patch { PATCH_NONE, PATCH_NUMBER, PATCH_RANDOM };

struct step {
	uint32_t offset;   /* of its payload in script->payload */
	uint32_t seq, ack; /* from the initial sequence number of either side */
	uint32_t sum;      /* of the payload's 16-bit words, for the checksum */
	uint16_t length;
	uint16_t patch_at; /* in the payload */
	uint8_t patch;     /* enum script_patch */
	uint8_t side;      /* enum side */
	uint8_t flags;     /* of TCP */
};

struct script {
	struct step *steps;
	size_t n, room;
	struct text payload;
	uint32_t sent[2];   /* by either side so far, SYN and FIN included */
	uint16_t port;      /* of the server */
	bool stripped;      /* a STARTTLS stripping is to be found */
	size_t certificate; /* the step that completes the certificate; 0: none in clear */
	size_t hold;        /* where a connection that is to stay open rests; 0: nowhere */
};

enum { STEP_FIN = 1, STEP_SYN = 2, STEP_PSH = 8, STEP_ACK = 16 };

void script_free(struct script *script);

/* SYN, SYN-ACK, ACK; and FIN of the client, FIN of the server, ACK. */
void script_connect(struct script *script, uint16_t port);
void script_disconnect(struct script *script);

/*
 * @side says @bytes, in segments; the other side acknowledges every second one of a long flight.
 * The first SCRIPT_NUMBER of a segment is filled in when it is played.
 */
void script_say(struct script *script, enum side side, struct bytes bytes);
void script_say_text(struct script *script, enum side side, const char *s);

/* The same; the random of the hello that @bytes starts with is drawn when it is played. */
void script_say_hello(struct script *script, enum side side, struct bytes bytes);

#endif
