// SPDX-License-Identifier: BSD-2-Clause
/*
 * stripwatch status: how the running sensor is, asked through its socket.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "command/status_text.h"

#define SOCKET_PATH "/run/stripwatch/status.sock"

/* A sensor that does not answer for so long hangs. */
#define PATIENCE_SECONDS 5

/* Larger than any answer. */
#define ANSWER_MAX (1024 * 1024)

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool ask(const char *path, struct text *answer)
{
	int fd = connect_to(path);
	ssize_t n;

	if (fd < 0) {
		log_err("status: %s: %s%s", path, strerror(errno),
			errno == ENOENT || errno == ECONNREFUSED ? " (is the sensor running?)" : "");
		return false;
	}
	do {
		n = read(fd, text_room(answer, 65536), 65536);
		if (n > 0)
			answer->n += (size_t)n;
	} while (n > 0 && answer->n < ANSWER_MAX);
	if (n < 0)
		log_err("status: %s: the sensor does not answer: %s", path, strerror(errno));
	else if (!answer->n || answer->s[answer->n - 1] != '\n')
		log_err("status: %s: the sensor's answer is not whole", path);
	*text_room(answer, 0) = '\0';
	close(fd);
	return n == 0 && answer->n && answer->s[answer->n - 1] == '\n';
}

static void usage(FILE *to)
{
	fputs("usage: stripwatch status [--json] [--socket PATH]\n"
	      "\n"
	      "How the running sensor is: uptime, what it saw, passed over and lost by interface,\n"
	      "connections, sessions by outcome, alerts, queues, policies, memory.\n"
	      "\n"
	      "  --json         the sensor's health document instead, as it stands in outputs\n"
	      "  --socket PATH  its socket (default: " SOCKET_PATH ")\n"
	      "\n"
	      "Exit status: 0 it answers, 1 it does not, 2 wrong usage.\n",
		to);
}

static bool parse(int argc, char **argv, const char **path, bool *json, int *status)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'j') {
			*json = true;
		} else if (option == 's') {
			*path = optarg;
		} else {
			*status = option == 'h' ? EXIT_DONE : EXIT_USAGE;
			usage(option == 'h' ? stdout : stderr);
			return false;
		}
	}
	if (optind == argc)
		return true;
	log_err("status: it takes no arguments: %s", argv[optind]);
	*status = EXIT_USAGE;
	return false;
}

int command_status(int argc, char **argv)
{
	const char *path = SOCKET_PATH;
	struct text answer = { 0 };
	bool json = false;
	int status;

	if (!parse(argc, argv, &path, &json, &status))
		return status;
	status = EXIT_INPUT;
	if (ask(path, &answer)) {
		if (json) {
			fputs(answer.s, stdout);
			status = EXIT_DONE;
		} else if (status_text(answer.s, stdout)) {
			status = EXIT_DONE;
		} else {
			log_err("status: %s: the answer is no health document", path);
		}
	}
	text_free(&answer);
	return status;
}
