// SPDX-License-Identifier: BSD-2-Clause
/* Everything of the form "name: words". One function and one row of the table a directive. */
#include "script.h"

#include <stdlib.h>

#include "put.h"

/* By how much an IPv6 header is longer: the snap length must cut the same payload in both families.
 */
#define IPV6_EXTRA 20

static bool next_number(
	struct script *script, struct words *words, int64_t min, int64_t max, int64_t *out)
{
	const struct text *word = words_next(words);

	if (!word || !parse_number(word->s, min, max, out))
		return script_fail(script, "expected a number from %lld to %lld", (long long)min,
			(long long)max);
	return true;
}

static bool next_side(struct script *script, struct words *words, enum side *out)
{
	const struct text *word = words_next(words);

	if (!word || !parse_side(word->s, out))
		return script_fail(script, "expected C or S");
	return true;
}

/* key=number, which may be left out: then *@out stays. */
static bool get_number(struct script *script, struct words *words, const char *key, int64_t min,
	int64_t max, int64_t *out)
{
	const char *word = words_get(words, key);

	if (word && !parse_number(word, min, max, out))
		return script_fail(script, "%s: expected a number from %lld to %lld", key,
			(long long)min, (long long)max);
	return true;
}

static bool run_link(struct script *script, struct words *words)
{
	const struct text *word = words_next(words);

	if (!word || !frame_link_parse(word->s, &script->style.link))
		return script_fail(script, "no such link type");
	if (script->ipv6 && script->style.link == LINK_IPV4)
		script->style.link = LINK_IPV6;
	return true;
}

static bool run_encap(struct script *script, struct words *words)
{
	const struct text *word;

	while ((word = words_next(words)) != NULL) {
		struct frame_layer *layer = &script->style.layers[script->style.layer_count];
		unsigned int numbers;
		int64_t value;

		if (script->style.layer_count == FRAME_LAYERS_MAX)
			return script_fail(script, "too many encapsulations");
		if (!frame_layer_parse(word->s, &layer->kind, &numbers))
			return script_fail(script, "%s: no such encapsulation", word->s);
		for (unsigned int i = 0; i < numbers; i++) {
			if (!next_number(script, words, 0, 0xffffff, &value))
				return false;
			layer->number[i] = (uint32_t)value;
		}
		script->style.layer_count++;
	}
	return true;
}

static bool run_format(struct script *script, struct words *words)
{
	script->format.pcapng = words_has(words, "pcapng");
	script->format.big_endian = words_has(words, "big");
	script->format.nanoseconds = words_has(words, "ns");
	return true;
}

static bool run_snaplen(struct script *script, struct words *words)
{
	int64_t value;

	if (!next_number(script, words, 1, 262144, &value))
		return false;
	script->format.snaplen = (uint32_t)value + (script->ipv6 ? IPV6_EXTRA : 0);
	return true;
}

static bool run_keylog(struct script *script, struct words *words)
{
	const struct text *word = words_next(words);

	if (!word)
		return script_fail(script, "expected a file name");
	text_add(&script->keylog_name, text_bytes(word));
	return true;
}

static bool run_flush(struct script *script, struct words *words)
{
	(void)words;
	talk_flush(&script->talk);
	return true;
}

static bool run_split(struct script *script, struct words *words)
{
	int64_t value;

	if (!next_number(script, words, 0, 65535, &value))
		return false;
	talk_flush(&script->talk);
	script->talk.split = (size_t)value;
	return true;
}

static bool run_fragment(struct script *script, struct words *words)
{
	int64_t value;

	script->talk.last_first = words_has(words, "reverse");
	if (!next_number(script, words, 0, 65528, &value) || value % 8)
		return script_fail(script, "expected a multiple of eight");
	talk_flush(&script->talk);
	script->talk.fragment = (size_t)value;
	return true;
}

static bool run_gap(struct script *script, struct words *words)
{
	enum side side;
	int64_t length, at = 0;
	struct talk_accident *accident;

	if (!next_side(script, words, &side))
		return false;
	if (words_has(words, "all"))
		length = INT32_MAX;
	else if (!next_number(script, words, 1, INT32_MAX, &length))
		return false;
	if (!get_number(script, words, "at", 0, INT32_MAX, &at))
		return false;
	talk_flush(&script->talk);
	accident = &script->talk.end[side].accident;
	if (accident->hole_count == TALK_HOLES_MAX)
		return script_fail(script, "too many holes in one flight");
	accident->holes[accident->hole_count++] =
		(struct talk_hole){ .at = (size_t)at, .length = (size_t)length };
	return true;
}

