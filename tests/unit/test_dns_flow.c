// SPDX-License-Identifier: BSD-2-Clause
/* Answers over TCP, from segments to messages, and when nobody listens any more. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "session/dns_flow.h"

#define START INT64_C(1790000000000000000)

struct house {
	struct ports ports;
	struct dns_flow_params params;
	struct flow_table *table;
	struct endpoint client, server;
	uint32_t next[2];
	int64_t now;
	struct text said;
	size_t messages;
};

static void note(void *context, struct bytes message, const struct addr *asker, int64_t time)
{
	struct house *house = context;

	assert_true(addr_equal(asker, &house->client.addr));
	assert_int_equal(time, house->now);
	house->messages++;
	if (message.n > 64)
		return;
	text_printable(&house->said, message, 64);
	text_putc(&house->said, ' ');
}

static int set_up(void **state)
{
	struct house *house = calloc(1, sizeof(*house));
	const struct flow_params params = {
		.server_ports = &house->ports,
		.max_flows = DNS_FLOWS_MAX,
		.max_waiting = DNS_FLOW_WAITING,
		.max_waiting_flow = DNS_FLOW_WAITING_EACH,
		.recent_bytes = DNS_FLOW_RECENT,
		.idle_timeout = DNS_FLOW_IDLE,
	};

	assert_non_null(house);
	ports_add(&house->ports, DNS_PORT);
	house->params = (struct dns_flow_params){ note, house };
	house->table = flow_table_new(&params, &dns_flow_events, &house->params);
	house->client = (struct endpoint){ { .ip = { 192, 0, 2, 10 }, .length = 4 }, 40000 };
	house->server = (struct endpoint){ { .ip = { 192, 0, 2, 53 }, .length = 4 }, DNS_PORT };
	house->now = START;
	text_puts(&house->said, "");
	*state = house;
	return 0;
}

static int tear_down(void **state)
{
	struct house *house = *state;

	flow_table_free(house->table);
	text_free(&house->said);
	free(house);
	return 0;
}

static void send_segment(struct house *house, enum side from, uint8_t flags, struct bytes payload)
{
	const struct segment segment = {
		.time = ++house->now,
		.from = from == CLIENT ? house->client : house->server,
		.to = from == CLIENT ? house->server : house->client,
		.seq = house->next[from],
		.ack = house->next[!from],
		.flags = flags,
		.ttl = 64,
		.window = 65535,
		.payload = payload,
		.payload_length = (uint32_t)payload.n,
	};

	flow_feed(house->table, &segment);
	house->next[from] += (uint32_t)payload.n + (flags & TCP_SYN ? 1 : 0);
}

static void open_connection(struct house *house)
{
	send_segment(house, CLIENT, TCP_SYN, BYTES(""));
	send_segment(house, SERVER, TCP_SYN | TCP_ACK, BYTES(""));
	send_segment(house, CLIENT, TCP_ACK, BYTES(""));
	send_segment(house, CLIENT, TCP_ACK, BYTES("\0\5never"));
}

static void answers(void **state)
{
	struct house *house = *state;

	open_connection(house);
	send_segment(house, SERVER, TCP_ACK, BYTES("\0\3one\0"));
	send_segment(house, SERVER, TCP_ACK, BYTES("\3tw"));
	send_segment(house, SERVER, TCP_ACK, BYTES("o\0\5three"));
	assert_string_equal(house->said.s, "one two three ");
}

static void beginning_missed(void **state)
{
	struct house *house = *state;

	send_segment(house, CLIENT, TCP_ACK, BYTES("\0\5never"));
	send_segment(house, SERVER, TCP_ACK, BYTES("\0\3one"));
	assert_string_equal(house->said.s, "");
}

/* Seven bytes are lost: what comes behind them can't be told apart. */
static void hole(void **state)
{
	struct house *house = *state;

	open_connection(house);
	send_segment(house, SERVER, TCP_ACK, BYTES("\0\3one\0\3t"));
	house->next[SERVER] += 7;
	send_segment(house, SERVER, TCP_ACK, BYTES("\0\4four"));
	send_segment(house, CLIENT, TCP_ACK, BYTES(""));
	house->now += 10 * INT64_C(1000000000);
	send_segment(house, SERVER, TCP_ACK, BYTES("\0\4five"));
	send_segment(house, CLIENT, TCP_ACK, BYTES(""));
	flow_table_end(house->table);
	assert_string_equal(house->said.s, "one ");
}

/* A zone, not an answer. */
static void too_much(void **state)
{
	static uint8_t part[1002] = { 1000 >> 8, 1000 & 0xff };
	struct house *house = *state;

	open_connection(house);
	for (int i = 0; i < 2000; i++)
		send_segment(house, SERVER, TCP_ACK, bytes_of(part, sizeof(part)));
	assert_in_range(house->messages, 1040, 1050);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(answers),
		TEST(beginning_missed),
		TEST(hole),
		TEST(too_much),
	};

	return cmocka_run_group_tests_name("dns_flow", tests, NULL, NULL);
}
