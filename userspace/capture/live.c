// SPDX-License-Identifier: BSD-2-Clause
/*
 * The front of the live sources: which are opened, who is asked when, what is told of them.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/mem.h"
#include "capture/live_certs.h"
#include "capture/live_probe.h"
#include "capture/live_ring.h"
#include "capture/live_source.h"

enum {
	/* A record wakes nobody, so the ring is looked at so often: what it adds to the time from
	   packet to alert. */
	LOOK_MS = 5,
	/* Records handed over in one run. */
	ENOUGH = 2048,
	RING_DEFAULT = 16 << 20,
	RING_LEAST = 64 << 10,
	RING_MOST = 1 << 30,
	SOURCES = 2,
};

#define NFLOG "nflog:"

struct live_part {
	const struct live_source_type *type;
	void *source;
};

struct live {
	struct live_part parts[SOURCES];
	size_t part_count;
	void *probe; /* one of them, or NULL */
	struct live_ring *ring;
	int64_t clock; /* what makes the ring's times those of day */
	struct live_certs *certs;
	struct text description;
	struct text reason; /* why it is not what was wished */
};

const char *live_hook_name(enum live_hook hook)
{
	static const char *const names[] = {
#define X(name, text, comment) text,
		LIVE_HOOK_LIST(X)
#undef X
	};

	assert(hook < LIVE_HOOKS);
	return names[hook];
}

static size_t ring_size(size_t wish)
{
	size_t size = RING_LEAST;

	if (!wish)
		return RING_DEFAULT;
	while (size < wish && size < RING_MOST)
		size *= 2;
	return size;
}

/* A ring for those who need one. Without it they can't be had. */
static bool need_ring(struct live *live, const struct live_params *params, struct text *why)
{
	if (!live->ring)
		live->ring = live_ring_new(ring_size(params->ring_bytes));
	if (!live->ring)
		text_printf(why, "the kernel gives no ring for BPF programs (%s)", strerror(errno));
	return live->ring;
}

static bool is_nflog(const char *interface)
{
	return strncmp(interface, NFLOG, strlen(NFLOG)) == 0;
}

/* The interfaces that are for BPF, or those that are not. */
static struct live_source_params part_params(const struct live_params *params, bool nflog)
{
	struct live_source_params part = { .live = params };

	for (size_t i = 0; i < params->interface_count; i++)
		if (is_nflog(params->interfaces[i]) == nflog)
			part.interfaces[part.interface_count++] = params->interfaces[i];
	return part;
}

static bool open_part(struct live *live, const struct live_source_type *type,
	const struct live_source_params *params, struct text *why)
{
	struct live_part *part = &live->parts[live->part_count];

	part->source = type->open(params, why);
	if (!part->source)
		return false;
	part->type = type;
	live->part_count++;
	return true;
}

static bool open_probe(struct live *live, const struct live_params *params, struct text *why)
{
	struct live_source_params part = part_params(params, false);

	if (!need_ring(live, params, why))
		return false;
	part.ring = live->ring;
	if (!open_part(live, &live_probe_type, &part, why))
		return false;
	live->probe = live->parts[live->part_count - 1].source;
	return true;
}

/* Interfaces: by BPF, or by libpcap where that is wished, or all that is left. */
static bool open_interfaces(struct live *live, const struct live_params *params)
{
	struct live_source_params part = part_params(params, false);
	struct text why = { 0 };
	bool done = false;

	if (params->hook != LIVE_PCAP) {
		done = open_probe(live, params, &why);
		if (!done && params->hook != LIVE_AUTO)
			log_err("capture: %s: %s", live_hook_name(params->hook), why.s);
		if (!done && params->hook == LIVE_AUTO)
			text_printf(&live->reason, "pcap, for %s", why.s);
	}
	if (!done && (params->hook == LIVE_PCAP || params->hook == LIVE_AUTO)) {
		text_reset(&why);
		done = open_part(live, &live_pcap_type, &part, &why);
		if (!done)
			log_err("capture: pcap: %s%s%s", why.s, live->reason.n ? "; " : "",
				live->reason.n ? live->reason.s : "");
	}
	text_free(&why);
	return done;
}

/* Groups of nflog, which only libpcap knows; with interfaces for libpcap they are one source. */
static bool open_groups(struct live *live, const struct live_params *params, bool alone)
{
	struct live_source_params part = part_params(params, true);
	struct text why = { 0 };
	bool done;

	if (alone) {
		memcpy(part.interfaces, params->interfaces, sizeof(part.interfaces));
		part.interface_count = params->interface_count;
	}
	done = open_part(live, &live_pcap_type, &part, &why);
	if (!done)
		log_err("capture: %s", why.s);
	text_free(&why);
	return done;
}

