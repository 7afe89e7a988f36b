// SPDX-License-Identifier: BSD-2-Clause
#include "sink/document.h"

#include <stdlib.h>

#include "base/mem.h"

static const struct {
	const char *word, *name;
} datasets[] = {
#define X(id, word, name) [id] = { word, name },
	DATASET_LIST(X)
#undef X
};

const char *dataset_word(enum dataset dataset)
{
	return datasets[dataset].word;
}

const char *dataset_name(enum dataset dataset)
{
	return datasets[dataset].name;
}

bool dataset_parse(struct bytes word, enum dataset *out)
{
	for (int i = 0; i < DATASETS; i++) {
		if (bytes_equal(word, bytes_str(datasets[i].word))) {
			*out = (enum dataset)i;
			return true;
		}
	}
	return false;
}

struct document *document_new(
	enum dataset dataset, enum severity severity, int64_t time, struct text *json)
{
	struct document *document = mem_alloc(sizeof(*document));

	*document = (struct document){
		.dataset = dataset,
		.severity = severity,
		.time = time,
		.json = json->s,
		.length = json->n,
	};
	*json = (struct text){ 0 };
	return document;
}

void document_free(struct document *document)
{
	if (!document)
		return;
	free(document->json);
	free(document->text);
	free(document);
}
