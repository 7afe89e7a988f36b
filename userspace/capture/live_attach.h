/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel program at its place: tcx, clsact or netfilter. A link's descriptor holds it there, so that
 * nothing stays when its holders end, however they end. clsact knows no links: there a door is put that
 * leads nowhere once its holders ended (bpf/smtp_probe.bpf.c); it is taken away at a proper end, or by
 * who comes next.
 */
#ifndef CAPTURE_LIVE_ATTACH_H
#define CAPTURE_LIVE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

enum live_way { WAY_NONE, WAY_TCX, WAY_CLSACT, WAY_NETFILTER };

/* One program at one place. All zero: none. */
struct live_hold {
	uint8_t way;         /* enum live_way */
	bool egress;
	uint32_t ifindex;
	int link;            /* tcx, netfilter */
	uint32_t handle;     /* clsact */
};

/* First at tcx of an interface. 0 or -errno: -EINVAL or -EOPNOTSUPP where the kernel has none. */
int live_attach_tcx(struct live_hold *hold, int program, uint32_t ifindex, bool egress);

/* At clsact, which is made if need be. */
int live_attach_clsact(struct live_hold *hold, int door, uint32_t ifindex, bool egress);

/* In this network namespace; @family: NFPROTO_…, @hook: NF_INET_…. */
int live_attach_netfilter(struct live_hold *hold, int program, uint32_t family, uint32_t hook);

/* Takes it away; nothing happens if its interface is gone. */
void live_detach(struct live_hold *hold);

#endif
