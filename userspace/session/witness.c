// SPDX-License-Identifier: BSD-2-Clause
#include "session/witness.h"

#include <stdlib.h>

#include "base/mem.h"

/* Cleared ranges of one side; a line of a dialogue makes at most two. What is beyond stays masked.
 */
#define RANGES_MAX 1024

/*
 * Packets of a side, from the newest back, among which delivered bytes are looked for: a hole in
 * the stream is mostly filled after fewer. What is not found stays masked.
 */
#define SEARCH_MAX 64

enum { TCP_HEADER = 20, TCP_CHECKSUM_AT = 16 };

struct range {
	uint64_t start, end;
};

/* One kept packet. */
struct kept {
	int64_t time;
	int64_t offset;  /* of its payload in the stream */
	size_t at;       /* of its first byte, in witness.bytes or witness.last_bytes */
	uint32_t length; /* bytes kept */
	uint32_t wire_length;
	uint32_t tcp_at;       /* of its TCP header, in it */
	uint32_t payload_at;   /* at most length */
	uint32_t proven_start; /* payload bytes that are known to be the delivered ones, */
	uint32_t proven_end;   /* from proven_start to before this */
	uint8_t side;
	bool is_last; /* it lies in witness.last_bytes */
};

struct stream {
	struct range *cleared; /* sorted, disjoint */
	size_t cleared_count, cleared_room;
	uint64_t reached; /* end of what was delivered */
	uint32_t base;    /* sequence number of offset 0 */
	bool based;
	bool aligned; /* delivered bytes were found where base says */
};

struct witness {
	size_t max_bytes;
	uint8_t *bytes; /* of the first packets, one behind the other */
	size_t used, room;
	struct kept *first;
	size_t first_count, first_room;
	bool full;                      /* from here on, packets go to the last ones */
	struct kept last[WITNESS_LAST]; /* a ring */
	size_t last_start, last_count;
	uint8_t *last_bytes; /* WITNESS_LAST_BYTES a slot */
	struct stream stream[2];
	uint8_t *masked; /* what witness_next() hands out */
};

struct witness *witness_new(size_t max_bytes)
{
	struct witness *witness = mem_alloc(sizeof(*witness));

	witness->max_bytes = max_bytes;
	return witness;
}

void witness_free(struct witness *witness)
{
	if (!witness)
		return;
	for (int side = CLIENT; side <= SERVER; side++)
		free(witness->stream[side].cleared);
	free(witness->bytes);
	free(witness->first);
	free(witness->last_bytes);
	free(witness->masked);
	free(witness);
}

static size_t packet_count(const struct witness *witness)
{
	return witness->first_count + witness->last_count;
}

/* In the order in which they came. */
static struct kept *packet_at(struct witness *witness, size_t i)
{
	if (i < witness->first_count)
		return &witness->first[i];
	i += witness->last_start - witness->first_count;
	return &witness->last[i % WITNESS_LAST];
}

static struct bytes bytes_kept(const struct witness *witness, const struct kept *packet)
{
	const uint8_t *store = packet->is_last ? witness->last_bytes : witness->bytes;

	return bytes_of(store + packet->at, packet->length);
}

static struct bytes payload_kept(const struct witness *witness, const struct kept *packet)
{
	struct bytes payload = bytes_kept(witness, packet);

	bytes_skip(&payload, packet->payload_at);
	return payload;
}

static void set_base(struct stream *stream, const struct segment *segment)
{
	bool syn = segment->flags & TCP_SYN;

	if (stream->aligned || (stream->based && !syn))
		return;
	stream->base = segment->seq + syn;
	stream->based = true;
}

/* What is to be known of @segment; where its bytes go is not settled here. */
static struct kept describe(
	const struct stream *stream, enum side from, const struct segment *segment)
{
	uint32_t seq = segment->seq + (segment->flags & TCP_SYN ? 1 : 0);
	uint32_t due = stream->base + (uint32_t)stream->reached;
	size_t header = segment->ip.n - segment->payload.n;
	uint32_t missing = segment->payload_length - (uint32_t)segment->payload.n;

	return (struct kept){
		.time = segment->time,
		.offset = (int64_t)stream->reached + (int32_t)(seq - due),
		.wire_length = (uint32_t)segment->ip.n + missing,
		.length = (uint32_t)segment->ip.n,
		.tcp_at = segment->ip_header,
		.payload_at = (uint32_t)header,
		.side = (uint8_t)from,
	};
}

