// SPDX-License-Identifier: BSD-2-Clause
#include "play.h"

/* 2026-06-01T00:00:00Z, where the certificates of handshake.c are valid. */
#define START_TIME ((int64_t)1780272000 * 1000000)

/* Mean µs between two packets: 100,000 in a second. */
#define MEAN_GAP 10

#define ETHERNET      14
#define IPV4          20
#define IPV6          40
#define TCP           20
#define RECORD        16
#define TCP_PROTOCOL  6
#define HOP_LIMIT     57
#define SNAP_LENGTH   262144
#define LINK_ETHERNET 1

/*
 * Connection numbers that differ by less than PORTS have different ports, those that differ by a
 * multiple of it different client addresses, for CLIENTS is a divisor of PORTS.
 */
#define CLIENTS    400
#define SERVERS    300
#define PORTS      50000
#define FIRST_PORT 10000

/* One connection in so many is over IPv6. */
#define IPV6_SHARE 10

static void put_u16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_u32(uint8_t *at, uint32_t value)
{
	put_u16(at, value >> 16);
	put_u16(at + 2, value & 0xffff);
}

/* The number of the file header or a record, in this machine's order. */
static void put_ours(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

void player_start(struct player *player, FILE *out, uint64_t seed)
{
	uint8_t header[24] = { 0 };

	*player = (struct player){ .out = out, .seed = seed, .time = START_TIME };
	put_ours(header, 0xa1b2c3d4);
	put_ours(header + 4, 4u << 16 | 2); /* version 2.4: two fields of 16 bits */
	put_ours(header + 16, SNAP_LENGTH);
	put_ours(header + 20, LINK_ETHERNET);
	fwrite(header, sizeof(header), 1, out);
	player->bytes = sizeof(header);
}

static uint32_t sum_words(const uint8_t *p, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return n % 2 ? sum + ((uint32_t)p[n - 1] << 8) : sum;
}

static uint32_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

static bool is_ipv6(const struct connection *connection)
{
	return connection->number % IPV6_SHARE == 0;
}

unsigned int connection_server(uint64_t number)
{
	return (unsigned int)(random_of(1, number) % SERVERS);
}

static void put_address(const struct connection *connection, enum side side, uint8_t *at)
{
	uint64_t number = connection->number;
	uint32_t host = (uint32_t)(side == CLIENT ? (number + number / PORTS) % CLIENTS
						  : random_of(1, number) % SERVERS);

	if (is_ipv6(connection)) {
		memset(at, 0, 16);
		put_u32(at, 0x20010db8);
		put_u16(at + 4, side == CLIENT ? 0xc : 0x5);
		put_u16(at + 14, host + 1);
	} else {
		put_u32(at, (side == CLIENT ? 0x0a010000 : 0x0a020000) + (host / 200 << 8) +
				    host % 200 + 1);
	}
}

static uint16_t port_of(const struct connection *connection, enum side side)
{
	return side == SERVER ? connection->script->port
			      : (uint16_t)(FIRST_PORT + connection->number % PORTS);
}

/* Initial sequence number. */
static uint32_t first_seq(
	const struct player *player, const struct connection *connection, enum side side)
{
	return (uint32_t)random_of(player->seed + side, connection->number);
}

/* @at: the IP header, whose length is returned; @sum: of the pseudo-header, without the length. */
static size_t put_ip(
	const struct connection *connection, const struct step *step, uint8_t *at, uint32_t *sum)
{
	enum side from = step->side, to = side_other(from);

	if (is_ipv6(connection)) {
		put_u32(at, 0x60000000);
		put_u16(at + 4, (uint32_t)TCP + step->length);
		at[6] = TCP_PROTOCOL;
		at[7] = HOP_LIMIT;
		put_address(connection, from, at + 8);
		put_address(connection, to, at + 24);
		*sum = sum_words(at + 8, 32) + TCP_PROTOCOL;
		return IPV6;
	}
	memset(at, 0, IPV4);
	at[0] = 0x45;
	put_u16(at + 2, (uint32_t)IPV4 + TCP + step->length);
	put_u16(at + 4, (uint32_t)connection->number + step->seq);
	at[6] = 0x40; /* don't fragment */
	at[8] = HOP_LIMIT;
	at[9] = TCP_PROTOCOL;
	put_address(connection, from, at + 12);
	put_address(connection, to, at + 16);
	put_u16(at + 10, fold(sum_words(at, IPV4)));
	*sum = sum_words(at + 12, 8) + TCP_PROTOCOL;
	return IPV4;
}

static void patch(const struct player *player, const struct connection *connection,
	const struct step *step, uint8_t *payload)
{
	char digits[SCRIPT_NUMBER_DIGITS + 1];
	struct random random = { random_of(player->seed + 2 + step->side, connection->number) };

	if (step->patch == PATCH_RANDOM) {
		random_fill(&random, payload + step->patch_at, SCRIPT_RANDOM_BYTES);
	} else {
		snprintf(digits, sizeof(digits), "%0*u", SCRIPT_NUMBER_DIGITS,
			(unsigned int)connection->number);
		memcpy(payload + step->patch_at, digits, SCRIPT_NUMBER_DIGITS);
	}
}

static void put_tcp(const struct player *player, const struct connection *connection,
	const struct step *step, uint8_t *at, uint32_t sum)
{
	enum side from = step->side, to = side_other(from);
	uint8_t *payload = at + TCP;

	memset(at, 0, TCP);
	put_u16(at, port_of(connection, from));
	put_u16(at + 2, port_of(connection, to));
	put_u32(at + 4, first_seq(player, connection, from) + step->seq);
	if (step->flags & STEP_ACK)
		put_u32(at + 8, first_seq(player, connection, to) + step->ack);
	at[12] = TCP / 4 << 4;
	at[13] = step->flags;
	put_u16(at + 14, 64240);
	memcpy(payload, connection->script->payload.s + step->offset, step->length);
	sum += sum_words(at, TCP) + TCP + step->length;
	if (step->patch == PATCH_NONE) {
		sum += step->sum;
	} else {
		patch(player, connection, step, payload);
		sum += sum_words(payload, step->length);
	}
	put_u16(at + 16, fold(sum));
}

void player_send(struct player *player, const struct connection *connection, uint32_t number)
{
	static const uint8_t ethernet[2][12] = {
		[CLIENT] = { 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1 },
		[SERVER] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 },
	};
	const struct step *step = &connection->script->steps[number];
	uint8_t record[RECORD + ETHERNET + IPV6 + TCP + SCRIPT_MSS];
	uint8_t *frame = record + RECORD;
	uint32_t sum;
	size_t ip = put_ip(connection, step, frame + ETHERNET, &sum);
	size_t n = ETHERNET + ip + TCP + step->length;

	memcpy(frame, ethernet[step->side], sizeof(ethernet[0]));
	put_u16(frame + 12, ip == IPV6 ? 0x86dd : 0x0800);
	put_tcp(player, connection, step, frame + ETHERNET + ip, sum);
	put_ours(record, (uint32_t)(player->time / 1000000));
	put_ours(record + 4, (uint32_t)(player->time % 1000000));
	put_ours(record + 8, (uint32_t)n);
	put_ours(record + 12, (uint32_t)n);
	fwrite(record, RECORD + n, 1, player->out);
	player->bytes += RECORD + n;
	player->time += (int64_t)(random_of(player->seed, player->packets) % (2 * MEAN_GAP));
	player->packets++;
}
