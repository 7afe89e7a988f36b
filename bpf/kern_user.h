/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The contract between the kernel's probes and userspace: what stands in the ring, what userspace may
 * tell the kernel of a flow, what is counted. Fixed widths, no hidden padding; a change here is a
 * change of both sides, which are always built together.
 *
 * One ring for all programs: what a process was told (a certificate) stands behind the packets that
 * brought it.
 */
#ifndef BPF_KERN_USER_H
#define BPF_KERN_USER_H

#include <linux/types.h>

/*
 * Copied of one frame at most: the largest there are by default (64 KiB and headers; loopback's 97 KiB).
 * What is cut is a gap above.
 */
#define SW_FRAME_MAX 131072
/* The longest frame, ranges left out and all (GSO_MAX_SIZE of Linux). */
#define SW_FRAME_LARGEST (1 << 19)
/* Of one certificate; longer ones are told without their bytes. */
#define SW_DER_MAX 16384
/* Certificates that are told of one chain: one more than userspace keeps, which then knows it is cut. */
#define SW_CHAIN_MAX 17
/* TASK_COMM_LEN of the kernel. */
#define SW_COMM 16

enum sw_kind {
	SW_FRAME = 1,       /* struct sw_frame, then the bytes */
	SW_CERTIFICATE = 2, /* struct sw_certificate, then its DER */
	SW_VERDICT = 3,     /* struct sw_certificate without DER: result holds what the library says */
};

/* Where a frame was seen. */
enum sw_hook { SW_INGRESS = 1, SW_EGRESS = 2, SW_NETFILTER_IN = 3, SW_NETFILTER_OUT = 4 };

/* First of every record. */
struct sw_header {
	__u8 kind;  /* enum sw_kind */
	__u8 hook;  /* enum sw_hook; SW_FRAME only */
	__u16 link; /* LINKTYPE_ of the bytes: 1 Ethernet, 101 raw IP; SW_FRAME only */
	__u32 ifindex;
	__u64 time; /* CLOCK_MONOTONIC, ns */
};

/* Ranges of one frame that are left out: chunks of a message with commands between them. */
#define SW_MASKS 4

struct sw_range {
	__u32 at, length; /* in the frame */
};

/*
 * A frame. @captured bytes follow: those of the frame from its start on, but for the @masks ranges,
 * which are content (of a message, or of TLS records) and were left out; userspace puts as many 'x'
 * there. So captured + the lengths of the ranges is what userspace has of the frame.
 *
 * Frames that were left out on purpose leave holes in the streams. How large is told by the next frame
 * that is handed up: @skipped bytes of its own stream directly before its payload, and @skipped_back
 * bytes of the other stream directly before what it acknowledges.
 */
struct sw_frame {
	struct sw_header header;
	__u32 wire_length;
	__u32 captured;
	__u32 skipped, skipped_back;
	__u16 vlan; /* tag that the kernel had taken off the frame; 0: none */
	__u16 flags; /* enum sw_frame_flag */
	__u32 masks;
	struct sw_range mask[SW_MASKS];
};

enum sw_frame_flag {
	SW_VLAN = 1, /* @vlan is a tag (which may be 0) of type 0x8100, ... */
	SW_QINQ = 2, /* ... or 0x88a8 */
};

/* A connection, in network order; IPv4 addresses in the first 4 bytes, the rest zero. */
struct sw_tuple {
	__u8 local[16], remote[16];
	__u16 local_port, remote_port;
	__u8 length; /* of an address: 4 or 16 */
	__u8 pad[3];
};

/* Processes whose certificates are not looked at: the sensor's own. */
#define SW_OWN_MAX 4

enum sw_library { SW_OPENSSL = 1, SW_GNUTLS = 2 };

/* @captured bytes of DER follow. */
struct sw_certificate {
	struct sw_header header;
	struct sw_tuple tuple;
	__u32 pid, tid;
	__u8 comm[SW_COMM];
	__u32 length;   /* of the certificate; @captured is 0 if it is longer than SW_DER_MAX */
	__u32 captured;
	__s64 result;   /* SW_VERDICT: X509_V_ code, or GnuTLS status bits */
	__u16 index;    /* among the certificates that were shown at once, from 0: the peer's own */
	__u8 library;   /* enum sw_library */
	__u8 alone;     /* the others that came with it are not shown here */
	__u8 pad[4];
};

