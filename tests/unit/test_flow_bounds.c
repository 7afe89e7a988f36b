// SPDX-License-Identifier: BSD-2-Clause
/* The flow table under every order of arrival, and under more than it has room for. */
#include "talk.h"

#include "wire/flow_table.h"

static const char *const opening[] = { "0 C S 0 0\n", "1 S SA 0 1\n", "2 C A 1 1\n", NULL };

static const char *const dialogue[] = {
	"10 S PA 1 1 \"220 mx\\r\\n\"\n",
	"11 C PA 1 9 \"EHLO a\\r\\n\"\n",
	"12 S PA 9 9 \"250-mx\\r\\n\"\n",
	"13 S PA 17 9 \"250 STARTTLS\\r\\n\"\n",
	"14 C PA 9 31 \"STARTTLS\\r\\n\"\n",
};

#define SEGMENTS (sizeof(dialogue) / sizeof(*dialogue))

static const char dialogue_want[] =
	"open 4000>25\nS 220 mx\\r\\n\nC EHLO a\\r\\n\nS 250-mx\\r\\n\nS 250 STARTTLS\\r\\n\n"
	"C STARTTLS\\r\\n\nclose end-of-capture\n";

/* Feed the dialogue in the order @order, one bit of @twice a segment that comes twice. */
static char *permuted(const uint32_t isn[2], const size_t order[SEGMENTS], unsigned int twice)
{
	const struct flow_params params = { 0 };
	struct talk talk = { .isn = { isn[0], isn[1] } };

	talk_begin(&talk, &params);
	for (size_t i = 0; opening[i]; i++)
		talk_feed(&talk, opening[i]);
	for (size_t i = 0; i < SEGMENTS; i++) {
		talk_feed(&talk, dialogue[order[i]]);
		if (twice >> i & 1)
			talk_feed(&talk, dialogue[order[i]]);
	}
	return talk_end(&talk);
}

/* The @number-th permutation. */
static void permute(size_t number, size_t order[SEGMENTS])
{
	for (size_t i = 0; i < SEGMENTS; i++)
		order[i] = i;
	for (size_t left = SEGMENTS; left > 1; left--) {
		size_t at = number % left, last = order[left - 1];

		order[left - 1] = order[at];
		order[at] = last;
		number /= left;
	}
}

static void every_order_of_arrival(void **state)
{
	static const uint32_t isns[][2] = { { 1, 2 }, { 0xfffffff9, 0xffffffec } };
	size_t order[SEGMENTS];

	(void)state;
	for (size_t number = 0; number < 120; number++) {
		permute(number, order);
		for (unsigned int twice = 0; twice < 1 << SEGMENTS; twice += 5) {
			char *got = permuted(isns[number & 1], order, twice);
			char name[32];

			snprintf(name, sizeof(name), "%zu%zu%zu%zu%zu twice %x", order[0], order[1],
				order[2], order[3], order[4], twice);
			assert_row_string(name, got, dialogue_want);
			free(got);
		}
	}
}

/* Every permutation again, but one segment is lost: the rest is told in the order it has. */
static void one_lost_in_every_order(void **state)
{
	const struct flow_params params = { 0 };
	size_t order[SEGMENTS];
	char *first = NULL;

	(void)state;
	for (size_t lost = 0; lost < SEGMENTS - 1; lost++) {
		for (size_t number = 0; number < 120; number++) {
			struct talk talk = { .isn = { 7, 8 } };

			permute(number, order);
			talk_begin(&talk, &params);
			for (size_t i = 0; opening[i]; i++)
				talk_feed(&talk, opening[i]);
			for (size_t i = 0; i < SEGMENTS; i++) {
				if (order[i] != lost)
					talk_feed(&talk, dialogue[order[i]]);
			}
			talk_feed(&talk, "20 S A 31 19\n1100 C A 19 31\n1200 S A 31 19\n");
			char *got = talk_end(&talk);

			if (number == 0)
				first = got;
			assert_non_null(strstr(got, "-- "));
			assert_row_string(dialogue[lost], got, first);
			if (got != first)
				free(got);
		}
		free(first);
	}
}

static struct segment client_segment(uint8_t flags, uint32_t seq, const char *payload)
{
	return (struct segment){
		.time = 1700000000000 * MS,
		.from = talk_endpoint(1, 4000),
		.to = talk_endpoint(2, 25),
		.flags = flags,
		.ttl = 64,
		.seq = seq,
		.payload = bytes_str(payload),
		.payload_length = (uint32_t)strlen(payload),
	};
}

