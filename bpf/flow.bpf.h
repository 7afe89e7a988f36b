/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is handed up of a connection, and what is not. See enum sw_state. Whatever can't be told is
 * taken for content: a sensor that lost its place loses commands, not the sender's privacy.
 *
 * Two processors may see one flow at once; nothing here is locked. What can go wrong then is what
 * goes wrong with packets out of order, and ends the same way: in SW_LOST.
 */
#ifndef BPF_FLOW_BPF_H
#define BPF_FLOW_BPF_H

#include "emit.bpf.h"
#include "scan.bpf.h"

#define FLOWS_MAX 65536

/* What a side may say in clear before the other speaks: commands in a pipeline; an endless reply.
 */
#define CLIENT_BUDGET 8192
#define SERVER_BUDGET 65536
/* Each packet counts for so much of a budget, or a million empty ones would be free. */
#define PACKET_COST 64
/* A handshake: the longest chain that userspace reads, and what goes with it. */
#define TLS_BUDGET 98304
/*
 * Records of application data of one side after which the flow is quiet: once both sides had one,
 * TLS is up, and some more must show that nobody cuts it short (text where a record is due). If the
 * other side is not seen at all, this many.
 */
#define RECORDS_AFTER 4
#define RECORDS_ALONE 32
/* Records walked through in one segment: a TLS 1.3 server's first flight, and two. */
#define RECORDS_WALKED 8
/* Ciphertext longer than this is left out. */
#define RECORD_SHOWN 64
/* Of a quiet flow: an alert, a reply in clear, whatever it is. */
#define QUIET_SHORT 256
/* The longest line with which a client may lead us out of SW_LOST. */
#define VERB_MAX 512
/* Nobody's window is larger (RFC 7323 2.3). */
#define WINDOW (1 << 30)

#define TCP_HAS_FIN 1
#define TCP_HAS_SYN 2
#define TCP_HAS_RST 4
#define TCP_HAS_ACK 16
#define TCP_MARKS   (TCP_HAS_FIN | TCP_HAS_SYN | TCP_HAS_RST)

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, FLOWS_MAX);
	__type(key, struct sw_flow_key);
	__type(value, struct sw_flow);
} flows SEC(".maps");

enum { CLIENT, SERVER };

struct tls_header {
	__u8 type, major, minor;
	__u8 length[2];
};

enum { TLS_HANDSHAKE = 22, TLS_APPLICATION = 23, TLS_LONGEST = 16384 + 2048 };

static __always_inline bool is_record(const struct tls_header *header)
{
	__u32 length = header->length[0] << 8 | header->length[1];

	return header->type >= 20 && header->type <= TLS_APPLICATION && header->major == 3 &&
	       header->minor <= 4 && length && length <= TLS_LONGEST;
}

/* A record of TLS begins at @at in the payload. */
static __always_inline bool load_record(
	SOURCE *from, const struct scan *scan, __u32 at, struct tls_header *header)
{
	return at + sizeof(*header) <= scan->end &&
	       source_load_far(from, scan->payload + at, header, sizeof(*header)) &&
	       is_record(header);
}

/*
 * A side's first record begins with this segment, were it only with its first byte: no line of text
 * begins like that. Handshakes that are cut in such pieces are not walked through.
 */
static __always_inline bool begins_tls(SOURCE *from, const struct scan *scan)
{
	struct tls_header header;
	__u8 type;

	if (scan->end >= sizeof(header))
		return load_record(from, scan, 0, &header);
	return source_load(from, scan->payload, &type, sizeof(type)) && type == TLS_HANDSHAKE;
}

/* ClientHello: no text and no chunk of a message begins like this. */
static __always_inline bool is_hello(SOURCE *from, const struct scan *scan)
{
	struct tls_header header;
	__u8 type[2];

	return load_record(from, scan, 0, &header) && header.type == TLS_HANDSHAKE &&
	       scan->end >= 16 &&
	       source_load_far(from, scan->payload + sizeof(header), type, sizeof(type)) &&
	       type[0] == 1 && type[1] == 0;
}

/* Up to 6 letters as a number in the order of memory, without case. */
#define FOLD            0xdfdfdfdfdfdfdfdfull
#define LETTER(word, i) ((__u64)(i < sizeof(word) - 1 ? (word)[i] & 0xdf : 0) << LETTER_SHIFT(i))
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LETTER_SHIFT(i) (8 * (i))
#else
#error "the words of is_verb() are made for little-endian machines"
#endif
#define WORD(word)                                                                                 \
	(LETTER(word, 0) | LETTER(word, 1) | LETTER(word, 2) | LETTER(word, 3) | LETTER(word, 4) | \
		LETTER(word, 5))

