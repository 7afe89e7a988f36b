// SPDX-License-Identifier: BSD-2-Clause
/*
 * Any text is a tree or a told mistake, never both; a tree keeps its bounds and every node has a
 * place.
 */
#include <stdlib.h>

#include "base/yml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct yml *node, bool in_map, size_t depth)
{
	if (depth > YML_DEPTH_MAX || !node->line || !node->column)
		abort();
	if (in_map != (node->key != NULL) || in_map != (node->key_line && node->key_column))
		abort();
	if ((node->kind == YML_SCALAR) != (node->scalar != NULL))
		abort();
	if (node->kind == YML_SCALAR && node->child)
		abort();
	for (const struct yml *child = node->child; child; child = child->next)
		check(child, node->kind == YML_MAP, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text errors = { 0 };
	struct yml *yaml = yml_parse(bytes_of(data, size), "fuzz", &errors);

	if ((yaml != NULL) == (errors.n != 0))
		abort();
	if (yaml)
		check(yaml, false, 0);
	yml_free(yaml);
	text_free(&errors);
	return 0;
}
