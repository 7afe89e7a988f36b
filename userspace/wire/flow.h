/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TCP connections: segments become two streams of bytes in order, with the holes named. The table
 * owns the flows; a flow is borrowed by its events and dead after flow_events.close. Memory is
 * bounded in flows and in bytes that wait for a hole to fill; time is the packets' own.
 *
 * The order of events is causal: bytes of one side that were sent in knowledge of (with an ACK for)
 * bytes of the other are told after them, if those were captured at all. So whoever listens hears
 * the dialogue in an order in which it can have happened, whatever the tap did to it.
 *
 * A hole becomes a gap when the other side acknowledged it and a second of packet time passed, when
 * the bound on waiting bytes is reached, or when the connection ends. A hole that nobody
 * acknowledged waits: its sender will send it again. Nobody waits for a side that is not captured.
 *
 * Which copy counts when two segments give different bytes for one range: the first that was told;
 * of bytes that still wait, the first that came, unless it acknowledges what was never sent and one
 * that fits comes after it. The other is reported. A receiver that takes the later copy of waiting
 * bytes is known for some systems; conflicts are evidence either way.
 *
 * What a careful receiver (RFC 9293, RFC 5961) would not take does not count here either: segments
 * far outside of the window, SYNs in the middle, payload of a SYN that is not acknowledged, bytes
 * behind a FIN, segments without ACK or with a checksum that does not fit from a side whose others
 * have and do. A FIN or an RST whose alleged sender goes on, and is listened to, was forged. Payload
 * with a bad checksum counts after all if no other copy came when it is acknowledged, or at the end:
 * then the capture was edited.
 */
#ifndef WIRE_FLOW_H
#define WIRE_FLOW_H

#include "base/side.h"
#include "wire/decode.h"

struct flow;
struct flow_table;

#define GAP_REASON_LIST(X)                                                          \
	X(GAP_LOST, "gap", "missing in the capture")                                \
	X(GAP_SNAPLEN, "snaplen", "captured frames were cut")                       \
	X(GAP_EVICTED, "evicted", "the bound on waiting bytes was reached")         \
	X(GAP_SKIPPED, "skipped", "left out by the live capture, on purpose")

enum gap_reason {
#define X(name, text, comment) name,
	GAP_REASON_LIST(X)
#undef X
};

#define FLOW_END_LIST(X)                                                            \
	X(FLOW_END_FIN, "fin", "each side that was seen said FIN")                  \
	X(FLOW_END_RESET, "reset", "RST, and nothing of note after it")             \
	X(FLOW_END_IDLE, "idle", "no packet for the idle time")                     \
	X(FLOW_END_REUSED, "reused", "a new connection took the same addresses")    \
	X(FLOW_END_EVICTED, "evicted", "the table was full")                        \
	X(FLOW_END_CAPTURE, "end-of-capture", "the input ended first")

enum flow_end {
#define X(name, text, comment) name,
	FLOW_END_LIST(X)
#undef X
};

/* One side of a connection as far as the packets show it. */
struct flow_side {
	uint64_t delivered;        /* stream bytes told so far, gaps included: the next stream offset */
	uint64_t payload_bytes;    /* as on the wire, retransmissions included */
	uint64_t missing_bytes;    /* of gaps, but for GAP_SKIPPED */
	uint32_t packets;
	uint32_t retransmissions;
	uint16_t conflicts;        /* ranges seen with different bytes */
	uint16_t resets;
	uint16_t ttl_changes;      /* packets whose TTL is not ttl_first */
	uint16_t bad_checksums;    /* segments; see flow_stats.bad_checksum */
	uint8_t ttl_first;         /* of the first packet of this side */
	bool seen;                 /* any packet at all */
	bool syn;                  /* its SYN or SYN-ACK was seen */
	bool fin;                  /* its FIN was reached in order */
	bool snaplen;              /* a segment of it was cut by the snap length */
};

/* What everybody may read of a flow. Times in ns since 1970. */
struct flow_facts {
	struct endpoint endpoint[2]; /* by enum side */
	int64_t last, first;         /* times of its packets */
	struct flow_side side[2];
	uint64_t number;             /* order of opening, from 1 */
	uint16_t vlan;
	bool midstream;              /* no SYN of the opening handshake was seen */
	bool one_sided;              /* packets of one side only */
	const char *source;          /* of its first packet: struct packet */
	const char *interface;
};

/* Where delivered bytes came from: the segment that brought them, now or earlier. */
struct delivery {
	int64_t time;      /* of that segment */
	uint64_t offset;   /* in the side's stream, from 0 */
	uint8_t ttl;
	bool push;         /* the segment carried PSH */
	bool altered;      /* the capture put other bytes in the place of some */
};

/* An RST as it came (C12 of the threat list). */
struct flow_reset {
	int64_t time;
	enum side from;
	/*
	 * Its sequence number minus the next that was due from this side. 0: it fits, and the flow ends
	 * with it unless its sender goes on; ahead in the window: it ends too, after a longer silence.
	 */
	int64_t distance;
	uint8_t ttl;
	uint16_t ip_id;
	bool ack_fits;     /* no ACK flag, or it acknowledges no more than the other side has sent */
};

