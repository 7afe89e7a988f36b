// SPDX-License-Identifier: BSD-2-Clause
#include "wire/fragment.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"
#include "wire/field.h"

/* Linux gives a datagram this long (net.ipv4.ipfrag_time); what a later piece completes is stale.
 */
#define FRAGMENT_TIMEOUT (30 * INT64_C(1000000000))

/* Datagrams at once: so many of 4 KiB fill the default bound. */
#define DATAGRAMS_MAX 1024

/* Pieces of one datagram: a full Ethernet frame in the smallest pieces that there can be has 185.
 */
#define PIECES_MAX 256

/* No datagram is longer, its IPv4 header or IPv6 extension headers included. */
#define DATAGRAM_MAX 65535

#define IPV6_HEADER 40

enum { IP_PROTOCOL_TCP = 6, TCP_HEADER = 20 };

/* Bytes of the datagram that came in one fragment; pieces of a datagram are sorted and disjoint. */
struct piece {
	struct piece *next;
	uint32_t start, end;
	uint8_t bytes[];
};

/* What fragments of one datagram have in common. Compared as bytes: no padding. */
struct key {
	uint8_t from[16], to[16];
	uint32_t id;
	uint8_t version;
	uint8_t protocol; /* IPv4 only, RFC 791 3.2 against RFC 8200 4.5 */
	uint8_t zero[2];
};

struct partial {
	struct fragments *owner;
	struct piece *pieces;
	uint8_t *header; /* of the first fragment; NULL: not here yet */
	size_t header_length, protocol_at;
	int64_t first;  /* time of the fragment that came first */
	size_t held;    /* bytes */
	uint32_t total; /* length of what was fragmented; 0: not known yet */
	uint32_t have;  /* bytes of that in pieces */
	uint16_t piece_count;
	uint8_t protocol;
	bool condemned; /* copies differed: nothing of it is taken any more */
	bool whole;
	bool altered;
};

struct fragments {
	struct table *partials;
	size_t max_bytes, held;
	uint64_t lost;
	uint8_t *whole; /* the datagram that was handed out last */
};

static void take_held(struct partial *partial, size_t n)
{
	partial->held += n;
	partial->owner->held += n;
}

/* Forget the bytes of a datagram. */
static void release(struct partial *partial)
{
	struct piece *piece = partial->pieces, *next;

	for (; piece; piece = next) {
		next = piece->next;
		free(piece);
	}
	free(partial->header);
	partial->owner->held -= partial->held;
	partial->pieces = NULL;
	partial->header = NULL;
	partial->held = 0;
}

static void drop(void *value)
{
	struct partial *partial = value;

	if (!partial->whole && !partial->condemned)
		partial->owner->lost++;
	release(partial);
}

/* Nothing of this datagram can be believed, also not what still comes (RFC 5722 4). */
static enum fragment_state condemn(struct partial *partial)
{
	if (!partial->condemned)
		partial->owner->lost++;
	partial->condemned = true;
	release(partial);
	return FRAGMENT_BAD;
}

struct fragments *fragments_new(size_t max_bytes)
{
	struct fragments *fragments = mem_alloc(sizeof(*fragments));

	fragments->max_bytes = max_bytes;
	fragments->partials = table_new(DATAGRAMS_MAX, sizeof(struct partial), drop);
	return fragments;
}

void fragments_free(struct fragments *fragments)
{
	if (!fragments)
		return;
	table_free(fragments->partials);
	free(fragments->whole);
	free(fragments);
}

static bool is_stale(const struct partial *partial, int64_t now)
{
	return now - partial->first > FRAGMENT_TIMEOUT;
}

/* Drop the datagram that was touched longest ago. False if it is @keep, or there is none. */
static bool drop_oldest(struct fragments *fragments, const struct partial *keep)
{
	struct bytes key;
	struct partial *oldest = table_next(fragments->partials, NULL, &key);

	return oldest && oldest != keep && table_remove(fragments->partials, key);
}

