// SPDX-License-Identifier: BSD-2-Clause
/*
 * Fields that the packets fill: times, end points, the capture and the path.
 */
#include "judge/field_get.h"

#include <stdio.h>


static const struct flow_facts *flow_of(const struct subject *subject)
{
	return &subject->record->flow;
}

FIELD_GETTER(start)
{
	return give_time(value, flow_of(subject)->first);
}

FIELD_GETTER(end)
{
	return give_time(value, flow_of(subject)->last);
}

FIELD_GETTER(duration)
{
	return give_integer(value, flow_of(subject)->last - flow_of(subject)->first);
}

FIELD_GETTER(ecs_version)
{
	return give_string(value, "8.11");
}

FIELD_GETTER(id)
{
	return give_string(value, subject->record->id);
}

FIELD_GETTER(kind)
{
	return give_string(value, "event");
}

FIELD_GETTER(category)
{
	static const char *const categories[] = { "network", "email" };

	return i < 2 && give_string(value, categories[i]);
}

FIELD_GETTER(type)
{
	static const char *const types[] = { "connection", "end" };

	return i < 2 && give_string(value, types[i]);
}

FIELD_GETTER(module)
{
	return give_string(value, "stripwatch");
}

FIELD_GETTER(dataset)
{
	return give_string(value, "stripwatch.session");
}

static bool give_ip(struct value *value, const struct subject *subject, enum side side)
{
	const struct addr *addr = &flow_of(subject)->endpoint[side].addr;

	return addr->length ? give_string(value, addr_format(addr, value->room))
			    : give_absent(value);
}

FIELD_GETTER(source_ip)
{
	return give_ip(value, subject, CLIENT);
}

FIELD_GETTER(source_port)
{
	return give_integer(value, flow_of(subject)->endpoint[CLIENT].port);
}

FIELD_GETTER(source_packets)
{
	return give_integer(value, (int64_t)flow_of(subject)->side[CLIENT].packets);
}

FIELD_GETTER(source_bytes)
{
	return give_integer(value, (int64_t)flow_of(subject)->side[CLIENT].payload_bytes);
}

FIELD_GETTER(destination_ip)
{
	return give_ip(value, subject, SERVER);
}

FIELD_GETTER(destination_port)
{
	return give_integer(value, flow_of(subject)->endpoint[SERVER].port);
}

FIELD_GETTER(destination_packets)
{
	return give_integer(value, (int64_t)flow_of(subject)->side[SERVER].packets);
}

FIELD_GETTER(destination_bytes)
{
	return give_integer(value, (int64_t)flow_of(subject)->side[SERVER].payload_bytes);
}

FIELD_GETTER(direction)
{
	return give_string(value,
		direction_name(scope_direction(subject->scope, subject->record)));
}

FIELD_GETTER(network_type)
{
	uint8_t length = flow_of(subject)->endpoint[SERVER].addr.length;

	return give_string(value, length == 4 ? "ipv4" : length == 16 ? "ipv6" : NULL);
}

FIELD_GETTER(transport)
{
	return give_string(value, "tcp");
}

FIELD_GETTER(community_id)
{
	const char *id = subject->record->community_id;

	return give_string(value, *id ? id : NULL);
}

/* ECS has it as a keyword, not as a number. */
FIELD_GETTER(vlan)
{
	if (!flow_of(subject)->vlan)
		return give_absent(value);
	snprintf(value->room, sizeof(value->room), "%u", flow_of(subject)->vlan);
	return give_string(value, value->room);
}

FIELD_GETTER(product)
{
	return give_string(value, "stripwatch");
}

FIELD_GETTER(observer_type)
{
	return give_string(value, "sensor");
}

FIELD_GETTER(version)
{
	return give_string(value, VERSION);
}

FIELD_GETTER(hostname)
{
	return give_string(value, subject->host);
}

FIELD_GETTER(observer_name)
{
	return give_string(value, subject->name);
}

FIELD_GETTER(interface)
{
	return give_string(value, flow_of(subject)->interface);
}

FIELD_GETTER(capture_source)
{
	return give_string(value, flow_of(subject)->source);
}

FIELD_GETTER(complete)
{
	return give_boolean(value, subject->record->complete);
}

FIELD_GETTER(missing_bytes)
{
	const struct flow_side *side = flow_of(subject)->side;

	return give_integer(
		value, (int64_t)(side[CLIENT].missing_bytes + side[SERVER].missing_bytes));
}

FIELD_GETTER(midstream)
{
	return give_boolean(value, flow_of(subject)->midstream);
}

FIELD_GETTER(one_sided)
{
	return give_boolean(value, flow_of(subject)->one_sided);
}

static bool give_ttl(struct value *value, const struct flow_side *side)
{
	return side->seen ? give_integer(value, side->ttl_first) : give_absent(value);
}

FIELD_GETTER(client_ttl)
{
	return give_ttl(value, &flow_of(subject)->side[CLIENT]);
}

FIELD_GETTER(server_ttl)
{
	return give_ttl(value, &flow_of(subject)->side[SERVER]);
}

FIELD_GETTER(ttl_changes)
{
	const struct flow_side *side = flow_of(subject)->side;

	return give_integer(value, side[CLIENT].ttl_changes + side[SERVER].ttl_changes);
}

FIELD_GETTER(conflicts)
{
	const struct flow_side *side = flow_of(subject)->side;

	return give_integer(value, side[CLIENT].conflicts + side[SERVER].conflicts);
}

FIELD_GETTER(resets)
{
	const struct flow_side *side = flow_of(subject)->side;

	return give_integer(value, side[CLIENT].resets + side[SERVER].resets);
}
