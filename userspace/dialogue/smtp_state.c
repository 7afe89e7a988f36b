// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/smtp_state.h"

#include <assert.h>
#include <stddef.h>

#include "base/log.h"

struct row {
	const char *name, *comment;
	uint32_t successors;
};

static const struct row client_rows[CLIENT_STATES] = {
#define X(name, comment, successors) { #name, comment, successors },
	CLIENT_STATE_LIST(X)
#undef X
};

static const struct row server_rows[SERVER_STATES] = {
#define X(name, comment, successors) { #name, comment, successors },
	SERVER_STATE_LIST(X)
#undef X
};

static const struct row *row_of(enum side side, unsigned int state)
{
	if (side == CLIENT)
		return state < CLIENT_STATES ? &client_rows[state] : NULL;
	return state < SERVER_STATES ? &server_rows[state] : NULL;
}

const char *smtp_state_name(enum side side, unsigned int state)
{
	const struct row *row = row_of(side, state);

	return row ? row->name : NULL;
}

const char *smtp_state_comment(enum side side, unsigned int state)
{
	const struct row *row = row_of(side, state);

	return row ? row->comment : NULL;
}

bool smtp_state_may(enum side side, unsigned int from, unsigned int to)
{
	const struct row *row = row_of(side, from);

	return row && row_of(side, to) && (from == to || row->successors & 1u << to);
}

void smtp_state_enter(uint8_t *state, enum side side, unsigned int to)
{
	assert(smtp_state_may(side, *state, to));
	*state = (uint8_t)to;
}
