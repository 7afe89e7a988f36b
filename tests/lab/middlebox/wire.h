/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets that pass: the kernel routes those of watched connections into a tunnel device, each is
 * shown to the technique, and what it passes on goes back into the kernel, which routes it on its
 * way. The tunnel shows in no hop count.
 */
#ifndef MIDDLEBOX_WIRE_H
#define MIDDLEBOX_WIRE_H

#include "base/side.h"
#include "lab/middlebox/datagram.h"
#include "lab/middlebox/technique.h"

/* Connections that are told apart at once; the oldest is forgotten. */
#define WIRE_FLOWS 256

struct flow {
	struct endpoint end[2]; /* by enum side */
	unsigned int stage;     /* the technique's own; 0 at first */
};

struct wire {
	const struct settings *settings;
	const struct interference *interference;
	int device;
	struct flow flows[WIRE_FLOWS];
	size_t next;          /* flow to be overwritten */
	uint32_t dice;        /* state of wire_accident() */
	struct datagram held; /* one that waits to be overtaken; ->n is 0 if none is */
};

struct interference {
	/* Passes @datagram on, or not, changed, or with others before and behind it. */
	void (*act)(
		struct wire *wire, struct flow *flow, enum side from, struct datagram *datagram);
};

/* The device of @port, up. -1: said on standard error. It is gone when the descriptor is closed. */
int wire_open(uint16_t port);

/* Work until @stop can be read. */
void wire_run(
	int device, int stop, const struct technique *technique, const struct settings *settings);

void wire_pass(struct wire *wire, struct datagram *datagram);

/* True for so many in a hundred as the settings say; the same ones in every run. */
bool wire_accident(struct wire *wire);

#endif