/*
 * A segment that is one command and nothing else, sent when the server had answered everything: no
 * more content then.
 */
static __always_inline bool is_verb(SOURCE *from, const struct scan *scan)
{
	__u64 word = 0;
	__u16 last;
	__u32 n = scan->end;

	if (n < 6 || n > VERB_MAX || !source_load_far(from, scan->payload, &word, 6) ||
		!source_load_far(from, scan->payload + n - 2, &last, sizeof(last)) ||
		last != *(const __u16 *)"\r\n")
		return false;
	word = word & FOLD & 0xffffffffffffull;
	if (n == 6)
		return word == WORD("QUIT\r\n") || word == WORD("RSET\r\n") ||
		       word == WORD("NOOP\r\n");
	if (n == 10 && word == WORD("STARTT"))
		return true;
	if (word == WORD("MAIL F") || word == WORD("RCPT T"))
		return true;
	word &= 0xffffffffffull;
	return word == WORD("EHLO ") || word == WORD("HELO ");
}

/* Bytes from @from on are left out, and not to be told as such: nobody knows what else is missing.
 */
static __always_inline void lose(struct sw_flow *flow, __u32 end)
{
	struct sw_side *client = &flow->side[CLIENT];

	flow->state = SW_LOST;
	flow->answered = 0;
	if ((__s32)(end - client->next) > 0)
		client->next = end;
	client->up = client->next;
}

/* A walk through the records of a segment. */
struct walk {
	SOURCE *from;
	const struct scan *scan;
	struct sw_side *side;
	__u32 at;   /* where the next record begins; may lie behind the segment */
	__u32 body; /* of the last one; 0: none began here */
	__u32 text; /* no record stands at @at */
};

static long walk_step(__u32 index, void *context)
{
	struct walk *walk = context;
	const struct scan *scan = walk->scan;
	struct tls_header header;
	bool application;

	(void)index;
	if (walk->at + sizeof(header) > scan->end)
		return 1;
	if (!load_record(walk->from, scan, walk->at, &header)) {
		walk->text = 1;
		return 1;
	}
	application = header.type == TLS_APPLICATION;
	walk->side->last = header.type;
	walk->side->records += application;
	if (application)
		walk->side->tls = SW_TLS_APPLICATION;
	walk->body = walk->at + sizeof(header);
	walk->at = walk->body + (header.length[0] << 8 | header.length[1]);
	return 0;
}

/*
 * Walk through the records of @side's segment from where the next is due. False: no record there,
 * but something else, at @scan->at. Long ciphertext is masked where it is certain what it is.
 */
static __always_inline bool tls_walk(SOURCE *from, struct sw_side *side, struct scan *scan)
{
	struct walk walk = {
		.from = from, .scan = scan, .side = side, .at = side->record - scan->seq
	};
	struct tls_header header;

	/* The place was lost: a segment often begins with a record. */
	if (walk.at > WINDOW) {
		walk.at = 0;
		if (!load_record(from, scan, 0, &header))
			return true;
	} else if (walk.at && side->last == TLS_APPLICATION) {
		side->records++;
		if (walk.at > RECORD_SHOWN)
			scan_mask(scan, 0, walk.at < scan->end ? walk.at : scan->end);
	}
	bpf_loop(RECORDS_WALKED, walk_step, &walk, 0);
	if (walk.text) {
		scan->at = walk.at;
		return false;
	}
	side->record = scan->seq + walk.at;
	if (walk.at >= scan->end && walk.body && side->last == TLS_APPLICATION &&
		scan->end > walk.body + RECORD_SHOWN)
		scan_mask(scan, walk.body, scan->end);
	return true;
}

/* A segment of a side that speaks TLS. False: it speaks text again, from @scan->at on. */
__noinline int take_tls(SOURCE *from, struct sw_flow *flow, struct scan *scan, int which)
{
	struct sw_side *side, *other;
	__u32 end;
	bool up;

	if (!flow || !scan)
		return true;
	side = which == CLIENT ? &flow->side[CLIENT] : &flow->side[SERVER];
	other = which == CLIENT ? &flow->side[SERVER] : &flow->side[CLIENT];
	up = side->tls == SW_TLS_APPLICATION && other->tls == SW_TLS_APPLICATION;
	end = scan->seq + scan->end;

	if ((__s32)(scan->seq - side->next) < 0) {
		/* Seen before, and handed up then as far as it could be. */
		if ((__s32)(end - side->next) <= 0)
			return true;
	} else if (!tls_walk(from, side, scan)) {
		side->tls = SW_TLS_NONE;
		return false;
	}
	if (!up && side->tls == SW_TLS_APPLICATION && other->tls == SW_TLS_APPLICATION)
		side->records = other->records = 0;
	else if (side->records >= (up ? RECORDS_AFTER : RECORDS_ALONE))
		flow->state = SW_QUIET;
	if ((__s32)(end - side->next) > 0)
		side->next = end;
	side->spent += scan->end + PACKET_COST;
	if (scan->masks)
		side->spent -= scan->end;
	if (side->spent > TLS_BUDGET)
		flow->state = SW_QUIET;
	return true;
}

