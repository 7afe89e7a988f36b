// SPDX-License-Identifier: BSD-2-Clause
#include "capture/live_bpf.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <bpf/smtp_netfilter.skel.h>
#include <bpf/smtp_probe.skel.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "capture/live_ring.h"

/* What libbpf 1.1 can't say of a netfilter program (linux/bpf.h of 6.4). */
enum { PROGRAM_TYPE_NETFILTER = 32, ATTACH_NETFILTER = 45 };

struct live_bpf {
	struct smtp_probe *tc; /* one of the two */
	struct smtp_netfilter *netfilter;
	int flows, counters;
	unsigned int processors;
	struct sw_counts *counts; /* one for each of them */
};

/* The constants that all programs have; @ports is the bitmap. */
static void set_ports(uint64_t ports[SW_PORT_WORDS], const struct live_params *params)
{
	for (size_t i = 0; i < params->port_count; i++)
		ports[params->ports[i] / 64] |= UINT64_C(1) << params->ports[i] % 64;
}

static uint32_t snap_of(const struct live_params *params)
{
	return params->snap && params->snap < SW_FRAME_MAX ? params->snap : SW_FRAME_MAX;
}

static int open_tc(struct live_bpf *bpf, const struct live_source_params *params)
{
	struct smtp_probe *tc = bpf->tc = smtp_probe__open();
	int error;

	if (!tc)
		return -errno;
	set_ports((uint64_t *)tc->rodata->ports, params->live);
	tc->rodata->dns = params->live->dns;
	tc->rodata->snap = snap_of(params->live);
	error = bpf_map__reuse_fd(tc->maps.ring, live_ring_map(params->ring));
	if (!error)
		error = smtp_probe__load(tc);
	if (error)
		return error;
	bpf->flows = bpf_map__fd(tc->maps.flows);
	bpf->counters = bpf_map__fd(tc->maps.counters);
	for (uint32_t i = PROGRAM_ETHERNET_IN; i <= PROGRAM_RAW_OUT; i++) {
		int program = live_bpf_program(bpf, i);

		if (bpf_map_update_elem(bpf_map__fd(tc->maps.programs), &i, &program, BPF_ANY) < 0)
			return -errno;
	}
	return 0;
}

static int prepare(struct bpf_program *program)
{
	int error = bpf_program__set_type(program, (enum bpf_prog_type)PROGRAM_TYPE_NETFILTER);

	if (!error)
		error = bpf_program__set_expected_attach_type(
			program, (enum bpf_attach_type)ATTACH_NETFILTER);
	return error ? error : bpf_program__set_autoload(program, true);
}

static int open_netfilter(struct live_bpf *bpf, const struct live_source_params *params)
{
	struct smtp_netfilter *netfilter = bpf->netfilter = smtp_netfilter__open();
	int error;

	if (!netfilter)
		return -errno;
	set_ports((uint64_t *)netfilter->rodata->ports, params->live);
	netfilter->rodata->dns = params->live->dns;
	netfilter->rodata->snap = snap_of(params->live);
	error = prepare(netfilter->progs.look_ipv4);
	if (!error)
		error = prepare(netfilter->progs.look_ipv6);
	if (!error)
		error = bpf_map__reuse_fd(netfilter->maps.ring, live_ring_map(params->ring));
	if (!error)
		error = smtp_netfilter__load(netfilter);
	if (error)
		return error;
	bpf->flows = bpf_map__fd(netfilter->maps.flows);
	bpf->counters = bpf_map__fd(netfilter->maps.counters);
	return 0;
}

struct live_bpf *live_bpf_open(
	const struct live_source_params *params, bool netfilter, struct text *why)
{
	struct live_bpf *bpf = mem_alloc(sizeof(*bpf));
	int processors = libbpf_num_possible_cpus(), error;

	bpf->processors = processors > 0 ? (unsigned int)processors : 1;
	bpf->counts = mem_alloc(bpf->processors * sizeof(*bpf->counts));
	error = netfilter ? open_netfilter(bpf, params) : open_tc(bpf, params);
	if (!error)
		return bpf;
	text_printf(why, "the kernel does not take the programs for %s (%s)",
		netfilter ? "netfilter" : "tc", strerror(-error));
	live_bpf_close(bpf);
	return NULL;
}

void live_bpf_close(struct live_bpf *bpf)
{
	if (!bpf)
		return;
	smtp_probe__destroy(bpf->tc);
	smtp_netfilter__destroy(bpf->netfilter);
	free(bpf->counts);
	free(bpf);
}

int live_bpf_program(const struct live_bpf *bpf, enum live_program program)
{
	const struct bpf_program *of[PROGRAMS] = { 0 };

	if (bpf->tc) {
		of[PROGRAM_ETHERNET_IN] = bpf->tc->progs.ethernet_in;
		of[PROGRAM_ETHERNET_OUT] = bpf->tc->progs.ethernet_out;
		of[PROGRAM_RAW_IN] = bpf->tc->progs.raw_in;
		of[PROGRAM_RAW_OUT] = bpf->tc->progs.raw_out;
	} else {
		of[PROGRAM_IPV4] = bpf->netfilter->progs.look_ipv4;
		of[PROGRAM_IPV6] = bpf->netfilter->progs.look_ipv6;
	}
	return of[program] ? bpf_program__fd(of[program]) : -1;
}

int live_bpf_door(const struct live_bpf *bpf, enum live_program program)
{
	switch (program) {
	case PROGRAM_ETHERNET_IN:
		return bpf_program__fd(bpf->tc->progs.sw_door_0);
	case PROGRAM_ETHERNET_OUT:
		return bpf_program__fd(bpf->tc->progs.sw_door_1);
	case PROGRAM_RAW_IN:
		return bpf_program__fd(bpf->tc->progs.sw_door_2);
	case PROGRAM_RAW_OUT:
		return bpf_program__fd(bpf->tc->progs.sw_door_3);
	default:
		return -1;
	}
}

void live_bpf_counts(const struct live_bpf *bpf, uint32_t ifindex, struct sw_counts *out)
{
	uint32_t slot = ifindex % SW_SLOTS;

	memset(out, 0, sizeof(*out));
	if (bpf_map_lookup_elem(bpf->counters, &slot, bpf->counts) < 0)
		return;
	for (unsigned int i = 0; i < bpf->processors; i++) {
		for (int k = 0; k < SW_COUNTERS; k++) {
			out->of[k].frames += bpf->counts[i].of[k].frames;
			out->of[k].bytes += bpf->counts[i].of[k].bytes;
		}
	}
}

/*
 * What the kernel changes between the two calls is lost; for a flow that is quiet from now on, that
 * is at most where its bytes were handed up to.
 */
void live_bpf_quiet(const struct live_bpf *bpf, const struct sw_flow_key *key)
{
	struct sw_flow flow;

	if (bpf_map_lookup_elem(bpf->flows, key, &flow) < 0 || flow.state == SW_QUIET)
		return;
	flow.state = SW_QUIET;
	bpf_map_update_elem(bpf->flows, key, &flow, BPF_EXIST);
}
