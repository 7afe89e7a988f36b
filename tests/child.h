/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of what can't be undone: it is done by a child, whose end tells how it went.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

/* In the child: what is not as it must be is said, and ends it. */
#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			dprintf(2, "%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition,     \
				strerror(errno));                                                  \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

#define refused(call, why) must((call) == -1 && errno == (why))

/* How a child that runs @body ends: its wait status. Nothing of the test's is released in it. */
static inline int in_child(void (*body)(const void *context), const void *context)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		body(context);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

#endif