static __always_inline void tls_begins(struct sw_side *side, __u32 seq)
{
	side->tls = SW_TLS_RECORDS;
	side->record = seq;
	side->records = 0;
	side->spent = 0;
}

/* Where a client that is lost, or out of its place, may go on being read. */
static __always_inline bool is_found(SOURCE *from, struct sw_flow *flow, struct scan *scan)
{
	struct sw_side *client = &flow->side[CLIENT];

	if (is_hello(from, scan)) {
		flow->state = SW_WATCH;
		flow->line = LINE_START;
		client->next = scan->seq;
		return true;
	}
	if (!flow->answered || (__s32)(scan->seq - client->next) < 0 || !is_verb(from, scan))
		return false;
	flow->state = SW_WATCH;
	flow->line = LINE_START;
	client->next = scan->seq;
	return true;
}

/* A hole before the client's segment. False: it can't be told what the segment is. */
static __always_inline bool bridges(struct sw_flow *flow, const struct scan *scan)
{
	if (flow->state == SW_CONTENT) {
		flow->match = MATCH_NONE;
		return true;
	}
	return flow->state == SW_CHUNK && (__s32)(scan->seq - flow->chunk_end) <= 0;
}

/* The client's payload in clear. SW_UP: hand it up, but for the ranges in @scan. */
__noinline int take_client(SOURCE *from, struct sw_flow *flow, struct scan *scan)
{
	struct reader reader = { from, flow, scan };
	struct sw_side *client;
	__u32 end;
	__s32 ahead;

	if (!flow || !scan)
		return SW_LOST_COPY;
	client = &flow->side[CLIENT];
	end = scan->seq + scan->end;
	ahead = scan->seq - client->next;

	if ((flow->state == SW_LOST || flow->state == SW_CONTENT) && is_found(from, flow, scan))
		ahead = 0;
	if ((__s32)(end - client->next) <= 0) {
		bool plain =
			!flow->had_content && (flow->state == SW_WATCH || flow->state == SW_DATA);

		return plain ? SW_UP : SW_SKIPPED_CONTENT;
	}
	if (flow->state == SW_LOST || (ahead > 0 && !bridges(flow, scan))) {
		lose(flow, end);
		return SW_SKIPPED_CONTENT;
	}
	if (flow->state == SW_DATA) {
		bool refused = flow->reply == '4' || flow->reply == '5';

		flow->state = refused ? SW_WATCH : SW_CONTENT;
		flow->had_content |= !refused;
		flow->line = LINE_START;
		flow->match = MATCH_CRLF;
	}
	scan->at = ahead < 0 ? -ahead : 0;
	if (flow->state == SW_WATCH && ahead == 0 && flow->line == LINE_START &&
		begins_tls(from, scan)) {
		tls_begins(client, scan->seq);
		take_tls(from, flow, scan, CLIENT);
		return SW_UP;
	}
	if (flow->state == SW_WATCH && client->spent + scan->end > CLIENT_BUDGET) {
		lose(flow, end);
		return SW_SKIPPED_BUDGET;
	}
	if (flow->had_content)
		scan_mask(scan, 0, scan->at);
	scan_client(&reader);
	client->next = end;
	client->spent += scan->end + PACKET_COST;
	flow->answered = 0;
	flow->side[SERVER].spent = 0;
	return SW_UP;
}

/* The server's. */
__noinline int take_server(
	SOURCE *from, struct sw_flow *flow, struct scan *scan, const struct packet *p)
{
	struct reader reader = { from, flow, scan };
	struct sw_side *server, *client;
	__u32 end;
	__s32 ahead;

	if (!flow || !scan || !p)
		return SW_LOST_COPY;
	server = &flow->side[SERVER];
	client = &flow->side[CLIENT];
	end = scan->seq + scan->end;
	ahead = scan->seq - server->next;

	if ((__s32)(end - server->next) <= 0)
		return SW_UP;
	if (begins_tls(from, scan)) {
		tls_begins(server, scan->seq);
		take_tls(from, flow, scan, SERVER);
		return SW_UP;
	}
	if (ahead > 0)
		flow->reply = flow->reply_at = 0;
	scan->at = ahead < 0 ? -ahead : 0;
	scan_server(&reader);
	server->next = end;
	client->spent = 0;
	if (p->flags & TCP_HAS_ACK && (__s32)(p->ack - client->next) >= 0 && flow->reply != '3')
		flow->answered = 1;
	server->spent += scan->end + PACKET_COST;
	return server->spent > SERVER_BUDGET ? SW_SKIPPED_BUDGET : SW_UP;
}

