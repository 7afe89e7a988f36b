// SPDX-License-Identifier: BSD-2-Clause
/* Announcing segments changes no event, and asks the listener about flows only that it knows. */
#include "talk.h"

#include "wire/flow_table.h"

static void note_ahead(void *user)
{
	struct talk_flow *flow = user;

	text_puts(talk_line(flow), "ahead\n");
}

static struct flow_events listener(void)
{
	struct flow_events events = talk_events;

	events.ahead = note_ahead;
	return events;
}

/* A segment of the client with @port will come; 1 stands for a client that nobody knows. */
static void announce(const struct talk *talk, uint16_t port)
{
	const struct endpoint client = talk_endpoint(1, port), server = talk_endpoint(2, 25);

	flow_ahead(talk->table, &client, &server);
}

static void announce_strangers(const struct talk *talk, size_t n)
{
	while (n--)
		announce(talk, 1);
}

#define OPENING(port) "0 C S 0 0 " port "\n1 S SA 0 1 " port "\n2 C A 1 1 " port "\n"

/* Each announcement asks for what the one three before it needs. */
static void asks_the_listener(void **state)
{
	const struct flow_params params = { 0 };
	const struct flow_events events = listener();
	struct talk talk = { .isn = { 7, 8 } };
	char *got;

	(void)state;
	talk.table = flow_table_new(&params, &events, &talk);
	talk_feed(&talk, OPENING("port=4000") OPENING("port=4001"));
	text_reset(&talk.got);
	announce(&talk, 4001);
	announce(&talk, 4000);
	announce_strangers(&talk, 1);
	text_puts(&talk.got, "before\n");
	announce_strangers(&talk, 1);
	text_puts(&talk.got, "between\n");
	announce_strangers(&talk, 1);
	text_puts(&talk.got, "after\n");
	announce_strangers(&talk, 8);
	got = talk_end(&talk);
	assert_string_equal(got, "before\n2 ahead\nbetween\nahead\nafter\n"
				 "close end-of-capture\n2 close end-of-capture\n");
	free(got);
}

/* A flow that is not told yet, is over, or is gone and its place taken. */
static void asks_about_the_living(void **state)
{
	static const struct {
		const char *name, *script;
		unsigned int asked;
	} rows[] = {
		{ "none", "", 0 },
		{ "an attempt", "0 C S 0 0\n", 0 },
		{ "open", OPENING(""), 1 },
		{ "in doubt", OPENING("") "3 S R 50 0\n", 1 },
		{ "reset", OPENING("") "3 S R 1 0\n", 1 },
		{ "one FIN", OPENING("") "3 C FA 1 1\n", 1 },
		{ "over", OPENING("") "3 C FA 1 1\n4 S FA 1 2\n5 C A 2 2\n", 0 },
		{ "timed out", OPENING("") "T 2000000\n", 0 },
		{ "timed out, another in its place",
			OPENING("") "T 2000000\n2000001 C S 0 0 port=4001\n", 0 },
		{ "timed out, and back",
			OPENING("") "T 2000000\n2000001 C S 0 0\n2000002 S SA 0 1\n", 1 },
	};
	const struct flow_params params = { 0 };
	const struct flow_events events = listener();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		/* What was announced before all that, or after it, is the same. */
		for (size_t early = 0; early <= 3; early++) {
			struct talk talk = { .isn = { 7, 8 } };
			unsigned int asked = 0;
			char *got;

			talk.table = flow_table_new(&params, &events, &talk);
			announce(&talk, 4000);
			announce_strangers(&talk, early);
			text_reset(&talk.got);
			talk_feed(&talk, rows[i].script);
			announce_strangers(&talk, 8);
			got = talk_end(&talk);
			for (const char *at = got; (at = strstr(at, "ahead")); at++)
				asked++;
			assert_row_int(rows[i].name, asked, early < 3 ? rows[i].asked : 0);
			free(got);
		}
	}
}

/* The transcript of a dialogue, every segment of it announced @ahead segments before it comes. */
static char *transcript(const char *const *script, size_t n, size_t ahead, bool announced)
{
	const struct flow_params params = { .max_flows = 2 };
	struct talk talk = { .isn = { 7, 8 } };

	talk_begin(&talk, &params); /* whose listener does not care */
	for (size_t i = 0; i < n + ahead; i++) {
		const char *port = i < n ? strstr(script[i], "port=") : NULL;

		if (announced && port)
			announce(&talk, (uint16_t)atoi(port + strlen("port=")));
		if (i >= ahead)
			talk_feed(&talk, script[i - ahead]);
	}
	return talk_end(&talk);
}

static void changes_nothing(void **state)
{
	static const char *const script[] = {
		"0 C S 0 0 port=4000\n",
		"0 C S 0 0 port=4001\n",
		"1 S SA 0 1 port=4000\n",
		"1 S SA 0 1 port=4001\n",
		"2 S PA 1 1 port=4000 \"220 mx\\r\\n\"\n",
		"2 S PA 1 1 port=4001 \"220 mx\\r\\n\"\n",
		"3 C S 0 0 port=4002\n", /* one has to make room */
		"4 S SA 0 1 port=4002\n",
		"5 C PA 1 9 port=4001 \"EHLO a\\r\\n\"\n",
		"6 C PA 1 9 port=4000 \"EHLO a\\r\\n\"\n",
		"7 C PA 9 9 port=4002 \"QUIT\\r\\n\"\n",
		"8 C R 15 0 port=4002\n",
		"9 S FA 9 9 port=4001\n",
	};
	const size_t n = sizeof(script) / sizeof(*script);
	char *want = transcript(script, n, 0, false);

	(void)state;
	assert_non_null(strstr(want, "evicted"));
	for (size_t ahead = 0; ahead <= 2 * FLOW_AHEAD; ahead++) {
		char *got = transcript(script, n, ahead, true);

		assert_string_equal(got, want);
		free(got);
	}
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_the_listener),
		cmocka_unit_test(asks_about_the_living),
		cmocka_unit_test(changes_nothing),
	};

	return cmocka_run_group_tests_name("flow ahead", tests, NULL, NULL);
}
