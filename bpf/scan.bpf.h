/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading a client's bytes in clear, as far as it takes to know what of them is message content:
 * command lines (where does DATA or BDAT stand?), content (where does it end?), counted chunks. All
 * of it goes over a small buffer on the stack: bytes that must not leave the kernel are never put
 * into a map or the ring, not even for a moment.
 */
#ifndef BPF_SCAN_BPF_H
#define BPF_SCAN_BPF_H

#include "parse.bpf.h"

#define SCAN_BLOCK 64 /* bytes looked at in one step; a power of two */
/* Steps: those of the largest frame that Linux knows, and some for ends of chunks and lines. */
#define SCAN_STEPS (SW_FRAME_LARGEST / SCAN_BLOCK + 128)
/* BDAT of this size is nobody's; sequence numbers could not hold it. */
#define CHUNK_MAX (1u << 30)

/*
 * How far a command line is read. Blanks in front of a verb are passed over, letters have no case,
 * and any line that begins with the word DATA counts: taking a command for content costs us a line,
 * the other way round costs the sender's privacy.
 */
enum line {
	LINE_START,
	LINE_D,
	LINE_DA,
	LINE_DAT,
	LINE_DATA,
	LINE_DATA_REST, /* behind the word, up to LF */
	LINE_B,
	LINE_BD,
	LINE_BDA,
	LINE_BDAT,
	LINE_SIZE_DUE, /* blanks behind BDAT */
	LINE_SIZE,
	LINE_SIZE_REST, /* behind the number, up to LF */
	LINE_OTHER,
	LINES,
};

enum letter { ANY, IS_D, IS_A, IS_T, IS_B, DIGIT, BLANK, IS_CR, IS_LF, IS_DOT };

#define LINE_ROOM   16 /* powers of two, for the verifier */
#define LETTER_ROOM 16

/* What a byte makes of a line. What is not named makes it LINE_OTHER (0 + 13, see line_step()). */
static const __u8 line_next[LINE_ROOM][LETTER_ROOM] = {
#define TO(line) ((line) + 1)
	[LINE_START] = { [BLANK] = TO(LINE_START),
		[IS_CR] = TO(LINE_START),
		[IS_LF] = TO(LINE_START),
		[IS_D] = TO(LINE_D),
		[IS_B] = TO(LINE_B) },
	[LINE_D] = { [IS_A] = TO(LINE_DA), [IS_LF] = TO(LINE_START) },
	[LINE_DA] = { [IS_T] = TO(LINE_DAT), [IS_LF] = TO(LINE_START) },
	[LINE_DAT] = { [IS_A] = TO(LINE_DATA), [IS_LF] = TO(LINE_START) },
	[LINE_DATA] = { [BLANK] = TO(LINE_DATA_REST), [IS_CR] = TO(LINE_DATA_REST) },
	[LINE_DATA_REST] = { [ANY] = TO(LINE_DATA_REST),
		[IS_D] = TO(LINE_DATA_REST),
		[IS_A] = TO(LINE_DATA_REST),
		[IS_T] = TO(LINE_DATA_REST),
		[IS_B] = TO(LINE_DATA_REST),
		[IS_DOT] = TO(LINE_DATA_REST),
		[DIGIT] = TO(LINE_DATA_REST),
		[BLANK] = TO(LINE_DATA_REST),
		[IS_CR] = TO(LINE_DATA_REST) },
	[LINE_B] = { [IS_D] = TO(LINE_BD), [IS_LF] = TO(LINE_START) },
	[LINE_BD] = { [IS_A] = TO(LINE_BDA), [IS_LF] = TO(LINE_START) },
	[LINE_BDA] = { [IS_T] = TO(LINE_BDAT), [IS_LF] = TO(LINE_START) },
	[LINE_BDAT] = { [BLANK] = TO(LINE_SIZE_DUE), [IS_LF] = TO(LINE_START) },
	[LINE_SIZE_DUE] = { [BLANK] = TO(LINE_SIZE_DUE),
		[DIGIT] = TO(LINE_SIZE),
		[IS_LF] = TO(LINE_START) },
	[LINE_SIZE] = { [DIGIT] = TO(LINE_SIZE),
		[ANY] = TO(LINE_SIZE_REST),
		[IS_D] = TO(LINE_SIZE_REST),
		[IS_A] = TO(LINE_SIZE_REST),
		[IS_T] = TO(LINE_SIZE_REST),
		[IS_B] = TO(LINE_SIZE_REST),
		[IS_DOT] = TO(LINE_SIZE_REST),
		[BLANK] = TO(LINE_SIZE_REST),
		[IS_CR] = TO(LINE_SIZE_REST) },
	[LINE_SIZE_REST] = { [DIGIT] = TO(LINE_SIZE_REST),
		[ANY] = TO(LINE_SIZE_REST),
		[IS_D] = TO(LINE_SIZE_REST),
		[IS_A] = TO(LINE_SIZE_REST),
		[IS_T] = TO(LINE_SIZE_REST),
		[IS_B] = TO(LINE_SIZE_REST),
		[IS_DOT] = TO(LINE_SIZE_REST),
		[BLANK] = TO(LINE_SIZE_REST),
		[IS_CR] = TO(LINE_SIZE_REST) },
	[LINE_OTHER] = { [IS_LF] = TO(LINE_START) },
#undef TO
};

