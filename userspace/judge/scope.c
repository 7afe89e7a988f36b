// SPDX-License-Identifier: BSD-2-Clause
#include "judge/scope.h"

const char *direction_name(enum direction direction)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		DIRECTION_LIST(X)
#undef X
	};

	return names[direction];
}

static bool stands_in(const struct network *list, size_t n, const struct addr *addr)
{
	for (size_t i = 0; i < n; i++)
		if (network_contains(&list[i], addr))
			return true;
	return false;
}

enum direction scope_direction(const struct scope *scope, const struct record *record)
{
	bool client, server;

	if (!scope || !scope->our_count)
		return DIRECTION_UNKNOWN;
	client = stands_in(scope->ours, scope->our_count, &record->flow.endpoint[CLIENT].addr);
	server = stands_in(scope->ours, scope->our_count, &record->flow.endpoint[SERVER].addr);
	if (client)
		return server ? DIRECTION_INTERNAL : DIRECTION_OUTBOUND;
	return server ? DIRECTION_INBOUND : DIRECTION_EXTERNAL;
}

bool scope_may_alert(const struct scope *scope, const struct record *record)
{
	if (!scope)
		return true;
	for (int side = CLIENT; side <= SERVER; side++) {
		const struct addr *addr = &record->flow.endpoint[side].addr;

		if (!scope->loopback && addr_is_loopback(addr))
			return false;
		if (stands_in(scope->excluded, scope->excluded_count, addr))
			return false;
	}
	return true;
}
