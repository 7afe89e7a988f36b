/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block-structured capture file (draft-ietf-opsawg-pcapng): sections, each with its own byte
 * order and interfaces, each interface with its own link type and clock. Blocks that carry no
 * packets are passed over.
 */
#ifndef CAPTURE_PCAPNG_FILE_H
#define CAPTURE_PCAPNG_FILE_H

#include "capture/capture.h"
#include "capture/input.h"
#include "capture/order.h"

struct table;
struct pcapng_interface;

struct pcapng_file {
	enum order order;                    /* of the section */
	struct pcapng_interface *interfaces; /* of the section, in the order of their blocks */
	size_t interface_count, interface_room;
	struct table *names; /* of interfaces of all sections: live until the end */
	int64_t last_time;   /* of the last packet that had one */
};

/* Bytes of a file that pcapng_file_is() wants to see. */
#define PCAPNG_FILE_MAGIC 12

/* True if a file that starts with @start is of this format. */
bool pcapng_file_is(struct bytes start);

/* A file all zero is ready for pcapng_file_next(); pcapng_file_fini() releases what it holds. */
void pcapng_file_fini(struct pcapng_file *file);

/* Ready to read the file from its start again; interface names that were told stay valid. */
void pcapng_file_rewind(struct pcapng_file *file);

/*
 * The next packet: all of @packet but its source. The frame is borrowed until the next call, the
 * name until pcapng_file_fini(). A block that contradicts itself is said through input_fault() and
 * passed over. False at the end, and where the file is damaged beyond that, which is said too.
 */
bool pcapng_file_next(struct pcapng_file *file, struct input *in, struct packet *packet);

#endif
