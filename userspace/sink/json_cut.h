/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A document that must fit where there is little room (a datagram): parts that others can do without
 * are left out whole, the longest first, until it fits, and named. It stays one JSON object; nothing
 * is cut in its middle.
 */
#ifndef SINK_JSON_CUT_H
#define SINK_JSON_CUT_H

#include "base/text.h"

/*
 * @json, a document as this house writes it (with or without its newline), in at most @max bytes
 * appended to @out, without newline; what is not there is named in "stripwatch.left_out". False: it
 * can't be made so short, or is no document; then @out is as it was.
 */
bool json_cut(struct bytes json, size_t max, struct text *out);

#endif
