// SPDX-License-Identifier: BSD-2-Clause
#include "capture/source.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

#define NAME_PREFIX "file:"

/* Files that people take for captures, and what to do with them. */
static const struct {
	const char *start;
	const char *what;
	const char *program; /* makes a capture of it */
} strangers[] = {
	{ "\x1f\x8b", "gzip-compressed", "zcat" },
	{ "\x28\xb5\x2f\xfd", "zstd-compressed", "zstdcat" },
	{ "\xfd"
	  "7zXZ",
		"xz-compressed", "xzcat" },
	{ "BZh", "bzip2-compressed", "bzcat" },
	{ "\x04\x22\x4d\x18", "lz4-compressed", "lz4cat" },
};

/* Say why a file that starts with @start can't be read. */
static void refuse(struct input *in, struct bytes start)
{
	char *shown;

	if (!start.n && in->faulty)
		return; /* could not be read, which is said */
	if (!start.n) {
		input_fault(in, "is empty");
		return;
	}
	if (start.n < PCAPNG_FILE_MAGIC && bytes_starts(start, "\n\r\r\n")) {
		input_fault(in, "truncated at offset 0: section block expected, %zu bytes there",
			start.n);
		return;
	}
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		if (!bytes_starts(start, strangers[i].start))
			continue;
		input_fault(in, "is %s: %s it into `stripwatch read -`", strangers[i].what,
			strangers[i].program);
		return;
	}
	if (bytes_starts(start, "snoop")) {
		input_fault(in, "is a snoop file: make a pcap of it with editcap");
		return;
	}
	shown = text_printable_string(start, start.n);
	input_fault(in, "is neither a pcap nor a pcapng file: it starts with \"%s\"", shown);
	free(shown);
}

/* Find the format of what is open, and read its header. */
static bool start(struct source *source)
{
	struct input *in = &source->input;
	struct bytes first;

	if (!input_peek(in, PCAPNG_FILE_MAGIC, &first))
		input_peek(in, input_buffered(in), &first);
	if (pcapng_file_is(first)) {
		source->format = SOURCE_PCAPNG;
		return true;
	}
	if (pcap_file_is(first)) {
		source->format = SOURCE_PCAP;
		return pcap_file_start(&source->pcap, in);
	}
	refuse(in, first);
	return false;
}

static void name_source(struct source *source, const char *path)
{
	struct text name = { 0 };

	text_puts(&name, NAME_PREFIX);
	text_puts(&name, path);
	*source = (struct source){ .name = name.s };
}

bool source_open(struct source *source, const char *path)
{
	name_source(source, path);
	return input_open(&source->input, path, INPUT_READ) && start(source);
}

bool source_open_input(struct source *source, const char *path, struct input input)
{
	name_source(source, path);
	source->input = input;
	return start(source);
}

void source_close(struct source *source)
{
	input_close(&source->input);
	if (source->format == SOURCE_PCAPNG)
		pcapng_file_fini(&source->pcapng);
	free(source->name);
	*source = (struct source){ 0 };
}

bool source_next(struct source *source, struct packet *packet)
{
	bool there;

	*packet = (struct packet){ 0 };
	if (source->format == SOURCE_PCAP) {
		there = pcap_file_next(&source->pcap, &source->input, packet);
	} else {
		there = pcapng_file_next(&source->pcapng, &source->input, packet);
	}
	packet->source = source->name;
	source->finished = !there;
	return there;
}

bool source_ahead(struct source *source, struct bytes *frame, uint16_t *link_type)
{
	if (source->format != SOURCE_PCAP ||
		!pcap_file_ahead(&source->pcap, &source->input, frame))
		return false;
	*link_type = source->pcap.link_type;
	return true;
}

void source_rest(struct source *source)
{
	input_rest(&source->input);
}

bool source_resume(struct source *source)
{
	if (!input_resume(&source->input, source->name + strlen(NAME_PREFIX)))
		return false;
	if (source->format == SOURCE_PCAPNG) {
		pcapng_file_rewind(&source->pcapng);
		return true;
	}
	return pcap_file_start(&source->pcap, &source->input);
}

uint64_t source_done(const struct source *source)
{
	uint64_t offset = input_offset(&source->input);

	/* What lies behind damage will not be read: as good as done. */
	if (source->input.size && (source->finished || offset > source->input.size))
		return source->input.size;
	return offset;
}

uint64_t source_size(const struct source *source)
{
	return source->input.size;
}
