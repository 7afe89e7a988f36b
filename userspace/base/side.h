/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two ends of a connection. Under the packets and under the mail alike, so it stands in base.
 */
#ifndef BASE_SIDE_H
#define BASE_SIDE_H

enum side {
	CLIENT = 0, /* who opened the connection; for mail: the sending MTA */
	SERVER = 1,
};

static inline enum side side_other(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

static inline const char *side_name(enum side side)
{
	return side == CLIENT ? "client" : "server";
}

#endif
