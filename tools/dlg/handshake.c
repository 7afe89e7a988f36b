// SPDX-License-Identifier: BSD-2-Clause
/* The `tls:` line: real handshakes between the two ends of a session. */
#include "script.h"

#include <stdlib.h>

#include "put.h"

/* The flights of a handshake by name, for cut-after=. */
static bool parse_flights(const char *word, int64_t *out)
{
	static const struct {
		const char *name;
		int64_t flights;
	} names[] = { { "clienthello", 1 }, { "serverhello", 2 }, { "finished", 3 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i].name, word) == 0) {
			*out = names[i].flights;
			return true;
		}
	}
	return parse_number(word, 1, 100, out);
}

static bool parse_wish(
	struct script *script, struct words *words, struct tls_wish *wish, int64_t *flights)
{
	const char *record_size = words_get(words, "records"), *cut = words_get(words, "cut-after");
	int64_t size = 0;

	*wish = (struct tls_wish){
		.cert = words_get(words, "cert"),
		.client_cert = words_get(words, "client-cert"),
		.version = words_get(words, "version"),
		.client_version = words_get(words, "client"),
		.server_version = words_get(words, "server"),
		.cipher = words_get(words, "cipher"),
		.groups = words_get(words, "groups"),
		.server_groups = words_get(words, "server-groups"),
		.sni = words_get(words, "sni"),
		.alpn = words_get(words, "alpn"),
		.verify = words_get(words, "verify"),
		.resume = words_has(words, "resume"),
		.no_ticket = words_has(words, "no-ticket"),
		.hide_versions = words_has(words, "hide-versions"),
	};
	*flights = INT64_MAX;
	if (record_size && !parse_number(record_size, 512, 16384, &size))
		return script_fail(script, "records=%s: not 512 to 16384", record_size);
	wish->record_size = (size_t)size;
	if (cut && !parse_flights(cut, flights))
		return script_fail(script, "cut-after=%s: not a flight", cut);
	return true;
}

/* Let the ends talk until neither has anything to say, or @flights were sent. */
static void pump(struct script *script, int64_t flights)
{
	enum side side = CLIENT;
	int silent = 0;

	while (silent < 2 && flights > 0) {
		struct text out = { 0 };

		tls_pair_step(script->tls, side, &out);
		silent = out.n ? 0 : silent + 1;
		if (out.n) {
			talk_say(&script->talk, side, text_bytes(&out));
			tls_pair_feed(script->tls, side_other(side), text_bytes(&out));
			flights--;
		}
		text_free(&out);
		side = side_other(side);
	}
	talk_flush(&script->talk);
}

bool handshake_run(struct script *script, struct words *words)
{
	struct tls_wish wish;
	int64_t flights;
	char *error = NULL;

	if (!parse_wish(script, words, &wish, &flights))
		return false;
	talk_flush(&script->talk);
	tls_pair_free(script->tls);
	tls_world_set(script->talk.now, script->sessions * 1000 + script->handshakes++);
	script->tls = tls_pair_new(script->keys, &wish, &error);
	if (!script->tls) {
		script_fail(script, "%s", error);
		free(error);
		return false;
	}
	pump(script, flights);
	return true;
}

bool handshake_say(struct script *script, enum side from, struct bytes clear)
{
	struct text out = { 0 };

	if (!script->tls || !tls_pair_write(script->tls, from, clear, &out))
		return script_fail(script, "there is no TLS to say it in");
	talk_say(&script->talk, from, text_bytes(&out));
	text_free(&out);
	return true;
}

bool handshake_shut(struct script *script, enum side from)
{
	struct text out = { 0 };

	if (!script->tls || !tls_pair_shut(script->tls, from, &out))
		return script_fail(script, "there is no TLS to close");
	talk_say(&script->talk, from, text_bytes(&out));
	text_free(&out);
	return true;
}
