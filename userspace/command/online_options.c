// SPDX-License-Identifier: BSD-2-Clause
#include "command/online_options.h"

#include "base/log.h"
#include "base/text.h"

/* A day: who waits longer has mistaken the unit. */
#define TIMEOUT_MAX 86400

static bool take_number(
	const char *command, const char *name, const char *argument, uint64_t max, uint64_t *out)
{
	if (text_parse_uint(bytes_str(argument), max, out) && *out > 0)
		return true;
	log_err("%s: --%s %s: expected a number from 1 to %llu", command, name, argument,
		(unsigned long long)max);
	return false;
}

bool online_option_take(
	struct online_options *options, const char *command, int option, const char *argument)
{
	uint64_t number = 0;

	switch ((enum online_option)option) {
	case ONLINE_DB:
		options->db = argument;
		return true;
	case ONLINE_SERVER:
		options->servers = argument;
		return true;
	case ONLINE_TRUST_AD:
		options->trust_ad = true;
		return true;
	case ONLINE_CA:
		options->ca = argument;
		return true;
	case ONLINE_PROXY:
		options->proxy = argument;
		return true;
	case ONLINE_PORT:
		if (!take_number(command, "port", argument, UINT16_MAX, &number))
			return false;
		options->port = (uint16_t)number;
		return true;
	case ONLINE_TIMEOUT:
		if (!take_number(command, "timeout", argument, TIMEOUT_MAX, &number))
			return false;
		options->timeout = (unsigned int)number;
		return true;
	case ONLINE_OPTIONS_END:
		break;
	}
	return false;
}
