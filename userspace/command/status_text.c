// SPDX-License-Identifier: BSD-2-Clause
#include "command/status_text.h"

#include <jansson.h>
#include <string.h>

#include "base/text.h"

static unsigned long long number(const json_t *object, const char *name)
{
	return (unsigned long long)json_integer_value(json_object_get(object, name));
}

static const char *word(const json_t *object, const char *name)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value ? value : "";
}

static void put_head(const json_t *sensor, const json_t *root, FILE *out)
{
	struct text uptime = { 0 };

	text_duration(&uptime, (int64_t)number(sensor, "uptime") * 1000000000);
	fprintf(out, "stripwatch %s on %s, up %s, %llu MiB\n",
		word(json_object_get(root, "observer"), "version"),
		word(json_object_get(root, "observer"), "hostname"), uptime.s ? uptime.s : "0",
		number(sensor, "memory") >> 20);
	text_free(&uptime);
}

static void put_interfaces(const json_t *sensor, FILE *out)
{
	const json_t *interface, *frames;
	const char *name;
	json_t *count;
	size_t i;

	json_array_foreach(json_object_get(sensor, "interfaces"), i, interface) {
		frames = json_object_get(interface, "frames");
		fprintf(out, "  %-10s %s%s", word(interface, "name"), word(interface, "how"),
			json_is_true(json_object_get(interface, "up")) ? "" : ", down");
		json_object_foreach((json_t *)frames, name, count) {
			if (json_integer_value(count))
				fprintf(out, ", %lld %s", (long long)json_integer_value(count), name);
		}
		fputc('\n', out);
	}
}

static void put_sessions(const json_t *sensor, FILE *out)
{
	const json_t *sessions = json_object_get(sensor, "sessions");
	const json_t *alerts = json_object_get(sensor, "alerts");
	const char *name;
	json_t *count;

	fprintf(out, "Connections now: %llu. Sessions: %llu\n",
		number(json_object_get(sensor, "table"), "flows"), number(sessions, "total"));
	json_object_foreach(json_object_get(sessions, "by_action"), name, count) {
		if (json_integer_value(count))
			fprintf(out, "  %8lld  %s\n", (long long)json_integer_value(count), name);
	}
	fprintf(out, "Alerts: %llu (%llu critical, %llu high, %llu medium); %llu repeats held back\n",
		number(alerts, "raised"), number(alerts, "critical"), number(alerts, "high"),
		number(alerts, "medium"), number(alerts, "suppressed"));
}

static void put_queues(const json_t *sensor, FILE *out)
{
	const json_t *output, *policies = json_object_get(sensor, "cached_policies");
	const char *name;
	json_t *queue;
	size_t i;

	fprintf(out, "Policies: %llu enforce, %llu testing, %llu none, %llu expired; %llu failing\n",
		number(policies, "enforce"), number(policies, "testing"), number(policies, "none"),
		number(policies, "expired"), number(policies, "failing"));
	json_object_foreach(json_object_get(sensor, "queues"), name, queue) {
		fprintf(out, "Queue of %s: %llu of %llu, at most %llu so far, %llu refused\n", name,
			number(queue, "length"), number(queue, "max"), number(queue, "peak"),
			number(queue, "refused"));
	}
	json_array_foreach(json_object_get(sensor, "outputs"), i, output) {
		fprintf(out, "Output %s: %llu delivered, %llu failed\n", word(output, "name"),
			number(output, "delivered"), number(output, "failed"));
	}
}

bool status_text(const char *json, FILE *out)
{
	json_t *root = json_loads(json, 0, NULL);
	const json_t *sensor = json_object_get(root, "stripwatch");

	if (!sensor) {
		json_decref(root);
		return false;
	}
	put_head(sensor, root, out);
	put_interfaces(sensor, out);
	if (number(sensor, "lost_frames"))
		fprintf(out, "LOST: %llu frames: sessions may be incomplete\n",
			number(sensor, "lost_frames"));
	put_sessions(sensor, out);
	put_queues(sensor, out);
	json_decref(root);
	return true;
}
