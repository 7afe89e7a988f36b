// SPDX-License-Identifier: BSD-2-Clause
/*
 * Connection attempts from very many addresses that are not there, as frames out of an interface:
 * SYNs, and what scanners, broken stacks and enemies of sensors let follow.
 *
 *   flood [-n ATTEMPTS] [-a ADDRESSES] [-r FRAMES-PER-SECOND] INTERFACE MAC IPV4 IPV6 PORT...
 *
 * MAC, IPV4 and IPV6 are the target's. Sources are 10.128.0.0 and fd78:0:0:1:: and on, half and
 * half; where answers to them go is for the target's routes to say. Says "FRAMES frames, BYTES
 * bytes".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"

#define PAYLOAD_MAX 64
#define ETH_HEADER  14
#define IP4_HEADER  20
#define IP6_HEADER  40
#define TCP_HEADER  20
#define FRAME_MAX   (ETH_HEADER + IP6_HEADER + TCP_HEADER + PAYLOAD_MAX)
#define PORTS_MAX   16
#define HOPS        60

/* Between two looks at the clock. */
#define PACE_FRAMES 64

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

/* Frames of one attempt; all zero behind the last. */
struct step {
	uint8_t flags;
	uint8_t seq; /* above the first one's */
	const char *payload;
};

#define STEPS_MAX 4
static const struct step manners[][STEPS_MAX] = {
	{ { SYN, 0, NULL } },
	{ { SYN, 0, NULL }, { SYN, 0, NULL } },
	{ { SYN, 0, NULL }, { RST, 1, NULL } },
	{ { SYN, 0, NULL }, { ACK, 1, NULL } },
	{ { SYN, 0, NULL }, { ACK, 1, NULL }, { RST | ACK, 1, NULL } },
	{ { SYN, 0, NULL }, { ACK, 1, "\x16\x03\x01\xff\xff\x01garbage" } },
	{ { SYN, 0, NULL }, { ACK, 1, "EHLO x\r\n" }, { ACK, 9, "STARTTLS\r\n" },
		{ FIN | ACK, 19, NULL } },
	{ { ACK, 1, "\r\n.\r\nDATA\r\n\x80\xff" } },
	{ { SYN | FIN, 0, NULL } },
	{ { SYN, 0, "data in a SYN" } },
};

#define MANNERS (sizeof(manners) / sizeof(*manners))

struct flood {
	int fd;
	uint8_t head[ETH_HEADER];
	uint8_t address4[4], address6[16];
	uint16_t ports[PORTS_MAX];
	size_t port_count;
	unsigned long attempts, addresses, rate;
	unsigned long frames, bytes;
	struct timespec start;
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value & 0xffff);
}

/* RFC 1071. @sum is what was summed up before. */
static uint32_t add_up(uint32_t sum, const uint8_t *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += (uint32_t)at[0] << 8 | at[1];
	return n ? sum + ((uint32_t)*at << 8) : sum;
}

static void put_checksum(uint8_t *at, uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(at, ~sum & 0xffff);
}

/* The IP header for @length bytes of TCP; returns its length, and *@sum of the pseudo header. */
static size_t put_ip(
	const struct flood *flood, uint8_t *at, unsigned long source, size_t length, uint32_t *sum)
{
	bool six = source % 2;

	if (six) {
		put32(at, 0x60000000);
		put16(at + 4, (uint32_t)length);
		at[6] = IPPROTO_TCP;
		at[7] = HOPS;
		put32(at + 8, 0xfd780000);
		put32(at + 12, 1);
		put32(at + 20, (uint32_t)source + 1);
		memcpy(at + 24, flood->address6, sizeof(flood->address6));
		*sum = add_up(IPPROTO_TCP + (uint32_t)length, at + 8, 32);
		return IP6_HEADER;
	}
	at[0] = 0x45;
	put16(at + 2, (uint32_t)(IP4_HEADER + length));
	at[8] = HOPS;
	at[9] = IPPROTO_TCP;
	put32(at + 12, 0x0a800000 + (uint32_t)source);
	memcpy(at + 16, flood->address4, sizeof(flood->address4));
	put_checksum(at + 10, add_up(0, at, IP4_HEADER));
	*sum = add_up(IPPROTO_TCP + (uint32_t)length, at + 12, 8);
	return IP4_HEADER;
}