/* How far CR LF . CR LF is seen. */
enum { MATCH_NONE, MATCH_CR, MATCH_CRLF, MATCH_DOT, MATCH_DOT_CR, MATCH_END };

/*
 * The payload of a segment, and what of it is left out: plain numbers, so that it can be given to
 * functions that the verifier looks at once and by themselves. @at and @end are offsets in the
 * payload; what lies before @at is read already.
 */
struct scan {
	__u32 payload; /* where it begins in the frame */
	__u32 seq;     /* of its first byte */
	__u32 at, end;
	__u32 masked_from; /* content in this segment began here */
	__u32 masks;
	__u32 cut; /* no more ranges: the frame is handed up as far as this; 0: whole */
	struct sw_range mask[SW_MASKS]; /* offsets in the payload */
};

/* One walk over it. */
struct reader {
	SOURCE *from;
	struct sw_flow *flow;
	struct scan *scan;
};

/* The bytes [@from, @to) are content. */
static __always_inline void scan_mask(struct scan *scan, __u32 from, __u32 to)
{
	__u32 i = scan->masks;

	if (from >= to || scan->cut)
		return;
	if (i >= SW_MASKS) {
		scan->cut = from;
		return;
	}
	scan->mask[i & (SW_MASKS - 1)].at = from;
	scan->mask[i & (SW_MASKS - 1)].length = to - from;
	scan->masks = i + 1;
}

/* A block on the stack, and where in it the walk is. */
struct block {
	struct sw_flow *flow;
	__u32 used; /* bytes of it that were read */
	__u8 bytes[SCAN_BLOCK];
};

static const __u8 letters[256] = {
	['0' ... '9'] = DIGIT,
	['\n'] = IS_LF,
	['\r'] = IS_CR,
	[' '] = BLANK,
	['\t'] = BLANK,
	['.'] = IS_DOT,
	['D'] = IS_D,
	['d'] = IS_D,
	['A'] = IS_A,
	['a'] = IS_A,
	['T'] = IS_T,
	['t'] = IS_T,
	['B'] = IS_B,
	['b'] = IS_B,
};

/* One byte of a command line. 1 (enough) behind a line that content follows. */
static long line_step(__u32 index, void *context)
{
	struct block *block = context;
	struct sw_flow *flow = block->flow;
	__u8 c = block->bytes[index & (SCAN_BLOCK - 1)];
	__u32 line = flow->line & (LINE_ROOM - 1);
	__u32 next = line_next[line][letters[c] & (LETTER_ROOM - 1)];

	block->used = index + 1;
	flow->line = next ? next - 1 : LINE_OTHER;
	if (c == '\n') {
		flow->line = LINE_START;
		if (line == LINE_DATA || line == LINE_DATA_REST)
			flow->state = SW_DATA;
		else if ((line == LINE_SIZE || line == LINE_SIZE_REST) && flow->number)
			flow->state = SW_CHUNK;
		return flow->state != SW_WATCH;
	}
	if (line == LINE_BDAT)
		flow->number = 0;
	if (flow->line == LINE_SIZE && flow->number < CHUNK_MAX)
		flow->number = flow->number * 10 + (c - '0');
	return 0;
}

