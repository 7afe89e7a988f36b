// SPDX-License-Identifier: BSD-2-Clause
/*
 * Live packets through libpcap: several taps behind one epoll descriptor. All packets of the
 * watched ports come up; nothing is held back in the kernel when a connection is done with.
 *
 * An interface that goes down, comes up or is renamed keeps its tap. One that is removed and made
 * anew needs another, and that needs privileges: where they were dropped it is given up, and said.
 */
#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "capture/link_news.h"
#include "capture/live_source.h"
#include "capture/tap.h"

enum {
	/* Of one tap before it is the turn of the next, so that none is far ahead of the others. */
	FRAMES_A_TURN = 64,
	/* Of one run. */
	FRAMES_A_RUN = 2048,
	/* Errors of a tap, one after the other, until it is given up. */
	FAILURES_MAX = 100,
};

/* What packets say of where they come from: lives as long as the source. */
struct label {
	struct label *next;
	char *source; /* "pcap:NAME" */
	const char *interface;
};

struct place {
	char *wanted;    /* the interface as it was asked for */
	struct tap *tap; /* NULL: its interface is gone */
	const struct label *label;
	char name[IF_NAMESIZE]; /* as it is called now */
	bool up;
	bool lost; /* for good */
	unsigned int failures;
	uint64_t frames, bytes, kernel_dropped, interface_dropped;
};

struct live_pcap {
	int epoll;
	int news;
	struct live_params wishes; /* ports, dns, sizes; not its strings */
	struct place places[LIVE_INTERFACES_MAX];
	size_t place_count;
	struct label *labels;
};

static const struct label *label(struct live_pcap *pcap, const char *interface)
{
	const char prefix[] = "pcap:";
	struct text text = { 0 };
	struct label *new;

	for (const struct label *old = pcap->labels; old; old = old->next)
		if (strcmp(old->interface, interface) == 0)
			return old;
	text_printf(&text, "%s%s", prefix, interface);
	new = mem_alloc(sizeof(*new));
	new->source = text.s;
	new->interface = text.s + strlen(prefix);
	new->next = pcap->labels;
	pcap->labels = new;
	return new;
}

static void set_name(struct live_pcap *pcap, struct place *place, const char *name)
{
	size_t n = strnlen(name, sizeof(place->name) - 1);

	place->label = label(pcap, name);
	memcpy(place->name, name, n);
	place->name[n] = '\0';
}

