// SPDX-License-Identifier: BSD-2-Clause
#include "capture/pcapng_file.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/table.h"
#include "capture/frame.h"
#include "capture/pcapng_clock.h"

enum block_type {
	BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in either order */
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET_OLD = 2, /* obsolete, but old Wireshark and ntar wrote it */
	BLOCK_PACKET_SIMPLE = 3,
	BLOCK_PACKET = 6,
};

#define SECTION_MAGIC   0x1a2b3c4d
#define SECTION_VERSION 1

enum option {
	OPTION_END = 0,
	OPTION_IF_NAME = 2,
	OPTION_IF_TSRESOL = 9,
	OPTION_IF_TSOFFSET = 14,
};

#define BLOCK_HEADER  8 /* type and length */
#define BLOCK_TRAILER 4 /* the length again */
#define BLOCK_MIN     (BLOCK_HEADER + BLOCK_TRAILER)

/* A longer block has a damaged length: a frame and its options, or a list of names, are shorter. */
#define BLOCK_MAX ((uint32_t)64 * 1024 * 1024)

/* Interfaces of a section, 48 bytes each. A host with virtual interfaces has some thousands. */
#define MAX_INTERFACES 65536

/* Names that one file may leave in memory, and their length. Others are not told. */
#define MAX_NAMES       4096
#define MAX_NAME_LENGTH 256

struct pcapng_interface {
	struct pcapng_clock clock;
	const char *name; /* one of file->names, or NULL */
	uint32_t snap_length;
	uint16_t link_type;
};

struct block {
	uint32_t type;
	uint32_t length;
	uint64_t offset; /* in the file */
};

bool pcapng_file_is(struct bytes start)
{
	uint32_t type, magic;

	if (!order_u32(&start, ORDER_OURS, &type) || !bytes_skip(&start, 4) ||
		!order_u32(&start, ORDER_OURS, &magic))
		return false;
	return type == BLOCK_SECTION &&
	       (magic == SECTION_MAGIC || bswap_32(magic) == SECTION_MAGIC);
}

void pcapng_file_fini(struct pcapng_file *file)
{
	free(file->interfaces);
	table_free(file->names);
	*file = (struct pcapng_file){ 0 };
}

void pcapng_file_rewind(struct pcapng_file *file)
{
	file->interface_count = 0;
	file->last_time = 0;
}

static void drop_name(void *value)
{
	char **name = value;

	free(*name);
}

/* The one copy of @name, or NULL if it is too long or there are too many. */
static const char *intern_name(struct pcapng_file *file, struct bytes name)
{
	char **slot;

	if (name.n > MAX_NAME_LENGTH)
		return NULL;
	if (!file->names)
		file->names = table_new(MAX_NAMES, sizeof(char *), drop_name);
	slot = table_get(file->names, name);
	if (slot)
		return *slot;
	/* A name that made room for another would be gone under the packets that point to it. */
	if (table_count(file->names) == MAX_NAMES)
		return NULL;
	slot = table_put(file->names, name, NULL);
	*slot = mem_string(name);
	return *slot;
}

/* Take the next option; false at the end of the list, whether it says so or just ends. */
static bool next_option(struct bytes *from, enum order order, uint16_t *code, struct bytes *value)
{
	struct bytes rest = *from;
	uint16_t length;

	if (!order_u16(&rest, order, code) || !order_u16(&rest, order, &length) ||
		*code == OPTION_END || !bytes_take(&rest, length, value))
		return false;
	/* The pad of the last option is missing in some files. */
	if (!bytes_skip(&rest, -(size_t)length & 3))
		rest.n = 0;
	*from = rest;
	return true;
}

static void read_interface_options(
	struct pcapng_file *file, struct bytes options, struct pcapng_interface *interface)
{
	uint8_t resolution = PCAPNG_CLOCK_DEFAULT;
	uint64_t offset = 0;
	struct bytes value;
	uint16_t code;

	while (next_option(&options, file->order, &code, &value)) {
		if (code == OPTION_IF_NAME && value.n)
			interface->name = intern_name(file, value);
		else if (code == OPTION_IF_TSRESOL && value.n == 1)
			resolution = value.p[0];
		else if (code == OPTION_IF_TSOFFSET && value.n == sizeof(offset))
			order_u64(&value, file->order, &offset);
	}
	pcapng_clock_init(&interface->clock, resolution, (int64_t)offset);
}

static bool damaged(struct input *in, const struct block *block, const char *what)
{
	input_fault(in, "damaged at offset %llu: %s", (unsigned long long)block->offset, what);
	return false;
}

