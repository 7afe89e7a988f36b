// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/route.h"

#include <stdio.h>
#include <sys/wait.h>

#include "base/text.h"

/* A routing table for each port, and rules ahead of the host's own but for "local". */
#define TABLE_BASE 100000u
#define PREFERENCE 100 /* what is exempt; what is taken comes right behind */

static const char *const families[] = { "-4", "-6" };
static const char *const ends[] = { "sport", "dport" };

/* ip(8) works through @lines; with @anyway it goes on behind those that fail, and says nothing. */
static bool run_ip(const char *family, bool anyway, const struct text *lines)
{
	char command[64];
	FILE *ip;

	snprintf(command, sizeof(command), "ip %s %s-batch - %s", family, anyway ? "-force " : "",
		anyway ? "2>/dev/null" : "");
	ip = popen(command, "w");
	if (!ip)
		return false;
	fwrite(lines->s, 1, lines->n, ip);
	return pclose(ip) == 0;
}

/*
 * What the host sends itself, and what has come back from the device, goes its usual way; then all
 * else of that port is taken.
 */
static void put_rules(struct text *lines, const char *verb, uint16_t port, bool device)
{
	for (int i = 0; i < 2; i++) {
		text_printf(lines, "rule %s pref %d iif lo ipproto tcp %s %u lookup main\n", verb,
			PREFERENCE, ends[i], port);
		if (device)
			text_printf(lines,
				"rule %s pref %d iif " ROUTE_DEVICE
				" ipproto tcp %s %u lookup main\n",
				verb, PREFERENCE, port, ends[i], port);
		text_printf(lines, "rule %s pref %d ipproto tcp %s %u lookup %u\n", verb,
			PREFERENCE + 1, ends[i], port, TABLE_BASE + port);
	}
}

static bool add(const char *family, uint16_t port, bool device)
{
	struct text lines = { 0 };
	bool added;

	if (device)
		text_printf(&lines, "route add default dev " ROUTE_DEVICE " table %u\n", port,
			TABLE_BASE + port);
	else
		text_printf(&lines, "route add local default dev lo table %u\n", TABLE_BASE + port);
	put_rules(&lines, "add", port, device);
	added = run_ip(family, false, &lines);
	text_free(&lines);
	return added;
}

bool route_up(uint16_t port, bool device)
{
	route_down(port);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		if (!add(families[i], port, device)) {
			fprintf(stderr, "middlebox: rules of port %u can't be made\n", port);
			route_down(port);
			return false;
		}
	}
	return true;
}

/* Rules that are not there are no mistake. */
void route_down(uint16_t port)
{
	struct text lines = { 0 };

	put_rules(&lines, "del", port, true);
	text_printf(&lines, "route flush table %u\n", TABLE_BASE + port);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		(void)run_ip(families[i], true, &lines);
	text_free(&lines);
}
