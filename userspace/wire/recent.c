// SPDX-License-Identifier: BSD-2-Clause
#include "wire/recent.h"

#include <stdlib.h>

#include "base/mem.h"

/* What stands in the ring in front of each piece. */
struct entry {
	uint64_t previous; /* position of the stream's entry before this */
	uint64_t offset;
	uint32_t length;
	uint8_t ttl;
};

struct recent {
	uint64_t head; /* where the next entry goes; counts every byte since the beginning */
	size_t at;     /* the same in the ring: head % size, without a division for each piece */
	size_t size;
	uint8_t *ring;
};

/* Entries start where a struct entry may. */
static size_t room_for(size_t length)
{
	size_t align = _Alignof(struct entry);

	return (sizeof(struct entry) + length + align - 1) / align * align;
}

struct recent *recent_new(size_t bytes)
{
	struct recent *recent = mem_alloc(sizeof(*recent));
	size_t least = room_for(RECENT_MAX);

	recent->size =
		bytes < least ? least : bytes / _Alignof(struct entry) * _Alignof(struct entry);
	recent->ring = mem_alloc(recent->size);
	recent->head = recent->size; /* so that position 0 is none */
	return recent;
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	free(recent->ring);
	free(recent);
}

uint64_t recent_add(
	struct recent *recent, uint64_t newest, uint64_t offset, uint8_t ttl, struct bytes data)
{
	struct entry entry = { newest, offset, (uint32_t)data.n, ttl };
	size_t room = room_for(data.n);
	uint64_t position;
	uint8_t *to;

	if (recent->at + room > recent->size) { /* an entry lies in one piece */
		recent->head += recent->size - recent->at;
		recent->at = 0;
	}
	position = recent->head;
	to = recent->ring + recent->at;
	memcpy(to, &entry, sizeof(entry));
	memcpy(to + sizeof(entry), data.p, data.n);
	recent->head += room;
	recent->at += room;
	return position;
}

bool recent_get(const struct recent *recent, uint64_t *position, struct recent_copy *copy)
{
	struct entry entry;
	const uint8_t *at;

	if (!*position || recent->head - *position > recent->size)
		return false;
	at = recent->ring + *position % recent->size;
	memcpy(&entry, at, sizeof(entry));
	*position = entry.previous;
	*copy = (struct recent_copy){
		.offset = entry.offset,
		.bytes = bytes_of(at + sizeof(entry), entry.length),
		.ttl = entry.ttl,
	};
	return true;
}
