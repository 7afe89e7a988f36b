// SPDX-License-Identifier: BSD-2-Clause
#include "command/watch_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "command/read_options.h"

enum {
	OPTION_HOOK = 256,
	OPTION_PORTS,
	OPTION_FORMAT,
	OPTION_DB,
	OPTION_ONLINE,
	OPTION_RULES,
	OPTION_TRUST,
	OPTION_EVIDENCE,
	OPTION_USER,
	OPTION_SOCKET,
	OPTION_CHECK,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "interface", required_argument, NULL, 'i' },
	{ "hook", required_argument, NULL, OPTION_HOOK },
	{ "ports", required_argument, NULL, OPTION_PORTS },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "db", required_argument, NULL, OPTION_DB },
	{ "online", no_argument, NULL, OPTION_ONLINE },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "trust", required_argument, NULL, OPTION_TRUST },
	{ "evidence", required_argument, NULL, OPTION_EVIDENCE },
	{ "user", required_argument, NULL, OPTION_USER },
	{ "socket", required_argument, NULL, OPTION_SOCKET },
	{ "check", no_argument, NULL, OPTION_CHECK },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static const char usage[] =
	"usage: stripwatch watch [OPTION...]\n"
	"\n"
	"Watches SMTP on this machine: sessions and alerts as they come. It attaches as root and goes on\n"
	"as user stripwatch. What the command line says outranks the configuration.\n"
	"\n"
	"  -c, --config FILE     configuration (default: " CONFIG_PATH ", if it is there)\n"
	"      --check           only look whether the configuration is right\n"
	"  -i, --interface NAME  eth0, or nflog:GROUP; may be repeated (default: all but loopback)\n"
	"      --hook HOW        tc: eBPF at the interfaces (clsact: as on Linux before 6.6);\n"
	"                        netfilter: eBPF, all traffic of this host;\n"
	"                        pcap: libpcap; auto: the first of tc and pcap that can be had (default)\n"
	"      --ports LIST      SMTP ports (default: 25,465,587,2525)\n"
	"      --format FORMAT   of standard output: text, json, or none (default: text, but\n"
	"                        none where the configuration names outputs and this is no terminal)\n"
	"      --db FILE         cached policies and history\n"
	"      --online          look policies, MX hosts and TLSA records up (needs --db)\n"
	"      --rules FILE|DIR  rules; may be repeated (default: those that were installed)\n"
	"      --trust FILE|DIR  CA certificates (PEM; default: the system's)\n"
	"      --evidence DIR    keep the packets that prove an alert\n"
	"      --user NAME       become this user; \"\": stay who we are (default: stripwatch)\n"
	"      --socket PATH     where `stripwatch status` asks (default: /run/stripwatch/status.sock)\n"
	"  -v, --verbose         say more on standard error\n"
	"\n"
	"SIGHUP: read configuration, rules and policies anew, open rotated files. SIGTERM: finish and end.\n"
	"Exit status: 0 ended by a signal, 1 nothing (left) to watch, 2 wrong usage or configuration.\n";

static bool take_format(struct watch_options *options, const char *word)
{
	static const char *const words[] = { "text", "json", "none" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(word, words[i]) == 0) {
			options->format = WATCH_TEXT + (enum watch_format)i;
			return true;
		}
	}
	log_err("watch: --format %s: expected text, json or none", word);
	return false;
}

static bool take_hook(struct watch_options *options, const char *word)
{
	for (int hook = 0; hook < LIVE_HOOKS; hook++) {
		if (strcmp(word, live_hook_name((enum live_hook)hook)) == 0) {
			options->hook = word;
			return true;
		}
	}
	log_err("watch: --hook %s: expected auto, tc, clsact, netfilter or pcap", word);
	return false;
}

/* One more in a list of at most @max. */
static bool add(const char **list, size_t *n, size_t max, const char *what, const char *value)
{
	if (*n == max) {
		log_err("watch: more than %zu %s", max, what);
		return false;
	}
	list[(*n)++] = value;
	return true;
}

/* Where a plain string of an option goes; NULL: the option is none of those. */
static const char **string_of(struct watch_options *options, int option)
{
	switch (option) {
	case 'c':
		return &options->config;
	case OPTION_PORTS:
		return &options->ports;
	case OPTION_DB:
		return &options->db;
	case OPTION_TRUST:
		return &options->trust;
	case OPTION_EVIDENCE:
		return &options->evidence;
	case OPTION_USER:
		return &options->user;
	case OPTION_SOCKET:
		return &options->socket;
	default:
		return NULL;
	}
}

