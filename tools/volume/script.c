// SPDX-License-Identifier: BSD-2-Clause
#include "script.h"

#include <stdlib.h>

#include "base/mem.h"

/* Record header, handshake header, version: then comes the random (RFC 5246 7.4.1.2). */
#define HELLO_RANDOM_AT (5 + 4 + 2)

void script_free(struct script *script)
{
	free(script->steps);
	text_free(&script->payload);
	*script = (struct script){ 0 };
}

/* Sum of 16-bit words in network order; an odd last byte is the high half of one. */
static uint32_t sum_of(struct bytes b)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < b.n; i++)
		sum += i % 2 ? b.p[i] : (uint32_t)b.p[i] << 8;
	return sum;
}

static struct step *add_step(
	struct script *script, enum side side, uint8_t flags, struct bytes payload)
{
	enum side other = side_other(side);
	struct step *step;

	script->steps = mem_grow(script->steps, script->n, &script->room, sizeof(*script->steps));
	step = &script->steps[script->n++];
	*step = (struct step){
		.offset = (uint32_t)script->payload.n,
		.seq = script->sent[side],
		.ack = script->sent[other],
		.sum = sum_of(payload),
		.length = (uint16_t)payload.n,
		.side = (uint8_t)side,
		.flags = flags,
	};
	text_add(&script->payload, payload);
	script->sent[side] += (uint32_t)payload.n + (flags & (STEP_SYN | STEP_FIN) ? 1 : 0);
	return step;
}

static void acknowledge(struct script *script, enum side side)
{
	add_step(script, side, STEP_ACK, bytes_of(NULL, 0));
}

void script_connect(struct script *script, uint16_t port)
{
	script->port = port;
	add_step(script, CLIENT, STEP_SYN, bytes_of(NULL, 0));
	add_step(script, SERVER, STEP_SYN | STEP_ACK, bytes_of(NULL, 0));
	acknowledge(script, CLIENT);
}

void script_disconnect(struct script *script)
{
	add_step(script, CLIENT, STEP_FIN | STEP_ACK, bytes_of(NULL, 0));
	add_step(script, SERVER, STEP_FIN | STEP_ACK, bytes_of(NULL, 0));
	acknowledge(script, CLIENT);
}

static void find_number(struct step *step, struct bytes segment)
{
	const uint8_t *at = memmem(segment.p, segment.n, SCRIPT_NUMBER, SCRIPT_NUMBER_DIGITS);

	if (!at)
		return;
	step->patch = PATCH_NUMBER;
	step->patch_at = (uint16_t)(at - segment.p);
}

void script_say(struct script *script, enum side side, struct bytes bytes)
{
	for (size_t i = 1; bytes.n; i++) {
		size_t n = bytes.n < SCRIPT_MSS ? bytes.n : SCRIPT_MSS;
		bool last = n == bytes.n;
		struct bytes segment;

		bytes_take(&bytes, n, &segment);
		find_number(add_step(script, side, last ? STEP_PSH | STEP_ACK : STEP_ACK, segment),
			segment);
		if (i % 2 == 0 && !last)
			acknowledge(script, side_other(side));
	}
}

void script_say_text(struct script *script, enum side side, const char *s)
{
	script_say(script, side, bytes_str(s));
}

void script_say_hello(struct script *script, enum side side, struct bytes bytes)
{
	size_t first = script->n;

	script_say(script, side, bytes);
	script->steps[first].patch = PATCH_RANDOM;
	script->steps[first].patch_at = HELLO_RANDOM_AT;
}
