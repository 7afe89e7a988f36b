// SPDX-License-Identifier: BSD-2-Clause
#include "trace.h"

#include <stdlib.h>

#include "base/mem.h"
#include "put.h"

enum {
	PCAP_MAGIC_MICRO = 0xa1b2c3d4,
	PCAP_MAGIC_NANO = 0xa1b23c4d,
	NG_SECTION = 0x0a0d0d0a,
	NG_INTERFACE = 1,
	NG_PACKET = 6,
	NG_ORDER = 0x1a2b3c4d,
};

void trace_add(struct trace *trace, int64_t time, struct bytes frame)
{
	struct trace_frame *added;

	trace->list = mem_grow(trace->list, trace->n, &trace->room, sizeof(*trace->list));
	added = &trace->list[trace->n];
	*added = (struct trace_frame){ .time = time, .number = trace->n };
	text_add(&added->bytes, frame);
	trace->n++;
}

void trace_free(struct trace *trace)
{
	for (size_t i = 0; i < trace->n; i++)
		text_free(&trace->list[i].bytes);
	free(trace->list);
	*trace = (struct trace){ 0 };
}

static int by_time(const void *a, const void *b)
{
	const struct trace_frame *left = a, *right = b;

	if (left->time != right->time)
		return left->time < right->time ? -1 : 1;
	return left->number < right->number ? -1 : 1;
}

static void put_pcap_header(struct text *out, const struct trace_format *format)
{
	bool big = format->big_endian;

	put_order(out, format->nanoseconds ? PCAP_MAGIC_NANO : PCAP_MAGIC_MICRO, 4, big);
	put_order(out, 2, 2, big);
	put_order(out, 4, 2, big);
	put_order(out, 0, 8, big);
	put_order(out, format->snaplen, 4, big);
	put_order(out, format->link, 4, big);
}

/* Section and interface; the only options are the interface's name and its clock's resolution. */
static void put_ng_header(struct text *out, const struct trace_format *format)
{
	bool big = format->big_endian;

	put_order(out, NG_SECTION, 4, big);
	put_order(out, 28, 4, big);
	put_order(out, NG_ORDER, 4, big);
	put_order(out, 1, 2, big);
	put_order(out, 0, 2, big);
	put_order(out, UINT64_MAX, 8, big); /* length not given */
	put_order(out, 28, 4, big);

	put_order(out, NG_INTERFACE, 4, big);
	put_order(out, 40, 4, big);
	put_order(out, format->link, 2, big);
	put_order(out, 0, 2, big);
	put_order(out, format->snaplen, 4, big);
	put_order(out, 2, 2, big); /* if_name */
	put_order(out, 4, 2, big);
	text_add(out, bytes_of("eth0", 4));
	put_order(out, 9, 2, big); /* if_tsresol */
	put_order(out, 1, 2, big);
	put(out, (uint64_t)(format->nanoseconds ? 9 : 6) << 24, 4);
	put_order(out, 0, 4, big); /* opt_endofopt */
	put_order(out, 40, 4, big);
}

static void put_frame(
	struct text *out, const struct trace_format *format, const struct trace_frame *frame)
{
	bool big = format->big_endian;
	uint32_t unit = format->nanoseconds ? 1 : 1000;
	uint64_t ticks = (uint64_t)frame->time / unit, second = 1000000000u / unit;
	size_t kept = frame->bytes.n < format->snaplen ? frame->bytes.n : format->snaplen;
	size_t padding = (4 - kept % 4) % 4;

	if (format->pcapng) {
		put_order(out, NG_PACKET, 4, big);
		put_order(out, 32 + kept + padding, 4, big);
		put_order(out, 0, 4, big);
		put_order(out, ticks >> 32, 4, big);
		put_order(out, ticks & UINT32_MAX, 4, big);
	} else {
		put_order(out, ticks / second, 4, big);
		put_order(out, ticks % second, 4, big);
	}
	put_order(out, kept, 4, big);
	put_order(out, frame->bytes.n, 4, big);
	text_add(out, bytes_of(frame->bytes.s, kept));
	if (format->pcapng) {
		put(out, 0, (unsigned int)padding);
		put_order(out, 32 + kept + padding, 4, big);
	}
}

bool trace_write(struct trace *trace, const struct trace_format *format, FILE *out)
{
	struct text file = { 0 };
	bool done;

	if (trace->n)
		qsort(trace->list, trace->n, sizeof(*trace->list), by_time);
	if (format->pcapng)
		put_ng_header(&file, format);
	else
		put_pcap_header(&file, format);
	for (size_t i = 0; i < trace->n; i++)
		put_frame(&file, format, &trace->list[i]);
	done = fwrite(file.s, 1, file.n, out) == file.n && fflush(out) == 0;
	text_free(&file);
	return done;
}
