/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a flow table, for flow.c, stream.c and their tests only: what a flow is made of,
 * where it is found, and which list of age it stands in. Knows nothing of TCP's rules.
 */
#ifndef WIRE_FLOW_TABLE_H
#define WIRE_FLOW_TABLE_H

#include "base/hash.h"
#include "base/list.h"
#include "wire/ahead.h"
#include "wire/recent.h"
#include "wire/waiting.h"

/* Times are brought into this range, in which no sum or difference of two overflows. */
#define TIME_MAX (INT64_MAX / 4)

/*
 * The life of a flow. Between LIFE_OPEN and LIFE_ENDED the listener knows it: open() was called and
 * close() not yet. Only in LIFE_OPEN does every packet renew its time; the others run out.
 */
#define FLOW_LIFE_LIST(X)                                                                          \
	X(LIFE_NEW, "new", "a SYN or SYN-ACK alone: perhaps an attempt, perhaps a connection")     \
	X(LIFE_OPEN, "open", "a connection")                                                       \
	X(LIFE_DOUBTED, "doubted", "an RST came which a careful receiver would not take")          \
	X(LIFE_RESET, "reset", "an RST came which fits")                                           \
	X(LIFE_FINISHED, "finished", "each side that is seen said FIN; an ACK may be missing")     \
	X(LIFE_ENDED, "ended", "told; kept so that its last packets begin nothing new")

enum flow_life {
#define X(name, text, comment) name,
	FLOW_LIFE_LIST(X)
#undef X
	LIVES
};

const char *flow_life_name(enum flow_life life);

/* May @from become @to? */
bool flow_life_follows(enum flow_life from, enum flow_life to);

/* One direction's numbers. Offsets count from its first byte and reach beyond 4 GiB. */
struct stream {
	uint64_t acked; /* up to where the other side's latest ACK goes; a FIN counts as one byte */
	uint64_t sent;  /* up to where its own packets went */
	uint64_t recent;   /* its newest entry in the ring of delivered bytes; 0: none */
	uint32_t next_seq; /* sequence number of the byte at flow_side.delivered */
	uint32_t isn;      /* of its SYN, if one was seen */
	uint32_t ack_seq;  /* of the other side's latest ACK, whatever it was worth */
	uint8_t interest;  /* enum flow_interest */
	uint8_t silent;    /* acknowledged holes in a row in which it was not heard */
	bool based : 1;    /* next_seq means something */
	bool guessed : 1;  /* ... and it comes from an ACK: no packet of its own was seen */
	bool acks : 1;     /* it has sent segments with ACK */
	bool good : 1;     /* it has sent segments with a checksum that fits */
};

/*
 * What finds a flow stands in front, its end points with it: to look it up is one cache line. What
 * each packet changes follows, and what only beginnings and ends need comes last.
 */
struct flow {
	struct flow *chain; /* next in the bucket, or in the free list */
	uint32_t hash;
	uint8_t life;     /* enum flow_life */
	bool syn_pending; /* a SYN of @pending_side with another ISN counts when it is answered */
	uint8_t pending_side;
	uint8_t reset_side; /* LIFE_DOUBTED, LIFE_RESET: who sent the RST */
	struct flow_facts facts;
	struct stream stream[2]; /* by enum side */
	void *user;
	struct waiting *waiting; /* NULL: nothing waits */
	int64_t stamp;           /* when it was put at its place in the list */
	struct list age;
	uint32_t pending_isn;
	uint32_t reset_seq;
	int64_t reset_time;
};

/* With what its parser keeps, an idle session must stay below 1 KiB. */
_Static_assert(sizeof(struct flow) <= 336, "a flow is too large");

/* How much of a flow a packet needs, as a rule. */
#define FLOW_FETCHED offsetof(struct flow, age)

/* Which list of age, and so which time-out, a life has. */
enum flow_age { AGE_NEW, AGE_OPEN, AGE_DOUBTED, AGE_LINGER, AGES };

struct flow_table {
	struct flow **buckets;
	size_t mask;
	struct hash_key key;
	int64_t now;    /* packet time: never goes back, and jumps only when two packets agree */
	int64_t moment; /* time of the packet at hand, at least now */
	int64_t due;    /* before this nothing can run out */
	bool started;   /* a packet was seen */
	const struct flow_events *events;
	void *context;
	struct ahead ahead;
	struct recent *recent;
	struct flow_stats stats;
	struct flow_params params;
	struct list age[AGES]; /* oldest first */
	int64_t timeout[AGES];
	int64_t grain[AGES]; /* a flow's place is renewed no more often than this; 0: never */
	size_t new_flows, max_new;
	struct list waiting;  /* struct waiting.all */
	struct list ripening; /* struct waiting.ripening */
	struct flow *unused;
	struct slab *slabs;
};

/* Room for the fields above; the caller fills in params, time-outs, events. */
void flow_table_init(struct flow_table *table);
/* Releases the memory of all flows, without a word. */
void flow_table_fini(struct flow_table *table);

uint32_t flow_hash(
	const struct flow_table *table, const struct endpoint *from, const struct endpoint *to);

/* The flow of @segment and the side it comes from, or NULL. */
struct flow *flow_find(const struct flow_table *table, const struct segment *segment, uint32_t hash,
	enum side *from);

/* A new flow with these ends, in LIFE_NEW. The caller has seen to the bound. */
struct flow *flow_make(struct flow_table *table, const struct endpoint *client,
	const struct endpoint *server, uint32_t hash);

/* Take it out, with what waits in it. */
void flow_drop(struct flow_table *table, struct flow *flow);

/* All changes of life go through here. */
void flow_enter(struct flow_table *table, struct flow *flow, enum flow_life life);

/* Renew its time, if it is in a list where that counts and a grain of it is over. */
void flow_renew(struct flow_table *table, struct flow *flow);

/* The oldest flow of a list, or NULL. */
struct flow *flow_oldest(const struct flow_table *table, enum flow_age age);

/* The oldest of the list whose time ran out, or NULL. */
struct flow *flow_overdue(struct flow_table *table, enum flow_age age);

/* True from open() to close(). */
static inline bool flow_is_told(const struct flow *flow)
{
	return flow->life != LIFE_NEW && flow->life != LIFE_ENDED;
}

static inline bool flow_wants(const struct flow *flow, enum side side)
{
	return flow->stream[side].interest != FLOW_IGNORE;
}

/* A packet came. Most find an open flow whose time is young. */
static inline void flow_touch(struct flow_table *table, struct flow *flow)
{
	if (flow->life != LIFE_OPEN || table->moment - flow->stamp >= table->grain[AGE_OPEN])
		flow_renew(table, flow);
}

/* Something may run out at @time. */
static inline void flow_table_due(struct flow_table *table, int64_t time)
{
	if (time < table->due)
		table->due = time;
}

/* Counters of facts stay at their end rather than begin again. */
static inline void count_up(uint16_t *counter)
{
	*counter = (uint16_t)(*counter + (*counter < UINT16_MAX));
}

static inline void count_packets_up(uint32_t *counter)
{
	*counter += *counter < UINT32_MAX;
}

#endif
