// SPDX-License-Identifier: BSD-2-Clause
#include "lab/middlebox/technique.h"

#include <stdio.h>
#include <string.h>

#include "lab/middlebox/interfere.h"
#include "lab/middlebox/rewrite.h"

static const struct technique techniques[] = {
	{ "honest", "-", "-", "both streams as they come", .rewrite = &rewrite_honest },
	{ "mask-banner", "-", "-", "the greeting as asterisks", .rewrite = &rewrite_mask_banner },
	{ "delete", "starttls-absent,starttls-lost",
		"starttls-not-requested,tls-no-longer-requested",
		"the line STARTTLS gone from the EHLO reply, its last line repaired",
		.rewrite = &rewrite_delete },
	{ "mask", "starttls-mangled", "starttls-not-requested,tls-no-longer-requested",
		"the line STARTTLS as XXXXXXXA", .rewrite = &rewrite_mask },
	{ "mask-all", "starttls-mangled", "starttls-not-requested,tls-no-longer-requested",
		"the line STARTTLS as XXXXXXXX", .rewrite = &rewrite_mask_all },
	{ "mask-command", "starttls-refused", "starttls-command-mangled",
		"the client's STARTTLS as XXXXXXXX", .rewrite = &rewrite_mask_command },
	{ "refuse-454", "starttls-refused", "starttls-not-requested,tls-no-longer-requested",
		"STARTTLS answered with 454 in the server's place",
		.rewrite = &rewrite_refuse_454 },
	{ "refuse-502", "starttls-refused", "starttls-not-requested,tls-no-longer-requested",
		"STARTTLS answered with 502 in the server's place",
		.rewrite = &rewrite_refuse_502 },
	{ "refuse-echo", "starttls-refused,command-echo-mangled",
		"starttls-not-requested,tls-no-longer-requested",
		"STARTTLS answered with 500 and the quotation XXXXXXXX",
		.rewrite = &rewrite_refuse_echo },
	{ "reject-ehlo", "ehlo-rejected,starttls-lost", "-",
		"EHLO answered with 502, so that HELO follows", .rewrite = &rewrite_reject_ehlo },
	{ "swallow", "starttls-swallowed", "-", "STARTTLS gone, without an answer",
		.rewrite = &rewrite_swallow },
	{ "stall", "tls-handshake-stalled", "-", "everything of the client's gone after the 220",
		.rewrite = &rewrite_stall },
	{ "replace-hello", "tls-replaced-by-text", "tls-handshake-failed",
		"the ServerHello replaced by a line 454", .rewrite = &rewrite_replace_hello },
	{ "cut", "text-inside-tls", "-", "a line 454 in the middle of TLS, then the end",
		.rewrite = &rewrite_cut },
	{ "inject-command", "-", "plaintext-after-starttls",
		"a command behind STARTTLS, in the same segment",
		.rewrite = &rewrite_inject_command },
	{ "inject-reply", "response-after-220", "-", "a reply behind the 220, in the same segment",
		.rewrite = &rewrite_inject_reply },
	{ "terminate", "certificate-changed", "-", "TLS to either side, with its own certificate",
		.rewrite = &rewrite_terminate, .needs_key = true },
	{ "half-strip", "certificate-changed", "starttls-not-requested,tls-no-longer-requested",
		"TLS to the client with its own certificate, clear text to the server",
		.rewrite = &rewrite_half_strip, .needs_key = true },

	{ "forward", "-", "-", "every packet as it comes", .interference = &interfere_forward },
	{ "bytewise", "-", "-", "a packet for every byte", .interference = &interfere_bytewise },
	{ "lose", "-", "-", "some packets lost", .interference = &interfere_lose },
	{ "reorder", "-", "-", "some packets overtaken", .interference = &interfere_reorder },
	{ "disturb", "-", "-", "some packets lost, some overtaken",
		.interference = &interfere_disturb },
	{ "repeat", "-", "-", "some packets twice", .interference = &interfere_repeat },
	{ "reset-starttls", "reset-at-starttls,reset-injected", "reset-at-starttls,reset-injected",
		"at STARTTLS a forged RST to the client, then one to the server",
		.interference = &interfere_reset_starttls },
	{ "reset-hello", "reset-at-starttls,reset-injected", "reset-at-starttls,reset-injected",
		"the same at the ClientHello", .interference = &interfere_reset_hello },
	{ "overwrite-command", "starttls-refused", "starttls-command-mangled",
		"the client's STARTTLS as XXXXXXXX, in its packet",
		.interference = &interfere_overwrite_command },
	{ "overwrite-offer", "starttls-mangled", "starttls-not-requested,tls-no-longer-requested",
		"the line STARTTLS as XXXXXXXA, in its packet",
		.interference = &interfere_overwrite_offer },
	{ "overwrite-reply", "starttls-refused,ttl-shift", "no-tls-after-220",
		"the 220 to STARTTLS as a 454 of the same length, from farther away",
		.interference = &interfere_overwrite_reply },
	{ "overlap", "segment-conflict", "starttls-not-requested,tls-no-longer-requested",
		"a forged EHLO reply just before the real one, at the same sequence numbers",
		.interference = &interfere_overlap },
	{ "drop-hello", "tls-handshake-stalled", "-", "packets with a ClientHello lost",
		.interference = &interfere_drop_hello },
};

#define TECHNIQUES (sizeof(techniques) / sizeof(*techniques))

const struct technique *technique_named(const char *name)
{
	for (size_t i = 0; i < TECHNIQUES; i++)
		if (strcmp(techniques[i].name, name) == 0)
			return &techniques[i];
	return NULL;
}

static bool is_honest(const struct technique *technique)
{
	return strcmp(technique->sender, "-") == 0 && strcmp(technique->receiver, "-") == 0;
}

void technique_list(void)
{
	for (size_t i = 0; i < TECHNIQUES; i++)
		printf("%s %s %s %s\n", techniques[i].name, techniques[i].sender,
			techniques[i].receiver, is_honest(&techniques[i]) ? "silent" : "alert");
}

void technique_explain(void)
{
	for (size_t i = 0; i < TECHNIQUES; i++)
		fprintf(stderr, "  %-18s %s\n", techniques[i].name, techniques[i].what);
}
