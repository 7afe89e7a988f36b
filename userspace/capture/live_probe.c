// SPDX-License-Identifier: BSD-2-Clause
/*
 * Live packets from the kernel's probe: which programs, on which interfaces. Frames come through
 * the ring and are rebuilt here.
 */
#include "capture/live_probe.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "capture/link_kind.h"
#include "capture/live_attach.h"
#include "capture/live_bpf.h"
#include "capture/live_frame.h"
#include "capture/live_ring.h"

/* Names of interfaces that were seen; a machine that renames more often shares the last. */
#define NAMES_MAX 64

#define SOURCE_PREFIX "ebpf:"

/* What packets say of where they come from. Never changed once it is there. */
struct name {
	uint32_t ifindex;
	char source[sizeof(SOURCE_PREFIX) + IF_NAMESIZE];
	char interface[IF_NAMESIZE];
};

/* What the process that may attach has to tell the one that may not: in memory of both. */
struct shared {
	struct {
		char name[IF_NAMESIZE];
		uint32_t ifindex; /* 0: it is gone */
		bool up;
	} interface[LIVE_INTERFACES_MAX];
	size_t interface_count;
	size_t name_count; /* of those below that are whole */
	struct name name[NAMES_MAX];
};

struct live_probe {
	struct live_bpf *bpf;
	struct shared *shared;
	struct live_ring *ring;
	struct live_hold hold[LIVE_INTERFACES_MAX][2];
	struct live_hold netfilter_hold[6];
	bool all; /* whatever interface is up */
	bool netfilter;
	bool no_tcx; /* the kernel has none */
	int socket;  /* to ask the kernel about interfaces */
	uint64_t ports[SW_PORT_WORDS];
	struct live_frame_room *room;
	const struct live_events *events; /* of this run */
	void *context;
	int64_t clock;
	uint64_t bytes; /* copied, of all frames that came up */
};

/* From now on frames of number @ifindex are of @name. */
static void add_name(struct shared *shared, uint32_t ifindex, const char *name)
{
	size_t i = shared->name_count < NAMES_MAX ? shared->name_count : NAMES_MAX - 1;
	struct name *new = &shared->name[i];

	new->ifindex = ifindex;
	snprintf(new->interface, sizeof(new->interface), "%s", name);
	snprintf(new->source, sizeof(new->source), SOURCE_PREFIX "%s", name);
	__atomic_store_n(&shared->name_count, i + 1, __ATOMIC_RELEASE);
}

static const struct name *find_name(const struct shared *shared, uint32_t ifindex)
{
	size_t n = __atomic_load_n(&shared->name_count, __ATOMIC_ACQUIRE);

	while (n-- > 0)
		if (shared->name[n].ifindex == ifindex)
			return &shared->name[n];
	return NULL;
}

/* Attaching. */

static int attach_one(struct live_probe *probe, struct live_hold *hold, enum live_program program,
	uint32_t ifindex, bool egress)
{
	int error = -EOPNOTSUPP;

	if (!probe->no_tcx)
		error = live_attach_tcx(
			hold, live_bpf_program(probe->bpf, program), ifindex, egress);
	if (error == -EINVAL || error == -EOPNOTSUPP) {
		probe->no_tcx = true;
		error = live_attach_clsact(
			hold, live_bpf_door(probe->bpf, program), ifindex, egress);
	}
	return error;
}

/*
 * Attach to the interface of slot @i, which is called @name. On loopback every packet goes out and
 * comes in: the latter is enough.
 */
static int attach(struct live_probe *probe, size_t i, const char *name)
{
	uint32_t ifindex = if_nametoindex(name);
	enum link_kind kind = link_kind_of(probe->socket, name);
	enum live_program program = kind == LINK_KIND_RAW ? PROGRAM_RAW_IN : PROGRAM_ETHERNET_IN;
	int error;

	if (!ifindex)
		return -errno;
	if (kind == LINK_KIND_OTHER)
		return -EPROTONOSUPPORT;
	error = attach_one(probe, &probe->hold[i][0], program, ifindex, false);
	if (!error && kind != LINK_KIND_LOOPBACK)
		error = attach_one(probe, &probe->hold[i][1], program + 1, ifindex, true);
	if (error) {
		live_detach(&probe->hold[i][0]);
		return error;
	}
	add_name(probe->shared, ifindex, name);
	snprintf(probe->shared->interface[i].name, IF_NAMESIZE, "%s", name);
	probe->shared->interface[i].ifindex = ifindex;
	probe->shared->interface[i].up = link_kind_is_up(probe->socket, name);
	return 0;
}

