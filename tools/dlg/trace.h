/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames with their times, collected in any order and written as one capture file in order of time.
 */
#ifndef TOOLS_DLG_TRACE_H
#define TOOLS_DLG_TRACE_H

#include <stdio.h>
#include "base/text.h"

struct trace_format {
	bool pcapng;
	bool big_endian;
	bool nanoseconds; /* else microseconds */
	uint32_t snaplen; /* frames are cut to it */
	uint32_t link;    /* LINKTYPE_… */
};

struct trace_frame {
	int64_t time;  /* ns since 1970 */
	size_t number; /* order of arrival, which decides among equal times */
	struct text bytes;
};

struct trace {
	struct trace_frame *list;
	size_t n, room;
};

void trace_add(struct trace *trace, int64_t time, struct bytes frame);
void trace_free(struct trace *trace);

/* False: the file could not be written; errno says why. */
bool trace_write(struct trace *trace, const struct trace_format *format, FILE *out);

#endif
