// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/interfere.h"

#include "base/text.h"

/* What flow->stage counts. */
enum stage {
	STAGE_BEFORE,
	STAGE_DECISIVE, /* the client has said what is waited for */
	STAGE_DONE,
};

static bool is_starttls(struct bytes payload)
{
	return text_starts(payload, "STARTTLS");
}

/* A handshake record (RFC 8446 5.1). */
static bool is_hello(struct bytes payload)
{
	return bytes_starts(payload, "\x16\x03");
}

/* Honest, or merely clumsy */

static void forward(struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	(void)from;
	wire_pass(wire, datagram);
}

/* What belongs to the end of a segment goes with its last byte. */
static void bytewise(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	const uint8_t at_end = DATAGRAM_FIN | DATAGRAM_PSH;
	struct bytes rest = datagram_payload(datagram), byte;
	uint32_t seq = datagram_seq(datagram);
	uint8_t flags = datagram_flags(datagram);
	struct datagram part;

	(void)flow;
	(void)from;
	datagram_copy(&part, datagram);
	datagram_set_flags(&part, flags & (uint8_t)~at_end);
	while (rest.n > 1 && bytes_take(&rest, 1, &byte)) {
		datagram_set_payload(&part, byte);
		datagram_set_seq(&part, seq++);
		wire_pass(wire, &part);
	}
	datagram_set_payload(&part, rest);
	datagram_set_seq(&part, seq);
	datagram_set_flags(&part, flags);
	wire_pass(wire, &part);
}

static void lose(struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	(void)from;
	if (!wire_accident(wire))
		wire_pass(wire, datagram);
}

static void reorder(struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	(void)from;
	if (!wire->held.n && wire_accident(wire)) {
		datagram_copy(&wire->held, datagram);
		return;
	}
	wire_pass(wire, datagram);
	if (wire->held.n)
		wire_pass(wire, &wire->held);
	wire->held.n = 0;
}

/* As a bad path has it: some lost, others overtaken. */
static void disturb(struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	if (!wire_accident(wire))
		reorder(wire, flow, from, datagram);
}

static void repeat(struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	(void)from;
	wire_pass(wire, datagram);
	if (wire_accident(wire))
		wire_pass(wire, datagram);
}

/* Resets */

static void send_reset(struct wire *wire, const struct datagram *answered)
{
	struct datagram forged;

	datagram_forge_reset(&forged, answered);
	datagram_add_hops(&forged, -(int)wire->settings->hops);
	wire_pass(wire, &forged);
}

/*
 * The client is cut off at once. The server is when it has answered, so that what it says after its
 * supposed reset can be seen.
 */
static void reset_at(struct wire *wire, struct flow *flow, enum side from,
	struct datagram *datagram, bool (*is_decisive)(struct bytes payload))
{
	struct bytes payload = datagram_payload(datagram);

	/* At a bare acknowledgement the client's system would reset the server first, and truly. */
	if (from == SERVER && flow->stage == STAGE_DECISIVE && !payload.n)
		return;
	wire_pass(wire, datagram);
	if (from == CLIENT && flow->stage == STAGE_BEFORE && is_decisive(payload)) {
		flow->stage = STAGE_DECISIVE;
		send_reset(wire, datagram);
	} else if (from == SERVER && flow->stage == STAGE_DECISIVE && payload.n) {
		flow->stage = STAGE_DONE;
		send_reset(wire, datagram);
	}
}

static void reset_starttls(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	reset_at(wire, flow, from, datagram, is_starttls);
}

static void reset_hello(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	reset_at(wire, flow, from, datagram, is_hello);
}

/* Bytes changed in their packet */

static void overwrite_command(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	if (from == CLIENT && is_starttls(datagram_payload(datagram)))
		datagram_replace(datagram, "STARTTLS", "XXXXXXXX");
	wire_pass(wire, datagram);
}

static bool mask_offer(struct datagram *datagram)
{
	return datagram_replace(datagram, "250-STARTTLS\r\n", "250-XXXXXXXA\r\n") ||
	       datagram_replace(datagram, "250 STARTTLS\r\n", "250 XXXXXXXA\r\n");
}

static void overwrite_offer(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	if (from == SERVER)
		(void)mask_offer(datagram);
	wire_pass(wire, datagram);
}

/* A refusal as long as the reply in whose place it comes. */
static void refuse(struct datagram *datagram)
{
	static const char refusal[] = "454 4.7.0 TLS not available";
	size_t length = datagram_payload(datagram).n;
	struct text made = { 0 };

	while (made.n + 2 < length)
		text_putc(&made, made.n < sizeof(refusal) - 1 ? refusal[made.n] : '.');
	text_puts(&made, "\r\n");
	datagram_set_payload(datagram, bytes_of(made.s, made.n));
	text_free(&made);
}

static void overwrite_reply(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	struct bytes payload = datagram_payload(datagram);

	if (from == CLIENT && is_starttls(payload))
		flow->stage = STAGE_DECISIVE;
	if (from == SERVER && flow->stage == STAGE_DECISIVE && bytes_starts(payload, "220 ")) {
		refuse(datagram);
		datagram_add_hops(datagram, -(int)wire->settings->hops);
	}
	wire_pass(wire, datagram);
}

/* The receiver keeps what came first; the real bytes look like a retransmission with other content.
 */
static void overlap(struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	struct datagram forged;

	(void)flow;
	if (from == SERVER) {
		datagram_copy(&forged, datagram);
		datagram_add_hops(&forged, -(int)wire->settings->hops);
		if (mask_offer(&forged))
			wire_pass(wire, &forged);
	}
	wire_pass(wire, datagram);
}

static void drop_hello(
	struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram)
{
	(void)flow;
	if (from == SERVER || !is_hello(datagram_payload(datagram)))
		wire_pass(wire, datagram);
}

const struct interference interfere_forward = { forward };
const struct interference interfere_bytewise = { bytewise };
const struct interference interfere_lose = { lose };
const struct interference interfere_reorder = { reorder };
const struct interference interfere_disturb = { disturb };
const struct interference interfere_repeat = { repeat };
const struct interference interfere_reset_starttls = { reset_starttls };
const struct interference interfere_reset_hello = { reset_hello };
const struct interference interfere_overwrite_command = { overwrite_command };
const struct interference interfere_overwrite_offer = { overwrite_offer };
const struct interference interfere_overwrite_reply = { overwrite_reply };
const struct interference interfere_overlap = { overlap };
const struct interference interfere_drop_hello = { drop_hello };
