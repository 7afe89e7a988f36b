// SPDX-License-Identifier: BSD-2-Clause
#include "dialogue/dns.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

/* RFC 1035 4.1.1, RFC 4035 3.2.3 */
#define HEADER_SIZE    12
#define FLAG_RESPONSE  0x8000
#define MASK_OPCODE    0x7800
#define FLAG_TRUNCATED 0x0200
#define FLAG_AUTHENTIC 0x0020
#define MASK_RCODE     0x000f
#define CLASS_IN       1

/* RFC 1035 4.1.4: the two upper bits of a length say that it is the upper half of a pointer. */
#define LABEL_POINTER 0xc0
#define MASK_POINTER  0x3f

/* RFC 1035 2.3.4: 255 bytes of a name are 253 characters with dots between the labels. */
#define NAME_TEXT_MAX 253

/* Types that are looked at on the way, but that nobody can ask for. */
#define TYPE_NS  2
#define TYPE_OPT 41

/* RFC 2181 8: a TTL with the upper bit is none. */
#define TTL_MAX 0x7fffffff

/*
 * Records of the answer section that are looked at: DNS_RECORDS_MAX, their signatures, a chain. It
 * bounds what a message can cost, for each record's name is compared with each name of the chain.
 */
#define SECTION_MAX 128

/* Resolvers give up on longer chains too, BIND and Unbound after 11 or so. */
#define CHAIN_MAX 16

/* A name of a message. */
struct name {
	char text[DOMAIN_TEXT]; /* normalised, where it is one of a host */
	bool host;
	bool root;
};

/* One resource record, not yet understood. */
struct rr {
	struct bytes owner; /* starts with the name */
	uint16_t type;
	uint32_t ttl;
	struct bytes data;
};

struct parser {
	struct bytes message;
	struct bytes rest;
	struct dns_answer *answer;
	struct rr list[SECTION_MAX]; /* of the answer section */
	size_t n;
	uint32_t negative_ttl; /* the SOA's */
	bool soa, ns;
	struct text block;
	size_t at[DNS_RECORDS_MAX]; /* where in @block a record's name or data begins */
};

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Past a name, wherever its pointer may lead. */
static bool skip_name(struct bytes *from)
{
	struct bytes rest = *from;
	uint8_t length;

	do {
		if (!bytes_u8(&rest, &length))
			return false;
		if ((length & LABEL_POINTER) == LABEL_POINTER) {
			if (!bytes_skip(&rest, 1))
				return false;
			break;
		}
		if (length & LABEL_POINTER || !bytes_skip(&rest, length))
			return false;
	} while (length);
	*from = rest;
	return true;
}

/*
 * Append a label. False if the name becomes too long. Labels that are not text of a host name can't
 * be told from others once dots stand between them: *@host says so.
 */
static bool add_label(char *text, size_t *n, struct bytes label, bool *host)
{
	size_t dot = *n ? 1 : 0;

	if (*n + dot + label.n > NAME_TEXT_MAX)
		return false;
	if (dot)
		text[(*n)++] = '.';
	for (size_t i = 0; i < label.n; i++) {
		if (label.p[i] == '.' || label.p[i] >= 0x80)
			*host = false;
		text[(*n)++] = (char)label.p[i];
	}
	return true;
}

/*
 * A pointer's second byte off @rest, and @rest becomes what the pointer shows. @limit is where the
 * name, or the part of it that had the pointer, began: what is pointed at must stand wholly
 * before it. So each part is nearer to the start of the message, and there are no loops.
 */
static bool follow_pointer(struct bytes message, uint8_t high, struct bytes *rest, size_t *limit)
{
	uint8_t low;
	size_t target;

	if (!bytes_u8(rest, &low))
		return false;
	target = (size_t)(high & MASK_POINTER) << 8 | low;
	if (target < HEADER_SIZE || target >= *limit)
		return false;
	*rest = bytes_of(message.p + target, *limit - target);
	*limit = target;
	return true;
}

