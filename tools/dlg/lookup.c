// SPDX-License-Identifier: BSD-2-Clause
/* The `dns:` line: a look-up, seen on the wire. */
#include "script.h"

#include "put.h"

enum { TYPE_A = 1, TYPE_MX = 15, TYPE_AAAA = 28, CLASS_IN = 1, DNS_PORT = 53 };

/* From the question to the answer, and to whatever is next. */
#define ANSWER_TIME 1000000

/* One look-up, as the words have it. */
struct lookup {
	struct endpoint client, resolver;
	const char *name;
	uint16_t type, id;
	uint32_t ttl;
	uint8_t rcode;
	uint16_t count;      /* of the records */
	struct text records; /* the answer section */
};

static void put_name(struct text *out, const char *name)
{
	while (*name && strcmp(name, ".") != 0) {
		size_t n = strcspn(name, ".");

		put(out, n, 1);
		text_add(out, bytes_of(name, n));
		name += n + (name[n] == '.');
	}
	put(out, 0, 1);
}

/* The owner is the question's name, right behind the header. */
static void put_record(struct lookup *lookup, uint16_t type, const struct text *data)
{
	struct text *out = &lookup->records;

	put(out, 0xc00c, 2);
	put(out, type, 2);
	put(out, CLASS_IN, 2);
	put(out, lookup->ttl, 4);
	put(out, data->n, 2);
	text_add(out, text_bytes(data));
	lookup->count++;
}

/* "10 mx.example.com": the number has been read. */
static bool take_mx(
	struct script *script, struct words *words, const char *number, struct lookup *lookup)
{
	const struct text *host = words_next(words);
	struct text data = { 0 };
	int64_t preference;

	if (!parse_number(number, 0, UINT16_MAX, &preference) || !host)
		return script_fail(script, "expected a number and a host name");
	put(&data, (uint64_t)preference, 2);
	put_name(&data, host->s);
	put_record(lookup, TYPE_MX, &data);
	text_free(&data);
	return true;
}

static bool take_address(struct script *script, const char *word, struct lookup *lookup)
{
	struct endpoint end = { .port = 0 };
	struct text data = { 0 };

	if (!session_endpoint(script, word, &end))
		return script_fail(script, "%s: not an address", word);
	text_add(&data, bytes_of(end.addr.ip, end.addr.length));
	put_record(lookup, end.addr.length == 4 ? TYPE_A : TYPE_AAAA, &data);
	text_free(&data);
	return true;
}

static bool take_ends(struct script *script, struct words *words, struct lookup *lookup)
{
	const char *client = words_get(words, "client"), *resolver = words_get(words, "resolver");
	const char *rcode = words_get(words, "rcode");
	int64_t value = 0;

	lookup->client.port = (uint16_t)(40000 + script->lookups);
	lookup->resolver.port = DNS_PORT;
	if (!session_endpoint(script, client ? client : "192.0.2.10", &lookup->client) ||
		!session_endpoint(script, resolver ? resolver : "192.0.2.53", &lookup->resolver))
		return script_fail(script, "client, resolver: expected addresses");
	if (rcode && !parse_number(rcode, 0, 15, &value))
		return script_fail(script, "rcode: expected a number up to 15");
	lookup->rcode = (uint8_t)value;
	return true;
}

static bool take_type(struct script *script, const char *word, uint16_t *type)
{
	if (strcmp(word, "MX") == 0)
		*type = TYPE_MX;
	else if (strcmp(word, "A") == 0)
		*type = script->ipv6 ? TYPE_AAAA : TYPE_A;
	else
		return script_fail(script, "%s: expected MX or A", word);
	return true;
}

static bool take_records(struct script *script, struct words *words, struct lookup *lookup)
{
	const struct text *word;

	while ((word = words_next(words)) != NULL) {
		if (lookup->type == TYPE_MX ? !take_mx(script, words, word->s, lookup)
					    : !take_address(script, word->s, lookup))
			return false;
	}
	return true;
}

static void put_message(const struct lookup *lookup, bool answer, struct text *out)
{
	put(out, lookup->id, 2);
	put(out, answer ? 0x8180u | lookup->rcode : 0x0100, 2);
	put(out, 1, 2);
	put(out, answer ? lookup->count : 0, 2);
	put(out, 0, 4);
	put_name(out, lookup->name);
	put(out, lookup->type, 2);
	put(out, CLASS_IN, 2);
	if (answer)
		text_add(out, text_bytes(&lookup->records));
}

static void take_frame(void *context, struct bytes frame)
{
	struct script *script = context;

	trace_add(&script->trace, script->talk.now, frame);
}

static void send_message(struct script *script, const struct lookup *lookup, bool answer)
{
	struct text message = { 0 };
	struct frame_udp udp = {
		.from = answer ? lookup->resolver : lookup->client,
		.to = answer ? lookup->client : lookup->resolver,
		.ttl = 64,
		.ip_id = lookup->id,
		.from_client = !answer,
	};

	put_message(lookup, answer, &message);
	udp.payload = text_bytes(&message);
	frame_build_udp(&script->style, &udp, take_frame, script);
	text_free(&message);
	script->talk.now += ANSWER_TIME;
}

/* RFC 1035 4.2.2: in a stream each message stands behind its length. */
static void say_message(struct script *script, const struct lookup *lookup, bool answer)
{
	struct text message = { 0 }, out = { 0 };

	put_message(lookup, answer, &message);
	put(&out, message.n, 2);
	text_add(&out, text_bytes(&message));
	talk_say(&script->talk, answer ? SERVER : CLIENT, text_bytes(&out));
	text_free(&message);
	text_free(&out);
}

/* The question and its answer, in the session or as datagrams. */
static void run(struct script *script, const struct lookup *lookup, bool tcp)
{
	if (tcp) {
		say_message(script, lookup, false);
		say_message(script, lookup, true);
		return;
	}
	if (script->in_session)
		talk_flush(&script->talk);
	session_start_clock(script);
	send_message(script, lookup, false);
	send_message(script, lookup, true);
}

bool lookup_run(struct script *script, struct words *words)
{
	struct lookup lookup = { .id = (uint16_t)(0x1000 + ++script->lookups) };
	bool tcp = words_has(words, "tcp");
	const struct text *type = words_next(words), *name = words_next(words);
	const struct text *ttl = words_next(words);
	int64_t value;
	bool good;

	if (!type || !name || !ttl || !parse_number(ttl->s, 0, UINT32_MAX, &value))
		return script_fail(script, "expected a type, a name, a TTL and records");
	if (tcp && !script->in_session)
		return script_fail(script, "tcp: only in a session");
	lookup.name = name->s;
	lookup.ttl = (uint32_t)value;
	good = take_ends(script, words, &lookup) && take_type(script, type->s, &lookup.type) &&
	       take_records(script, words, &lookup);
	if (good)
		run(script, &lookup, tcp);
	text_free(&lookup.records);
	return good;
}