/* Strangers' addresses from a counter. */
static void set_client(struct segment *segment, uint32_t number)
{
	memcpy(segment->from.addr.ip, &number, sizeof(number));
	segment->from.port = (uint16_t)(1024 + number % 60000);
}

static void a_flood_of_attempts(void **state)
{
	const struct flow_params params = { .max_flows = 100000 };
	struct segment syn = client_segment(TCP_SYN, 5, "");
	struct talk talk = { 0 };
	struct flow_stats stats;
	char *got;

	(void)state;
	talk_begin(&talk, &params);
	talk_feed(&talk, "0 C S 0 0\n1 S SA 0 1\n");
	for (uint32_t i = 0; i < 1000000; i++) {
		set_client(&syn, i);
		syn.time += 10000;
		flow_feed(talk.table, &syn);
	}
	talk_feed(&talk, "20000 C PA 1 1 \"EHLO\"\n");
	flow_get_stats(talk.table, &stats);
	assert_true(stats.flows <= 100000 / 16 + 1);
	assert_int_equal(stats.attempts, 1000000 + 1 - stats.flows);
	assert_int_equal(stats.evicted, 0);
	talk_feed(&talk, "T 90000\n");
	flow_get_stats(talk.table, &stats);
	assert_int_equal(stats.flows, 1);
	assert_int_equal(stats.attempts, 1000000);
	got = talk_end(&talk);
	assert_string_equal(got, "open 4000>25\nC EHLO\nclose end-of-capture\n");
	free(got);
}

static void a_full_table(void **state)
{
	const struct flow_params params = { .max_flows = 3 };
	struct talk talk = { 0 };
	struct flow_stats stats;
	char *got;

	(void)state;
	talk_begin(&talk, &params);
	talk_feed(&talk, "0 C PA 1 1 port=4001 \"one\"\n"
			 "2000 C PA 1 1 port=4002 \"two\"\n"
			 "4000 C PA 1 1 port=4003 \"three\"\n"
			 "6000 C PA 4 1 port=4001 \"more\"\n"
			 "8000 C PA 1 1 port=4004 \"four\"\n"
			 "8001 C S 0 0 port=4005\n"
			 "8002 C PA 1 1 port=4006 \"six\"\n");
	flow_get_stats(talk.table, &stats);
	assert_int_equal(stats.flows, 3);
	assert_int_equal(stats.evicted, 2);
	assert_int_equal(stats.attempts, 1);
	got = talk_end(&talk);
	assert_string_equal(got, "open 4001>25 midstream\nC one\n"
				 "2 open 4002>25 midstream\n2 C two\n"
				 "3 open 4003>25 midstream\n3 C three\n"
				 "C more\n2 close evicted one-sided\n"
				 "4 open 4004>25 midstream\n4 C four\n"
				 "3 close evicted one-sided\n"
				 "5 open 4006>25 midstream\n5 C six\n"
				 "close end-of-capture one-sided\n"
				 "4 close end-of-capture one-sided\n"
				 "5 close end-of-capture one-sided\n");
	free(got);
}

static void bytes_that_wait(void **state)
{
	const struct flow_params params = { .max_waiting_flow = 2000, .max_waiting = 5000 };
	struct talk talk = { 0 };
	struct flow_stats stats;
	char *got;

	(void)state;
	talk_begin(&talk, &params);
	talk_feed(&talk, "0 C S 0 0\n1 S SA 0 1\n2 C A 1 1\n");
	talk_feed(&talk, "10 C PA 101 1 fill=1000\n");
	flow_get_stats(talk.table, &stats);
	assert_in_range(stats.waiting_bytes, 1000, 1200);
	talk_feed(&talk, "11 C PA 1201 1 fill=1000\n");
	flow_get_stats(talk.table, &stats);
	assert_in_range(stats.waiting_bytes, 1000, 1200);
	assert_int_equal(stats.gaps, 1);
	got = talk_end(&talk);
	assert_string_equal(got, "open 4000>25\nC -- 100 evicted\n"
				 "C abcdefghijklmnopqrstuvwxyzabcdefghijklmn...\n"
				 "C -- 100 gap\n"
				 "C abcdefghijklmnopqrstuvwxyzabcdefghijklmn...\n"
				 "close end-of-capture\n");
	free(got);
}

