// SPDX-License-Identifier: BSD-2-Clause
#include "capture/live_attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/pkt_sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel headers of Debian 12 do not know yet (linux/bpf.h of 6.6). */
enum {
	ATTACH_NETFILTER = 45,
	ATTACH_TCX_INGRESS = 46,
	ATTACH_TCX_EGRESS = 47,
	BEFORE = 1 << 3, /* all others */
};

/* Of a netfilter program: behind translation of addresses, before the first filter may drop. */
#define NETFILTER_PRIORITY (-1)

/* Of clsact: before the filters whose place the kernel chose, and so many sensors at most. */
#define DOOR          "sw_door_"
#define DOOR_PRIORITY 49000
#define DOORS_MAX     8
#define DOOR_MAPS     8 /* more than the constants, and where it leads */

/* The front of union bpf_attr for BPF_LINK_CREATE. */
struct link_create {
	uint32_t program;
	uint32_t target;
	uint32_t type;
	uint32_t flags;
	union {
		struct {
			uint32_t relative;
			uint32_t pad;
			uint64_t revision;
		} tcx;
		struct {
			uint32_t family;
			uint32_t hook;
			int32_t priority;
			uint32_t flags;
		} netfilter;
		uint8_t room[64]; /* zero, whatever the kernel's struct is */
	};
};

static int create(struct live_hold *hold, enum live_way way, struct link_create *attr)
{
	long link = syscall(SYS_bpf, BPF_LINK_CREATE, attr, sizeof(*attr));

	if (link < 0)
		return -errno;
	*hold = (struct live_hold){ .way = (uint8_t)way, .link = (int)link };
	return 0;
}

int live_attach_tcx(struct live_hold *hold, int program, uint32_t ifindex, bool egress)
{
	struct link_create attr;
	int error;

	memset(&attr, 0, sizeof(attr));
	attr.program = (uint32_t)program;
	attr.target = ifindex;
	attr.type = egress ? ATTACH_TCX_EGRESS : ATTACH_TCX_INGRESS;
	attr.flags = BEFORE;
	error = create(hold, WAY_TCX, &attr);
	if (error)
		return error;
	hold->ifindex = ifindex;
	hold->egress = egress;
	return 0;
}

int live_attach_netfilter(struct live_hold *hold, int program, uint32_t family, uint32_t hook)
{
	struct link_create attr;

	memset(&attr, 0, sizeof(attr));
	attr.program = (uint32_t)program;
	attr.type = ATTACH_NETFILTER;
	attr.netfilter.family = family;
	attr.netfilter.hook = hook;
	attr.netfilter.priority = NETFILTER_PRIORITY;
	return create(hold, WAY_NETFILTER, &attr);
}

static struct bpf_tc_hook clsact(uint32_t ifindex, bool egress)
{
	return (struct bpf_tc_hook){
		.sz = sizeof(struct bpf_tc_hook),
		.ifindex = (int)ifindex,
		.attach_point = egress ? BPF_TC_EGRESS : BPF_TC_INGRESS,
	};
}

/* Either all places of a door's map lead somewhere, or none does. Other maps are not asked. */
static bool is_empty(uint32_t map_id)
{
	struct bpf_map_info info = { 0 };
	uint32_t size = sizeof(info), key = 0, value;
	int map = bpf_map_get_fd_by_id(map_id);
	bool empty;

	if (map < 0)
		return false;
	empty = bpf_obj_get_info_by_fd(map, &info, &size) == 0 &&
		info.type == BPF_MAP_TYPE_PROG_ARRAY &&
		bpf_map_lookup_elem(map, &key, &value) < 0 && errno == ENOENT;
	close(map);
	return empty;
}

/* A door that leads nowhere: who put it there has ended without taking it away. */
static bool is_stale(uint32_t program_id)
{
	uint32_t maps[DOOR_MAPS] = { 0 }, size = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .map_ids = (uintptr_t)maps, .nr_map_ids = DOOR_MAPS };
	int program = bpf_prog_get_fd_by_id(program_id);
	bool stale = false;

	if (program < 0)
		return false;
	if (bpf_obj_get_info_by_fd(program, &info, &size) == 0 &&
		strncmp(info.name, DOOR, strlen(DOOR)) == 0)
		for (uint32_t i = 0; i < info.nr_map_ids && i < DOOR_MAPS; i++)
			stale |= is_empty(maps[i]);
	close(program);
	return stale;
}

/* A place where nobody's filter is, or a stale door of ours. 0: there is none. */
static uint32_t free_handle(uint32_t ifindex, bool egress)
{
	struct bpf_tc_hook hook = clsact(ifindex, egress);

	for (uint32_t handle = 1; handle <= DOORS_MAX; handle++) {
		struct bpf_tc_opts options = {
			.sz = sizeof(options), .handle = handle, .priority = DOOR_PRIORITY
		};

		if (bpf_tc_query(&hook, &options) < 0 || is_stale(options.prog_id))
			return handle;
	}
	return 0;
}

int live_attach_clsact(struct live_hold *hold, int door, uint32_t ifindex, bool egress)
{
	struct bpf_tc_hook hook = clsact(ifindex, egress);
	struct bpf_tc_opts options = { .sz = sizeof(options),
		.prog_fd = door,
		.priority = DOOR_PRIORITY,
		.flags = BPF_TC_F_REPLACE };
	int error;

	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	error = bpf_tc_hook_create(&hook);
	if (error && error != -EEXIST)
		return error;
	hook = clsact(ifindex, egress);
	options.handle = free_handle(ifindex, egress);
	if (!options.handle)
		return -EBUSY;
	error = bpf_tc_attach(&hook, &options);
	if (error)
		return error;
	*hold = (struct live_hold){
		.way = WAY_CLSACT, .egress = egress, .ifindex = ifindex, .handle = options.handle
	};
	return 0;
}

/* The qdisc itself stays: it does nothing, and others may have put their filters there meanwhile.
 */
static void detach_clsact(const struct live_hold *hold)
{
	struct bpf_tc_hook hook = clsact(hold->ifindex, hold->egress);
	struct bpf_tc_opts options = {
		.sz = sizeof(options), .handle = hold->handle, .priority = DOOR_PRIORITY
	};

	bpf_tc_detach(&hook, &options);
}

void live_detach(struct live_hold *hold)
{
	if (hold->way == WAY_CLSACT)
		detach_clsact(hold);
	else if (hold->way != WAY_NONE)
		close(hold->link);
	*hold = (struct live_hold){ 0 };
}
