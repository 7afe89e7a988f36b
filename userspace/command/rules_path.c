// SPDX-License-Identifier: BSD-2-Clause
#include "command/command.h"

#include <stdlib.h>
#include <unistd.h>

const char *rules_default_path(void)
{
	const char *path = getenv("STRIPWATCH_RULES");

	if (path && *path)
		return path;
	/* In a tree that was built and not installed, the rules lie beside the sources. */
	return access(RULES_DIR, R_OK) == 0 ? RULES_DIR : "rules";
}
