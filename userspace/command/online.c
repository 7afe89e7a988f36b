// SPDX-License-Identifier: BSD-2-Clause
#include "command/online.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"

static void on_signal(void *context, int fd, unsigned int events)
{
	struct online *online = context;
	struct signalfd_siginfo info;

	(void)events;
	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return;
	online->interrupted = true;
	online->signal = (int)info.ssi_signo;
	loop_stop(online->loop);
}

static void ending_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
}

static bool listen_for_signals(struct online *online)
{
	sigset_t set;

	ending_signals(&set);
	online->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (online->signal_fd < 0) {
		log_err("command: signals: %s", strerror(errno));
		return false;
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	online->signals = loop_watch_new(online->loop, online->signal_fd, on_signal, online);
	if (online->signals)
		loop_watch_set(online->signals, LOOP_READ);
	return online->signals != NULL;
}

bool online_open(struct online *online, const struct online_options *options,
	const struct online_limits *limits)
{
	struct resolver_params resolver = {
		.servers = options->servers,
		.max_pending = limits->queries,
	};
	struct fetch_params fetch = {
		.ca = options->ca,
		.proxy = options->proxy,
		.timeout = limits->fetch_timeout,
		.max_at_once = limits->fetches,
		.port = options->port,
	};

	*online = (struct online){ .signal_fd = -1 };
	online->loop = loop_new();
	if (!online->loop || (!limits->deaf && !listen_for_signals(online)))
		return false;
	online->resolver = resolver_new(online->loop, &resolver);
	online->fetcher = online->resolver ? fetcher_new(online->loop, &fetch) : NULL;
	if (!online->fetcher)
		return false;
	online->believes_ad = options->trust_ad || resolver_is_local(online->resolver);
	return true;
}

void online_hang_up(struct online *online)
{
	/* In this order: an answer of the last moment may start a fetch, but no fetch asks the DNS.
	 */
	resolver_free(online->resolver);
	online->resolver = NULL;
	fetcher_free(online->fetcher);
	online->fetcher = NULL;
}

void online_close(struct online *online)
{
	sigset_t set;

	if (!online->loop)
		return;
	online_hang_up(online);
	loop_watch_free(online->signals);
	if (online->signal_fd >= 0) {
		close(online->signal_fd);
		/* One that came meanwhile takes its effect now. */
		ending_signals(&set);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
	}
	loop_free(online->loop);
	*online = (struct online){ .signal_fd = -1 };
}
