// SPDX-License-Identifier: BSD-2-Clause
#include "capture/live_frame.h"

#include <arpa/inet.h>

enum {
	ADDRESSES = 12, /* of Ethernet, before the place of a tag */
	TAG = 4,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	FILL = 'x',
};

static bool put(struct live_frame_room *room, size_t *n, struct bytes b)
{
	if (b.n > sizeof(room->bytes) - *n)
		return false;
	if (b.n)
		memcpy(room->bytes + *n, b.p, b.n);
	*n += b.n;
	return true;
}

static bool fill(struct live_frame_room *room, size_t *n, size_t length)
{
	if (length > sizeof(room->bytes) - *n)
		return false;
	memset(room->bytes + *n, FILL, length);
	*n += length;
	return true;
}

/*
 * The pieces of @kept with the ranges between them filled. What lies behind the end of @kept was
 * cut, ranges too.
 */
static bool rebuild(
	const struct sw_frame *head, struct bytes kept, struct live_frame_room *room, size_t *n)
{
	const size_t tag = *n;
	struct bytes piece;

	for (uint32_t i = 0; i < head->masks && kept.n; i++) {
		size_t at = head->mask[i].at;

		if (at < *n - tag)
			return false;
		at -= *n - tag;
		if (!bytes_take(&kept, at < kept.n ? at : kept.n, &piece) || !put(room, n, piece))
			return false;
		if (piece.n == at && !fill(room, n, head->mask[i].length))
			return false;
	}
	return put(room, n, kept);
}

/* The frame, from its tag on where there is one, in @room. */
static bool rebuild_tagged(const struct sw_frame *head, struct bytes kept,
	struct live_frame_room *room, struct bytes *frame)
{
	const uint16_t type = htons(head->flags & SW_QINQ ? TYPE_QINQ : TYPE_VLAN);
	const uint16_t vlan = htons(head->vlan);
	size_t n = TAG;

	if (!rebuild(head, kept, room, &n) || n < TAG + ADDRESSES)
		return false;
	memmove(room->bytes, room->bytes + TAG, ADDRESSES);
	memcpy(room->bytes + ADDRESSES, &type, sizeof(type));
	memcpy(room->bytes + ADDRESSES + sizeof(type), &vlan, sizeof(vlan));
	*frame = bytes_of(room->bytes, n);
	return true;
}

bool live_frame(struct bytes record, int64_t clock, struct live_frame_room *room,
	struct packet *out, uint32_t *ifindex)
{
	struct sw_frame head;
	struct bytes kept, frame;
	bool tagged;
	size_t n = 0;

	if (record.n < sizeof(head))
		return false;
	memcpy(&head, record.p, sizeof(head));
	bytes_skip(&record, sizeof(head));
	tagged = head.flags & (SW_VLAN | SW_QINQ);
	if (head.masks > SW_MASKS || !bytes_take(&record, head.captured, &kept))
		return false;
	if (tagged) {
		if (!rebuild_tagged(&head, kept, room, &frame))
			return false;
	} else if (head.masks) {
		if (!rebuild(&head, kept, room, &n))
			return false;
		frame = bytes_of(room->bytes, n);
	} else {
		frame = kept;
	}
	n = (size_t)head.wire_length + (tagged ? TAG : 0);
	*out = (struct packet){
		.time = (int64_t)(head.header.time & INT64_MAX) + clock,
		.frame = frame,
		.wire_length = n > frame.n ? (uint32_t)n : (uint32_t)frame.n,
		.link_type = head.header.link,
		.altered = head.masks,
		.skipped = head.skipped,
		.skipped_back = head.skipped_back,
	};
	*ifindex = head.header.ifindex;
	return true;
}