static bool is_known(const struct shared *shared, const char *name)
{
	for (size_t i = 0; i < shared->interface_count; i++)
		if (strcmp(shared->interface[i].name, name) == 0)
			return true;
	return false;
}

/* Interfaces that are up and not attached to. Loopback only where it was asked for. */
static size_t attach_all(struct live_probe *probe)
{
	struct if_nameindex *all = if_nameindex();
	struct shared *shared = probe->shared;
	size_t n = 0;

	for (struct if_nameindex *one = all; one && one->if_index; one++) {
		size_t i = shared->interface_count;

		if (i >= LIVE_INTERFACES_MAX)
			break;
		if (is_known(shared, one->if_name) ||
			!link_kind_is_up(probe->socket, one->if_name) ||
			link_kind_of(probe->socket, one->if_name) == LINK_KIND_LOOPBACK ||
			attach(probe, i, one->if_name) != 0)
			continue;
		shared->interface_count++;
		n++;
	}
	if_freenameindex(all);
	return n;
}

static bool attach_named(
	struct live_probe *probe, const struct live_source_params *params, struct text *why)
{
	for (size_t i = 0; i < params->interface_count; i++) {
		int error = attach(probe, i, params->interfaces[i]);

		if (error) {
			text_printf(why, "can't attach to %s (%s)", params->interfaces[i],
				strerror(-error));
			return false;
		}
		probe->shared->interface_count++;
	}
	return true;
}

static bool attach_netfilter(struct live_probe *probe, struct text *why)
{
	static const uint32_t hooks[] = { NF_INET_LOCAL_IN, NF_INET_FORWARD, NF_INET_LOCAL_OUT };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		for (int family = 0; family < 2; family++) {
			int error = live_attach_netfilter(&probe->netfilter_hold[n++],
				live_bpf_program(probe->bpf, family ? PROGRAM_IPV6 : PROGRAM_IPV4),
				family ? NFPROTO_IPV6 : NFPROTO_IPV4, hooks[i]);

			if (error) {
				text_printf(
					why, "netfilter takes no programs (%s)", strerror(-error));
				return false;
			}
		}
	}
	return true;
}

static bool attach_wanted(
	struct live_probe *probe, const struct live_source_params *params, struct text *why)
{
	if (probe->netfilter)
		return attach_netfilter(probe, why);
	if (!probe->all)
		return attach_named(probe, params, why);
	if (attach_all(probe))
		return true;
	text_puts(why, "no interface is up that could be attached to");
	return false;
}

/* Frames. */

static void take_frame(void *context, struct bytes record)
{
	struct live_probe *probe = context;
	struct packet packet;
	const struct name *name;
	struct sw_frame head;
	uint32_t ifindex;

	if (!probe->events || !live_frame(record, probe->clock, probe->room, &packet, &ifindex))
		return;
	memcpy(&head, record.p, sizeof(head));
	probe->bytes += head.captured;
	name = ifindex ? find_name(probe->shared, ifindex) : NULL;
	packet.source = name ? name->source : "netfilter";
	packet.interface = name ? name->interface : NULL;
	probe->events->packet(probe->context, &packet);
}

void live_probe_aim(void *source, const struct live_events *events, void *context, int64_t clock)
{
	struct live_probe *probe = source;

	probe->events = events;
	probe->context = context;
	probe->clock = clock;
}

/* The table of live_source.h. */

