// SPDX-License-Identifier: BSD-2-Clause
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static void *checked(void *p, size_t size)
{
	if (p)
		return p;
	fprintf(stderr, "stripwatch: out of memory (%zu bytes wanted)\n", size);
	abort();
}

void *mem_alloc(size_t size)
{
	return checked(calloc(1, size ? size : 1), size);
}

void *mem_realloc(void *old, size_t size)
{
	return checked(realloc(old, size), size);
}

void *mem_grow(void *array, size_t used, size_t *room, size_t size)
{
	if (used < *room)
		return array;
	*room = *room ? *room * 2 : 4;
	return checked(reallocarray(array, *room, size), *room);
}

char *mem_string(struct bytes b)
{
	char *s = checked(malloc(b.n + 1), b.n + 1);

	if (b.n)
		memcpy(s, b.p, b.n);
	s[b.n] = '\0';
	return s;
}

char *mem_strdup(const char *s)
{
	return s ? mem_string(bytes_str(s)) : NULL;
}