static void read_interface(
	struct pcapng_file *file, struct input *in, const struct block *block, struct bytes body)
{
	struct pcapng_interface interface = { 0 };

	if (!order_u16(&body, file->order, &interface.link_type) || !bytes_skip(&body, 2) ||
		!order_u32(&body, file->order, &interface.snap_length)) {
		/* It takes its number nevertheless, or the packets of the next would become its. */
		damaged(in, block, "interface block too short");
		interface.link_type = LINK_UNKNOWN;
		body.n = 0;
	}
	if (file->interface_count == MAX_INTERFACES) {
		damaged(in, block, "too many interfaces");
		return;
	}
	read_interface_options(file, body, &interface);
	file->interfaces = mem_grow(
		file->interfaces, file->interface_count, &file->interface_room, sizeof(interface));
	file->interfaces[file->interface_count++] = interface;
}

/* Whose packet it is, or NULL. */
static const struct pcapng_interface *find_interface(const struct pcapng_file *file,
	struct input *in, const struct block *block, uint32_t number)
{
	if (number < file->interface_count)
		return &file->interfaces[number];
	input_fault(in, "damaged at offset %llu: packet of interface %u, but %zu are described",
		(unsigned long long)block->offset, number, file->interface_count);
	return NULL;
}

static bool fill_packet(struct input *in, const struct block *block,
	const struct pcapng_interface *interface, struct bytes body, uint32_t captured,
	uint32_t wire_length, struct packet *packet)
{
	struct bytes frame;

	if (captured > FRAME_MAX || !bytes_take(&body, captured, &frame)) {
		input_fault(in, "damaged at offset %llu: packet of %u bytes announced, %zu there",
			(unsigned long long)block->offset, captured, body.n);
		return false;
	}
	frame_set(packet, frame, wire_length);
	packet->link_type = interface->link_type;
	packet->interface = interface->name;
	return true;
}

/* Enhanced packet block, or the obsolete packet block, whose interface number has but 16 bits. */
static bool read_packet(struct pcapng_file *file, struct input *in, const struct block *block,
	struct bytes body, struct packet *packet)
{
	const struct pcapng_interface *interface;
	uint32_t number, high, low, captured, wire_length;
	uint16_t old_number = 0;

	if (block->type == BLOCK_PACKET_OLD) {
		/* Behind it, 16 bits of a count of drops. */
		if (!order_u16(&body, file->order, &old_number) || !bytes_skip(&body, 2))
			return damaged(in, block, "packet block too short");
		number = old_number;
	} else if (!order_u32(&body, file->order, &number)) {
		return damaged(in, block, "packet block too short");
	}
	if (!order_u32(&body, file->order, &high) || !order_u32(&body, file->order, &low) ||
		!order_u32(&body, file->order, &captured) ||
		!order_u32(&body, file->order, &wire_length))
		return damaged(in, block, "packet block too short");
	interface = find_interface(file, in, block, number);
	if (!interface || !fill_packet(in, block, interface, body, captured, wire_length, packet))
		return false;
	packet->time = pcapng_clock_time(&interface->clock, (uint64_t)high << 32 | low);
	file->last_time = packet->time;
	return true;
}

/* It names neither interface (the first), nor captured length (as the block allows), nor time. */
static bool read_simple_packet(struct pcapng_file *file, struct input *in,
	const struct block *block, struct bytes body, struct packet *packet)
{
	const struct pcapng_interface *interface;
	uint32_t captured, wire_length;

	if (!order_u32(&body, file->order, &wire_length))
		return damaged(in, block, "packet block too short");
	interface = find_interface(file, in, block, 0);
	if (!interface)
		return false;
	captured = wire_length;
	if (interface->snap_length && captured > interface->snap_length)
		captured = interface->snap_length;
	if (!fill_packet(in, block, interface, body, captured, wire_length, packet))
		return false;
	/* As late as anything before it: an order of events, if not a date. */
	packet->time = file->last_time;
	return true;
}

/* False: what follows can't be read. */
static bool start_section(
	struct pcapng_file *file, struct input *in, const struct block *block, struct bytes body)
{
	uint16_t major;

	if (!bytes_skip(&body, 4) || !order_u16(&body, file->order, &major))
		return damaged(in, block, "section block too short");
	if (major != SECTION_VERSION) {
		input_fault(in, "can't read on at offset %llu: section of pcapng version %u",
			(unsigned long long)block->offset, major);
		return false;
	}
	file->interface_count = 0;
	return true;
}

