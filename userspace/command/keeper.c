// SPDX-License-Identifier: BSD-2-Clause
#include "command/keeper.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"

/* Between two looks at interfaces and libraries. */
#define ROUND_SECONDS 1

/* One that dies at once, again and again, has a fault that starting it anew will not mend. */
#define DEATHS_MAX    5
#define YOUNG_SECONDS 10

struct keeper {
	struct live *live;
	int (*work)(void *context);
	void *context;
	sigset_t heard, before;
	pid_t child;
	time_t born;
	unsigned int deaths; /* in a row, of young ones */
	bool ending;
};

/*
 * systemd waits for signs of life of the process that it started: they come from the one that works.
 */
static void take_watchdog(pid_t parent)
{
	const char *asked = getenv("WATCHDOG_PID");
	char own[16];

	if (!asked || strtol(asked, NULL, 10) != parent)
		return;
	snprintf(own, sizeof(own), "%d", (int)getpid());
	setenv("WATCHDOG_PID", own, 1);
}

static bool start(struct keeper *keeper)
{
	pid_t parent = getpid();

	fflush(NULL);
	keeper->child = fork();
	if (keeper->child < 0) {
		log_err("watch: %s", strerror(errno));
		return false;
	}
	if (keeper->child == 0) {
		/* Without its keeper nobody attaches any more, nor starts it anew. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(EXIT_INPUT);
		take_watchdog(parent);
		/* Signals stay blocked: it hears them, old and new, once it listens. */
		exit(keeper->work(keeper->context));
	}
	keeper->born = time(NULL);
	return true;
}

/* It died without having chosen to. True: there is a new one. */
static bool replace(struct keeper *keeper, int status)
{
	log_err("watch: the process that judges was killed by signal %d", WTERMSIG(status));
	if (time(NULL) - keeper->born >= YOUNG_SECONDS)
		keeper->deaths = 0;
	if (++keeper->deaths >= DEATHS_MAX) {
		log_err("watch: %d times in a row: giving up", DEATHS_MAX);
		return false;
	}
	return start(keeper);
}

/* True: all is over, and *@result is what to return. */
static bool collect(struct keeper *keeper, int *result)
{
	int status;

	if (waitpid(keeper->child, &status, WNOHANG) != keeper->child)
		return false;
	if (WIFEXITED(status)) {
		*result = WEXITSTATUS(status);
		return true;
	}
	*result = EXIT_INPUT;
	return keeper->ending || !replace(keeper, status);
}

static void pass_on(struct keeper *keeper, int signal)
{
	if (signal == SIGTERM || signal == SIGINT)
		keeper->ending = true;
	if (signal == SIGTERM || signal == SIGINT || signal == SIGHUP)
		kill(keeper->child, signal);
}

static int keep(struct keeper *keeper)
{
	const struct timespec round = { .tv_sec = ROUND_SECONDS };
	int result = EXIT_INPUT;

	if (!start(keeper))
		return EXIT_INPUT;
	while (!collect(keeper, &result)) {
		int signal = sigtimedwait(&keeper->heard, NULL, &round);

		if (signal > 0)
			pass_on(keeper, signal);
		else
			live_maintain(keeper->live);
	}
	return result;
}

static void hear_signals(struct keeper *keeper)
{
	sigemptyset(&keeper->heard);
	sigaddset(&keeper->heard, SIGTERM);
	sigaddset(&keeper->heard, SIGINT);
	sigaddset(&keeper->heard, SIGHUP);
	sigaddset(&keeper->heard, SIGCHLD);
	sigprocmask(SIG_BLOCK, &keeper->heard, &keeper->before);
}

bool keeper_await(bool (*is_there)(void *context), void *context)
{
	const struct timespec round = { .tv_sec = ROUND_SECONDS };
	struct keeper keeper = { .child = -1 };

	hear_signals(&keeper);
	while (!keeper.ending && !is_there(context)) {
		int signal = sigtimedwait(&keeper.heard, NULL, &round);

		keeper.ending = signal == SIGTERM || signal == SIGINT;
	}
	sigprocmask(SIG_SETMASK, &keeper.before, NULL);
	return !keeper.ending;
}

int keeper_run(struct live *live, int (*work)(void *context), void *context)
{
	struct keeper keeper = { .live = live, .work = work, .context = context };
	int result;

	hear_signals(&keeper);
	result = keep(&keeper);
	sigprocmask(SIG_SETMASK, &keeper.before, NULL);
	return result;
}