/* @from is a part of @message. */
static bool take_name(struct bytes message, struct bytes *from, struct name *out)
{
	struct bytes rest = *from, after = *from, label;
	size_t n = 0, limit = (size_t)(rest.p - message.p);
	bool host = true;
	char text[DOMAIN_TEXT];
	uint8_t length = 1;

	if (!skip_name(&after))
		return false;
	while (bytes_u8(&rest, &length) && length) {
		if ((length & LABEL_POINTER) == LABEL_POINTER) {
			if (!follow_pointer(message, length, &rest, &limit))
				return false;
			continue;
		}
		if (length & LABEL_POINTER || !bytes_take(&rest, length, &label) ||
			!add_label(text, &n, label, &host))
			return false;
	}
	/* Not 0: the last part ran into its limit. */
	if (length)
		return false;
	out->text[0] = '\0';
	out->root = n == 0;
	out->host = host && domain_normalise(bytes_of(text, n), out->text);
	*from = after;
	return true;
}

/* A name that is all of @data. */
static bool whole_name(struct bytes message, struct bytes data, struct name *out)
{
	return take_name(message, &data, out) && !data.n;
}

static bool take_rr(struct bytes *from, struct rr *rr)
{
	struct bytes rest = *from;
	uint16_t class;

	if (!skip_name(&rest) || !bytes_u16(&rest, &rr->type) || !bytes_u16(&rest, &class) ||
		!bytes_u32(&rest, &rr->ttl) || !bytes_prefixed(&rest, 2, &rr->data))
		return false;
	rr->owner = *from;
	/* The class of OPT is a size, and its TTL holds bits. */
	if (rr->type != TYPE_OPT && class != CLASS_IN)
		rr->type = 0;
	if (rr->type != TYPE_OPT && rr->ttl > TTL_MAX)
		rr->ttl = 0;
	*from = rest;
	return true;
}

/* RFC 2308 4, 5: how long it may be believed that there is nothing. */
static void note_soa(struct parser *parser, const struct rr *rr)
{
	struct bytes rest = rr->data;
	uint32_t minimum;

	/* MNAME, RNAME; SERIAL, REFRESH, RETRY and EXPIRE; MINIMUM */
	if (!skip_name(&rest) || !skip_name(&rest) || !bytes_skip(&rest, 16) ||
		!bytes_u32(&rest, &minimum) || rest.n || parser->soa)
		return;
	parser->soa = true;
	parser->negative_ttl = smaller(rr->ttl, minimum > TTL_MAX ? 0 : minimum);
}

static void note_answer(struct parser *parser, const struct rr *rr)
{
	if (parser->n < SECTION_MAX)
		parser->list[parser->n++] = *rr;
	else
		parser->answer->cut = true;
}

static void note_authority(struct parser *parser, const struct rr *rr)
{
	if (rr->type == DNS_SOA)
		note_soa(parser, rr);
	if (rr->type == TYPE_NS)
		parser->ns = true;
}

/* RFC 6891 6.1.3: eight more bits of the RCODE stand above the four of the header. */
static void note_additional(struct parser *parser, const struct rr *rr)
{
	unsigned int rcode = parser->answer->rcode | rr->ttl >> 24 << 4;

	if (rr->type == TYPE_OPT)
		parser->answer->rcode = (uint8_t)(rcode > UINT8_MAX ? UINT8_MAX : rcode);
}

/* The three sections behind the question. A truncated message may end anywhere in them. */
static bool take_sections(struct parser *parser, const uint16_t counts[3])
{
	static void (*const note[3])(struct parser * parser, const struct rr *rr) = {
		note_answer,
		note_authority,
		note_additional,
	};
	struct rr rr;

	for (size_t section = 0; section < 3; section++) {
		for (unsigned int i = 0; i < counts[section]; i++) {
			if (!take_rr(&parser->rest, &rr))
				return parser->answer->truncated;
			note[section](parser, &rr);
		}
	}
	return parser->rest.n == 0;
}

static bool take_header(struct parser *parser, uint16_t counts[3])
{
	struct dns_answer *answer = parser->answer;
	uint16_t id, flags, questions;

	if (!bytes_u16(&parser->rest, &id) || !bytes_u16(&parser->rest, &flags) ||
		!bytes_u16(&parser->rest, &questions))
		return false;
	for (size_t i = 0; i < 3; i++)
		if (!bytes_u16(&parser->rest, &counts[i]))
			return false;
	answer->rcode = flags & MASK_RCODE;
	answer->authentic = flags & FLAG_AUTHENTIC;
	answer->truncated = flags & FLAG_TRUNCATED;
	return flags & FLAG_RESPONSE && !(flags & MASK_OPCODE) && questions == 1;
}