static void expire(struct fragments *fragments, int64_t now)
{
	const struct partial *oldest = table_next(fragments->partials, NULL, NULL);

	while (oldest && is_stale(oldest, now)) {
		drop_oldest(fragments, NULL);
		oldest = table_next(fragments->partials, NULL, NULL);
	}
}

/* Make room for @n bytes of @partial at the cost of older datagrams. */
static bool make_room(struct partial *partial, size_t n)
{
	struct fragments *fragments = partial->owner;

	while (fragments->held + n > fragments->max_bytes) {
		if (!drop_oldest(fragments, partial))
			return false;
	}
	return true;
}

static struct key key_of(const struct fragment *fragment)
{
	struct bytes header = fragment->header, from, to;
	struct key key = { .id = fragment->id, .version = field_u8(header, 0) >> 4 };
	size_t length = key.version == 4 ? 4 : 16;

	if (key.version == 4)
		key.protocol = fragment->protocol;
	bytes_skip(&header, key.version == 4 ? 12 : 8);
	if (bytes_take(&header, length, &from) && bytes_take(&header, length, &to)) {
		memcpy(key.from, from.p, length);
		memcpy(key.to, to.p, length);
	}
	return key;
}

/* The entry of @fragment's datagram, made if need be; a stale one starts anew. */
static struct partial *partial_of(struct fragments *fragments, const struct fragment *fragment)
{
	struct key key = key_of(fragment);
	struct bytes name = bytes_of(&key, sizeof(key));
	struct partial *partial = table_get(fragments->partials, name);

	if (partial && is_stale(partial, fragment->time)) {
		table_remove(fragments->partials, name);
		partial = NULL;
	}
	if (!partial) {
		partial = table_put(fragments->partials, name, NULL);
		partial->owner = fragments;
		partial->first = fragment->time;
	}
	return partial;
}

/*
 * Could an honest sender have made this fragment? Not without bytes, not with a number of them that
 * leaves the next offset between two units, not beyond the longest datagram. Under IPv6 the first
 * one must hold the headers up to the transport's (RFC 8200 4.5); IPv4 has no such rule, and hosts
 * do put together what a tiny first fragment was meant to hide.
 */
static bool is_plausible(const struct fragment *fragment)
{
	bool ipv6 = field_u8(fragment->header, 0) >> 4 == 6;
	size_t counted = ipv6 ? fragment->header.n - IPV6_HEADER : fragment->header.n;

	if (fragment->data.n == 0 || (fragment->more && fragment->data.n % 8 != 0))
		return false;
	if (counted + fragment->offset + fragment->data.n > DATAGRAM_MAX)
		return false;
	return !(ipv6 && fragment->offset == 0 && fragment->protocol == IP_PROTOCOL_TCP &&
		 fragment->data.n < TCP_HEADER);
}

static bool add_piece(struct partial *partial, struct piece **at, uint32_t start, struct bytes data)
{
	struct piece *piece;
	size_t size = sizeof(*piece) + data.n;

	if (partial->piece_count == PIECES_MAX || !make_room(partial, size))
		return false;
	piece = mem_alloc(size);
	piece->next = *at;
	piece->start = start;
	piece->end = start + (uint32_t)data.n;
	memcpy(piece->bytes, data.p, data.n);
	*at = piece;
	partial->piece_count++;
	partial->have += (uint32_t)data.n;
	take_held(partial, size);
	return true;
}

/* Take what is new of @data. False if a byte differs from an earlier copy, or a bound is reached.
 */
static bool insert(struct partial *partial, uint32_t start, struct bytes data)
{
	struct piece **at = &partial->pieces;

	while (data.n) {
		struct bytes part = data;
		bool known;

		while (*at && (*at)->end <= start)
			at = &(*at)->next;
		known = *at && (*at)->start <= start;
		if (*at && part.n > (known ? (*at)->end : (*at)->start) - start)
			part.n = (known ? (*at)->end : (*at)->start) - start;
		if (known && memcmp((*at)->bytes + (start - (*at)->start), part.p, part.n) != 0)
			return false;
		if (!known && !add_piece(partial, at, start, part))
			return false;
		bytes_skip(&data, part.n);
		start += (uint32_t)part.n;
	}
	return true;
}

