// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/datagram.h"

#include <string.h>

/* RFC 791 3.1, RFC 8200 3, RFC 9293 3.1: lengths, and where the fields are. */
#define IP4_HEADER   20
#define IP4_LENGTH   2
#define IP4_FRAGMENT 6
#define IP4_TTL      8
#define IP4_PROTOCOL 9
#define IP4_CHECKSUM 10
#define IP4_FROM     12
#define IP6_HEADER   40
#define IP6_LENGTH   4
#define IP6_NEXT     6
#define IP6_HOPS     7
#define IP6_FROM     8
#define TCP_HEADER   20
#define TCP_SEQ      4
#define TCP_ACK      8
#define TCP_OFFSET   12
#define TCP_FLAGS    13
#define TCP_WINDOW   14
#define TCP_CHECKSUM 16
#define PROTOCOL_TCP 6

/* More fragments, or an offset: parts of a datagram are left alone. */
#define IP4_IN_PARTS 0x3fff

static uint32_t get(const uint8_t *at, size_t width)
{
	uint32_t value = 0;

	for (size_t i = 0; i < width; i++)
		value = value << 8 | at[i];
	return value;
}

static void put(uint8_t *at, size_t width, uint32_t value)
{
	for (size_t i = width; i-- > 0; value >>= 8)
		at[i] = (uint8_t)value;
}

static bool is_ip4(const struct datagram *datagram)
{
	return datagram->bytes[0] >> 4 == 4;
}

static size_t address_at(const struct datagram *datagram)
{
	return is_ip4(datagram) ? IP4_FROM : IP6_FROM;
}

static uint8_t address_length(const struct datagram *datagram)
{
	return is_ip4(datagram) ? 4 : 16;
}

static struct endpoint endpoint_at(const struct datagram *datagram, bool to)
{
	uint8_t length = address_length(datagram);
	struct endpoint endpoint = { .addr = { .length = length } };

	memcpy(endpoint.addr.ip, datagram->bytes + address_at(datagram) + (to ? length : 0),
		length);
	endpoint.port = (uint16_t)get(datagram->bytes + datagram->tcp + (to ? 2 : 0), 2);
	return endpoint;
}

static bool parse_ip4(struct datagram *datagram)
{
	const uint8_t *ip = datagram->bytes;

	datagram->tcp = (size_t)(ip[0] & 15) * 4;
	return datagram->tcp >= IP4_HEADER && ip[IP4_PROTOCOL] == PROTOCOL_TCP &&
	       !(get(ip + IP4_FRAGMENT, 2) & IP4_IN_PARTS) &&
	       get(ip + IP4_LENGTH, 2) == datagram->n;
}

static bool parse_ip6(struct datagram *datagram)
{
	const uint8_t *ip = datagram->bytes;

	datagram->tcp = IP6_HEADER;
	return datagram->n >= IP6_HEADER && ip[IP6_NEXT] == PROTOCOL_TCP &&
	       get(ip + IP6_LENGTH, 2) + IP6_HEADER == datagram->n;
}

bool datagram_parse(struct datagram *datagram)
{
	if (datagram->n < IP4_HEADER + TCP_HEADER)
		return false;
	if (!(is_ip4(datagram) ? parse_ip4(datagram) : parse_ip6(datagram)) ||
		datagram->n < datagram->tcp + TCP_HEADER)
		return false;
	datagram->payload =
		datagram->tcp + (size_t)(datagram->bytes[datagram->tcp + TCP_OFFSET] >> 4) * 4;
	if (datagram->payload < datagram->tcp + TCP_HEADER || datagram->payload > datagram->n)
		return false;
	datagram->from = endpoint_at(datagram, false);
	datagram->to = endpoint_at(datagram, true);
	return true;
}

void datagram_copy(struct datagram *to, const struct datagram *from)
{
	memcpy(to, from, offsetof(struct datagram, bytes) + from->n);
}

struct bytes datagram_payload(const struct datagram *datagram)
{
	return bytes_of(datagram->bytes + datagram->payload, datagram->n - datagram->payload);
}

void datagram_set_payload(struct datagram *datagram, struct bytes payload)
{
	if (payload.n > DATAGRAM_MAX - datagram->payload)
		payload.n = DATAGRAM_MAX - datagram->payload;
	memmove(datagram->bytes + datagram->payload, payload.p, payload.n);
	datagram->n = datagram->payload + payload.n;
}

