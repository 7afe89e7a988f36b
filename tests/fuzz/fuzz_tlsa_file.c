// SPDX-License-Identifier: BSD-2-Clause
/* Any text is a table of usable records or a told mistake, never both. */
#include <stdlib.h>

#include "evidence/tlsa_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text errors = { 0 };
	struct tlsa_file *file = tlsa_file_parse(bytes_of(data, size), "fuzz", &errors);
	const struct tlsa_host *host;

	if ((file != NULL) == (errors.n != 0))
		abort();
	host = file ? tlsa_file_get(file, "mx.example.com") : NULL;
	if (host && host->records.n + host->records.unusable > host->text_count)
		abort();
	for (size_t i = 0; host && i < host->records.n; i++) {
		const struct dane_record *record = &host->records.list[i];

		if (record->usage < 2 || record->usage > 3 || record->selector > 1)
			abort();
		if (record->matching && record->length != 32 * record->matching)
			abort();
	}
	tlsa_file_free(file);
	text_free(&errors);
	return 0;
}