static bool take_option(struct watch_options *options, int option, const char *argument)
{
	const char **string = string_of(options, option);

	if (string) {
		*string = argument;
		return true;
	}
	switch (option) {
	case 'i':
		return add(options->interfaces, &options->interface_count, LIVE_INTERFACES_MAX,
			"interfaces", argument);
	case OPTION_RULES:
		return add(options->rules, &options->rule_count, CONFIG_RULES_MAX, "--rules", argument);
	case OPTION_HOOK:
		return take_hook(options, argument);
	case OPTION_FORMAT:
		return take_format(options, argument);
	case OPTION_ONLINE:
		options->online = true;
		return true;
	case OPTION_CHECK:
		options->check = true;
		return true;
	case 'v':
		options->verbose = true;
		return true;
	default:
		return false; /* getopt has said what is wrong */
	}
}

bool watch_options_parse(int argc, char **argv, struct watch_options *options, int *status)
{
	int option;

	*options = (struct watch_options){ .format = WATCH_FITTING };
	*status = EXIT_USAGE;
	while ((option = getopt_long(argc, argv, "c:i:vh", long_options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			*status = EXIT_DONE;
			return false;
		}
		if (!take_option(options, option, optarg)) {
			fputs("try: stripwatch watch --help\n", stderr);
			return false;
		}
	}
	if (optind == argc)
		return true;
	log_err("watch: it takes no arguments: %s (an interface? -i %s)", argv[optind], argv[optind]);
	return false;
}

/* Line by line. */
static void tell(const struct text *errors)
{
	const char *line = errors->s ? errors->s : "";

	while (*line) {
		size_t n = strcspn(line, "\n");

		log_err("%.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

static struct config *load(const char *path)
{
	struct text errors = { 0 };
	struct config *config;

	if (!path && access(CONFIG_PATH, F_OK) != 0)
		return config_default();
	config = config_load(path ? path : CONFIG_PATH, &errors);
	tell(&errors);
	text_free(&errors);
	return config;
}

static bool set_ports(struct config *config, const char *list)
{
	struct live_params *capture = &config->capture;
	struct ports ports = { { 0 } };
	bool good = read_options_ports(list, &ports);

	capture->port_count = 0;
	for (unsigned int port = 0; good && port <= UINT16_MAX; port++) {
		if (!ports_has(&ports, (uint16_t)port))
			continue;
		good = capture->port_count < LIVE_PORTS_MAX;
		if (good)
			capture->ports[capture->port_count++] = (uint16_t)port;
	}
	if (!good)
		log_err("watch: --ports %s: expected at most %d numbers and ranges, as 25,2500-2509",
			list, LIVE_PORTS_MAX);
	return good;
}

static void set_hook(struct config *config, const char *word)
{
	for (int hook = 0; hook < LIVE_HOOKS; hook++)
		if (strcmp(word, live_hook_name((enum live_hook)hook)) == 0)
			config->capture.hook = (enum live_hook)hook;
}

static void set(const char **member, const char *value)
{
	if (value)
		*member = value;
}

static bool overlay(const struct watch_options *options, struct config *config)
{
	if (options->interface_count) {
		memcpy(config->capture.interfaces, options->interfaces,
			sizeof(config->capture.interfaces));
		config->capture.interface_count = options->interface_count;
	}
	if (options->rule_count) {
		memcpy(config->rules, options->rules, sizeof(config->rules));
		config->rule_count = options->rule_count;
	}
	if (options->hook)
		set_hook(config, options->hook);
	set(&config->evidence.db, options->db);
	set(&config->cert.trust, options->trust);
	set(&config->proof.dir, options->evidence);
	set(&config->sensor.user, options->user);
	set(&config->sensor.socket, options->socket);
	config->policies.online |= options->online;
	if (config->policies.online && !config->evidence.db) {
		log_err("watch: what is looked up must be kept: --db FILE, or policies.database");
		return false;
	}
	return !options->ports || set_ports(config, options->ports);
}

struct config *watch_options_config(const struct watch_options *options)
{
	struct config *config = load(options->config);

	if (config && overlay(options, config))
		return config;
	config_free(config);
	return NULL;
}
