// SPDX-License-Identifier: BSD-2-Clause
#include "capture/capture.h"

#include <stdlib.h>

#include "base/mem.h"
#include "capture/merge.h"
#include "capture/source.h"

struct capture {
	struct source *sources; /* never moved: their packets' names and the merge point into it */
	size_t n;
	struct merge *merge;  /* NULL: there is but one source, which need not be compared */
	unsigned int refused; /* could not be opened */
	uint64_t packets, bytes, cut_packets;
};

struct capture *capture_open_files(char *const *paths, size_t n)
{
	struct capture *capture = mem_alloc(sizeof(*capture));

	capture->sources = mem_alloc(n * sizeof(struct source));
	if (n > 1)
		capture->merge = merge_new(n);
	for (size_t i = 0; i < n; i++) {
		struct source *source = &capture->sources[capture->n];

		if (source_open(source, paths[i])) {
			capture->n++;
			if (capture->merge)
				merge_add(capture->merge, source);
		} else {
			source_close(source);
			capture->refused++;
		}
	}
	return capture;
}

bool capture_next(struct capture *capture, struct packet *packet)
{
	if (capture->merge) {
		if (!merge_next(capture->merge, packet))
			return false;
	} else if (capture->n == 0 || !source_next(&capture->sources[0], packet)) {
		return false;
	}
	capture->packets++;
	capture->bytes += packet->frame.n;
	capture->cut_packets += packet->frame.n < packet->wire_length;
	return true;
}

bool capture_ahead(struct capture *capture, struct bytes *frame, uint16_t *link_type)
{
	return !capture->merge && capture->n &&
	       source_ahead(&capture->sources[0], frame, link_type);
}

void capture_get_stats(const struct capture *capture, struct capture_stats *stats)
{
	*stats = (struct capture_stats){
		.packets = capture->packets,
		.bytes = capture->bytes,
		.cut_packets = capture->cut_packets,
		.sources = (unsigned int)capture->n,
		.failed = capture->refused,
	};
	for (size_t i = 0; i < capture->n; i++)
		stats->failed += capture->sources[i].input.faulty;
}

void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *total)
{
	bool known = true;

	*done = *total = 0;
	for (size_t i = 0; i < capture->n; i++) {
		*done += source_done(&capture->sources[i]);
		*total += source_size(&capture->sources[i]);
		known = known && source_size(&capture->sources[i]);
	}
	if (!known)
		*total = 0;
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	merge_free(capture->merge);
	for (size_t i = 0; i < capture->n; i++)
		source_close(&capture->sources[i]);
	free(capture->sources);
	free(capture);
}
