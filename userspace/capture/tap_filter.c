// SPDX-License-Identifier: BSD-2-Clause
#include "capture/tap_filter.h"

enum {
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
};

/*
 * Headers that may stand between IPv6 and TCP (IANA "IPv6 Extension Header Types"): hop-by-hop
 * options, routing, fragment, authentication, destination options, mobility, HIP, shim6. Not ESP:
 * nothing behind it can be read.
 */
static const uint8_t extension_headers[] = { 0, 43, 44, 51, 60, 135, 139, 140 };

/* "(FIELD = A or FIELD = B …)", of the protocols that are wanted. */
static void is_wanted(const struct tap_filter *filter, struct text *text, const char *field)
{
	text_printf(text, "%s = %d", field, PROTOCOL_TCP);
	if (filter->dns)
		text_printf(text, " or %s = %d", field, PROTOCOL_UDP);
}

static void is_extension(struct text *text, const char *field)
{
	for (size_t i = 0; i < sizeof(extension_headers); i++)
		text_printf(text, "%s%s = %u", i ? " or " : "", field, extension_headers[i]);
}

static void ports(const struct tap_filter *filter, struct text *text)
{
	text_puts(text, "tcp port (");
	for (size_t i = 0; i < filter->port_count; i++)
		text_printf(text, "%s%u", i ? " or " : "", filter->ports[i]);
	text_puts(text, ")");
	if (filter->dns)
		text_puts(text, " or udp src port 53");
}

/* Behind the first: that one has the ports, or is too short for them and dropped by every host. */
static void fragments(const struct tap_filter *filter, struct text *text)
{
	text_puts(text, "(ip[6:2] & 0x1fff != 0 and (");
	is_wanted(filter, text, "ip[9]");
	text_puts(text, "))");
}

/*
 * The first byte of each extension header is the type of what follows: what is neither wanted nor
 * another extension header, such as multicast group reports, stays out.
 */
static void extensions(const struct tap_filter *filter, struct text *text)
{
	text_puts(text, "((");
	is_extension(text, "ip6[6]");
	text_puts(text, ") and (");
	is_wanted(filter, text, "ip6[40]");
	text_puts(text, " or ");
	is_extension(text, "ip6[40]");
	text_puts(text, "))");
}

/*
 * The word "vlan" moves the offsets of all that follows it, to the end of the filter. So the depths
 * are nested, the untagged first: A or (vlan and (A or (vlan and (A)))).
 */
void tap_filter_write(const struct tap_filter *filter, struct text *text)
{
	for (unsigned int depth = 0; depth <= filter->tags; depth++) {
		if (depth)
			text_puts(text, " or (vlan and (");
		ports(filter, text);
		text_puts(text, " or ");
		fragments(filter, text);
		text_puts(text, " or ");
		extensions(filter, text);
	}
	for (unsigned int depth = 0; depth < filter->tags; depth++)
		text_puts(text, "))");
}
