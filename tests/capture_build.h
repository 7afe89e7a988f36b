/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capture files put together piece by piece, in either byte order, well-formed or not.
 */
#ifndef TESTS_CAPTURE_BUILD_H
#define TESTS_CAPTURE_BUILD_H

#include "base/text.h"

/* A file in the making; all zero: empty, little-endian. */
struct build {
	struct text out;
	bool big;
	size_t block; /* where the open pcapng block starts */
};

static inline void build_uint(struct build *b, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		text_putc(&b->out, (char)(value >> 8 * (b->big ? width - 1 - i : i)));
}

static inline void build_u16(struct build *b, uint16_t value)
{
	build_uint(b, value, 2);
}

static inline void build_u32(struct build *b, uint32_t value)
{
	build_uint(b, value, 4);
}

static inline struct bytes build_bytes(const struct build *b)
{
	return bytes_of(b->out.s, b->out.n);
}

/* The file header of a classic capture. */
static inline void build_pcap(struct build *b, uint32_t magic, uint32_t link_field)
{
	build_u32(b, magic);
	build_u16(b, 2);
	build_u16(b, 4);
	build_uint(b, 0, 8);
	build_u32(b, 262144);
	build_u32(b, link_field);
}

/* A record whose header may lie about its frame. */
static inline void build_record(struct build *b, uint32_t seconds, uint32_t ticks,
	const char *frame, uint32_t captured, uint32_t wire_length)
{
	build_u32(b, seconds);
	build_u32(b, ticks);
	build_u32(b, captured);
	build_u32(b, wire_length);
	text_puts(&b->out, frame);
}

/* A block is opened, filled, and closed, which settles its lengths. */
static inline void build_open(struct build *b, uint32_t type)
{
	b->block = b->out.n;
	build_u32(b, type);
	build_u32(b, 0);
}

static inline void build_pad(struct build *b)
{
	while ((b->out.n - b->block) % 4)
		text_putc(&b->out, '\0');
}

/* Overwrite the number at @at. */
static inline void build_patch(struct build *b, size_t at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		b->out.s[at + i] = (char)(value >> 8 * (b->big ? 3 - i : i));
}

static inline void build_close(struct build *b)
{
	build_pad(b);
	build_u32(b, (uint32_t)(b->out.n + 4 - b->block));
	build_patch(b, b->block + 4, (uint32_t)(b->out.n - b->block));
}

static inline void build_section(struct build *b, bool big)
{
	b->big = big;
	build_open(b, 0x0a0d0d0a);
	build_u32(b, 0x1a2b3c4d);
	build_u16(b, 1);
	build_u16(b, 0);
	build_uint(b, UINT64_MAX, 8);
	build_close(b);
}

static inline void build_option(struct build *b, uint16_t code, struct bytes value)
{
	build_u16(b, code);
	build_u16(b, (uint16_t)value.n);
	text_add(&b->out, value);
	build_pad(b);
}

/* @resolution < 0, @offset 0, @name NULL: without the option. */
static inline void build_interface(struct build *b, uint16_t link_type, uint32_t snap_length,
	const char *name, int resolution, int64_t offset)
{
	build_open(b, 1);
	build_u16(b, link_type);
	build_u16(b, 0);
	build_u32(b, snap_length);
	if (name)
		build_option(b, 2, bytes_str(name));
	if (resolution >= 0)
		build_option(b, 9, bytes_of(&(uint8_t){ (uint8_t)resolution }, 1));
	if (offset) {
		build_u16(b, 14);
		build_u16(b, 8);
		build_uint(b, (uint64_t)offset, 8);
	}
	build_uint(b, 0, 4);
	build_close(b);
}

static inline void build_packet(
	struct build *b, uint32_t interface, uint64_t ticks, const char *frame)
{
	uint32_t n = (uint32_t)strlen(frame);

	build_open(b, 6);
	build_u32(b, interface);
	build_u32(b, (uint32_t)(ticks >> 32));
	build_u32(b, (uint32_t)ticks);
	build_u32(b, n);
	build_u32(b, n);
	text_puts(&b->out, frame);
	build_close(b);
}

#endif