bool datagram_replace(struct datagram *datagram, const char *from, const char *to)
{
	struct bytes payload = datagram_payload(datagram);
	uint8_t *at = payload.n ? memmem(payload.p, payload.n, from, strlen(from)) : NULL;

	if (!at)
		return false;
	memcpy(at, to, strlen(from));
	return true;
}

uint8_t datagram_flags(const struct datagram *datagram)
{
	return datagram->bytes[datagram->tcp + TCP_FLAGS];
}

void datagram_set_flags(struct datagram *datagram, uint8_t flags)
{
	datagram->bytes[datagram->tcp + TCP_FLAGS] = flags;
}

uint32_t datagram_seq(const struct datagram *datagram)
{
	return get(datagram->bytes + datagram->tcp + TCP_SEQ, 4);
}

void datagram_set_seq(struct datagram *datagram, uint32_t seq)
{
	put(datagram->bytes + datagram->tcp + TCP_SEQ, 4, seq);
}

void datagram_add_hops(struct datagram *datagram, int more)
{
	uint8_t *ttl = datagram->bytes + (is_ip4(datagram) ? IP4_TTL : IP6_HOPS);
	int hops = *ttl + more;

	*ttl = (uint8_t)(hops < 1 ? 1 : hops > 255 ? 255 : hops);
}

/* The headers of @answered turned round, without options of either. */
void datagram_forge_reset(struct datagram *out, const struct datagram *answered)
{
	uint8_t length = address_length(answered);
	size_t from = address_at(answered);
	const uint8_t *tcp = answered->bytes + answered->tcp;
	size_t header = is_ip4(answered) ? IP4_HEADER : IP6_HEADER;
	uint8_t *reset = out->bytes + header;
	uint32_t sent = (uint32_t)datagram_payload(answered).n;

	memcpy(out->bytes, answered->bytes, header);
	memcpy(out->bytes + from, answered->bytes + from + length, length);
	memcpy(out->bytes + from + length, answered->bytes + from, length);
	if (is_ip4(answered))
		out->bytes[0] = 4 << 4 | IP4_HEADER / 4;
	memset(reset, 0, TCP_HEADER);
	memcpy(reset, tcp + 2, 2);
	memcpy(reset + 2, tcp, 2);
	memcpy(reset + TCP_SEQ, tcp + TCP_ACK, 4);
	put(reset + TCP_ACK, 4, datagram_seq(answered) + sent);
	reset[TCP_OFFSET] = TCP_HEADER / 4 << 4;
	reset[TCP_FLAGS] = DATAGRAM_RST | DATAGRAM_ACK;
	out->n = header + TCP_HEADER;
	datagram_seal(out);
	(void)datagram_parse(out);
}

/* RFC 1071. @sum is what was summed up before, of an even number of bytes. */
static uint32_t add_up(uint32_t sum, const uint8_t *at, size_t n)
{
	for (; n > 1; at += 2, n -= 2)
		sum += get(at, 2);
	return n ? sum + (uint32_t)(*at << 8) : sum;
}

static void put_checksum(uint8_t *at, uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put(at, 2, ~sum);
}

void datagram_seal(struct datagram *datagram)
{
	uint8_t *ip = datagram->bytes;
	size_t header = is_ip4(datagram) ? (size_t)(ip[0] & 15) * 4 : IP6_HEADER;
	uint8_t *tcp = ip + header;
	size_t length = datagram->n - header;
	uint32_t pseudo = PROTOCOL_TCP + (uint32_t)length;

	if (is_ip4(datagram)) {
		put(ip + IP4_LENGTH, 2, (uint32_t)datagram->n);
		put(ip + IP4_CHECKSUM, 2, 0);
		put_checksum(ip + IP4_CHECKSUM, add_up(0, ip, header));
	} else {
		put(ip + IP6_LENGTH, 2, (uint32_t)length);
	}
	pseudo = add_up(pseudo, ip + address_at(datagram), 2 * (size_t)address_length(datagram));
	put(tcp + TCP_CHECKSUM, 2, 0);
	put_checksum(tcp + TCP_CHECKSUM, add_up(pseudo, tcp, length));
}
