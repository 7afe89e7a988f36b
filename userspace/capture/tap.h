/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One interface, or one group of netfilter's log, listened to through libpcap, of which this is the
 * only file that knows it (with sink_evidence.c, which writes).
 */
#ifndef CAPTURE_TAP_H
#define CAPTURE_TAP_H

#include "base/text.h"
#include "capture/capture.h"

struct tap;

struct tap_params {
	const char *interface; /* "eth0", "any", "nflog:GROUP[,GROUP…]" */
	const uint16_t *ports;
	size_t port_count;
	bool dns;
	uint32_t snap; /* bytes of a frame, 0: TAP_SNAP; frames of netfilter's log come whole */
	size_t buffer_bytes; /* of frames that wait, 0: TAP_BUFFER */
};

#define TAP_SNAP   65535
#define TAP_BUFFER ((size_t)16 * 1024 * 1024)

/*
 * How long the kernel may keep a frame back to hand over several at once, in ms. An alert has a
 * second; every hand-over wakes us, and costs 256 KiB of the buffer however little is in it.
 */
#define TAP_DELAY 20

/*
 * 0, or -errno with the reason appended to @why, without a newline: -ENODEV there is no such
 * interface, -ENETDOWN it is down, -EPERM privileges are missing, -EIO anything else.
 */
int tap_open(const struct tap_params *params, struct tap **out, struct text *why);
void tap_close(struct tap *tap);

/* Readable when tap_read() has something to do. */
int tap_fd(const struct tap *tap);

/*
 * Hand over what has come, at most about @max frames, without waiting. @packet lacks source and
 * interface. Returns how many there were, or -EIO with the reason at @why: nothing more can be had
 * if the interface is gone; an interface that went down, or was renamed, says so once as well, and
 * is good again when it is up.
 */
int tap_read(struct tap *tap, int max, void (*frame)(void *context, struct packet *packet),
	void *context, struct text *why);

/* Index of the interface; 0 if it is none but "any" or netfilter's log. */
unsigned int tap_index(const struct tap *tap);

/* Frames that were lost since the last call: the buffer was full; the interface's own was. */
struct tap_losses {
	uint32_t kernel, interface;
};
void tap_take_losses(struct tap *tap, struct tap_losses *losses);

#endif
