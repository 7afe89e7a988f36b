// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/wire.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "lab/middlebox/route.h"

/* A packet that waits to be overtaken waits no longer than this. */
#define HOLD_MS 20

/* Any number that is not zero. */
#define DICE 2463534242u

static bool bring_up(struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool up;

	if (fd < 0)
		return false;
	request->ifr_flags = IFF_UP;
	up = ioctl(fd, SIOCSIFFLAGS, request) == 0;
	close(fd);
	return up;
}

int wire_open(uint16_t port)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(request.ifr_name, sizeof(request.ifr_name), ROUTE_DEVICE, port);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &request) == 0 && bring_up(&request))
		return fd;
	perror("middlebox: tunnel device");
	if (fd >= 0)
		close(fd);
	return -1;
}

/* A packet that the kernel refuses is lost, as packets are. */
void wire_pass(struct wire *wire, struct datagram *datagram)
{
	datagram_seal(datagram);
	(void)!write(wire->device, datagram->bytes, datagram->n);
}

/* xorshift32 */
bool wire_accident(struct wire *wire)
{
	wire->dice ^= wire->dice << 13;
	wire->dice ^= wire->dice >> 17;
	wire->dice ^= wire->dice << 5;
	return wire->dice % 100 < wire->settings->percent;
}

static void tell(const struct flow *flow)
{
	char client[ENDPOINT_TEXT], server[ENDPOINT_TEXT];

	printf("%s > %s\n", endpoint_format(&flow->end[CLIENT], client),
		endpoint_format(&flow->end[SERVER], server));
	fflush(stdout);
}

static bool is_between(const struct flow *flow, const struct endpoint end[2])
{
	return endpoint_equal(&flow->end[CLIENT], &end[CLIENT]) &&
	       endpoint_equal(&flow->end[SERVER], &end[SERVER]);
}

/* The flow of a packet, which is new if it was not known. */
static struct flow *flow_of(struct wire *wire, const struct endpoint end[2])
{
	struct flow *flow;

	for (size_t i = 0; i < WIRE_FLOWS; i++)
		if (is_between(&wire->flows[i], end))
			return &wire->flows[i];
	flow = &wire->flows[wire->next++ % WIRE_FLOWS];
	*flow = (struct flow){ .end = { end[CLIENT], end[SERVER] } };
	tell(flow);
	return flow;
}

/* The kernel has counted the hop into the tunnel, and will count the one behind it. */
static void show(struct wire *wire, struct datagram *datagram)
{
	enum side from = datagram->from.port == wire->settings->port ? SERVER : CLIENT;
	struct endpoint end[2];

	end[from] = datagram->from;
	end[side_other(from)] = datagram->to;
	datagram_add_hops(datagram, 1);
	wire->interference->act(wire, flow_of(wire, end), from, datagram);
}

static void read_device(struct wire *wire, struct datagram *datagram)
{
	ssize_t n = read(wire->device, datagram->bytes, sizeof(datagram->bytes));

	datagram->n = n > 0 ? (size_t)n : 0;
	/* What the kernel says by itself on a new device (MLD, router solicitations) is nobody's.
	 */
	if (datagram_parse(datagram))
		show(wire, datagram);
}

static void release(struct wire *wire)
{
	if (wire->held.n)
		wire_pass(wire, &wire->held);
	wire->held.n = 0;
}

void wire_run(
	int device, int stop, const struct technique *technique, const struct settings *settings)
{
	struct pollfd poll_for[2] = { { .fd = device, .events = POLLIN },
		{ .fd = stop, .events = POLLIN } };
	struct datagram *datagram = mem_alloc(sizeof(*datagram));
	struct wire *wire = mem_alloc(sizeof(*wire));

	wire->settings = settings;
	wire->interference = technique->interference;
	wire->device = device;
	wire->dice = DICE;
	while (!poll_for[1].revents) {
		if (poll(poll_for, 2, wire->held.n ? HOLD_MS : -1) == 0)
			release(wire);
		if (poll_for[0].revents)
			read_device(wire, datagram);
	}
	free(wire);
	free(datagram);
}
