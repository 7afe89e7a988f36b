// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch watch: live sessions, judged as they end.
 */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/sandbox.h"
#include "command/command.h"
#include "command/keeper.h"
#include "command/service.h"

#define DEFAULT_USER "stripwatch"

struct watch {
	struct watch_options options;
	struct config *config;
	struct live *live;
};

/*
 * The configured user must be there; of the default one the lack is only told, so that who just tries
 * it out need not make one.
 */
static bool leave_root(const struct config *config)
{
	const char *user = config->sensor.user;

	if (geteuid() != 0 || !*user)
		return true;
	if (strcmp(user, DEFAULT_USER) == 0 && !getpwnam(user)) {
		log_warn("watch: there is no user " DEFAULT_USER ": it goes on as root");
		return true;
	}
	return sandbox_become(user);
}

static int work(void *context)
{
	struct watch *watch = context;

	if (!leave_root(watch->config))
		return EXIT_USAGE;
	return service_run(&watch->options, watch->config, watch->live);
}

static int run(struct watch *watch)
{
	int status;

	watch->live = live_open(&watch->config->capture);
	if (!watch->live)
		return EXIT_INPUT;
	log_info("watch: %s", live_describe(watch->live));
	status = keeper_run(watch->live, work, watch);
	live_close(watch->live);
	return status;
}

int command_watch(int argc, char **argv)
{
	struct watch watch = { 0 };
	int status;

	if (!watch_options_parse(argc, argv, &watch.options, &status))
		return status;
	log_set_level(watch.options.verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	status = EXIT_USAGE;
	watch.config = watch_options_config(&watch.options);
	if (watch.config)
		status = watch.options.check ? EXIT_DONE : run(&watch);
	config_free(watch.config);
	return status;
}
