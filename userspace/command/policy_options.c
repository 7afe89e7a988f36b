// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>

#include "base/log.h"
#include "command/command.h"
#include "command/policy.h"

enum {
	OPTION_FILE = 256,
	OPTION_ALL,
	OPTION_DUE,
	OPTION_FORMAT,
	OPTION_RULES,
};

static const struct option long_options[] = {
	{ "file", required_argument, NULL, OPTION_FILE },
	{ "all", no_argument, NULL, OPTION_ALL },
	{ "due", no_argument, NULL, OPTION_DUE },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "rules", required_argument, NULL, OPTION_RULES },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	ONLINE_LONG_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static const struct {
	const char *name, *arguments, *comment;
} verbs[] = {
#define X(verb, name, arguments, comment) [POLICY_VERB_##verb] = { #name, arguments, comment },
	POLICY_VERB_LIST(X)
#undef X
};

static const char usage_before[] =
	"usage: stripwatch policy VERB [OPTION...] [ARGUMENT...]\n"
	"\n"
	"The cache of MTA-STS policies (RFC 8461): what domains promise about mail to them.\n"
	"\n";

static const char usage_behind[] =
	"\n"
	"\"fetch\" asks the web server whatever the cache holds. \"refresh\" fetches what changed, "
	"and\n"
	"unless a domain is named leaves it alone for five minutes after a failure. What can't be\n"
	"fetched stays in the cache, and in force, until its max_age is over. \"import\" reads "
	"the\n"
	"SQLite cache of postfix-mta-sts-resolver, a folder of DOMAIN.txt, or what \"export\" "
	"wrote.\n"
	"\n"
	"  --file FILE           domains, one a line (\"-\": standard input)\n"
	"  --format text|json    text for people (default), or JSON Lines\n"
	"  --rules PATH          rules for what became worse: a file or a directory of them; may "
	"be\n"
	"                        repeated (default: the rules that came with the "
	"program)\n" ONLINE_USAGE "  --timeout SECONDS     for one policy (default: 60)\n"
	"  -v, --verbose         say more about the run; twice: everything\n"
	"  -h, --help            this text\n"
	"\n"
	"Exit status: 0 done; 1 something was not fetched, read, written or there (the rest was\n"
	"done); 2 wrong usage.\n";

static void usage(FILE *out)
{
	fputs(usage_before, out);
	for (int i = 0; i < POLICY_VERBS; i++)
		fprintf(out, "  %-7s %-25s  %s\n", verbs[i].name, verbs[i].arguments,
			verbs[i].comment);
	fputs(usage_behind, out);
}

static bool take_format(struct policy_options *options, const char *word)
{
	options->json = strcmp(word, "json") == 0;
	if (options->json || strcmp(word, "text") == 0)
		return true;
	log_err("policy: --format %s: expected text or json", word);
	return false;
}

static bool take_rules(struct policy_options *options, const char *path)
{
	if (options->rule_count == POLICY_RULES_MAX) {
		log_err("policy: more than %d --rules; a directory holds as many as you like",
			POLICY_RULES_MAX);
		return false;
	}
	options->rules[options->rule_count++] = path;
	return true;
}

static bool take_option(struct policy_options *options, int option, const char *argument)
{
	switch (option) {
	case OPTION_FILE:
		return domains_add_file(&options->domains, argument);
	case OPTION_ALL:
		options->all = true;
		return true;
	case OPTION_DUE:
		return true; /* what is done without domains anyway */
	case OPTION_FORMAT:
		return take_format(options, argument);
	case OPTION_RULES:
		return take_rules(options, argument);
	default:
		/* What isn't ours either, getopt has told. */
		return online_option_take(&options->online, "policy", option, argument);
	}
}

static bool find_verb(struct policy_options *options, const char *word)
{
	for (int i = 0; i < POLICY_VERBS; i++) {
		if (strcmp(word, verbs[i].name) == 0) {
			options->verb = (enum policy_verb)i;
			return true;
		}
	}
	log_err("policy: no verb \"%s\"", word);
	return false;
}

/* What stands behind the options. */
static bool take_arguments(struct policy_options *options, char **list, int n)
{
	enum policy_verb verb = options->verb;

	if (verb == POLICY_VERB_IMPORT || verb == POLICY_VERB_EXPORT) {
		if (n != 1) {
			log_err("policy %s: expected one file or folder", verbs[verb].name);
			return false;
		}
		options->path = list[0];
		return true;
	}
	for (int i = 0; i < n; i++)
		if (!domains_add(&options->domains, bytes_str(list[i]), "policy: "))
			return false;
	if (verb == POLICY_VERB_LIST || verb == POLICY_VERB_REFRESH || options->domains.n ||
		options->domains.bad)
		return true;
	log_err("policy %s: no domain named", verbs[verb].name);
	return false;
}

static bool parse(int argc, char **argv, struct policy_options *options, bool *help)
{
	int option, verbose = 0;

	while ((option = getopt_long(argc, argv, "vh", long_options, NULL)) != -1) {
		if (option == 'h') {
			*help = true;
			return false;
		}
		if (option == 'v')
			log_set_level(++verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
		else if (!take_option(options, option, optarg))
			return false;
	}
	if (optind == argc) {
		log_err("policy: no verb");
		return false;
	}
	return find_verb(options, argv[optind]) &&
	       take_arguments(options, argv + optind + 1, argc - optind - 1);
}

bool policy_options_parse(int argc, char **argv, struct policy_options *options, int *status)
{
	bool help = false;

	*options = (struct policy_options){ 0 };
	optind = 1;
	if (parse(argc, argv, options, &help))
		return true;
	if (help)
		usage(stdout);
	else
		fputs("try: stripwatch policy --help\n", stderr);
	*status = help ? EXIT_DONE : EXIT_USAGE;
	return false;
}

void policy_options_fini(struct policy_options *options)
{
	domains_fini(&options->domains);
}
