/* SPDX-License-Identifier: BSD-2-Clause */
/* Techniques on packets: what a stream that is answered and sent anew can't show. */
#ifndef MIDDLEBOX_INTERFERE_H
#define MIDDLEBOX_INTERFERE_H

#include "lab/middlebox/wire.h"

extern const struct interference interfere_forward;
extern const struct interference interfere_bytewise;
extern const struct interference interfere_lose;
extern const struct interference interfere_reorder;
extern const struct interference interfere_disturb;
extern const struct interference interfere_repeat;
extern const struct interference interfere_reset_starttls;
extern const struct interference interfere_reset_hello;
extern const struct interference interfere_overwrite_command;
extern const struct interference interfere_overwrite_offer;
extern const struct interference interfere_overwrite_reply;
extern const struct interference interfere_overlap;
extern const struct interference interfere_drop_hello;

#endif
