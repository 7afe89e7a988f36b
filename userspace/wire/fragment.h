/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fragments of IPv4 and IPv6 datagrams, kept until their datagram is whole (RFC 791 3.2, RFC 8200
 * 4.5). Bounded in bytes, in datagrams and in packet time; the datagram that was touched longest
 * ago makes room. The rules are those of a careful receiver: copies that agree are taken, copies
 * that differ condemn the datagram and all that still comes of it (RFC 5722), because nobody can
 * tell which of them the host behind the tap believed.
 */
#ifndef WIRE_FRAGMENT_H
#define WIRE_FRAGMENT_H

#include "base/bytes.h"

struct fragment {
	struct bytes header; /* IP header with all that stands before the fragmented part, without
				the IPv6 fragment header */
	size_t protocol_at;  /* place in header of the byte that names the protocol behind it */
	uint8_t protocol;    /* that belongs there */
	uint32_t id;
	uint32_t offset;   /* bytes */
	bool more;         /* not the last one */
	struct bytes data; /* whole: never cut by the capture */
	int64_t time;      /* ns */
	bool altered;      /* as of struct packet */
};

enum fragment_state {
	FRAGMENT_WAITS, /* kept */
	FRAGMENT_BAD,   /* refused: overlap, nonsense or bound */
	FRAGMENT_WHOLE, /* that was the missing one */
};

/* A datagram as it was before it was fragmented; lengths and IPv4 header checksum made right. */
struct datagram {
	struct bytes whole;
	size_t header;      /* bytes before what was fragmented */
	size_t protocol_at; /* as in struct fragment */
	uint8_t protocol;   /* of what was fragmented */
	bool altered;       /* any of its fragments was */
};

struct fragments;

/* @max_bytes are held at most, overhead included. */
struct fragments *fragments_new(size_t max_bytes);
void fragments_free(struct fragments *fragments);

/*
 * Take one fragment (bytes are copied). FRAGMENT_WHOLE: *@out is its datagram, borrowed until the
 * next FRAGMENT_WHOLE.
 */
enum fragment_state fragments_add(
	struct fragments *fragments, const struct fragment *fragment, struct datagram *out);

/* Datagrams that were given up before they were whole: time-out, bound, contradiction. */
uint64_t fragments_lost(const struct fragments *fragments);

/* Bytes held now. */
size_t fragments_held(const struct fragments *fragments);

#endif
