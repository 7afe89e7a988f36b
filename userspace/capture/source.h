/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One capture file of either format, recognised by its content.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "capture/capture.h"
#include "capture/input.h"
#include "capture/pcap_file.h"
#include "capture/pcapng_file.h"

enum source_format { SOURCE_PCAP, SOURCE_PCAPNG };

struct source {
	char *name; /* "file:PATH" */
	struct input input;
	enum source_format format;
	union {
		struct pcap_file pcap;
		struct pcapng_file pcapng;
	};
	bool finished; /* source_next() said so */
};

/* Open @path. False: not there or no capture, and logged. source_close() in either case. */
bool source_open(struct source *source, const char *path);

/* The same with an input that is open already: the source becomes its owner. */
bool source_open_input(struct source *source, const char *path, struct input input);

void source_close(struct source *source);

/* The next packet, borrowed until the next call; false at the end or where the file is damaged. */
bool source_next(struct source *source, struct packet *packet);

/* capture_ahead() for this source. */
bool source_ahead(struct source *source, struct bytes *frame, uint16_t *link_type);

/*
 * Give memory and descriptor back, but keep what was told of interfaces. source_resume() starts
 * over with the first packet, or returns false (logged); only if source->input.seekable.
 */
void source_rest(struct source *source);
bool source_resume(struct source *source);

/* Bytes read so far, and those of the whole file (0: can't be known). */
uint64_t source_done(const struct source *source);
uint64_t source_size(const struct source *source);

#endif
