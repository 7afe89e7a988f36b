// SPDX-License-Identifier: BSD-2-Clause
/*
 * Asks the resolver, the fetcher and the MTA-STS discovery, and prints what they say, a line a
 * question in the order of the answers: how the tests reach them, and a person in doubt.
 *
 *   ask [OPTIONS] dns TYPE NAME...             A AAAA CNAME MX TXT TLSA
 *   ask [OPTIONS] get HOST PATH ADDRESS
 *   ask [OPTIONS] sts DOMAIN[=KNOWN-ID]...
 *
 *   -s SERVERS  name servers, ADDRESS:PORT,...; else the system's
 *   -c CA       file or folder of trust anchors; else the system's
 *   -p PORT     of HTTPS; else 443
 *   -t MS       for all of a fetch, and for one try of a DNS question
 *   -r TIMES    repeat all questions that often, at once
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/text.h"
#include "evidence/sts_fetch.h"

struct asker {
	struct loop *loop;
	struct resolver *resolver;
	struct fetcher *fetcher;
	unsigned int outstanding;
};

static const struct {
	const char *name;
	enum dns_type type;
} types[] = {
	{ "A", DNS_A },
	{ "AAAA", DNS_AAAA },
	{ "CNAME", DNS_CNAME },
	{ "MX", DNS_MX },
	{ "TXT", DNS_TXT },
	{ "TLSA", DNS_TLSA },
};

#define TYPES (sizeof(types) / sizeof(*types))

static const char *type_name(enum dns_type type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (types[i].type == type)
			return types[i].name;
	return "?";
}

static void add_record(struct text *out, const struct dns_record *record)
{
	char addr[ADDR_TEXT];

	switch (record->type) {
	case DNS_MX:
		text_printf(out, "%u %s", record->mx.preference,
			record->mx.host[0] ? record->mx.host : ".");
		break;
	case DNS_CNAME:
		text_puts(out, record->host);
		break;
	case DNS_TXT:
		text_putc(out, '"');
		text_printable(out, record->txt, DNS_DATA_MAX);
		text_putc(out, '"');
		break;
	case DNS_TLSA:
		text_printf(out, "%u %u %u ", record->tlsa.usage, record->tlsa.selector,
			record->tlsa.matching);
		text_hex(out, record->tlsa.data, false);
		break;
	default:
		text_puts(out, addr_format(&record->addr, addr));
	}
}

static void answered(struct asker *asker)
{
	fflush(stdout);
	if (--asker->outstanding == 0)
		loop_stop(asker->loop);
}

static void on_dns(void *context, enum dns_status status, const struct dns_answer *answer)
{
	struct text out = { 0 };

	text_printf(
		&out, "%s %s: %s", answer->name, type_name(answer->type), dns_status_name(status));
	if (status == DNS_OK)
		text_printf(&out, ", ttl %u", answer->ttl);
	if (answer->authentic)
		text_puts(&out, ", authentic");
	if (strcmp(answer->name, answer->canonical) != 0)
		text_printf(&out, ", %s", answer->canonical);
	for (size_t i = 0; status == DNS_OK && i < answer->count; i++) {
		text_puts(&out, i ? "; " : ": ");
		add_record(&out, &answer->records[i]);
	}
	puts(out.s);
	text_free(&out);
	answered(context);
}

static void on_fetch(void *context, const struct fetch_result *result)
{
	printf("%s %ld %s\n", fetch_status_name(result->status), result->http_status,
		result->reason);
	if (result->body.n)
		fwrite(result->body.p, 1, result->body.n, stdout);
	answered(context);
}

static void on_sts(void *context, const struct sts_result *result)
{
	const char *type = sts_outcome_result_type(result->outcome);

	printf("%s: %s", result->domain, sts_outcome_name(result->outcome));
	if (type)
		printf(", %s", type);
	if (result->id)
		printf(", id %s", result->id);
	if (result->policy)
		printf(", %zu mx, max_age %u", result->policy->mx_count, result->policy->max_age);
	if (result->reason[0])
		printf(": %s", result->reason);
	putchar('\n');
	answered(context);
}

static bool ask_dns(struct asker *asker, int n, char **words)
{
	size_t i = 0;

	while (i < TYPES && n && strcasecmp(types[i].name, words[0]) != 0)
		i++;
	if (n < 2 || i == TYPES)
		return false;
	for (int k = 1; k < n; k++) {
		asker->outstanding++;
		resolver_ask(asker->resolver, words[k], types[i].type, on_dns, asker);
	}
	return true;
}

static bool ask_web(struct asker *asker, int n, char **words)
{
	struct addr addr;

	if (n != 3 || !addr_parse(bytes_str(words[2]), &addr))
		return false;
	asker->outstanding++;
	fetch_start(asker->fetcher, words[0], words[1], &addr, 1, NULL, on_fetch, asker);
	return true;
}

static bool ask_sts(struct asker *asker, int n, char **words)
{
	for (int i = 0; i < n; i++) {
		const char *equals = strchr(words[i], '=');
		char *domain =
			strndup(words[i], equals ? (size_t)(equals - words[i]) : strlen(words[i]));

		asker->outstanding++;
		sts_fetch(asker->resolver, asker->fetcher, domain, equals ? equals + 1 : NULL,
			on_sts, asker);
		free(domain);
	}
	return n > 0;
}

static bool ask(struct asker *asker, int n, char **words)
{
	if (n && strcmp(words[0], "dns") == 0)
		return ask_dns(asker, n - 1, words + 1);
	if (n && strcmp(words[0], "get") == 0)
		return ask_web(asker, n - 1, words + 1);
	if (n && strcmp(words[0], "sts") == 0)
		return ask_sts(asker, n - 1, words + 1);
	return false;
}

struct options {
	struct resolver_params dns;
	struct fetch_params web;
	unsigned int times;
};

static bool read_options(int argc, char **argv, struct options *out)
{
	int option;

	*out = (struct options){ .times = 1 };
	while ((option = getopt(argc, argv, "s:c:p:t:r:")) != -1) {
		uint64_t number = 0;

		if (strchr("ptr", option) && !text_parse_uint(bytes_str(optarg), 1000000, &number))
			return false;
		if (option == 's')
			out->dns.servers = optarg;
		else if (option == 'c')
			out->web.ca = optarg;
		else if (option == 'p')
			out->web.port = (uint16_t)number;
		else if (option == 't')
			out->web.timeout = out->dns.timeout = (unsigned int)number;
		else if (option == 'r')
			out->times = (unsigned int)number;
		else
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct asker asker = { 0 };
	struct options options;
	int status = 2;
	bool good = read_options(argc, argv, &options);

	asker.loop = loop_new();
	asker.resolver = resolver_new(asker.loop, &options.dns);
	asker.fetcher = fetcher_new(asker.loop, &options.web);
	if (!asker.resolver || !asker.fetcher)
		good = false;
	while (good && options.times--)
		good = ask(&asker, argc - optind, argv + optind);
	if (good) {
		loop_run(asker.loop);
		status = 0;
	} else {
		fputs("usage: ask [-s SERVERS] [-c CA] [-p PORT] [-t MS] [-r TIMES] "
		      "dns TYPE NAME... | get HOST PATH ADDRESS | sts DOMAIN[=ID]...\n",
			stderr);
	}
	resolver_free(asker.resolver);
	fetcher_free(asker.fetcher);
	loop_free(asker.loop);
	return status;
}