/* Two different copies of one range. Both views hold at most FLOW_CONFLICT_BYTES. */
#define FLOW_CONFLICT_BYTES 128
struct flow_conflict {
	int64_t time;
	enum side from;
	uint64_t offset;       /* of the first differing byte, in the side's stream */
	struct bytes counted;  /* the copy that counts, from a little before that byte on */
	struct bytes refused;  /* the other, for the same range */
	uint8_t ttl_counted, ttl_refused; /* ttl_counted 0: no longer known */
};

/*
 * The listener. @user is what open() returned for this flow; events for a flow come between its
 * open() and its close(). All but data, gap and close may be NULL.
 */
struct flow_events {
	/*
	 * There is a connection worth telling: both SYNs were seen, or an ACK of the SYN-ACK, or
	 * payload. @facts stay where they are until close().
	 */
	void *(*open)(void *context, struct flow *flow, const struct flow_facts *facts);
	/*
	 * Every packet of the flow from the one that opened it on, before what it causes below, even
	 * if its checksum is bad; for keeping evidence.
	 */
	void (*segment)(void *user, enum side from, const struct segment *segment);
	/* In-order bytes of one side. */
	void (*data)(void *user, enum side from, struct bytes data, const struct delivery *how);
	/* @length bytes of one side that will never come. */
	void (*gap)(void *user, enum side from, uint64_t length, enum gap_reason why, int64_t time);
	/* This side sends no more: its FIN, in order. */
	void (*fin)(void *user, enum side from, int64_t time);
	void (*reset)(void *user, const struct flow_reset *reset);
	/*
	 * The side that reset went on: data in sequence, or an ACK of new data, behind its RST. Or a
	 * side that said FIN went on, and the other side takes what it sends: fin() may come again.
	 */
	void (*alive_after_reset)(void *user, enum side from, int64_t time);
	void (*conflict)(void *user, const struct flow_conflict *conflict);
	/*
	 * Soon something will be told of this flow, or so it seems: ask for what @user points to, and
	 * change nothing. See flow_ahead(), which asked for its first FLOW_AHEAD_BYTES before.
	 */
	void (*ahead)(void *user);
	/* The end; @user must be released. */
	void (*close)(void *user, const struct flow_facts *facts, enum flow_end why);
};

/* Segments that flow_ahead() should be in front of flow_feed(), and what it fetches at @user. */
#define FLOW_AHEAD       4
#define FLOW_AHEAD_BYTES 128

struct flow_params {
	const struct ports *server_ports; /* tell client from server when no SYN was seen; may be NULL */
	bool any_port;         /* recognise mid-stream sides by content: "220 " is a server's */
	size_t max_flows;      /* 0: 1,000,000; attempts get a sixteenth of it at most */
	size_t max_waiting;    /* bytes that wait for a hole, all flows; 0: 64 MiB */
	size_t max_waiting_flow; /* the same for one flow; 0: 256 KiB */
	size_t recent_bytes;   /* ring of delivered bytes, to compare retransmissions; 0: 2 MiB */
	int64_t idle_timeout;  /* ns; 0: 900 s */
	int64_t half_open_timeout; /* a SYN that nobody answers, an RST in doubt; ns; 0: 60 s */
	int64_t linger;        /* after an RST or the FINs, for what may follow; ns; 0: 1 s */
};

struct flow_stats {
	uint64_t segments;
	uint64_t opened;      /* connections told by open() */
	uint64_t attempts;    /* SYNs that were refused or never answered: not told */
	uint64_t evicted;     /* connections that made room */
	uint64_t stray;       /* segments of no connection, or that can't belong to theirs */
	uint64_t bad_checksum;/* segments not taken as they came: others of their side fit */
	uint64_t gaps, gap_bytes;
	uint64_t waiting_bytes; /* now, with what keeping them costs */
	uint64_t flows;         /* now, told or not */
};

struct flow_table *flow_table_new(const struct flow_params *params, const struct flow_events *events,
	void *context);

/*
 * The input is over: every flow that was told ends (FLOW_END_CAPTURE, or as its own packets say), in
 * order of opening. The table stays for its statistics.
 */
void flow_table_end(struct flow_table *table);

/* The same, and releases all. */
void flow_table_free(struct flow_table *table);

/* Take one segment. */
void flow_feed(struct flow_table *table, const struct segment *segment);

/*
 * A segment between these end points will come behind FLOW_AHEAD others: ask for the memory that it
 * will need, so that it need not be waited for. Call it for every segment that comes, or for some,
 * or never; it changes no event, and nothing goes wrong if the segments turn out to be others.
 */
void flow_ahead(struct flow_table *table, const struct endpoint *from, const struct endpoint *to);

/*
 * Let packet time pass without a packet of ours (call it for other packets now and then): time-outs
 * that are due happen.
 */
void flow_tick(struct flow_table *table, int64_t now);

void flow_get_stats(const struct flow_table *table, struct flow_stats *stats);

/*
 * How much of a side's bytes the listener still wants. FLOW_QUIET keeps telling data, but no longer
 * keeps copies to compare retransmissions with, nor verifies checksums (bodies, established TLS).
 * FLOW_IGNORE: nothing more is told of this side but close(). May be called at any time from open()
 * to before close().
 */
enum flow_interest { FLOW_FULL, FLOW_QUIET, FLOW_IGNORE };
void flow_set_interest(struct flow *flow, enum side side, enum flow_interest interest);

const struct flow_facts *flow_get_facts(const struct flow *flow);

#endif
