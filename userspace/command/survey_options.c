// SPDX-License-Identifier: BSD-2-Clause
#include "command/survey_options.h"

#include <stdio.h>

#include "base/log.h"
#include "base/text.h"
#include "command/command.h"

static const char usage[] =
	"usage: stripwatch survey [OPTION...] DOMAIN...\n"
	"       stripwatch survey [OPTION...] --file FILE\n"
	"       stripwatch survey [OPTION...] --top N\n"
	"\n"
	"Looks up what domains promise about mail to them: MX hosts, MTA-STS policy, TLS "
	"reporting,\n"
	"DANE. With a database it tells what the sensor itself saw beside it. Nothing is changed.\n"
	"\n"
	"  --file FILE           domains, one a line (\"-\": standard input)\n"
	"  --top N               the N domains that had the most mail, by the database\n"
	"  --list FILE           a list of domains that are known to speak TLS (the EFF's format, "
	"or\n"
	"                        pins in YAML)\n"
	"  --format text|json|html  a table (default), JSON Lines, or one page\n"
	"  -o, --output FILE     write there instead of to standard output\n" ONLINE_USAGE
	"  --timeout SECONDS     for one domain (default: 30)\n"
	"  -v, --verbose         say more about the run; twice: everything\n"
	"  -h, --help            this text\n"
	"\n"
	"Without --db the default database is read if it is there. DANE counts where the DNS "
	"server\n"
	"validates, and is on this machine or is trusted by --trust-ad.\n"
	"\n"
	"Exit status: 0 done; 1 something could not be looked up or written (the rest was done);\n"
	"2 wrong usage.\n";

enum {
	OPTION_FILE = 256,
	OPTION_TOP,
	OPTION_LIST,
	OPTION_FORMAT,
};

static const struct option long_options[] = {
	{ "file", required_argument, NULL, OPTION_FILE },
	{ "top", required_argument, NULL, OPTION_TOP },
	{ "list", required_argument, NULL, OPTION_LIST },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "output", required_argument, NULL, 'o' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	ONLINE_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* More domains than any survey is about. */
#define TOP_MAX 100000

static bool take_top(struct survey_options *options, const char *argument)
{
	uint64_t n;

	if (!text_parse_uint(bytes_str(argument), TOP_MAX, &n) || !n) {
		log_err("survey: --top %s: expected a number from 1 to %d", argument, TOP_MAX);
		return false;
	}
	options->top = n;
	return true;
}

static bool take_format(struct survey_options *options, const char *word)
{
	static const char *const words[] = {
		[SURVEY_TEXT] = "text",
		[SURVEY_JSON] = "json",
		[SURVEY_HTML] = "html",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(word, words[i]) == 0) {
			options->format = (enum survey_format)i;
			return true;
		}
	}
	log_err("survey: --format %s: expected text, json or html", word);
	return false;
}

static bool take_option(struct survey_options *options, int option, const char *argument)
{
	switch (option) {
	case OPTION_FILE:
		return domains_add_file(&options->domains, argument);
	case OPTION_TOP:
		return take_top(options, argument);
	case OPTION_LIST:
		options->list = argument;
		return true;
	case OPTION_FORMAT:
		return take_format(options, argument);
	case 'o':
		options->output = argument;
		return true;
	default:
		/* What isn't ours either, getopt has told. */
		return online_option_take(&options->online, "survey", option, argument);
	}
}

static bool parse(int argc, char **argv, struct survey_options *options, bool *help)
{
	int option, verbose = 0;

	while ((option = getopt_long(argc, argv, "o:vh", long_options, NULL)) != -1) {
		if (option == 'h') {
			*help = true;
			return false;
		}
		if (option == 'v')
			log_set_level(++verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
		else if (!take_option(options, option, optarg))
			return false;
	}
	for (int i = optind; i < argc; i++)
		if (!domains_add(&options->domains, bytes_str(argv[i]), "survey: "))
			return false;
	if (options->domains.n || options->domains.bad || options->top)
		return true;
	log_err("survey: no domain named");
	return false;
}

bool survey_options_parse(int argc, char **argv, struct survey_options *options, int *status)
{
	bool help = false;

	*options = (struct survey_options){ 0 };
	if (parse(argc, argv, options, &help))
		return true;
	if (help)
		fputs(usage, stdout);
	else
		fputs("try: stripwatch survey --help\n", stderr);
	*status = help ? EXIT_DONE : EXIT_USAGE;
	return false;
}

void survey_options_fini(struct survey_options *options)
{
	domains_fini(&options->domains);
}