static void bytes_that_wait_in_all_flows(void **state)
{
	const struct flow_params params = { .max_waiting_flow = 20000, .max_waiting = 50000 };
	struct talk talk = { .quiet = true };
	struct flow_stats stats;
	char line[80];

	(void)state;
	talk_begin(&talk, &params);
	for (int i = 0; i < 100; i++) {
		snprintf(line, sizeof(line), "%d C PA 1 1 port=%d \"one\"\n", i, 4000 + i);
		talk_feed(&talk, line);
		for (int k = 1; k < 20; k++) {
			snprintf(line, sizeof(line), "%d C PA %d 1 port=%d fill=600\n", i, 1000 * k,
				4000 + i);
			talk_feed(&talk, line);
			flow_get_stats(talk.table, &stats);
			assert_true(stats.waiting_bytes <= 50000);
		}
	}
	assert_true(stats.waiting_bytes > 30000);
	assert_int_equal(stats.flows, 100);
	free(talk_end(&talk));
}

/* Single bytes with holes between them cost us more than their sender: they are counted so. */
static void dust(void **state)
{
	const struct flow_params params = { 0 };
	struct segment segment = client_segment(TCP_ACK | TCP_PSH, 1, "one");
	struct talk talk = { .quiet = true };
	struct flow_stats stats;

	(void)state;
	talk_begin(&talk, &params);
	flow_feed(talk.table, &segment);
	segment.payload_length = (uint32_t)(segment.payload.n = 1);
	for (uint32_t i = 0; i < 100000; i++) {
		segment.seq += 2 + 2 * (i * 7919 % 3);
		flow_feed(talk.table, &segment);
		flow_get_stats(talk.table, &stats);
		assert_true(stats.waiting_bytes <= 256 << 10);
	}
	free(talk_end(&talk));
}

static void interest(void **state)
{
	const struct flow_params params = { 0 };
	struct talk talk = { .interest = { FLOW_QUIET, FLOW_FULL }, .ignore_at = "220" };
	struct flow_stats stats;
	char *got;

	(void)state;
	talk_begin(&talk, &params);
	/* The server is ignored after its first line; the client is quiet: no copies, but order. */
	talk_feed(&talk, "0 C S 0 0\n1 S SA 0 1\n2 S PA 5 1 \" mx\"\n3 S PA 1 1 \"220 \"\n"
			 "4 C PA 5 1 \" a\"\n5 C PA 1 1 \"EHLO\"\n6 C PA 1 1 \"XXXX\"\n"
			 "7 S PA 500 7 \"far\"\n8 C PA 7 900 \"QUIT\"\n9 S R 600 0\n"
			 "10 S FA 700 11\n11 C FA 11 701\n12 S A 701 12\n");
	flow_get_stats(talk.table, &stats);
	assert_int_equal(stats.waiting_bytes, 0);
	got = talk_end(&talk);
	assert_string_equal(got, "open 4000>25\nS 220 \nC EHLO\nC  a\nC QUIT\nC fin\nclose fin\n");
	free(got);
}

static void facts_of_sides(void **state)
{
	const struct flow_params params = { 0 };
	struct talk talk = { 0 };
	const struct flow_facts *facts;

	(void)state;
	talk_begin(&talk, &params);
	talk_feed(&talk, "0 C S 0 0 ttl=60\n1 S SA 0 1 ttl=50\n"
			 "3 S PA 1 1 ttl=50 \"220 \"\n4 S PA 1 1 ttl=50 \"220 \"\n"
			 "5 S PA 1 1 ttl=44 \"221 \"\n6 S PA 9 1 ttl=50 cut=1 \"250 \"\n"
			 "7 C A 1 13 ttl=60\n8 C A 1 13 ttl=60\n2000 S A 13 1 ttl=50\n");
	facts = flow_get_facts(talk.flow);
	assert_int_equal(facts->first, 1700000000000 * MS);
	assert_int_equal(facts->last, 1700000002000 * MS);
	assert_int_equal(facts->side[CLIENT].packets, 3);
	assert_int_equal(facts->side[SERVER].packets, 6);
	assert_int_equal(facts->side[SERVER].payload_bytes, 16);
	assert_int_equal(facts->side[SERVER].delivered, 12);
	assert_int_equal(facts->side[SERVER].missing_bytes, 5);
	assert_int_equal(facts->side[SERVER].retransmissions, 2);
	assert_int_equal(facts->side[SERVER].conflicts, 1);
	assert_int_equal(facts->side[SERVER].ttl_first, 50);
	assert_int_equal(facts->side[SERVER].ttl_changes, 1);
	assert_int_equal(facts->side[CLIENT].ttl_first, 60);
	assert_true(facts->side[SERVER].snaplen && facts->side[SERVER].syn);
	assert_false(facts->one_sided || facts->midstream);
	assert_string_equal(facts->source, "file:test");
	free(talk_end(&talk));
}

