// SPDX-License-Identifier: BSD-2-Clause
#include "session/record.h"

#include <stdlib.h>

#include "session/witness.h"

const char *action_name(enum action action)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		ACTION_LIST(X)
#undef X
	};

	return names[action];
}

const char *unknown_name(enum unknown why)
{
	static const char *const names[] = {
#define X(name, text, comment) [name] = text,
		UNKNOWN_LIST(X)
#undef X
	};

	return names[why];
}

void record_free(struct record *record)
{
	if (!record)
		return;
	smtp_facts_free(&record->smtp);
	tls_facts_free(&record->tls);
	observations_free(&record->observations);
	witness_free(record->witness);
	free(record);
}