/* The byte order of the section whose block, up to its magic number, is @start. */
static bool find_order(struct pcapng_file *file, struct bytes start)
{
	uint32_t magic;

	if (!bytes_skip(&start, BLOCK_HEADER) || !order_u32(&start, ORDER_OURS, &magic))
		return false;
	if (magic != SECTION_MAGIC && bswap_32(magic) != SECTION_MAGIC)
		return false;
	file->order = magic == SECTION_MAGIC ? ORDER_OURS : ORDER_SWAPPED;
	return true;
}

/* The input ended inside the block that starts here. */
static bool truncated(struct input *in, const struct block *block)
{
	input_fault(in, "truncated at offset %llu: block of %u bytes announced, %llu there",
		(unsigned long long)block->offset, block->length,
		(unsigned long long)(input_offset(in) + input_buffered(in) - block->offset));
	return false;
}

/* Type and length of the block that starts here; nothing is taken. False: the end, or a fault. */
static bool read_block_header(struct pcapng_file *file, struct input *in, struct block *block)
{
	struct bytes b;

	block->offset = input_offset(in);
	if (!input_peek(in, BLOCK_MIN, &b)) {
		if (input_buffered(in))
			input_fault(in,
				"truncated at offset %llu: block of at least %d bytes expected, "
				"%zu there",
				(unsigned long long)block->offset, BLOCK_MIN, input_buffered(in));
		return false;
	}
	/* The section's own byte order comes behind its length. */
	if (bytes_starts(b, "\n\r\r\n") && !find_order(file, b))
		return damaged(in, block, "section block without its byte order");
	if (!order_u32(&b, file->order, &block->type) ||
		!order_u32(&b, file->order, &block->length))
		return false;
	if (block->length >= BLOCK_MIN && block->length <= BLOCK_MAX && block->length % 4 == 0)
		return true;
	input_fault(in, "damaged at offset %llu: block of type 0x%x and %u bytes announced",
		(unsigned long long)block->offset, block->type, block->length);
	return false;
}

/* Pass over a block that does not matter, however long, without holding it. */
static bool skip_block(struct pcapng_file *file, struct input *in, const struct block *block)
{
	struct bytes trailer;
	uint32_t again;

	if (!input_skip(in, block->length - BLOCK_TRAILER) ||
		!input_peek(in, BLOCK_TRAILER, &trailer))
		return truncated(in, block);
	if (order_u32(&trailer, file->order, &again) && again != block->length)
		damaged(in, block, "block whose two lengths differ");
	input_take(in, BLOCK_TRAILER);
	return true;
}

/*
 * The block's body, all of it taken from @in; empty if its two lengths differ, for then either may
 * be wrong. False: the input ends before.
 */
static bool take_block(
	struct pcapng_file *file, struct input *in, const struct block *block, struct bytes *body)
{
	struct bytes b;
	uint32_t again;

	*body = bytes_of(NULL, 0);
	if (!input_peek(in, block->length, &b))
		return truncated(in, block);
	input_take(in, block->length);
	bytes_skip(&b, BLOCK_HEADER);
	if (!bytes_take(&b, block->length - BLOCK_MIN, body) ||
		!order_u32(&b, file->order, &again) || again != block->length) {
		damaged(in, block, "block whose two lengths differ");
		*body = bytes_of(NULL, 0);
	}
	return true;
}

static bool block_matters(uint32_t type)
{
	return type == BLOCK_PACKET || type == BLOCK_SECTION || type == BLOCK_INTERFACE ||
	       type == BLOCK_PACKET_SIMPLE || type == BLOCK_PACKET_OLD;
}

bool pcapng_file_next(struct pcapng_file *file, struct input *in, struct packet *packet)
{
	struct block block;
	struct bytes body;

	while (read_block_header(file, in, &block)) {
		if (!block_matters(block.type)) {
			if (!skip_block(file, in, &block))
				return false;
			continue;
		}
		if (!take_block(file, in, &block, &body))
			return false;
		if (block.type == BLOCK_SECTION) {
			if (!start_section(file, in, &block, body))
				return false;
		} else if (block.type == BLOCK_INTERFACE) {
			read_interface(file, in, &block, body);
		} else if (block.type == BLOCK_PACKET_SIMPLE) {
			if (read_simple_packet(file, in, &block, body, packet))
				return true;
		} else if (read_packet(file, in, &block, body, packet)) {
			return true;
		}
	}
	return false;
}
