/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the getters of the field table are made of. Private to judge/field*.c.
 */
#ifndef JUDGE_FIELD_GET_H
#define JUDGE_FIELD_GET_H

#include "base/text.h"
#include "judge/field_list.h"

/* The head of a getter; a plain field has no use for @i. */
#define FIELD_GETTER(getter)                                                                       \
	bool field_get_##getter(const struct subject *subject __attribute__((unused)),             \
		size_t i __attribute__((unused)), struct value *value)

/* Each returns whether there is something to say, which is what a plain field's getter returns. */
static inline bool give_absent(struct value *value)
{
	value->kind = VALUE_ABSENT;
	return false;
}

static inline bool give_string(struct value *value, const char *s)
{
	if (!s || !*s)
		return give_absent(value);
	value->kind = VALUE_STRING;
	value->string = s;
	return true;
}

static inline bool give_integer(struct value *value, int64_t integer)
{
	value->kind = VALUE_INTEGER;
	value->integer = integer;
	return true;
}

/* For numbers that count nothing when they are 0. */
static inline bool give_positive(struct value *value, uint64_t n)
{
	return n ? give_integer(value, (int64_t)n) : give_absent(value);
}

static inline bool give_boolean(struct value *value, bool boolean)
{
	value->kind = VALUE_BOOLEAN;
	value->boolean = boolean;
	return true;
}

/* @seen is the truth if it is true; "no" needs @known. */
static inline bool give_seen(struct value *value, bool seen, bool known)
{
	return seen || known ? give_boolean(value, seen) : give_absent(value);
}

/* The room of a value as a buffer. It never grows: what is written is shorter by construction. */
static inline struct text value_room(struct value *value)
{
	return (struct text){ .s = value->room, .room = sizeof(value->room) };
}

static inline bool give_time(struct value *value, int64_t ns)
{
	struct text room = value_room(value);

	text_time(&room, ns);
	return give_string(value, value->room);
}

static inline bool give_time_seconds(struct value *value, int64_t seconds)
{
	struct text room = value_room(value);

	text_time_seconds(&room, seconds);
	return give_string(value, value->room);
}

/* At most 32 bytes. */
static inline bool give_hex(struct value *value, struct bytes b, bool upper)
{
	struct text room = value_room(value);

	text_hex(&room, b, upper);
	return give_string(value, value->room);
}

/* A member of a row that exists, whatever it says. */
static inline bool row(bool said)
{
	(void)said;
	return true;
}

#endif
