// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the live capture hands up, as a pcap file on standard output, to look at and for the tests:
 *
 *	tap HOOK INTERFACE[,INTERFACE...]|- PORT[,PORT...] [dns] [ring=BYTES] >out.pcap
 *
 * HOOK as in `stripwatch watch`; "-" for no interface. It says "ready" on standard error when it is
 * attached, and on SIGTERM or SIGINT it writes what is left and then, on standard error, one line a
 * counter: "INTERFACE HOW COUNTER FRAMES BYTES". SIGUSR1 holds it still until SIGUSR2: so a ring is
 *filled.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "capture/live.h"

static volatile sig_atomic_t over, still;

static void on_signal(int number)
{
	if (number == SIGUSR1)
		still = 1;
	else if (number == SIGUSR2)
		still = 0;
	else
		over = 1;
}

static void put_u32(uint32_t value)
{
	fwrite(&value, sizeof(value), 1, stdout);
}

/* The header of a file with times in ns. */
static void put_header(uint32_t link_type)
{
	const uint32_t magic = 0xa1b23c4d, version = 4u << 16 | 2;

	put_u32(magic);
	put_u32(version);
	put_u32(0);
	put_u32(0);
	put_u32(1 << 18);
	put_u32(link_type);
}

static void on_packet(void *context, const struct packet *packet)
{
	const int64_t second = 1000000000;
	bool *begun = context;

	if (!*begun)
		put_header(packet->link_type);
	*begun = true;
	put_u32((uint32_t)(packet->time / second));
	put_u32((uint32_t)(packet->time % second));
	put_u32((uint32_t)packet->frame.n);
	put_u32(packet->wire_length);
	fwrite(packet->frame.p, 1, packet->frame.n, stdout);
}

static void on_certificate(void *context, const struct live_certificate *certificate)
{
	(void)context;
	(void)certificate;
}

static void tell(struct live *live)
{
	struct live_interface interfaces[LIVE_INTERFACES_MAX];
	size_t n = live_get_interfaces(live, interfaces, LIVE_INTERFACES_MAX);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < interfaces[i].counter_count; k++)
			fprintf(stderr, "%s %s %s %llu %llu\n",
				interfaces[i].name[0] ? interfaces[i].name : "-", interfaces[i].how,
				interfaces[i].counters[k].name,
				(unsigned long long)interfaces[i].counters[k].frames,
				(unsigned long long)interfaces[i].counters[k].bytes);
}

static bool parse(int argc, char **argv, struct live_params *params)
{
	if (argc < 4)
		return false;
	for (int hook = 0; hook < LIVE_HOOKS; hook++)
		if (strcmp(argv[1], live_hook_name((enum live_hook)hook)) == 0)
			params->hook = (enum live_hook)hook;
	for (char *name = strtok(argv[2], ","); name && strcmp(name, "-") != 0;
		name = strtok(NULL, ","))
		if (params->interface_count < LIVE_INTERFACES_MAX)
			params->interfaces[params->interface_count++] = name;
	for (char *port = strtok(argv[3], ","); port; port = strtok(NULL, ","))
		if (params->port_count < LIVE_PORTS_MAX)
			params->ports[params->port_count++] = (uint16_t)atoi(port);
	for (int i = 4; i < argc; i++) {
		if (strcmp(argv[i], "dns") == 0)
			params->dns = true;
		else if (strncmp(argv[i], "ring=", 5) == 0)
			params->ring_bytes = (size_t)atol(argv[i] + 5);
		else if (strncmp(argv[i], "snap=", 5) == 0)
			params->snap = (uint32_t)atol(argv[i] + 5);
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	static const struct live_events events = { on_packet, on_certificate };
	const struct sigaction action = { .sa_handler = on_signal };
	struct live_params params = { 0 };
	struct live *live;
	bool begun = false;

	if (!parse(argc, argv, &params)) {
		fprintf(stderr, "tap HOOK INTERFACES PORTS [dns] [ring=BYTES] [snap=BYTES]\n");
		return 2;
	}
	log_set_level(getenv("TAP_DEBUG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	live = live_open(&params);
	if (!live)
		return 1;
	fprintf(stderr, "ready: %s\n", live_describe(live));
	while (!over) {
		const struct timespec pause = { .tv_nsec = 1000000 };

		if (still)
			nanosleep(&pause, NULL);
		else if (!live_run(live, 200, &events, &begun))
			break;
		live_maintain(live);
	}
	while (live_run(live, 0, &events, &begun) && still++ < 1000)
		;
	if (!begun)
		put_header(1);
	tell(live);
	live_close(live);
	return 0;
}
