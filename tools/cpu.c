// SPDX-License-Identifier: BSD-2-Clause
/*
 * Run a command and tell what it cost: processor time (user and system) in seconds, the most memory
 * it held in KiB, and the time on the wall, as one line "CPU KIB WALL" in the file named first.
 * Ends as the command ended.
 * usage: cpu RESULT COMMAND [ARGUMENT...]
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval tv)
{
	return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct rusage usage;
	double start = now();
	FILE *result;
	pid_t child;
	int status;

	if (argc < 3) {
		fprintf(stderr, "usage: cpu RESULT COMMAND [ARGUMENT...]\n");
		return 2;
	}
	child = fork();
	if (child == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "cpu: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("cpu");
		return 1;
	}
	result = fopen(argv[1], "w");
	if (!result) {
		perror(argv[1]);
		return 1;
	}
	fprintf(result, "%.4f %ld %.4f\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
		usage.ru_maxrss, now() - start);
	if (fclose(result) != 0) {
		perror(argv[1]);
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