static bool is_asked_for(uint16_t type)
{
	return type == DNS_A || type == DNS_CNAME || type == DNS_MX || type == DNS_TXT ||
	       type == DNS_AAAA || type == DNS_TLSA;
}

static bool take_question(struct parser *parser)
{
	struct dns_answer *answer = parser->answer;
	uint16_t type, class;
	struct name name;

	if (!take_name(parser->message, &parser->rest, &name) || !name.host ||
		!bytes_u16(&parser->rest, &type) || !bytes_u16(&parser->rest, &class) ||
		!is_asked_for(type) || class != CLASS_IN)
		return false;
	answer->type = (enum dns_type)type;
	strcpy(answer->name, name.text);
	strcpy(answer->canonical, name.text);
	return true;
}

/* Whether @rr is a record of @type of the name where the chain has led so far. */
static bool is_of(const struct parser *parser, const struct rr *rr, enum dns_type type)
{
	struct bytes owner = rr->owner;
	struct name name;

	return rr->type == type && take_name(parser->message, &owner, &name) && name.host &&
	       strcmp(name.text, parser->answer->canonical) == 0;
}

static const struct rr *find_cname(const struct parser *parser)
{
	for (size_t i = 0; i < parser->n; i++)
		if (is_of(parser, &parser->list[i], DNS_CNAME))
			return &parser->list[i];
	return NULL;
}

/* RFC 1034 3.6.2. False for a chain without an end, or through a name that is none of a host. */
static bool follow_chain(struct parser *parser)
{
	struct dns_answer *answer = parser->answer;
	const struct rr *cname;
	struct name target;

	if (answer->type == DNS_CNAME)
		return true;
	for (unsigned int links = 0; (cname = find_cname(parser)); links++) {
		if (links == CHAIN_MAX || !whole_name(parser->message, cname->data, &target) ||
			!target.host)
			return false;
		strcpy(answer->canonical, target.text);
		answer->ttl = smaller(answer->ttl, cname->ttl);
	}
	return true;
}

/*
 * The decoders of one record each: false if its data is not what its type asks for. What is to be
 * kept beyond the struct goes to parser->block.
 */
static bool decode_addr(struct parser *parser, struct bytes data, struct dns_record *record)
{
	struct addr addr = { .length = record->type == DNS_A ? 4 : 16 };

	(void)parser;
	if (data.n != addr.length)
		return false;
	memcpy(addr.ip, data.p, data.n);
	record->addr = addr;
	return true;
}

static bool decode_host(struct parser *parser, struct bytes data, struct dns_record *record)
{
	struct name name;

	if (record->type == DNS_MX && !bytes_u16(&data, &record->mx.preference))
		return false;
	if (!whole_name(parser->message, data, &name) || (!name.host && !name.root))
		return false;
	if (name.root && record->type == DNS_CNAME)
		return false;
	/* With its NUL. */
	text_add(&parser->block, bytes_of(name.text, strlen(name.text) + 1));
	return true;
}

static bool decode_txt(struct parser *parser, struct bytes data, struct dns_record *record)
{
	struct bytes rest = data, string;
	size_t n = 0;

	if (!data.n)
		return false;
	for (; rest.n; n += string.n)
		if (!bytes_prefixed(&rest, 1, &string))
			return false;
	if (n > DNS_DATA_MAX)
		return false;
	while (bytes_prefixed(&data, 1, &string))
		text_add(&parser->block, string);
	record->txt.n = n;
	return true;
}

static bool decode_tlsa(struct parser *parser, struct bytes data, struct dns_record *record)
{
	struct dns_tlsa *tlsa = &record->tlsa;

	if (!bytes_u8(&data, &tlsa->usage) || !bytes_u8(&data, &tlsa->selector) ||
		!bytes_u8(&data, &tlsa->matching) || data.n > DNS_DATA_MAX)
		return false;
	text_add(&parser->block, data);
	tlsa->data.n = data.n;
	return true;
}

static bool decode(struct parser *parser, struct bytes data, struct dns_record *record)
{
	switch (record->type) {
	case DNS_A:
	case DNS_AAAA:
		return decode_addr(parser, data, record);
	case DNS_MX:
	case DNS_CNAME:
		return decode_host(parser, data, record);
	case DNS_TXT:
		return decode_txt(parser, data, record);
	case DNS_TLSA:
		return decode_tlsa(parser, data, record);
	default:
		return false;
	}
}

