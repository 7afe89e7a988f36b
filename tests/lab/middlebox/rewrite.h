/* SPDX-License-Identifier: BSD-2-Clause */
/* Techniques on streams: what each makes of the lines and bytes of a relayed connection. */
#ifndef MIDDLEBOX_REWRITE_H
#define MIDDLEBOX_REWRITE_H

#include "lab/middlebox/relay.h"

extern const struct rewrite rewrite_honest;
extern const struct rewrite rewrite_mask_banner;
extern const struct rewrite rewrite_delete;
extern const struct rewrite rewrite_mask;
extern const struct rewrite rewrite_mask_all;
extern const struct rewrite rewrite_mask_command;
extern const struct rewrite rewrite_refuse_454;
extern const struct rewrite rewrite_refuse_502;
extern const struct rewrite rewrite_refuse_echo;
extern const struct rewrite rewrite_reject_ehlo;
extern const struct rewrite rewrite_swallow;
extern const struct rewrite rewrite_stall;
extern const struct rewrite rewrite_replace_hello;
extern const struct rewrite rewrite_cut;
extern const struct rewrite rewrite_inject_command;
extern const struct rewrite rewrite_inject_reply;
extern const struct rewrite rewrite_terminate;
extern const struct rewrite rewrite_half_strip;

#endif
