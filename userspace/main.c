// SPDX-License-Identifier: BSD-2-Clause
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command/command.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "policy", command_policy, "MTA-STS policies: fetch, list, show, refresh, carry about" },
	{ "read", command_read, "account of every SMTP session in capture files" },
	{ "rules", command_rules, "check, list and explain rules" },
	{ "status", command_status, "how the running sensor is" },
	{ "survey", command_survey, "what domains promise about mail to them, in one table" },
	{ "watch", command_watch, "live sessions, judged as they end" },
};

static void usage(FILE *out)
{
	fputs("usage: stripwatch COMMAND [ARGUMENT...]\n"
	      "\n"
	      "Catches STARTTLS stripping on the wire.\n"
	      "\n",
		out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].what);
	fputs("\n\"stripwatch COMMAND --help\" tells more.\n", out);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return 2;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("stripwatch " VERSION);
		return 0;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		usage(stdout);
		return 0;
	}
	/* A reader that goes away is an error of a write, not the end of the program. */
	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "stripwatch: no command \"%s\"\n\n", argv[1]);
	usage(stderr);
	return 2;
}
