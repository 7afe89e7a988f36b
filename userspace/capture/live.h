/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Live traffic: packets of the watched ports from the kernel's probe (tcx, clsact or netfilter), or
 * from libpcap (an interface, or nflog:GROUP) where BPF can't be had; beside them the certificates
 * that local mail programs were given by their TLS libraries. live_open() chooses and says which and
 * why.
 *
 * Two processes share what was opened: one that kept its privileges calls live_maintain(), one that
 * has none calls the rest. A struct live belongs to one thread of each.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "base/addr.h"
#include "capture/capture.h"

#define LIVE_HOOK_LIST(X)                                                                    \
	X(LIVE_AUTO, "auto", "tc where BPF can be had, else pcap")                           \
	X(LIVE_TC, "tc", "eBPF at tcx, or clsact on older kernels, of each interface")       \
	X(LIVE_CLSACT, "clsact", "eBPF at clsact, even where there is tcx")                  \
	X(LIVE_NETFILTER, "netfilter", "eBPF in netfilter: this host's and forwarded traffic")\
	X(LIVE_PCAP, "pcap", "libpcap: a copy of each packet of the ports")

enum live_hook {
#define X(name, text, comment) name,
	LIVE_HOOK_LIST(X)
#undef X
	LIVE_HOOKS
};

const char *live_hook_name(enum live_hook hook);

#define LIVE_INTERFACES_MAX 16
#define LIVE_LIBRARIES_MAX  16
#define LIVE_PORTS_MAX      64

struct live_params {
	const char *interfaces[LIVE_INTERFACES_MAX]; /* "eth0", "nflog:5" */
	size_t interface_count; /* 0: all that are up but loopback; for netfilter they are not needed */
	enum live_hook hook;
	uint16_t ports[LIVE_PORTS_MAX];
	size_t port_count;
	size_t ring_bytes;      /* 0: 16 MiB; rounded up to a power of two */
	uint32_t snap;          /* of a frame; 0: SW_FRAME_MAX */
	bool dns;               /* hand DNS answers up too */
	bool certificates;      /* ask the TLS libraries of local processes */
	const char *libraries[LIVE_LIBRARIES_MAX]; /* beside those that are found */
	size_t library_count;
};

/* What a local process was given by its TLS library; borrowed. */
struct live_certificate {
	int64_t time;      /* ns since 1970 */
	struct endpoint local, remote;
	uint32_t pid;
	const char *name;  /* of the process, as the kernel has it; not to be trusted, printable() it */
	struct bytes der;  /* empty for a verdict, and for a certificate beyond the bound */
	unsigned int index; /* among those that were shown at once, from 0: the peer's own */
	bool alone;        /* those that came with it are not shown here (GnuTLS, TLS 1.3) */
	bool verdict;      /* @result is the library's opinion of the chain */
	int64_t result;    /* 0: it is good */
	bool gnutls;       /* else OpenSSL */
};

struct live_events {
	void (*packet)(void *context, const struct packet *packet);
	void (*certificate)(void *context, const struct live_certificate *certificate);
};

/* What became of the traffic, by interface ("" for all of a host). */
#define LIVE_COUNTERS_MAX 16
struct live_counter {
	const char *name;  /* "seen", "up", "quiet", …: bpf/kern_user.h; of pcap: "up", "kernel-dropped" */
	uint64_t frames, bytes;
};

struct live_interface {
	char name[16];
	const char *how;   /* "tcx", "clsact", "netfilter", "pcap" */
	bool up;
	struct live_counter counters[LIVE_COUNTERS_MAX];
	size_t counter_count;
};

struct live;

/* NULL: logged, with what is missing (a capability, the kernel's support, the interface). */
struct live *live_open(const struct live_params *params);
void live_close(struct live *live);

/* One line of what was chosen and why: "tc (tcx) on eth0; certificates from libssl.so.3 (2 …)". */
const char *live_describe(const struct live *live);

/*
 * Hand over what is there, at most some thousand records; waits up to @timeout ms for the first.
 * False: no interface is left that could ever give anything (logged).
 */
bool live_run(struct live *live, int timeout, const struct live_events *events, void *context);

/*
 * Nothing more is wanted of this connection but its end: TLS is up, or it is no SMTP. Where packets
 * come from libpcap this does nothing. Ports are in @client and @server; never fails.
 */
void live_set_quiet(struct live *live, const struct endpoint *client, const struct endpoint *server);

/*
 * For the process that kept its privileges, every second or so: interfaces that came, went, were
 * renamed or changed are attached to (and logged); libraries that new processes brought are found.
 */
void live_maintain(struct live *live);

/* The first @max interfaces; returns how many there are. */
size_t live_get_interfaces(struct live *live, struct live_interface *out, size_t max);

/* Packets and bytes that came up, and what was lost on the way, of all interfaces. */
struct live_totals {
	uint64_t packets, bytes, lost;
};
void live_get_totals(struct live *live, struct live_totals *totals);

#endif
