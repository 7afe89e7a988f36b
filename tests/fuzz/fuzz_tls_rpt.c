// SPDX-License-Identifier: BSD-2-Clause
/*
 * The input as two TXT records, divided at the first NUL.
 */
#include <stdlib.h>

#include "evidence/tls_rpt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size ? memchr(data, '\0', size) : NULL;
	size_t first = nul ? (size_t)(nul - data) : size;
	struct bytes records[2] = { bytes_of(data, first) };
	struct tls_rpt rpt;
	enum tls_rpt_status status;

	if (nul)
		records[1] = bytes_of(nul + 1, size - first - 1);
	status = tls_rpt_choose(records, nul ? 2 : 1, &rpt);
	must((status == TLS_RPT_OK) == (rpt.n > 0));
	must(rpt.n <= TLS_RPT_ADDRESSES_MAX);
	for (size_t i = 0; i < rpt.n; i++) {
		char normal[DOMAIN_TEXT];

		must(domain_normalise(bytes_str(rpt.list[i].host), normal));
		must(strcmp(normal, rpt.list[i].host) == 0);
		for (const char *c = rpt.list[i].uri; *c; c++)
			must(*c > ' ' && *c <= '~' && *c != ',' && *c != ';' && *c != '!');
	}
	tls_rpt_fini(&rpt);
	return 0;
}
