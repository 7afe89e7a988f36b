// SPDX-License-Identifier: BSD-2-Clause
#include "command/read_options.h"

#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "command/command.h"
#include "judge/finding.h"

static const char usage[] =
	"usage: stripwatch read [OPTION...] FILE...\n"
	"\n"
	"Reads capture files (pcap, pcapng; \"-\" is standard input; several are merged by time) "
	"and\n"
	"tells, for every SMTP session: what was offered, asked and answered, whether TLS came "
	"up,\n"
	"which certificate was shown, what is wrong, and how sure that is.\n"
	"\n"
	"  --format text|json    text for people (default), or JSON Lines\n"
	"  -o, --output FILE     write there instead of to standard output\n"
	"  --ports LIST          ports to look at: 25,465,587,2525 (default), ranges as 2500-2599, "
	"or\n"
	"                        \"any\": SMTP is then recognised by its greeting\n"
	"  --rules PATH          a rules file or a directory of them; may be repeated (default: "
	"the\n"
	"                        rules that came with the program)\n"
	"  --policies DIR        MTA-STS policies, one DOMAIN.txt each\n"
	"  --tlsa FILE           YAML: MX host names, their TLSA records (DANE)\n"
	"  --list FILE           a list of domains with TLS, as the EFF's (JSON), or your own "
	"(YAML);\n"
	"                        may be repeated\n"
	"  --db FILE             database with fetched policies, and what earlier runs have "
	"learnt;\n"
	"                        made if it is not there, and added to\n"
	"  --online              ask the network about what the captures show: the MTA-STS policies "
	"of\n"
	"                        recipients' domains, their mail servers, these servers' TLSA "
	"records;\n"
	"                        kept in --db, else only while the program runs\n"
	"  --mx-map FILE         YAML: server address, its MX names, their domains\n"
	"  --trust FILE|DIR      CA certificates (PEM; default: the system's)\n"
	"  --crl FILE|DIR        certificate revocation lists\n"
	"  --keylog FILE         TLS secrets (SSLKEYLOGFILE): shows certificates under TLS 1.3\n"
	"  --evidence DIR        write the packets of each session with an alert there\n"
	"  --fail-on SEVERITY    exit status 3 if an alert of at least that severity was raised\n"
	"                        (info, low, medium, high, critical)\n"
	"\n"
	"With --online:\n"
	ONLINE_USAGE_NETWORK
	"  --timeout S           wait so long for a name (default: 20)\n"
	"\n"
	"  -v, --verbose         say more about the run; twice: everything\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit status: 0 done; 1 an input could not be read whole (the rest was done); 2 wrong "
	"usage\n"
	"or configuration; 3 see --fail-on.\n";

enum {
	OPTION_FORMAT = 256,
	OPTION_PORTS,
	OPTION_RULES,
	OPTION_POLICIES,
	OPTION_MX_MAP,
	OPTION_TLSA,
	OPTION_LIST,
	OPTION_ONLINE,
	OPTION_TRUST,
	OPTION_CRL,
	OPTION_KEYLOG,
	OPTION_EVIDENCE,
	OPTION_FAIL_ON,
};

static const struct option long_options[] = {
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "output", required_argument, NULL, 'o' },
	{ "ports", required_argument, NULL, OPTION_PORTS },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "policies", required_argument, NULL, OPTION_POLICIES },
	{ "tlsa", required_argument, NULL, OPTION_TLSA },
	{ "list", required_argument, NULL, OPTION_LIST },
	{ "online", no_argument, NULL, OPTION_ONLINE },
	ONLINE_LONG_OPTIONS,
	{ "mx-map", required_argument, NULL, OPTION_MX_MAP },
	{ "trust", required_argument, NULL, OPTION_TRUST },
	{ "crl", required_argument, NULL, OPTION_CRL },
	{ "keylog", required_argument, NULL, OPTION_KEYLOG },
	{ "evidence", required_argument, NULL, OPTION_EVIDENCE },
	{ "fail-on", required_argument, NULL, OPTION_FAIL_ON },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* One item of a list of ports: N or N-M. */
static bool add_ports(struct ports *ports, struct bytes item)
{
	const uint8_t *dash = item.n ? memchr(item.p, '-', item.n) : NULL;
	struct bytes first = item;
	uint64_t from, to;

	if (dash)
		first.n = (size_t)(dash - item.p);
	if (!text_parse_uint(first, 65535, &from))
		return false;
	to = from;
	if (dash && !text_parse_uint(bytes_of(dash + 1, item.n - first.n - 1), 65535, &to))
		return false;
	for (uint64_t port = from; port <= to; port++)
		ports_add(ports, (uint16_t)port);
	return from <= to;
}