/* Behind the packets that came first. False: the bound is reached. */
static bool add_first(struct witness *witness, struct kept packet, struct bytes ip)
{
	size_t need = witness->used + ip.n + (witness->first_count + 1) * sizeof(packet);

	if (witness->full || need > witness->max_bytes) {
		witness->full = true;
		return false;
	}
	if (witness->used + ip.n > witness->room) {
		witness->room = (witness->used + ip.n) * 2;
		if (witness->room > witness->max_bytes)
			witness->room = witness->max_bytes;
		witness->bytes = mem_realloc(witness->bytes, witness->room);
	}
	packet.at = witness->used;
	memcpy(witness->bytes + packet.at, ip.p, ip.n);
	witness->used += ip.n;
	witness->first = mem_grow(
		witness->first, witness->first_count, &witness->first_room, sizeof(packet));
	witness->first[witness->first_count++] = packet;
	return true;
}

/* In the place of the oldest of the last ones. */
static void add_last(struct witness *witness, struct kept packet, struct bytes ip)
{
	size_t slot = (witness->last_start + witness->last_count) % WITNESS_LAST;

	if (!witness->last_bytes)
		witness->last_bytes = mem_alloc((size_t)WITNESS_LAST * WITNESS_LAST_BYTES);
	if (witness->last_count == WITNESS_LAST)
		witness->last_start = (witness->last_start + 1) % WITNESS_LAST;
	else
		witness->last_count++;
	if (ip.n > WITNESS_LAST_BYTES)
		ip.n = WITNESS_LAST_BYTES;
	packet.at = slot * WITNESS_LAST_BYTES;
	packet.is_last = true;
	packet.length = (uint32_t)ip.n;
	if (packet.payload_at > packet.length)
		packet.payload_at = packet.length;
	memcpy(witness->last_bytes + packet.at, ip.p, ip.n);
	witness->last[slot] = packet;
}

void witness_add(struct witness *witness, enum side from, const struct segment *segment)
{
	struct stream *stream = &witness->stream[from];
	struct kept packet;

	set_base(stream, segment);
	packet = describe(stream, from, segment);
	if (!add_first(witness, packet, segment->ip))
		add_last(witness, packet, segment->ip);
}

/* Remember the bytes of @packet that are those of @data, which starts at @offset. */
static bool prove(
	const struct witness *witness, struct kept *packet, int64_t offset, struct bytes data)
{
	struct bytes payload = payload_kept(witness, packet);
	int64_t start = offset > packet->offset ? offset : packet->offset;
	int64_t end = offset + (int64_t)data.n, own_end = packet->offset + (int64_t)payload.n;
	uint32_t from, to;

	if (end > own_end)
		end = own_end;
	if (start >= end)
		return false;
	from = (uint32_t)(start - packet->offset);
	to = (uint32_t)(end - packet->offset);
	if (memcmp(payload.p + from, data.p + (start - offset), to - from) != 0)
		return false;
	/* Parts that do not touch: the later one counts. */
	if (packet->proven_end < from || packet->proven_start > to ||
		packet->proven_start == packet->proven_end) {
		packet->proven_start = from;
		packet->proven_end = to;
	}
	if (from < packet->proven_start)
		packet->proven_start = from;
	if (to > packet->proven_end)
		packet->proven_end = to;
	return true;
}

static bool prove_newest(struct witness *witness, enum side from, int64_t offset, struct bytes data)
{
	bool found = false;
	int searched = 0;

	for (size_t i = packet_count(witness); i > 0 && searched < SEARCH_MAX; i--) {
		struct kept *packet = packet_at(witness, i - 1);

		if (packet->side != from)
			continue;
		searched++;
		found |= prove(witness, packet, offset, data);
	}
	return found;
}

/*
 * The first bytes that are delivered are not where the guess put them. They are mostly the end of
 * the packet that came last: then that is where it stands, and the others of this side with it.
 */