/* What a byte makes of how far CR LF . CR LF was seen. */
static const __u8 match_next[8][LETTER_ROOM] = {
	[MATCH_NONE] = { [IS_CR] = MATCH_CR },
	[MATCH_CR] = { [IS_CR] = MATCH_CR, [IS_LF] = MATCH_CRLF },
	[MATCH_CRLF] = { [IS_CR] = MATCH_CR, [IS_DOT] = MATCH_DOT },
	[MATCH_DOT] = { [IS_CR] = MATCH_DOT_CR },
	[MATCH_DOT_CR] = { [IS_CR] = MATCH_CR, [IS_LF] = MATCH_END },
};

/* One byte of content. 1 (enough) behind its end. */
static long content_step(__u32 index, void *context)
{
	struct block *block = context;
	struct sw_flow *flow = block->flow;
	__u8 c = block->bytes[index & (SCAN_BLOCK - 1)];

	block->used = index + 1;
	flow->match = match_next[flow->match & 7][letters[c] & (LETTER_ROOM - 1)];
	return flow->match == MATCH_END;
}

/* Bytes of @word that are @c are 0x80 in the result; a byte above such a one may be, too. */
static __always_inline __u64 bytes_equal_to(__u64 word, __u8 c)
{
	const __u64 ones = 0x0101010101010101ull, tops = 0x8080808080808080ull;
	__u64 x = word ^ (ones * c);

	return (x - ones) & ~x & tops;
}