bool read_options_ports(const char *list, struct ports *ports)
{
	struct bytes rest = bytes_str(list);

	for (;;) {
		const uint8_t *comma = rest.n ? memchr(rest.p, ',', rest.n) : NULL;
		struct bytes item = bytes_of(rest.p, comma ? (size_t)(comma - rest.p) : rest.n);

		if (!add_ports(ports, item))
			return false;
		if (!comma)
			return true;
		bytes_skip(&rest, item.n + 1);
	}
}

static bool take_ports(struct read_options *options, const char *list)
{
	struct ports scratch = { { 0 } };

	if (strcmp(list, "any") != 0 && !read_options_ports(list, &scratch)) {
		log_err("read: --ports %s: expected numbers and ranges, as 25,2500-2599, or "
			"\"any\"",
			list);
		return false;
	}
	options->ports = list;
	return true;
}

static bool take_fail_on(struct read_options *options, const char *word)
{
	enum severity severity;

	if (!severity_parse(bytes_str(word), &severity)) {
		log_err("read: --fail-on %s: expected info, low, medium, high or critical", word);
		return false;
	}
	options->fail_on = (int)severity;
	return true;
}

static bool take_format(struct read_options *options, const char *word)
{
	if (strcmp(word, "text") != 0 && strcmp(word, "json") != 0) {
		log_err("read: --format %s: expected text or json", word);
		return false;
	}
	options->format = word;
	return true;
}

static bool take_rules(struct read_options *options, const char *path)
{
	if (options->rule_count == READ_RULES_MAX) {
		log_err("read: more than %d --rules; a directory holds as many as you like",
			READ_RULES_MAX);
		return false;
	}
	options->rules[options->rule_count++] = path;
	return true;
}

static bool take_list(struct read_options *options, const char *path)
{
	struct evidence_params *stores = &options->stores;

	if (stores->list_count == EVIDENCE_LISTS_MAX) {
		log_err("read: more than %d --list", EVIDENCE_LISTS_MAX);
		return false;
	}
	stores->lists[stores->list_count++] = path;
	return true;
}

/* Where a plain path of an option goes; NULL: the option is none of those. */
static const char **path_of(struct read_options *options, int option)
{
	switch (option) {
	case 'o':
		return &options->output;
	case OPTION_POLICIES:
		return &options->stores.policies;
	case OPTION_MX_MAP:
		return &options->stores.mx_map;
	case OPTION_TLSA:
		return &options->stores.tlsa;
	case OPTION_TRUST:
		return &options->cert.trust;
	case OPTION_CRL:
		return &options->cert.crls;
	case OPTION_KEYLOG:
		return &options->keylog;
	case OPTION_EVIDENCE:
		return &options->evidence;
	default:
		return NULL;
	}
}

static bool take_option(struct read_options *options, int option, const char *argument)
{
	const char **path = path_of(options, option);

	if (path) {
		*path = argument;
		return true;
	}
	switch (option) {
	case OPTION_FORMAT:
		return take_format(options, argument);
	case OPTION_PORTS:
		return take_ports(options, argument);
	case OPTION_RULES:
		return take_rules(options, argument);
	case OPTION_LIST:
		return take_list(options, argument);
	case OPTION_FAIL_ON:
		return take_fail_on(options, argument);
	case OPTION_ONLINE:
		options->look_up = true;
		return true;
	default:
		/* Else getopt has said what is wrong. */
		return option >= ONLINE_DB && option < ONLINE_OPTIONS_END &&
		       online_option_take(&options->online, "read", option, argument);
	}
}

/*
 * What is learnt from somebody's capture does not belong to this machine's own memory, unless it is
 * said so: without --db it lasts as long as the program.
 */
static bool settle_online(struct read_options *options)
{
	options->stores.db = options->online.db;
	if (options->look_up) {
		if (!options->stores.db)
			options->stores.db = ":memory:";
		return true;
	}
	if (!online_options_any(&options->online))
		return true;
	log_err("read: --server, --trust-ad, --ca, --proxy, --port and --timeout need --online");
	return false;
}

bool read_options_parse(int argc, char **argv, struct read_options *options, int *status)
{
	int option, verbose = 0;

	*options = (struct read_options){ .format = "text" };
	*status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "o:vh", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			*status = EXIT_DONE;
			return false;
		}
		if (option == 'v') {
			log_set_level(++verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
		} else if (!take_option(options, option, optarg)) {
			fputs("try: stripwatch read --help\n", stderr);
			return false;
		}
	}
	if (!settle_online(options)) {
		fputs("try: stripwatch read --help\n", stderr);
		return false;
	}
	options->paths = argv + optind;
	options->path_count = (size_t)(argc - optind);
	if (options->path_count == 0) {
		log_err("read: no capture file named");
		fputs("try: stripwatch read --help\n", stderr);
		return false;
	}
	return true;
}
