// SPDX-License-Identifier: BSD-2-Clause
/*
 * The least that a program built on libpcap does with a capture file: take each packet, read its
 * headers up to TCP, count those of port 25. What stripwatch costs is measured against this.
 * usage: floor FILE
 */
#include <stdio.h>

#include <pcap/pcap.h>

#include "base/bytes.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define PROTOCOL_TCP   6
#define SMTP_PORT      25

/* Leave the TCP header in @frame, or return false. */
static bool find_tcp(struct bytes *frame)
{
	uint16_t type;
	uint8_t protocol, first;

	if (!bytes_skip(frame, 12) || !bytes_u16(frame, &type) || frame->n < 20)
		return false;
	if (type == ETHERTYPE_IPV4) {
		first = frame->p[0];
		protocol = frame->p[9];
		return protocol == PROTOCOL_TCP && bytes_skip(frame, (size_t)(first & 15) * 4);
	}
	protocol = frame->p[6];
	return type == ETHERTYPE_IPV6 && protocol == PROTOCOL_TCP && bytes_skip(frame, 40);
}

static bool is_smtp(struct bytes frame)
{
	uint16_t from, to;

	return find_tcp(&frame) && bytes_u16(&frame, &from) && bytes_u16(&frame, &to) &&
	       (from == SMTP_PORT || to == SMTP_PORT);
}

int main(int argc, char **argv)
{
	unsigned long long packets = 0, bytes = 0, smtp = 0;
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *frame;
	pcap_t *pcap;

	if (argc != 2) {
		fprintf(stderr, "usage: floor FILE\n");
		return 2;
	}
	pcap = pcap_open_offline(argv[1], error);
	if (!pcap) {
		fprintf(stderr, "floor: %s\n", error);
		return 1;
	}
	while (pcap_next_ex(pcap, &header, &frame) == 1) {
		packets++;
		bytes += header->caplen;
		smtp += is_smtp(bytes_of(frame, header->caplen));
	}
	pcap_close(pcap);
	printf("packets=%llu bytes=%llu smtp=%llu\n", packets, bytes, smtp);
	return 0;
}