static void probe_close(void *source)
{
	struct live_probe *probe = source;

	if (!probe)
		return;
	for (size_t i = 0; i < LIVE_INTERFACES_MAX; i++) {
		live_detach(&probe->hold[i][0]);
		live_detach(&probe->hold[i][1]);
	}
	for (size_t i = 0; i < sizeof(probe->netfilter_hold) / sizeof(probe->netfilter_hold[0]);
		i++)
		live_detach(&probe->netfilter_hold[i]);
	live_ring_set(probe->ring, SW_FRAME, NULL, NULL);
	live_bpf_close(probe->bpf);
	if (probe->shared)
		munmap(probe->shared, sizeof(*probe->shared));
	if (probe->socket >= 0)
		close(probe->socket);
	free(probe->room);
	free(probe);
}

static void *probe_open(const struct live_source_params *params, struct text *why)
{
	struct live_probe *probe = mem_alloc(sizeof(*probe));

	probe->netfilter = params->live->hook == LIVE_NETFILTER;
	probe->no_tcx = params->live->hook == LIVE_CLSACT;
	probe->all = !probe->netfilter && !params->interface_count;
	probe->ring = params->ring;
	probe->room = mem_alloc(sizeof(*probe->room));
	for (size_t i = 0; i < params->live->port_count; i++)
		probe->ports[params->live->ports[i] / 64] |= UINT64_C(1)
							     << params->live->ports[i] % 64;
	probe->shared = mmap(NULL, sizeof(*probe->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (probe->shared == MAP_FAILED)
		probe->shared = NULL;
	probe->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!probe->shared || probe->socket < 0) {
		text_printf(why, "%s", strerror(errno));
	} else {
		probe->bpf = live_bpf_open(params, probe->netfilter, why);
		if (probe->bpf && attach_wanted(probe, params, why)) {
			live_ring_set(probe->ring, SW_FRAME, take_frame, probe);
			return probe;
		}
	}
	probe_close(probe);
	return NULL;
}

static bool is_port(const struct live_probe *probe, uint16_t port)
{
	return probe->ports[port / 64] >> port % 64 & 1;
}

/* As parse_key() in bpf/parse.bpf.h has it. */
static void make_key(const struct live_probe *probe, const struct endpoint *client,
	const struct endpoint *server, struct sw_flow_key *key)
{
	bool swap = is_port(probe, client->port);

	if (swap && is_port(probe, server->port)) {
		swap = client->port < server->port;
		if (client->port == server->port)
			swap = memcmp(client->addr.ip, server->addr.ip, sizeof(server->addr.ip)) <
			       0;
	}
	*key = (struct sw_flow_key){
		.client_port = htobe16(swap ? server->port : client->port),
		.server_port = htobe16(swap ? client->port : server->port),
		.length = client->addr.length,
	};
	memcpy(swap ? key->server : key->client, client->addr.ip, sizeof(key->client));
	memcpy(swap ? key->client : key->server, server->addr.ip, sizeof(key->server));
}

static void probe_set_quiet(
	void *source, const struct endpoint *client, const struct endpoint *server)
{
	struct live_probe *probe = source;
	struct sw_flow_key key;

	make_key(probe, client, server, &key);
	live_bpf_quiet(probe->bpf, &key);
}

/* Interfaces that change. */

/* An interface that was attached to, as it is now. */
static void look_at(struct live_probe *probe, size_t i)
{
	struct shared *shared = probe->shared;
	char name[IF_NAMESIZE], *known = shared->interface[i].name;
	bool up;

	if (!if_indextoname(shared->interface[i].ifindex, name)) {
		log_warn("capture: %s: it is gone", known);
		live_detach(&probe->hold[i][0]);
		live_detach(&probe->hold[i][1]);
		shared->interface[i].ifindex = 0;
		shared->interface[i].up = false;
		return;
	}
	if (strcmp(name, known) != 0) {
		log_info("capture: %s: it is called %s now", known, name);
		add_name(shared, shared->interface[i].ifindex, name);
		snprintf(known, IF_NAMESIZE, "%s", name);
	}
	up = link_kind_is_up(probe->socket, name);
	if (up != shared->interface[i].up)
		log_info("capture: %s: it is %s", name, up ? "up" : "down");
	shared->interface[i].up = up;
}

static void probe_maintain(void *source)
{
	struct live_probe *probe = source;
	struct shared *shared = probe->shared;
	size_t before;

	if (probe->netfilter)
		return;
	for (size_t i = 0; i < shared->interface_count; i++) {
		char name[IF_NAMESIZE]; /* attach() writes the entry anew */

		if (shared->interface[i].ifindex)
			look_at(probe, i);
		snprintf(name, sizeof(name), "%s", shared->interface[i].name);
		if (!shared->interface[i].ifindex && attach(probe, i, name) == 0)
			log_info("capture: %s: it is back", name);
	}
	before = shared->interface_count;
	if (probe->all && attach_all(probe))
		for (size_t i = before; i < shared->interface_count; i++)
			log_info("capture: %s: it is watched, too", shared->interface[i].name);
}

/* Telling. */

static const char *way_name(const struct live_probe *probe)
{
	if (probe->netfilter)
		return "netfilter";
	return probe->no_tcx ? "clsact" : "tcx";
}

static void add_counter(
	struct live_interface *out, const char *name, uint64_t frames, uint64_t bytes)
{
	out->counters[out->counter_count++] =
		(struct live_counter){ .name = name, .frames = frames, .bytes = bytes };
}

static void fill_counters(
	const struct live_probe *probe, uint32_t ifindex, struct live_interface *out)
{
	static const char *const names[SW_COUNTERS] = {
#define X(name, text, comment) text,
		SW_COUNTER_LIST(X)
#undef X
	};
	struct sw_counts counts;
	uint64_t frames = 0, bytes = 0;

	_Static_assert(SW_COUNTERS + 1 <= LIVE_COUNTERS_MAX, "room for all, and their sum");
	live_bpf_counts(probe->bpf, ifindex, &counts);
	for (int i = 0; i < SW_COUNTERS; i++) {
		frames += counts.of[i].frames;
		bytes += counts.of[i].bytes;
	}
	add_counter(out, "seen", frames, bytes);
	for (int i = 0; i < SW_COUNTERS; i++)
		add_counter(out, names[i], counts.of[i].frames, counts.of[i].bytes);
}

static size_t probe_interfaces(void *source, struct live_interface *out, size_t max)
{
	struct live_probe *probe = source;
	const struct shared *shared = probe->shared;
	size_t n = probe->netfilter ? 1 : shared->interface_count;

	for (size_t i = 0; i < n && i < max; i++) {
		out[i] = (struct live_interface){ .how = way_name(probe), .up = true };
		if (!probe->netfilter) {
			memcpy(out[i].name, shared->interface[i].name, sizeof(out[i].name));
			out[i].up = shared->interface[i].up;
		}
		fill_counters(probe, probe->netfilter ? 0 : shared->interface[i].ifindex, &out[i]);
	}
	return n < max ? n : max;
}

static void probe_totals(void *source, struct live_totals *totals)
{
	struct live_probe *probe = source;
	const struct shared *shared = probe->shared;
	size_t n = probe->netfilter ? 1 : shared->interface_count;

	for (size_t i = 0; i < n; i++) {
		struct sw_counts counts;

		live_bpf_counts(
			probe->bpf, probe->netfilter ? 0 : shared->interface[i].ifindex, &counts);
		totals->packets += counts.of[SW_UP].frames;
		totals->lost += counts.of[SW_LOST_RING].frames + counts.of[SW_LOST_COPY].frames;
	}
	totals->bytes += probe->bytes;
}

static void probe_describe(void *source, struct text *text)
{
	struct live_probe *probe = source;
	const struct shared *shared = probe->shared;

	if (probe->netfilter) {
		text_puts(text, "netfilter");
		return;
	}
	text_printf(text, "tc (%s) on", way_name(probe));
	for (size_t i = 0; i < shared->interface_count; i++)
		text_printf(text, "%s %s", i ? "," : "", shared->interface[i].name);
}

const struct live_source_type live_probe_type = {
	.open = probe_open,
	.close = probe_close,
	.set_quiet = probe_set_quiet,
	.maintain = probe_maintain,
	.interfaces = probe_interfaces,
	.totals = probe_totals,
	.describe = probe_describe,
};
