/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options that all commands share which ask the network and keep what they learn.
 */
#ifndef COMMAND_ONLINE_OPTIONS_H
#define COMMAND_ONLINE_OPTIONS_H

#include <getopt.h>

#include "base/bytes.h"

struct online_options {
	const char *db;       /* NULL: see store_default_path() */
	const char *servers;  /* DNS; NULL: the system's */
	bool trust_ad;        /* believe the AD bit of servers that are not on the loopback */
	const char *ca;       /* NULL: the system's */
	const char *proxy;    /* NULL: none */
	uint16_t port;        /* of policy hosts; 0: 443 */
	unsigned int timeout; /* s; 0: the command's own */
};

enum online_option {
	ONLINE_DB = 512, /* beyond each command's own */
	ONLINE_SERVER,
	ONLINE_TRUST_AD,
	ONLINE_CA,
	ONLINE_PROXY,
	ONLINE_PORT,
	ONLINE_TIMEOUT,
	ONLINE_OPTIONS_END
};

/* Rows for a command's table of long options. */
#define ONLINE_LONG_OPTIONS                                                                        \
	{ "db", required_argument, NULL, ONLINE_DB },                                              \
		{ "server", required_argument, NULL, ONLINE_SERVER },                              \
		{ "trust-ad", no_argument, NULL, ONLINE_TRUST_AD },                                \
		{ "ca", required_argument, NULL, ONLINE_CA },                                      \
		{ "proxy", required_argument, NULL, ONLINE_PROXY },                                \
		{ "port", required_argument, NULL, ONLINE_PORT },                                  \
	{                                                                                          \
		"timeout", required_argument, NULL, ONLINE_TIMEOUT                                 \
	}

/* Lines for a command's usage. */
#define ONLINE_USAGE                                                                               \
	"  --db FILE             the database (default: $STRIPWATCH_DB, else\n"                    \
	"                        /var/lib/stripwatch/stripwatch.db if that can be written, else\n" \
	"                        stripwatch/stripwatch.db in $XDG_STATE_HOME or ~/.local/state)\n" \
	ONLINE_USAGE_NETWORK

/* Of these, those that say how the network is asked. */
#define ONLINE_USAGE_NETWORK                                                                       \
	"  --server ADDRESS[:PORT][,...]  DNS servers (default: the system's)\n"                   \
	"  --trust-ad            believe a DNS server that says an answer was validated, though "  \
	"it\n"                                                                                     \
	"                        is not on this machine\n"                                         \
	"  --ca FILE|DIR         CA certificates for policy hosts (PEM; default: the system's)\n"  \
	"  --proxy URL           HTTP proxy for policy hosts (default: none)\n"                    \
	"  --port N              port of policy hosts, for laboratories (default: 443)\n"

/* What says how the network is asked, and nothing else. */
static inline bool online_options_any(const struct online_options *options)
{
	return options->servers || options->trust_ad || options->ca || options->proxy ||
	       options->port || options->timeout;
}

/* An option of these. False: its argument is wrong (told, for @command). */
bool online_option_take(
	struct online_options *options, const char *command, int option, const char *argument);

#endif
