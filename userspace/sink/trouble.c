// SPDX-License-Identifier: BSD-2-Clause
#include "sink/trouble.h"

#include <inttypes.h>
#include <time.h>

#include "base/log.h"

int64_t trouble_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

bool trouble_lost(struct trouble *trouble, int64_t now, const char *where, const char *why)
{
	bool first = !trouble->told;

	if (first)
		log_err("sink: %s: %s; documents are being lost", where, why);
	trouble->told = true;
	trouble->last = now;
	trouble->lost++;
	return first;
}

bool trouble_passed(struct trouble *trouble, int64_t now, const char *where)
{
	if (!trouble->told || now - trouble->last < TROUBLE_GRACE)
		return false;
	log_warn("sink: %s: works again; %" PRIu64 " documents were lost", where, trouble->lost);
	*trouble = (struct trouble){ 0 };
	return true;
}
