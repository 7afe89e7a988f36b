/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation that either succeeds or does not return: with every hostile growth bounded before it
 * allocates, running out of memory is a fault of the set-up, and it ends the program with a line
 * that says how much was wanted. Release with free().
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>
#include "base/bytes.h"

/* @size bytes, all zero. */
void *mem_alloc(size_t size);

/* As realloc(3); new bytes are not zeroed. @size is not 0. */
void *mem_realloc(void *old, size_t size);

/*
 * Room for one more element in the array @array that holds @used elements of @size bytes and has
 * room for *@room: doubles the room when it is full. Returns the array, perhaps moved.
 */
void *mem_grow(void *array, size_t used, size_t *room, size_t size);

/* A NUL-terminated copy of @b; NULs inside it are kept. */
char *mem_string(struct bytes b);

/* A copy of a NUL-terminated string; NULL for NULL. */
char *mem_strdup(const char *s);

#endif
