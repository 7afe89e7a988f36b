/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TCP connection as two honest ends hold it, and as a tap between them sees it: the ends'
 * sequence numbers, acknowledgements and clock, and all that may happen on the way (loss, order,
 * copies, forged segments). Bytes are queued a side and sent as one flight when the other side
 * speaks.
 */
#ifndef TOOLS_DLG_TALK_H
#define TOOLS_DLG_TALK_H

#include "base/side.h"
#include "frame.h"
#include "trace.h"

#define TALK_SECOND    1000000000LL
#define TALK_HOLES_MAX 8

/* What the tap misses of a flight. */
struct talk_hole {
	size_t at, length;
};

/* What happens to one side's next flight only. */
struct talk_accident {
	struct talk_hole holes[TALK_HOLES_MAX];
	size_t hole_count;
	bool lose;      /* its first segment comes again, after the others */
	bool reorder;   /* its segments come last first */
	bool duplicate; /* each segment twice */
	bool urgent;
	uint8_t ttl;      /* 0: the side's own */
	bool decoy;       /* other bytes for part of the flight */
	bool decoy_first; /* seen before the flight, else behind it */
	size_t decoy_at;
	uint8_t decoy_ttl; /* 0: the side's own */
	bool decoy_bad_checksum;
	struct text decoy_bytes;
};

struct talk_end {
	struct endpoint at;
	uint32_t first, next; /* initial, and next, sequence number */
	uint8_t ttl;
	uint16_t window, ip_id;
	enum frame_checksum checksum;
	bool captured; /* the tap sees what it sends */
	bool mute;     /* it acknowledges nothing of its own accord */
	bool owes_ack;
	bool fin;
	struct text pending;
	struct text flight; /* the last one, for retransmission */
	uint32_t flight_seq;
	struct talk_accident accident;
};

struct talk {
	struct talk_end end[2]; /* by enum side */
	int64_t now;            /* ns since 1970 */
	size_t split;           /* bytes a segment; 0: the MSS */
	size_t mss;
	size_t fragment; /* bytes an IP fragment; 0: none */
	bool last_first; /* fragments in reverse order */
	bool extensions; /* IP options or extension headers on every packet */
	bool open;       /* the ends will still close it in good order */
	const struct frame_style *style;
	struct trace *trace;
};

/* How an RST differs from the one that the side itself would send. */
struct talk_reset {
	int32_t seq, ack; /* off by so much */
	uint8_t ttl;      /* 0: the side's own */
	uint16_t window;
	uint16_t ip_id;
	bool without_ack;
	bool bad_checksum;
	bool goes_on; /* the ends do not know of it */
};

enum talk_start { START_WHOLE, START_MIDSTREAM, START_REFUSED, START_UNANSWERED };

/* The opening handshake (or none: START_MIDSTREAM); @early: client bytes in its SYN. */
void talk_open(struct talk *talk, enum talk_start start, struct bytes early);

/* Queue bytes of one side; what the other has queued is sent first. */
void talk_say(struct talk *talk, enum side from, struct bytes bytes);

/* Send what is queued. */
void talk_flush(struct talk *talk);

void talk_wait(struct talk *talk, int64_t ns);
void talk_ack(struct talk *talk, enum side from);
void talk_keepalive(struct talk *talk, enum side from);
void talk_retransmit(struct talk *talk, enum side from);
void talk_fin(struct talk *talk, enum side from);
void talk_reset(struct talk *talk, enum side from, const struct talk_reset *how);

/* Close in good order, @first first, if that has not happened yet, and release what it holds. */
void talk_close(struct talk *talk, enum side first);

#endif
