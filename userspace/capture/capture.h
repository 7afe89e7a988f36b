/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where frames come from. A capture is one or more sources, merged by time into one line of
 * packets; ties go to the source named first, so that a run is repeatable. The capture owns the
 * frames; a packet is borrowed until the next call.
 *
 * Files (pcap and pcapng, either byte order) are read by our own reader and not by libpcap, which
 * refuses a pcapng file with interfaces of different link types and can't say where a damaged file
 * broke. libpcap is for live interfaces.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include "base/bytes.h"

/* A LINKTYPE_ value as it stands in capture files. */
enum link_type {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_PPP = 9,
	LINK_PPP_HDLC = 50,
	LINK_PPP_ETHER = 51,
	LINK_RAW_BSD = 12, /* DLT_RAW of some systems that got into files */
	LINK_RAW_OPENBSD = 14,
	LINK_RAW = 101,
	LINK_LOOP = 108,
	LINK_LINUX_SLL = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_NFLOG = 239,
	LINK_LINUX_SLL2 = 276,
	LINK_UNKNOWN = 0xffff, /* the file's own field is no LINKTYPE_ value */
};

/*
 * Times beyond this, which only damaged files tell, are cut to it: within about 146 years of 1970
 * the difference of any two times fits an int64_t.
 */
#define PACKET_TIME_MAX ((INT64_C(1) << 62) - 1)

struct packet {
	int64_t time;          /* ns since 1970, within PACKET_TIME_MAX of it */
	struct bytes frame;    /* what was captured of it */
	uint32_t wire_length;  /* what it was on the wire, at least frame.n */
	uint16_t link_type;    /* LINKTYPE_ of its interface */
	const char *source;    /* "file:NAME"; lives as long as the capture */
	const char *interface; /* its name where the file tells it, else NULL; as source */
	/*
	 * Of live packets only. Bytes that the kernel left out on purpose (message content, what
	 * follows a TLS handshake): directly before this packet's payload, and of the other direction
	 * directly before what it acknowledges.
	 */
	uint32_t skipped, skipped_back;
	bool altered; /* bytes of the payload were replaced by 'x': its checksum can't be judged */
};

struct capture;

/* What a finished (or running) capture has to say about itself. */
struct capture_stats {
	uint64_t packets;
	uint64_t bytes;       /* captured bytes */
	uint64_t cut_packets; /* frames shorter than on the wire: snap length */
	unsigned int sources; /* opened */
	unsigned int failed;  /* could not be opened, or turned out damaged or truncated */
};

/*
 * Open @n capture files; "-" is standard input. A file that can't be opened or isn't a capture is
 * logged (with the reason) and counted in stats.failed; the rest is read. Never NULL.
 */
struct capture *capture_open_files(char *const *paths, size_t n);

/*
 * The next packet in time, or false at the end of all sources. A source that is damaged is logged
 * once, with the offset where it broke and what was expected there, gives what came before, and is
 * counted in stats.failed. Nothing before the fault is lost; where the format allows it (a bad
 * block in pcapng whose length is plausible), reading goes on behind it.
 */
bool capture_next(struct capture *capture, struct packet *packet);

/*
 * A frame that capture_next() will give later: the next that this did not show yet, borrowed like a
 * packet. For those who want to know early what memory it will need. False if it can't be told
 * without reading or merging; so it is for all but a single classic file.
 */
bool capture_ahead(struct capture *capture, struct bytes *frame, uint16_t *link_type);

void capture_get_stats(const struct capture *capture, struct capture_stats *stats);

/*
 * For a progress line: bytes read of the bytes that the files have in all; *@total is 0 when it
 * can't be known (a pipe).
 */
void capture_progress(const struct capture *capture, uint64_t *done, uint64_t *total);

void capture_close(struct capture *capture);

#endif