static void align(struct witness *witness, enum side from, int64_t offset, struct bytes data)
{
	size_t n = packet_count(witness);
	struct bytes payload;
	int64_t shift;

	while (n > 0 && packet_at(witness, n - 1)->side != from)
		n--;
	if (n == 0)
		return;
	payload = payload_kept(witness, packet_at(witness, n - 1));
	if (payload.n < data.n || memcmp(payload.p + payload.n - data.n, data.p, data.n) != 0)
		return;
	shift = offset + (int64_t)data.n - (int64_t)payload.n - packet_at(witness, n - 1)->offset;
	for (size_t i = 0; i < n; i++) {
		struct kept *packet = packet_at(witness, i);

		packet->offset += packet->side == from ? shift : 0;
	}
	witness->stream[from].base -= (uint32_t)shift;
}

void witness_data(struct witness *witness, enum side from, uint64_t offset, struct bytes data)
{
	struct stream *stream = &witness->stream[from];

	if (data.n == 0)
		return;
	stream->reached = offset + data.n;
	if (prove_newest(witness, from, (int64_t)offset, data)) {
		stream->aligned = true;
	} else if (!stream->aligned) {
		align(witness, from, (int64_t)offset, data);
		stream->aligned = prove_newest(witness, from, (int64_t)offset, data);
	}
}

void witness_clear(struct witness *witness, enum side from, uint64_t start, uint64_t end)
{
	struct stream *stream = &witness->stream[from];
	struct range *last = NULL;

	if (start >= end)
		return;
	if (stream->cleared_count)
		last = &stream->cleared[stream->cleared_count - 1];
	if (last && start <= last->end) {
		if (start >= last->start && end > last->end)
			last->end = end;
		return;
	}
	if (stream->cleared_count == RANGES_MAX)
		return;
	stream->cleared = mem_grow(
		stream->cleared, stream->cleared_count, &stream->cleared_room, sizeof(*last));
	stream->cleared[stream->cleared_count++] = (struct range){ start, end };
}

static bool is_cleared(const struct stream *stream, int64_t offset)
{
	size_t low = 0, high = stream->cleared_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct range *range = &stream->cleared[middle];

		if (offset < (int64_t)range->start)
			high = middle;
		else if (offset >= (int64_t)range->end)
			low = middle + 1;
		else
			return true;
	}
	return false;
}

/* Copy the bytes of @packet to @shown, its payload, that @proof has the same, delivered and
 * cleared. */
static void show(const struct witness *witness, const struct kept *packet, const struct kept *proof,
	uint8_t *shown)
{
	struct bytes payload = payload_kept(witness, packet);
	struct bytes good = payload_kept(witness, proof);
	const struct stream *stream = &witness->stream[packet->side];
	int64_t distance = packet->offset - proof->offset;

	for (size_t i = proof->proven_start; i < proof->proven_end; i++) {
		int64_t at = (int64_t)i - distance;

		if (at < 0 || at >= (int64_t)payload.n)
			continue;
		if (payload.p[at] == good.p[i] && is_cleared(stream, packet->offset + at))
			shown[at] = payload.p[at];
	}
}

static bool overlap(const struct witness *witness, const struct kept *a, const struct kept *b)
{
	return a->side == b->side && a->offset < b->offset + (int64_t)payload_kept(witness, b).n &&
	       b->offset < a->offset + (int64_t)payload_kept(witness, a).n;
}

static void mask(struct witness *witness, const struct kept *packet, struct bytes ip)
{
	const uint8_t hidden = 'x';
	uint8_t *shown;

	witness->masked = mem_realloc(witness->masked, ip.n ? ip.n : 1);
	memcpy(witness->masked, ip.p, ip.n);
	shown = witness->masked + packet->payload_at;
	memset(shown, hidden, ip.n - packet->payload_at);
	for (size_t i = 0; i < packet_count(witness); i++) {
		const struct kept *proof = packet_at(witness, i);

		if (overlap(witness, packet, proof))
			show(witness, packet, proof, shown);
	}
	if (memcmp(witness->masked, ip.p, ip.n) != 0 && packet->tcp_at + TCP_HEADER <= ip.n)
		memset(witness->masked + packet->tcp_at + TCP_CHECKSUM_AT, 0, 2);
}

bool witness_next(
	struct witness *witness, size_t *at, struct bytes *ip, uint32_t *wire_length, int64_t *time)
{
	const struct kept *packet;

	if (*at >= packet_count(witness))
		return false;
	packet = packet_at(witness, (*at)++);
	*ip = bytes_kept(witness, packet);
	mask(witness, packet, *ip);
	ip->p = witness->masked;
	*wire_length = packet->wire_length;
	*time = packet->time;
	return true;
}
