/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The packets that prove a session, kept until it ends, for --evidence: the first ones up to a
 * bound, and the last few. They are kept as IP datagrams, without link layer and tunnels.
 *
 * Not one payload byte leaves that the dialogue did not clear as public: content, local parts, AUTH
 * data, and whatever was never parsed are overwritten with 'x'. A byte is shown if its place in the
 * stream was cleared and it is the very byte that was delivered for that place: so it does not
 * matter what a retransmission, a forged copy or a segment at a wrong sequence number carries, and
 * a mistake about where a segment belongs can only hide bytes.
 */
#ifndef SESSION_WITNESS_H
#define SESSION_WITNESS_H

#include "base/side.h"
#include "wire/decode.h"

struct witness;

/*
 * @max_bytes for the first packets, book-keeping included; the last ones cost at most WITNESS_LAST
 * times WITNESS_LAST_BYTES more.
 */
struct witness *witness_new(size_t max_bytes);
void witness_free(struct witness *witness);

#define WITNESS_LAST       16   /* the last packets: the end of a dialogue, its FIN or RST */
#define WITNESS_LAST_BYTES 2048 /* of each of them: an Ethernet frame; the rest is cut off */

/* Keep @segment (a copy), if there is room; to be called before witness_data() for what it brings.
 */
void witness_add(struct witness *witness, enum side from, const struct segment *segment);

/*
 * @data was delivered as the bytes of this side's stream from @offset on: the copy that counts.
 * Tells also which sequence number the stream starts with, where that was a guess (until then:
 * behind the SYN, else the first segment seen).
 */
void witness_data(struct witness *witness, enum side from, uint64_t offset, struct bytes data);

/* Stream bytes from @start to before @end of one side may be shown. In ascending order. */
void witness_clear(struct witness *witness, enum side from, uint64_t start, uint64_t end);

/*
 * The kept packets in order, masked: start with *@at = 0. A masked packet's TCP checksum, which
 * can't fit any more, is zero, as off-loading leaves it. Times in ns; @wire_length is that of the
 * datagram before anything was cut; the view is borrowed until the next call.
 */
bool witness_next(struct witness *witness, size_t *at, struct bytes *ip, uint32_t *wire_length,
	int64_t *time);

#endif