static size_t put_frame(const struct flood *flood, uint8_t frame[FRAME_MAX], unsigned long number,
	const struct step *step)
{
	unsigned long source = number % flood->addresses;
	size_t payload = step->payload ? strlen(step->payload) : 0;
	uint8_t *ip = frame + ETH_HEADER, *tcp;
	uint32_t sum;

	memset(frame, 0, FRAME_MAX);
	memcpy(frame, flood->head, ETH_HEADER);
	put16(frame + 12, source % 2 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	tcp = ip + put_ip(flood, ip, source, TCP_HEADER + payload, &sum);
	put16(tcp, (uint32_t)(1024 + number / flood->addresses % 60000));
	put16(tcp + 2, flood->ports[number % flood->port_count]);
	put32(tcp + 4, (uint32_t)(number * 2654435761u) + step->seq);
	if (step->flags & ACK)
		put32(tcp + 8, (uint32_t)number);
	tcp[12] = TCP_HEADER / 4 << 4;
	tcp[13] = step->flags;
	put16(tcp + 14, 64240);
	if (step->payload)
		memcpy(tcp + TCP_HEADER, step->payload, payload);
	put_checksum(tcp + 16, add_up(sum, tcp, TCP_HEADER + payload));
	return (size_t)(tcp - frame) + TCP_HEADER + payload;
}

/* Not before its time, if there is a rate. */
static void pace(const struct flood *flood)
{
	const uint64_t second = 1000000000;
	uint64_t due;
	struct timespec at;

	if (!flood->rate || flood->frames % PACE_FRAMES)
		return;
	due = (uint64_t)flood->start.tv_nsec + flood->frames * second / flood->rate;
	at.tv_sec = flood->start.tv_sec + (time_t)(due / second);
	at.tv_nsec = (long)(due % second);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static bool send_frame(struct flood *flood, const uint8_t *frame, size_t n)
{
	ssize_t sent;

	pace(flood);
	/* A full queue of the interface is waited for; a full socket blocks by itself. */
	do
		sent = send(flood->fd, frame, n, 0);
	while (sent < 0 && errno == ENOBUFS && usleep(1000) == 0);
	flood->frames++;
	flood->bytes += n;
	return sent == (ssize_t)n;
}

static bool run(struct flood *flood)
{
	uint8_t frame[FRAME_MAX];

	clock_gettime(CLOCK_MONOTONIC, &flood->start);
	for (unsigned long number = 0; number < flood->attempts; number++) {
		/* Not in step with the addresses, of which many tries follow each other. */
		const struct step *steps = manners[(number + number / flood->addresses) % MANNERS];

		for (size_t i = 0; i < STEPS_MAX && steps[i].flags; i++) {
			size_t n = put_frame(flood, frame, number, &steps[i]);

			if (!send_frame(flood, frame, n)) {
				perror("flood: send");
				return false;
			}
		}
	}
	printf("%lu frames, %lu bytes\n", flood->frames, flood->bytes);
	return true;
}

static bool open_interface(struct flood *flood, const char *name, const char *mac)
{
	const struct ether_addr *target = ether_aton(mac);
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name) };
	struct ifreq request = { 0 };

	flood->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (!target || flood->fd < 0 || ioctl(flood->fd, SIOCGIFHWADDR, &request) < 0 ||
		bind(flood->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return false;
	memcpy(flood->head, target, ETH_ALEN);
	memcpy(flood->head + ETH_ALEN, request.ifr_hwaddr.sa_data, ETH_ALEN);
	return true;
}

static bool parse(struct flood *flood, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:a:r:")) != -1) {
		if (option == 'n')
			flood->attempts = strtoul(optarg, NULL, 10);
		else if (option == 'a')
			flood->addresses = strtoul(optarg, NULL, 10);
		else if (option == 'r')
			flood->rate = strtoul(optarg, NULL, 10);
		else
			return false;
	}
	argc -= optind;
	argv += optind;
	if (argc < 5 || argc - 4 > PORTS_MAX || !flood->addresses ||
		inet_pton(AF_INET, argv[2], flood->address4) != 1 ||
		inet_pton(AF_INET6, argv[3], flood->address6) != 1)
		return false;
	for (int i = 4; i < argc; i++)
		flood->ports[flood->port_count++] = (uint16_t)strtoul(argv[i], NULL, 10);
	if (open_interface(flood, argv[0], argv[1]))
		return true;
	perror(argv[0]);
	return false;
}

int main(int argc, char **argv)
{
	struct flood flood = { .fd = -1, .attempts = 100000, .addresses = 100000 };
	bool good;

	if (!parse(&flood, argc, argv)) {
		fputs("usage: flood [-n ATTEMPTS] [-a ADDRESSES] [-r FRAMES-PER-SECOND]\n"
		      "             INTERFACE MAC IPV4 IPV6 PORT...\n",
			stderr);
		return 2;
	}
	good = run(&flood);
	close(flood.fd);
	return good ? 0 : 1;
}
