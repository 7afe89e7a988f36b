/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The classic capture file (draft-ietf-opsawg-pcap): a header, then records of one link type.
 * Either byte order, times in µs or ns, and the "modified" records of old Linux libpcap patches.
 */
#ifndef CAPTURE_PCAP_FILE_H
#define CAPTURE_PCAP_FILE_H

#include "capture/input.h"
#include "capture/order.h"
#include "capture/capture.h"

struct pcap_file {
	enum order order;
	uint32_t header;      /* bytes before each frame */
	uint32_t ns_per_tick; /* of the fraction of a second */
	uint16_t link_type;
	size_t ahead; /* from the next record to the first that pcap_file_ahead() did not show yet */
};

/* Bytes of a file that pcap_file_is() wants to see. */
#define PCAP_FILE_MAGIC 4

/* True if a file that starts with @start is of this format. */
bool pcap_file_is(struct bytes start);

/* Read the file's header. False: said through input_fault(). */
bool pcap_file_start(struct pcap_file *file, struct input *in);

/*
 * The next record: time, frame, length and link type of @packet; the frame is borrowed until the
 * next call. False at the end, and where the file is damaged, which is said through input_fault().
 */
bool pcap_file_next(struct pcap_file *file, struct input *in, struct packet *packet);

/*
 * The frame of the next record that was not looked at yet, if all of it is in the buffer; borrowed
 * until the next call of pcap_file_next(), for which nothing changes.
 */
bool pcap_file_ahead(struct pcap_file *file, const struct input *in, struct bytes *frame);

#endif
