// SPDX-License-Identifier: BSD-2-Clause
#include "capture/tap.h"

#include <errno.h>
#include <net/if.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "capture/frame.h"
#include "capture/nflog.h"
#include "capture/tap_filter.h"

/*
 * Of a message of netfilter's log: libpcap reads it into a buffer of little more than the snap
 * length, and what does not fit is lost with all that stands behind it.
 */
#define NFLOG_SNAP 262144

struct tap {
	pcap_t *pcap;
	unsigned int index;
	uint16_t link_type;
	int64_t ns_per_fraction; /* of its time stamps */
	struct pcap_stat last;   /* at the last tap_take_losses() */
};

static int reason(int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return -ENODEV;
	case PCAP_ERROR_IFACE_NOT_UP:
		return -ENETDOWN;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return -EPERM;
	default:
		return -EIO;
	}
}

/* LINKTYPE_ of a DLT_: the same number but for a few that differ from system to system. */
static uint16_t link_type_of(int dlt)
{
	return dlt == DLT_RAW ? LINK_RAW : (uint16_t)dlt;
}

static int activate(struct tap *tap, const struct tap_params *params, struct text *why)
{
	bool log = nflog_is(params->interface), any = strcmp(params->interface, "any") == 0;
	uint32_t snap = params->snap ? params->snap : TAP_SNAP;
	size_t buffer = params->buffer_bytes ? params->buffer_bytes : TAP_BUFFER;
	pcap_t *pcap = tap->pcap;
	int status;

	pcap_set_snaplen(pcap, log ? NFLOG_SNAP : (int)snap);
	pcap_set_buffer_size(pcap, buffer > INT32_MAX ? INT32_MAX : (int)buffer);
	/* What is not for this host is of interest where a switch mirrors a port to us. */
	pcap_set_promisc(pcap, !log && !any);
	/*
	 * Not libpcap's immediate mode: its ring has places of one size, some hundred of the
	 * largest frame, and a burst of small ones fills it.
	 */
	pcap_set_timeout(pcap, TAP_DELAY);
	/* Refused where there are none: then they are in µs. */
	pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	status = pcap_activate(pcap);
	if (status >= 0)
		return 0;
	text_puts(why, pcap_statustostr(status));
	if (*pcap_geterr(pcap) && strcmp(pcap_geterr(pcap), pcap_statustostr(status)) != 0)
		text_printf(why, " (%s)", pcap_geterr(pcap));
	return reason(status);
}

/* False if the link type has no such thing as the filter asks for. */
static bool compile(struct tap *tap, const struct tap_params *params, unsigned int tags,
	struct bpf_program *program)
{
	const struct tap_filter filter = {
		.ports = params->ports,
		.port_count = params->port_count,
		.dns = params->dns,
		.tags = tags,
	};
	struct text text = { 0 };
	bool compiled;

	tap_filter_write(&filter, &text);
	compiled = pcap_compile(tap->pcap, program, text.s, 1, PCAP_NETMASK_UNKNOWN) == 0;
	text_free(&text);
	return compiled;
}

static int set_filter(struct tap *tap, const struct tap_params *params, struct text *why)
{
	struct bpf_program program;
	int status;

	/* The rule that sends packets to a group of the log is the filter. */
	if (tap->link_type == LINK_NFLOG)
		return 0;
	if (!compile(tap, params, TAP_FILTER_TAGS_MAX, &program) &&
		!compile(tap, params, 0, &program)) {
		text_printf(why, "no filter for its frames: %s", pcap_geterr(tap->pcap));
		return -EIO;
	}
	status = pcap_setfilter(tap->pcap, &program);
	pcap_freecode(&program);
	if (status == 0)
		return 0;
	text_printf(why, "the filter was refused: %s", pcap_geterr(tap->pcap));
	return -EIO;
}

static int open_it(struct tap *tap, const struct tap_params *params, struct text *why)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	int status;

	tap->pcap = pcap_create(params->interface, error);
	if (!tap->pcap) {
		text_puts(why, error);
		return -EIO;
	}
	/* Before it is opened: should it be replaced in between, it will be found gone. */
	tap->index = if_nametoindex(params->interface);
	status = activate(tap, params, why);
	if (status < 0)
		return status;
	tap->link_type = link_type_of(pcap_datalink(tap->pcap));
	tap->ns_per_fraction =
		pcap_get_tstamp_precision(tap->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	status = set_filter(tap, params, why);
	if (status < 0)
		return status;
	if (pcap_setnonblock(tap->pcap, 1, error) < 0) {
		text_puts(why, error);
		return -EIO;
	}
	if (tap->link_type == LINK_NFLOG)
		nflog_set_delay(pcap_fileno(tap->pcap), params->interface, TAP_DELAY);
	return 0;
}

int tap_open(const struct tap_params *params, struct tap **out, struct text *why)
{
	struct tap *tap = mem_alloc(sizeof(*tap));
	int status = open_it(tap, params, why);

	if (status < 0) {
		tap_close(tap);
		return status;
	}
	*out = tap;
	return 0;
}

void tap_close(struct tap *tap)
{
	if (!tap)
		return;
	if (tap->pcap)
		pcap_close(tap->pcap);
	free(tap);
}

int tap_fd(const struct tap *tap)
{
	return pcap_get_selectable_fd(tap->pcap);
}

struct reading {
	const struct tap *tap;
	void (*frame)(void *context, struct packet *packet);
	void *context;
};

static void read_one(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	const struct reading *reading = (const void *)user;
	const struct tap *tap = reading->tap;
	struct packet packet = {
		.time = frame_time((__int128)header->ts.tv_sec * 1000000000 +
				   header->ts.tv_usec * tap->ns_per_fraction),
		.link_type = tap->link_type,
	};

	frame_set(&packet, bytes_of(bytes, header->caplen), header->len);
	reading->frame(reading->context, &packet);
}

int tap_read(struct tap *tap, int max, void (*frame)(void *context, struct packet *packet),
	void *context, struct text *why)
{
	struct reading reading = { tap, frame, context };
	int count;

	/* libpcap takes an ENOBUFS that was there before for one of its own, and counts a loss. */
	errno = 0;
	count = pcap_dispatch(tap->pcap, max, read_one, (u_char *)&reading);
	if (count >= 0)
		return count;
	/* Of netfilter's log, "nothing there" comes as an error. */
	if (errno == EAGAIN)
		return 0;
	text_puts(why, pcap_geterr(tap->pcap));
	return -EIO;
}

unsigned int tap_index(const struct tap *tap)
{
	return tap->index;
}

/* An interface's own counters may start over, or be out of our sight: that is no loss. */
static uint32_t growth(u_int now, u_int before)
{
	uint32_t difference = (uint32_t)now - (uint32_t)before;

	return difference > INT32_MAX ? 0 : difference;
}

void tap_take_losses(struct tap *tap, struct tap_losses *losses)
{
	struct pcap_stat now;

	*losses = (struct tap_losses){ 0 };
	if (pcap_stats(tap->pcap, &now) < 0)
		return;
	losses->kernel = growth(now.ps_drop, tap->last.ps_drop);
	losses->interface = growth(now.ps_ifdrop, tap->last.ps_ifdrop);
	tap->last = now;
}