/* @whose: NULL for news. */
static int listen_to(struct live_pcap *pcap, int fd, struct place *whose)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = whose };

	return epoll_ctl(pcap->epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static int open_place(struct live_pcap *pcap, struct place *place, struct text *why)
{
	const struct tap_params params = {
		.interface = place->wanted,
		.ports = pcap->wishes.ports,
		.port_count = pcap->wishes.port_count,
		.dns = pcap->wishes.dns,
		.snap = pcap->wishes.snap,
		.buffer_bytes = pcap->wishes.ring_bytes,
	};
	int error = tap_open(&params, &place->tap, why);

	if (error)
		return error;
	error = listen_to(pcap, tap_fd(place->tap), place);
	if (error) {
		text_printf(why, "epoll: %s", strerror(-error));
		tap_close(place->tap);
		place->tap = NULL;
		return error;
	}
	place->up = true;
	place->failures = 0;
	set_name(pcap, place, place->wanted);
	return 0;
}

static void take_losses(struct place *place)
{
	struct tap_losses losses;

	if (!place->tap)
		return;
	tap_take_losses(place->tap, &losses);
	place->kernel_dropped += losses.kernel;
	place->interface_dropped += losses.interface;
}

/* Another process may hold the same descriptor, so that closing it is not enough for epoll. */
static void close_place(struct live_pcap *pcap, struct place *place)
{
	if (!place->tap)
		return;
	take_losses(place);
	epoll_ctl(pcap->epoll, EPOLL_CTL_DEL, tap_fd(place->tap), NULL);
	tap_close(place->tap);
	place->tap = NULL;
	place->up = false;
}

static void live_pcap_close(void *source)
{
	struct live_pcap *pcap = source;

	if (!pcap)
		return;
	for (size_t i = 0; i < pcap->place_count; i++) {
		close_place(pcap, &pcap->places[i]);
		free(pcap->places[i].wanted);
	}
	while (pcap->labels) {
		struct label *next = pcap->labels->next;

		free(pcap->labels->source);
		free(pcap->labels);
		pcap->labels = next;
	}
	if (pcap->news >= 0)
		close(pcap->news);
	if (pcap->epoll >= 0)
		close(pcap->epoll);
	free(pcap);
}

/* False: @why has the reason. */
static bool open_all(
	struct live_pcap *pcap, const struct live_source_params *params, struct text *why)
{
	int error = 0;

	pcap->epoll = epoll_create1(EPOLL_CLOEXEC);
	pcap->news = link_news_open();
	if (pcap->epoll < 0)
		error = -errno;
	else if (pcap->news < 0)
		error = pcap->news;
	else
		error = listen_to(pcap, pcap->news, NULL);
	if (error) {
		text_printf(why, "no word of interfaces from the kernel: %s", strerror(-error));
		return false;
	}
	for (size_t i = 0; i < params->interface_count; i++) {
		struct place *place = &pcap->places[pcap->place_count++];

		place->wanted = mem_strdup(params->interfaces[i]);
		text_printf(why, "%s: ", place->wanted);
		if (open_place(pcap, place, why) < 0)
			return false;
		text_reset(why);
	}
	return true;
}

static void *live_pcap_open(const struct live_source_params *params, struct text *why)
{
	struct live_pcap *pcap;

	assert(params->interface_count <= LIVE_INTERFACES_MAX);
	if (!params->interface_count) {
		text_puts(why, "no interface to listen to");
		return NULL;
	}
	pcap = mem_alloc(sizeof(*pcap));
	pcap->epoll = pcap->news = -1;
	pcap->wishes = *params->live;
	if (open_all(pcap, params, why))
		return pcap;
	live_pcap_close(pcap);
	return NULL;
}

static void look_again(struct live_pcap *pcap, struct place *place)
{
	struct text why = { 0 };
	int error;

	/* Giving up comes when it could be had by those who may: they begin anew, and succeed. */
	if (!link_is_up(pcap->news, place->wanted))
		return;
	error = open_place(pcap, place, &why);
	if (!error) {
		log_warn("capture: %s: the interface is there again", place->wanted);
	} else if (error != -ENODEV && error != -ENETDOWN) {
		log_err("capture: %s: can't be listened to again without a new start: %s",
			place->wanted, why.s);
		place->lost = true;
	}
	text_free(&why);
}

/* Find out what became of an interface. */
static void look(struct live_pcap *pcap, struct place *place)
{
	char name[IF_NAMESIZE];
	bool up = place->up;

	memcpy(name, place->name, sizeof(name));
	if (!tap_index(place->tap))
		return;
	if (!link_look(pcap->news, tap_index(place->tap), name, &up)) {
		log_warn("capture: %s: the interface is gone", place->name);
		close_place(pcap, place);
		return;
	}
	if (strcmp(name, place->name) != 0) {
		log_warn("capture: %s: the interface is called %s now", place->name, name);
		set_name(pcap, place, name);
	}
	if (up != place->up)
		log_warn("capture: %s: the interface is %s", name, up ? "up again" : "down");
	place->up = up;
}

static void take_news(struct live_pcap *pcap)
{
	link_news_drain(pcap->news);
	for (size_t i = 0; i < pcap->place_count; i++) {
		struct place *place = &pcap->places[i];

		if (place->tap)
			look(pcap, place);
		if (!place->tap && !place->lost)
			look_again(pcap, place);
	}
}

struct reading {
	struct place *place;
	const struct live_events *events;
	void *context;
};

static void hand_over(void *context, struct packet *packet)
{
	struct reading *reading = context;
	struct place *place = reading->place;

	packet->source = place->label->source;
	packet->interface = place->label->interface;
	place->frames++;
	place->bytes += packet->frame.n;
	reading->events->packet(reading->context, packet);
}

/*
 * An error may only say that the interface went down, or has another name now; then the tap is good
 * as before.
 */
static void failed(struct live_pcap *pcap, struct place *place, const char *why)
{
	look(pcap, place);
	if (!place->tap || ++place->failures < FAILURES_MAX)
		return;
	log_err("capture: %s: %s", place->name, why);
	close_place(pcap, place);
	place->lost = true;
}

static int read_place(struct live_pcap *pcap, struct reading *reading)
{
	struct place *place = reading->place;
	struct text why = { 0 };
	int count = tap_read(place->tap, FRAMES_A_TURN, hand_over, reading, &why);

	if (count > 0)
		place->failures = 0;
	if (count < 0)
		failed(pcap, place, why.s);
	text_free(&why);
	return count < 0 ? 0 : count;
}

/* Turn by turn, until all are empty or enough came. */
static int read_ready(struct live_pcap *pcap, struct reading *ready, size_t n)
{
	int total = 0;

	while (n && total < FRAMES_A_RUN) {
		size_t left = 0;

		for (size_t i = 0; i < n; i++) {
			int count = read_place(pcap, &ready[i]);

			total += count;
			if (count >= FRAMES_A_TURN)
				ready[left++] = ready[i];
		}
		n = left;
	}
	return total;
}

static bool all_lost(const struct live_pcap *pcap)
{
	for (size_t i = 0; i < pcap->place_count; i++)
		if (!pcap->places[i].lost)
			return false;
	return true;
}

static int live_pcap_run(void *source, const struct live_events *events, void *context)
{
	struct live_pcap *pcap = source;
	struct epoll_event came[LIVE_INTERFACES_MAX + 1];
	struct reading ready[LIVE_INTERFACES_MAX];
	int n = epoll_wait(pcap->epoll, came, LIVE_INTERFACES_MAX + 1, 0), total;
	size_t ready_count = 0;
	bool news = false;

	for (int i = 0; i < n; i++) {
		if (came[i].data.ptr)
			ready[ready_count++] =
				(struct reading){ came[i].data.ptr, events, context };
		else
			news = true;
	}
	/* Packets first: what came by before an interface went is still to be had. */
	total = read_ready(pcap, ready, ready_count);
	if (news)
		take_news(pcap);
	return all_lost(pcap) ? -1 : total;
}

static int live_pcap_fd(void *source)
{
	const struct live_pcap *pcap = source;

	return pcap->epoll;
}

static size_t live_pcap_interfaces(void *source, struct live_interface *out, size_t max)
{
	struct live_pcap *pcap = source;
	size_t n = pcap->place_count < max ? pcap->place_count : max;

	for (size_t i = 0; i < n; i++) {
		struct place *place = &pcap->places[i];

		take_losses(place);
		out[i] = (struct live_interface){
			.how = "pcap",
			.up = place->up,
			.counters = {
				{ "up", place->frames, place->bytes },
				{ "kernel-dropped", place->kernel_dropped, 0 },
				{ "interface-dropped", place->interface_dropped, 0 },
			},
			.counter_count = 3,
		};
		memcpy(out[i].name, place->name, sizeof(out[i].name));
	}
	return n;
}

static void live_pcap_totals(void *source, struct live_totals *totals)
{
	struct live_pcap *pcap = source;

	for (size_t i = 0; i < pcap->place_count; i++) {
		struct place *place = &pcap->places[i];

		take_losses(place);
		totals->packets += place->frames;
		totals->bytes += place->bytes;
		totals->lost += place->kernel_dropped + place->interface_dropped;
	}
}

static void live_pcap_describe(void *source, struct text *text)
{
	const struct live_pcap *pcap = source;

	text_puts(text, "pcap on ");
	for (size_t i = 0; i < pcap->place_count; i++)
		text_printf(text, "%s%s", i ? ", " : "", pcap->places[i].wanted);
}

const struct live_source_type live_pcap_type = {
	.open = live_pcap_open,
	.close = live_pcap_close,
	.run = live_pcap_run,
	.fd = live_pcap_fd,
	.interfaces = live_pcap_interfaces,
	.totals = live_pcap_totals,
	.describe = live_pcap_describe,
};
