// SPDX-License-Identifier: BSD-2-Clause
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "sink/health.h"

/* A sensor with one interface that is down, a queue and an output. */
static void make(struct health *health)
{
	*health = (struct health){
		.now = INT64_C(1767344400000000000),
		.started = INT64_C(1767344340000000000),
		.lost = 7,
		.interface_count = 1,
		.queue_count = 1,
		.outlet_count = 1,
		.memory = 48 << 20,
		.host = "gate.example.com",
	};
	strcpy(health->interfaces[0].name, "eth\"0");
	health->interfaces[0].how = "tcx";
	health->interfaces[0].counter_count = 2;
	health->interfaces[0].counters[0] = (struct live_counter){ "seen", 10, 1000 };
	health->interfaces[0].counters[1] = (struct live_counter){ "ring-full", 7, 700 };
	health->queues[0] = (struct health_queue){ "documents", 1, 65536, 9, 2 };
	health->outlets[0] = (struct health_outlet){ "/var/log/e.json", 5, 1 };
	health->policies.enforce = 3;
	health->run.sessions = 4;
	health->run.actions[ACTION_TLS_ESTABLISHED] = 4;
	health->run.flow.flows = 11;
}

static json_t *parse(const struct health *health)
{
	struct text out = { 0 };
	json_t *root;

	health_json(&out, health);
	assert_true(out.n && out.s[out.n - 1] == '\n');
	assert_null(memchr(out.s, '\n', out.n - 1));
	root = json_loads(out.s, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	text_free(&out);
	return root;
}

/* The number at a dotted name; array items by their place. */
static long long number(json_t *root, const char *name)
{
	char copy[128], *rest = copy, *part;

	assert_true(strlen(name) < sizeof(copy));
	strcpy(copy, name);
	while ((part = strsep(&rest, ".")) != NULL) {
		root = json_is_array(root) ? json_array_get(root, (size_t)atoi(part))
					   : json_object_get(root, part);
		if (!root)
			fail_msg("%s: no %s", name, part);
	}
	assert_true(json_is_integer(root));
	return json_integer_value(root);
}

static void everything_stands_in_its_place(void **state)
{
	static const struct {
		const char *name;
		long long want;
	} rows[] = {
		{ "stripwatch.uptime", 60 },
		{ "stripwatch.lost_frames", 7 },
		{ "stripwatch.memory", 48 << 20 },
		{ "stripwatch.table.flows", 11 },
		{ "stripwatch.sessions.total", 4 },
		{ "stripwatch.sessions.by_action.tls-established", 4 },
		{ "stripwatch.cached_policies.enforce", 3 },
		{ "stripwatch.interfaces.0.frames.seen", 10 },
		{ "stripwatch.interfaces.0.bytes.ring-full", 700 },
		{ "stripwatch.queues.documents.peak", 9 },
		{ "stripwatch.queues.documents.refused", 2 },
		{ "stripwatch.outputs.0.delivered", 5 },
		{ "stripwatch.outputs.0.failed", 1 },
	};
	struct health health;
	json_t *root, *interface;

	(void)state;
	make(&health);
	root = parse(&health);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (number(root, rows[i].name) != rows[i].want)
			fail_msg("%s: %lld", rows[i].name, number(root, rows[i].name));
	interface = json_array_get(
		json_object_get(json_object_get(root, "stripwatch"), "interfaces"), 0);
	assert_string_equal(json_string_value(json_object_get(interface, "name")), "eth\"0");
	assert_true(json_is_false(json_object_get(interface, "up")));
	json_decref(root);
}

static void a_sensor_without_anything_says_so(void **state)
{
	const struct health health = { .now = 1, .started = 1 };
	json_t *root = parse(&health), *sensor = json_object_get(root, "stripwatch");

	(void)state;
	assert_int_equal(json_array_size(json_object_get(sensor, "interfaces")), 0);
	assert_int_equal(json_object_size(json_object_get(sensor, "queues")), 0);
	assert_int_equal(number(root, "stripwatch.sessions.total"), 0);
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_stands_in_its_place),
		cmocka_unit_test(a_sensor_without_anything_says_so),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