static size_t gather(struct parser *parser, struct dns_record records[DNS_RECORDS_MAX])
{
	struct dns_answer *answer = parser->answer;
	size_t count = 0;

	for (size_t i = 0; i < parser->n; i++) {
		const struct rr *rr = &parser->list[i];

		if (!is_of(parser, rr, answer->type))
			continue;
		answer->ttl = smaller(answer->ttl, rr->ttl);
		if (count == DNS_RECORDS_MAX) {
			answer->cut = true;
			break;
		}
		records[count] = (struct dns_record){ .type = answer->type, .ttl = rr->ttl };
		parser->at[count] = parser->block.n;
		if (decode(parser, rr->data, &records[count]))
			count++;
		else
			answer->odd = true;
	}
	return count;
}

/* The block stays where it is from now on. */
static void place(struct dns_record *record, const char *at)
{
	switch (record->type) {
	case DNS_MX:
		record->mx.host = at;
		break;
	case DNS_CNAME:
		record->host = at;
		break;
	case DNS_TXT:
		record->txt.p = (const uint8_t *)at;
		break;
	case DNS_TLSA:
		record->tlsa.data.p = (const uint8_t *)at;
		break;
	default:
		break;
	}
}

static void keep(struct parser *parser, const struct dns_record *records, size_t count)
{
	struct dns_answer *answer = parser->answer;
	struct text *block = &parser->block;

	/* Empty data stands somewhere, too. */
	text_putc(block, '\0');
	answer->block = mem_realloc(block->s, block->n);
	answer->records = mem_alloc(count * sizeof(*records));
	answer->count = count;
	memcpy(answer->records, records, count * sizeof(*records));
	for (size_t i = 0; i < count; i++)
		place(&answer->records[i], answer->block + parser->at[i]);
}

static void conclude(struct parser *parser)
{
	struct dns_answer *answer = parser->answer;
	struct dns_record records[DNS_RECORDS_MAX];
	size_t count = gather(parser, records);

	if (count) {
		keep(parser, records, count);
		return;
	}
	text_free(&parser->block);
	answer->ttl = smaller(answer->ttl, parser->soa ? parser->negative_ttl : 0);
	answer->referral = !answer->rcode && !parser->soa && parser->ns;
}

bool dns_parse(struct bytes message, struct dns_answer *answer)
{
	struct parser parser = { .message = message, .rest = message, .answer = answer };
	uint16_t counts[3];

	*answer = (struct dns_answer){ .ttl = UINT32_MAX };
	if (!take_header(&parser, counts) || !take_question(&parser) ||
		!take_sections(&parser, counts) || !follow_chain(&parser)) {
		*answer = (struct dns_answer){ 0 };
		return false;
	}
	conclude(&parser);
	return true;
}

void dns_answer_free(struct dns_answer *answer)
{
	free(answer->records);
	free(answer->block);
	*answer = (struct dns_answer){ 0 };
}

/* What of @record stands in a block; hosts with their NUL. */
static struct bytes block_part(const struct dns_record *record)
{
	switch (record->type) {
	case DNS_MX:
		return bytes_of(record->mx.host, strlen(record->mx.host) + 1);
	case DNS_CNAME:
		return bytes_of(record->host, strlen(record->host) + 1);
	case DNS_TXT:
		return record->txt;
	case DNS_TLSA:
		return record->tlsa.data;
	default:
		return bytes_of(NULL, 0);
	}
}

void dns_answer_copy(struct dns_answer *out, const struct dns_answer *answer)
{
	struct text block = { 0 };
	size_t at = 0;

	*out = *answer;
	out->records = NULL;
	out->block = NULL;
	if (!answer->count)
		return;
	for (size_t i = 0; i < answer->count; i++)
		text_add(&block, block_part(&answer->records[i]));
	/* Empty data stands somewhere, too. */
	text_putc(&block, '\0');
	out->block = block.s;
	out->records = mem_alloc(answer->count * sizeof(*out->records));
	memcpy(out->records, answer->records, answer->count * sizeof(*out->records));
	for (size_t i = 0; i < answer->count; i++) {
		place(&out->records[i], out->block + at);
		at += block_part(&answer->records[i]).n;
	}
}
