/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The probe's programs, loaded: those for tc or those for netfilter, with their maps. Where they are
 * attached is not decided here.
 */
#ifndef CAPTURE_LIVE_BPF_H
#define CAPTURE_LIVE_BPF_H

#include "base/text.h"
#include "bpf/kern_user.h"
#include "capture/live_source.h"

struct live_bpf;

/* For tc: a program for each link type and direction; for netfilter: for each family. */
enum live_program {
	PROGRAM_ETHERNET_IN,
	PROGRAM_ETHERNET_OUT,
	PROGRAM_RAW_IN,
	PROGRAM_RAW_OUT,
	PROGRAM_IPV4,
	PROGRAM_IPV6,
	PROGRAMS,
};

/* NULL: the kernel did not take them, and @why says how it said so. */
struct live_bpf *live_bpf_open(const struct live_source_params *params, bool netfilter,
	struct text *why);

/* What is attached must be detached before. Takes NULL. */
void live_bpf_close(struct live_bpf *bpf);

/* Descriptors of programs; -1 for one of the other hook. A door: see live_attach.h. */
int live_bpf_program(const struct live_bpf *bpf, enum live_program program);
int live_bpf_door(const struct live_bpf *bpf, enum live_program program);

/* The sums over all processors, of interface number @ifindex (0: netfilter). */
void live_bpf_counts(const struct live_bpf *bpf, uint32_t ifindex, struct sw_counts *out);

/* Nothing more is wanted of this flow. */
void live_bpf_quiet(const struct live_bpf *bpf, const struct sw_flow_key *key);

#endif