/* The accidents that are a mark on the next flight of a side, nothing more. */
static struct talk_accident *next_flight(struct script *script, struct words *words)
{
	enum side side;

	if (!next_side(script, words, &side))
		return NULL;
	talk_flush(&script->talk);
	return &script->talk.end[side].accident;
}

static bool run_lose(struct script *script, struct words *words)
{
	struct talk_accident *accident = next_flight(script, words);

	if (accident)
		accident->lose = true;
	return accident != NULL;
}

static bool run_reorder(struct script *script, struct words *words)
{
	struct talk_accident *accident = next_flight(script, words);

	if (accident)
		accident->reorder = true;
	return accident != NULL;
}

static bool run_duplicate(struct script *script, struct words *words)
{
	struct talk_accident *accident = next_flight(script, words);

	if (accident)
		accident->duplicate = true;
	return accident != NULL;
}

static bool run_urgent(struct script *script, struct words *words)
{
	struct talk_accident *accident = next_flight(script, words);

	if (accident)
		accident->urgent = true;
	return accident != NULL;
}

static bool run_ttl(struct script *script, struct words *words)
{
	struct talk_accident *accident = next_flight(script, words);
	int64_t value;

	if (!accident || !next_number(script, words, 1, 255, &value))
		return false;
	accident->ttl = (uint8_t)value;
	return true;
}

static bool run_overlap(struct script *script, struct words *words)
{
	struct talk_accident *accident = next_flight(script, words);
	const struct text *bytes;
	int64_t at = 0, ttl = 0;

	if (!accident)
		return false;
	accident->decoy_first = words_has(words, "first");
	accident->decoy_bad_checksum = words_has(words, "bad-checksum");
	if (!get_number(script, words, "at", 0, INT32_MAX, &at) ||
		!get_number(script, words, "ttl", 1, 255, &ttl))
		return false;
	bytes = words_next(words);
	if (!bytes)
		return script_fail(script, "expected the other bytes");
	accident->decoy = true;
	accident->decoy_at = (size_t)at;
	accident->decoy_ttl = (uint8_t)ttl;
	text_add(&accident->decoy_bytes, text_bytes(bytes));
	return true;
}

static bool run_rst(struct script *script, struct words *words)
{
	int64_t seq = 0, ack = 0, ttl = 0, window = 0, id = 0;
	struct talk_reset how = { 0 };
	enum side side;

	if (!next_side(script, words, &side) ||
		!get_number(script, words, "seq", INT32_MIN, INT32_MAX, &seq) ||
		!get_number(script, words, "ack", INT32_MIN, INT32_MAX, &ack) ||
		!get_number(script, words, "ttl", 1, 255, &ttl) ||
		!get_number(script, words, "window", 0, UINT16_MAX, &window) ||
		!get_number(script, words, "id", 1, UINT16_MAX, &id))
		return false;
	how.seq = (int32_t)seq;
	how.ack = (int32_t)ack;
	how.ttl = (uint8_t)ttl;
	how.window = (uint16_t)window;
	how.ip_id = (uint16_t)id;
	how.without_ack = words_has(words, "noack");
	how.bad_checksum = words_has(words, "bad-checksum");
	how.goes_on = words_has(words, "unnoticed");
	talk_reset(&script->talk, side, &how);
	return true;
}

static bool run_fin(struct script *script, struct words *words)
{
	enum side side;

	if (!next_side(script, words, &side))
		return false;
	talk_fin(&script->talk, side);
	return true;
}

static bool run_ack(struct script *script, struct words *words)
{
	enum side side;

	if (!next_side(script, words, &side))
		return false;
	talk_ack(&script->talk, side);
	return true;
}

static bool run_close(struct script *script, struct words *words)
{
	return next_side(script, words, &script->closer);
}

static bool run_no_close(struct script *script, struct words *words)
{
	(void)words;
	talk_flush(&script->talk);
	script->talk.open = false;
	return true;
}

