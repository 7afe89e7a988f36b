// SPDX-License-Identifier: BSD-2-Clause
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static enum log_level threshold = LOG_LEVEL_WARN;

void log_set_level(enum log_level level)
{
	threshold = level;
}

static void say(enum log_level level, const char *format, va_list args)
{
	char line[1024];

	if (level > threshold)
		return;
	vsnprintf(line, sizeof(line), format, args);
	fprintf(stderr, "stripwatch: %s\n", line);
}

#define LOG_AT(name, level)                       \
	void name(const char *format, ...)        \
	{                                         \
		va_list args;                     \
                                                  \
		va_start(args, format);           \
		say(level, format, args);         \
		va_end(args);                     \
	}

LOG_AT(log_err, LOG_LEVEL_ERROR)
LOG_AT(log_warn, LOG_LEVEL_WARN)
LOG_AT(log_info, LOG_LEVEL_INFO)
LOG_AT(log_debug, LOG_LEVEL_DEBUG)
