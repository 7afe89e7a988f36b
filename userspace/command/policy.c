// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch policy VERB: the cache of MTA-STS policies, filled, looked at and carried about.
 */
#include "command/policy.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"

bool policy_run_flush(struct policy_run *run)
{
	bool good = !run->write_failed;

	if (run->out.n && good)
		good = fwrite(run->out.s, 1, run->out.n, stdout) == run->out.n &&
		       fflush(stdout) == 0;
	if (!good && !run->write_failed)
		log_err("policy: standard output: %s", strerror(errno));
	run->write_failed |= !good;
	text_reset(&run->out);
	return good;
}

static int run_verb(struct policy_run *run)
{
	static int (*const verbs[])(struct policy_run *) = {
#define X(verb, name, arguments, comment) [POLICY_VERB_##verb] = policy_verb_##name,
		POLICY_VERB_LIST(X)
#undef X
	};
	int status = verbs[run->options.verb](run);

	if (!policy_run_flush(run) && status == EXIT_DONE)
		status = EXIT_INPUT;
	if (run->options.domains.bad && status == EXIT_DONE)
		status = EXIT_INPUT;
	return status;
}

static bool open_cache(struct policy_run *run)
{
	const char *path = run->options.online.db;
	struct text room = { 0 };

	if (!path)
		path = store_default_path(&room);
	run->store = path ? store_open(path) : NULL;
	run->cache = run->store ? policy_cache_open(run->store) : NULL;
	text_free(&room);
	return run->cache != NULL;
}

int command_policy(int argc, char **argv)
{
	struct policy_run run = { 0 };
	int status = EXIT_INPUT;

	if (policy_options_parse(argc, argv, &run.options, &status)) {
		if (gethostname(run.host, sizeof(run.host) - 1) != 0)
			run.host[0] = '\0';
		status = open_cache(&run) ? run_verb(&run) : EXIT_USAGE;
	}
	policy_cache_close(run.cache);
	store_close(run.store);
	policy_options_fini(&run.options);
	text_free(&run.out);
	return status;
}
