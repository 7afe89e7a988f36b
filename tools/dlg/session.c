// SPDX-License-Identifier: BSD-2-Clause
/* The `session` line: a connection's ends, clock and opening; and its end. */
#include "script.h"

#include <stdlib.h>
#include <time.h>

#include "put.h"

/* 2026-01-02T03:04:05Z: when the first session begins unless it says otherwise. */
#define FIRST_SESSION (1767323045 * TALK_SECOND)

#define CLIENT_PORT 49151 /* plus the session's number */
#define SERVER_PORT 25

/*
 * 192.0.2.10 becomes 2001:db8::192:0:2:10: decimal digits read as hexadecimal ones, so that people
 * recognise the address, and a stream editor can map it back.
 */
static void map_to_ipv6(struct addr *addr)
{
	struct addr mapped = { .ip = { 0x20, 0x01, 0x0d, 0xb8 }, .length = 16 };

	for (int i = 0; i < 4; i++) {
		unsigned int n = addr->ip[i];

		mapped.ip[8 + 2 * i] = (uint8_t)(n / 100);
		mapped.ip[9 + 2 * i] = (uint8_t)(n / 10 % 10 << 4 | n % 10);
	}
	*addr = mapped;
}

static bool parse_endpoint(const char *word, struct endpoint *out)
{
	struct bytes addr = bytes_str(word);
	const char *colon = strrchr(word, ':');
	int64_t port = out->port;

	if (colon && (strchr(word, ':') == colon || colon[-1] == ']')) {
		addr.n = (size_t)(colon - word);
		if (!parse_number(colon + 1, 1, 65535, &port))
			return false;
	}
	if (addr.n >= 2 && addr.p[0] == '[') {
		addr.p++;
		addr.n -= 2;
	}
	out->port = (uint16_t)port;
	return addr_parse(addr, &out->addr);
}

bool session_endpoint(const struct script *script, const char *word, struct endpoint *out)
{
	if (!parse_endpoint(word, out))
		return false;
	if (script->ipv6 && out->addr.length == 4)
		map_to_ipv6(&out->addr);
	return true;
}

void session_start_clock(struct script *script)
{
	if (!script->talk.now)
		script->talk.now = FIRST_SESSION;
}

static bool set_end(struct script *script, struct words *words, enum side side)
{
	const char *key = side == CLIENT ? "client" : "server";
	const char *word = words_get(words, key);
	struct talk_end *end = &script->talk.end[side];

	end->at.port = side == SERVER ? SERVER_PORT : (uint16_t)(CLIENT_PORT + script->sessions);
	if (!word)
		word = side == SERVER ? "198.51.100.25" : "192.0.2.10";
	return session_endpoint(script, word, &end->at) ||
	       script_fail(script, "%s: not ADDRESS:PORT", word);
}

static bool set_numbers(struct script *script, struct words *words)
{
	static const struct {
		const char *key;
		int64_t max, standard[2];
	} numbers[] = {
		{ "ttl-client", 255, { 64, 0 } },
		{ "ttl-server", 255, { 0, 57 } },
		{ "isn-client", UINT32_MAX, { 1000000, 0 } },
		{ "isn-server", UINT32_MAX, { 0, 3000000 } },
	};
	struct talk_end *end = script->talk.end;
	int64_t value[4];

	for (size_t i = 0; i < 4; i++) {
		const char *word = words_get(words, numbers[i].key);

		value[i] = numbers[i].standard[i % 2];
		if (word && !parse_number(word, 0, numbers[i].max, &value[i]))
			return script_fail(script, "%s: not a number", numbers[i].key);
	}
	for (int i = 0; i < 2; i++) {
		end[i].ttl = (uint8_t)value[i];
		end[i].first = (uint32_t)value[2 + i] + script->sessions * 65536;
		end[i].window = 64240;
		end[i].ip_id = (uint16_t)(script->sessions * 1000 + (unsigned int)i * 500);
		end[i].captured = true;
	}
	if (words_get(words, "isn-client"))
		end[CLIENT].first = (uint32_t)value[2];
	if (words_get(words, "isn-server"))
		end[SERVER].first = (uint32_t)value[3];
	return true;
}

static bool set_checksums(struct script *script, struct words *words)
{
	static const char *const keys[] = { "checksum-client", "checksum-server" };

	for (int i = 0; i < 2; i++) {
		const char *word = words_get(words, keys[i]);

		if (word && !parse_checksum(word, &script->talk.end[i].checksum))
			return script_fail(
				script, "%s=%s: not good, bad or unfilled", keys[i], word);
	}
	return true;
}

/* at=2026-01-02T03:04:05Z, or after=300s behind the end of the session before. */
static bool set_clock(struct script *script, struct words *words, int64_t previous)
{
	const char *at = words_get(words, "at"), *after = words_get(words, "after");
	int64_t pause = TALK_SECOND;
	struct tm tm = { 0 };

	script->talk.now = previous ? previous : FIRST_SESSION;
	if (after && !parse_duration(after, &pause))
		return script_fail(script, "after=%s: not a length of time", after);
	if (previous)
		script->talk.now += pause;
	if (!at)
		return true;
	at = strptime(at, "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (!at || *at)
		return script_fail(script, "at: not like 2026-01-02T03:04:05Z");
	script->talk.now = timegm(&tm) * TALK_SECOND;
	return true;
}

static bool set_sight(struct script *script, struct words *words)
{
	const char *only = words_get(words, "only");
	enum side seen;

	if (!only)
		return true;
	if (!parse_side(only, &seen))
		return script_fail(script, "only=%s: not C or S", only);
	script->talk.end[side_other(seen)].captured = false;
	return true;
}

bool session_begin(struct script *script, struct words *words)
{
	struct talk *talk = &script->talk;
	enum talk_start start = START_WHOLE;
	struct text early = { 0 };
	const char *syn_data;
	int64_t previous;

	session_end(script);
	previous = talk->now;
	*talk = (struct talk){ .mss = 1460, .style = &script->style, .trace = &script->trace };
	script->sessions++;
	script->handshakes = 0;
	script->closer = CLIENT;
	script->in_session = true;
	if (!set_end(script, words, CLIENT) || !set_end(script, words, SERVER) ||
		!set_numbers(script, words) || !set_clock(script, words, previous) ||
		!set_sight(script, words) || !set_checksums(script, words))
		return false;
	if (words_has(words, "midstream"))
		start = START_MIDSTREAM;
	else if (words_has(words, "refused"))
		start = START_REFUSED;
	else if (words_has(words, "unanswered"))
		start = START_UNANSWERED;
	talk->extensions = words_has(words, "extensions");
	syn_data = words_get(words, "syndata");
	if (syn_data)
		words_unescape(&early, syn_data, strlen(syn_data));
	talk_open(talk, start, text_bytes(&early));
	text_free(&early);
	return true;
}

void session_end(struct script *script)
{
	if (!script->in_session)
		return;
	talk_close(&script->talk, script->closer);
	tls_pair_free(script->tls);
	script->tls = NULL;
	script->in_session = false;
}
