// SPDX-License-Identifier: BSD-2-Clause
#include "harness.h"

#include <stdlib.h>

#include "base/text.h"
#include "capture/live_frame.h"

/* A record: its head, and the bytes kept of the frame. */
struct row {
	const char *name;
	const char *kept;
	struct sw_range mask[SW_MASKS + 1];
	uint32_t masks, captured, wire_length; /* captured: 0: as many as @kept has */
	uint16_t flags, vlan;
	const char *want; /* the frame; NULL: no frame */
	uint32_t want_wire;
};

static const struct row rows[] = {
	{ "as it is", "0123456789abcdef", { { 0 } }, 0, 0, 16, 0, 0, "0123456789abcdef", 16 },
	{ "cut", "0123456789abcdef", { { 0 } }, 0, 0, 60, 0, 0, "0123456789abcdef", 60 },
	{ "one range left out", "01234def", { { 5, 8 } }, 1, 0, 16, 0, 0, "01234xxxxxxxxdef", 16 },
	{ "two, the second at the end", "01def", { { 2, 3 }, { 8, 2 } }, 2, 0, 10, 0, 0,
		"01xxxdefxx", 10 },
	{ "two that touch", "0d", { { 1, 2 }, { 3, 2 } }, 2, 0, 6, 0, 0, "0xxxxd", 6 },
	{ "cut before a range", "012", { { 5, 8 } }, 1, 0, 30, 0, 0, "012", 30 },
	{ "cut behind a range", "01234d", { { 5, 8 } }, 1, 0, 30, 0, 0, "01234xxxxxxxxd", 30 },
	{ "a tag goes back", "aaaaaabbbbbb\x08\x01.", { { 0 } }, 0, 0, 15, SW_VLAN, 0x4142,
		"aaaaaabbbbbb\x81\x01"
		"AB\x08\x01.",
		19 },
	{ "a tag of another type, and a range", "aaaaaabbbbbb..", { { 14, 2 } }, 1, 0, 16, SW_QINQ,
		0x4142,
		"aaaaaabbbbbb\x88\xa8"
		"AB..xx",
		20 },
	{ "a tag, and no addresses", "aaaaaabbbbb", { { 0 } }, 0, 0, 11, SW_VLAN, 1, NULL, 0 },
	{ "more bytes than there are", "0123", { { 0 } }, 0, 5, 5, 0, 0, NULL, 0 },
	{ "more ranges than fit", "0123", { { 0 } }, SW_MASKS + 1, 0, 9, 0, 0, NULL, 0 },
	{ "ranges in no order", "0123456", { { 5, 1 }, { 2, 1 } }, 2, 0, 9, 0, 0, NULL, 0 },
	{ "a range beyond all frames", "0123456", { { 5, UINT32_MAX } }, 1, 0, 9, 0, 0, NULL, 0 },
};

static struct bytes record_of(const struct row *row)
{
	struct sw_frame head = {
		.header = { .kind = SW_FRAME, .link = LINK_ETHERNET, .ifindex = 7, .time = 1000 },
		.wire_length = row->wire_length,
		.captured = row->captured ? row->captured : (uint32_t)strlen(row->kept),
		.skipped = 11,
		.skipped_back = 12,
		.vlan = row->vlan,
		.flags = row->flags,
		.masks = row->masks,
	};
	struct text text = { 0 };
	struct bytes record;

	memcpy(head.mask, row->mask, sizeof(head.mask));
	text_add(&text, bytes_of(&head, sizeof(head)));
	text_puts(&text, row->kept);
	record = guarded(bytes_of(text.s, text.n));
	text_free(&text);
	return record;
}

/* Type of a tag with a NUL in it: 0x8100 stands as 0x8101 in the rows. */
static bool is_frame(struct bytes frame, const char *want, bool vlan)
{
	struct bytes wanted = bytes_str(want);
	uint8_t room[64];

	memcpy(room, wanted.p, wanted.n);
	if (vlan)
		room[13] = 0;
	return bytes_equal(frame, bytes_of(room, wanted.n));
}

static void frames(void **state)
{
	struct live_frame_room *room = calloc(1, sizeof(*room));

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct bytes record = record_of(row);
		struct packet packet = { .time = -1 };
		uint32_t ifindex = 0;
		bool got = live_frame(record, 5000, room, &packet, &ifindex);

		assert_row_int(row->name, got, row->want != NULL);
		if (!got) {
			assert_row_int(row->name, packet.time, -1);
			guarded_free(record);
			continue;
		}
		assert_row(row->name, is_frame(packet.frame, row->want, row->flags & SW_VLAN));
		assert_row_int(row->name, packet.wire_length, row->want_wire);
		assert_row_int(row->name, packet.time, 6000);
		assert_row_int(row->name, packet.link_type, LINK_ETHERNET);
		assert_row_int(row->name, packet.altered, row->masks > 0);
		assert_row_int(row->name, packet.skipped, 11);
		assert_row_int(row->name, packet.skipped_back, 12);
		assert_row_int(row->name, ifindex, 7);
		guarded_free(record);
	}
	free(room);
}

static void cut(struct bytes prefix, void *context)
{
	struct packet packet;
	uint32_t ifindex;

	assert_false(live_frame(prefix, 0, context, &packet, &ifindex));
}

static void truncations(void **state)
{
	struct live_frame_room *room = calloc(1, sizeof(*room));

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bytes record = record_of(&rows[i]);

		if (rows[i].want)
			every_truncation(record, cut, room);
		guarded_free(record);
	}
	free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames),
		cmocka_unit_test(truncations),
	};

	return cmocka_run_group_tests_name("live_frame", tests, NULL, NULL);
}
