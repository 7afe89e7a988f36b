// SPDX-License-Identifier: BSD-2-Clause
/* Key log text: the same text twice changes nothing, and no line is both good and bad. */
#include <stdint.h>
#include <stdlib.h>

#include "dialogue/tls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_keylog *keylog = tls_keylog_new();
	size_t bad = 0, again = 0, lines = 1, count;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n' || data[i] == '\r';
	tls_keylog_add(keylog, bytes_of(data, size), &bad);
	count = tls_keylog_count(keylog);
	tls_keylog_add(keylog, bytes_of(data, size), &again);
	if (count + bad > lines || again != bad || tls_keylog_count(keylog) != count)
		abort();
	tls_keylog_free(keylog);
	return 0;
}