static void any_port(void **state)
{
	const struct flow_params params = { .any_port = true };
	struct segment segment = client_segment(TCP_ACK, 1, "220-mx\r\n");
	struct talk talk = { 0 };
	char *got;

	(void)state;
	talk_begin(&talk, &params);
	flow_feed(talk.table, &segment);
	segment = client_segment(TCP_ACK, 1, "EHLO a\r\n");
	segment.from.port = 4001;
	flow_feed(talk.table, &segment);
	got = talk_end(&talk);
	assert_string_equal(got, "open 25>4000 midstream\nS 220-mx\\r\\n\n"
				 "2 open 4001>25 midstream\n2 C EHLO a\\r\\n\n"
				 "close end-of-capture one-sided\n"
				 "2 close end-of-capture one-sided\n");
	free(got);
}

/* Beyond 4 GiB, with the sequence numbers going round twice. */
static void a_long_stream(void **state)
{
	static uint8_t body[1 << 20];
	const struct flow_params params = { 0 };
	struct segment segment = client_segment(TCP_ACK, 0xfffff000, "");
	struct talk talk = { .quiet = true, .interest = { FLOW_QUIET, FLOW_QUIET } };

	(void)state;
	talk_begin(&talk, &params);
	segment.payload = bytes_of(body, sizeof(body));
	segment.payload_length = sizeof(body);
	for (int i = 0; i < 9000; i++) {
		flow_feed(talk.table, &segment);
		segment.seq += segment.payload_length;
	}
	assert_true(flow_get_facts(talk.flow)->side[CLIENT].delivered == UINT64_C(9000) << 20);
	free(talk_end(&talk));
}

static void the_table_of_lives(void **state)
{
	(void)state;
	for (int life = 0; life < LIVES; life++) {
		unsigned int followers = 0;

		assert_non_null(flow_life_name((enum flow_life)life));
		assert_false(flow_life_follows((enum flow_life)life, LIFE_NEW));
		assert_false(flow_life_follows((enum flow_life)life, (enum flow_life)life));
		for (int next = 0; next < LIVES; next++)
			followers += flow_life_follows((enum flow_life)life, (enum flow_life)next);
		assert_int_equal(followers == 0, life == LIFE_ENDED);
	}
}

static void recent_ring(void **state)
{
	struct recent *recent = recent_new(0);
	uint8_t piece[100];
	uint64_t newest = 0, other = 0, at;
	struct recent_copy copy;
	int found = 0;

	(void)state;
	assert_false(recent_get(recent, &(uint64_t){ 0 }, &copy));
	other = recent_add(recent, 0, 7, 1, BYTES("other"));
	for (uint64_t i = 0; i < 1000; i++) {
		memset(piece, (int)i, sizeof(piece));
		newest = recent_add(recent, newest, i * 100, (uint8_t)i,
			bytes_of(piece, 1 + i % sizeof(piece)));
	}
	for (at = newest; recent_get(recent, &at, &copy); found++) {
		uint64_t i = 999 - (uint64_t)found;

		assert_int_equal(copy.offset, i * 100);
		assert_int_equal(copy.ttl, (uint8_t)i);
		assert_int_equal(copy.bytes.n, 1 + i % sizeof(piece));
		assert_int_equal(copy.bytes.p[copy.bytes.n - 1], (uint8_t)i);
	}
	assert_in_range(found, 30, 80); /* the ring holds about 4 KiB */
	assert_false(recent_get(recent, &other, &copy));
	recent_free(recent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_arrival),
		cmocka_unit_test(one_lost_in_every_order),
		cmocka_unit_test(a_flood_of_attempts),
		cmocka_unit_test(a_full_table),
		cmocka_unit_test(bytes_that_wait),
		cmocka_unit_test(bytes_that_wait_in_all_flows),
		cmocka_unit_test(dust),
		cmocka_unit_test(interest),
		cmocka_unit_test(facts_of_sides),
		cmocka_unit_test(any_port),
		cmocka_unit_test(a_long_stream),
		cmocka_unit_test(the_table_of_lives),
		cmocka_unit_test(recent_ring),
	};

	return cmocka_run_group_tests_name("flow bounds", tests, NULL, NULL);
}