static bool open_packets(struct live *live, const struct live_params *params)
{
	size_t groups = part_params(params, true).interface_count;

	if (params->hook == LIVE_PCAP && groups)
		return open_groups(live, params, true);
	if (groups && !open_groups(live, params, false))
		return false;
	/* With groups alone, nothing else was asked for, unless netfilter was. */
	if (groups && groups == params->interface_count && params->hook != LIVE_NETFILTER)
		return true;
	return open_interfaces(live, params);
}

/* What is missing is said by who describes; packets go on without. */
static void open_certificates(struct live *live, const struct live_params *params)
{
	struct text why = { 0 };

	if (!params->certificates)
		return;
	if (need_ring(live, params, &why))
		live->certs = live_certs_open(params, live->ring, &why);
	if (!live->certs)
		log_warn("capture: no certificates from TLS libraries: %s", why.s ? why.s : "");
	text_free(&why);
}

static void describe(struct live *live)
{
	struct text *text = &live->description;

	text_reset(text);
	for (size_t i = 0; i < live->part_count; i++) {
		if (i)
			text_puts(text, "; ");
		live->parts[i].type->describe(live->parts[i].source, text);
	}
	if (live->reason.n)
		text_printf(text, " (%s)", live->reason.s);
	if (live->certs) {
		text_puts(text, "; ");
		live_certs_describe(live->certs, text);
	}
}

struct live *live_open(const struct live_params *params)
{
	struct live *live = mem_alloc(sizeof(*live));

	if (!open_packets(live, params)) {
		live_close(live);
		return NULL;
	}
	open_certificates(live, params);
	describe(live);
	return live;
}

void live_close(struct live *live)
{
	if (!live)
		return;
	live_certs_close(live->certs);
	for (size_t i = 0; i < live->part_count; i++)
		live->parts[i].type->close(live->parts[i].source);
	live_ring_free(live->ring);
	text_free(&live->description);
	text_free(&live->reason);
	free(live);
}

const char *live_describe(const struct live *live)
{
	return live->description.s;
}

static size_t run_ring(struct live *live, const struct live_events *events, void *context)
{
	if (!live->ring)
		return 0;
	live->clock = live_ring_clock(live->clock);
	if (live->probe)
		live_probe_aim(live->probe, events, context, live->clock);
	if (live->certs)
		live_certs_aim(live->certs, events, context, live->clock);
	return live_ring_run(live->ring, ENOUGH);
}

/* All that is there, without waiting. False: nobody will ever have anything. */
static bool run_once(
	struct live *live, const struct live_events *events, void *context, size_t *taken)
{
	bool alive = live->probe;

	*taken = run_ring(live, events, context);
	for (size_t i = 0; i < live->part_count; i++) {
		const struct live_part *part = &live->parts[i];
		int n = part->type->run ? part->type->run(part->source, events, context) : 0;

		if (part->type->run && n >= 0)
			alive = true;
		if (n > 0)
			*taken += (size_t)n;
	}
	return alive;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_for_some(struct live *live, int timeout)
{
	struct pollfd fds[SOURCES + 1];
	nfds_t n = 0;

	for (size_t i = 0; i < live->part_count; i++) {
		const struct live_part *part = &live->parts[i];

		if (part->type->fd && part->type->fd(part->source) >= 0)
			fds[n++] = (struct pollfd){ .fd = part->type->fd(part->source),
				.events = POLLIN };
	}
	if (live->ring) {
		fds[n++] = (struct pollfd){ .fd = live_ring_fd(live->ring), .events = POLLIN };
		timeout = timeout < LOOK_MS ? timeout : LOOK_MS;
	}
	poll(fds, n, timeout);
}

bool live_run(struct live *live, int timeout, const struct live_events *events, void *context)
{
	int64_t end = now_ms() + timeout, left;
	size_t taken;

	for (;;) {
		if (!run_once(live, events, context, &taken))
			return false;
		left = end - now_ms();
		if (taken || left <= 0)
			return true;
		wait_for_some(live, (int)left);
	}
}

void live_set_quiet(struct live *live, const struct endpoint *client, const struct endpoint *server)
{
	for (size_t i = 0; i < live->part_count; i++)
		if (live->parts[i].type->set_quiet)
			live->parts[i].type->set_quiet(live->parts[i].source, client, server);
}

void live_maintain(struct live *live)
{
	for (size_t i = 0; i < live->part_count; i++)
		if (live->parts[i].type->maintain)
			live->parts[i].type->maintain(live->parts[i].source);
	if (live->certs)
		live_certs_maintain(live->certs);
}

size_t live_get_interfaces(struct live *live, struct live_interface *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < live->part_count; i++)
		n += live->parts[i].type->interfaces(live->parts[i].source, out + n, max - n);
	return n;
}

void live_get_totals(struct live *live, struct live_totals *totals)
{
	*totals = (struct live_totals){ 0 };
	for (size_t i = 0; i < live->part_count; i++)
		live->parts[i].type->totals(live->parts[i].source, totals);
}