/* A dot behind an LF: only there can content end, and most blocks have none. */
static __always_inline bool has_dot_line(const struct block *block)
{
	__u64 hits = 0, carry = 0, word, ends;

#pragma clang loop unroll(disable)
	for (int i = 0; i < SCAN_BLOCK / 8; i++) {
		__builtin_memcpy(&word, block->bytes + i * 8, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		word = __builtin_bswap64(word);
#endif
		ends = bytes_equal_to(word, '\n');
		hits |= bytes_equal_to(word, '.') & (ends << 8 | carry);
		carry = ends >> 56;
	}
	return hits;
}

/* A whole block of content without an end: only its last two bytes matter. */
static __always_inline bool passes_content(struct block *block)
{
	struct sw_flow *flow = block->flow;
	__u8 before = block->bytes[SCAN_BLOCK - 2], last = block->bytes[SCAN_BLOCK - 1];

	if (flow->match >= MATCH_CRLF || has_dot_line(block))
		return false;
	flow->match = last == '\r'                     ? MATCH_CR
		      : last == '\n' && before == '\r' ? MATCH_CRLF
						       : MATCH_NONE;
	block->used = SCAN_BLOCK;
	return true;
}

static __always_inline bool block_load(
	const struct reader *reader, struct block *block, __u32 *size)
{
	const struct scan *scan = reader->scan;
	__u32 left = scan->end - scan->at;

	if (left >= SCAN_BLOCK) {
		*size = SCAN_BLOCK;
		return source_load_far(
			reader->from, scan->payload + scan->at, block->bytes, SCAN_BLOCK);
	}
	*size = left;
	return source_load_some(
		reader->from, scan->payload + scan->at, block->bytes, left, SCAN_BLOCK);
}

static __always_inline void chunk_block(struct reader *reader)
{
	struct sw_flow *flow = reader->flow;
	struct scan *scan = reader->scan;
	__u32 left = flow->chunk_end - (scan->seq + scan->at);
	__u32 n = scan->end - scan->at;

	if (left > n) {
		scan_mask(scan, scan->at, scan->end);
		scan->at = scan->end;
		return;
	}
	scan_mask(scan, scan->at, scan->at + left);
	scan->at += left;
	flow->state = SW_WATCH;
	flow->line = LINE_START;
}

static __always_inline void content_block(struct reader *reader, struct block *block, __u32 size)
{
	struct sw_flow *flow = reader->flow;
	struct scan *scan = reader->scan;
	__u32 visible;

	if (size < SCAN_BLOCK || !passes_content(block))
		bpf_loop(size, content_step, block, 0);
	scan->at += block->used;
	if (flow->match != MATCH_END) {
		if (scan->at >= scan->end)
			scan_mask(scan, scan->masked_from, scan->end);
		return;
	}
	/* The end itself is handed up, as much of it as stands in this segment. */
	visible = scan->at - scan->masked_from;
	if (visible > MATCH_END)
		visible = MATCH_END;
	scan_mask(scan, scan->masked_from, scan->at - visible);
	flow->state = SW_WATCH;
	flow->line = LINE_START;
}

static __always_inline void line_block(struct reader *reader, struct block *block, __u32 size)
{
	struct sw_flow *flow = reader->flow;
	struct scan *scan = reader->scan;

	bpf_loop(size, line_step, block, 0);
	scan->at += block->used;
	scan->masked_from = scan->at;
	if (flow->state == SW_CHUNK) {
		flow->had_content = 1;
		flow->chunk_end = scan->seq + scan->at + flow->number;
		if (flow->number >= CHUNK_MAX)
			flow->state = SW_LOST;
	} else if (flow->state == SW_DATA) {
		flow->reply = 0;
		/* Content that did not wait for an answer. */
		if (scan->at < scan->end) {
			flow->state = SW_CONTENT;
			flow->had_content = 1;
			flow->match = MATCH_CRLF;
		}
	}
}

/* One step of the walk. 1: it is over. */
static long scan_step(__u32 index, void *context)
{
	struct reader *reader = context;
	struct sw_flow *flow = reader->flow;
	struct scan *scan = reader->scan;
	struct block block;
	__u32 size;

	(void)index;
	if (scan->at >= scan->end)
		return 1;
	if (flow->state == SW_CHUNK) {
		chunk_block(reader);
		return 0;
	}
	if (flow->state != SW_CONTENT && flow->state != SW_WATCH)
		return 1;
	__builtin_memset(&block, 0, sizeof(block));
	block.flow = flow;
	if (!block_load(reader, &block, &size)) {
		flow->state = SW_LOST;
		return 1;
	}
	if (flow->state == SW_CONTENT)
		content_block(reader, &block, size);
	else
		line_block(reader, &block, size);
	return 0;
}

/*
 * Read on from @scan->at. Where it can't be told what the bytes are, all that is left is masked and
 * the flow is lost.
 */
static __always_inline void scan_client(struct reader *reader)
{
	struct scan *scan = reader->scan;

	scan->masked_from = scan->at;
	bpf_loop(SCAN_STEPS, scan_step, reader, 0);
	if (scan->at < scan->end) {
		scan_mask(scan, scan->masked_from, scan->end);
		reader->flow->state = SW_LOST;
	}
}

/* The server's lines: the first digit of the last one. */
static long reply_step(__u32 index, void *context)
{
	struct block *block = context;
	struct sw_flow *flow = block->flow;
	__u8 c = block->bytes[index & (SCAN_BLOCK - 1)];

	if (c == '\n') {
		flow->reply_at = 0;
	} else if (flow->reply_at == 0) {
		flow->reply = c;
		flow->reply_at = c == '3' ? 1 : 2;
	} else if (flow->reply_at == 1) {
		/* 334 asks for credentials; what follows is a line like others. */
		flow->reply = c == '5' ? '3' : '2';
		flow->reply_at = 2;
	}
	return 0;
}

static long reply_block(__u32 index, void *context)
{
	struct reader *reader = context;
	struct sw_flow *flow = reader->flow;
	struct scan *scan = reader->scan;
	struct block block;
	__u32 size;

	(void)index;
	if (scan->at >= scan->end)
		return 1;
	__builtin_memset(&block, 0, sizeof(block));
	if (!block_load(reader, &block, &size))
		return 1;
	block.flow = flow;
	bpf_loop(size, reply_step, &block, 0);
	if (flow->reply == '3' && flow->state == SW_WATCH)
		flow->state = SW_DATA;
	scan->at += size;
	return 0;
}

/* Replies are short; what goes on for longer is cut, and its last line is not known. */
#define REPLY_BLOCKS 64

static __always_inline void scan_server(struct reader *reader)
{
	bpf_loop(REPLY_BLOCKS, reply_block, reader, 0);
	if (reader->scan->at < reader->scan->end) {
		reader->flow->reply = 0;
		reader->flow->reply_at = 2;
	}
}

#endif