/* A SYN or SYN-ACK: says who is the client, and where its sender's bytes begin. */
static __always_inline void flow_begins(struct sw_flow *flow, const struct packet *p)
{
	struct sw_side *own;

	flow->swapped = (p->side ^ (p->flags & TCP_HAS_ACK ? 1 : 0)) & 1;
	own = &flow->side[(p->side ^ flow->swapped) & 1];
	own->next = own->up = p->seq + 1;
	own->based = 1;
}

/*
 * A flow that was not seen from its beginning. What its client is sending may be content; a server
 * that speaks has most likely answered all of it.
 */
static __always_inline void flow_appears(struct sw_flow *flow, const struct packet *p)
{
	struct sw_side *own = &flow->side[p->side & 1], *other = &flow->side[!(p->side & 1)];

	flow->state = SW_LOST;
	own->next = own->up = p->seq;
	other->next = other->up = p->ack;
	own->based = 1;
	other->based = p->flags & TCP_HAS_ACK ? 1 : 0;
}

/*
 * A SYN for a flow that is known: sent again; or the addresses are used anew, as may be after the
 * end of the first; or somebody wants us to forget that there is content on its way.
 */
static __always_inline void flow_syn(struct sw_flow *flow, const struct packet *p)
{
	struct sw_side *own = &flow->side[(p->side ^ flow->swapped) & 1];
	bool again = own->based && own->next == p->seq + 1;
	bool doubt = !flow->closed &&
		     (flow->had_content || flow->state != SW_WATCH || own->tls != SW_TLS_NONE);

	if (again)
		return;
	if (p->flags & TCP_HAS_ACK) {
		if (own->based)
			return;
		own->next = own->up = p->seq + 1;
		own->based = 1;
		return;
	}
	__builtin_memset(flow, 0, sizeof(*flow));
	if (doubt)
		flow->state = SW_LOST;
	flow_begins(flow, p);
}

/* @n bytes of a stream that end at @seq were left out on purpose and not told yet; 0: none. */
static __always_inline __u32 left_out(const struct sw_side *side, __u32 seq)
{
	__s32 n = seq - side->up;

	if (!side->based || n <= 0 || n > WINDOW || (__s32)(seq - side->next) > 0)
		return 0;
	return n;
}

/*
 * Is @p one of the many of a quiet flow that are not handed up? What it brings is noted, so that it
 * can be told as left out.
 */
static __always_inline bool flow_is_quiet(struct sw_flow *flow, const struct packet *p)
{
	struct sw_side *side = &flow->side[(p->side ^ flow->swapped) & 1];

	if (flow->state != SW_QUIET || p->flags & TCP_MARKS ||
		(p->length ? p->length <= QUIET_SHORT : flow->closed))
		return false;
	if ((__s32)(p->seq + p->length - side->next) > 0)
		side->next = p->seq + p->length;
	return true;
}

/*
 * What becomes of a segment: SW_UP, with ranges in @scan; or why not. Not inline: Linux 6.1 rounds
 * what each function has on the stack up to 32 bytes, and all together must not be more than 512.
 */
static __noinline int flow_take(
	SOURCE *from, struct sw_flow *flow, struct scan *scan, const struct packet *p, int which)
{
	struct sw_side *side = &flow->side[which & 1];

	if (flow->state == SW_QUIET) {
		if ((__s32)(p->seq + p->length - side->next) > 0)
			side->next = p->seq + p->length;
		return p->flags & TCP_MARKS ||
				       (p->length ? p->length <= QUIET_SHORT : flow->closed)
			       ? SW_UP
			       : SW_SKIPPED_QUIET;
	}
	if (!p->length) {
		if (flow->state == SW_WATCH || flow->state == SW_DATA || flow->closed ||
			p->flags & TCP_MARKS)
			return SW_UP;
		return SW_SKIPPED_CONTENT;
	}
	if (!side->based) {
		side->next = side->up = p->seq;
		side->based = 1;
	}
	if (side->tls != SW_TLS_NONE && take_tls(from, flow, scan, which))
		return SW_UP;
	/* Text behind a record in one segment: nobody's habit. */
	if (scan->at && which == CLIENT) {
		scan_mask(scan, scan->at, scan->end);
		lose(flow, scan->seq + scan->end);
		return SW_UP;
	}
	return which == SERVER ? take_server(from, flow, scan, p) : take_client(from, flow, scan);
}

#endif
