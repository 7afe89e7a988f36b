// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch watch: live sessions, judged as they end.
 */
#include <net/if.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
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

static int watch_once(struct watch *watch)
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

static bool is_up(const char *interface)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up;

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_UP;
	if (fd >= 0)
		close(fd);
	return up;
}

/* All that were named can be opened. */
static bool are_up(void *context)
{
	const struct live_params *capture = &((const struct watch *)context)->config->capture;

	for (size_t i = 0; i < capture->interface_count; i++)
		if (strncmp(capture->interfaces[i], "nflog:", 6) != 0 && !is_up(capture->interfaces[i]))
			return false;
	return true;
}

/*
 * libpcap has to open an interface that was made anew, which takes the privileges that the process
 * at work has given up: so that one ends, and the next begins when all are there.
 */
static int run(struct watch *watch)
{
	int status = watch_once(watch);

	while (status == SERVICE_LOST && watch->config->capture.interface_count) {
		log_warn("watch: no interface is left; waiting for them to come again");
		if (!keeper_await(are_up, watch))
			return EXIT_DONE;
		status = watch_once(watch);
	}
	return status == SERVICE_LOST ? EXIT_INPUT : status;
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
