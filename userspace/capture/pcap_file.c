// SPDX-License-Identifier: BSD-2-Clause
#include "capture/pcap_file.h"

#include "capture/frame.h"

#define FILE_HEADER     24
#define RECORD_HEADER   16
#define MODIFIED_HEADER 24 /* interface index, protocol, packet type and a pad byte more */

/*
 * The 32 bits of the link-type field: type in the low half; bits 26 to 31 say how many bytes of
 * frame check sequence end each frame, which IP's own length makes irrelevant here; the bits
 * between are zero in all types there are.
 */
#define LINK_TYPE_BITS 0x0000ffffu
#define LINK_ZERO_BITS 0x03ff0000u

static const struct {
	uint32_t magic;
	uint32_t header;
	uint32_t ns_per_tick;
} variants[] = {
	{ 0xa1b2c3d4, RECORD_HEADER, 1000 },
	{ 0xa1b23c4d, RECORD_HEADER, 1 },
	{ 0xa1b2cd34, MODIFIED_HEADER, 1000 },
};

/* Take the magic number; false if it is none. */
static bool read_magic(struct pcap_file *file, struct bytes *from)
{
	struct bytes rest;
	uint32_t magic;

	for (size_t i = 0; i < sizeof(variants) / sizeof(*variants); i++) {
		for (enum order order = ORDER_OURS; order <= ORDER_SWAPPED; order++) {
			rest = *from;
			if (!order_u32(&rest, order, &magic))
				return false;
			if (magic != variants[i].magic)
				continue;
			*from = rest;
			file->order = order;
			file->header = variants[i].header;
			file->ns_per_tick = variants[i].ns_per_tick;
			return true;
		}
	}
	return false;
}

bool pcap_file_is(struct bytes start)
{
	struct pcap_file ignored;

	return read_magic(&ignored, &start);
}

bool pcap_file_start(struct pcap_file *file, struct input *in)
{
	struct bytes header;
	uint32_t link_field;

	if (!input_peek(in, FILE_HEADER, &header)) {
		input_fault(in,
			"truncated at offset 0: file header of %d bytes expected, %zu there",
			FILE_HEADER, input_buffered(in));
		return false;
	}
	/* Version, time zone, accuracy and snap length: nobody fills or needs them. */
	if (!read_magic(file, &header) || !bytes_skip(&header, 2 + 2 + 4 + 4 + 4) ||
		!order_u32(&header, file->order, &link_field))
		return false;
	file->link_type = link_field & LINK_ZERO_BITS ? LINK_UNKNOWN
						      : (uint16_t)(link_field & LINK_TYPE_BITS);
	file->ahead = 0;
	input_take(in, FILE_HEADER);
	return true;
}

/* The input ended inside the record that starts here, of @want bytes of @what. */
static bool truncated(struct input *in, uint32_t header, uint32_t captured)
{
	size_t there = input_buffered(in);

	if (there == 0)
		return false; /* the proper end */
	if (there < header)
		input_fault(in,
			"truncated at offset %llu: packet header of %u bytes expected, %zu there",
			(unsigned long long)input_offset(in), header, there);
	else
		input_fault(in, "truncated at offset %llu: packet of %u bytes announced, %zu there",
			(unsigned long long)input_offset(in), captured, there - header);
	return false;
}

bool pcap_file_next(struct pcap_file *file, struct input *in, struct packet *packet)
{
	const enum order order = file->order;
	uint32_t seconds, ticks, captured, wire_length;
	struct bytes record, numbers;

	if (!input_peek(in, file->header, &record))
		return truncated(in, file->header, 0);
	numbers = bytes_of(record.p, RECORD_HEADER); /* the least that file->header is */
	seconds = order_u32_at(numbers, order, 0);
	ticks = order_u32_at(numbers, order, 4);
	captured = order_u32_at(numbers, order, 8);
	wire_length = order_u32_at(numbers, order, 12);
	if (captured > FRAME_MAX) {
		input_fault(in, "damaged at offset %llu: packet of %u bytes announced",
			(unsigned long long)input_offset(in), captured);
		return false;
	}
	if (!input_peek(in, (size_t)file->header + captured, &record))
		return truncated(in, file->header, captured);
	bytes_skip(&record, file->header);
	input_take(in, (size_t)file->header + captured);
	/* Both stand between records: if it was looked at, then all of it. */
	if (file->ahead)
		file->ahead -= (size_t)file->header + captured;
	/* Both fit 32 bits, so the sum is within the range of times whatever they say. */
	packet->time = (int64_t)seconds * 1000000000 + (int64_t)ticks * file->ns_per_tick;
	packet->link_type = file->link_type;
	frame_set(packet, record, wire_length);
	return true;
}

bool pcap_file_ahead(struct pcap_file *file, const struct input *in, struct bytes *frame)
{
	struct bytes rest = input_there(in);
	uint32_t captured;

	if (!bytes_skip(&rest, file->ahead) || rest.n < file->header)
		return false;
	captured = order_u32_at(bytes_of(rest.p, RECORD_HEADER), file->order, 8);
	if (captured > FRAME_MAX || rest.n - file->header < captured)
		return false;
	*frame = bytes_of(rest.p + file->header, captured);
	file->ahead += (size_t)file->header + captured;
	return true;
}
