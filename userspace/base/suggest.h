/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The known word that somebody may have meant who wrote an unknown one.
 */
#ifndef BASE_SUGGEST_H
#define BASE_SUGGEST_H

#include "base/bytes.h"

struct suggestion {
	struct bytes word; /* that was written */
	size_t distance;   /* of the best so far; at first, of what is too far to count */
	const char *best;  /* NULL: nothing is near */
};

struct suggestion suggestion_for(struct bytes word);

/* Keep @candidate if it is nearer than those before. It is borrowed. */
void suggestion_offer(struct suggestion *suggestion, const char *candidate);

/* Offer each of a list that ends with NULL; empty strings are no words. */
void suggestion_offer_all(struct suggestion *suggestion, const char *const *candidates);

#endif