static uint32_t end_of_pieces(const struct partial *partial)
{
	const struct piece *piece = partial->pieces;

	while (piece && piece->next)
		piece = piece->next;
	return piece ? piece->end : 0;
}

/* The last fragment tells the length, once and for all. */
static bool settle_total(struct partial *partial, const struct fragment *fragment)
{
	uint32_t end = fragment->offset + (uint32_t)fragment->data.n;

	if (fragment->more)
		return partial->total == 0 || end <= partial->total;
	if (partial->total != 0 && partial->total != end)
		return false;
	partial->total = end;
	return end_of_pieces(partial) <= end;
}

/* The first fragment's header will be the datagram's. */
static bool keep_header(struct partial *partial, const struct fragment *fragment)
{
	if (fragment->offset != 0 || partial->header)
		return true;
	if (!make_room(partial, fragment->header.n))
		return false;
	partial->header = mem_alloc(fragment->header.n);
	memcpy(partial->header, fragment->header.p, fragment->header.n);
	partial->header_length = fragment->header.n;
	partial->protocol_at = fragment->protocol_at;
	partial->protocol = fragment->protocol;
	take_held(partial, fragment->header.n);
	return true;
}

static void put_u16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* RFC 1071, over the IPv4 header of @n bytes, whose checksum field is zero. */
static uint16_t header_checksum(const uint8_t *header, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)(header[i] << 8 | header[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return (uint16_t)~sum;
}

/* Undo in @header, which is the first fragment's, what fragmentation did to it. */
static void mend_header(const struct partial *partial, uint8_t *header)
{
	if (header[0] >> 4 == 4) {
		put_u16(header + 2, partial->header_length + partial->total);
		put_u16(header + 6, 0);
		put_u16(header + 10, 0);
		put_u16(header + 10, header_checksum(header, partial->header_length));
	} else {
		put_u16(header + 4, partial->header_length - IPV6_HEADER + partial->total);
		header[partial->protocol_at] = partial->protocol;
	}
}

static void assemble(struct partial *partial, struct datagram *out)
{
	size_t n = partial->header_length + partial->total;
	uint8_t *whole = mem_alloc(n);

	memcpy(whole, partial->header, partial->header_length);
	mend_header(partial, whole);
	for (const struct piece *piece = partial->pieces; piece; piece = piece->next)
		memcpy(whole + partial->header_length + piece->start, piece->bytes,
			piece->end - piece->start);
	free(partial->owner->whole);
	partial->owner->whole = whole;
	*out = (struct datagram){
		.whole = bytes_of(whole, n),
		.header = partial->header_length,
		.protocol_at = partial->protocol_at,
		.protocol = partial->protocol,
		.altered = partial->altered,
	};
}

enum fragment_state fragments_add(
	struct fragments *fragments, const struct fragment *fragment, struct datagram *out)
{
	struct partial *partial;
	struct key key;

	expire(fragments, fragment->time);
	if (!is_plausible(fragment))
		return FRAGMENT_BAD;
	key = key_of(fragment);
	partial = partial_of(fragments, fragment);
	partial->altered |= fragment->altered;
	if (partial->condemned || !settle_total(partial, fragment) ||
		!keep_header(partial, fragment) ||
		!insert(partial, fragment->offset, fragment->data))
		return condemn(partial);
	if (!partial->header || partial->total == 0 || partial->have != partial->total)
		return FRAGMENT_WAITS;
	/* The first header and a later one may disagree on how much stands before. */
	if (partial->header_length + partial->total > DATAGRAM_MAX)
		return condemn(partial);
	assemble(partial, out);
	partial->whole = true;
	table_remove(fragments->partials, bytes_of(&key, sizeof(key)));
	return FRAGMENT_WHOLE;
}

uint64_t fragments_lost(const struct fragments *fragments)
{
	return fragments->lost;
}

size_t fragments_held(const struct fragments *fragments)
{
	return fragments->held;
}
