// SPDX-License-Identifier: BSD-2-Clause
/*
 * A middlebox that strips TLS from mail, for tests of the sensor: runs on a router between two mail
 * servers, in its network namespace, and plays one technique on all connections to one port, over
 * IPv4 and IPv6. Says "ready" when it does, then a line for every connection; undoes itself on
 * SIGTERM. See usage().
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/text.h"
#include "lab/middlebox/proxy.h"
#include "lab/middlebox/route.h"
#include "lab/middlebox/wire.h"

#define SMTP_PORT 25

/* Enough for some, not too much for a connection to live. */
#define PERCENT 10

/* Under TLS 1.3 the client's Finished and its EHLO. */
#define RECORDS 2

/* Well above what routes change by themselves. */
#define HOPS 11

static int usage(void)
{
	fprintf(stderr,
		"usage: middlebox [OPTION...] TECHNIQUE\n"
		"       middlebox --list    NAME SENDER RECEIVER alert|silent, a line each: the\n"
		"                           findings of a sensor on the sender's or the receiver's "
		"side\n"
		"  --port N                 of the servers (25)\n"
		"  --certificate FILE --key FILE\n"
		"                           PEM, for TLS of its own\n"
		"  --percent N              of packets that meet with an accident (10)\n"
		"  --records N              of the client's that pass before TLS is cut (2)\n"
		"  --hops N                 that forged packets seem farther away (11)\n"
		"techniques:\n");
	technique_explain();
	return 2;
}

static bool take_number(const char *text, unsigned int max, unsigned int *out)
{
	uint64_t number;

	if (!text_parse_uint(bytes_str(text), max, &number) || number == 0)
		return false;
	*out = (unsigned int)number;
	return true;
}

static bool take_option(int option, const char *value, struct settings *settings)
{
	unsigned int port;

	switch (option) {
	case 'p':
		if (!take_number(value, UINT16_MAX, &port))
			return false;
		settings->port = (uint16_t)port;
		return true;
	case 'c':
		settings->certificate = value;
		return true;
	case 'k':
		settings->key = value;
		return true;
	case 'a':
		return take_number(value, 100, &settings->percent);
	case 'r':
		return take_number(value, UINT16_MAX, &settings->records);
	case 'h':
		return take_number(value, UINT8_MAX, &settings->hops);
	default:
		return false;
	}
}

/* SIGTERM and SIGINT as something to be read, here and not in the processes that serve. */
static int stop_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -1;
	return signalfd(-1, &signals, SFD_CLOEXEC);
}

static int run(const struct technique *technique, const struct settings *settings)
{
	bool packets = technique->interference != NULL;
	int stop = stop_signals();
	int fd = packets ? wire_open(settings->port) : proxy_open(settings->port);
	int status = 1;

	if (stop < 0 || fd < 0 || !route_up(settings->port, packets))
		goto out;
	puts("ready");
	fflush(stdout);
	if (packets)
		wire_run(fd, stop, technique, settings);
	else
		proxy_run(fd, stop, technique, settings);
	route_down(settings->port);
	status = 0;
out:
	if (fd >= 0)
		close(fd);
	if (stop >= 0)
		close(stop);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 0 },
		{ "port", required_argument, NULL, 'p' },
		{ "certificate", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "percent", required_argument, NULL, 'a' },
		{ "records", required_argument, NULL, 'r' },
		{ "hops", required_argument, NULL, 'h' },
		{ 0 },
	};
	struct settings settings = {
		.port = SMTP_PORT, .percent = PERCENT, .records = RECORDS, .hops = HOPS
	};
	const struct technique *technique;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (option == 'l') {
			technique_list();
			return 0;
		}
		if (!take_option(option, optarg, &settings))
			return usage();
	}
	technique = optind + 1 == argc ? technique_named(argv[optind]) : NULL;
	if (!technique)
		return usage();
	if (technique->needs_key && (!settings.certificate || !settings.key)) {
		fprintf(stderr, "middlebox: %s needs --certificate and --key\n", technique->name);
		return 2;
	}
	return run(technique, &settings);
}