static bool run_wait(struct script *script, struct words *words)
{
	const struct text *word = words_next(words);
	int64_t ns;

	if (!word || !parse_duration(word->s, &ns))
		return script_fail(script, "expected a length of time like 2s");
	talk_wait(&script->talk, ns);
	return true;
}

static bool run_keepalive(struct script *script, struct words *words)
{
	enum side side;

	if (!next_side(script, words, &side))
		return false;
	talk_keepalive(&script->talk, side);
	return true;
}

static bool run_retransmit(struct script *script, struct words *words)
{
	enum side side;

	if (!next_side(script, words, &side))
		return false;
	talk_retransmit(&script->talk, side);
	return true;
}

static bool run_mute(struct script *script, struct words *words)
{
	enum side side;

	if (!next_side(script, words, &side))
		return false;
	talk_flush(&script->talk);
	script->talk.end[side].mute = true;
	return true;
}

static bool run_window(struct script *script, struct words *words)
{
	enum side side;
	int64_t value;

	if (!next_side(script, words, &side) || !next_number(script, words, 0, UINT16_MAX, &value))
		return false;
	talk_flush(&script->talk);
	script->talk.end[side].window = (uint16_t)value;
	talk_ack(&script->talk, side);
	return true;
}

static bool run_checksum(struct script *script, struct words *words)
{
	const struct text *word;
	enum side side;

	if (!next_side(script, words, &side))
		return false;
	talk_flush(&script->talk);
	word = words_next(words);
	return (word && parse_checksum(word->s, &script->talk.end[side].checksum)) ||
	       script_fail(script, "expected good, bad or unfilled");
}

/* Lines of a message's body, @length bytes in all. */
static void put_body(struct text *out, size_t length)
{
	static const char line[] = "The quick brown fox jumps over the lazy dog and goes on.\r\n";

	while (out->n < length) {
		size_t left = length - out->n;

		if (left >= sizeof(line) - 1)
			text_puts(out, line);
		else
			text_add(out, bytes_of(line + sizeof(line) - 1 - left, left));
	}
}

static bool run_fill(struct script *script, struct words *words)
{
	bool encrypted = words_has(words, "tls"), good = true;
	struct text body = { 0 };
	enum side side;
	int64_t length;

	if (!next_side(script, words, &side) || !next_number(script, words, 1, 1000000, &length))
		return false;
	put_body(&body, (size_t)length);
	if (encrypted)
		good = handshake_say(script, side, text_bytes(&body));
	else
		talk_say(&script->talk, side, text_bytes(&body));
	text_free(&body);
	return good;
}

static bool run_tls_close(struct script *script, struct words *words)
{
	enum side side;

	return next_side(script, words, &side) && handshake_shut(script, side);
}

bool directive_run(struct script *script, const char *name, struct words *words)
{
	static const struct {
		const char *name;
		bool in_session;
		bool (*run)(struct script *script, struct words *words);
	} table[] = {
		{ "link", false, run_link },
		{ "encap", false, run_encap },
		{ "format", false, run_format },
		{ "snaplen", false, run_snaplen },
		{ "keylog", false, run_keylog },
		{ "dns", false, lookup_run },
		{ "flush", true, run_flush },
		{ "split", true, run_split },
		{ "fragment", true, run_fragment },
		{ "gap", true, run_gap },
		{ "lose", true, run_lose },
		{ "reorder", true, run_reorder },
		{ "duplicate", true, run_duplicate },
		{ "urgent", true, run_urgent },
		{ "ttl", true, run_ttl },
		{ "overlap", true, run_overlap },
		{ "rst", true, run_rst },
		{ "fin", true, run_fin },
		{ "ack", true, run_ack },
		{ "close", true, run_close },
		{ "no-close", true, run_no_close },
		{ "wait", true, run_wait },
		{ "keepalive", true, run_keepalive },
		{ "retransmit", true, run_retransmit },
		{ "mute", true, run_mute },
		{ "window", true, run_window },
		{ "checksum", true, run_checksum },
		{ "fill", true, run_fill },
		{ "tls", true, handshake_run },
		{ "tls-close", true, run_tls_close },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (strcmp(table[i].name, name) != 0)
			continue;
		if (table[i].in_session && !script->in_session)
			return script_fail(script, "%s: there is no session yet", name);
		return table[i].run(script, words);
	}
	return script_fail(script, "%s: no such directive", name);
}
