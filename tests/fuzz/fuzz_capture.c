// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any bytes as a capture file, twice: out of memory, and out of a file through a small buffer (the
 * first byte says how small). Both must tell the same packets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/log.h"
#include "capture/frame.h"
#include "capture/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct told {
	uint64_t packets;
	uint64_t hash;
	bool faulty;
};

static void tell(struct told *told, const struct packet *packet)
{
	const struct hash_key key = { { told->hash, 0x9e3779b97f4a7c15u } };

	if (packet->frame.n > FRAME_MAX || packet->wire_length < packet->frame.n)
		abort();
	if (packet->time > PACKET_TIME_MAX || packet->time < -PACKET_TIME_MAX)
		abort();
	told->packets++;
	told->hash = hash_bytes(&key, packet->frame) ^ (uint64_t)packet->time ^
		     packet->wire_length ^ packet->link_type;
	if (packet->interface)
		told->hash ^= hash_bytes(&key, bytes_str(packet->interface));
}

/* Frames that were shown before they came: a queue. */
#define AHEAD 4
struct shown {
	uint64_t hash[AHEAD];
	unsigned int first, n;
};

static const struct hash_key shown_key = { { 1, 0x9e3779b97f4a7c15u } };

static void look_ahead(struct shown *shown, struct source *source)
{
	struct bytes frame;
	uint16_t link_type;

	while (shown->n < AHEAD && source_ahead(source, &frame, &link_type))
		shown->hash[(shown->first + shown->n++) % AHEAD] = hash_bytes(&shown_key, frame);
}

/* What was shown must come. */
static void check_shown(struct shown *shown, const struct packet *packet)
{
	if (!shown->n)
		return;
	if (shown->hash[shown->first++ % AHEAD] != hash_bytes(&shown_key, packet->frame))
		abort();
	shown->n--;
}

static struct told read_all(struct input input)
{
	struct told told = { 0 };
	struct shown shown = { 0 };
	struct source source;
	struct packet packet;

	if (source_open_input(&source, "fuzz", input)) {
		while (source_next(&source, &packet)) {
			tell(&told, &packet);
			check_shown(&shown, &packet);
			if (told.packets % 3) /* now and then nobody looks */
				look_ahead(&shown, &source);
		}
	}
	if (shown.n)
		abort();
	told.faulty = source.input.faulty;
	source_close(&source);
	return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes file = bytes_of(data, size);
	struct told memory, small;
	struct input input;
	uint8_t chunk;
	char path[64];
	int fd;

	log_set_level(LOG_LEVEL_ERROR);
	if (!bytes_u8(&file, &chunk))
		return 0;
	input_open_bytes(&input, file, "fuzz");
	memory = read_all(input);

	fd = memfd_create("fuzz", MFD_CLOEXEC);
	if (fd < 0 || write(fd, file.p, file.n) != (ssize_t)file.n)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!input_open(&input, path, (size_t)chunk + 1))
		abort();
	small = read_all(input);
	close(fd);
	if (memory.packets != small.packets || memory.hash != small.hash ||
		memory.faulty != small.faulty)
		abort();
	return 0;
}