/* A flow, the side with the watched port second; network order. */
struct sw_flow_key {
	__u8 client[16], server[16];
	__u16 client_port, server_port;
	__u32 length; /* of an address: 4 or 16 */
};

/*
 * Where a flow is. The kernel goes its way by itself; userspace may only say SW_QUIET, and only where
 * nothing of the client can be content in clear: TLS is up, or it is no SMTP.
 */
enum sw_state {
	SW_WATCH = 0,   /* the client's lines are read, and frames are handed up */
	SW_DATA = 1,    /* DATA was sent: content follows unless the server refuses */
	SW_CONTENT = 2, /* up to CR LF . CR LF */
	SW_CHUNK = 3,   /* up to @chunk_end (BDAT) */
	SW_LOST = 4,    /* it can't be told whether the client's bytes are content */
	SW_QUIET = 5,   /* SYN, FIN, RST and short segments */
};

/* One direction of a flow. Sequence numbers in host order. */
struct sw_side {
	__u32 next;    /* the next byte that is due */
	__u32 up;      /* the byte behind the last one that was handed up */
	__u32 record;  /* where the next TLS record begins */
	__u32 spent;   /* bytes handed up since the other side spoke, or of TLS */
	__u8 based;    /* @next and @up hold */
	__u8 tls;      /* enum sw_tls */
	__u8 records;  /* of application data, since both sides had sent some */
	__u8 last;     /* type of the last record */
};

enum sw_tls { SW_TLS_NONE, SW_TLS_RECORDS, SW_TLS_APPLICATION };

/* What the kernel knows of a flow; the value of the map "flows". [0] is the client's side. */
struct sw_flow {
	__u32 state; /* enum sw_state */
	__u32 chunk_end;
	__u32 number;    /* of the BDAT line that is being read */
	__u8 line;       /* how far the client's line is read */
	__u8 match;      /* how much of CR LF . CR LF was seen */
	__u8 reply;      /* first digit of the server's last line; 3: 35x only */
	__u8 reply_at;   /* where in its line the server is: 0, 1, 2: farther on */
	__u8 answered;   /* the server answered all that the client sent */
	__u8 had_content;
	__u8 closed;     /* FIN or RST was seen: bare ACKs are handed up, one of them is the end */
	__u8 swapped;    /* the side with the watched port is the client */
	struct sw_side side[2];
	__u32 pad2;
};

/*
 * What became of a frame: each frame counts once, with its length on the wire, so that together they
 * are all that came by.
 */
#define SW_COUNTER_LIST(X)                                                  \
	X(SW_UP, "up", "handed to userspace")                               \
	X(SW_OTHER, "other", "not TCP on a watched port")                   \
	X(SW_SKIPPED_QUIET, "quiet", "TLS is up")                           \
	X(SW_SKIPPED_CONTENT, "content", "message content")                 \
	X(SW_SKIPPED_BUDGET, "budget", "the flow's budget of bytes is used up") \
	X(SW_LOST_RING, "ring-full", "the ring was full: lost")             \
	X(SW_LOST_COPY, "copy", "the kernel refused to copy: lost")         \
	X(SW_MALFORMED, "malformed", "headers that contradict themselves")

enum sw_counter {
#define X(name, text, comment) name,
	SW_COUNTER_LIST(X)
#undef X
	SW_COUNTERS
};

struct sw_count {
	__u64 frames, bytes;
};

/*
 * The value of the map "counters", per CPU. Its key is the interface's number modulo SW_SLOTS: two of
 * the few interfaces that are watched may share a slot, and so their counts.
 */
#define SW_SLOTS 256
struct sw_counts {
	struct sw_count of[SW_COUNTERS];
};

/* Bits of all TCP ports: the programs' constant "ports". */
#define SW_PORT_WORDS (65536 / 64)

_Static_assert(sizeof(struct sw_header) == 16, "padding");
_Static_assert(sizeof(struct sw_frame) == 72, "padding");
_Static_assert(sizeof(struct sw_tuple) == 40, "padding");
_Static_assert(sizeof(struct sw_certificate) == 104, "padding");
_Static_assert(sizeof(struct sw_flow) == 64, "padding");
_Static_assert(sizeof(struct sw_flow_key) == 40, "padding");

#endif
