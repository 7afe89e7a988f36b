// SPDX-License-Identifier: BSD-2-Clause
#include "capture/live_cert_record.h"

#include <arpa/inet.h>

/* RFC 4291 2.5.5.2: how a socket that takes both names an IPv4 peer. */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static struct endpoint endpoint_of(const uint8_t ip[16], uint16_t port, uint8_t length)
{
	struct endpoint endpoint = { .port = ntohs(port) };

	if (length == 16 && memcmp(ip, mapped, sizeof(mapped)) == 0) {
		ip += sizeof(mapped);
		length = 4;
	}
	memcpy(endpoint.addr.ip, ip, length);
	endpoint.addr.length = length;
	return endpoint;
}

bool live_cert_record(struct bytes record, int64_t clock, struct sw_certificate *room,
	struct live_certificate *out)
{
	const struct sw_tuple *tuple = &room->tuple;
	struct bytes head;

	if (!bytes_take(&record, sizeof(*room), &head))
		return false;
	memcpy(room, head.p, sizeof(*room));
	if ((tuple->length != 4 && tuple->length != 16) || room->captured > record.n)
		return false;
	room->comm[SW_COMM - 1] = '\0';
	*out = (struct live_certificate){
		.time = (int64_t)room->header.time + clock,
		.local = endpoint_of(tuple->local, tuple->local_port, tuple->length),
		.remote = endpoint_of(tuple->remote, tuple->remote_port, tuple->length),
		.pid = room->pid,
		.name = (const char *)room->comm,
		.der = bytes_of(record.p, room->captured),
		.index = room->index,
		.alone = room->alone,
		.gnutls = room->library == SW_GNUTLS,
		.verdict = room->header.kind == SW_VERDICT,
		.result = room->result,
	};
	return true;
}
