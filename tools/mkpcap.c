// SPDX-License-Identifier: BSD-2-Clause
/*
 * mkpcap NAME.dlg NAME.pcap: a readable dialogue becomes a capture, the same bytes every time. The
 * language is described in tools/mkpcap.md.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "dlg/script.h"

static int usage(void)
{
	fputs("usage: mkpcap [-6] [-k KEYS] NAME.dlg NAME.pcap\n"
	      "       mkpcap -V\n"
	      "  -6       IPv4 addresses become IPv6 ones (192.0.2.10: 2001:db8::192:0:2:10)\n"
	      "  -k KEYS  folder of certificates and keys (default: keys beside NAME.dlg)\n"
	      "  -V       the release of OpenSSL that makes the handshakes\n",
		stderr);
	return 2;
}

static int complain(const char *path)
{
	fprintf(stderr, "mkpcap: %s: %s\n", path, strerror(errno));
	return 1;
}

static bool read_file(const char *path, struct text *out)
{
	FILE *in = fopen(path, "rb");
	char buffer[4096];
	size_t n;
	bool good;

	if (!in)
		return false;
	while ((n = fread(buffer, 1, sizeof(buffer), in)) > 0)
		text_add(out, bytes_of(buffer, n));
	good = !ferror(in);
	fclose(in);
	return good;
}

/* @name in the folder of @path. */
static void beside(struct text *out, const char *path, const char *name)
{
	char *copy = mem_strdup(path);

	text_printf(out, "%s/%s", dirname(copy), name);
	free(copy);
}

static bool write_bytes(const char *path, struct bytes bytes)
{
	FILE *out = fopen(path, "wb");
	bool good;

	if (!out)
		return false;
	good = fwrite(bytes.p, 1, bytes.n, out) == bytes.n;
	return fclose(out) == 0 && good;
}

static int write_results(struct script *script, const char *path)
{
	struct text keylog = { 0 };
	FILE *out = fopen(path, "wb");
	bool good;

	if (!out)
		return complain(path);
	script->format.link = script->style.link;
	good = trace_write(&script->trace, &script->format, out);
	if (fclose(out) != 0 || !good)
		return complain(path);
	if (!script->keylog_name.n)
		return 0;
	beside(&keylog, path, script->keylog_name.s);
	good = write_bytes(keylog.s, tls_world_keylog());
	if (!good)
		complain(keylog.s);
	text_free(&keylog);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct script script = {
		.style = { .link = LINK_ETHERNET },
		.format = { .snaplen = 262144 },
	};
	struct text keys = { 0 }, source = { 0 };
	int option, status = 1;

	while ((option = getopt(argc, argv, "6k:V")) != -1) {
		if (option == '6')
			script.ipv6 = true;
		else if (option == 'k')
			script.keys = optarg;
		else if (option == 'V')
			return puts(tls_world_version()) < 0;
		else
			return usage();
	}
	if (argc - optind != 2)
		return usage();
	script.name = argv[optind];
	if (!read_file(script.name, &source))
		return complain(script.name);
	if (!script.keys) {
		beside(&keys, script.name, "keys");
		script.keys = keys.s;
	}
	if (script_run(&script, bytes_of(source.s, source.n)))
		status = write_results(&script, argv[optind + 1]);
	else
		fprintf(stderr, "%s\n", script.error.s);
	script_free(&script);
	tls_world_fini();
	text_free(&keys);
	text_free(&source);
	return status;
}
