// SPDX-License-Identifier: BSD-2-Clause
#include "sink/health.h"
#include "sink/json_parts.h"
#include "sink/json_text.h"

static void put_member(struct text *out, bool first, const char *name)
{
	if (!first)
		text_putc(out, ',');
	json_text(out, bytes_str(name));
	text_putc(out, ':');
}

static void put_number(struct text *out, const char *name, uint64_t value)
{
	put_member(out, false, name);
	text_uint(out, value);
}

/* {"name":"eth0","how":"tcx","up":true,"frames":{"seen":1,…},"bytes":{"seen":64,…}} */
static void put_interface(struct text *out, const struct live_interface *interface)
{
	put_member(out, true, "name");
	json_text(out, bytes_str(interface->name));
	put_member(out, false, "how");
	json_text(out, bytes_str(interface->how));
	put_member(out, false, "up");
	text_puts(out, interface->up ? "true" : "false");
	for (int bytes = 0; bytes <= 1; bytes++) {
		put_member(out, false, bytes ? "bytes" : "frames");
		text_putc(out, '{');
		for (size_t i = 0; i < interface->counter_count; i++) {
			const struct live_counter *counter = &interface->counters[i];

			put_member(out, i == 0, counter->name);
			text_uint(out, bytes ? counter->bytes : counter->frames);
		}
		text_putc(out, '}');
	}
}

static void put_interfaces(struct nest *nest, const struct health *health)
{
	nest_to(nest, bytes_str("stripwatch.interfaces"));
	text_putc(nest->out, '[');
	for (size_t i = 0; i < health->interface_count; i++) {
		text_puts(nest->out, i ? ",{" : "{");
		put_interface(nest->out, &health->interfaces[i]);
		text_putc(nest->out, '}');
	}
	text_putc(nest->out, ']');
}

static void put_queues(struct nest *nest, const struct health *health)
{
	nest_to(nest, bytes_str("stripwatch.queues"));
	text_putc(nest->out, '{');
	for (size_t i = 0; i < health->queue_count; i++) {
		const struct health_queue *queue = &health->queues[i];

		put_member(nest->out, i == 0, queue->name);
		text_puts(nest->out, "{\"length\":");
		text_uint(nest->out, queue->length);
		put_number(nest->out, "max", queue->max);
		put_number(nest->out, "peak", queue->peak);
		put_number(nest->out, "refused", queue->refused);
		text_putc(nest->out, '}');
	}
	text_putc(nest->out, '}');
}

static void put_outlets(struct nest *nest, const struct health *health)
{
	nest_to(nest, bytes_str("stripwatch.outputs"));
	text_putc(nest->out, '[');
	for (size_t i = 0; i < health->outlet_count; i++) {
		const struct health_outlet *outlet = &health->outlets[i];

		text_puts(nest->out, i ? ",{\"name\":" : "{\"name\":");
		json_text(nest->out, bytes_str(outlet->name));
		put_number(nest->out, "delivered", outlet->delivered);
		put_number(nest->out, "failed", outlet->failed);
		text_putc(nest->out, '}');
	}
	text_putc(nest->out, ']');
}

void health_json(struct text *out, const struct health *health)
{
	struct nest nest;

	nest_begin(&nest, out);
	nest_time(&nest, "@timestamp", health->now);
	json_sensor_put(&nest, &health->run, health->host, health->name);
	nest_uint(&nest, "stripwatch.alerts.critical", health->run.alerts_by_severity[4]);
	nest_uint(&nest, "stripwatch.alerts.high", health->run.alerts_by_severity[3]);
	nest_uint(&nest, "stripwatch.alerts.medium", health->run.alerts_by_severity[2]);
	nest_uint(&nest, "stripwatch.alerts.low", health->run.alerts_by_severity[1]);
	nest_uint(&nest, "stripwatch.alerts.info", health->run.alerts_by_severity[0]);
	nest_time(&nest, "stripwatch.started", health->started);
	nest_uint(&nest, "stripwatch.uptime", (uint64_t)((health->now - health->started) / 1000000000));
	nest_uint(&nest, "stripwatch.lost_frames", health->lost);
	nest_uint(&nest, "stripwatch.table.flows", health->run.flow.flows);
	nest_uint(&nest, "stripwatch.table.waiting_bytes", health->run.flow.waiting_bytes);
	nest_uint(&nest, "stripwatch.cached_policies.enforce", health->policies.enforce);
	nest_uint(&nest, "stripwatch.cached_policies.testing", health->policies.testing);
	nest_uint(&nest, "stripwatch.cached_policies.none", health->policies.none);
	nest_uint(&nest, "stripwatch.cached_policies.expired", health->policies.expired);
	nest_uint(&nest, "stripwatch.cached_policies.failing", health->policies.failing);
	nest_uint(&nest, "stripwatch.memory", health->memory);
	put_interfaces(&nest, health);
	put_queues(&nest, health);
	put_outlets(&nest, health);
	nest_end_line(&nest);
}
